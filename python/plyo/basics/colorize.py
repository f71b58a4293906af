"""ANSI colours for terminal text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Foreground colour codes; a background is the same code plus 10.
color2num: Final[Mapping[str, int]] = {
    "gray": 30,
    "red": 31,
    "green": 32,
    "yellow": 33,
    "blue": 34,
    "magenta": 35,
    "cyan": 36,
    "white": 37,
    "crimson": 38,
}

_BACKGROUND_OFFSET = 10


def colorize(string: str, color: str, bold: bool = False, highlight: bool = False) -> str:
    """Puts the ANSI escapes of a colour around a string.

    Args:
        string: The text.
        color: A key of :data:`color2num`.
        bold: Whether to print in bold type.
        highlight: Whether to colour the background instead of the text.

    Returns:
        The text with escapes before and after it.

    Raises:
        KeyError: ``color`` is unknown.
    """
    code = color2num[color] + (_BACKGROUND_OFFSET if highlight else 0)
    attributes = f"{code};1" if bold else f"{code}"
    return f"\x1b[{attributes}m{string}\x1b[0m"
