"""Batches of MuJoCo tasks beside Gymnasium's SyncVectorEnv, infos and their masks included."""

from __future__ import annotations

import pytest
from mujoco_cases import IDS, Case
from mujoco_parity import assert_same_batches, make_batches

MODES = ("next_step", "same_step", "disabled")

#: Tasks that end by themselves, whose infos have arrays, integers, float32, nothing.
BATCHES = [
    ("HalfCheetah-v5", {"max_episode_steps": 23}),
    ("Hopper-v5", {"reset_noise_scale": 0.05}),
    ("Hopper-v4", {}),
    ("Ant-v5", {"healthy_z_range": (0.4, 0.9)}),
    ("Ant-v4", {"use_contact_forces": True, "max_episode_steps": 31}),
    ("Humanoid-v5", {}),
    ("InvertedPendulum-v5", {"reset_noise_scale": 0.1}),
    ("InvertedPendulum-v4", {}),
    ("InvertedDoublePendulum-v5", {}),
    ("Reacher-v5", {"max_episode_steps": 19}),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("task_id", "kwargs"), BATCHES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_batches_are_gymnasiums(task_id, kwargs, mode):
    ours, theirs = make_batches(task_id, 5, mode, **kwargs)
    assert assert_same_batches(ours, theirs, mode, 120, Case(task_id).ulps) > 0


@pytest.mark.parametrize("task_id", IDS)
def test_every_id_makes_a_batch(task_id):
    ours, theirs = make_batches(task_id, 3, "next_step")
    assert_same_batches(ours, theirs, "next_step", 20, Case(task_id).ulps)
