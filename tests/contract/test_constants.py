"""Constants of the dynamics that are assigned: the same episodes as Gymnasium's, bit for bit, with its arithmetic."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo
from plyo.envs.classic_control import AcrobotEnv, CartPoleEnv

#: For each attribute that Gymnasium's task reads: values to assign.
ASSIGNED: dict[str, dict[str, list[Any]]] = {
    "CartPole-v1": {
        "gravity": [3.7, 0, -2.0],
        "masscart": [2.0],
        "masspole": [0.3, 0.7],
        "total_mass": [2.3],
        "length": [0.3, 1.7],
        "polemass_length": [0.11],
        "force_mag": [3.0, 33.3],
        "tau": [0.01, 0.05],
        "theta_threshold_radians": [0.1, 0.8, np.inf],
        "x_threshold": [1.1, 9],
        "kinematics_integrator": ["semi-implicit", "euler"],
        "_sutton_barto_reward": [True],
    },
    "Pendulum-v1": {
        "max_speed": [3.3, 20],
        "max_torque": [0.7, 3.3],
        "dt": [0.02, 0.1],
        "g": [3.7, 0],
        "m": [0.3, 1.7],
        "l": [0.3, 1.7],
    },
    "MountainCar-v0": {
        "min_position": [-1.0, -0.7, -3],
        "max_position": [0.4, 2],
        "max_speed": [0.03, 0.2],
        "goal_position": [0.2, -0.55, 0.9],
        "goal_velocity": [0.02],
        "force": [0.003],
        "gravity": [0.001, 0.004],
    },
    "MountainCarContinuous-v0": {
        "min_action": [-0.3, -2.5],
        "max_action": [0.3, 2.5],
        "min_position": [-1.0, -0.7],
        "max_position": [0.4, 0.1],
        "max_speed": [0.03, 0.2, 0.1],
        "goal_position": [0.2, -0.5, 0.6],
        "goal_velocity": [0.02, 0.03],
        "power": [0.003, 0.0021],
    },
    "Acrobot-v1": {
        "dt": [0.1, 0.33],
        "LINK_LENGTH_1": [0.7, 1.3],
        "LINK_LENGTH_2": [2.0],
        "LINK_MASS_1": [0.7],
        "LINK_MASS_2": [1.3],
        "LINK_COM_POS_1": [0.3],
        "LINK_COM_POS_2": [0.7],
        "LINK_MOI": [0.7, 1.3],
        "MAX_VEL_1": [3, 20.0],
        "MAX_VEL_2": [3.0, 40],
        "AVAIL_TORQUE": [[-3.0, 0.5, 2.2]],
        "torque_noise_max": [0.7],
        "book_or_nips": ["nips", "book"],
    },
}
ALL = [(task_id, name) for task_id, names in ASSIGNED.items() for name in names]


def compare(task_id: str, constants: dict[str, Any], seed: int, num_steps: int = 1000) -> None:
    """Steps both packages' environments with the constants assigned after the reset."""
    theirs = gymnasium.make(task_id, disable_env_checker=True)
    ours = plyo.make(task_id, math="reference")
    theirs.reset(seed=seed)
    ours.reset(seed=seed)
    for name, value in constants.items():
        setattr(theirs.unwrapped, name, value)
        setattr(ours.unwrapped, name, value)
        assert getattr(ours.unwrapped, name) == value
    rng = np.random.default_rng(seed)
    for _ in range(num_steps):
        discrete = isinstance(theirs.action_space, gymnasium.spaces.Discrete)
        action: Any = (
            int(rng.integers(theirs.action_space.n)) if discrete else rng.normal(0, 1.5, 1).astype(np.float32)
        )
        expected, got = theirs.step(action), ours.step(action)
        assert np.asarray(expected[0]).tobytes() == got[0].tobytes()
        assert tuple(expected[1:4]) == tuple(got[1:4])
        if expected[2] or expected[3]:
            assert theirs.reset()[0].tobytes() == ours.reset()[0].tobytes()


@pytest.mark.parametrize(("task_id", "name"), ALL)
@pytest.mark.filterwarnings("ignore")
def test_an_assigned_constant_beside_gymnasium(task_id: str, name: str) -> None:
    for seed, value in enumerate(ASSIGNED[task_id][name]):
        compare(task_id, {name: value}, seed)


@pytest.mark.parametrize("task_id", ASSIGNED)
@pytest.mark.filterwarnings("ignore")
def test_many_constants_at_once(task_id: str) -> None:
    rng = np.random.default_rng(3)
    for seed in range(2):
        chosen = {name: values[int(rng.integers(len(values)))] for name, values in ASSIGNED[task_id].items()}
        compare(task_id, chosen, seed)


