"""Steps with the ends of episodes apart: against a loop over single environments."""

from __future__ import annotations

import numpy as np
import pytest

import plyo
from plyo.adapters._steps import WatchedSteps, check_resets_in_same_step
from plyo.vector._infos import split_infos
from plyo.vector._rows import rows
from plyo.wrappers.vector import RecordEpisodeStatistics, TransformReward

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
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return np.array_equal(one, other)


@pytest.mark.parametrize("mode", ["native", "sync"])
@pytest.mark.parametrize("id", TASKS)
def test_what_a_native_batch_returns(id, mode):
    native = plyo.make_vec(id, 3, autoreset_mode="same_step", **TASKS[id])
    envs = plyo.make_vec(id, 3, autoreset_mode="same_step", vectorization_mode=mode, **TASKS[id])
    steps = WatchedSteps(envs)
    assert equal(steps.reset(seed=[5, 6, 7])[0], native.reset(seed=[5, 6, 7])[0])
    native.action_space.seed(0)
    ends = 0
    for _ in range(60):
        actions = native.action_space.sample()
        step, expected = steps.step_compact(actions), native.step_compact(actions)
        for one, other in zip(step[:5], expected[:5], strict=True):
            assert equal(one, other)
        infos = split_infos(step.infos, 3)
        assert equal(infos[0].keys() | infos[1].keys() | infos[2].keys(), expected.infos.keys())
        for name in ("ids", "returns", "lengths", "truncated"):
            one, other = getattr(step.ended, name), getattr(expected.ended, name)
            assert np.array_equal(one, other)
            assert one.dtype == other.dtype
        last = split_infos(step.ended.infos, len(step.ended.ids))
        for k in range(len(step.ended.ids)):
            assert equal(rows(step.ended.final_observations, k), rows(expected.ended.final_observations, k))
            assert equal(last[k], split_infos(expected.ended.infos, len(step.ended.ids))[k])
        ends += len(step.ended.ids)
    assert ends > 3


def test_a_mask_forgets_the_episodes_that_it_resets():
    steps = WatchedSteps(plyo.make_vec("Pendulum-v1", 2, autoreset_mode="same_step", max_episode_steps=4))
    actions = np.zeros((2, 1), dtype=np.float32)
    steps.reset(seed=[0, 1])
    steps.step_compact(actions)
    steps.reset(options={"reset_mask": np.array([False, True])})
    lengths = {}
    for _ in range(4):
        ended = steps.step_compact(actions).ended
        lengths |= dict(zip(ended.ids.tolist(), ended.lengths.tolist(), strict=True))
    assert lengths == {0: 4, 1: 4}


def test_statistics_recorded_below_a_wrapper_win():
    envs = plyo.make_vec("CartPole-v1", 2, autoreset_mode="same_step")
    steps = WatchedSteps(TransformReward(RecordEpisodeStatistics(envs), lambda rewards: rewards * 0.5))
    steps.reset(seed=[0, 1])
    step = steps.step_compact(np.zeros(2, dtype=np.int64))
    while not step.dones.any():
        step = steps.step_compact(np.zeros(2, dtype=np.int64))
    assert step.rewards.tolist() == [0.5, 0.5]
    assert (step.ended.returns == step.ended.lengths).all()
    assert step.infos == {}


@pytest.mark.parametrize("mode", ["next_step", "disabled"])
def test_other_modes_are_refused(mode):
    with pytest.raises(ValueError, match=r'autoreset_mode is .*; make it with autoreset_mode="same_step"'):
        check_resets_in_same_step(plyo.make_vec("CartPole-v1", 2, autoreset_mode=mode))


def test_what_is_no_batch_is_refused():
    with pytest.raises(TypeError, match=r"expected a plyo\.vector\.VectorEnv, got"):
        check_resets_in_same_step(plyo.make("CartPole-v1"))
