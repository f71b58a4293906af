"""Boxes in Euclidean space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from plyo import error, logger
from plyo.basics.integers import is_integer
from plyo.spaces._accelerate import accelerate
from plyo.spaces._box_bounds import HIGH, LOW, cast_bound, dtype_range, is_float_integer
from plyo.spaces._box_sampling import sample_box
from plyo.spaces._exact import all_between
from plyo.spaces._generators import copy_generator
from plyo.spaces.space import Space

_RealScalar: TypeAlias = "np.floating[Any] | np.integer[Any]"
_RealArrayLike: TypeAlias = "int | float | _RealScalar | NDArray[_RealScalar]"

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _ScalarT_co = TypeVar(
        "_ScalarT_co", bound=_RealScalar, default=np.floating[Any] | np.integer[Any], covariant=True
    )
    _ScalarT = TypeVar("_ScalarT", bound=_RealScalar)
else:
    from typing import TypeVar

    _ScalarT_co = TypeVar("_ScalarT_co", bound=np.generic, covariant=True)
    _ScalarT = TypeVar("_ScalarT", bound=np.generic)

_ToSeed: TypeAlias = "int | np.random.Generator"
_ToShape: TypeAlias = "Sequence[int | np.integer[Any]]"
_ToDType: TypeAlias = "type[_ScalarT] | np.dtype[_ScalarT]"


def array_short_repr(arr: NDArray[Any]) -> str:
    """The common value of all elements if there is one, else the text of the whole array."""
    if arr.size != 0 and (smallest := np.min(arr)) == np.max(arr):
        return str(smallest)
    return str(arr)


@accelerate
class Box(Space[NDArray[_ScalarT_co]]):
    """Arrays whose elements lie in closed intervals, any of which may be unbounded.

    Attributes:
        low: The lower bounds, an array of the box's shape and dtype.
        high: The upper bounds, an array of the box's shape and dtype.
        bounded_below: Whether ``low`` was given as finite, a boolean array of the box's shape.
        bounded_above: Whether ``high`` was given as finite, a boolean array of the box's shape.
        low_repr: The text of ``low`` in ``repr``, ``None`` before its first use.
        high_repr: The text of ``high`` in ``repr``, ``None`` before its first use.

    Example:
        >>> Box(low=-1.0, high=2.0, shape=(3, 4))
        Box(-1.0, 2.0, (3, 4), float32)
    """

    dtype: np.dtype[_ScalarT_co]
    _shape: tuple[int, ...]

    low: NDArray[_ScalarT_co]
    high: NDArray[_ScalarT_co]
    bounded_below: NDArray[np.bool_]
    bounded_above: NDArray[np.bool_]
    low_repr: str | None
    high_repr: str | None

    @overload
    def __init__(
        self: Box[np.float32],
        low: _RealArrayLike,
        high: _RealArrayLike,
        shape: _ToShape | None = None,
        dtype: type[np.float32] | np.dtype[np.float32] = np.float32,
        seed: _ToSeed | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Box[_ScalarT],
        low: _RealArrayLike,
        high: _RealArrayLike,
        shape: _ToShape | None = None,
        *,
        dtype: _ToDType[_ScalarT],
        seed: _ToSeed | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Box[_ScalarT],
        low: _RealArrayLike,
        high: _RealArrayLike,
        shape: _ToShape | None,
        dtype: _ToDType[_ScalarT],
        seed: _ToSeed | None = None,
    ) -> None: ...
    def __init__(
        self,
        low: Any,
        high: Any,
        shape: _ToShape | None = None,
        dtype: Any = np.float32,
        seed: _ToSeed | None = None,
    ) -> None:
        """Makes a box from its bounds.

        Args:
            low: The lower bound: a number for all elements, or an array of ``shape``. ``-np.inf``
                is unbounded.
            high: The upper bound in the same form; ``np.inf`` is unbounded.
            shape: The shape of an element. By default that of the bounds, ``(1,)`` if both are
                numbers.
            dtype: A boolean, integer or floating dtype. Unsigned and boolean boxes must be bounded.
            seed: A seed or a generator for the sampler.

        Raises:
            ValueError: A bound is NaN or outside the dtype's range, a lower bound is above its
                upper bound, shapes disagree, or the dtype is of another kind.
            TypeError: ``shape`` is not a sequence of integers.
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if dtype is None:
            raise ValueError("Box dtype must be explicitly provided, cannot be None.")
        self.dtype = np.dtype(dtype)
        if self.dtype.kind not in "iufb":
            raise ValueError(f"Invalid Box dtype ({self.dtype}), must be an integer, floating, or bool dtype")

        self._shape = _resolve_shape(low, high, shape)
        smallest, largest = dtype_range(self.dtype)
        self.low, self.bounded_below = cast_bound(LOW, low, self._shape, self.dtype, smallest)
        self.high, self.bounded_above = cast_bound(HIGH, high, self._shape, self.dtype, largest)

        for name, bound in (("low", self.low), ("high", self.high)):
            if bound.shape != self._shape:
                raise ValueError(
                    f"Box {name}.shape doesn't match provided shape, "
                    f"{name}.shape={bound.shape}, shape={self._shape}"
                )
        if np.any(self.low > self.high):
            raise ValueError(
                "Box all low values must be less than or equal to high (some values break this), "
                f"low={self.low}, high={self.high}"
            )

        self.low_repr = None
        self.high_repr = None
        super().__init__(self._shape, self.dtype, seed)

    def _batch(self, n: int) -> Box[_ScalarT_co]:
        """The box of ``n`` stacked elements, with a copy of this box's generator."""
        # The bounds of one element are checked, then those and the findings are repeated.
        one = Box(self.low, self.high, dtype=self.dtype)
        repeats = (n, *(1 for _ in one.shape))
        batch: Box[_ScalarT_co] = Box.__new__(Box)
        batch.low = np.tile(one.low, repeats)
        batch.high = np.tile(one.high, repeats)
        batch.bounded_below = np.tile(one.bounded_below, repeats)
        batch.bounded_above = np.tile(one.bounded_above, repeats)
        batch.low_repr = None
        batch.high_repr = None
        Space.__init__(batch, batch.low.shape, self.dtype, copy_generator(self.np_random))
        return batch

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an element, never ``None``."""
        return self._shape

    @property
    def is_np_flattenable(self) -> Literal[True]:
        """Always true: an element is an array of a fixed size."""
        return True

    def is_bounded(self, manner: Literal["both", "below", "above"] = "both") -> bool:
        """Whether every element has a finite bound.

        Args:
            manner: The bounds to check: ``"below"``, ``"above"`` or ``"both"``.

        Returns:
            Whether all of them are finite.

        Raises:
            ValueError: ``manner`` is anything else.
        """
        if manner not in ("both", "below", "above"):
            raise ValueError(f"manner is not in {{'below', 'above', 'both'}}, actual value: {manner}")
        below = manner == "above" or bool(np.all(self.bounded_below))
        above = manner == "below" or bool(np.all(self.bounded_above))
        return below and above

    def sample(self, mask: None = None, probability: None = None) -> NDArray[_ScalarT_co]:
        """Draws an element, each of its numbers independently.

        A number is uniform where it is bounded on both sides, normal where on neither, and
        exponential with scale 1, starting at the bound, where on one. An integer can be every one
        that its bounds allow.

        Args:
            mask: Not supported by boxes, must be ``None``.
            probability: Not supported by boxes, must be ``None``.

        Returns:
            An array of the box's shape and dtype.

        Raises:
            plyo.error.Error: ``mask`` or ``probability`` was given.
        """
        if mask is not None:
            raise error.Error(f"Box.sample cannot be provided a mask, actual value: {mask}")
        if probability is not None:
            raise error.Error(
                f"Box.sample cannot be provided a probability mask, actual value: {probability}"
            )
        return sample_box(self)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is an array of the box's shape between the bounds.

        Args:
            x: An array whose dtype can be cast safely to that of the box. Anything else is made
                an array of that dtype, with a warning.

        Returns:
            Whether it is an element; false where no array can be made of ``x``.
        """
        if not isinstance(x, np.ndarray):
            logger.warn("Casting input x to numpy array.")
            return self._contains_cast(x)
        return (
            x.dtype.kind in "biuf"
            and bool(np.can_cast(x.dtype, self.dtype))
            and x.shape == self.shape
            and all_between(self.low, x, self.high)
        )

    def _contains_cast(self, x: Any) -> bool:
        """Whether a value that is not an array becomes an element, and had the numbers of one before."""
        try:
            given = np.asarray(x)
            with np.errstate(all="ignore"):
                cast = np.asarray(x, dtype=self.dtype)
        except Exception:  # of any kind: no array of numbers can be made of the object
            return False
        if given.dtype.kind not in "biufO" or cast.shape != self.shape:
            return False
        # The cast may have wrapped or rounded.
        if given.dtype.kind == "f" and self.dtype.kind != "f":
            if not np.array_equal(cast.astype(object), given.astype(object)):
                return False
        elif given.dtype.kind in "iu" and not all_between(self.low, given.astype(object), self.high):
            return False
        return all_between(self.low, cast, self.high)

    def to_jsonable(self, sample_n: Iterable[NDArray[Any]]) -> list[list[Any]]:
        """Converts elements to nested lists."""
        return [sample.tolist() for sample in sample_n]

    def from_jsonable(self, sample_n: Iterable[float | list[Any]]) -> list[NDArray[_ScalarT_co]]:
        """Converts nested lists to arrays of the box's dtype."""
        return [np.asarray(sample, dtype=self.dtype) for sample in sample_n]

    def __repr__(self) -> str:
        """The constructor call that makes the box; equal bounds are shown once."""
        if self.low_repr is None:
            self.low_repr = array_short_repr(self.low)
        if self.high_repr is None:
            self.high_repr = array_short_repr(self.high)
        return f"Box({self.low_repr}, {self.high_repr}, {self.shape}, {self.dtype})"

    def __eq__(self, other: object, /) -> bool:
        """Whether ``other`` is a box of the same shape, dtype and bounds; those of floats to rounding."""
        if not isinstance(other, Box) or self.shape != other.shape or self.dtype != other.dtype:
            return False
        if self.dtype.kind != "f":
            return bool(np.array_equal(self.low, other.low) and np.array_equal(self.high, other.high))
        with np.errstate(over="ignore"):  # the distance of the ends of a type is infinite
            return np.allclose(self.low, other.low) and np.allclose(self.high, other.high)

    def __setstate__(self, state: Iterable[tuple[str, Any]] | Mapping[str, Any]) -> None:
        """Restores a pickled box, those of releases without ``low_repr`` included.

        Args:
            state: The attributes; it is not changed.
        """
        super().__setstate__(state)
        if not hasattr(self, "low_repr"):
            self.low_repr = array_short_repr(self.low)
        if not hasattr(self, "high_repr"):
            self.high_repr = array_short_repr(self.high)


def _resolve_shape(low: object, high: object, shape: object) -> tuple[int, ...]:
    """The shape of a box, from the argument or else from the bounds."""
    if shape is not None:
        if not isinstance(shape, Iterable):
            raise TypeError(f"Expected Box shape to be an iterable, actual type={type(shape)}")
        if not all(is_integer(dim) for dim in shape):
            raise TypeError(
                "Expected all Box shape elements to be integer, "
                f"actual type={tuple(type(dim) for dim in shape)}"
            )
        return tuple(int(dim) for dim in shape)

    shapes = [bound.shape for bound in (low, high) if isinstance(bound, np.ndarray)]
    if shapes:
        if shapes[0] != shapes[-1]:
            raise ValueError(
                f"Box low.shape and high.shape don't match, low.shape={shapes[0]}, high.shape={shapes[-1]}"
            )
        return tuple(shapes[0])
    if is_float_integer(low) and is_float_integer(high):
        return (1,)
    raise ValueError(
        "Box shape is not specified, therefore inferred from low and high. "
        "Expected low and high to be np.ndarray, integer, or float."
        f"Actual types low={type(low)}, high={type(high)}"
    )
