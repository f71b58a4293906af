"""Rewards and flags of goals given by the caller: one, a batch, a batch of batches."""

from __future__ import annotations

import numpy as np
import pytest
from identical import assert_identical
from robot_parity import IDS, assert_same_reward, make_pair, reward_bound

NUMBERS = (np.float32, np.float64)


def goals(theirs, count, rng):
    """Pairs of goals: some equal, some near each other, some not."""
    desired = np.empty((count, *theirs.observation_space["desired_goal"].shape))
    for row in desired:
        row[:] = theirs.unwrapped._sample_goal()
    achieved = desired.copy()
    achieved[count // 3 :] += rng.normal(scale=0.004, size=achieved[count // 3 :].shape)
    achieved[2 * count // 3 :] += rng.normal(scale=0.2, size=achieved[2 * count // 3 :].shape)
    return achieved, desired


@pytest.mark.parametrize("task_id", IDS)
def test_rewards_of_goals(task_id):
    ours, theirs = make_pair(task_id)
    theirs.reset(seed=0)
    ours.reset(seed=0)
    achieved, desired = goals(theirs, 60, np.random.default_rng(0))
    a, b = ours.unwrapped, theirs.unwrapped
    bound = reward_bound(task_id)
    singles = []
    for pair in zip(achieved, desired, strict=True):
        singles.append(b.compute_reward(*pair, {}))
        assert_same_reward(a.compute_reward(*pair, {}), singles[-1], bound, pair)
        assert_identical(a.compute_terminated(*pair, {}), b.compute_terminated(*pair, {}))
        assert_identical(a.compute_truncated(*pair, {}), b.compute_truncated(*pair, {}))
    # the batches of Gymnasium-Robotics' Pen mix rows up, or raise: those are compared with single goals
    batch = np.stack(singles) if "Pen" in task_id else b.compute_reward(achieved, desired, {})
    assert len(set(np.round(batch, 9).tolist())) > 1
    assert_same_reward(a.compute_reward(achieved, desired, {}), batch, bound, "batch")
    assert_same_reward(a.compute_reward(achieved[:1], desired[:1], {}), batch[:1], bound, "batch of one")
    assert_same_reward(a.compute_reward(achieved[:0], desired[:0], {}), batch[:0], bound, "batch of none")
    assert a.compute_terminated(achieved, desired, {}) is False
    assert a.compute_truncated(achieved, desired, {}) is False


@pytest.mark.parametrize(
    "task_id", ["FetchPush-v4", "FetchPushDense-v4", "HandReach-v3", "HandReachDense-v3"]
)
def test_rewards_of_batches_of_batches(task_id):
    ours, theirs = make_pair(task_id)
    theirs.reset(seed=0)
    achieved, desired = goals(theirs, 24, np.random.default_rng(1))
    shape = (4, 6, achieved.shape[-1])
    arguments = achieved.reshape(shape), desired.reshape(shape), {}
    assert_identical(ours.unwrapped.compute_reward(*arguments), theirs.unwrapped.compute_reward(*arguments))


@pytest.mark.parametrize("task_id", IDS)
def test_rewards_of_steps_are_those_of_their_goals(task_id):
    env, _ = make_pair(task_id)
    env.reset(seed=1)
    for _ in range(3):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        pair = observation["achieved_goal"], observation["desired_goal"]
        assert_identical(env.get_wrapper_attr("compute_reward")(*pair, info), reward)
        assert env.get_wrapper_attr("compute_terminated")(*pair, info) is terminated
        assert env.get_wrapper_attr("compute_truncated")(*pair, info) is truncated


@pytest.mark.parametrize("task_id", ["FetchReach-v4", "HandReach-v3", "HandManipulateBlock-v1"])
def test_goals_of_different_shapes(task_id):
    for env in make_pair(task_id):
        size = env.observation_space["desired_goal"].shape[0]
        for other in ((size + 1,), (2, size)):
            with pytest.raises((AssertionError, ValueError)):
                env.unwrapped.compute_reward(np.zeros(size), np.zeros(other), {})


def test_success_gives_minus_zero():
    """Which a comparison with ``==`` does not tell from zero."""
    for env in make_pair("FetchReach-v4"):
        reward = env.unwrapped.compute_reward(np.zeros(3), np.zeros(3), {})
        assert type(reward) is np.float32
        assert reward == 0
        assert np.signbit(reward)
