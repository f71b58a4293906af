"""Coloured messages through the :mod:`warnings` module, as ``gymnasium.logger`` writes them."""

from __future__ import annotations

import warnings

from plyo.basics.colorize import colorize

WARN = 30
ERROR = 40

#: Messages below this level are dropped: 40 silences warnings, anything above silences errors too.
min_level = 30

# Python hides deprecation warnings raised outside ``__main__``; ours are meant for users.
warnings.filterwarnings("once", "", DeprecationWarning, module=r"^plyo\.")


def warn(
    msg: str,
    *args: object,
    category: type[Warning] | None = None,
    stacklevel: int = 1,
) -> None:
    """Issues a yellow ``WARN: ...`` warning if ``min_level <= WARN``.

    Args:
        msg: The message, a ``%`` format string for ``args``.
        *args: The values to format into ``msg``.
        category: The warning class, ``None`` for :class:`UserWarning`.
        stacklevel: Frames above this function to which the warning is attributed.
    """
    if min_level <= WARN:
        warnings.warn(colorize(f"WARN: {msg % args}", "yellow"), category=category, stacklevel=stacklevel + 1)


def deprecation(msg: str, *args: object) -> None:
    """Issues a yellow ``WARN: ...`` :class:`DeprecationWarning` if ``min_level <= WARN``."""
    warn(msg, *args, category=DeprecationWarning, stacklevel=2)


def error(msg: str, *args: object) -> None:
    """Issues a red ``ERROR: ...`` warning if ``min_level <= ERROR``; raises nothing."""
    if min_level <= ERROR:
        warnings.warn(colorize(f"ERROR: {msg % args}", "red"), stacklevel=3)
