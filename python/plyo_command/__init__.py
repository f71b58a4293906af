"""The program ``plyo``, before the package of that name is imported: Ctrl-C ends it quietly meanwhile."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

__all__ = ["main"]

#: The exit code after Ctrl-C, as shells have it.
_INTERRUPTED = 128 + signal.SIGINT


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and exits: 0, 1 for a task that was not solved, 2 for bad input, 130 after Ctrl-C.

    Args:
        args: The command line, by default that of the process.
    """
    with _quiet_interrupts():
        from plyo.cli.commands import run
    sys.exit(run(args))


@contextmanager
def _quiet_interrupts() -> Iterator[None]:
    """Lets Ctrl-C end the process at once, where it would raise KeyboardInterrupt: nothing has begun yet."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # ignored in the background, or somebody else's business
        return
    try:
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    except ValueError:  # not the main thread, where signals do not arrive
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
