"""What the native tasks say about themselves."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from plyo import _native
from plyo.spaces import Box, Discrete, Space

Description = dict[str, Any]


@cache
def native_tasks() -> dict[str, Description]:
    """The compiled-in tasks by name, such as ``"CartPole"``.

    Returns:
        For each task its ``name``, ``family``, ``summary``, ``source``, ``variants`` (ids with time limit and
        threshold), ``observation`` and ``action`` (with names, units and bounds), ``params`` and ``reset_options``
        (with defaults and documentation) and ``state_bytes``.
    """
    return {task["name"]: task for task in _native.tasks()}


def make_space(description: Description) -> Space[Any]:
    """The space that a task describes: a float32 Box of one dimension or an int64 Discrete."""
    if description["kind"] == "discrete":
        return Discrete(description["size"])
    low = np.array(description["low"], dtype=np.float64).astype(np.float32)
    high = np.array(description["high"], dtype=np.float64).astype(np.float32)
    return Box(low, high, dtype=np.float32)
