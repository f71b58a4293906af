"""Floats from what stands for a single number."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_float(value: Any) -> float:
    """A number as a float of Python; an array of one element counts as that element, whatever its shape.

    Args:
        value: The number.

    Raises:
        TypeError, ValueError: It is no single number.
    """
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    return float(value)
