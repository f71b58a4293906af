"""Guesses at what a misspelt name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: object, legal: Iterable[str]) -> str:
    """A question about a name that is not legal, with a space before it; empty if nothing is like it."""
    from difflib import get_close_matches  # only an error needs it

    close = get_close_matches(str(name).lower(), list(legal), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
