"""Whether arguments are the same, arrays among them."""

from __future__ import annotations

from typing import Any

import numpy as np


def are_same(one: Any, other: Any) -> bool:
    """Whether two values are equal; arrays are if dtype, shape and elements are, wherever they lie.

    Args:
        one: A value: anything, also dictionaries, lists and tuples of arrays.
        other: The value to compare it with.
    """
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if type(one) is not type(other) or one.dtype != other.dtype or one.shape != other.shape:
            return False
        return are_same(one.ravel().tolist(), other.ravel().tolist())
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(are_same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(are_same, one, other))
    return one is other or bool(one == other)
