"""Fetch and Hand, step by step beside Gymnasium-Robotics."""

from __future__ import annotations

import os
from typing import Any

import gymnasium
import numpy as np
import pytest
from robot_parity import IDS, assert_same_episodes, make_pair, reward_bound

SOAK_SEEDS = int(os.environ.get("PLYO_SOAK_SEEDS", "1"))

#: Keyword arguments of the tasks, away from their defaults.
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("FetchReach-v4", {"reward_type": "dense"}),
    ("FetchReach-v4", {"width": 100, "height": 90, "render_mode": "rgb_array"}),
    ("FetchPush-v4", {"reward_type": "neither"}),
    ("HandReach-v3", {"distance_threshold": 0.05}),
    ("HandReach-v3", {"initial_qpos": {"robot0:WRJ1": -0.1, "robot0:FFJ3": 0.2}}),
    ("HandManipulateBlock-v1", {"distance_threshold": 0.03, "rotation_threshold": 1.5}),
    ("HandManipulateBlock-v1", {"randomize_initial_position": False}),
    ("HandManipulateBlock-v1", {"randomize_initial_rotation": False}),
    ("HandManipulateBlock-v1", {"target_position": "fixed", "target_rotation": "z"}),
    ("HandManipulateEgg-v1", {"ignore_z_target_rotation": True, "reward_type": "dense"}),
    (
        "HandManipulatePen-v1",
        {"target_position": "ignore", "target_rotation": "parallel", "rotation_threshold": 0.8},
    ),
    ("HandManipulateEgg_ContinuousTouchSensors-v1", {"touch_get_obs": "log"}),
    ("HandManipulateEgg_ContinuousTouchSensors-v1", {"touch_get_obs": "off"}),
    ("HandManipulateBlock_BooleanTouchSensors-v1", {"touch_visualisation": "off"}),
]


@pytest.mark.parametrize("task_id", IDS)
def test_steps_are_those_of_gymnasium_robotics(task_id):
    ours, theirs = make_pair(task_id, max_episode_steps=15)
    assert str(ours.observation_space) == str(theirs.observation_space)
    assert str(ours.action_space) == str(theirs.action_space)
    assert ours.action_space.dtype == np.float32
    assert dict(ours.metadata) == dict(theirs.metadata)
    assert assert_same_episodes(ours, theirs, reward_bound(task_id), range(2), 20) == 2


@pytest.mark.parametrize("task_id", IDS)
def test_specs(task_id):
    ours, theirs = (env.spec for env in make_pair(task_id))
    assert ours.max_episode_steps == theirs.max_episode_steps == (50 if "Manipulate" not in task_id else 100)
    assert ours.reward_threshold == theirs.reward_threshold
    assert ours.kwargs == theirs.kwargs == gymnasium.spec(task_id).kwargs


@pytest.mark.parametrize(("task_id", "kwargs"), VARIANTS, ids=str)
def test_keyword_arguments(task_id, kwargs):
    ours, theirs = make_pair(task_id, max_episode_steps=15, **kwargs)
    assert str(ours.observation_space) == str(theirs.observation_space)
    dense = kwargs.get("reward_type", "sparse") != "sparse"
    bound = 1e-7 if dense and task_id.startswith("HandManipulate") else 0.0
    assert_same_episodes(ours, theirs, bound, range(2), 20)


@pytest.mark.parametrize(
    "task_id", ["FetchReach-v4", "FetchPush-v4", "FetchPickAndPlace-v4", "FetchSlide-v4"]
)
def test_whole_episodes_with_contact(task_id):
    ours, theirs = make_pair(task_id)
    assert assert_same_episodes(ours, theirs, 0.0, range(1, 5, 2), 60) == 2


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("task_id", IDS)
def test_soak(task_id):
    ours, theirs = make_pair(task_id)
    steps = 2000 if SOAK_SEEDS >= 20 else 400
    assert_same_episodes(ours, theirs, reward_bound(task_id), range(SOAK_SEEDS), steps)
