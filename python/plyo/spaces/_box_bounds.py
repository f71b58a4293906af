"""Checks the bounds given to a :class:`plyo.spaces.Box` and casts them to its dtype."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger

if TYPE_CHECKING:
    from typing_extensions import TypeIs


@dataclass(frozen=True)
class Side:
    """The differences between a lower and an upper bound."""

    name: str  # as error texts call it
    limit: str  # as error texts call the end of the dtype's range
    array_kinds: str  # as error texts describe the arrays that can be bounds
    infinity: float  # the bound that means "unbounded"
    infinity_name: str
    other_limit: str  # and its other end
    outermost: Callable[[NDArray[Any]], Any]
    innermost: Callable[[NDArray[Any]], Any]
    beyond: Callable[[Any, Any], Any]


LOW = Side(
    name="low",
    limit="min",
    array_kinds="floating, integer, or bool",
    infinity=-np.inf,
    infinity_name="-np.inf",
    other_limit="max",
    outermost=np.min,
    innermost=np.max,
    beyond=lambda bound, limit: bound < limit,
)
HIGH = Side(
    name="high",
    limit="max",
    array_kinds="floating or integer",
    infinity=np.inf,
    infinity_name="np.inf",
    other_limit="min",
    outermost=np.max,
    innermost=np.min,
    beyond=lambda bound, limit: bound > limit,
)


def is_float_integer(var: object) -> TypeIs[float | np.floating[Any] | np.integer[Any]]:
    """Whether a value is an integer or floating-point scalar; a ``bool`` is neither."""
    return isinstance(var, (int, float, np.integer, np.floating)) and not isinstance(var, bool)


def dtype_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    """The smallest and the largest finite value of a boolean, integer or floating dtype."""
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind == "f":
        finfo = np.finfo(dtype)
        return float(finfo.min), float(finfo.max)
    iinfo = np.iinfo(dtype)
    return int(iinfo.min), int(iinfo.max)


def cast_bound(
    side: Side, bound: Any, shape: tuple[int, ...], dtype: np.dtype[Any], limit: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Casts a bound to the dtype of the box and finds out where it is finite.

    An infinite bound of a signed integer box becomes ``limit``, and still counts as infinite.

    Args:
        side: Whether this is the lower or the upper bound.
        bound: A scalar for all elements, or an array of the box's shape; it is not changed.
        shape: The shape of the box.
        dtype: The dtype of the box.
        limit: The end of the dtype's range on this side.

    Returns:
        The bound as a new array of ``dtype``, and a boolean array that is true where it is finite.

    Raises:
        ValueError: The bound is NaN, outside the range of the dtype, infinite where the dtype is
            unsigned or boolean, or not a number at all.
    """
    if is_float_integer(bound):
        return _cast_scalar(side, bound, shape, dtype, limit)
    if not isinstance(bound, np.ndarray):
        raise ValueError(
            f"Box {side.name} must be a np.ndarray, integer, or float, actual type={type(bound)}"
        )
    return _cast_array(side, bound, dtype, limit)


def _cast_scalar(
    side: Side, bound: Any, shape: tuple[int, ...], dtype: np.dtype[Any], limit: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    exact = _to_python(bound)
    if exact != exact:
        raise _nan(side, bound)
    unbounded = bool(exact == side.infinity)
    if unbounded:
        if dtype.kind == "i":
            bound = limit
        elif dtype.kind != "f":
            raise _infinite_unsigned(side, bound)
    elif side.beyond(exact, limit):
        raise _out_of_range(side, bound, limit)
    else:
        _check_other_end(side, bound, exact, dtype)
    return np.full(shape, bound, dtype=dtype), np.full(shape, not unbounded)


def _cast_array(
    side: Side, bound: NDArray[Any], dtype: np.dtype[Any], limit: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    if bound.dtype.kind not in "fiub":
        raise ValueError(f"Box {side.name} must be a {side.array_kinds} dtype, actual dtype={bound.dtype}")
    # One reduction finds NaN, infinity and values out of range: big boxes are checked in one pass.
    outermost = side.outermost(bound) if bound.size else bound.dtype.type(0)
    if np.isnan(outermost):
        raise _nan(side, bound)

    if outermost == side.infinity:
        bounded = bound != side.infinity
        if dtype.kind == "i":
            return _cast_partly_infinite(side, bound, bounded, dtype, limit), bounded
        if dtype.kind != "f":
            raise _infinite_unsigned(side, bound)
    else:
        bounded = np.ones(bound.shape, dtype=np.bool_)
        _check_range(side, bound, outermost, limit)
        if bound.size and not np.can_cast(bound.dtype, dtype):
            _check_other_end(side, bound, side.innermost(bound), dtype)

    if bound.dtype.kind == dtype.kind == "f" and np.finfo(dtype).precision < np.finfo(bound.dtype).precision:
        logger.warn(
            f"Box {side.name}'s precision lowered by casting to {dtype}, "
            f"current {side.name}.dtype={bound.dtype}"
        )
    return bound.astype(dtype), bounded


def _cast_partly_infinite(
    side: Side,
    bound: NDArray[Any],
    bounded: NDArray[np.bool_],
    dtype: np.dtype[Any],
    limit: float,
) -> NDArray[Any]:
    """Casts to a signed integer dtype, with the end of its range in place of infinity."""
    finite = np.where(bounded, bound, bound.dtype.type(0))
    _check_range(side, bound, side.outermost(finite), limit)
    _check_other_end(side, bound, side.innermost(finite), dtype)
    cast = finite.astype(dtype)
    # Set after the cast: the largest int64 is not a float64.
    cast[~bounded] = limit
    return cast


def _check_range(side: Side, bound: NDArray[Any], outermost: Any, limit: float) -> None:
    if side.beyond(_to_python(outermost), limit):
        raise _out_of_range(side, bound, limit)


def _check_other_end(side: Side, bound: Any, innermost: Any, dtype: np.dtype[Any]) -> None:
    """Refuses, for a dtype of integers, a lower bound above its range or an upper bound below it."""
    if dtype.kind == "f":
        return
    limits = dtype_range(dtype)
    limit = limits[1] if side is LOW else limits[0]
    if side.beyond(limit, _to_python(innermost)):
        raise ValueError(
            f"Box {side.name} is out of bounds of the dtype range, "
            f"{side.name}={bound}, {side.other_limit} dtype={limit}"
        )


def _to_python(number: Any) -> Any:
    """A scalar as a number of Python, which compares with other types exactly: 2.0**63 exceeds int64."""
    return number.item() if isinstance(number, np.generic) else number


def _nan(side: Side, bound: object) -> ValueError:
    return ValueError(f"No {side.name} value can be equal to `np.nan`, {side.name}={bound}")


def _infinite_unsigned(side: Side, bound: object) -> ValueError:
    return ValueError(f"Box unsigned int dtype don't support `{side.infinity_name}`, {side.name}={bound}")


def _out_of_range(side: Side, bound: object, limit: float) -> ValueError:
    return ValueError(
        f"Box {side.name} is out of bounds of the dtype range, "
        f"{side.name}={bound}, {side.limit} dtype={limit}"
    )
