"""The observations of a rollout, of which every picture is kept once and stacks are made when they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class StackedFrames:
    """Reads like a uint8 array of shape ``(steps, num_envs, stack, ...)``, and takes a stack-th of its memory.

    ``frames[t]``, ``frames[t, lanes]``, ``frames[times, lanes]`` with arrays of integers, ``frames[mask]`` and whatever
    else an array takes between brackets return fresh arrays; :func:`numpy.asarray` returns all. It cannot be written.

    Attributes:
        pictures: uint8 ``(stack - 1 + steps, num_envs, ...)``: the older pictures of the first stacks, then the newest
            picture of each.
        ages: ``(steps, num_envs)``: the pictures before the newest that belong to the same episode.
        repeats: Whether older places show the first picture of the episode; else they are 0.
    """

    dtype = np.dtype(np.uint8)

    def __init__(
        self, pictures: npt.NDArray[np.uint8], ages: npt.NDArray[Any], stack: int, repeats: bool
    ) -> None:
        self.pictures, self.ages, self.repeats = pictures, ages, repeats
        self.shape: tuple[int, ...] = (*ages.shape, stack, *pictures.shape[2:])

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self) -> int:
        """The memory that is taken, in bytes."""
        return self.pictures.nbytes + self.ages.nbytes

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        """``StackedFrames(shape=(128, 8, 4, 84, 84), nbytes=7394688)``."""
        return f"StackedFrames(shape={self.shape}, nbytes={self.nbytes})"

    def __getitem__(self, key: Any) -> npt.NDArray[np.uint8]:
        """The stacks at some places, fresh."""
        first, rest = _split(key, self.ndim)
        places = np.arange(self.ages.size).reshape(self.ages.shape)[first]
        stacks = self._read(np.asarray(places))
        return stacks[(slice(None),) * np.ndim(places) + rest] if rest else stacks

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """All stacks.

        Raises:
            ValueError: A copy is refused.
        """
        if copy is False:
            raise ValueError("stacks are made when they are read: there is no array without a copy")
        return self[:] if dtype is None else self[:].astype(dtype)

    def _read(self, places: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """The stacks at places, counted along steps and environments."""
        steps, lanes = np.divmod(places.ravel(), self.ages.shape[1])
        ages = self.ages[steps, lanes]
        stack = self.shape[2]
        stacks = np.empty((places.size, *self.shape[2:]), dtype=np.uint8)
        for place in range(stack):
            back = stack - 1 - place
            newest = steps + stack - 1
            stacks[:, place] = self.pictures[newest - np.minimum(back, ages), lanes]
            if not self.repeats:
                stacks[ages < back, place] = 0
        return stacks.reshape(*places.shape, *self.shape[2:])


def _split(key: Any, ndim: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The parts of an index for steps and environments, and those for the axes of a stack."""
    parts = key if isinstance(key, tuple) else (key,)
    taken = sum(_axes(part) for part in parts if part is not Ellipsis)
    if not any(part is Ellipsis for part in parts):
        parts = (*parts, Ellipsis)
    where = next(i for i, part in enumerate(parts) if part is Ellipsis)
    parts = (*parts[:where], *[slice(None)] * (ndim - taken), *parts[where + 1 :])
    axes = count = 0
    while axes < 2 and count < len(parts):
        axes += _axes(parts[count])
        count += 1
    return parts[:count], parts[count:]


def _axes(part: Any) -> int:
    """How many axes a part of an index takes."""
    if part is None:
        return 0
    array = np.asarray(part) if not isinstance(part, slice) else None
    return array.ndim if array is not None and array.dtype == np.bool_ else 1
