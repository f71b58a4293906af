"""Flattening a whole batch, as `plyo.spaces.flatten` flattens one element."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple


class BatchFlattener:
    """Flattens batches of arrays, in tuples and dictionaries or not, into one array."""

    def __init__(self, space: Space[Any], flat_space: Space[Any], num_envs: int) -> None:
        """Plans the columns.

        Args:
            space: The space of one element.
            flat_space: The space ``flatten_space(space)``.
            num_envs: The number of elements.
        """
        self._dtype = flat_space.dtype
        self._rows = np.arange(num_envs, dtype=np.intp)[:, np.newaxis]
        self._leaves = []
        self._width = 0
        for path, leaf in _leaves(space, ()):
            columns = _NumberColumns(path, leaf, self._width)
            if isinstance(leaf, (Discrete, MultiDiscrete)):
                columns = _DigitColumns(path, leaf, self._width)
            self._leaves.append(columns)
            self._width = columns.end

    def flatten(self, batch: Any) -> NDArray[Any] | None:
        """Flattens a batch.

        Args:
            batch: The batch: arrays with a first axis over the elements.

        Returns:
            A new array ``(num_envs, flatdim)`` of the type of the flat space; None where an element is not in the
            space.
        """
        out = np.zeros((len(self._rows), self._width), dtype=self._dtype)
        return out if all([leaf.write(batch, out, self._rows) for leaf in self._leaves]) else None


class _NumberColumns:
    """The columns of a box or of bits."""

    def __init__(self, path: tuple[Hashable, ...], space: Space[Any], begin: int) -> None:
        self._path = path
        self._dtype: np.dtype[Any] = np.dtype(space.dtype)
        self._is_bits = isinstance(space, MultiBinary)
        self._begin = begin
        self.end = begin + int(np.prod(space.shape or (), dtype=np.intp))

    def write(self, batch: Any, out: NDArray[Any], rows: NDArray[np.intp]) -> bool:
        """Writes the columns into zeros.

        Args:
            batch: The whole batch.
            out: All columns.
            rows: The numbers of the rows, ``(num_envs, 1)``.

        Returns:
            Whether all elements are in the space.
        """
        items = self._items(batch)
        if self._dtype.kind != "f" and not np.can_cast(items.dtype, self._dtype):
            return False  # the cast might make other numbers of them
        if self._is_bits and not np.all((items == 0) | (items == 1)):
            return False
        out[:, self._begin : self.end] = items.astype(self._dtype, copy=False).reshape(len(rows), -1)
        return True

    def _items(self, batch: Any) -> NDArray[Any]:
        """The array of this leaf."""
        for key in self._path:
            batch = batch[key]
        return batch  # type: ignore[no-any-return]


class _DigitColumns(_NumberColumns):
    """The one-hot columns of digits."""

    def __init__(
        self, path: tuple[Hashable, ...], space: Discrete[Any] | MultiDiscrete[Any], begin: int
    ) -> None:
        super().__init__(path, space, begin)
        counts: Any = space.n if isinstance(space, Discrete) else space.nvec
        self._start = space.start
        self._last = space.start + (counts - 1)
        sizes = np.reshape(counts, -1).astype(np.intp)
        self._begins = begin + np.cumsum(sizes) - sizes
        self.end = begin + int(sizes.sum())

    def write(self, batch: Any, out: NDArray[Any], rows: NDArray[np.intp]) -> bool:
        """Writes ones; digits out of range are left to the function that flattens single elements."""
        items = self._items(batch)
        if items.dtype.kind not in "iu" or not np.can_cast(items.dtype, self._dtype):
            return False
        if (items < self._start).any() or (items > self._last).any():
            return False
        digits = (items.astype(self._dtype, copy=False) - self._start).reshape(len(rows), -1)
        out[rows, self._begins + digits.astype(np.intp)] = 1
        return True


def _leaves(space: Space[Any], path: tuple[Hashable, ...]) -> list[tuple[tuple[Hashable, ...], Space[Any]]]:
    """The spaces of the arrays of a batch and the ways to them, in the order of flattening."""
    if isinstance(space, Tuple):
        parts: list[tuple[Hashable, Space[Any]]] = list(enumerate(space.spaces))
    elif isinstance(space, Dict):
        parts = list(space.spaces.items())
    else:
        assert isinstance(space, (Box, Discrete, MultiBinary, MultiDiscrete))
        return [(path, space)]
    return [leaf for key, part in parts for leaf in _leaves(part, (*path, key))]
