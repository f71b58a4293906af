"""Masses, gears, frictions and so on of each environment, beside Gymnasium's with models changed by hand."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest
from identical import assert_identical
from mujoco_parity import actions_of

import plyo
from plyo.mujoco.dialects import find_dialect
from plyo.mujoco.model_arrays import ARRAYS
from plyo.randomize import Choice, LogUniform, Uniform

TASKS = ("HalfCheetah-v5", "Hopper-v5", "Ant-v5", "InvertedPendulum-v5")
#: What has a fluid, two trees, another solver, tendons, cylinders.
MORE_TASKS = (
    *("Walker2d-v5", "Swimmer-v5", "Reacher-v5", "InvertedDoublePendulum-v5"),
    *("Humanoid-v5", "HumanoidStandup-v5", "Pusher-v5"),
)
LANES = 5


def array_of(model: Any, name: str) -> Any:
    owner, _, member = name.rpartition(".")
    return getattr(getattr(model, owner) if owner else model, member)


def changes_of(task_id: str, num_envs: int, seed: int = 3) -> dict[str, Any]:
    """Values of all arrays, others in each environment but the first, which has those of the model."""
    rng, model = np.random.default_rng(seed), gymnasium.make(task_id).unwrapped.model
    changes = {}
    for array in ARRAYS:
        usual = np.array(array_of(model, array.name))
        values = usual * rng.uniform(0.7, 1.4, (num_envs, *usual.shape))
        if array.name in ("dof_damping", "dof_armature", "jnt_stiffness"):
            # in some environments also where the model has none
            values += rng.uniform(0, 0.2, values.shape) * (np.arange(num_envs) > 2)[:, np.newaxis]
        if array.name == "opt.gravity":
            values[1:, 0] = 0.3
        values[0] = usual
        changes[array.name] = values
    return changes


def change_by_hand(env: Any, changes: dict[str, Any], lane: int) -> None:
    model = env.unwrapped.model
    for name, values in changes.items():
        array_of(model, name)[:] = values[lane]
    mujoco.mj_setConst(model, env.unwrapped.data)


def tape(envs: Any, num_steps: int) -> Any:
    rows = [actions_of(envs.single_action_space, num_steps, lane) for lane in range(envs.num_envs)]
    return np.stack(rows, axis=1)


def check_beside_gymnasium(task_id: str, envs: Any, changes: dict[str, Any], num_steps: int) -> None:
    """Steps a batch, and for each lane an environment of Gymnasium's whose model is changed by hand."""
    theirs = [gymnasium.make(task_id) for _ in range(envs.num_envs)]
    observations, _ = envs.reset(seed=7)
    for lane, env in enumerate(theirs):
        change_by_hand(env, changes, lane)
        assert_identical(observations[lane], env.reset(seed=7 + lane)[0])
    goes_on = np.ones(envs.num_envs, bool)
    for t, actions in enumerate(tape(envs, num_steps)):
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        for lane in np.flatnonzero(goes_on):
            observation, reward, *ends, _ = theirs[lane].step(actions[lane])
            expected = observation, float(reward), *map(bool, ends)
            got = observations[lane], float(rewards[lane]), bool(terminated[lane]), bool(truncated[lane])
            assert_identical(got, expected, (task_id, lane, t))
        goes_on &= ~(terminated | truncated)


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("acceleration", ["auto", False])
@pytest.mark.parametrize("task_id", TASKS)
def test_each_lane_is_a_model_that_is_changed_by_hand(task_id, acceleration, num_threads):
    changes = changes_of(task_id, LANES)
    envs = plyo.make_vec(task_id, LANES, params=changes, acceleration=acceleration, num_threads=num_threads)
    check_beside_gymnasium(task_id, envs, changes, 30)
    if acceleration == "auto" and find_dialect() is not None:
        assert envs.acceleration.substeps > 0
        assert envs.acceleration.escapes["own_parameters"] <= 60  # damping where there is none


