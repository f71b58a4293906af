"""Parameters and constants of every task: readable, writable, one a lane, in snapshots and pickles, drawn at resets."""

from __future__ import annotations

import contextlib
import pickle
from typing import Any

import numpy as np
import pytest
from contract_helpers import action_tape, few_if_slow, id_of, make, make_vec, native_tasks, parts

from plyo.mujoco.model_arrays import RANKS
from plyo.randomize import Choice, Uniform
from plyo.tasks.parameters import fields_of, live_fields

NUM_LANES = 5
TASKS = list(native_tasks())
LIVE = [(name, attribute) for name in TASKS for attribute in live_fields(native_tasks()[name])]


#: Parameters that are a number or a name, which all lanes have alike.
NUMBER_OR_NAME = {"main_body"}


def other_value(value: Any) -> Any:
    """Another legal value of a parameter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value - 1 if value > 1 else value + 1
    if isinstance(value, float):
        return value * 0.75 if value else 0.25
    return "another" if isinstance(value, str) else [0.5 * number for number in value]


def numeric(name: str) -> list[str]:
    """The numbers among a task's parameters that its spaces do not depend on."""
    env = make(id_of(name))
    found = []
    for field, value in env.get_params().items():
        if not isinstance(value, (bool, int, float)) or field in NUMBER_OR_NAME:
            continue
        with contextlib.suppress(TypeError, ValueError):  # it decides a space, or has no such value
            env.set_params({field: other_value(value)})
            env.set_params({field: value})
            found.append(field)
    return found


def test_most_parameters_are_numbers_that_lanes_may_have() -> None:
    assert sum(len(numeric(name)) for name in TASKS) > 55
    assert "n" not in numeric("NChain")


@pytest.mark.parametrize("name", TASKS)
def test_all_parameters_are_listed_texts_too(name: str) -> None:
    known = fields_of(native_tasks()[name])
    for env in (make(id_of(name)), make_vec(id_of(name), 2)):
        arrays = list(RANKS) if native_tasks()[name]["family"] == "mujoco" else []
        assert list(env.get_params()) == [*known, *arrays]


@pytest.mark.parametrize(("name", "attribute"), LIVE)
def test_a_live_attribute(name: str, attribute: str) -> None:
    env = make(id_of(name))
    value = other_value(getattr(env, attribute))
    env.reset(seed=0)
    snapshot = env.get_state()
    env.set_wrapper_attr(attribute, value)
    assert getattr(env, attribute) == env.get_wrapper_attr(attribute) == value
    assert getattr(pickle.loads(pickle.dumps(env)), attribute) == value
    changed = env.get_state()
    env.set_state(snapshot)
    assert getattr(env, attribute) != value
    env.set_state(changed)
    assert getattr(env, attribute) == value
    envs = make_vec(id_of(name), 2)
    if attribute.removeprefix("_") in NUMBER_OR_NAME:
        envs.set_params({attribute.removeprefix("_"): value})
        assert envs.get_attr(attribute) == (value, value)
        return
    envs.set_attr(attribute, [value, value])
    assert envs.get_attr(attribute) == envs.call(attribute) == (value, value)


@pytest.mark.parametrize("name", TASKS)
def test_other_attributes_refuse(name: str) -> None:
    task, env = native_tasks()[name], make(id_of(name))
    for attribute in task["attributes"]:
        if attribute["settable"] or attribute["name"] in live_fields(task):
            continue
        with pytest.raises(AttributeError, match=rf"{attribute['name']}.*(set_params|make)\("):
            setattr(env, attribute["name"], 1)
    for attribute in live_fields(task):
        assert attribute not in [declared["name"] for declared in task["attributes"]]
    if task["has_model"]:
        with pytest.raises(AttributeError, match="P"):
            env.P = {}
        with pytest.raises(TypeError, match="would change nothing"):
            env.P[0][0].append((1.0, 0, 0.0, True))


