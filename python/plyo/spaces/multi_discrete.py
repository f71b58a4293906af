"""Arrays of integers, each of a finite range of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, overload

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.spaces._accelerate import accelerate
from plyo.spaces._exact import EXACT_IN_FLOAT64, check_fits, fitting_array, integer_limits
from plyo.spaces.discrete import Discrete
from plyo.spaces.space import Space, check_only_one

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _IntegerT_co = TypeVar("_IntegerT_co", bound=np.integer[Any], covariant=True, default=np.int64)
else:
    from typing import TypeVar

    _IntegerT_co = TypeVar("_IntegerT_co", bound=np.integer, covariant=True)


@accelerate
class MultiDiscrete(Space[NDArray[_IntegerT_co]], Generic[_IntegerT_co]):
    """Arrays whose element ``i`` is one of ``start[i], ..., start[i] + nvec[i] - 1``.

    Attributes:
        nvec: The number of values of each element, an array of the space's shape and dtype.
        start: The smallest value of each element, an array of the space's shape and dtype.

    Example:
        >>> MultiDiscrete([5, 2, 2])  # a direction and two buttons
        MultiDiscrete([5 2 2])
    """

    dtype: np.dtype[_IntegerT_co]
    _shape: tuple[int, ...]

    nvec: NDArray[_IntegerT_co]
    start: NDArray[_IntegerT_co]

    @overload
    def __init__(
        self: MultiDiscrete[np.int64],
        nvec: NDArray[np.integer[Any]] | Sequence[Any],
        dtype: type[np.int64] = np.int64,
        seed: int | np.random.Generator | None = None,
        start: NDArray[np.integer[Any]] | Sequence[Any] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        nvec: NDArray[np.integer[Any]] | Sequence[Any],
        dtype: type[_IntegerT_co] | np.dtype[_IntegerT_co],
        seed: int | np.random.Generator | None = None,
        start: NDArray[np.integer[Any]] | Sequence[Any] | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: MultiDiscrete[Any],
        nvec: NDArray[np.integer[Any]] | Sequence[Any],
        dtype: str,
        seed: int | np.random.Generator | None = None,
        start: NDArray[np.integer[Any]] | Sequence[Any] | None = None,
    ) -> None: ...
    def __init__(
        self,
        nvec: NDArray[np.integer[Any]] | Sequence[Any],
        dtype: Any = np.int64,
        seed: int | np.random.Generator | None = None,
        start: NDArray[np.integer[Any]] | Sequence[Any] | None = None,
    ) -> None:
        """Makes the space from the number of values of each element.

        Args:
            nvec: The number of values of each element, positive integers in any shape.
            dtype: The integer dtype of the elements.
            seed: A seed or a generator for the sampler.
            start: The smallest value of each element, in the shape of ``nvec``; 0 by default.

        Raises:
            ValueError: A count is not positive or not an integer, the shapes differ, or ``dtype`` is not an
                integer dtype.
            TypeRangeError: A ValueError and OverflowError: a count, a start or a largest value does not fit ``dtype``.
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if dtype is None:
            raise ValueError("MultiDiscrete dtype must be explicitly provided, cannot be None.")
        self.dtype = np.dtype(dtype)
        if not np.issubdtype(self.dtype, np.integer):
            raise ValueError(f"Invalid MultiDiscrete dtype ({self.dtype}), must be an integer dtype")

        self.nvec = fitting_array("nvec", nvec, self.dtype)
        if start is None:
            self.start = np.zeros(self.nvec.shape, dtype=dtype)
        else:
            self.start = fitting_array("start", start, self.dtype)

        if self.start.shape != self.nvec.shape:
            raise ValueError(
                "start and nvec (counts) should have the same shape, "
                f"got {self.start.shape} and {self.nvec.shape}"
            )
        if not (self.nvec > 0).all():
            raise ValueError("nvec (counts) have to be positive")
        # None of these differences can overflow, which the sum could.
        beyond = self.start > integer_limits(self.dtype)[1] - (self.nvec - 1)
        if beyond.any():
            i = tuple(np.argwhere(beyond)[0].tolist())
            largest = int(self.start[i]) + int(self.nvec[i]) - 1
            check_fits(f"start + nvec - 1, the largest value of element {i},", largest, self.dtype)
        super().__init__(self.nvec.shape, self.dtype, seed)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an element, never ``None``."""
        return self._shape

    @property
    def is_np_flattenable(self) -> Literal[True]:
        """Always true: an element can be one-hot encoded."""
        return True

    def sample(
        self, mask: tuple[Any, ...] | None = None, probability: tuple[Any, ...] | None = None
    ) -> NDArray[_IntegerT_co]:
        """Draws an element, each of its numbers independently and by default uniformly.

        Args:
            mask: Tuples nested as ``nvec`` is, with an int8 array of shape ``(nvec[i],)`` for each
                number: 1 where the value may be drawn, else 0. If none may be, ``start[i]`` is
                returned.
            probability: The same with float64 arrays that sum to 1: how likely each value is.

        Returns:
            An array of the space's shape and dtype.

        Raises:
            ValueError: Both arguments were given.
            AssertionError: An argument has another type, dtype, length or range.
        """
        check_only_one(mask, probability)
        if mask is not None:
            chosen = self._choose(mask, self.nvec, self.start, weighted=False)
            return np.array(chosen, dtype=self.dtype)
        if probability is not None:
            chosen = self._choose(probability, self.nvec, self.start, weighted=True)
            return np.array(chosen, dtype=self.dtype)
        uniform = self.np_random.random(self.nvec.shape) * self.nvec
        numbers = uniform.astype(self.dtype)
        wide = self.nvec > EXACT_IN_FLOAT64
        if np.any(wide):  # a float64 does not reach every one of these
            exact = self.np_random.integers(self.nvec[wide], dtype=self.dtype.type)
            numbers = np.asarray(numbers)
            numbers[wide] = exact
        drawn: NDArray[_IntegerT_co] = numbers + self.start
        return drawn

    def _choose(self, weights: Any, nvec: Any, start: Any, *, weighted: bool) -> Any:
        """Draws with a tree of masks or of probabilities; a list for each of its tuples."""
        if isinstance(nvec, np.ndarray):
            assert isinstance(weights, tuple), (
                f"Expects the mask to be a tuple for sub_nvec ({nvec}), actual type: {type(weights)}"
            )
            assert len(weights) == len(nvec), (
                "Expects the mask length to be equal to the number of actions, "
                f"mask length: {len(weights)}, nvec length: {len(nvec)}"
            )
            branches = zip(weights, nvec, start, strict=True)
            return [self._choose(*branch, weighted=weighted) for branch in branches]

        assert isinstance(weights, np.ndarray), (
            f"Expects the sub mask to be np.ndarray, actual type: {type(weights)}"
        )
        assert len(weights) == nvec, (
            "Expects the mask length to be equal to the number of actions, "
            f"mask length: {len(weights)}, action: {nvec}"
        )
        # In the space's own dtype: the sum of a uint64 and an index would be a float64.
        chosen = self._choose_weighted(weights) if weighted else self._choose_masked(weights)
        return start + self.dtype.type(chosen)

    def _choose_masked(self, mask: NDArray[Any]) -> Any:
        assert mask.dtype == np.int8, f"Expects the mask dtype to be np.int8, actual dtype: {mask.dtype}"
        allowed = mask == 1
        assert np.all((mask == 0) | allowed), f"Expects all masks values to 0 or 1, actual values: {mask}"
        return self.np_random.choice(np.where(allowed)[0]) if np.any(allowed) else 0

    def _choose_weighted(self, probability: NDArray[Any]) -> Any:
        assert probability.dtype == np.float64, (
            f"Expects the mask dtype to be np.float64, actual dtype: {probability.dtype}"
        )
        allowed = (probability > 0) & (probability <= 1)
        assert np.all((probability == 0) | allowed), (
            f"Expects all masks values to be between 0 and 1, actual values: {probability}"
        )
        total = np.sum(probability)
        assert np.isclose(total, 1), f"Expects the sum of all mask values to be 1, actual sum: {total}"
        return self.np_random.choice(np.where(allowed)[0], p=(probability / total)[allowed])

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is an array of the space's shape with every number in its range.

        Args:
            x: An array whose dtype can be cast safely to that of the space, or a sequence that
                becomes one. Nothing else is an element.

        Returns:
            Whether it is an element.
        """
        if isinstance(x, Sequence):
            try:
                x = np.array(x)
            except Exception:  # of any kind: the items are not numbers in rows of one length
                return False
        # Compared with the largest value, because `x - start` can overflow a narrow dtype.
        return bool(
            isinstance(x, np.ndarray)
            and x.dtype.kind in "biu"
            and x.shape == self.shape
            and np.can_cast(x.dtype, self.dtype)
            and np.all(self.start <= x)
            and np.all(x <= self.start + (self.nvec - 1))
        )

    def to_jsonable(self, sample_n: Iterable[NDArray[np.integer[Any]]]) -> list[Any]:
        """Converts elements to nested lists of integers."""
        return [sample.tolist() for sample in sample_n]

    def from_jsonable(self, sample_n: list[Any]) -> list[NDArray[_IntegerT_co]]:
        """Converts nested lists of integers to arrays of the space's dtype."""
        return [np.array(sample, dtype=self.dtype) for sample in sample_n]

    def __repr__(self) -> str:
        """The constructor call that makes the space, without ``start`` if that is 0."""
        if np.any(self.start != 0):
            return f"MultiDiscrete({self.nvec}, start={self.start})"
        return f"MultiDiscrete({self.nvec})"

    def __getitem__(
        self, index: int | tuple[int, ...]
    ) -> Discrete[_IntegerT_co] | MultiDiscrete[_IntegerT_co]:
        """The space of some of the numbers, with a copy of this space's generator state.

        Args:
            index: An index into ``nvec``.

        Returns:
            A :class:`Discrete` space for a single number, else a :class:`MultiDiscrete`.

        Raises:
            IndexError: ``index`` is out of range.
        """
        nvec: Any = self.nvec[index]
        start: Any = self.start[index]
        part: Discrete[_IntegerT_co] | MultiDiscrete[_IntegerT_co]
        if nvec.ndim == 0:
            part = Discrete(nvec, start=start, dtype=self.dtype)
        else:
            part = MultiDiscrete(nvec, start=start, dtype=self.dtype)
        part.np_random.bit_generator.state = self.np_random.bit_generator.state
        return part

    def __len__(self) -> int:
        """The length of the first axis; warns if there are more axes."""
        if self.nvec.ndim > 1:
            logger.warn("Getting the length of a multi-dimensional MultiDiscrete space.")
        return len(self.nvec)

    def __eq__(self, other: object) -> bool:
        """Whether ``other`` is a multi-discrete space of the same counts, starts and dtype."""
        return bool(
            isinstance(other, MultiDiscrete)
            and self.dtype == other.dtype
            and self.shape == other.shape
            and np.all(self.nvec == other.nvec)
            and np.all(self.start == other.start)
        )

    def __setstate__(self, state: Iterable[tuple[str, Any]] | Mapping[str, Any]) -> None:
        """Restores a pickled space, those of releases without ``start`` included.

        Args:
            state: The attributes; it is not changed.
        """
        state = dict(state)
        if "start" not in state:
            state["start"] = np.zeros(state["_shape"], dtype=state["dtype"])
        super().__setstate__(state)
