"""Batches, snapshots and the user's MjData of Fetch and Hand: what lanes keep of the state before."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from identical import assert_identical

import plyo

#: A gripper whose pose is older than the state, a gripper that is moved after the step, resets that go on from the
#: episode before, and sensors.
TASKS = [
    "FetchPickAndPlace-v4",
    "FetchPush-v4",
    "HandReach-v3",
    "HandManipulateBlockRotateParallel-v1",
    "HandManipulateEgg_ContinuousTouchSensors-v1",
]
FIELDS = (
    "time",
    "qpos",
    "qvel",
    "ctrl",
    "mocap_pos",
    "mocap_quat",
    "qacc_warmstart",
    "xpos",
    "xquat",
    "site_xpos",
)


def actions_of(envs, steps, seed=0):
    rng = np.random.default_rng(seed)
    space = envs.single_action_space
    return rng.uniform(-1, 1, (steps, envs.num_envs, *space.shape)).astype(np.float32)


def one(value, lane):
    """The row of one environment."""
    return {key: part[lane] for key, part in value.items()} if isinstance(value, dict) else value[lane]


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("num_threads", [1, 2])
def test_lanes_of_a_batch_are_single_environments(task_id, num_threads):
    envs = plyo.make_vec(task_id, 3, num_threads=num_threads, max_episode_steps=4, autoreset_mode="next_step")
    singles = [plyo.make(task_id, max_episode_steps=4) for _ in range(3)]
    observations, _ = envs.reset(seed=5)
    for lane, env in enumerate(singles):
        assert_identical(
            one(observations, lane),
            one({k: v[None] for k, v in dict(sorted(env.reset(seed=5 + lane)[0].items())).items()}, 0),
        )
    ended = False
    for actions in actions_of(envs, 11):
        results = envs.step(actions)
        for lane, env in enumerate(singles):
            observation = env.reset()[0] if ended else env.step(actions[lane])[0]
            for key, part in observation.items():
                assert_identical(results[0][key][lane], part, (lane, key))
        ended = bool(results[3].all())
    envs.close()


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("steps", [0, 3])
def test_copies_go_on_alike(task_id, steps):
    env = plyo.make(task_id, max_episode_steps=5)
    env.reset(seed=1)
    rng = np.random.default_rng(2)
    actions = rng.uniform(-1, 1, (9, *env.action_space.shape)).astype(np.float32)
    for action in actions[:steps]:
        env.step(action)
    other = copy.deepcopy(env)
    for t, action in enumerate(actions[steps:]):
        mine, copied = env.step(action), other.step(action)
        assert_identical(copied[0], mine[0], t)
        assert_identical(np.asarray(copied[1]), np.asarray(mine[1]), t)
        if mine[3]:
            assert_identical(other.reset()[0], env.reset()[0], t)


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_an_environment_goes_on_in_the_users_mjdata(task_id, steps):
    looked_at, other = (plyo.make(task_id, max_episode_steps=8) for _ in range(2))
    rng = np.random.default_rng(3)
    actions = rng.uniform(-1, 1, (12, *other.action_space.shape)).astype(np.float32)
    for env in (looked_at, other):
        env.reset(seed=4)
        for action in actions[:steps]:
            env.step(action)
    assert looked_at.unwrapped.data.qpos.any()
    for t, action in enumerate(actions[steps:]):
        mine, theirs = looked_at.step(action), other.step(action)
        assert_identical(mine[0], theirs[0], t)
        if mine[3]:
            assert_identical(looked_at.reset()[0], other.reset()[0], t)
    for name in FIELDS:
        assert_identical(
            np.array(getattr(looked_at.unwrapped.data, name)),
            np.array(getattr(other.unwrapped.data, name)),
            name,
        )


@pytest.mark.parametrize("task_id", ["FetchReach-v4", "HandReachDense-v3", "HandManipulatePenDense-v1"])
def test_batches_reward_goals(task_id):
    envs = plyo.make_vec(task_id, 3)
    observations, _ = envs.reset(seed=0)
    observations, rewards, _, _, infos = envs.step(envs.action_space.sample())
    pair = observations["achieved_goal"], observations["desired_goal"]
    given = envs.compute_reward(*pair, infos)
    assert given.dtype == (np.float64 if "Dense" in task_id else np.float32)
    assert_identical(given.astype(np.float64), rewards)
    assert envs.compute_terminated(*pair, infos) is False
    assert envs.compute_truncated(*pair, infos) is False
    singles = envs.call("compute_reward", pair[0][0], pair[1][0], {})
    assert len(singles) == 3
    assert set(map(float, singles)) == {float(given[0])}
    envs.close()


def test_batches_with_different_thresholds_reward_no_goals():
    envs = plyo.make_vec("HandReach-v3", 2, params={"distance_threshold": np.array([0.01, 0.02])})
    envs.reset(seed=0)
    goals = np.zeros((2, 15))
    with pytest.raises(ValueError, match="distance_threshold"):
        envs.compute_reward(goals, goals, {})
    assert len(envs.call("compute_reward", goals[0], goals[1], {})) == 2
    envs.close()


def test_hands_can_be_held_relative_to_where_they_are():
    """Gymnasium-Robotics raises there, as its bindings have gone."""
    env = plyo.make("HandReach-v3", relative_control=True)
    env.reset(seed=0)
    data = env.unwrapped.data
    angles = data.qpos.copy()
    env.step(np.zeros(20, np.float32))
    last = [2 + 3, 6 + 3, 10 + 3, 15 + 3]
    followed = [joint - 1 for joint in last]
    wanted = np.delete(angles, last).astype(np.float32)
    for joint, follower in zip(followed, last, strict=True):
        place = joint - sum(other < joint for other in last)
        wanted[place] = np.float32(np.float64(wanted[place]) + angles[follower])
    low, high = env.unwrapped.model.actuator_ctrlrange.T
    np.testing.assert_array_equal(data.ctrl, np.clip(wanted.astype(np.float64), low, high))


@pytest.mark.parametrize("rotation", ["ignore", "fixed"])
def test_rotations_that_stay(rotation):
    """Gymnasium-Robotics raises there as well."""
    env = plyo.make("HandManipulateBlock-v1", target_rotation=rotation)
    observation, _ = env.reset(seed=0)
    turns = [observation[key][3:] for key in ("achieved_goal", "desired_goal")]
    np.testing.assert_allclose(turns[1], turns[0] / np.linalg.norm(turns[0]), atol=1e-15)


@pytest.mark.parametrize(
    ("task_id", "kwargs", "message"),
    [
        ("FetchPush-v4", {"params": {"obj_range": 0.07}}, "obj_range"),
        ("HandReach-v3", {"initial_joints": ["robot0:WRJ1"], "initial_positions": []}, "equally many"),
        ("HandReach-v3", {"initial_qpos": {"robot0:nothing": 0.1}}, "robot0:nothing"),
        ("HandManipulateBlock-v1", {"target_position": "here"}, "here"),
        ("HandReach-v3", {"n_substeps": 0}, "at least 1"),
    ],
)
def test_values_that_a_task_refuses(task_id, kwargs, message):
    with pytest.raises(ValueError, match=message):
        plyo.make(task_id, **kwargs)
