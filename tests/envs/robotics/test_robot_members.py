"""What users reach through ``env.unwrapped`` of Fetch and Hand, and what these tasks refuse."""

from __future__ import annotations

import re
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from identical import assert_identical
from robot_parity import IDS, OLD_IDS, assert_same_observation, assert_same_reward, make_pair, reward_bound

import plyo

COMMON = {
    "data", "distance_threshold", "dt", "fullpath", "goal", "height", "initial_qpos", "initial_qvel", "initial_time",
    "model", "mujoco_renderer", "n_substeps", "reward_type", "width",
    "compute_reward", "compute_terminated", "compute_truncated",
}  # fmt: skip
FETCH = {
    "block_gripper", "generate_mujoco_observations", "gripper_extra_height", "has_object", "initial_gripper_xpos",
    "obj_range", "target_in_the_air", "target_offset", "target_range",
}  # fmt: skip
REACH = {"initial_goal", "palm_xpos", "relative_control"}
MANIPULATE = {
    "ignore_z_target_rotation", "parallel_quats", "randomize_initial_position", "randomize_initial_rotation",
    "relative_control", "rotation_threshold", "target_position", "target_position_range", "target_rotation",
}  # fmt: skip
TOUCH = {"notouch_color", "touch_color", "touch_get_obs", "touch_visualisation"}
FIELDS = (
    "time", "qpos", "qvel", "ctrl", "mocap_pos", "mocap_quat", "qacc_warmstart", "xpos", "site_xpos", "sensordata",
)  # fmt: skip
#: Objects and methods: what they give is compared elsewhere.
NOT_VALUES = {
    "compute_reward", "compute_terminated", "compute_truncated", "data", "generate_mujoco_observations", "model",
    "mujoco_renderer",
}  # fmt: skip


def members(task_id: str) -> set[str]:
    """The public members of a task beside those of `gymnasium.Env`."""
    if task_id.startswith("Fetch"):
        return COMMON | FETCH | (set() if "Reach" in task_id else {"height_offset"})
    if "Reach" in task_id:
        return COMMON | REACH
    return COMMON | MANIPULATE | (TOUCH if "Touch" in task_id else set())


def reset_pair(task_id: str, **kwargs: Any) -> tuple[Any, Any]:
    pair = make_pair(task_id, **kwargs)
    for env in pair:
        env.reset(seed=3)
    return pair


@pytest.mark.parametrize("task_id", IDS)
def test_members(task_id):
    ours, theirs = (env.unwrapped for env in reset_pair(task_id))
    public = {name for name in dir(theirs) if not name.startswith("_")} - set(dir(gymnasium.Env))
    assert public - {"action_space", "observation_space"} == members(task_id)
    for name in sorted(members(task_id) - NOT_VALUES):
        assert_identical(getattr(ours, name), getattr(theirs, name), name)
    for name in sorted(NOT_VALUES & members(task_id)):
        assert hasattr(ours, name), name


@pytest.mark.parametrize(
    "task_id", ["FetchPush-v4", "HandReach-v3", "HandManipulateBlock_BooleanTouchSensors-v1"]
)
@pytest.mark.parametrize("steps", [0, 4])
def test_mjdata(task_id, steps):
    pair = reset_pair(task_id)
    rng = np.random.default_rng(0)
    for action in rng.uniform(-1, 1, (steps, *pair[1].action_space.shape)).astype(np.float32):
        for env in pair:
            env.step(action)
    ours, theirs = (env.unwrapped for env in pair)
    assert type(ours.model) is mujoco.MjModel
    assert type(ours.data) is mujoco.MjData
    fields = (
        "time",
        "qpos",
        "qvel",
        "ctrl",
        "mocap_pos",
        "mocap_quat",
        "qacc_warmstart",
        "xpos",
        "site_xpos",
        "sensordata",
    )
    for name in fields:
        assert_identical(np.array(getattr(ours.data, name)), np.array(getattr(theirs.data, name)), name)


#: Versions between the last of `mujoco_py` and the only one that there is, and later ones.
NEVER = ["FetchReach-v2", "FetchPushDense-v3", "HandReach-v1", "HandManipulateBlock-v2", "FetchSlide-v9"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("task_id", [*OLD_IDS, *NEVER])
def test_versions_that_are_not_there(task_id):
    refusals = []
    for gym in (plyo, gymnasium):
        with pytest.raises(Exception) as caught:  # noqa: PT011  any error: its type and text are compared
            gym.make(task_id)
        refusals.append((type(caught.value).__name__, str(caught.value)))
    assert refusals[0] == refusals[1]
    expected = {"DependencyNotInstalled"} if task_id in OLD_IDS else {"DeprecatedEnv", "VersionNotFound"}
    assert refusals[1][0] in expected


@pytest.mark.parametrize("task_id", IDS)
def test_actions_of_other_shapes(task_id):
    pair = reset_pair(task_id, max_episode_steps=5)
    for env in pair:
        for shape in ((), (3,), (1, *env.action_space.shape)):
            with pytest.raises(ValueError, match=re.compile("shape|dimension mismatch")):
                env.step(np.zeros(shape, np.float32))
    action = np.full(pair[1].action_space.shape, 0.2, np.float32)
    ours, theirs = (env.step(action)[0] for env in pair)
    assert_same_observation(ours, theirs, "after refusals")


@pytest.mark.parametrize(
    ("task_id", "kwargs"),
    [
        ("FetchReach-v4", {"distance_threshold": 0.1}),
        ("FetchReach-v4", {"n_substeps": 10}),
        ("HandManipulatePen-v1", {"distance_threshold": 0.1}),
        ("HandManipulateBlock-v1", {"touch_get_obs": "boolean"}),
        ("HandReach-v3", {"model_path": "reach.xml"}),
        ("HandReach-v3", {"nonsense": 1}),
    ],
)
def test_arguments_that_a_task_does_not_have(task_id, kwargs):
    for gym in (plyo, gymnasium):
        with pytest.raises(TypeError, match=next(iter(kwargs))):
            gym.make(task_id, **kwargs)


@pytest.mark.parametrize("kwargs", [{"target_position": "here"}, {"target_rotation": "w"}])
def test_unknown_targets(kwargs):
    # an AssertionError without a word in Gymnasium-Robotics
    for gym in (plyo, gymnasium):
        with pytest.raises((AssertionError, ValueError)):
            gym.make("HandManipulateBlock-v1", **kwargs)


@pytest.mark.parametrize(
    ("task_id", "name", "value"),
    [
        ("FetchReach-v4", "reward_type", "dense"),
        ("HandManipulateBlockDense-v1", "reward_type", "sparse"),
        ("HandManipulateBlockDense-v1", "target_position", "ignore"),
        ("HandManipulateBlockRotateXYZDense-v1", "target_rotation", "z"),
        ("HandManipulateBlock_BooleanTouchSensors-v1", "touch_get_obs", "sensordata"),
    ],
)
def test_parameters_can_be_assigned(task_id, name, value):
    pair = reset_pair(task_id)
    action = np.full(pair[1].action_space.shape, 0.2, np.float32)
    for env in pair:
        env.step(action)
        setattr(env.unwrapped, name, value)
        assert getattr(env.unwrapped, name) == value
    ours, theirs = (env.step(action) for env in pair)
    assert_same_observation(ours[0], theirs[0], name)
    assert_same_reward(ours[1], theirs[1], reward_bound(task_id.replace("-v", "Dense-v")), name)
    ours, theirs = (env.reset()[0] for env in pair)
    assert_same_observation(ours, theirs, name)
