"""Integers compared and converted exactly: no wrapping, no detour through floats."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.error import Error


# also the type that NumPy raises for Python integers, and the type for all other bad arguments of spaces
class TypeRangeError(Error, OverflowError, ValueError):
    """A number does not fit its type."""


#: Between this number and its negative every integer is a float64 of its own.
EXACT_IN_FLOAT64 = 2**53


@cache
def integer_limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """The least and the greatest value of an integer dtype."""
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def fitting_scalar(name: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """An integer as a scalar of an integer dtype.

    Args:
        name: The name in the error.
        value: The integer.
        dtype: The dtype.

    Raises:
        TypeRangeError: The integer is outside the range of the dtype.
    """
    check_fits(name, int(value), dtype)
    return dtype.type(value)


def check_fits(name: str, value: int, dtype: np.dtype[Any]) -> None:
    """Raises :class:`TypeRangeError` for an integer outside the range of an integer dtype."""
    least, most = integer_limits(dtype)
    if not least <= value <= most:
        raise TypeRangeError(f"{name} does not fit the dtype: {dtype} holds {least} to {most}, got {value}")


def fitting_array(name: str, values: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """A new array of an integer dtype with exactly the given integers.

    Args:
        name: The name in errors.
        values: Integers, also as floats, in any shape.
        dtype: The dtype.

    Raises:
        TypeRangeError: An integer is outside the range of the dtype.
        ValueError: A value is not an integer, or they have no common shape.
    """
    given = np.asarray(values)
    if given.dtype.kind == "b" or (isinstance(values, (list, tuple)) and _has_booleans(values)):
        raise ValueError(f"{name} must consist of integers, got {values!r}")
    if given.dtype.kind == "f" and not isinstance(values, np.ndarray):
        given = np.asarray(values, dtype=object)  # NumPy rounds Python's integers where some are beyond int64
    if given.dtype.kind in "fO" and given.size:
        _check_whole(name, given)
        for value in given.astype(object).flat:
            check_fits(name, int(value), dtype)
    elif given.size and not np.can_cast(given.dtype, dtype):
        if given.dtype.kind not in "biu":
            raise ValueError(f"{name} must consist of integers, got {values!r}")
        for value in (given.min(), given.max()):
            check_fits(name, int(value), dtype)
    return np.array(values if given.dtype.kind == "O" else given, dtype=dtype, copy=True)


def _has_booleans(values: Iterable[Any]) -> bool:
    """Whether there is True or False among nested lists and tuples of numbers, which NumPy takes for integers."""
    return any(
        isinstance(value, (bool, np.bool_)) or (isinstance(value, (list, tuple)) and _has_booleans(value))
        for value in values
    )


def _check_whole(name: str, given: NDArray[Any]) -> None:
    """Raises ``ValueError`` if a float or an object is not an integer."""
    for value in given.astype(object).flat:
        try:
            is_whole = int(value) == value
        except (TypeError, ValueError, OverflowError):
            is_whole = False
        if not is_whole:
            raise ValueError(f"{name} must consist of integers, got {value!r}")


def to_integers(numbers: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """Floats, rounded to the nearest integers of the dtype of some bounds, and clipped to the bounds.

    Raises:
        ValueError: One of the floats is NaN.
    """
    if np.any(np.isnan(numbers)):
        raise ValueError(f"Expected numbers, got {numbers}")
    # The largest 64-bit integers are not floats, so a value at a bound is not cast but replaced by the bound.
    inside = (numbers > low) & (numbers < high)
    integers = np.where(inside, np.rint(numbers), 0).astype(low.dtype)
    return np.where(inside, np.minimum(np.maximum(integers, low), high), np.where(numbers <= low, low, high))


def all_between(low: NDArray[Any], x: NDArray[Any], high: NDArray[Any]) -> bool:
    """Whether every number of an array lies between its bounds, integers and floats compared exactly."""
    low, high = np.asarray(low), np.asarray(high)  # Python code may have replaced them
    kinds = {array.dtype.kind for array in (low, x, high)} - {"b"}
    wide_integers = "O" in kinds or any(
        array.dtype.kind in "iu" and array.dtype.itemsize == 8 for array in (low, x, high)
    )
    if len(kinds) > 1 and wide_integers:
        # NumPy may round these integers to float64; Python's comparisons do not.
        low, x, high = low.astype(object), x.astype(object), high.astype(object)
    return bool(np.all(x >= low) and np.all(x <= high))
