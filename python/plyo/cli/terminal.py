"""Pictures and keys in a terminal: half blocks of 24-bit colours, and single key presses.

Source of the control sequences: ECMA-48, and ITU-T T.416 for the colours.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from typing_extensions import Self

Picture = NDArray[np.uint8]

_ESCAPE = "\x1b"
_HALF_BLOCK = "▀"
_PLAIN = f"{_ESCAPE}[0m"
#: The alternate screen, cleared, without a cursor; and back.
_ENTER = f"{_ESCAPE}[?1049h{_ESCAPE}[?25l{_ESCAPE}[2J"
_LEAVE = f"{_PLAIN}{_ESCAPE}[?25h{_ESCAPE}[?1049l"
#: The bytes of the arrow keys, in either mode of the keypad.
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
#: The longest pause within the bytes of one key, in seconds.
_WITHIN_A_KEY = 0.05


def fit(size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """The largest size at which a picture keeps its shape within a terminal.

    Args:
        size: Its height and width in pixels.
        columns: The columns of the terminal.
        rows: The rows that it may take, of two pixels each.

    Returns:
        The height and the width in pixels; the height is even, a column is one pixel wide.
    """
    height, width = size
    scale = min(columns / width, 2 * rows / height)
    return 2 * max(1, min(rows, round(height * scale / 2))), max(1, min(columns, round(width * scale)))


def shrink(picture: Picture, size: tuple[int, int]) -> Picture:
    """A picture at another size; each pixel is the mean of the pixels that it covers.

    Args:
        picture: uint8 ``(height, width, 3)``.
        size: The new height and width in pixels.
    """
    values = picture.astype(np.float64)
    for axis, new in enumerate(size):
        old = values.shape[axis]
        # the sum up to a point within a pixel is the sum of the pixels before and a part of this one
        sums = np.concatenate([np.zeros_like(values.take([0], axis)), values.cumsum(axis)], axis)
        edges = np.arange(new + 1) * (old / new)
        below = np.minimum(edges.astype(int), old - 1)
        part = (edges - below).reshape([-1 if i == axis else 1 for i in range(3)])
        at_edges = sums.take(below, axis) + part * values.take(below, axis)
        values = np.diff(at_edges, axis=axis) * (new / old)
    return (values + 0.5).clip(0, 255).astype(np.uint8)


def to_lines(picture: Picture) -> list[str]:
    """A picture as lines of text, each ending in plain colours.

    Args:
        picture: uint8 ``(height, width, 3)`` of even height.
    """
    return [_colored(row, None)[0] + _PLAIN for row in _cells(picture)]


def to_changes(picture: Picture, before: Picture | None) -> str:
    """The text that puts a picture into the upper left corner of a terminal.

    Args:
        picture: uint8 ``(height, width, 3)`` of even height.
        before: The picture of the same size that is there, None without one.

    Returns:
        Moves of the cursor and the changed cells; empty if no cell has changed.
    """
    cells = _cells(picture)
    changed = np.ones(cells.shape[:2], bool) if before is None else (cells != _cells(before)).any(axis=(2, 3))
    parts = []
    colors: Any = None
    for row in np.flatnonzero(changed.any(axis=1)).tolist():
        columns = np.flatnonzero(changed[row])
        # runs of neighbours share a move
        for run in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
            text, colors = _colored(cells[row, run[0] : run[-1] + 1], colors)
            parts.append(f"{_ESCAPE}[{row + 1};{run[0] + 1}H{text}")
    return "".join(parts) + (_PLAIN if parts else "")


def _cells(picture: Picture) -> Picture:
    """The upper and the lower colour of each cell, ``(rows, columns, 2, 3)``."""
    return np.stack([picture[0::2], picture[1::2]], axis=2)


def _colored(cells: Picture, colors: Any) -> tuple[str, Any]:
    """Cells of a row as text, and the colours in force after it; only changes of colours are written."""
    parts = []
    for upper, lower in cells.tolist():
        before = colors or (None, None)
        if upper != before[0]:
            parts.append("{}[38;2;{};{};{}m".format(_ESCAPE, *upper))
        if lower != before[1]:
            parts.append("{}[48;2;{};{};{}m".format(_ESCAPE, *lower))
        parts.append(_HALF_BLOCK)
        colors = (upper, lower)
    return "".join(parts), colors


def shows_pictures(stream: Any) -> bool:
    """Whether a stream is a terminal that understands control sequences."""
    return bool(stream.isatty()) and os.environ.get("TERM") not in (None, "dumb")


def terminal_size() -> tuple[int, int]:
    """The columns and rows of the terminal on standard output; 80 and 24 if they are unknown.

    The terminal itself is asked: the environment variables COLUMNS and LINES do not follow changes.
    """
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24


class Terminal:
    """The terminal of a game: pictures, a line of text, single keys. ``with`` always restores it.

    Attributes:
        columns: Its columns.
        rows: Its rows.
    """

    def __init__(self) -> None:
        """Takes standard input and output, which must be a terminal.

        Raises:
            NotImplementedError: The system has no terminals of Unix.
        """
        try:  # not at the top: all commands import this module, and Windows has neither
            self._termios: Any = importlib.import_module("termios")
            self._tty: Any = importlib.import_module("tty")
        except ImportError:
            raise NotImplementedError(
                f"single keys are read from a terminal by Python's termios, which {sys.platform} does not have: "
                "play in a window (--window)"
            ) from None
        self._input = sys.stdin.fileno()
        self._settings: list[Any] | None = None
        self._shown: Picture | None = None
        self._empty = 0  # empty reads in a row
        self._read_size()

    def _read_size(self) -> None:
        self.columns, self.rows = terminal_size()

    def __enter__(self) -> Self:
        """Switches to single keys and a fresh screen."""
        self._settings = self._termios.tcgetattr(self._input)
        # a signal between two reads of keys ends the wait too
        self._wakes, self._woken = os.pipe()
        for end in (self._wakes, self._woken):
            os.set_blocking(end, False)
        self._woken_before = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        self._tty.setcbreak(self._input)  # Ctrl-C still sends its signal
        settings = self._termios.tcgetattr(self._input)
        settings[6][self._termios.VMIN] = 0  # Ctrl-C discards pending input
        self._termios.tcsetattr(self._input, self._termios.TCSANOW, settings)
        self._write(_ENTER)
        return self

    def __exit__(self, *args: object) -> None:
        """Restores the screen and the settings."""
        assert self._settings is not None
        try:
            self._write(_LEAVE)
        finally:
            self._termios.tcsetattr(self._input, self._termios.TCSADRAIN, self._settings)
            signal.set_wakeup_fd(self._woken_before)
            os.close(self._wakes)
            os.close(self._woken)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def room(self, lines: int) -> tuple[int, int]:
        """The columns and rows above the lines of text; a change of the terminal's size clears it."""
        before = self.columns, self.rows
        self._read_size()
        if before != (self.columns, self.rows):
            self._shown = None
            self._write(f"{_ESCAPE}[2J")
        return self.columns, max(1, self.rows - lines)

    def show(self, picture: Picture | str, lines: list[str]) -> None:
        """Shows a picture or a text, and lines below.

        Args:
            picture: uint8 ``(height, width, 3)`` of even height, not larger than :meth:`room`; or a text.
            lines: The lines.
        """
        if isinstance(picture, str):
            text = f"{_ESCAPE}[H" + "".join(f"{line}{_PLAIN}{_ESCAPE}[K\r\n" for line in picture.splitlines())
            below = ""
        else:
            before = self._shown
            if before is not None and before.shape != picture.shape:
                before = None
            text = to_changes(picture, before)
            self._shown = picture.copy()
            below = f"{_ESCAPE}[{len(picture) // 2 + 1};1H"
        shown = "\r\n".join(f"{line[: self.columns]}{_ESCAPE}[K" for line in lines)
        self._write(text + below + shown + f"{_ESCAPE}[J")

    def read_key(self, timeout: float | None = None) -> str | None:
        """Waits for a key.

        Args:
            timeout: The longest wait in seconds; None for no limit.

        Returns:
            A character, or ``"left"``, ``"right"``, ``"up"``, ``"down"``, ``"enter"`` or ``"escape"``; an empty text
            for other keys; None after the timeout or a signal; ``"escape"`` also at the end of the input.
        """
        if not self._waits(timeout):
            return None
        text = os.read(self._input, 1).decode("latin-1")
        self._empty = 0 if text else self._empty + 1
        if text == "":
            return "escape" if self._empty > 1 else ""
        if text in "\r\n":
            return "enter"
        if text != _ESCAPE:
            return text if text.isprintable() else ""
        if not self._waits(_WITHIN_A_KEY):
            return "escape"
        # a key that sends more than a byte: ESC [ ... letter, or ESC O letter
        rest = os.read(self._input, 1).decode("latin-1")
        while rest in ("[", "O") or (rest[:1] == "[" and not (rest[-1].isalpha() or rest[-1] == "~")):
            if not self._waits(_WITHIN_A_KEY):
                break
            more = os.read(self._input, 1).decode("latin-1")
            if not more:
                break
            rest += more
        return _ARROWS.get(rest[1:], "")

    def _waits(self, timeout: float | None) -> bool:
        ready = select.select([self._input, self._wakes], [], [], timeout)[0]
        if self._wakes in ready:
            os.read(self._wakes, 4096)
        return self._input in ready
