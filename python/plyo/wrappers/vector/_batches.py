"""Batches that consist of arrays, which wrappers change as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple

_ARRAY_SPACES = (Box, Discrete, MultiDiscrete, MultiBinary)


def is_array_space(space: Space[Any]) -> bool:
    """Whether batches of a space usually consist of arrays."""
    kind = type(space)
    if kind is Tuple:
        return all(is_array_space(part) for part in space.spaces)  # type: ignore[attr-defined]
    if kind is Dict:
        return all(is_array_space(part) for part in space.spaces.values())  # type: ignore[attr-defined]
    return kind in _ARRAY_SPACES


def is_batch(space: Space[Any], batch: Any, num_envs: int) -> bool:
    """Whether a batch of elements of a space can be changed as a whole.

    Args:
        space: The space of one element.
        batch: The batch.
        num_envs: The number of elements.

    Returns:
        Whether the batch is one array of shape ``(num_envs, *space.shape)``, or a tuple or dictionary of such.
    """
    kind = type(space)
    if kind is Tuple:
        parts = space.spaces  # type: ignore[attr-defined]
        return (
            isinstance(batch, tuple)
            and len(batch) == len(parts)
            and all(is_batch(part, items, num_envs) for part, items in zip(parts, batch, strict=True))
        )
    if kind is Dict:
        return isinstance(batch, dict) and all(
            key in batch and is_batch(part, batch[key], num_envs)
            for key, part in space.spaces.items()  # type: ignore[attr-defined]
        )
    return (
        kind in _ARRAY_SPACES
        and type(batch) is np.ndarray
        and batch.shape == (num_envs, *(space.shape or ()))
    )


def settle(result: Any, source: NDArray[Any], dtype: np.dtype[Any] | None) -> NDArray[Any] | None:
    """The result of a transform as an array of its own, of the wanted type.

    Args:
        result: The result of transforming the whole batch.
        source: The batch, which the result must not share memory with.
        dtype: The wanted type.

    Returns:
        The array, or None where only a cast that NumPy does not make by itself leads to this type, and would change
        numbers.
    """
    if type(result) is not np.ndarray or dtype is None:
        return None
    if not np.can_cast(result.dtype, dtype, "same_kind") and not _fit(result, dtype):
        return None
    return result.astype(dtype, order="C", copy=np.may_share_memory(result, source))


def _fit(numbers: NDArray[Any], dtype: np.dtype[Any]) -> bool:
    """Whether integers fit an integer dtype, which NumPy does not look at."""
    if numbers.dtype.kind not in "biu" or dtype.kind not in "iu" or numbers.size == 0:
        return False
    limits = np.iinfo(dtype)
    return bool(limits.min <= int(numbers.min()) and int(numbers.max()) <= limits.max)
