"""Continuous actions: the place of a joystick as one of the 18 actions, and how far a paddle is turned."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.envs.atari.facts import ACTIONS

_SIDES = ("LEFT", "", "RIGHT")
_HEIGHTS = ("DOWN", "", "UP")


def _number(side: int, height: int, fire: int) -> int:
    """The number of an action; side and height are 0, 1 or 2 from left and from below."""
    name = _HEIGHTS[height] + _SIDES[side] + ("FIRE" if fire else "")
    return ACTIONS.index(name or "NOOP")


_NUMBERS = np.array([[[_number(x, y, fire) for fire in (0, 1)] for y in range(3)] for x in range(3)])


def to_actions(motions: npt.NDArray[np.float32], threshold: float) -> tuple[list[int], list[float]]:
    """Actions of joysticks.

    Args:
        motions: float32 ``(num_envs, 3)``: the radius, the angle in radians, and the pressure on the button.
        threshold: How far a stick or button must be moved to count.

    Returns:
        The number of each action, and the radius of each, which turns a paddle.
    """
    radius, angle, fire = motions.T
    x: Any = radius * np.cos(angle)
    y: Any = radius * np.sin(angle)
    sides = 1 + (x > threshold).astype(np.intp) - (x < -threshold)
    heights = 1 + (y > threshold).astype(np.intp) - (y < -threshold)
    presses = (fire > threshold).astype(np.intp)
    return _NUMBERS[sides, heights, presses].tolist(), radius.tolist()
