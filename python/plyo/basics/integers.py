"""The rule for integer arguments: every index of Python counts, NumPy's integers too, but no boolean."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from typing_extensions import TypeIs


def is_integer(value: object) -> TypeIs[int | np.integer[Any]]:
    """Whether a value is an integer of Python or of NumPy, or another index; True and False are not."""
    if type(value) is int:
        return True
    if isinstance(value, bool):
        return False
    try:
        index(value)  # type: ignore[arg-type]  # it raises TypeError for others
    except TypeError:
        return False
    return True


def is_seed(value: object) -> TypeIs[int]:
    """Whether a value is an integer that can be a seed; True and False can, as in Gymnasium."""
    return isinstance(value, bool) or is_integer(value)


def to_integer(name: str, value: object) -> int:
    """An integer argument as a Python integer.

    Args:
        name: The name in the error.
        value: The argument.

    Raises:
        TypeError: It is not an integer.
    """
    if not is_integer(value):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    return index(value)


def check_integer(name: str, value: object, low: int, high: int | None = None, also: str = "") -> int:
    """An integer argument as a Python integer, checked.

    Args:
        name: The name in errors.
        value: The argument.
        low: The least legal value.
        high: The greatest; None for no bound.
        also: Other legal values, for errors, after the range.

    Raises:
        TypeError: It is not an integer.
        ValueError: It is out of range.
    """
    legal = f"of at least {low}" if high is None else f"from {low} to {high}"
    expected = f"{name} must be an integer {legal}{also}, got {value!r}"
    if not is_integer(value):
        raise TypeError(expected)
    number = index(value)
    if number < low or (high is not None and number > high):
        raise ValueError(expected)
    return number
