"""Ctrl-C as a wish to end soon, for work that can be ended between two parts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Wish", "wish_to_end"]


class Wish:
    """Whether Ctrl-C has been pressed."""

    def __init__(self) -> None:
        self.is_there = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_there = True
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the next one ends the work at once


@contextmanager
def wish_to_end() -> Iterator[Wish]:
    """Within it, the first Ctrl-C only notes the wish. Outside the main thread it does nothing."""
    wish = Wish()
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield wish  # ignored in the background, or somebody else's business
        return
    try:
        signal.signal(signal.SIGINT, wish._on_signal)
    except ValueError:  # not the main thread, where signals do not arrive
        yield wish
        return
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)