@pytest.mark.parametrize("name", TASKS)
def test_lanes_are_like_single_environments(name: str) -> None:
    task_id = id_of(name)
    for field in numeric(name):
        default = make(id_of(name)).get_params()[field]
        values = np.array([default, other_value(default)] * 3)[:NUM_LANES]
        envs = make_vec(task_id, NUM_LANES, params={field: values}, max_episode_steps=9)
        alone = [
            make_vec(task_id, 1, params={field: value.item()}, max_episode_steps=9) for value in values[:2]
        ]
        envs.reset(seed=5)
        for i, env in enumerate(alone):
            env.reset(seed=5 + i)
        for action in action_tape(task_id, 24, NUM_LANES):
            together = envs.step(action)
            for i, env in enumerate(alone):
                own = (
                    tuple(part[i : i + 1] for part in action)
                    if isinstance(action, tuple)
                    else action[i : i + 1]
                )
                single = env.step(own)
                for k in range(4):
                    for one, other in zip(parts(together[k]), parts(single[k]), strict=True):
                        assert one[i].tobytes() == other[0].tobytes(), (field, k)
        np.testing.assert_array_equal(envs.get_params()[field], values)


@pytest.mark.parametrize("name", TASKS)
def test_snapshots_and_pickles_carry_them(name: str) -> None:
    task_id = id_of(name)
    fields = numeric(name)
    envs = make_vec(task_id, NUM_LANES)
    envs.reset(seed=0)
    unchanged = envs.get_state()
    for field in fields:
        default = make(id_of(name)).get_params()[field]
        envs.set_params({field: other_value(default)}, ids=[1, 3])
        assert (envs.get_params()[field] == other_value(default)).tolist() == [
            False,
            True,
            False,
            True,
            False,
        ]
    changed, values = envs.get_state(), envs.get_params()
    for copied in (pickle.loads(pickle.dumps(envs)), make_vec(task_id, NUM_LANES)):
        copied.set_state(changed)
        for field in fields:
            np.testing.assert_array_equal(copied.get_params()[field], values[field])
        actions = next(iter(action_tape(task_id, 1, NUM_LANES)))
        envs.set_state(changed)
        for one, other in zip(parts(envs.step(actions)[0]), parts(copied.step(actions)[0]), strict=True):
            assert one.tobytes() == other.tobytes()
    if fields:
        with pytest.raises(ValueError, match=r"damaged|says"):
            envs.set_state(changed[:-1])
    envs.set_state(unchanged)
    for field in fields:
        default = make(id_of(name)).get_params()[field]
        assert (envs.get_params()[field] == default).all()


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_draws_are_the_lanes_own(name: str, mode: str) -> None:
    task_id = id_of(name)
    params: dict[str, Any] = {}
    for field in numeric(name)[:3]:
        default = make(id_of(name)).get_params()[field]
        ends = sorted([default, other_value(default)])
        is_real = isinstance(default, float)
        params[field] = Uniform(*ends) if is_real else Choice(ends)
    if not params:
        return
    logs = []
    for num_lanes, threads in ((NUM_LANES, 1), (few_if_slow(task_id, 600), 2)):
        envs = make_vec(
            task_id, num_lanes, params=params, autoreset_mode=mode, max_episode_steps=3, num_threads=threads
        )
        envs.reset(seed=8)
        log = []
        for action in action_tape(task_id, 8, NUM_LANES):
            filled = tuple(np.resize(a, (num_lanes, *a.shape[1:])) for a in parts(action))
            observations = envs.step(filled if isinstance(action, tuple) else filled[0])[0]
            log += [part[:NUM_LANES].tobytes() for part in parts(observations)]
            log += [envs.get_params(range(NUM_LANES))[field].tobytes() for field in params]
        logs.append(log)
    assert logs[0] == logs[1]
    again = pickle.loads(pickle.dumps(envs))
    for one, other in zip(parts(envs.reset()[0]), parts(again.reset()[0]), strict=True):
        assert one.tobytes() == other.tobytes()
    for field in params:
        drawn = envs.get_params()[field]
        assert len(set(drawn.tolist())) > 1
        np.testing.assert_array_equal(drawn, again.get_params()[field])


