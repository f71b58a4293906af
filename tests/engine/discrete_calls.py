"""The tasks of integers, tapes and pictures, sorted by their actions, and helpers for the tests of their errors."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from bad_calls import Pair
from contract_helpers import make, make_vec, task_of
from task_choice import ids_of

INF = float("inf")
NAN = float("nan")
HUGE = 2**70

#: Tasks of MuJoCo have tests of their own.
IDS = [i for i in ids_of("no_floats") if not task_of(i)["needs"]]
TUPLES = [i for i in IDS if task_of(i)["action"]["kind"] == "tuple"]
DISCRETE = [i for i in IDS if task_of(i)["action"]["kind"] == "discrete"]
BOXES = [i for i in IDS if task_of(i)["action"]["kind"] == "box"]

all_tasks = pytest.mark.parametrize("task_id", IDS)
tuple_tasks = pytest.mark.parametrize("task_id", TUPLES)


def pair_of(task_id: str, face: str, **kwargs: Any) -> Pair:
    """An environment and its twin. In a batch no lane waits for a reset, which would excuse its action."""
    return Pair(task_id, face, **({"autoreset_mode": "same_step"} if face == "make_vec" else {}), **kwargs)


def make_face(face: str, task_id: str, **kwargs: Any) -> Any:
    """One environment, or a batch of three."""
    return make_vec(task_id, 3, **kwargs) if face == "make_vec" else make(task_id, **kwargs)


def outcome(call: Any) -> tuple[str, str]:
    """Class and text of a call's error, in Gymnasium's words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as info:  # noqa: PT011
            call()
    return info.type.__name__, str(info.value).replace("plyo", "gymnasium")


def with_part(action: Any, k: int, value: Any) -> Any:
    """A tuple with another part."""
    return (*action[:k], value, *action[k + 1 :])
