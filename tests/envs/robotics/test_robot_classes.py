"""The constructors of the robots' classes take Gymnasium-Robotics' arguments, in its order and by its names."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import gymnasium
import numpy as np
import pytest
from robot_parity import assert_same_observation

import plyo
from plyo.tasks.descriptions import native_tasks

#: An id of each class.
IDS = [task["variants"][0]["id"] for task in native_tasks().values() if task["family"] == "robotics"]


def class_of(package: Any, task_id: str) -> Any:
    module, name = package.registry[task_id].entry_point.split(":")
    return getattr(importlib.import_module(module), name)


def by_position(cls: Any) -> dict[str, Any]:
    """The defaults of what may be given by position."""
    parameters = inspect.signature(cls).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}


@pytest.mark.parametrize("task_id", IDS)
def test_constructors_take_gymnasium_robotics_arguments(task_id: str) -> None:
    ours, theirs = class_of(plyo, task_id), class_of(gymnasium, task_id)
    expected = by_position(theirs)
    assert list(by_position(ours).items()) == list(expected.items())
    env, reference = ours(*expected.values()), theirs(*expected.values())
    assert_same_observation(env.reset(seed=3)[0], reference.reset(seed=3)[0], task_id)
    first = next(iter(expected))
    for arguments, kwargs in (([*expected.values(), 1], {}), ([expected[first]], {first: expected[first]})):
        complaints = []
        for cls in (ours, theirs):
            with pytest.raises(TypeError) as caught:
                cls(*arguments, **kwargs)
            complaints.append(str(caught.value).partition("__init__()")[2])
        assert complaints[0] == complaints[1] != ""


def test_joints_are_given_by_position() -> None:
    joints = {"robot0:WRJ1": -0.1, "robot0:FFJ3": 0.3}
    envs = [class_of(package, "HandReach-v3")(0.02, 20, False, joints) for package in (plyo, gymnasium)]
    observations = [env.reset(seed=1)[0] for env in envs]
    assert_same_observation(*observations, "reset")
    actions = np.random.default_rng(0).uniform(-1, 1, (5, 20)).astype(np.float32)
    for t, action in enumerate(actions):
        results = [env.step(action) for env in envs]
        assert_same_observation(results[0][0], results[1][0], t)
        assert results[0][1] == results[1][1]
