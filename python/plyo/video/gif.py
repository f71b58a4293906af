"""Animated GIFs, written frame by frame with one palette for all of them."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled
from plyo.video.files import FrameFile
from plyo.video.frames import Picture, changed_rectangle

#: The number of colours from the first frame; the others are spread evenly over all colours, for later frames.
_OWN_COLORS = 192
#: The shortest time in hundredths of a second that browsers respect.
_SHORTEST = 2


def check_gif() -> None:
    """Checks that GIFs can be written.

    Raises:
        plyo.error.DependencyNotInstalled: There is no Pillow.
    """
    try:
        import PIL.Image  # noqa: F401
    except ImportError as e:
        raise DependencyNotInstalled(f"Pillow is not installed, run `{pip_install('video')}`") from e


class GifWriter(FrameFile):
    """Writes a GIF that loops; each frame is only the rectangle that has changed.

    Frames of more than 256 colours lose some. A frame stays a whole number of hundredths of a second, at least two:
    the total time is right for up to 50 frames per second.
    """

    def __init__(self, path: str, size: tuple[int, int], fps: float) -> None:
        """Creates the file.

        Args:
            path: Its name.
            size: (width, height) of the frames in pixels.
            fps: Frames per second.

        Raises:
            plyo.error.DependencyNotInstalled: There is no Pillow.
        """
        check_gif()
        super().__init__(path)
        self._size = size
        self._fps = fps
        self._previous: Picture | None = None
        self._palette: Any = None

    def _encode(self, frame: Picture) -> bytes:
        width, height = self._size
        start = b""
        if self._previous is None:
            self._previous = frame.copy()
            self._palette = _palette_of(frame)
            colors = bytes(self._palette.getpalette()[:768])
            start = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + colors
            start += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"  # loops without end
            left, top, right, bottom = 0, 0, width, height
        else:
            left, top, right, bottom = changed_rectangle(frame, self._previous)
            self._previous[top:bottom, left:right] = frame[top:bottom, left:right]
        flags, pixels = self._compressed(frame[top:bottom, left:right])
        control = b"\x21\xf9\x04\x04" + struct.pack("<H", self._delay()) + b"\x00\x00"
        place = struct.pack("<BHHHHB", 0x2C, left, top, right - left, bottom - top, flags)
        return start + control + place + pixels

    def _delay(self) -> int:
        """The duration of the next frame in hundredths of a second, rounded so that the sum is right."""
        until = [round(100 * n / self._fps) for n in (self.frames, self.frames + 1)]
        return min(max(until[1] - until[0], _SHORTEST), 0xFFFF)

    def _compressed(self, part: Picture) -> tuple[int, bytes]:
        """The flags and the pixels of a rectangle, taken from a GIF that Pillow writes."""
        from PIL import Image

        image = Image.fromarray(np.ascontiguousarray(part))
        indexed = image.quantize(palette=self._palette, dither=Image.Dither.NONE)
        stream = io.BytesIO()
        indexed.save(stream, "GIF", optimize=False)
        gif = stream.getvalue()
        at = 13 + _table_bytes(gif[10])
        while gif[at] == 0x21:  # an extension: its kind, then blocks
            at = _behind_blocks(gif, at + 2)
        flags = gif[at + 9]
        at += 10 + _table_bytes(flags)
        return flags & 0x40, gif[at : _behind_blocks(gif, at + 1)]  # the bit says that rows are interlaced

    def _complete(self) -> None:
        self._append(b"\x3b")


def _table_bytes(flags: int) -> int:
    """The length of the table of colours after these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(gif: bytes, at: int) -> int:
    """The position behind a chain of blocks, each of which begins with its length; the last has length 0."""
    while gif[at]:
        at += 1 + gif[at]
    return at + 1


def _palette_of(frame: Picture) -> Any:
    """An image whose palette has the main colours of a frame, and 64 spread over all colours."""
    from PIL import Image

    own = Image.fromarray(frame).quantize(_OWN_COLORS, dither=Image.Dither.NONE).getpalette() or []
    own = own[: 3 * _OWN_COLORS]
    steps = (0, 85, 170, 255)
    spread = [channel for r in steps for g in steps for b in steps for channel in (r, g, b)]
    colors = own + spread
    palette = Image.new("P", (1, 1))
    palette.putpalette(colors + colors[-3:] * ((768 - len(colors)) // 3))
    return palette
