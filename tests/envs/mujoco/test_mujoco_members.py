"""What users reach through ``env.unwrapped`` of a MuJoCo task, beside Gymnasium's classes."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from identical import assert_identical
from mujoco_cases import IDS, Case, UserModel
from mujoco_parity import actions_of, assert_same_episodes, make_pair

import plyo
from plyo.envs.mujoco import AntEnv

#: What every task has, apart from the members of `gymnasium.Env`.
COMMON = {
    "camera_id",
    "camera_name",
    "data",
    "do_simulation",
    "dt",
    "frame_skip",
    "fullpath",
    "get_body_com",
    "height",
    "init_qpos",
    "init_qvel",
    "model",
    "mujoco_renderer",
    "reset_model",
    "set_state",
    "state_vector",
    "width",
}
STRUCTURE = {"observation_structure"}
COST = {"control_cost"}
HEALTH = {"healthy_reward", "is_healthy"}
CONTACT = {"contact_cost"}
#: By id: what it has beside the common members.
OWN: dict[str, set[str]] = {
    "HalfCheetah-v5": STRUCTURE | COST,
    "HalfCheetah-v4": COST,
    "Hopper-v5": STRUCTURE | COST | HEALTH,
    "Hopper-v4": COST | HEALTH | {"terminated"},
    "Walker2d-v5": STRUCTURE | COST | HEALTH,
    "Walker2d-v4": COST | HEALTH | {"terminated"},
    "Ant-v5": STRUCTURE | COST | HEALTH | CONTACT | {"contact_forces"},
    "Ant-v4": COST | HEALTH | CONTACT | {"contact_forces", "terminated"},
    "Humanoid-v5": STRUCTURE | COST | HEALTH | CONTACT,
    "Humanoid-v4": COST | HEALTH | {"terminated"},
    "HumanoidStandup-v5": STRUCTURE,
    "HumanoidStandup-v4": set(),
    "Swimmer-v5": STRUCTURE | COST,
    "Swimmer-v4": COST,
    "Reacher-v5": {"goal"},
    "Reacher-v4": {"goal"},
    "Pusher-v5": {"cylinder_pos", "goal_pos"},
    "InvertedPendulum-v5": STRUCTURE,
    "InvertedPendulum-v4": set(),
    "InvertedDoublePendulum-v5": set(),
    "InvertedDoublePendulum-v4": set(),
}
#: Objects of MuJoCo and methods, compared by what they give.
NOT_VALUES = {
    "control_cost", "data", "do_simulation", "get_body_com", "model", "mujoco_renderer", "reset_model", "set_state",
    "state_vector",
}  # fmt: skip
#: The fields of `MjData` that belong to the state, and those that the last force evaluation of a step has left.
STATE = ("time", "qpos", "qvel", "ctrl", "act", "qacc_warmstart")
DERIVED = (
    "xpos", "xquat", "xipos", "site_xpos", "cinert", "cvel", "qacc", "qfrc_actuator", "qfrc_constraint", "cfrc_ext",
    "ten_length", "ten_velocity",
)  # fmt: skip


def stepped_pair(task_id: str, num_steps: int = 7, **kwargs: Any) -> tuple[Any, Any]:
    """Both environments after some steps."""
    pair = make_pair(task_id, **kwargs)
    for env in pair:
        env.reset(seed=3)
        for action in actions_of(env.action_space, num_steps, 0):
            env.step(action)
    return pair


def unwrapped(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return pair[0].unwrapped, pair[1].unwrapped


@pytest.mark.parametrize("task_id", IDS)
def test_the_table_is_gymnasiums(task_id):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        env = gymnasium.make(task_id, disable_env_checker=True).unwrapped
    env.reset(seed=0)
    public = {name for name in dir(env) if not name.startswith("_")} - set(dir(gymnasium.Env))
    assert public - {"action_space", "observation_space"} == COMMON | OWN[task_id]


@pytest.mark.parametrize("steps", [0, 7])
@pytest.mark.parametrize("task_id", IDS)
def test_values(task_id, steps):
    ours, theirs = unwrapped(stepped_pair(task_id, steps))
    for name in sorted((COMMON | OWN[task_id]) - NOT_VALUES):
        assert_identical(getattr(ours, name), getattr(theirs, name), name)
    for name in sorted(NOT_VALUES & (COMMON | OWN[task_id])):
        assert hasattr(ours, name), name
    assert_identical(ours.state_vector(), theirs.state_vector())
    # some bodies of Ant have no name
    for name in filter(None, (theirs.model.body(body).name for body in range(theirs.model.nbody))):
        assert_identical(np.array(ours.get_body_com(name)), np.array(theirs.get_body_com(name)), name)
    if "control_cost" in OWN[task_id]:
        action = actions_of(theirs.action_space, 1, 0)[0]
        assert_identical(ours.control_cost(action), theirs.control_cost(action))


@pytest.mark.parametrize("task_id", IDS)
def test_spaces_without_positions_have_a_structure(task_id):
    if "observation_structure" not in OWN[task_id] or task_id == "InvertedPendulum-v5":
        kwargs = {}
    else:
        kwargs = {"exclude_current_positions_from_observation": False}
    ours, theirs = unwrapped(make_pair(task_id, **kwargs))
    structures = [getattr(env, "observation_structure", None) for env in (ours, theirs)]
    assert_identical(*structures, task_id)


@pytest.mark.parametrize("steps", [0, 7])
@pytest.mark.parametrize("task_id", IDS)
def test_mjdata(task_id, steps):
    ours, theirs = unwrapped(stepped_pair(task_id, steps))
    assert type(ours.model) is mujoco.MjModel
    assert type(ours.data) is mujoco.MjData
    for name in (*STATE, *DERIVED):
        assert_identical(np.array(getattr(ours.data, name)), np.array(getattr(theirs.data, name)), name)


@pytest.mark.parametrize("task_id", IDS)
def test_mjmodel_is_the_users(task_id):
    ours, theirs = unwrapped(make_pair(task_id))
    for name in ("nq", "nv", "nu", "nbody", "ngeom", "ncam", "nlight"):
        assert getattr(ours.model, name) == getattr(theirs.model, name), name
    for name in (
        "body_mass",
        "geom_friction",
        "actuator_gear",
        "jnt_range",
        "geom_contype",
        "qpos0",
        "cam_pos",
    ):
        assert_identical(np.array(getattr(ours.model, name)), np.array(getattr(theirs.model, name)), name)
    for name in ("timestep", "integrator", "disableflags", "iterations"):
        assert getattr(ours.model.opt, name) == getattr(theirs.model.opt, name), name


@pytest.mark.parametrize("task_id", IDS)
def test_set_state(task_id):
    pair = stepped_pair(task_id, 3)
    rng = np.random.default_rng(0)
    for env in pair:
        body = env.unwrapped
        rng = np.random.default_rng(0)
        noise = rng.uniform(-0.01, 0.01, body.model.nq + body.model.nv)
        body.set_state(body.init_qpos + noise[: body.model.nq], body.init_qvel + noise[body.model.nq :])
    ours, theirs = unwrapped(pair)
    assert_identical(ours.state_vector(), theirs.state_vector())
    for t, action in enumerate(actions_of(pair[1].action_space, 10, 0)):
        assert_identical(pair[0].step(action), pair[1].step(action), t, Case(task_id).ulps)


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("task_id", IDS)
def test_reset_model(task_id, steps):
    pair = stepped_pair(task_id, steps)
    ours, theirs = unwrapped(pair)
    for _ in range(2):
        assert_identical(ours.reset_model(), theirs.reset_model(), "reset_model", Case(task_id).ulps)
    for name in (*STATE, *DERIVED):
        assert_identical(np.array(getattr(ours.data, name)), np.array(getattr(theirs.data, name)), name)
    assert ours.np_random.bit_generator.state == theirs.np_random.bit_generator.state
    for t, action in enumerate(actions_of(pair[1].action_space, 5, 0)):
        assert_identical(pair[0].step(action), pair[1].step(action), t, Case(task_id).ulps)
    for env in pair:
        env.unwrapped.reset_model()
    assert_identical(pair[0].reset(), pair[1].reset(), "reset", Case(task_id).ulps)


def test_reset_model_takes_no_part_in_the_time_limit():
    env = make_pair("Hopper-v5", max_episode_steps=3)[0]
    env.reset(seed=0)
    for t in range(3):
        env.unwrapped.reset_model()
        assert env.step(np.zeros(3, np.float32))[3] is (t == 2)


def test_reset_model_draws_from_a_generator_that_was_assigned():
    pair = make_pair("HalfCheetah-v5")
    for env in pair:
        env.reset(seed=0)
        env.unwrapped.np_random = np.random.default_rng(7)
    ours, theirs = unwrapped(pair)
    assert_identical(ours.reset_model(), theirs.reset_model())
    assert ours.np_random.uniform() == theirs.np_random.uniform()


@pytest.mark.parametrize("task_id", IDS)
def test_observations_of_a_changed_state(task_id):
    pair = stepped_pair(task_id, 3)
    ours, theirs = unwrapped(pair)
    assert_identical(ours._get_obs(), theirs._get_obs(), "untouched")
    for env in (ours, theirs):
        env.set_state(env.init_qpos + 0.01, env.init_qvel - 0.02)
    assert_identical(ours._get_obs(), theirs._get_obs(), "set_state")
    for env in (ours, theirs):
        env.data.qvel[0] = 0.5  # and nothing else follows from it yet
    observation = ours._get_obs()
    assert_identical(observation, theirs._get_obs(), "data")
    observation[:] = 0
    assert_identical(ours._get_obs(), theirs._get_obs(), "a copy")
    for t, action in enumerate(actions_of(pair[1].action_space, 3, 0)):
        assert_identical(pair[0].step(action), pair[1].step(action), t, Case(task_id).ulps)


def test_an_observation_keeps_the_speed():
    """It alone moves nothing into the user's data."""
    env = make_pair("Hopper-v5")[0].unwrapped
    first = env.reset(seed=0)[0]
    assert_identical(env._get_obs(), first)
    assert env._data is None


