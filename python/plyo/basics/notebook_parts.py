"""Parts of what objects show in notebooks: titled boxes, tables and heat maps, as self-contained HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

#: The most cells of a heat map; with more than the second number they are too small for text.
MAX_CELLS, MAX_TEXTS = 1024, 144
#: The colours of the least and the greatest value, which leave black text readable, and of what is no number.
_LEAST, _GREATEST, _NO_NUMBER = (247, 250, 250), (92, 179, 188), "#ddd"
_CELL_STYLE = "border:1px solid #fff;padding:2px 5px;text-align:center;font-size:11px;color:#111"
_SMALL_CELL_STYLE = "border:1px solid #fff;padding:7px"


def box(title: str, facts: Sequence[str], body: str) -> str:
    """A body of HTML under a title and a line of facts, which are plain text."""
    head = f"<b>{escape(title)}</b><br><small>{escape(' · '.join(facts))}</small>"
    return f"<div>{head}{body}</div>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text."""
    lines = ["<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def heat_map(values: npt.NDArray[Any], columns: int, notes: Sequence[str]) -> str:
    """Numbers as cells that are darker the greater the number is.

    Args:
        values: ``(n,)``, row by row, at most ``MAX_CELLS`` of them.
        columns: The cells of a row.
        notes: What the pointer shows at each cell; the text after the last blank stands in the cell too.
    """
    finite = values[np.isfinite(values)]
    least, greatest = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    style = _CELL_STYLE if len(values) <= MAX_TEXTS else _SMALL_CELL_STYLE
    cells = [
        f'<td title="{escape(note)}" style="background:{_color(float(value), least, greatest)};{style}">'
        f"{_inside(float(value), note, len(values))}</td>"
        for value, note in zip(values, notes, strict=True)
    ]
    lines = ["<tr>" + "".join(cells[i : i + columns]) + "</tr>" for i in range(0, len(cells), columns)]
    return f'<table style="border-collapse:collapse">{"".join(lines)}</table>'


def _inside(value: float, note: str, cells: int) -> str:
    """What stands in a cell: the value, and below it the last word of its note."""
    return "" if cells > MAX_TEXTS else f"{value:.3g}<br><small>{escape(note.rpartition(' ')[2])}</small>"


def _color(value: float, least: float, greatest: float) -> str:
    """The colour of a value between two others."""
    if not np.isfinite(value):
        return _NO_NUMBER
    # halves, because the difference of large numbers may overflow
    width = greatest / 2 - least / 2
    share = (value / 2 - least / 2) / width if width > 0 else 0.5
    mixed = [round(a + (b - a) * share) for a, b in zip(_LEAST, _GREATEST, strict=True)]
    return f"rgb({mixed[0]},{mixed[1]},{mixed[2]})"
