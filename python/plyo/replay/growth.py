"""The memory of the wrappers that a file names: a few numbers in a file can ask for more memory than there is."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from plyo._registry.lookup import load_env_creator
from plyo._registry.specs import WrapperSpec
from plyo.core import Env
from plyo.spaces import Dict, Discrete, MultiDiscrete, Space, Tuple

__all__ = ["check_growth"]

#: Limit for the bytes of an observation; its space takes several times as much.
_LIMIT = 2**26
#: Limit for the wrappers that a file names.
_MOST_WRAPPERS = 64
#: Plyo's wrappers whose arguments multiply the size of observations.
_MULTIPLYING = ("DelayObservation", "DiscretizeObservation", "FrameStackObservation", "MaxAndSkipObservation")
#: Wrappers whose arguments are the size of pictures, and the most bytes of a pixel.
_RESIZING, _PIXEL = ("AtariPreprocessing", "ResizeObservation"), 32


def check_growth(env: Env[Any, Any], wrappers: Iterable[WrapperSpec]) -> Env[Any, Any]:
    """Puts wrappers around an environment, and checks before each how large observations may become.

    Args:
        env: The environment without them.
        wrappers: The wrappers, the innermost first.

    Returns:
        The wrapped environment.

    Raises:
        ValueError: They are too many, or an observation would take more than 64 MB; or a wrapper cannot be made again.
    """
    wrappers = list(wrappers)
    if len(wrappers) > _MOST_WRAPPERS:
        raise ValueError(f"it names {len(wrappers)} wrappers, {_MOST_WRAPPERS} are the most that are made")
    for wrapper in wrappers:
        if wrapper.kwargs is None:
            raise ValueError(f"the arguments of the wrapper {wrapper.name} are not known")
        size = _size_within(env, wrapper)
        if size > _LIMIT:
            raise ValueError(
                f"an observation within {wrapper.name} with {wrapper.kwargs!r:.120} may take {size} bytes, "
                f"{_LIMIT} are the most without trusted=True"
            )
        env = load_env_creator(wrapper.entry_point)(env=env, **wrapper.kwargs)
    return env


def _size_within(env: Env[Any, Any], wrapper: WrapperSpec) -> int:
    """The most bytes of an observation within a wrapper that is not made yet."""
    kind = wrapper.entry_point.rpartition(":")[2]
    now = _bytes_of(env.observation_space)
    if kind in _RESIZING:
        return max(now, _PIXEL * _factor(wrapper.kwargs))
    return now * _factor(wrapper.kwargs) if kind in _MULTIPLYING else now


def _bytes_of(space: Space[Any]) -> int:
    """The most bytes of an element of a space, flattened or not."""
    if isinstance(space, Tuple):
        return sum(map(_bytes_of, space.spaces))
    if isinstance(space, Dict):
        return sum(map(_bytes_of, space.spaces.values()))
    if isinstance(space, Discrete):
        return 8 * int(space.n)
    if isinstance(space, MultiDiscrete):
        return 8 * sum(int(n) for n in space.nvec.flat)
    return 64 if space.shape is None else prod(space.shape) * np.dtype(space.dtype or np.int64).itemsize


def _factor(value: Any) -> int:
    """The product of all integers in the arguments of a wrapper: lengths, sizes, numbers of frames."""
    if isinstance(value, dict):
        return prod(map(_factor, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return prod(map(_factor, value))
    return max(1, int(value)) if isinstance(value, (int, np.integer)) else 1
