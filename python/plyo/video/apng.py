"""Animated PNGs, written frame by frame: lossless, with the standard library alone, in constant memory.

Source: the PNG specification, third edition (W3C 2025), chunks acTL, fcTL and fdAT.
"""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from math import ceil

import numpy as np

from plyo.video.files import FrameFile
from plyo.video.frames import Picture, changed_rectangle

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The position of the chunk with the number of frames: after the signature and the header chunk of 25 bytes.
_COUNT_AT = len(_SIGNATURE) + 25
#: The number of frames after which the file's count is corrected, so that an incomplete file shows them.
_COUNT_EVERY = 32
_COMPRESSION = 3
#: The largest integer of 16 bits.
_LARGEST = 65535


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class ApngWriter(FrameFile):
    """Writes an animated PNG that loops; each frame is only the rectangle that has changed."""

    def __init__(self, path: str, size: tuple[int, int], fps: float) -> None:
        """Creates the file.

        Args:
            path: Its name.
            size: (width, height) of the frames in pixels.
            fps: Frames per second.
        """
        super().__init__(path)
        self._size = size
        # the seconds that a frame stays, as a fraction of 16-bit integers
        at_most = max(1, ceil(1 / fps))
        delay = Fraction(1 / fps).limit_denominator(max(1, _LARGEST // at_most))
        self._delay = min(delay.numerator, _LARGEST), delay.denominator
        self._sequence = 0
        self._previous: Picture | None = None

    def _encode(self, frame: Picture) -> bytes:
        width, height = self._size
        if self._previous is None:
            self._previous = frame.copy()
            header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
            start = _SIGNATURE + _chunk(b"IHDR", header) + self._count_chunk(1)
            return start + self._control(0, 0, width, height) + _chunk(b"IDAT", _compressed(frame))

        left, top, right, bottom = changed_rectangle(frame, self._previous)
        part = frame[top:bottom, left:right]
        self._previous[top:bottom, left:right] = part
        control = self._control(left, top, right - left, bottom - top)
        return control + _chunk(b"fdAT", self._number() + _compressed(part))

    def _control(self, left: int, top: int, width: int, height: int) -> bytes:
        """The chunk before a frame: its place and duration; it is painted over the frame before."""
        return _chunk(
            b"fcTL", self._number() + struct.pack(">IIIIHHBB", width, height, left, top, *self._delay, 0, 0)
        )

    def _number(self) -> bytes:
        self._sequence += 1
        return struct.pack(">I", self._sequence - 1)

    def _count_chunk(self, frames: int) -> bytes:
        return _chunk(b"acTL", struct.pack(">II", frames, 0))

    def write(self, frame: Picture) -> None:
        """Adds a frame."""
        super().write(frame)
        if self.frames % _COUNT_EVERY == 0:
            self._correct_count()

    def _correct_count(self) -> None:
        self._file.seek(_COUNT_AT)
        self._append(self._count_chunk(self.frames))
        self._file.seek(self._end)

    def _complete(self) -> None:
        self._correct_count()
        self._append(_chunk(b"IEND", b""))


def encode_png(picture: Picture) -> bytes:
    """A picture as a PNG file.

    Args:
        picture: uint8 ``(height, width, 3)``.
    """
    height, width, _ = picture.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = _chunk(b"IHDR", header) + _chunk(b"IDAT", _compressed(picture))
    return _SIGNATURE + data + _chunk(b"IEND", b"")


def _compressed(part: Picture) -> bytes:
    """A rectangle of pixels in PNG's form: before each row a zero, for no filter."""
    height, width, _ = part.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = part.reshape(height, 3 * width)
    return zlib.compress(rows.data, _COMPRESSION)