def test_a_masked_reset_sets_only_its_lanes() -> None:
    envs = make_vec("CartPole-v1", 4, autoreset_mode="disabled")
    envs.reset(seed=0)
    mask = np.array([True, False, False, True])
    envs.reset(options={"reset_mask": mask, "params": {"gravity": np.arange(4.0)}})
    assert envs.get_params()["gravity"].tolist() == [0.0, 9.8, 9.8, 3.0]
    assert envs.get_params(ids=[3])["gravity"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("params", "kind", "text"),
    [
        ({"gravity": [1.0, 2.0]}, ValueError, r"shape \(4,\)"),
        ({"gravity": np.array([1.0, 2.0, np.nan, 4.0])}, ValueError, "environment 2: gravity .* nan"),
        ({"gravity": np.array(["a"] * 4)}, TypeError, "gravity"),
        ({"gravity": np.array([True] * 4)}, TypeError, "gravity"),
        ({"gravitation": 1.0}, ValueError, "no parameter 'gravitation'"),
        ({"kinematics_integrator": ["a"] * 4}, TypeError, "kinematics_integrator"),
        ({"gravity": Uniform(2.0, 1.0)}, ValueError, "gravity"),
        ({"gravity": Uniform(0.0, np.nan)}, (TypeError, ValueError), "gravity"),
        ({"length": Uniform(0.0, 1.0)}, ValueError, "length"),
        ({"length": Choice([1.0, -1.0])}, ValueError, "length"),
        ({"gravity": Choice([])}, (TypeError, ValueError), "gravity"),
        ({"sutton_barto_reward": Uniform(False, True)}, ValueError, "Choice"),
        ({"gravity": 1.0, "length": -1.0}, ValueError, "length"),
        ([("gravity", 1.0)], TypeError, "dictionary"),
    ],
)
def test_what_is_refused_changes_nothing(params: Any, kind: Any, text: str) -> None:
    envs = make_vec("CartPole-v1", 4)
    envs.reset(seed=0)
    before = envs.get_state()
    with pytest.raises(kind, match=text):
        envs.set_params(params)
    with pytest.raises(kind, match=text):
        envs.reset(options={"params": params})
    assert envs.get_state() == before


def test_ids_that_are_none() -> None:
    envs = make_vec("CartPole-v1", 4)
    with pytest.raises(IndexError, match="environment 4"):
        envs.set_params({"gravity": 1.0}, ids=[4])
    with pytest.raises(ValueError, match="listed twice"):
        envs.set_params({"gravity": 1.0}, ids=[1, 1])
    with pytest.raises(ValueError, match="at least one"):
        envs.get_params(ids=[])


def test_rollouts_draw_as_steps_do() -> None:
    from plyo.policies import Random

    made = [
        make_vec(
            "Pendulum-v1", 8, params={"l": Uniform(0.5, 2.0), "m": Choice([0.5, 1.0])}, max_episode_steps=4
        )
        for _ in range(2)
    ]
    for envs in made:
        envs.reset(seed=1)
    trajectory = made[0].rollout(Random(seed=0), 14)
    for t in range(14):
        observations = made[1].step(trajectory.actions[t])[0]
        if t + 1 < 14:
            np.testing.assert_array_equal(observations, trajectory.observations[t + 1])
    for name, values in made[0].get_params().items():
        np.testing.assert_array_equal(values, made[1].get_params()[name])


def test_a_map_of_another_size_is_refused() -> None:
    env = make("FrozenLake-v1")
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"desc.*decides the spaces"):
        env.set_params({"desc": ["SFG"]})
    env.set_params({"desc": ["SFFF", "FHFF", "FFFF", "FFFG"]})
    assert env.desc[1].tolist() == [b"F", b"H", b"F", b"F"]
    other = make("FrozenLake-v1")
    other.set_state(env.get_state())
    assert other.get_params() == env.get_params()
