"""The noise of :class:`~plyo.wrappers.AddWhiteNoise` and :class:`~plyo.wrappers.ObstructView`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def checked_picture(wrapper: str, rendered: Any) -> NDArray[Any]:
    """The result of ``render``, checked to be a picture.

    Raises:
        TypeError: It is not an array.
    """
    if not isinstance(rendered, np.ndarray):
        raise TypeError(f"{wrapper} expects env.render() to return a numpy array, got {type(rendered)}")
    return rendered


def white_noise(random: np.random.Generator, shape: tuple[int, ...], gray: bool) -> NDArray[np.uint8]:
    """Random pixels ``(height, width, 3)``: colours up to 254, or greys."""
    if not gray:
        return random.integers(0, 255, size=shape, dtype=np.uint8)
    weighted = random.integers(
        (0, 0, 0), 255 * np.array([0.2989, 0.5870, 0.1140]), size=shape, dtype=np.uint8
    )
    greys: NDArray[np.uint8] = weighted.sum(-1, keepdims=True).repeat(3, -1)
    return greys


def squares(centers: tuple[NDArray[np.intp], ...], width: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels of a picture in squares around some centers.

    Args:
        centers: Their rows and columns.
        width: The length of the squares' sides.
        shape: (height, width) of the picture.
    """
    before, behind = width // 2, width - width // 2
    top, left = (np.maximum(c - before, 0) for c in centers)
    bottom, right = (np.minimum(c + behind, n) for c, n in zip(centers, shape, strict=True))
    # +1 and -1 at the corners; the sums over both axes count the squares over each pixel
    corners = np.zeros((shape[0] + 1, shape[1] + 1), dtype=np.int32)
    np.add.at(corners, (top, left), 1)
    np.add.at(corners, (bottom, right), 1)
    np.add.at(corners, (top, right), -1)
    np.add.at(corners, (bottom, left), -1)
    counts = corners.cumsum(axis=0).cumsum(axis=1)
    inside: NDArray[np.bool_] = counts[:-1, :-1] > 0
    return inside
