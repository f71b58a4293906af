"""Specs as texts in JSON: a module of its own, which importing plyo need not load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plyo.basics.json_values import from_plain, to_plain, to_usual


def write_object(values: Mapping[str, Any], **written: str) -> str:
    """An object in JSON; a value that JSON cannot express is written twice, marked and then as Gymnasium writes it.

    Of two values of one name a reader takes the last, and :func:`_first_of_two` the first.

    Args:
        values: The names and the values.
        **written: The texts of some of them.
    """
    parts = []
    for name, value in values.items():
        marked = written.get(name) or json.dumps(to_plain(value))
        usual = written.get(name) or json.dumps(to_usual(value))
        parts += [f"{json.dumps(name)}: {text}" for text in dict.fromkeys((marked, usual))]
    return "{" + ", ".join(parts) + "}"


def _first_of_two(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in JSON; in specs, which have an entry point, the first value of a name counts."""
    return dict(reversed(pairs)) if "entry_point" in dict(pairs) else dict(pairs)


def read_object(text: str) -> dict[str, Any]:
    """The object that a text in JSON describes, its keys texts."""
    try:
        values = from_plain(json.loads(text, object_pairs_hook=_first_of_two))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply for an EnvSpec") from None
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise ValueError(f"the JSON of an EnvSpec is an object, got {values!r:.80}")
    return values