def test_derived_constants_stay() -> None:
    env = CartPoleEnv()
    env.masspole = 5.0
    assert (env.masspole, env.total_mass, env.polemass_length) == (5.0, 1.1, 0.05)


def test_a_subclass_sets_constants() -> None:
    class Moon(CartPoleEnv):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            self.force_mag = 99.0  # which Gymnasium's __init__ assigns again
            super().__init__()
            self.gravity = 1.62

    env = Moon()
    assert (env.gravity, env.force_mag) == (1.62, 10.0)
    for made in (copy.deepcopy(env), copy.copy(env)):
        assert made.gravity == 1.62


class SlowAcrobot(AcrobotEnv):  # type: ignore[misc, valid-type]
    """A class that overrides one of Gymnasium's class attributes, and one before the base class is made."""

    dt = 0.1

    def __init__(self) -> None:
        self.LINK_MASS_1 = 3.0
        super().__init__()


def test_attributes_of_a_class() -> None:
    env = pickle.loads(pickle.dumps(SlowAcrobot()))
    assert (AcrobotEnv.dt, SlowAcrobot.dt, env.dt, env.LINK_MASS_1) == (0.2, 0.1, 0.1, 3.0)
    theirs = gymnasium.make("Acrobot-v1").unwrapped
    theirs.dt, theirs.LINK_MASS_1 = 0.1, 3.0
    reference = SlowAcrobot()
    reference.reset(seed=1)
    theirs.reset(seed=1)
    np.testing.assert_allclose(reference.step(2)[0], theirs.step(2)[0], atol=1e-6)


def test_a_constant_cannot_be_a_method() -> None:
    with pytest.raises(TypeError, match="'gravity' of Wrong is a constant"):
        type("Wrong", (CartPoleEnv,), {"gravity": property(lambda self: 1.0)})


@pytest.mark.parametrize(
    ("task_id", "name", "value"),
    [
        ("CartPole-v1", "length", 0.0),
        ("CartPole-v1", "total_mass", -1.0),
        ("CartPole-v1", "gravity", np.inf),
        ("Pendulum-v1", "m", 0),
        ("MountainCar-v0", "min_position", 1.0),
        ("MountainCar-v0", "max_speed", -0.1),
        ("MountainCarContinuous-v0", "min_action", 2.0),
        ("Acrobot-v1", "AVAIL_TORQUE", [1.0, 2.0]),
        ("Acrobot-v1", "AVAIL_TORQUE", [1.0, 2.0, np.inf]),
    ],
)
def test_values_that_make_no_sense(task_id: str, name: str, value: Any) -> None:
    env = plyo.make(task_id).unwrapped
    before = env.get_params()
    with pytest.raises(ValueError, match=name):
        setattr(env, name, value)
    assert env.get_params() == before


@pytest.mark.parametrize("value", [float("nan"), "much", None, True, [1.0, 2.0]])
def test_values_of_the_wrong_type(value: Any) -> None:
    env = plyo.make("CartPole-v1").unwrapped
    with pytest.raises((TypeError, ValueError), match="gravity"):
        env.gravity = value
    assert env.gravity == 9.8


def test_a_list_cannot_be_written_into() -> None:
    env = AcrobotEnv()
    with pytest.raises(TypeError, match="would change nothing"):
        env.AVAIL_TORQUE[0] = -5.0


def test_the_time_limit_is_assigned() -> None:
    env = plyo.make("CartPole-v1")
    env._max_episode_steps = np.int64(2)
    env.reset(seed=0)
    assert [env.step(0)[3] for _ in range(2)] == [False, True]
    env._max_episode_steps = 500
    for value in (True, 1.5, "2"):
        with pytest.raises(TypeError, match="max_episode_steps must be an integer"):
            env._max_episode_steps = value
    assert not env.step(0)[3]
    with pytest.raises(ValueError, match="max_episode_steps"):
        env._max_episode_steps = 0
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.set_attr("_max_episode_steps", 1)
    envs.reset(seed=0)
    assert envs.step(np.zeros(3, int))[3].all()
    assert envs.get_attr("_max_episode_steps") == (1, 1, 1)
    with pytest.raises(ValueError, match="one time limit"):
        envs.set_attr("_max_episode_steps", [1, 2, 3])


def test_the_spec_is_assigned() -> None:
    env = plyo.make("CartPole-v1")
    env.unwrapped.spec = plyo.spec("Acrobot-v1")
    assert env.spec.id == env.unwrapped.spec.id == "Acrobot-v1"


def test_pictures_show_assigned_lengths() -> None:
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    env.unwrapped.length = 0.2
    assert (env.render() != before).any()
