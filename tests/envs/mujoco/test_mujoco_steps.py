"""The MuJoCo tasks of Gymnasium, step by step beside Gymnasium's own, with every keyword argument."""

from __future__ import annotations

import os

import pytest
from mujoco_cases import IDS, PICTURES, VARIANTS, Case, cases, is_default, keywords
from mujoco_parity import assert_same_episodes, assert_same_spaces, make_pair

SOAK_SEEDS = int(os.environ.get("PLYO_SOAK_SEEDS", "2"))
#: Cameras are the subject of the pictures' tests, the type of the sizes is not.
DRAWN = {*PICTURES, "camera_name", "default_camera_config", "observation_space"}


@pytest.mark.parametrize("case", cases(), ids=str)
def test_steps_are_gymnasiums(case: Case, tmp_path):
    ours, theirs = make_pair(case.task_id, **case.arguments(tmp_path))
    assert_same_spaces(ours, theirs)
    assert_same_episodes(ours, theirs, 2, 120, case.ulps)


@pytest.mark.parametrize("task_id", IDS)
def test_every_argument_has_a_case(task_id):
    tried = {
        key for kwargs in VARIANTS[task_id] for key, v in kwargs.items() if not is_default(task_id, key, v)
    }
    assert tried == set(keywords(task_id)) - DRAWN


@pytest.mark.parametrize(
    "task_id", ["Hopper-v5", "Walker2d-v4", "Ant-v5", "Humanoid-v5", "Reacher-v5", "InvertedPendulum-v5"]
)
def test_whole_episodes(task_id):
    ours, theirs = make_pair(task_id)
    assert assert_same_episodes(ours, theirs, 5, 250, Case(task_id).ulps) >= 5


@pytest.mark.parametrize("task_id", ["HalfCheetah-v5", "Ant-v4", "Swimmer-v5"])
def test_time_limits(task_id):
    ours, theirs = make_pair(task_id, max_episode_steps=37)
    assert assert_same_episodes(ours, theirs, 3, 120, Case(task_id).ulps) >= 9


# 20 seeds of every case, for which PLYO_SOAK_SEEDS asks, take most of an hour
@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("case", cases(), ids=str)
def test_soak(case: Case, tmp_path):
    ours, theirs = make_pair(case.task_id, **case.arguments(tmp_path))
    steps = 500 if case.kwargs and SOAK_SEEDS < 20 else 2000
    assert_same_episodes(ours, theirs, SOAK_SEEDS if case.kwargs else max(4, SOAK_SEEDS), steps, case.ulps)
