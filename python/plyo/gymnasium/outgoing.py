"""Environments and batches of Plyo as Gymnasium's."""

from __future__ import annotations

import gymnasium
from gymnasium.vector import AutoresetMode

from plyo.gymnasium import _delegates
from plyo.gymnasium.spaces import from_gymnasium_value, to_gymnasium_space, to_gymnasium_value

__all__ = ["GymnasiumEnv", "GymnasiumVectorEnv"]

_GYMNASIUM = _delegates.Library(to_gymnasium_space, to_gymnasium_value, from_gymnasium_value, AutoresetMode)


class GymnasiumEnv(_delegates.SingleDelegate, gymnasium.Env):  # type: ignore[misc]  # Gymnasium is not installed for the check
    """An environment of Plyo as one of Gymnasium; its other attributes are those of ``env``.

    Attributes:
        env: The environment of Plyo.
    """

    library = _GYMNASIUM


class GymnasiumVectorEnv(_delegates.BatchDelegate, gymnasium.vector.VectorEnv):  # type: ignore[misc]  # as above
    """A batch of Plyo as one of Gymnasium; its other attributes are those of ``env``, such as ``rollout``.

    Attributes:
        env: The batch of Plyo.
    """

    library = _GYMNASIUM
