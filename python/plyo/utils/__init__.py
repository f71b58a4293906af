"""Helpers shared by environments and wrappers."""

from plyo.utils import seeding as seeding  # an attribute, as in Gymnasium, not in __all__
from plyo.utils.colorize import colorize
from plyo.utils.ezpickle import EzPickle
from plyo.utils.record_constructor import RecordConstructorArgs

__all__ = ["EzPickle", "RecordConstructorArgs", "colorize"]
