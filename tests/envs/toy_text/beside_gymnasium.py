"""Steps tasks of integers beside Gymnasium's: everything must be identical, types included."""

from __future__ import annotations

import io
import os
import pickle
from typing import Any

import gymnasium
import numpy as np
from identical import assert_identical

import plyo

#: Seeds of a soak: a minute in all, where the 200 of PLYO_SOAK_SEEDS=200 take ten.
SOAK_SEEDS = int(os.environ.get("PLYO_SOAK_SEEDS", "25"))

MODES = ("next_step", "same_step", "disabled")


def _plain(value: Any) -> Any:
    """A reward or flag without NumPy's types, which Gymnasium lets through where a table has them."""
    return value.item() if isinstance(value, np.generic) else value


def assert_same_episodes(task_id: str, num_seeds: int, num_steps: int, **kwargs: Any) -> None:
    """Asserts that single environments agree step by step under random actions, with resets, streams included."""
    ours = plyo.make(task_id, **kwargs)
    theirs = gymnasium.make(task_id, disable_env_checker=True, **kwargs)
    assert str(ours.observation_space) == str(theirs.observation_space)
    assert str(ours.action_space) == str(theirs.action_space)
    for seed in range(num_seeds):
        actions = np.random.default_rng(seed).integers(theirs.action_space.n, size=num_steps).tolist()
        logs = [_play(env, seed, actions) for env in (ours, theirs)]
        if _as_bytes(logs[0]) != _as_bytes(logs[1]):
            for t, (a, b) in enumerate(zip(*logs, strict=True)):
                assert_identical(a, b, (task_id, kwargs, seed, t))
            raise AssertionError("the logs differ, but no part of them does")
        assert ours.np_random.bit_generator.state == theirs.np_random.bit_generator.state


def assert_same_after_assignments(
    task_id: str, changes: dict[str, list[Any]], num_seeds: int, num_steps: int, **kwargs: Any
) -> None:
    """Asserts that attributes assigned in the midst of episodes have the effect that they have in Gymnasium."""
    ours = plyo.make(task_id, **kwargs)
    theirs = gymnasium.make(task_id, disable_env_checker=True, **kwargs)
    for seed in range(num_seeds):
        rng = np.random.default_rng(seed)
        assert_identical(ours.reset(seed=seed), theirs.reset(seed=seed), (task_id, seed))
        for t in range(num_steps):
            if t % 3 == 0:
                name = list(changes)[int(rng.integers(len(changes)))]
                value = changes[name][int(rng.integers(len(changes[name])))]
                for env in (ours, theirs):
                    setattr(env.unwrapped, name, value)
                    assert getattr(env.unwrapped, name) == value
            action = int(rng.integers(theirs.action_space.n))
            results = [
                [part if i in (0, 4) else _plain(part) for i, part in enumerate(env.step(action))]
                for env in (ours, theirs)
            ]
            assert_identical(*results, (task_id, seed, t))
            if results[0][2] or results[0][3]:
                assert_identical(ours.reset(), theirs.reset(), (task_id, seed, t))
        assert ours.np_random.bit_generator.state == theirs.np_random.bit_generator.state


def _play(env: Any, seed: int, actions: list[int]) -> list[Any]:
    """The results of an environment that is reset at the end of each episode."""
    log = [env.reset(seed=seed)]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        log.append((observation, _plain(reward), _plain(terminated), _plain(truncated), info))
        if terminated or truncated:
            log.append(env.reset())
    return log


