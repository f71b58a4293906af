"""The checks and the resizing of the preprocessing of Atari games."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plyo._native import AreaShrink
from plyo.basics.integers import is_integer
from plyo.error import DependencyNotInstalled

_Picture: TypeAlias = "NDArray[np.uint8]"


def check_arguments(inner: Any, noop_max: int, frame_skip: int, screen_size: object) -> None:
    """Checks the arguments of the wrapper for a game."""
    if frame_skip <= 0:
        raise ValueError(f"Expect the `frame_skip` to be positive, actually: {frame_skip}")
    sizes = screen_size if isinstance(screen_size, tuple) else (screen_size, screen_size)
    if len(sizes) != 2 or not all(is_integer(size) and size > 0 for size in sizes):
        raise ValueError(f"Expect the `screen_size` to be positive, actually: {screen_size}")
    if frame_skip > 1 and getattr(inner, "_frameskip", None) != 1:
        raise ValueError(
            "Disable frame-skipping in the original env. "
            "Otherwise, more than one frame-skip will happen as through this wrapper"
        )
    if noop_max < 0:
        raise ValueError(f"Expect the `noop_max` to be non-negative, actually: {noop_max}")
    if noop_max > 0 and inner.get_action_meanings()[0] != "NOOP":
        raise ValueError("When noop_max > 0, the first action meaning must be 'NOOP'")


def resizer(shape: tuple[int, ...], size: tuple[int, int]) -> Callable[[_Picture], _Picture]:
    """A function that resizes pictures by averaging areas: natively where no side gets longer, else by OpenCV.

    Args:
        shape: The shape of the pictures, (height, width) or with a third axis.
        size: The new (width, height).

    Raises:
        plyo.error.DependencyNotInstalled: A side gets longer, and there is no OpenCV.
    """
    width, height = size
    channels = shape[2:] or (1,)
    shrinks = len(shape) in (2, 3) and shape[0] >= height and shape[1] >= width
    if shrinks and channels in ((1,), (3,)):
        # OpenCV drops a last axis of length 1
        return _Shrinking(shape, (height, width) if channels == (1,) else (height, width, 3))
    try:
        import cv2  # noqa: F401 - whether it is there
    except ImportError as e:
        raise DependencyNotInstalled(
            "opencv-python package not installed, run `pip install opencv-python` to get dependencies for atari"
        ) from e
    return partial(_resize_by_opencv, size)


class _Shrinking:
    """Makes pictures smaller; copies make tables of their own."""

    def __init__(self, shape: tuple[int, ...], out_shape: tuple[int, ...]) -> None:
        self._shapes = shape, out_shape
        height, width, channels = (*shape, 1)[:3]
        self._native = AreaShrink(height, width, out_shape[0], out_shape[1], channels)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Shrinking, self._shapes

    def __call__(self, picture: _Picture) -> _Picture:
        shape, out_shape = self._shapes
        out = np.empty(out_shape, dtype=np.uint8)
        # a third axis of length 1 is no part of what is computed
        self._native.shrink(picture if shape[2:] != (1,) else picture[..., 0], out)
        return out


def _resize_by_opencv(size: tuple[int, int], picture: _Picture) -> _Picture:
    """A picture of another size (width, height)."""
    import cv2

    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