@pytest.mark.parametrize("name", ["_get_obs", "reset_model"])
def test_a_reset_comes_first(name):
    ours, theirs = make_pair("Hopper-v5")
    with pytest.raises(plyo.error.ResetNeeded, match="must be reset before its state"):
        getattr(ours.unwrapped, name)()
    assert_identical(ours.reset(seed=1), theirs.reset(seed=1))


def test_a_snapshot_follows_a_state_that_was_observed():
    env = make_pair("HalfCheetah-v5")[0].unwrapped
    env.reset(seed=0)
    env.step(np.zeros(6, np.float32))
    env.data.qpos[0] = 3.0
    observed = env._get_obs()
    state = env.get_state()
    env.reset_model()
    env.set_state(state)
    assert env.data.qpos[0] == 3.0
    assert_identical(env._get_obs(), observed)


@pytest.mark.parametrize("task_id", IDS)
def test_set_state_checks_shapes(task_id):
    for env in unwrapped(make_pair(task_id)):
        env.reset(seed=0)
        before = env.state_vector()
        with pytest.raises(AssertionError):
            env.set_state(np.zeros(env.model.nq + 1), np.zeros(env.model.nv))
        with pytest.raises(AssertionError):
            env.set_state(np.zeros(env.model.nq), np.zeros((env.model.nv, 1)))
        assert_identical(env.state_vector(), before)


