"""Steps with a list of infos: those of the engine against those that are put together in Python, and single ones."""

from __future__ import annotations

import time

import numpy as np
import pytest

import plyo
from plyo.adapters._listed import ListedSteps, has_listed_steps
from plyo.wrappers.vector import ClipReward

TASKS = {
    "CartPole-v1": {},
    "Pendulum-v1": {"max_episode_steps": 7},
    "FrozenLake-v1": {"max_episode_steps": 9},
    "Blackjack-v1": {},
    "Taxi-v4": {"max_episode_steps": 5},
}


def equal(one, other) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(equal, one, other))
    return np.array_equal(one, other)


def batch(id, **kwargs):
    return plyo.make_vec(id, 3, autoreset_mode="same_step", **TASKS[id], **kwargs)


@pytest.mark.parametrize("reward_dtype", ["float64", "float32"])
@pytest.mark.parametrize("id", TASKS)
def test_the_engine_lists_what_python_lists(id, reward_dtype):
    envs, twin = batch(id, reward_dtype=reward_dtype), batch(id)
    assert has_listed_steps(envs)
    others = ListedSteps(twin)
    seeds = [5, 6, 7]
    assert equal(envs.reset(seed=seeds)[0], others.reset(seed=seeds)[0])
    resets, other_resets = ([{} for _ in range(3)] for _ in range(2))
    envs.action_space.seed(0)
    start = time.time() - 100
    ends = 0
    for _ in range(60):
        actions = envs.action_space.sample()
        step, expected = (
            envs._engine.step_listed(actions, start, resets),
            others.step_listed(actions, start, other_resets),
        )
        for one, other in zip(step[:3], expected[:3], strict=True):
            assert equal(one, other)
            if isinstance(one, np.ndarray):
                assert one.dtype == other.dtype
        for info, other in zip(step[3], expected[3], strict=True):
            if "episode" in info:
                ends += 1
                assert 100 <= info["episode"].pop("t") < 160
                assert 100 <= other["episode"].pop("t") < 160
                assert [type(info["episode"][key]) for key in "rl"] == [float, int]
                assert type(info["TimeLimit.truncated"]) is bool
                assert list(info)[-3:] == ["episode", "TimeLimit.truncated", "terminal_observation"]
            assert equal(info, other)
        assert equal(resets, other_resets)
    assert ends > 3


@pytest.mark.parametrize("id", TASKS)
def test_infos_are_those_of_single_environments(id):
    envs = batch(id, math="reference")
    envs.reset(seed=[2, 2, 2])
    env = plyo.make(id, math="reference", **TASKS[id])
    observation, reset_info = env.reset(seed=2)
    resets = [{}, {}, {}]
    envs.single_action_space.seed(1)
    for _ in range(30):
        action = envs.single_action_space.sample()
        _, rewards, dones, infos = envs._engine.step_listed(np.stack([action] * 3), 0.0, resets)
        observation, reward, terminated, truncated, info = env.step(action)
        assert dones.tolist() == [terminated or truncated] * 3
        assert rewards.tolist() == [np.float32(reward)] * 3
        if dones[0]:
            last = infos[0].pop("terminal_observation")
            assert equal(last, observation)
            assert type(last) is type(observation)
            assert infos[0].pop("TimeLimit.truncated") == (truncated and not terminated)
            del infos[0]["episode"]
            _, reset_info = env.reset()
            assert equal(resets[0], reset_info)
            assert {k: type(v) for k, v in resets[0].items()} == {k: type(v) for k, v in reset_info.items()}
        assert equal(infos[0], info)
        assert {k: type(v) for k, v in infos[0].items()} == {k: type(v) for k, v in info.items()}


def test_results_are_fresh():
    envs = batch("Pendulum-v1", num_buffers=2)
    envs.reset(seed=0)
    resets = [{}, {}, {}]
    actions = np.zeros((3, 1), dtype=np.float32)
    steps = [envs._engine.step_listed(actions, 0.0, resets) for _ in range(3)]
    for one, other in zip(steps[0], steps[2], strict=True):
        assert one is not other
    assert not np.array_equal(steps[0][0], steps[2][0])
    assert steps[0][3][0] is not steps[0][3][1]


def test_what_does_not_fit_is_refused():
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=0)
    before = envs.get_state()
    actions = np.zeros(3, dtype=np.int64)
    with pytest.raises(ValueError, match="infos are listed in 'same_step' mode only"):
        envs._engine.step_listed(actions, 0.0, [{}, {}, {}])
    assert envs.get_state() == before
    envs = batch("CartPole-v1")
    envs.reset(seed=0)
    before = envs.get_state()
    with pytest.raises(ValueError, match="there must be the infos of 3 resets, got 2"):
        envs._engine.step_listed(actions, 0.0, [{}, {}])
    with pytest.raises(plyo.error.InvalidAction, match="9"):
        envs._engine.step_listed(actions + 9, 0.0, [{}, {}, {}])
    assert envs.get_state() == before
    envs.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs._engine.step_listed(actions, 0.0, [{}, {}, {}])


def test_which_batches_have_them():
    assert not has_listed_steps(ClipReward(batch("CartPole-v1"), 0, 1))
    assert not has_listed_steps(batch("CartPole-v1", vectorization_mode="sync"))
    pixels = plyo.make_vec("CartPole-v1", 2, autoreset_mode="same_step", observation="pixels", size=(8, 8))
    assert has_listed_steps(pixels)
