"""The tasks of a test: the names that ``@pytest.mark.tasks`` takes, and calls spread over tasks."""

from __future__ import annotations

import os
import re
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
    # those of Box2D are compared in tests/envs/box2d: a step of Gymnasium's takes a tenth of a millisecond
    "floats_in_parity": lambda task: sees_floats(task) and task["family"] != "box2d",
    "no_floats": lambda task: not sees_floats(task),
    "drawn": has_pictures,
}


#: Of the tasks that need a library, whose steps take long, the one that every run tests: it has the shortest steps.
SHORTEST = "InvertedPendulum-v5"
#: It and the ids that the regular expression PLYO_CONTRACT finds: "Hand" holds all hands to the contract, for hours.
EARLY = (
    SHORTEST,
    *(i for i in native_ids() if re.search(os.environ.get("PLYO_CONTRACT", "^$"), i)),
)
#: The two that tests of general code (vectorisation, wrappers, checkers) have: a vector of floats, and goals in a Dict.
GENERAL = (SHORTEST, "FetchReach-v4")
#: The one that only soaks test. A step of the others takes up to a millisecond, and to the contract they are alike; the
#: tests in tests/envs/mujoco and tests/envs/robotics make, step, reset, save and roll out all of them.
#: So are those of Box2D, which the tests in tests/envs/box2d hold to what is special to lanes that are solved together.
LATE = ("HalfCheetah-v5", "LunarLander-v3")


@cache
def _needy() -> dict[str, tuple[str, ...]]:
    """The tasks that need a library or a solver, and their ids."""
    return {
        task["name"]: tuple(variant["id"] for variant in task["variants"])
        for task in native_tasks().values()
        if task["needs"] or task["family"] == "box2d"
    }


@cache
def _known_as(chosen: tuple[str, ...]) -> frozenset[str]:
    """These ids, and the names of their tasks."""
    return frozenset({*chosen, *(name for name, ids in _needy().items() if set(ids) & set(chosen))})


def is_late(names: set[str]) -> bool:
    """Whether one of the names or ids is that of a task that only soaks hold to the contract."""
    return bool(names & (_known_as(LATE) - _known_as(EARLY)))


def is_further_robot(names: set[str]) -> bool:
    """Whether one of the names is the id of a robot's task but the first: all ids of a task are one program."""
    return any(names & set(ids[1:]) for ids in _needy().values())


def is_needy(name: str) -> bool:
    """Whether a task, by its name or id, needs a library, and is none of those that every run tests."""
    return name in {name for task, ids in _needy().items() for name in (task, *ids)} - _known_as(EARLY)


def for_general_code(ids: Iterable[str]) -> list[str]:
    """The ids but those of tasks that need a library and are, to general code, like one that stays."""
    left_out = {i for ids in _needy().values() for i in ids} - set(GENERAL)
    return [i for i in ids if i not in left_out]


def is_left_out(name: str) -> bool:
    """Whether a task, by its name or id, is left to the tests of its family."""
    return is_needy(name) and name not in _known_as(LATE)


def each_id() -> list[Any]:
    """The values of a parameter that is every id, for tests elsewhere: late ones are marked for the soaks."""
    ids = [i for i in native_ids() if not is_left_out(i)]
    return [pytest.param(i, marks=pytest.mark.slow) if is_late({i}) else i for i in ids]


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
