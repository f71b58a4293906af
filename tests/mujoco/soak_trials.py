"""The trials of the soak of vector lanes: forced branches, swings, and stretches of episodes of trained policies."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import mujoco
import numpy as np

import plyo
from plyo.mujoco.lane_trials import SUBSTEPS, Trials, make_trials
from plyo.train.acting import Actor

POLICIES = Path(__file__).parent / "policies"
NUM_ENVS = 48
FULL = int(mujoco.mjtState.mjSTATE_INTEGRATION)


class Stock(NamedTuple):
    """A model, the task that has it, the task whose policy acts in it, and the substeps of a step."""

    name: str
    task_id: str
    policy: str
    frame_skip: int


STOCKS = (
    Stock("half_cheetah", "HalfCheetah-v5", "HalfCheetah-v5", 5),
    Stock("hopper", "Hopper-v5", "Hopper-v5", 4),
    Stock("walker2d", "Walker2d-v4", "Walker2d-v5", 4),
    Stock("walker2d_v5", "Walker2d-v5", "Walker2d-v5", 4),
    Stock("ant", "Ant-v5", "Ant-v5", 5),
    Stock("swimmer", "Swimmer-v5", "Swimmer-v5", 4),
    Stock("inverted_pendulum", "InvertedPendulum-v5", "InvertedPendulum-v5", 2),
    Stock("inverted_double_pendulum", "InvertedDoublePendulum-v5", "InvertedDoublePendulum-v5", 5),
    Stock("reacher", "Reacher-v5", "Reacher-v5", 2),
)


def forced(model: mujoco.MjModel) -> Iterator[tuple[Trials, int]]:
    """Each branch, as in the comparison before lanes are used, and what follows with other controls."""
    for seed in range(1, 1 << 30):
        trials = make_trials(model, seed)
        rng = np.random.default_rng(seed)
        later = [rng.permutation(trials.controls) for _ in range(2)]
        yield Trials(trials.starts, np.concatenate([trials.controls, *later], axis=1)), SUBSTEPS


def swings(model: mujoco.MjModel, frame_skip: int) -> Iterator[tuple[Trials, int]]:
    """Swings of growing size, which run and fall, with noise: states that no random start has."""
    rng = np.random.default_rng(0)
    low, high = model.actuator_ctrlrange.T
    shape = (NUM_ENVS, 1, model.nu)
    while True:
        starts = np.zeros((NUM_ENVS, model.nq + 2 * model.nv))
        starts[:, : model.nq] = model.qpos0
        starts[:, : model.nq + model.nv] += rng.uniform(-0.1, 0.1, (NUM_ENVS, model.nq + model.nv))
        size, speed, phase = (rng.uniform(*ends, shape) for ends in ((0, 1.2), (0.02, 0.6), (0, 6)))
        time = np.arange(60)[:, None]
        swing = size * np.sin(speed * time + phase) + rng.normal(0, 0.1, (NUM_ENVS, 60, model.nu))
        # as an action has them
        controls = np.clip((low + high) / 2 + swing * (high - low) / 2, low, high).astype(np.float32)
        yield Trials(starts, controls.astype(np.float64)), frame_skip


def acted(stock: Stock, model: mujoco.MjModel) -> Iterator[tuple[Trials, int]]:
    """Bodies that run and stand as they have learnt, with the more noise on the actions the higher the lane."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        envs = plyo.make_vec(stock.task_id, NUM_ENVS, num_threads=1)
    space = envs.single_action_space
    actor = Actor(plyo.policies.load(POLICIES / f"{stock.policy}.npz"), envs.single_observation_space, space)
    rng = np.random.default_rng(0)
    noise = np.linspace(0, 0.5, NUM_ENVS)[:, None] * space.high
    observations, _ = envs.reset(seed=0)
    while True:
        controls = np.zeros((NUM_ENVS, 15, model.nu))
        for t in range(controls.shape[1]):
            chosen = np.array(actor.act(list(observations), np.zeros(NUM_ENVS, np.intp)))
            actions = np.clip(chosen + rng.normal(0, noise), space.low, space.high).astype(np.float32)
            controls[:, t] = actions
            observations = envs.step(actions)[0]
            if t == 0:
                starts = [_before_step(envs.get_state([lane]), model) for lane in range(NUM_ENVS)]
        # but those whose first action was a reset
        stepped = [lane for lane, start in enumerate(starts) if start is not None]
        if stepped:
            yield Trials(np.array([starts[lane] for lane in stepped]), controls[stepped]), stock.frame_skip


def _before_step(snapshot: bytes, model: mujoco.MjModel) -> Any:
    """Positions, velocities and warm start before a lane's last step; None if that was a reset."""
    # how the state came about, and by which release; then the divergences, and the state
    header = np.array([2.0, mujoco.mj_version()]).tobytes()
    place = snapshot.find(header)
    if place < 0:
        return None
    data = mujoco.MjData(model)
    numbers = np.frombuffer(snapshot, np.float64, 1 + mujoco.mj_stateSize(model, FULL), place + len(header))
    mujoco.mj_setState(model, data, numbers[1:], FULL)
    return np.concatenate([data.qpos, data.qvel, data.qacc_warmstart])
