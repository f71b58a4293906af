"""Tables without frames, which fit narrow terminals and can be selected by the mouse."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.text import Text

__all__ = ["print_table", "table_width"]

_GAP = 2


def table_width(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The columns of a terminal that a table takes."""
    return sum(width + _GAP for width in _widths(headings, rows))


def print_table(
    console: Console, headings: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()
) -> None:
    """Prints rows under headings.

    Args:
        console: The output.
        headings: The names of the columns.
        rows: Their texts.
        right: The columns that are aligned to the right.
    """
    widths = _widths(headings, rows)

    def line(cells: Sequence[str], style: str) -> Text:
        parts = [
            cell.rjust(width) if name in right else cell.ljust(width)
            for name, cell, width in zip(headings, cells, widths, strict=True)
        ]
        return Text((" " * _GAP + (" " * _GAP).join(parts)).rstrip(), style=style)

    console.print(line(headings, "dim"), soft_wrap=True)
    for row in rows:
        console.print(line(row, ""), soft_wrap=True)


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
