"""Boxes divided into bins, of actions and of observations."""

from __future__ import annotations

import math
from operator import index as to_index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_integer
from plyo.spaces import Box, Discrete, MultiDiscrete

_LARGEST = int(np.iinfo(np.int64).max)


class Bins:
    """The bins of each element of a box, and the numbers that name them.

    Attributes:
        low: The lower bounds of the box, flattened.
        high: The upper bounds, flattened.
        n_dims: The number of elements.
        counts: The number of bins of each element.
        space: The space of the bins of all elements, or of one number that names them all.
    """

    def __init__(self, box: Box[Any], bins: int | tuple[int, ...], multidiscrete: bool, kind: str) -> None:
        """Divides a box.

        Args:
            box: The box.
            bins: The number of bins, for all elements or for each.
            multidiscrete: Whether the bins of all elements are named by an array, not by one number.
            kind: The name of the space in errors.

        Raises:
            ValueError: A bound is infinite, ``bins`` are not as many as elements, one of them is not
                positive, or the numbers that name them do not fit int64.
            TypeError: ``bins`` consists of other things than integers.
        """
        self.low, self.high = np.ravel(box.low), np.ravel(box.high)
        bounded = box.is_bounded()
        if not bounded or np.any(np.isinf(self.low)) or np.any(np.isinf(self.high)):
            raise ValueError(
                f"Discretization requires {kind} space to be finite. Found: low={self.low}, high={self.high}"
            )
        self.n_dims = int(self.low.size)
        self.counts = np.array(_counts(bins, self.n_dims), dtype=np.int64)
        self._multidiscrete = multidiscrete
        total = math.prod(self.counts.tolist())
        if not multidiscrete and total > _LARGEST:
            raise ValueError(
                f"{self.n_dims} elements of {bins} bins make {total} numbers, more than the {_LARGEST} of int64: "
                "take fewer bins or multidiscrete=True"
            )
        self.space: MultiDiscrete[Any] | Discrete[Any]
        self.space = MultiDiscrete(self.counts) if multidiscrete else Discrete(total)

    def edges(self, i: int) -> NDArray[Any]:
        """The edges of the bins of one element, with the bounds."""
        low, high, count = self.low[i], self.high[i], int(self.counts[i]) + 1
        with np.errstate(over="ignore"):
            if np.isfinite(np.float64(high) - np.float64(low)) and np.isfinite(high - low):
                return np.linspace(low, high, count)
        # The distance of the bounds does not fit their type, half of it does.
        edges = 2 * np.linspace(float(low) / 2, float(high) / 2, count)
        edges[0], edges[-1] = low, high
        return edges

    def centers(self, i: int) -> NDArray[Any]:
        """The centres of the bins of one element."""
        edges = self.edges(i)
        with np.errstate(over="ignore"):
            centers: NDArray[Any] = 0.5 * (edges[:-1] + edges[1:])
        if not np.all(np.isfinite(centers)):
            centers = 0.5 * edges[:-1] + 0.5 * edges[1:]
        return centers

    def indices(self, name: Any) -> list[int] | None:
        """The bin of each element.

        Args:
            name: The array of the bins, or the number of them all.

        Returns:
            The bins, ``None`` for an unknown name.
        """
        if self._multidiscrete:
            return self._checked(name)
        try:
            number = to_index(name)
        except TypeError:
            return None
        if isinstance(name, bool) or not 0 <= number < int(self.space.n):  # type: ignore[union-attr]  # a Discrete
            return None
        indices = []
        for count in reversed(self.counts.tolist()):
            number, place = divmod(number, count)
            indices.append(place)
        return indices[::-1]

    def _checked(self, name: Any) -> list[int] | None:
        try:
            places = np.asarray(name)
        except Exception:  # of any kind: no array can be made of the object
            return None
        if places.dtype.kind not in "iu" or places.size != self.n_dims:
            return None
        indices: list[int] = places.ravel().tolist()
        inside = all(0 <= i < count for i, count in zip(indices, self.counts.tolist(), strict=True))
        return indices if inside else None

    def values(self, element: Any, kind: str) -> list[Any]:
        """The numbers of an element of the box, none of them NaN.

        Raises:
            ValueError: There are more or fewer than elements, or one is NaN; the text names the ``kind``.
        """
        values: list[Any] = np.ravel(element).tolist()
        if len(values) != self.n_dims or any(value != value for value in values):
            raise ValueError(
                f"The {kind} to discretize must be {self.n_dims} numbers, none NaN, got {element!r}"
            )
        return values


def _counts(bins: Any, n_dims: int) -> list[int]:
    """The number of bins of each of ``n_dims`` elements, checked."""
    if is_integer(bins):
        counts = [int(bins)] * n_dims
    else:
        if isinstance(bins, bool) or not hasattr(bins, "__len__"):
            raise TypeError(f"bins must be an integer or one for each element, got {bins!r}")
        if len(bins) != n_dims:
            raise ValueError(f"bins must match action dimensions: expected {n_dims}, got {len(bins)}")
        if not all(is_integer(count) for count in bins):
            raise TypeError(f"bins must be integers, got {bins!r}")
        counts = [int(count) for count in bins]
    if not all(0 < count < _LARGEST for count in counts):
        raise ValueError(f"bins must be positive and below {_LARGEST}, got {bins!r}")
    return counts


def plain_bins(bins: Any) -> Any:
    """The argument for specs: integers of Python, which JSON can hold."""
    if is_integer(bins):
        return int(bins)
    return [int(count) for count in bins] if isinstance(bins, list) else tuple(int(count) for count in bins)