def _as_bytes(log: list[Any]) -> bytes:
    """A log as bytes that differ for other types, shapes and bits, but not for the identity of objects."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer)
    pickler.fast = True
    pickler.dump(log)
    return buffer.getvalue()


def assert_same_batches(task_id: str, mode: str, num_envs: int, num_steps: int, **kwargs: Any) -> None:
    """Asserts that a batch equals Gymnasium's ``SyncVectorEnv``, infos and masks included.

    A value that Gymnasium writes as an int at a reset and as a float at a step takes the type of the first
    environment's in its batches, which cuts the others off; there, ours has to have the floats.
    """
    ours = plyo.make_vec(task_id, num_envs, autoreset_mode=mode, **kwargs)
    theirs = gymnasium.make_vec(
        task_id,
        num_envs,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": gymnasium.vector.AutoresetMode[mode.upper()]},
        **kwargs,
    )
    assert str(ours.observation_space) == str(theirs.observation_space)
    assert str(ours.action_space) == str(theirs.action_space)
    assert_identical(ours.reset(seed=11), theirs.reset(seed=11), (task_id, mode))
    rng = np.random.default_rng(1)
    for t in range(num_steps):
        actions = rng.integers(theirs.single_action_space.n, size=num_envs)
        a, b = ours.step(actions), theirs.step(actions)
        where = (task_id, mode, kwargs, t)
        assert_identical(a[:4], b[:4], where)
        assert_same_infos(a[4], b[4], where)
        ended = a[2] | a[3]
        if mode == "disabled" and ended.any():
            results = [env.reset(options={"reset_mask": ended.copy()}) for env in (ours, theirs)]
            assert_identical(*results, (where, "reset"))
    streams = [[rng.bit_generator.state for rng in env.np_random] for env in (ours, theirs)]
    assert streams[0] == streams[1]


def assert_same_infos(ours: dict[str, Any], theirs: dict[str, Any], where: object) -> None:
    """As above."""
    assert ours.keys() == theirs.keys(), (where, ours, theirs)
    for key, value in theirs.items():
        if isinstance(value, dict):
            assert_same_infos(ours[key], value, (where, key))
        elif key == "prob" and value.dtype != ours[key].dtype:
            assert (value.dtype, ours[key].dtype) == (np.int64, np.float64)
            assert (ours[key].astype(np.int64) == value).all(), (where, ours, theirs)
        else:
            assert_identical(ours[key], value, (where, key))


def assert_same_texts(task_id: str, num_steps: int, **kwargs: Any) -> None:
    """Asserts that ``render_mode="ansi"`` shows the same at every step."""
    ours = plyo.make(task_id, render_mode="ansi", **kwargs)
    theirs = gymnasium.make(task_id, render_mode="ansi", disable_env_checker=True, **kwargs)
    for seed in range(3):
        for env in (ours, theirs):
            env.reset(seed=seed)
        assert ours.render() == theirs.render()
        actions = np.random.default_rng(seed).integers(theirs.action_space.n, size=num_steps)
        for action in actions.tolist():
            ended = [any(env.step(action)[2:4]) for env in (ours, theirs)]
            assert ours.render() == theirs.render()
            if ended[0]:
                for env in (ours, theirs):
                    env.reset()
                assert ours.render() == theirs.render()


def assert_same_table(task_id: str, **kwargs: Any) -> None:
    """Asserts that ``env.unwrapped.P`` is Gymnasium's."""
    ours = plyo.make(task_id, **kwargs).unwrapped.P
    theirs = gymnasium.make(task_id, disable_env_checker=True, **kwargs).unwrapped.P
    assert ours == {
        s: {a: [tuple(map(_plain, way)) for way in ways] for a, ways in row.items()}
        for s, row in theirs.items()
    }
    assert isinstance(ours[0][0][0], tuple)
    assert [type(value) for value in ours[0][0][0]] == [float, int, int, bool]


def assert_same_initial_states(task_id: str, **kwargs: Any) -> None:
    """Asserts that ``env.unwrapped.initial_state_distrib`` is Gymnasium's, before and after a reset."""
    ours, theirs = (module.make(task_id, **kwargs).unwrapped for module in (plyo, gymnasium))
    for env in (ours, theirs):
        env.reset(seed=0)
    assert_identical(ours.initial_state_distrib, theirs.initial_state_distrib, (task_id, kwargs))
    first = ours.initial_state_distrib
    first[:] = 2.0
    assert ours.initial_state_distrib.sum() == theirs.initial_state_distrib.sum()