@pytest.mark.parametrize("tuned", [None, False])
@pytest.mark.parametrize("task_id", MORE_TASKS)
def test_so_is_each_lane_of_the_other_tasks(task_id, tuned):
    changes = changes_of(task_id, LANES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        envs = plyo.make_vec(task_id, LANES, params=changes, tuned=tuned)
    check_beside_gymnasium(task_id, envs, changes, 12)


@pytest.mark.parametrize("name", [array.name for array in ARRAYS])
def test_each_array_counts_by_itself(name):
    changes = {name: changes_of("Walker2d-v5", LANES)[name]}
    envs = plyo.make_vec("Walker2d-v5", LANES, params=changes)
    check_beside_gymnasium("Walker2d-v5", envs, changes, 20)
    usual = plyo.make_vec("Walker2d-v5", LANES)
    usual.reset(seed=7)
    envs.reset(seed=7)
    for actions in tape(envs, 20):
        ours, theirs = envs.step(actions)[0], usual.step(actions)[0]
    assert not (ours[1:] == theirs[1:]).all()


def test_gravity_out_of_the_plane_and_other_damping_are_left_to_mujoco():
    changes = {"opt.gravity": np.array([[0, 0, -9.81], [0, 1.5, -9.0], [0, 0, 0]])}
    envs = plyo.make_vec("HalfCheetah-v5", 3, params=changes)
    check_beside_gymnasium("HalfCheetah-v5", envs, changes, 5)
    if find_dialect() is not None:
        assert envs.acceleration.escapes["own_parameters"] == 5
    changes = {"dof_damping": np.zeros((2, 9))}
    envs = plyo.make_vec("HalfCheetah-v5", 2, params=changes)
    check_beside_gymnasium("HalfCheetah-v5", envs, changes, 5)
    if find_dialect() is not None:
        assert envs.acceleration.escapes["own_parameters"] == 10


def test_the_number_of_threads_and_environments_changes_nothing():
    drawn = {"body_mass": {"torso": Uniform(3, 9)}, "actuator_gear": {"bfoot": {0: LogUniform(30, 90)}}}
    made = [
        plyo.make_vec("HalfCheetah-v5", n, params=drawn, num_threads=threads, max_episode_steps=6)
        for n, threads in ((3, 1), (40, 2))
    ]
    for envs in made:
        envs.reset(seed=4)
    actions = tape(made[1], 20)
    for t in range(20):
        few, many = made[0].step(actions[t, :3]), made[1].step(actions[t])
        assert_identical([part[:3] for part in many[:4]], list(few[:4]))
    masses = [envs.get_params()["body_mass"] for envs in made]
    assert_identical(masses[0], masses[1][:3])
    assert len(set(masses[1][:, 1])) == 40


# ---- setting and reading ----


def test_values_are_arrays_rows_numbers_and_draws_by_name():
    envs = plyo.make_vec("HalfCheetah-v5", 2, params={"opt.gravity": [0, 0, -3.0]})
    usual = plyo.make_vec("HalfCheetah-v5", 2).get_params()
    assert envs.get_params()["opt.gravity"].tolist() == [[0, 0, -3]] * 2
    envs.set_params(
        {
            "body_mass": {"torso": 5.0, 3: np.array([1.0, 2.0])},
            "geom_friction": {"floor": {"slide": np.array([0.5, 0.6])}, "head": [0.3, 0.2, 0.1]},
            "body_inertia": {"torso": np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])},
            "dof_damping": {"bfoot": 7},
            "jnt_stiffness": {"bfoot": np.float32(8)},
            "actuator_gear": {"bfoot": {0: 9}},
            "reset_noise_scale": 0.0,
        }
    )
    params = envs.get_params()
    assert params["body_mass"][:, [1, 3]].tolist() == [[5, 1], [5, 2]]
    assert_identical(np.delete(params["body_mass"], [1, 3], 1), np.delete(usual["body_mass"], [1, 3], 1))
    assert params["geom_friction"][:, 0, 0].tolist() == [0.5, 0.6]
    assert params["geom_friction"][:, 2].tolist() == [[0.3, 0.2, 0.1]] * 2
    assert params["body_inertia"][1, 1].tolist() == [0.4, 0.5, 0.6]
    assert params["dof_damping"][:, 5].tolist() == [7, 7]
    assert params["jnt_stiffness"][:, 5].tolist() == [8, 8]
    assert params["actuator_gear"][0, 2].tolist() == [9, 0, 0, 0, 0, 0]
    assert params["reset_noise_scale"].tolist() == [0, 0]
    envs.set_params({"opt.gravity": np.array([[1.0, 0.0, 2.0]])}, ids=[1])
    assert envs.get_params(ids=[1, 0])["opt.gravity"].tolist() == [[1, 0, 2], [0, 0, -3]]
    envs.set_params(envs.get_params())
    assert_identical(envs.get_params()["body_mass"], params["body_mass"])


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"body_mass": {"torso": np.array([1.0, -1])}}, ValueError, r"environment 1: body_mass\[1\] must be a pos"),
        ({"body_mass": {"torso": 0.0}}, ValueError, r"body_mass\[1\] must be a positive, finite number, got 0"),
        ({"body_mass": {"torso": np.nan}}, TypeError, "must be a number, got nan"),
        ({"body_mass": {"torso": np.array([1, np.nan])}}, ValueError, "environment 1: .* finite number, got nan"),
        ({"opt.gravity": [0, 0, np.inf]}, ValueError, r"opt.gravity\[2\] must be a finite number, got inf"),
        ({"geom_friction": {"floor": {"slide": -0.1}}}, ValueError, r"geom_friction\[0, 0\] must be .* not negative"),
        ({"body_mass": np.ones(7)}, ValueError, r"needs an array of shape \(8,\), or one of shape \(n, 8\)"),
        ({"body_mass": np.ones((3, 8))}, ValueError, r"body_mass\[0\]' needs an array of shape \(2,\)"),
        ({"body_mass": {"head": 1.0}}, ValueError, "no part 'head'; its parts are world, torso"),
        ({"body_mass": {8: 1.0}}, ValueError, "parts from 0 to 7, got 8"),
        ({"body_mass": {"torso": {"x": 1.0}}}, ValueError, "is one number and has no parts"),
        ({"body_mass": {"torso": "heavy"}}, TypeError, "must be numbers, got 'heavy'"),
        ({"body_mass": {"torso": True}}, TypeError, "must be numbers"),
        ({"opt.gravity": [[0, 0], [1]]}, TypeError, "must be numbers"),
        ({"body_mass": {"torso": Uniform(-1, 1)}}, ValueError, r"body_mass\[1\] must be a positive"),
        ({"body_mass": {"torso": LogUniform(0, 1)}}, ValueError, "positive bounds"),
        ({"gravity": 1.0}, ValueError, "its parameters are: .*, opt.gravity, .*Did you mean 'opt.gravity'"),
    ],
)  # fmt: skip
def test_what_is_not_legal_is_refused_and_changes_nothing(params, error, words):
    envs = plyo.make_vec("HalfCheetah-v5", 2, params={"body_mass": {2: np.array([1.0, 2.0])}})
    envs.reset(seed=0)
    before = envs.get_state()
    for act in (envs.set_params, lambda bad: envs.reset(options={"params": bad})):
        with pytest.raises(error, match=words):
            act({"opt.gravity": {"z": -1.0}, **params})
        assert envs.get_state() == before


