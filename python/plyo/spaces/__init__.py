"""Spaces: the sets that observations and actions are elements of."""

from plyo.spaces.box import Box
from plyo.spaces.discrete import Discrete
from plyo.spaces.multi_binary import MultiBinary
from plyo.spaces.multi_discrete import MultiDiscrete
from plyo.spaces.space import Space
from plyo.spaces.text import Text

__all__ = ["Box", "Discrete", "MultiBinary", "MultiDiscrete", "Space", "Text"]
