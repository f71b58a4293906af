"""Ctrl-C that waits until the emulators stand at the end of a step."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


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
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.was_asked, self._frame = True, frame

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        before, frame = self._before, self._frame
        self._before = self._frame = None
        if before is not None:
            signal.signal(signal.SIGINT, before)
            if self.was_asked:
                before(signal.SIGINT, frame)
