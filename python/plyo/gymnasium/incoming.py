"""Environments and batches of Gymnasium as Plyo's."""

from __future__ import annotations

from typing import Any

from plyo.core import Env
from plyo.gymnasium import _delegates
from plyo.gymnasium.spaces import from_gymnasium_space, from_gymnasium_value, to_gymnasium_value
from plyo.vector import AutoresetMode, VectorEnv

__all__ = ["ForeignEnv", "ForeignVectorEnv"]

_PLYO = _delegates.Library(from_gymnasium_space, from_gymnasium_value, to_gymnasium_value, AutoresetMode)


class ForeignEnv(_delegates.SingleDelegate, Env[Any, Any]):  # type: ignore[override]  # the generator is the inner one's
    """An environment of Gymnasium as one of Plyo; its other attributes are those of ``env``.

    Attributes:
        env: The environment of Gymnasium.
    """

    library = _PLYO


class ForeignVectorEnv(_delegates.BatchDelegate, VectorEnv[Any, Any, Any]):  # type: ignore[override]  # made on demand
    """A batch of Gymnasium as one of Plyo; its other attributes are those of ``env``.

    Attributes:
        env: The batch of Gymnasium.
    """

    library = _PLYO