def test_robots_have_no_such_parameters():
    robot = plyo.make_vec("FetchReach-v4", 1)
    assert "body_mass" not in robot.get_params()
    with pytest.raises(ValueError, match="no parameter 'body_mass'"):
        robot.set_params({"body_mass": {1: 1.0}})


def test_the_usual_numbers_come_back():
    envs = plyo.make_vec("Hopper-v5", 3)
    usual = envs.get_params()
    plain = plyo.make_vec("Hopper-v5", 3)
    envs.set_params({"body_mass": usual["body_mass"] * 2})
    envs.set_params({"body_mass": usual["body_mass"]})
    assert_identical(envs.reset(seed=1), plain.reset(seed=1))
    for actions in tape(envs, 10):
        assert_identical(envs.step(actions), plain.step(actions))


# ---- resets ----


@pytest.mark.parametrize("acceleration", ["auto", False])
def test_a_reset_gives_the_environments_of_its_mask_other_numbers(acceleration):
    envs = plyo.make_vec("Hopper-v5", 4, acceleration=acceleration)
    envs.reset(seed=0)
    mask = np.array([False, True, False, True])
    usual = envs.get_params()["body_mass"]
    masses = usual * np.arange(1, 5)[:, np.newaxis]
    envs.reset(options={"reset_mask": mask, "params": {"body_mass": masses}})
    now = envs.get_params()["body_mass"]
    assert_identical(now, np.where(mask[:, np.newaxis], masses, usual))
    other = plyo.make_vec("Hopper-v5", 4, params={"body_mass": now}, acceleration=acceleration)
    other.reset(seed=0)
    other.set_state(envs.get_state())
    for actions in tape(envs, 8):
        assert_identical(envs.step(actions)[:4], other.step(actions)[:4])


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_every_reset_draws_and_rollouts_are_steps(mode):
    params = {
        "body_mass": Uniform(np.full(5, 2.0), np.full(5, 6.0)),
        "opt.gravity": {"z": Choice([-9.0, -10.0])},
        "geom_friction": {"floor": {"slide": Uniform(np.array([1.0, 2, 3]), np.array([1.5, 2.5, 3.5]))}},
    }
    made = [plyo.make_vec("Hopper-v5", 3, params=params, autoreset_mode=mode) for _ in range(2)]
    for envs in made:
        envs.reset(seed=2)
    first = made[0].get_params()
    trajectory = made[0].rollout(plyo.policies.Random(seed=0), 80)
    for t in range(80):
        observations = made[1].step(trajectory.actions[t])[0]
        if t + 1 < 80:
            assert_identical(observations, trajectory.observations[t + 1])
    now = made[0].get_params()
    assert trajectory.terminated.any()
    assert_identical(now["body_mass"], made[1].get_params()["body_mass"])
    assert (now["body_mass"] != first["body_mass"]).any()
    assert ((now["body_mass"] >= 2) & (now["body_mass"] < 6)).all()
    assert set(now["opt.gravity"][:, 2]) <= {-9.0, -10.0}
    assert np.floor(now["geom_friction"][:, 0, 0]).tolist() == [1, 2, 3]


