"""The tasks of a test: the names that ``@pytest.mark.tasks`` takes, and calls spread over tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import pytest
from contract_helpers import has_pictures, native_ids, native_tasks, sees_floats, task_of

T = TypeVar("T")

#: The names that a mark may have, and their tasks.
SELECTIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "all": lambda task: True,
    "floats": sees_floats,
    "no_floats": lambda task: not sees_floats(task),
    "drawn": has_pictures,
}


#: Of the tasks that need a library, whose steps take long, those that every run tests: each is of another kind.
EARLY = ("HalfCheetah-v5", "InvertedPendulum-v5", "FetchReach-v4")


@cache
def _late_names() -> frozenset[str]:
    """The names and ids of the other ones."""
    late = [task for task in native_tasks().values() if task["needs"]]
    early = [task["name"] for task in late if any(v["id"] in EARLY for v in task["variants"])]
    ids = {variant["id"] for task in late for variant in task["variants"]} - set(EARLY)
    return frozenset(ids | {task["name"] for task in late} - set(early))


def is_late(params: dict[str, Any]) -> bool:
    """Whether the parameters of a test name a task that only soaks test."""
    return any(isinstance(value, str) and value in _late_names() for value in params.values())


@cache
def ids_of(*selections: str) -> tuple[str, ...]:
    """The ids of the tasks that all of these selections mean."""
    if unknown := set(selections) - set(SELECTIONS):
        raise ValueError(f"tasks can be {', '.join(SELECTIONS)}, not {', '.join(sorted(unknown))}")
    return tuple(i for i in native_ids() if all(SELECTIONS[name](task_of(i)) for name in selections))


def spaces_of(task_id: str) -> set[Any]:
    """The kinds of a task's spaces, the only difference between tasks for general code."""
    task = task_of(task_id)
    return {(task["observation"]["kind"], task["action"]["kind"])}


def arguments_of(task_id: str) -> set[Any]:
    """The types of a task's arguments."""
    return {type(parameter["default"]) for parameter in task_of(task_id)["params"]}


def one_of_each(things: Iterable[T], features: Callable[[T], set[Any]]) -> list[T]:
    """The things that have a feature that none before them has."""
    known: set[Any] = set()
    chosen = []
    for thing in things:
        if not features(thing) <= known:
            known |= features(thing)
            chosen.append(thing)
    return chosen


def each_call(
    selection: str,
    names: str | tuple[str, ...],
    calls: Sequence[Any],
    features: Callable[[str], set[Any]] = spaces_of,
) -> pytest.MarkDecorator:
    """Parametrizes ``task_id`` and the names: every call on one task of each kind, the first call on every id.

    For general code: all tasks of one kind are alike to it.
    """
    ids = ids_of(selection)
    complete = one_of_each(ids, features)
    if isinstance(names, str):
        names, calls = (names,), [(call,) for call in calls]
    rows = [(i, *call) for i in ids for call in (calls if i in complete else calls[:1])]
    return pytest.mark.parametrize(("task_id", *names), rows)
