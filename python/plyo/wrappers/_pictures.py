"""The computations of the wrappers of pictures, and their checks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.spaces import Box


def to_gray(keep_dim: bool, picture: Any) -> NDArray[np.uint8]:
    """A grey picture, uint8 (height, width), or (height, width, 1) to keep the third axis."""
    picture = np.asarray(picture)
    # added up in this order, a plane at a time: the bits of a sum over the last axis
    gray = picture[..., 0] * 0.2125
    gray += picture[..., 1] * 0.7154
    gray += picture[..., 2] * 0.0721
    result: NDArray[np.uint8] = gray.astype(np.uint8)
    return result[..., np.newaxis] if keep_dim else result


def check_picture(space: object) -> None:
    """Checks that a space is one of grey or coloured uint8 pictures."""
    if not isinstance(space, Box):
        raise TypeError(f"ResizeObservation requires a Box observation space, got {type(space)}")
    if len(space.shape) not in (2, 3):
        raise ValueError(f"ResizeObservation requires a 2D or 3D image, got shape {space.shape}")
    if not (np.all(space.low == 0) and np.all(space.high == 255)):
        raise ValueError("ResizeObservation requires observation bounds 0 to 255")
    if space.dtype != np.uint8:
        raise ValueError(f"ResizeObservation requires observation dtype uint8, got {space.dtype}")


def resize(size: tuple[int, int], shape: tuple[int, ...], picture: Any) -> Any:
    """A picture of another size (width, height), averaged over areas, in the shape of its space."""
    import cv2

    # OpenCV drops a last axis of length 1
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).reshape(shape)