# ---- carried along ----


@pytest.mark.parametrize("acceleration", ["auto", False])
def test_snapshots_forks_copies_and_pickles_carry_them(acceleration):
    changes = changes_of("Ant-v5", 4)
    envs = plyo.make_vec("Ant-v5", 4, params=changes, acceleration=acceleration)
    envs.reset(seed=1)
    actions = tape(envs, 12)
    for t in range(4):
        envs.step(actions[t])
    state = envs.get_state()
    restored = plyo.make_vec("Ant-v5", 4, acceleration=acceleration)
    restored.set_state(state)
    others = [restored, envs.fork(range(4), 1), copy.deepcopy(envs), pickle.loads(pickle.dumps(envs))]
    one = plyo.make_vec("Ant-v5", 2, acceleration=acceleration)
    one.reset(seed=0)
    one.set_state(envs.get_state(lanes=[3]), lanes=[1])
    assert_identical(one.get_params()["body_mass"][1], changes["body_mass"][3])
    assert_identical(one.get_params()["body_mass"][0], changes["body_mass"][0])
    for t in range(4, 12):
        expected = envs.step(actions[t])
        for other in others:
            assert_identical(other.step(actions[t]), expected)
        assert_identical(one.step(actions[t, [0, 3]])[0][1], expected[0][3])
    for other in others:
        assert_identical(other.get_params()["geom_friction"], changes["geom_friction"])
        assert other.get_state() == envs.get_state()


def test_a_snapshot_from_before_brings_the_model_back():
    envs = plyo.make_vec("Hopper-v5", 2)
    envs.reset(seed=0)
    before, usual = envs.get_state(), envs.get_params()
    envs.set_params({"body_mass": {"foot": np.array([1.0, 2.0])}, "ctrl_cost_weight": 0.5})
    changed = envs.get_state()
    envs.set_state(before)
    assert_identical(envs.get_params()["body_mass"], usual["body_mass"])
    assert envs.get_params()["ctrl_cost_weight"].tolist() == usual["ctrl_cost_weight"].tolist()
    envs.set_state(changed)
    assert envs.get_params()["body_mass"][:, 4].tolist() == [1, 2]
    with pytest.raises(ValueError, match="damaged"):
        envs.set_state(changed[:-8])


def test_copies_go_on_drawing():
    envs = plyo.make_vec("Hopper-v5", 3, params={"body_mass": {"foot": Uniform(4, 6)}})
    envs.reset(seed=3)
    twin, fork = pickle.loads(pickle.dumps(envs)), envs.fork([2], 2)
    drawn = [batch.reset()[0] is not None and batch.get_params()["body_mass"] for batch in (envs, twin, fork)]
    assert_identical(drawn[0], drawn[1])
    assert_identical(drawn[0][2], drawn[2][0])


@pytest.mark.parametrize("mode", ["sync"])
def test_batches_of_single_environments_take_the_same_values(mode):
    params = {
        "opt.gravity": np.array([[0.0, 0, -9], [0, 0, -10]]),
        "body_mass": {"foot": np.array([4.0, 6.0])},
        "actuator_gear": {0: {0: Uniform(np.array([100.0, 200.0]), np.array([150.0, 250.0]))}},
        "dof_damping": [0.0, 0, 0, 1, 1, 2],
    }
    native, singles = (
        plyo.make_vec("Hopper-v5", 2, params=params, **kwargs)
        for kwargs in ({}, {"vectorization_mode": mode})
    )
    assert_identical(native.reset(seed=0)[0], singles.reset(seed=0)[0])
    for actions in tape(native, 10):
        assert_identical(native.step(actions)[:4], singles.step(actions)[:4])


# ---- single environments, and the user's own model ----


