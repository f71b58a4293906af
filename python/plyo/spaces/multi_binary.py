"""Binary arrays of a fixed shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_integer
from plyo.spaces._accelerate import accelerate
from plyo.spaces.space import Space, check_only_one


@accelerate
class MultiBinary(Space[NDArray[np.int8]]):
    """Arrays of zeros and ones, dtype int8, of one shape.

    Attributes:
        n: The length as it was given, or the shape as a tuple of integers.

    Example:
        >>> MultiBinary([3, 2])  # six switches
        MultiBinary((3, 2))
    """

    dtype: np.dtype[np.int8]
    _shape: tuple[int, ...]

    n: int | tuple[int, ...]

    def __init__(
        self,
        n: NDArray[np.integer[Any]] | Sequence[int] | int,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        """Makes the space from the shape of its elements.

        Args:
            n: A positive length, or a sequence of positive lengths for several axes.
            seed: A seed or a generator for the sampler.

        Raises:
            ValueError: A length is not positive, or ``n`` is neither an integer nor a sequence.
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if is_integer(n):
            self.n = n = int(n)
            shape: tuple[int, ...] = (n,)
        elif isinstance(n, (Sequence, np.ndarray)) and np.ndim(n) == 1 and all(map(is_integer, n)):
            self.n = shape = tuple(int(length) for length in n)
        else:
            given = f"{type(n)}, value: {n!r}" if isinstance(n, (Sequence, np.ndarray)) else f"{type(n)}"
            raise ValueError(f"Expected n to be an int or a sequence of ints, actual type: {given}")
        if not all(length > 0 for length in shape):
            raise ValueError(f"n (counts) have to be positive, got {n}")
        super().__init__(shape, np.int8, seed)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an element, never ``None``."""
        return self._shape

    @property
    def is_np_flattenable(self) -> Literal[True]:
        """Always true: an element is an array of a fixed size."""
        return True

    def sample(
        self,
        mask: NDArray[np.int8] | None = None,
        probability: NDArray[np.float64] | None = None,
    ) -> NDArray[np.int8]:
        """Draws an element, by default with a fair coin for each of its numbers.

        Args:
            mask: An int8 array of the space's shape: 0 or 1 where the number is to be that, 2
                where it is drawn.
            probability: A float64 array of the space's shape: how likely each number is 1.

        Returns:
            An int8 array of the space's shape.

        Raises:
            ValueError: Both arguments were given.
            AssertionError: An argument has another type, dtype, shape or range.
        """
        check_only_one(mask, probability)
        if probability is not None:
            self._check_probability(probability)
            likely: NDArray[np.bool_] = self.np_random.random(size=self.shape) <= probability
            return likely.astype(self.dtype)
        if mask is not None:
            self._check_mask(mask)
        drawn: NDArray[np.int8] = self.np_random.integers(low=0, high=2, size=self.n, dtype=self.dtype)
        if mask is None:
            return drawn
        return np.where(mask == 2, drawn, mask.astype(self.dtype))

    def _check_mask(self, mask: object) -> None:
        assert isinstance(mask, np.ndarray), (
            f"The expected type of the mask is np.ndarray, actual type: {type(mask)}"
        )
        assert mask.dtype == np.int8, f"The expected dtype of the mask is np.int8, actual dtype: {mask.dtype}"
        assert mask.shape == self.shape, (
            f"The expected shape of the mask is {self.shape}, actual shape: {mask.shape}"
        )
        assert np.all((mask == 0) | (mask == 1) | (mask == 2)), (
            f"All values of a mask should be 0, 1 or 2, actual values: {mask}"
        )

    def _check_probability(self, probability: object) -> None:
        assert isinstance(probability, np.ndarray), (
            f"The expected type of the probability is np.ndarray, actual type: {type(probability)}"
        )
        assert probability.dtype == np.float64, (
            f"The expected dtype of the probability is np.float64, actual dtype: {probability.dtype}"
        )
        assert probability.shape == self.shape, (
            f"The expected shape of the probability is {self.shape}, actual shape: {probability}"
        )
        assert np.all((probability >= 0) & (probability <= 1)), (
            f"All values of the sample probability should be between 0 and 1, actual values: {probability}"
        )

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is an array of the space's shape of nothing but zeros and ones.

        Args:
            x: An array of any dtype, or a sequence that becomes one. Nothing else is an element.

        Returns:
            Whether it is an element.
        """
        try:
            if isinstance(x, Sequence):
                x = np.array(x)
            return bool(
                isinstance(x, np.ndarray)
                and x.dtype.kind in "biufcO"
                and self.shape == x.shape
                and np.all(np.logical_or(x == 0, x == 1))
            )
        except Exception:  # of any kind: the items are not zeros and ones
            return False

    def to_jsonable(self, sample_n: Iterable[NDArray[np.int8]]) -> list[Any]:
        """Converts elements to nested lists of integers."""
        nested: list[Any] = np.array(list(sample_n)).tolist()
        return nested

    def from_jsonable(self, sample_n: list[Any]) -> list[NDArray[np.int8]]:
        """Converts nested lists of integers to int8 arrays."""
        return [np.asarray(sample, self.dtype) for sample in sample_n]

    def __repr__(self) -> str:
        """The constructor call that makes the space."""
        return f"MultiBinary({self.n})"

    def __eq__(self, other: object, /) -> bool:
        """Whether ``other`` is a multi-binary space that was given the same ``n``."""
        return isinstance(other, MultiBinary) and self.n == other.n
