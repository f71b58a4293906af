"""Checks of the sizes of pictures, and of the arrays that they are drawn into."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.basics.integers import is_integer

#: The greatest height and width of a picture in pixels.
MAX_SIDE = 16384


def check_size(size: Any) -> tuple[int, int]:
    """A size, (height, width) in pixels, checked.

    Raises:
        TypeError: It is not a pair of integers.
        ValueError: It is out of range.
    """
    expected = f"size must be (height, width) in pixels, two integers from 1 to {MAX_SIDE}, got {size!r}"
    if not isinstance(size, (tuple, list)) or len(size) != 2 or not all(map(is_integer, size)):
        raise TypeError(expected)
    height, width = map(int, size)
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(expected)
    return height, width


def to_canvas(out: Any, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """An array to draw into, checked: the caller's, of any strides.

    Raises:
        TypeError: It is no array of uint8.
        ValueError: It has another shape, cannot be written, or its elements share memory.
    """
    expected = f"out must be a writable numpy array of uint8 and shape {shape}"
    if not isinstance(out, np.ndarray):
        raise TypeError(f"{expected}, got {type(out)}")
    if out.dtype != np.uint8:
        raise TypeError(f"{expected}, got dtype {out.dtype}")
    if out.shape != shape:
        raise ValueError(f"{expected}, got shape {out.shape}")
    if not out.flags.writeable:
        raise ValueError(f"{expected}, got a read-only one")
    if any(side > 1 and stride == 0 for side, stride in zip(shape, out.strides, strict=True)):
        raise ValueError(f"{expected}, got one whose elements share memory")
    return out