def test_a_single_environment_is_a_batch_of_one():
    changes = changes_of("HalfCheetah-v5", 3)
    env = plyo.make("HalfCheetah-v5", params={name: values[2] for name, values in changes.items()})
    theirs = gymnasium.make("HalfCheetah-v5")
    change_by_hand(theirs, changes, 2)
    assert_identical(env.reset(seed=3)[0], theirs.reset(seed=3)[0])
    for action in actions_of(env.action_space, 20, 0):
        assert_identical(env.step(action)[:2], theirs.step(action)[:2])
    assert_identical(env.unwrapped.get_params()["body_mass"], changes["body_mass"][2])
    if find_dialect() is not None:
        assert env.unwrapped.acceleration.substeps == 100


def test_the_users_model_has_the_numbers_and_gets_new_ones():
    changes = changes_of("HalfCheetah-v5", 3)
    env, theirs = plyo.make("HalfCheetah-v5"), gymnasium.make("HalfCheetah-v5")
    env.unwrapped.set_params({name: values[1] for name, values in changes.items()})
    change_by_hand(theirs, changes, 1)
    assert_identical(env.reset(seed=3)[0], theirs.reset(seed=3)[0])
    actions = actions_of(env.action_space, 30, 0)
    for t in range(10):
        assert_identical(env.step(actions[t])[:2], theirs.step(actions[t])[:2])
    for name in (*changes, "body_subtreemass", "dof_invweight0", "body_invweight0", "dof_M0"):
        assert_identical(array_of(env.unwrapped.model, name), array_of(theirs.unwrapped.model, name))
    assert_identical(env.unwrapped.data.qacc, theirs.unwrapped.data.qacc)
    # what the user writes stays
    for each in (env, theirs):
        each.unwrapped.model.body_mass[1] = 8.0
        each.unwrapped.model.jnt_range[3] *= 1.1
    for t in range(10, 20):
        assert_identical(env.step(actions[t])[:2], theirs.step(actions[t])[:2])
    assert env.unwrapped.model.body_mass[1] == 8
    # until it is set again
    env.unwrapped.set_params({"opt.gravity": {"z": -5.0}})
    assert env.unwrapped.model.opt.gravity[2] == -5
    theirs.unwrapped.model.opt.gravity[2] = -5.0
    theirs.unwrapped.model.body_mass[1] = changes["body_mass"][1, 1]
    scratch = mujoco.MjData(theirs.unwrapped.model)
    mujoco.mj_setConst(theirs.unwrapped.model, scratch)
    for t in range(20, 30):
        assert_identical(env.step(actions[t])[:2], theirs.step(actions[t])[:2])


def test_the_users_model_gets_what_resets_draw_and_the_usual_numbers_again():
    env = plyo.make("Hopper-v5", params={"body_mass": {"foot": Uniform(4, 6)}})
    env.reset(seed=0)
    model, seen = env.unwrapped.model, set()
    for _ in range(3):
        env.reset()
        assert model.body_mass[4] == env.unwrapped.get_params()["body_mass"][4]
        seen.add(float(model.body_mass[4]))
    assert len(seen) == 3
    twin = pickle.loads(pickle.dumps(env))
    assert twin.unwrapped.model.body_mass[4] == model.body_mass[4]
    usual = plyo.make("Hopper-v5").unwrapped.get_params()["body_mass"]
    env.unwrapped.set_params({"body_mass": usual})
    assert_identical(model.body_mass, usual)
    env.reset()
    assert_identical(model.body_mass, usual)


def test_an_xml_file_of_the_users_has_them_too(tmp_path):
    path = tmp_path / "sphere.xml"
    path.write_text("""<mujoco><worldbody><geom name="ground" type="plane" size="5 5 1"/>
      <body name="ball" pos="0 0 .1"><freejoint/><geom name="ball" size=".1" friction="2 .1 .1"/>
      <body pos=".3 0 0"><joint name="arm" axis="0 1 0"/><geom name="tip" size=".1"/></body></body></worldbody>
      <contact><pair geom1="ground" geom2="tip" friction=".1 .2 .3 .4 .5"/></contact>
      <actuator><motor joint="arm" gear="3"/></actuator></mujoco>""")
    model = mujoco.MjModel.from_xml_path(str(path))
    env = plyo.make(
        "HalfCheetah-v5", xml_file=str(path), params={"geom_friction": {"ground": {"slide": 3.0}}}, tuned=True
    )
    env.reset(seed=0)
    for _ in range(5):
        env.step(np.ones(1, np.float32))
    changed = env.unwrapped.model
    assert changed.geom_friction[0, 0] == 3
    # a pair of the model's own keeps its friction
    assert_identical(changed.pair_friction, model.pair_friction)
