"""Rewards and flags of goals given by the caller: one, a batch, a batch of batches."""

from __future__ import annotations

import copy
import pickle

import mujoco
import numpy as np
import pytest
from identical import assert_identical
from robot_parity import (
    IDS,
    assert_same_observation,
    assert_same_result,
    assert_same_reward,
    make_pair,
    reward_bound,
)

import plyo

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


#: One of each kind of goal, sparse and dense.
KINDS = [
    "FetchReach-v4",
    "FetchPushDense-v4",
    "HandReach-v3",
    "HandManipulateBlock_BooleanTouchSensorsDense-v1",
]


def assert_same_steps(ours, theirs, task_id, num_steps, seed):
    tape = np.random.default_rng(seed).uniform(-1, 1, (num_steps, *theirs.action_space.shape))
    for t, action in enumerate(tape.astype(np.float32)):
        assert_same_result(ours.step(action), theirs.step(action), reward_bound(task_id), t)


@pytest.mark.parametrize("lives", [False, True])
@pytest.mark.parametrize("task_id", KINDS)
def test_goals_can_be_assigned(task_id, lives):
    pair = make_pair(task_id)
    for env in pair:
        env.reset(seed=5)
    ours, theirs = (env.unwrapped for env in pair)
    if lives:
        assert ours.data is not None
    assert_same_steps(*pair, task_id, 2, 0)
    # once where the robot is, once elsewhere
    for goal in (np.array(theirs._get_obs()["achieved_goal"]), theirs._sample_goal()):
        ours.np_random.bit_generator.state = theirs.np_random.bit_generator.state
        for env in (ours, theirs):
            env.goal = goal
            assert_identical(env.goal, goal)
        assert_same_observation(ours._get_obs(), theirs._get_obs(), "assigned")
        assert_same_steps(*pair, task_id, 2, 1)
    first = [env.reset() for env in pair]
    assert_same_observation(first[0][0], first[1][0], "reset")
    assert_same_steps(*pair, task_id, 1, 2)


def test_goals_that_are_assigned_are_copied_and_saved():
    env = plyo.make("FetchReach-v4").unwrapped
    env.reset(seed=0)
    goal = np.array([1.25, 0.5, 0.75], np.float32)
    env.goal = goal.tolist()
    goal[0] = 0
    expected = np.array([1.25, 0.5, 0.75])
    assert_identical(env.goal, expected)
    assert_identical(copy.deepcopy(env).goal, expected)
    assert_identical(pickle.loads(pickle.dumps(env)).goal, expected)
    state = env.get_state()
    env.reset()
    assert not np.array_equal(env.goal, expected)
    env.set_state(state)
    assert_identical(env.step(np.zeros(4, np.float32))[0]["desired_goal"], expected)


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (np.zeros(4), r"must have shape \(3,\), got 4 numbers"),
        (np.zeros((1, 3)), "one dimension, got 2"),
        (1.0, "one dimension, got 0"),
        ([0.0, np.nan, 0.0], "must be finite, got nan"),
        ([0.0, -np.inf, 0.0], "must be finite, got -inf"),
    ],
)
def test_goals_that_do_not_fit(goal, message):
    env = plyo.make("FetchReach-v4").unwrapped
    with pytest.raises(plyo.error.ResetNeeded, match="resets draw one"):
        env.goal = np.zeros(3)
    env.reset(seed=0)
    before = env.goal
    with pytest.raises(ValueError, match=message):
        env.goal = goal
    assert_identical(env.goal, before)


def test_goals_of_batches():
    envs = plyo.make_vec("HandReachDense-v3", 3)
    assert [len(goal) for goal in envs.get_attr("goal")] == [0, 0, 0]
    observations, _ = envs.reset(seed=1)
    assert_identical(np.stack(envs.get_attr("goal")), observations["desired_goal"])
    reached = observations["achieved_goal"]
    envs.set_attr("goal", list(reached))
    assert_identical(np.stack(envs.get_attr("goal")), reached)
    assert_identical(envs.get_attr("unwrapped")[1].goal, reached[1])
    observations, rewards, *_ = envs.step(np.zeros((3, 20), np.float32))
    assert_identical(observations["desired_goal"], reached)
    assert_identical(envs.compute_reward(observations["achieved_goal"], reached, {}), rewards)
    with pytest.raises(ValueError, match=r"environment 2 must have shape \(15,\), got 2 numbers"):
        envs.set_attr("goal", [np.ones(15), np.ones(15), np.ones(2)])
    assert_identical(np.stack(envs.get_attr("goal")), reached)
    envs.set_attr("goal", np.ones(15))
    assert_identical(np.stack(envs.call("goal")), np.ones((3, 15)))
    envs.close()


def test_observations_of_a_changed_state():
    pair = make_pair("FetchPush-v4")
    for env in pair:
        env.reset(seed=5)
    ours, theirs = (env.unwrapped for env in pair)
    for env in (ours, theirs):
        env.data.qpos[:] = env.initial_qpos
        env.data.qvel[:] = 0.125
        mujoco.mj_forward(env.model, env.data)
    assert_same_observation(ours._get_obs(), theirs._get_obs(), "changed")
    parts = zip(
        ours.generate_mujoco_observations()[:3], theirs.generate_mujoco_observations()[:3], strict=True
    )
    for mine, expected in parts:
        assert_identical(mine, expected)
