"""Vector lanes beside MuJoCo for long: packs of every instruction set, and whole episodes in the hands of policies.

PLYO_SOAK_SEEDS says how long: each is 2400 substeps of a model, half of them of forced branches, the others of swings
and of trained policies; 840 of them are two million. `-rP` shows how many were compared. policies/README.md says how
the policies were made.
"""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from identical import assert_identical
from mujoco_models import load
from soak_trials import NUM_ENVS, POLICIES, STOCKS, acted, forced, swings

import plyo
from plyo._native import supported_isas
from plyo.mujoco.acceleration import make_lanes
from plyo.mujoco.dialects import find_dialect
from plyo.mujoco.host import wrap_model
from plyo.train.acting import Actor

SEEDS = int(os.environ.get("PLYO_SOAK_SEEDS", "8"))
SUBSTEPS_OF_SEED = 2400
TASKS = ("HalfCheetah-v5", "Hopper-v5", "Walker2d-v5", "Ant-v5", "Swimmer-v5", "InvertedDoublePendulum-v5")
STEPS = 320

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(30000),
    pytest.mark.skipif(find_dialect() is None, reason="not a MuJoCo that vector lanes know"),
]


@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
def test_packs_of_every_instruction_set(stock):
    """All that packs compute, after the same steps of MuJoCo for all of them."""
    model = load(stock.name)
    isas = supported_isas()[1:] or supported_isas()  # the least one steps single lanes only
    packs = [make_lanes(model, find_dialect() or "", isa) for isa in isas]
    native = wrap_model(model, 1)
    wanted = SUBSTEPS_OF_SEED * SEEDS
    sources = (
        (forced(model), "forced branches", wanted // 2),
        (swings(model, stock.frame_skip), "swings", wanted // 4),
        (acted(stock, model), "trained policies", wanted // 4),
    )
    for source, kind, least in sources:
        taken = left = 0
        while taken < least:
            trials, substeps = next(source)
            count = trials.controls.shape[0] * trials.controls.shape[1] * substeps
            difference, compared, escaped = native.compare_lanes(
                packs, trials.starts, trials.controls, substeps, False
            )
            assert not difference, (kind, taken)
            assert compared + escaped == len(packs) * count
            few = trials[::16]
            difference, _, _ = native.compare_lanes(packs[:1], few.starts, few.controls, substeps, True)
            assert not difference, (kind, taken, "single")
            taken += count
            left += escaped
        # packs of different sets leave the same lanes to MuJoCo
        assert left % len(packs) == 0
        print(
            f"{stock.name}, {kind}: {taken:,} substeps, {left // len(packs):,} of them left to MuJoCo; {isas}"
        )
        assert left < len(packs) * taken / 10


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
    for t in range(STEPS):
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
    for t in range(STEPS):
        chosen = np.array(actor.act(list(observations), np.zeros(NUM_ENVS, np.intp)))
        noisy = chosen + rng.normal(0, noise, chosen.shape)
        actions = np.clip(noisy, space.low, space.high).astype(np.float32)
        result = lanes.step(actions)
        assert_identical(result, plain.step(actions), t)
        observations = result[0]
