"""Vector lanes beside MuJoCo for long: forced branches with other seeds, and whole episodes in the hands of policies.

PLYO_SOAK_SEEDS has the seeds of each model, 2400 substeps each; 800 of them are two million, and more in the hands of
policies. policies/README.md says how the trained ones were made.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from identical import assert_identical
from mujoco_models import load

import plyo
from plyo.mujoco.acceleration import find_difference, make_lanes
from plyo.mujoco.dialects import find_dialect
from plyo.mujoco.host import wrap_model
from plyo.train.acting import Actor

SEEDS = int(os.environ.get("PLYO_SOAK_SEEDS", "8"))
MODELS = (
    *("half_cheetah", "hopper", "walker2d", "walker2d_v5", "ant"),
    *("swimmer", "inverted_pendulum", "inverted_double_pendulum", "reacher"),
)
TASKS = ("HalfCheetah-v5", "Hopper-v5", "Walker2d-v5", "Ant-v5", "Swimmer-v5", "InvertedDoublePendulum-v5")
POLICIES = Path(__file__).parent / "policies"
NUM_ENVS = 48

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(find_dialect() is None, reason="not a MuJoCo that vector lanes know"),
]


@pytest.mark.parametrize("name", MODELS)
def test_forced_branches(name):
    model = load(name)
    lanes, native = make_lanes(model, find_dialect() or ""), wrap_model(model, 1)
    for seed in range(1, SEEDS + 1):
        assert not find_difference(model, lanes, native, seed), seed


def make_both(task_id):
    """A batch in lanes, and one that MuJoCo steps, with the same first observations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        both = [
            plyo.make_vec(task_id, NUM_ENVS, num_threads=1, acceleration=wish) for wish in ("auto", False)
        ]
    assert both[0].acceleration.is_on
    first = [batch.reset(seed=0) for batch in both]
    assert_identical(*first)
    return (*both, first[0][0])


@pytest.mark.parametrize("task_id", TASKS)
def test_episodes_in_the_hands_of_policies(task_id):
    """Swings of growing size, which run and fall, with noise: states that no random start has."""
    lanes, plain, _ = make_both(task_id)
    rng = np.random.default_rng(0)
    shape = lanes.action_space.shape
    size, speed, phase = rng.uniform(0, 1.2, shape), rng.uniform(0.02, 0.6, shape), rng.uniform(0, 6, shape)
    for t in range(40 * SEEDS):
        swing = size * np.sin(speed * t + phase) + rng.normal(0, 0.1, shape)
        actions = np.clip(swing, -1, 1).astype(np.float32)
        assert_identical(lanes.step(actions), plain.step(actions), t)


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.npz")), ids=lambda path: path.stem)
def test_episodes_in_the_hands_of_trained_policies(path):
    """Bodies that run and stand as they have learnt, with the more noise on the actions the higher the lane."""
    lanes, plain, observations = make_both(path.stem)
    space = lanes.single_action_space
    actor = Actor(plyo.policies.load(path), lanes.single_observation_space, space)
    rng = np.random.default_rng(0)
    noise = np.linspace(0, 0.5, NUM_ENVS)[:, None] * space.high
    for t in range(40 * SEEDS):
        chosen = np.array(actor.act(list(observations), np.zeros(NUM_ENVS, np.intp)))
        noisy = chosen + rng.normal(0, noise, chosen.shape)
        actions = np.clip(noisy, space.low, space.high).astype(np.float32)
        result = lanes.step(actions)
        assert_identical(result, plain.step(actions), t)
        observations = result[0]
