"""The contents of a fragmented MP4 file: its whole fragments, and their frames.

A file of this kind is a row of boxes: a header, then for each fragment a box ``moof`` that describes and a box ``mdat``
that holds some frames. Source: ISO/IEC 14496-12.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def keep_whole_fragments(path: str) -> int:
    """Cuts a fragmented MP4 file off after its last whole fragment.

    Args:
        path: The file.

    Returns:
        The number of remaining frames; 0 if there is no whole fragment, or no file.

    Raises:
        OSError: The file cannot be changed.
    """
    frames = pending = end = 0
    if not os.path.exists(path):  # noqa: PTH110 - this is false, not an error, for an impossible name
        return 0
    with Path(path).open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for kind, body, after in _boxes(file, 0, size):
            if kind == b"moof":
                pending = _frames_in(file, body, after)
            elif kind == b"mdat":
                frames, pending, end = frames + pending, 0, after
        if frames and end < size:
            file.truncate(end)
    return frames


def _boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The whole boxes of a part of a file: kind, position of the contents, position of the next box."""
    while at + 8 <= end:
        file.seek(at)
        header = file.read(16)
        length, kind = struct.unpack(">I4s", header[:8])
        body = at + 8
        if length == 1 and len(header) == 16:  # too long for 32 bits
            length, body = struct.unpack(">Q", header[8:])[0], at + 16
        if length < body - at or at + length > end:
            return
        yield kind, body, at + length
        at += length


def _frames_in(file: BinaryIO, begin: int, end: int) -> int:
    """The number of frames in the description of a ``moof``."""
    frames = 0
    for kind, body, after in _boxes(file, begin, end):
        if kind == b"traf":
            for inner, run, _ in list(_boxes(file, body, after)):
                if inner == b"trun":
                    file.seek(run + 4)  # behind version and flags
                    frames += struct.unpack(">I", file.read(4))[0]
    return frames
