"""Ctrl-C that waits until the emulators stand at the end of a step."""

from __future__ import annotations

import importlib
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

try:
    # what `signal` wraps to give numbers names, which takes ten times as long as the call itself
    _signal: Any = importlib.import_module("_signal")
except ImportError:  # another Python than CPython may have it elsewhere
    _signal = signal
_CTRL_C = int(signal.SIGINT)


class Deferred:
    """Puts off Ctrl-C inside a ``with`` block to its end, or until a long call asks :attr:`was_asked`.

    Only the main thread hears of Ctrl-C; in others the block does nothing.

    Attributes:
        was_asked: Whether somebody has pressed Ctrl-C inside the block.
    """

    def __init__(self) -> None:
        self.was_asked = False
        self._before: Any = None
        self._frame: FrameType | None = None

    def __enter__(self) -> Deferred:
        self.was_asked, self._before = False, None
        if threading.current_thread() is threading.main_thread():
            before = _signal.getsignal(_CTRL_C)
            if callable(before):
                self._before = before
                _signal.signal(_CTRL_C, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.was_asked, self._frame = True, frame

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        before, frame = self._before, self._frame
        self._before = self._frame = None
        if before is not None:
            _signal.signal(_CTRL_C, before)
            if self.was_asked:
                before(signal.SIGINT, frame)