@pytest.mark.parametrize("task_id", IDS)
def test_do_simulation(task_id):
    pair = stepped_pair(task_id, 2)
    ctrl = actions_of(pair[1].action_space, 1, 0)[0]
    ours, theirs = unwrapped(pair)
    for frames in (1, 3):
        for env in (ours, theirs):
            env.do_simulation(ctrl, frames)
        assert_identical(ours.state_vector(), theirs.state_vector(), frames)
    for t, action in enumerate(actions_of(pair[1].action_space, 5, 1)):
        assert_identical(pair[0].step(action), pair[1].step(action), t, Case(task_id).ulps)
    texts = []
    for env in (ours, theirs):
        with pytest.raises(ValueError, match="Action dimension mismatch") as caught:
            env.do_simulation(np.zeros(len(ctrl) + 1), 1)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


def test_users_models_have_their_path(tmp_path):
    path = UserModel("hopper.xml", ((r'timestep="0.002"', 'timestep="0.004"'),)).write(tmp_path)
    ours, theirs = unwrapped(make_pair("Hopper-v5", xml_file=path))
    assert ours.fullpath == theirs.fullpath == path
    assert ours.dt == theirs.dt == 4 * 0.004
    assert ours.metadata["render_fps"] == theirs.metadata["render_fps"] == 62


@pytest.mark.parametrize("start", ["~", "."])
def test_users_models_by_other_paths(start, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    UserModel("hopper.xml", ((r'timestep="0.002"', 'timestep="0.004"'),)).write(tmp_path)
    ours, theirs = make_pair("Hopper-v5", xml_file=f"{start}/my_hopper.xml")
    assert ours.unwrapped.fullpath == theirs.unwrapped.fullpath
    assert_same_episodes(ours, theirs, 1, 30)


def test_overrides_that_nobody_would_call():
    with pytest.raises(TypeError, match=r"Quiet overrides _get_obs, reset_model of AntEnv.*override `step`"):
        type("Quiet", (AntEnv,), {"_get_obs": lambda self: None, "reset_model": lambda self: None})
    with pytest.raises(TypeError, match="compute_reward of MujocoFetchReachEnv"):
        type("Generous", (type(plyo.make("FetchReach-v4").unwrapped),), {"compute_reward": lambda *_: 0.0})


def test_overrides_of_a_class_with_steps_of_its_own():
    class Seen(AntEnv):
        def step(self, action):
            _, *rest = super().step(action)
            return self._get_obs(), *rest

        def _get_obs(self):
            return super()._get_obs() / 2

    env, plain = Seen(), AntEnv()
    for each in (env, plain):
        each.reset(seed=0)
    action = np.full(8, 0.1, np.float32)
    assert_identical(env.step(action)[0], plain.step(action)[0] / 2)
    type("Further", (Seen,), {"reset_model": lambda self: None})
