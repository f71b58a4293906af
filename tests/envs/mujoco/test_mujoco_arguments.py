"""Arguments of MuJoCo tasks: what is refused when they are made, assigned later, and kept by copies."""

from __future__ import annotations

import contextlib
import copy
import pickle

import numpy as np
import pytest
from identical import assert_identical
from mujoco_cases import Case, UserModel, grown
from mujoco_parity import actions_of, assert_same_episodes, assert_same_spaces, make_pair

import plyo


def test_spaces_follow_users_models(tmp_path):
    """Gymnasium's Ant-v4 says 27 numbers, and observes those of the model."""
    ours, theirs = make_pair("Ant-v4", xml_file=grown("ant.xml").write(tmp_path))
    assert ours.observation_space.shape == theirs.reset(seed=0)[0].shape == (29,)
    assert_same_episodes(ours, theirs, 2, 60, Case("Ant-v4").ulps)


@pytest.mark.parametrize("num_motors", [64, 65, 90])
def test_actions_of_many_motors_have_bounds(num_motors, tmp_path):
    motors = "".join(
        f'<motor joint="motor2_rot" gear="0.1" ctrllimited="true" ctrlrange="-{1 + i} {0.1 * (1 + i)}"/>'
        for i in range(num_motors - 2)
    )
    path = UserModel("swimmer.xml", ((r"</actuator>", f"{motors}</actuator>"),)).write(tmp_path)
    ours, theirs = make_pair("Swimmer-v5", xml_file=path)
    assert_same_spaces(ours, theirs)
    assert_same_episodes(ours, theirs, 1, 5)
    envs = plyo.make_vec("Swimmer-v5", 2, xml_file=path)
    envs.reset(seed=0)
    taken = envs.rollout(plyo.policies.Random(seed=3), 4, record="actions").actions
    space = ours.action_space
    space.seed(3)
    for action in taken[:, 0]:
        assert_identical(action, space.sample())
    envs.close()


@pytest.mark.parametrize("body", [14, -1, "nobody"])
def test_bodies_that_the_model_has_not(body):
    with pytest.raises(ValueError, match=r"main_body .* must be a body of the model"):
        plyo.make("Ant-v5", main_body=body)
    env = plyo.make("Ant-v5")
    with pytest.raises(ValueError, match=r"main_body .* must be a body of the model"):
        env.unwrapped.set_params({"main_body": body})
    assert env.unwrapped._main_body == 1


@pytest.mark.parametrize("body", [None, 1.0, True, "", [1]])
def test_bodies_of_other_types(body):
    with pytest.raises(TypeError, match="'main_body' must be an integer or a string, got"):
        plyo.make("Ant-v5", main_body=body)


@pytest.mark.parametrize("body", [np.int64(4), np.array(4), "aux_1"])
@pytest.mark.parametrize("clone", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_keep_a_body(body, clone):
    env = plyo.make("Ant-v5")
    env.unwrapped.set_params({"main_body": body})
    env.reset(seed=3)
    copied = clone(env)
    assert copied.unwrapped._main_body == (body if isinstance(body, str) else 4)
    action = actions_of(env.action_space, 1, 0)[0]
    assert_identical(copied.step(action), env.step(action))


def test_a_snapshot_of_another_body_goes_back():
    env = plyo.make("Ant-v5", main_body="aux_1")
    env.reset(seed=3)
    state = env.unwrapped.get_state()
    env.unwrapped.set_params({"main_body": 1})
    env.unwrapped.set_state(state)
    assert env.unwrapped._main_body == "aux_1"


@pytest.mark.parametrize(
    ("task_id", "values"),
    [
        ("Ant-v5", {"_main_body": 9, "_healthy_reward": 2.5, "_contact_cost_weight": 0.5}),
        ("Ant-v4", {"_contact_force_range": (-0.1, 0.3), "_healthy_z_range": (0.1, 2.0)}),
        ("Humanoid-v5", {"_contact_cost_range": (0.25, 0.5), "_contact_cost_weight": 0.1}),
        ("HumanoidStandup-v5", {"_impact_cost_weight": 0.01, "_ctrl_cost_weight": 3.0}),
        ("Hopper-v5", {"_healthy_angle_range": (-0.01, 0.01), "_forward_reward_weight": -2.0}),
        ("Walker2d-v4", {"_terminate_when_unhealthy": False, "_reset_noise_scale": 0.1}),
        ("Swimmer-v5", {"_ctrl_cost_weight": 0.7}),
        ("Reacher-v5", {"_reward_control_weight": 0.3, "frame_skip": 5}),
        ("Reacher-v4", {"frame_skip": 4}),
        ("Pusher-v5", {"_reward_near_weight": 3.0}),
        ("InvertedDoublePendulum-v5", {"_healthy_reward": 1.5}),
    ],
)
def test_attributes_count_from_the_next_step(task_id, values):
    ours, theirs = make_pair(task_id)
    tape = actions_of(theirs.action_space, 12, 3)
    for env in (ours, theirs):
        env.reset(seed=4)
        env.step(tape[0])
        for name, value in values.items():
            setattr(env.unwrapped, name, value)
    for t, action in enumerate(tape[1:]):
        assert_identical(ours.step(action), theirs.step(action), t, Case(task_id).ulps)
    assert_identical(ours.reset(), theirs.reset(), "reset", Case(task_id).ulps)


@pytest.mark.parametrize("task_id", ["Ant-v5", "Hopper-v5", "InvertedPendulum-v5"])
def test_noise_is_not_negative(task_id):
    with pytest.raises(ValueError, match=r"reset_noise_scale \(-0.5\) must not be negative"):
        plyo.make(task_id, reset_noise_scale=-0.5)


@pytest.mark.parametrize("task_id", ["HalfCheetah-v5", "Reacher-v4", "Humanoid-v5", "InvertedPendulum-v4"])
def test_divergences_are_reported(task_id):
    old = task_id.endswith("v4")
    with pytest.warns(DeprecationWarning, match="out of date") if old else contextlib.nullcontext():
        env = plyo.make(task_id, report_warnings=True)
    _, info = env.reset(seed=0)
    assert (type(info["mujoco_warnings"]), info["mujoco_warnings"]) == (int, 0)
    env.step(np.zeros(env.action_space.shape, np.float32))
    body = env.unwrapped
    body.set_state(body.init_qpos, np.full(body.model.nv, 1e12))
    for _ in range(2):
        info = env.step(np.zeros(env.action_space.shape, np.float32))[4]
    assert type(info["mujoco_warnings"]) is int
    assert info["mujoco_warnings"] >= 1
    assert list(info)[-1] == "mujoco_warnings"
    assert env.reset()[1]["mujoco_warnings"] == 0


def test_batches_report_divergences():
    envs = plyo.make_vec("Humanoid-v5", 3, report_warnings=True)
    envs.reset(seed=0)
    actions = np.zeros(envs.action_space.shape, np.float32)
    info = envs.step(actions)[4]
    assert_identical(info["mujoco_warnings"], np.zeros(3, np.int64))
