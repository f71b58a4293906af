"""A single environment of Gymnasium."""

from __future__ import annotations

from importlib import import_module

from plyo.bench.contestant import Case, SingleContestant


class GymnasiumSingle(SingleContestant):
    """``gymnasium.make`` with its usual wrappers for order and time limit."""

    peer = "gymnasium"
    package = "gymnasium"

    def __init__(self, case: Case) -> None:
        self._start(case, import_module("gymnasium").make(case.task))

    @classmethod
    def objection(cls, case: Case) -> str | None:
        """The reason: Gymnasium has no such task."""
        if case.task in import_module("gymnasium").registry:
            return None
        return "gymnasium has no such task"
