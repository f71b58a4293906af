"""Converting the pictures of environments into frames for video writers."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


class Writer(Protocol):
    """Writes the frames of one video, in their order.

    The file has its name only after :meth:`finish` or :meth:`salvage`; until then it has a temporary name.
    """

    def write(self, frame: Picture) -> None:
        """Adds a frame, uint8 ``(height, width, 3)``, contiguous; no reference is kept.

        Raises:
            OSError: It cannot be written.
        """

    def finish(self) -> int:
        """Completes the file and gives it its name.

        Returns:
            The number of frames in it.

        Raises:
            OSError: It cannot be completed.
        """

    def salvage(self) -> int:
        """Makes a readable file of the frames before an error; returns their number."""

    def kill(self) -> None:
        """Ends a write that hangs, from another thread."""


def to_rgb(frame: NDArray[Any]) -> Picture:
    """A frame as uint8 ``(height, width, 3)``; a frame of this kind is returned itself.

    Args:
        frame: ``(height, width)`` or ``(height, width, 1 | 3 | 4)``. A fourth channel is left out. Colours of
            another type than uint8 are clipped to 0..255. One channel of another type is a depth, whose range over
            the picture becomes black to white. Values that are not finite become white, or black in a colour.

    Raises:
        ValueError: The shape is another, or the frame has no pixels.
    """
    frame = np.asarray(frame)
    if frame.ndim == 2:
        frame = frame[:, :, np.newaxis]
    if frame.ndim != 3 or frame.shape[2] not in (1, 3, 4) or frame.size == 0:
        raise ValueError(
            f"a frame of shape {frame.shape} is no picture: expected (height, width) or (height, width, 1, 3 or 4) "
            "with at least one pixel"
        )
    if frame.dtype != np.uint8:
        depth = frame.shape[2] == 1
        frame = _depth_to_grey(frame) if depth else np.nan_to_num(frame).clip(0, 255).astype(np.uint8)
    if frame.shape[2] == 1:
        frame = np.repeat(frame, 3, axis=2)
    return frame[:, :, :3]


def _depth_to_grey(depth: NDArray[Any]) -> Picture:
    """Distances as greys: the nearest is black, the farthest and values that are not finite are white."""
    finite = np.isfinite(depth)
    if not finite.any():
        return np.full(depth.shape, 255, dtype=np.uint8)
    low, high = (float(bound) for bound in (depth[finite].min(), depth[finite].max()))
    values = np.where(finite, depth, high).astype(np.float64) - low
    scaled = values * (255.0 / (high - low)) if high - low > 1e-300 else values
    return np.where(finite, scaled, 255.0).clip(0, 255).astype(np.uint8)


def changed_rectangle(frame: Picture, previous: Picture) -> tuple[int, int, int, int]:
    """The smallest rectangle ``(left, top, right, bottom)`` outside which two frames are equal.

    The pixel in the corner if they are equal everywhere.
    """
    height = frame.shape[0]
    differs = frame.reshape(height, -1) != previous.reshape(height, -1)
    rows = np.flatnonzero(differs.any(axis=1))
    if rows.size == 0:
        return 0, 0, 1, 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    bytes_ = np.flatnonzero(differs[top:bottom].any(axis=0))
    return int(bytes_[0]) // 3, top, int(bytes_[-1]) // 3 + 1, bottom
