"""Pictures as observations, on every way of observations: one layout of every drawn task, all of two tasks."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from contract_helpers import (
    Array,
    TupleTape,
    action_tape,
    assert_same_arrays,
    assert_same_log,
    drive,
    make,
    make_vec,
    play,
    play_single,
)
from task_choice import ids_of

import plyo
from plyo import policies

pytestmark = pytest.mark.tasks("drawn")

#: Engine and stack do not know the picture: these two tasks, with different actions, represent all.
ALL_LAYOUTS = ("CartPole-v1", "Copy-v0")

SEED = 21
NUM_STEPS = 30
LIMIT = 7
NUM_ENVS = 19
SMALL = {"observation": "pixels", "size": (14, 18), "stack": 3}
#: The weights of red, green and blue in GrayscaleObservation.
WEIGHTS = np.array([0.2125, 0.7154, 0.0721])


def layouts(names: tuple[str, ...], *values: Sequence[Any]) -> pytest.MarkDecorator:
    """Parametrizes tests by every combination of the values on two tasks, by the first of each on all others."""
    every = list(itertools.product(*values))
    rows = [(i, *row) for i in ids_of("drawn") for row in (every if i in ALL_LAYOUTS else every[:1])]
    return pytest.mark.parametrize(("task_id", *names), rows)


def tape_of(task_id: str, num_envs: int = NUM_ENVS) -> Any:
    return action_tape(task_id, NUM_STEPS, num_envs)


def gray_of(picture: Array) -> Array:
    return np.sum(np.multiply(picture, WEIGHTS), axis=-1).astype(np.uint8)


@layouts(("stack", "channels", "gray"), [4, 1, 3], ["first", "last"], [True, False])
def test_observations_are_the_last_pictures(task_id: str, stack: int, channels: str, gray: bool) -> None:
    size = (33, 47)
    env = make(
        task_id,
        observation="pixels",
        size=size,
        gray=gray,
        stack=stack,
        channels=channels,
        max_episode_steps=LIMIT,
    )
    twin = make(task_id, render_mode="rgb_array", max_episode_steps=LIMIT)
    deep = stack * (1 if gray else 3)
    assert env.observation_space == plyo.spaces.Box(
        0, 255, (deep, *size) if channels == "first" else (*size, deep), np.uint8
    )

    frames: deque[Array] = deque(maxlen=stack)

    def expected() -> Array:
        last = [frame[..., np.newaxis] for frame in frames] if gray else list(frames)
        whole = np.concatenate(last, axis=-1)
        return np.ascontiguousarray(whole.transpose(2, 0, 1)) if channels == "first" else whole

    def look() -> Array:
        picture = twin.render(size=size)
        return gray_of(picture) if gray else picture

    observation, _ = env.reset(seed=SEED)
    twin.reset(seed=SEED)
    frames.extend([look()] * stack)
    for action in tape_of(task_id, 1)[:, 0]:
        assert observation.dtype == np.uint8
        assert observation in env.observation_space
        assert observation.tobytes() == expected().tobytes()
        assert observation.shape == env.observation_space.shape
        observation, reward, *flags, _ = env.step(action)
        _, twin_reward, *twin_flags, _ = twin.step(action)
        assert (reward, flags) == (twin_reward, twin_flags)
        frames.append(look())
        if any(flags):
            assert observation.tobytes() == expected().tobytes()
            observation, _ = env.reset()
            twin.reset()
            frames.extend([look()] * stack)


def test_defaults_are_what_agents_take() -> None:
    envs = make_vec("CartPole-v1", 2, observation="pixels")
    assert envs.single_observation_space == plyo.spaces.Box(0, 255, (4, 84, 84), np.uint8)
    assert envs.reset(seed=0)[0].shape == (2, 4, 84, 84)


@layouts(("mode", "num_threads", "stack"), ["next_step", "same_step", "disabled"], [3, 1], [3, 1])
def test_every_mode_is_the_single_environment(task_id: str, mode: str, num_threads: int, stack: int) -> None:
    kwargs = {**SMALL, "stack": stack, "max_episode_steps": LIMIT}
    envs = make_vec(task_id, NUM_ENVS, num_threads=num_threads, autoreset_mode=mode, **kwargs)
    envs.reset(seed=SEED)
    log = play(envs, tape_of(task_id))
    assert log.ended.any(axis=0).all()
    env = make(task_id, **kwargs)
    for lane in (0, 8, NUM_ENVS - 1):
        env.reset(seed=SEED + lane)
        assert_same_log(play_single(env, tape_of(task_id)[:, lane]), log[[lane]])


@layouts(("mode",), ["same_step", "next_step"])
def test_rolled_out_is_stepped(task_id: str, mode: str) -> None:
    kwargs = {**SMALL, "autoreset_mode": mode, "max_episode_steps": LIMIT}
    tape = tape_of(task_id)
    envs = make_vec(task_id, NUM_ENVS, **kwargs)
    observations, _ = envs.reset(seed=SEED)
    log = drive(envs, tape)
    other = make_vec(task_id, NUM_ENVS, **kwargs)
    other.reset(seed=SEED)
    policy = policies.Sequence(tape.parts if isinstance(tape, TupleTape) else tape)
    record = ("observations", "rewards", "last_observations", "final_observations", "episodes")
    trajectory = other.rollout(policy, NUM_STEPS, record=record)
    assert trajectory.observations[0].tobytes() == observations.tobytes()
    assert trajectory.observations[1:].tobytes() == log["observations"][:-1].tobytes()
    assert trajectory.last_observations.tobytes() == log["observations"][-1].tobytes()
    assert trajectory.rewards.tobytes() == log["rewards"].tobytes()
    if mode == "same_step":
        at = (trajectory.episode_times, trajectory.episode_lanes)
        assert trajectory.final_observations.tobytes() == log["finals"][at].tobytes()
    assert other.get_state() == envs.get_state()


def test_rollouts_that_record_nothing_remember_the_pictures(task_id: str) -> None:
    envs, other = (make_vec(task_id, NUM_ENVS, **SMALL, max_episode_steps=LIMIT) for _ in range(2))
    for each in (envs, other):
        each.reset(seed=SEED)
    drive(envs, tape_of(task_id))
    tape = tape_of(task_id)
    policy = policies.Sequence(tape.parts if isinstance(tape, TupleTape) else tape)
    other.rollout(policy, NUM_STEPS, record=[])
    assert other.get_state() == envs.get_state()


def through_state(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    other = make_vec(task_id, envs.num_envs, **kwargs)
    other.reset(seed=1)
    other.set_state(envs.get_state())
    return other


def through_lanes(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    other = make_vec(task_id, envs.num_envs, **kwargs)
    for lane in reversed(range(envs.num_envs)):
        other.set_state(envs.get_state([lane]), [lane])
    return other


def through_pickle(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    return pickle.loads(pickle.dumps(envs))


def through_deepcopy(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    return copy.deepcopy(envs)


@layouts(
    ("mode", "way"),
    ["next_step", "same_step", "disabled"],
    [through_pickle, through_state, through_lanes, through_deepcopy],
)
def test_half_way(task_id: str, mode: str, way: Callable[..., Any]) -> None:
    kwargs = {**SMALL, "autoreset_mode": mode, "max_episode_steps": LIMIT}
    envs = make_vec(task_id, NUM_ENVS, **kwargs)
    envs.reset(seed=SEED)
    tape = tape_of(task_id)
    before = drive(envs, tape[:10])
    twin = way(envs, task_id, kwargs)
    after = drive(twin, tape[10:])
    # two steps of a stack of three were before the snapshot
    assert (before["observations"][-1] != 0).any()
    assert_same_arrays(drive(envs, tape[10:]), after)


@layouts(("way",), ["state", "pickle", "deepcopy"])
def test_half_way_of_a_single_environment(task_id: str, way: str) -> None:
    env = make(task_id, **SMALL, max_episode_steps=LIMIT)
    env.reset(seed=SEED)
    tape = tape_of(task_id, 1)[:, 0]
    play_single(env, tape[:5])
    if way == "state":
        twin = make(task_id, **SMALL, max_episode_steps=LIMIT)
        twin.set_state(env.get_state())
    else:
        twin = pickle.loads(pickle.dumps(env)) if way == "pickle" else copy.deepcopy(env)
    assert_same_log(play_single(twin, tape[5:]), play_single(env, tape[5:]))


def test_masks_keep_the_pictures_of_the_others(task_id: str) -> None:
    envs = make_vec(task_id, 5, **SMALL)
    envs.reset(seed=SEED)
    for row in tape_of(task_id, 5)[:2]:
        observations = envs.step(row)[0]
    mask = np.array([False, True, False, True, False])
    after = envs.reset(options={"reset_mask": mask})[0]
    assert after[~mask].tobytes() == observations[~mask].tobytes()
    assert all((stack == stack[0]).all() for stack in after[mask])


def test_lanes_that_were_never_reset_see_black(task_id: str) -> None:
    mask = np.array([True, False, True])
    for stack in (1, 3):
        envs = make_vec(task_id, 3, **{**SMALL, "stack": stack})
        observations, _ = envs.reset(seed=SEED, options={"reset_mask": mask})
        assert (observations[1] == 0).all()
        assert all(np.ptp(seen) > 0 for seen in observations[mask])


def test_written_into_given_arrays(task_id: str) -> None:
    envs, other = (make_vec(task_id, 6, **SMALL) for _ in range(2))
    ring = make_vec(task_id, 6, **SMALL, num_buffers=2)
    out = np.zeros((6, 3, 14, 18), np.uint8)
    expected, _ = other.reset(seed=SEED)
    assert envs.reset(seed=SEED, out=out)[0] is out
    assert out.tobytes() == expected.tobytes() == ring.reset(seed=SEED)[0].tobytes()
    for row in tape_of(task_id, 6)[:5]:
        expected = other.step(row)[0]
        assert envs.step(row, out=(out, None, None, None))[0] is out
        assert out.tobytes() == expected.tobytes() == ring.step(row)[0].tobytes()


@pytest.mark.parametrize("num_threads", [1, 3])
def test_records_larger_than_the_caches(mode: str, num_threads: int) -> None:
    kwargs = {"observation": "pixels", "autoreset_mode": mode, "max_episode_steps": LIMIT}
    envs, other = (make_vec("CartPole-v1", 150, num_threads=n, **kwargs) for n in (1, num_threads))
    tape = action_tape("CartPole-v1", 6, 150)
    for each in (envs, other):
        each.reset(seed=SEED)
    trajectory = other.rollout(policies.Sequence(tape), len(tape))
    assert trajectory.observations.nbytes > 20_000_000
    for t, row in enumerate(tape):
        observations = envs.step(row)[0]
        following = trajectory.observations[t + 1] if t + 1 < len(tape) else trajectory.last_observations
        assert following.tobytes() == observations.tobytes()
