"""Rows of batched observations and actions."""

from __future__ import annotations

from typing import Any


def rows(values: Any, which: Any) -> Any:
    """Some rows of an array, or of each array in a tuple or dictionary.

    Args:
        values: The arrays, as deep as may be.
        which: What an array takes between brackets: a number for one row, or numbers or a mask for several.
    """
    if isinstance(values, dict):
        return {key: rows(part, which) for key, part in values.items()}
    if isinstance(values, tuple):
        return tuple(rows(part, which) for part in values)
    return values[which]
