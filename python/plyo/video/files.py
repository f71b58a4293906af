"""Files that get their name only when they are complete."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
from abc import abstractmethod
from pathlib import Path

from plyo.video.frames import Picture

_numbers = itertools.count()


def temporary_name(path: str) -> str:
    """A name beside a path for an incomplete file; no other writer of any process has it.

    The name is the path's name with a mark behind it; a long name is shortened for the mark.
    """
    folder, name = os.path.split(path)
    mark = f".{os.getpid()}-{next(_numbers)}.part"
    room = _longest_name(folder) - len(mark)
    while len(os.fsencode(name)) > room:  # by whole characters: some file systems refuse half ones
        name = name[:-1]
    return os.path.join(folder, name + mark)  # noqa: PTH118 - texts, as they are


def _longest_name(folder: str) -> int:
    """The bytes that a file's name in a folder may have."""
    try:
        return os.pathconf(folder or ".", "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # the system or the folder gives no limit
        return 255


def remove(path: str) -> None:
    """Removes a file if possible."""
    with contextlib.suppress(OSError):
        Path(path).unlink()


def check_target(path: str) -> None:
    """Raises unless a path can become the name of a file: there is nothing yet, a file, or a link, which is replaced.

    Raises:
        OSError: It is the name of a folder or a device, or it is too long, for example.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise FileExistsError(errno.EEXIST, "it is no regular file and would be replaced", path)


class FrameFile:
    """A video file that this process writes itself, a block of bytes a frame.

    Subclasses define the bytes before, in and after the frames. After an error the file is cut off after the last whole
    frame.
    """

    def __init__(self, path: str) -> None:
        """Creates the file under a temporary name.

        Args:
            path: The final name.

        Raises:
            OSError: It cannot be created.
        """
        self.path = path
        self.frames = 0
        self._temporary = temporary_name(path)
        self._file = Path(self._temporary).open("w+b", buffering=0)  # noqa: SIM115 - `finish` closes it
        self._end = 0  # behind the last whole frame

    @property
    def nbytes(self) -> int:
        """The bytes of the frames so far."""
        return self._end

    @abstractmethod
    def _encode(self, frame: Picture) -> bytes:
        """The bytes of the next frame; for the first one also the bytes before it."""

    @abstractmethod
    def _complete(self) -> None:
        """Writes the end of the file after the frames, and corrects the beginning before them."""

    def write(self, frame: Picture) -> None:
        """Adds a frame.

        Raises:
            OSError: The disk is full, for example.
        """
        block = self._encode(frame)
        self._append(block)
        self._end += len(block)
        self.frames += 1

    def _append(self, block: bytes) -> None:
        view = memoryview(block)
        while view:
            view = view[self._file.write(view) :]

    def finish(self) -> int:
        """Completes the file and gives it its name; returns its number of frames."""
        if not self._file.closed:
            self._complete()
            self._file.close()
            Path(self._temporary).replace(self.path)
        return self.frames

    def salvage(self) -> int:
        """Cuts the file off behind the last whole frame; returns its number of frames."""
        try:
            self._file.seek(self._end)
            self._file.truncate()
            if self.frames:
                return self.finish()
        except (OSError, ValueError):
            self.frames = 0
        self._file.close()
        remove(self._temporary)
        return 0

    def kill(self) -> None:
        """Does nothing: a write to a file returns by itself."""
