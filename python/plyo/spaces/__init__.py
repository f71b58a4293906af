"""Spaces: the sets that observations and actions are elements of."""

from plyo.spaces.box import Box
from plyo.spaces.discrete import Discrete
from plyo.spaces.multi_discrete import MultiDiscrete
from plyo.spaces.space import Space

__all__ = ["Box", "Discrete", "MultiDiscrete", "Space"]
