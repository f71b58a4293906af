"""Finite ranges of integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, overload

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_integer
from plyo.spaces._accelerate import accelerate
from plyo.spaces._exact import check_fits, fitting_scalar
from plyo.spaces.space import MaskNDArray, Space, check_only_one

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _IntegerT_co = TypeVar("_IntegerT_co", bound=np.integer[Any], covariant=True, default=np.int64)
else:
    from typing import TypeVar

    _IntegerT_co = TypeVar("_IntegerT_co", bound=np.integer, covariant=True)


@accelerate
class Discrete(Space[_IntegerT_co], Generic[_IntegerT_co]):
    """The integers ``start, start + 1, ..., start + n - 1``.

    Attributes:
        n: The number of elements, a NumPy scalar of the space's dtype.
        start: The smallest element, a NumPy scalar of the space's dtype.

    Example:
        >>> Discrete(3, start=-1)  # -1, 0 and 1
        Discrete(3, start=-1)
    """

    dtype: np.dtype[_IntegerT_co]
    n: _IntegerT_co
    start: _IntegerT_co

    @overload
    def __init__(
        self,
        n: int | np.integer[Any],
        seed: int | np.random.Generator | None = None,
        start: int | np.integer[Any] = 0,
        *,
        dtype: type[_IntegerT_co] | np.dtype[_IntegerT_co],
    ) -> None: ...
    @overload
    def __init__(
        self: Discrete[Any],
        n: int | np.integer[Any],
        seed: int | np.random.Generator | None = None,
        start: int | np.integer[Any] = 0,
        *,
        dtype: str,
    ) -> None: ...
    @overload
    def __init__(
        self: Discrete[np.int64],
        n: int | np.integer[Any],
        seed: int | np.random.Generator | None = None,
        start: int | np.integer[Any] = 0,
        dtype: type[np.int64] = np.int64,
    ) -> None: ...
    def __init__(
        self,
        n: int | np.integer[Any],
        seed: int | np.random.Generator | None = None,
        start: int | np.integer[Any] = 0,
        dtype: Any = np.int64,
    ) -> None:
        """Makes the space of ``n`` integers from ``start`` on.

        Args:
            n: The number of elements, positive.
            seed: A seed or a generator for the sampler.
            start: The smallest element.
            dtype: The integer dtype of the elements.

        Raises:
            TypeError: ``n`` or ``start`` is not an integer, or ``dtype`` not an integer dtype.
            ValueError: ``n`` is not positive.
            TypeRangeError: A ValueError and OverflowError: ``n``, ``start`` or the largest element does
                not fit ``dtype``.
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if not is_integer(n):
            raise TypeError(f"Expects `n` to be an integer, actual dtype: {type(n)}")
        if n <= 0:
            raise ValueError(f"n (counts) have to be positive, actual value: {n}")
        if not is_integer(start):
            raise TypeError(f"Expects `start` to be an integer, actual type: {type(start)}")

        if dtype is None:
            raise TypeError(f"Invalid Discrete dtype, cannot be {dtype}.")
        self.dtype = np.dtype(dtype)
        if not np.issubdtype(self.dtype, np.integer):
            raise TypeError(f"Invalid Discrete dtype ({self.dtype}), must be an integer dtype")

        self.n = fitting_scalar("n", n, self.dtype)
        self.start = fitting_scalar("start", start, self.dtype)
        check_fits("start + n - 1, the largest element,", int(start) + int(n) - 1, self.dtype)
        super().__init__((), self.dtype, seed)

    @property
    def is_np_flattenable(self) -> Literal[True]:
        """Always true: an element can be one-hot encoded."""
        return True

    def sample(
        self,
        mask: MaskNDArray | None = None,
        probability: NDArray[np.float64] | None = None,
    ) -> _IntegerT_co:
        """Draws an element, uniformly by default.

        Args:
            mask: An int8 array of shape ``(n,)``: 1 where the element may be drawn, else 0. If no
                element may be, ``start`` is returned.
            probability: A float64 array of shape ``(n,)`` that sums to 1: how likely each element
                is.

        Returns:
            A NumPy scalar of the space's dtype.

        Raises:
            ValueError: Both arguments were given.
            AssertionError: An argument has another type, dtype, shape or range.
        """
        check_only_one(mask, probability)
        if mask is not None:
            return self._sample_masked(mask)
        if probability is not None:
            return self._sample_weighted(probability)
        drawn: _IntegerT_co = self.start + self.np_random.integers(self.n, dtype=self.dtype.type)
        return drawn

    def _sample_masked(self, mask: MaskNDArray) -> _IntegerT_co:
        self._check_weights("mask", mask, np.dtype(np.int8))
        allowed = mask == 1
        assert np.all((mask == 0) | allowed), (
            f"All values of the sample mask should be 0 or 1, actual values: {mask}"
        )
        if not np.any(allowed):
            return self.start
        drawn: _IntegerT_co = self.start + self.dtype.type(self.np_random.choice(np.where(allowed)[0]))
        return drawn

    def _sample_weighted(self, probability: NDArray[np.float64]) -> _IntegerT_co:
        self._check_weights("probability", probability, np.dtype(np.float64))
        assert np.all((probability >= 0) & (probability <= 1)), (
            f"All values of the sample probability should be between 0 and 1, actual values: {probability}"
        )
        assert np.isclose(np.sum(probability), 1), (
            f"The sum of the sample probability should be equal to 1, actual sum: {np.sum(probability)}"
        )
        values = np.arange(self.n, dtype=self.dtype)
        drawn: _IntegerT_co = self.start + self.np_random.choice(values, p=probability)
        return drawn

    def _check_weights(self, name: str, weights: object, dtype: np.dtype[Any]) -> None:
        """Asserts the type, dtype and shape of a mask or of probabilities."""
        assert isinstance(weights, np.ndarray), (
            f"The expected type of the sample {name} is np.ndarray, actual type: {type(weights)}"
        )
        assert weights.dtype == dtype, (
            f"The expected dtype of the sample {name} is np.{dtype}, actual dtype: {weights.dtype}"
        )
        assert weights.shape == (self.n,), (
            f"The expected shape of the sample {name} is {(int(self.n),)}, actual shape: {weights.shape}"
        )

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is one of the integers.

        Args:
            x: A Python integer, or a NumPy integer or integer array of shape ``()`` whose dtype
                can be cast safely to that of the space. Nothing else is an element.

        Returns:
            Whether it is an element.
        """
        if isinstance(x, int):
            limits = np.iinfo(self.dtype)
            if not limits.min <= x <= limits.max:
                return False
        elif not (
            isinstance(x, (np.generic, np.ndarray))
            and np.issubdtype(x.dtype, np.integer)
            and x.shape == ()
            and np.can_cast(x.dtype, self.dtype)
        ):
            return False
        return int(self.start) <= int(x) < int(self.start) + int(self.n)

    def __repr__(self) -> str:
        """The constructor call that makes the space, without arguments at their defaults."""
        arguments = [str(self.n)]
        if int(self.start) != 0:
            arguments.append(f"start={self.start}")
        if self.dtype != np.int64:
            arguments.append(f"dtype={self.dtype}")
        return f"Discrete({', '.join(arguments)})"

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` is a discrete space of the same size, start and dtype."""
        return (
            isinstance(other, Discrete)
            and bool(self.n == other.n)
            and bool(self.start == other.start)
            and self.dtype == other.dtype
        )

    def __setstate__(self, state: Iterable[tuple[str, Any]] | Mapping[str, Any]) -> None:
        """Restores a pickled space, those of releases without ``start`` included.

        Args:
            state: The attributes; it is not changed.
        """
        super().__setstate__({"start": np.int64(0), **dict(state)})

    def to_jsonable(self, sample_n: Iterable[int | np.integer[Any]]) -> list[int]:
        """Converts elements to Python integers."""
        return [int(x) for x in sample_n]

    def from_jsonable(self, sample_n: list[int]) -> list[_IntegerT_co]:
        """Converts Python integers to NumPy scalars of the space's dtype."""
        return [self.dtype.type(x) for x in sample_n]
