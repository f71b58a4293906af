"""Seeded random generators: the public address of ``plyo.basics.seeding``."""

from typing import TYPE_CHECKING

from plyo.basics.seeding import __getattr__ as __getattr__
from plyo.basics.seeding import np_random as np_random

if TYPE_CHECKING:
    from plyo.basics.seeding import RNG as RNG
    from plyo.basics.seeding import RandomNumberGenerator as RandomNumberGenerator
