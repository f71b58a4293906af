"""Running the same calls with Plyo and with Gymnasium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import gymnasium.vector.utils
from differential import assert_same, neutral, outcome

import plyo


def attempt(call: Callable[[], Any]) -> Any:
    """The result of a call, or the type and the text of its error."""
    try:
        return call()
    except Exception as e:
        return type(e).__name__, neutral(e)


def answers(found: list[Any]) -> list[Any]:
    """The answer of ``contains``; where Gymnasium raises, ours answers False."""
    return [False if isinstance(answer, tuple) else answer for answer in found]


def same(facts: Callable[[Any], Any]) -> None:
    """Asserts that ``facts(package)`` returns the same, with the same warnings, for either package."""
    ours, theirs = outcome(lambda: facts(plyo)), outcome(lambda: facts(gymnasium))
    assert ours[0][0] == "returned", ours
    assert_same(ours, theirs)
