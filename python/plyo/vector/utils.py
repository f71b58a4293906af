"""Spaces of batches."""

from __future__ import annotations

from copy import deepcopy
from functools import singledispatch
from typing import Any

import numpy as np

from plyo.error import CustomSpaceError
from plyo.spaces import Box, Discrete, MultiDiscrete, Space

__all__ = ["batch_space"]


@singledispatch
def batch_space(space: Space[Any], n: int = 1) -> Space[Any]:
    """The space of ``n`` elements of a space, stacked along a new first axis.

    Its sampler starts from a copy of the given space's generator and is independent afterwards.
    Implementations for spaces of your own can be added with ``@batch_space.register(MySpace)``.

    Args:
        space: The space of a single element.
        n: The number of elements in the batch.

    Returns:
        A :class:`~plyo.spaces.Box` for a box, a :class:`~plyo.spaces.MultiDiscrete` for a discrete
        space and a box for a multi-discrete one, with the dtype of ``space``.

    Raises:
        plyo.error.CustomSpaceError: Nothing is registered for this type of space.
        TypeError: ``space`` is not a space.
    """
    raise TypeError(
        f"The space provided to `batch_space` is not a plyo Space instance, type: {type(space)}, {space}"
    )


@batch_space.register(Space)
def _batch_custom(space: Space[Any], n: int = 1) -> Space[Any]:
    raise CustomSpaceError(
        f"Space of type `{type(space)}` doesn't have an registered `batch_space` function. "
        f"Register `{type(space)}` for `batch_space` to support it."
    )


@batch_space.register(Box)
def _batch_box(space: Box[Any], n: int = 1) -> Box[Any]:
    return space._batch(n)


@batch_space.register(Discrete)
def _batch_discrete(space: Discrete[Any], n: int = 1) -> MultiDiscrete[Any]:
    return MultiDiscrete(
        np.full((n,), space.n, dtype=space.dtype),
        dtype=space.dtype,
        seed=deepcopy(space.np_random),
        start=np.full((n,), space.start, dtype=space.dtype),
    )


@batch_space.register(MultiDiscrete)
def _batch_multi_discrete(space: MultiDiscrete[Any], n: int = 1) -> Box[Any]:
    repeats = (n, *(1 for _ in space.shape))
    low = np.tile(space.start, repeats)
    high = low + np.tile(space.nvec, repeats) - 1
    return Box(low=low, high=high, dtype=space.dtype, seed=deepcopy(space.np_random))
