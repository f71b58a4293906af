"""Tasks with a Dict as observation and action, infos that only steps report, and sizes known at run time only.

The tasks come from a shared object: tests/cpp/modules/puppet.hpp.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo
from plyo import _native, policies, spaces
from plyo.checks.passive_env_checker import env_reset_passive_checker, env_step_passive_checker
from plyo.envs.classes import native_class
from plyo.tasks.descriptions import _spelled, make_space, native_tasks
from plyo.tasks.options import EngineOptions
from plyo.utils.env_checker import check_env
from plyo.vector import SyncVectorEnv

ROOT = Path(__file__).parents[2]
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler"),
    pytest.mark.skipif(not (ROOT / "cpp").exists(), reason="needs the source tree"),
]

#: One scalar build, without a run in the compiler: it compiles quickly.
SOURCE = """
#include "modules/puppet.hpp"
#include "kernels/task_module.hpp"

namespace {
constexpr plyo::TaskBuild kPuppet = plyo::make_task<PLYO_ENVS::Puppet, true>();
constexpr plyo::TaskBuild kChain = plyo::make_task<PLYO_ENVS::Chain, true>();
constexpr plyo::ModuleTask kTasks[] = {{"Puppet", "tests", &kPuppet, nullptr}, {"Chain", "tests", &kChain, nullptr}};
}  // namespace

extern "C" {
PLYO_EXPORT extern const plyo::TaskModule plyo_tasks;
constexpr plyo::TaskModule plyo_tasks = plyo::make_module(kTasks);
}
"""
LIMIT = 12
KEYS = ["achieved_goal", "desired_goal", "observation"]
AT_RESET = ["distance", "steps", "is_success", "tendon"]
IN_STEPS = [*AT_RESET, "reward_distance", "reward_control", "reward_survive", "cost", "speed", "pull"]


@pytest.fixture(scope="module", autouse=True)
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiles and loads the tasks; they are known for the time of these tests."""
    folder = tmp_path_factory.mktemp("module")
    source, module = folder / "puppet.cpp", folder / "puppet.so"
    source.write_text(SOURCE)
    flags = [
        "-std=c++20",
        "-O1",
        "-fPIC",
        "-shared",
        "-I",
        str(ROOT / "cpp"),
        "-I",
        str(ROOT / "tests" / "cpp"),
    ]
    subprocess.run([str(COMPILER), *flags, str(source), "-o", str(module)], check=True)
    names = _native.load_tasks(str(module))
    assert names == ["Puppet", "Chain"]
    described = {task["name"]: _spelled(task) for task in _native.tasks() if task["name"] in names}
    native_tasks().update(described)
    yield
    for name in names:
        del native_tasks()[name]


def make_puppet(**kwargs: Any) -> Any:
    return native_class("Puppet", "PuppetEnv")(**{"max_episode_steps": LIMIT, **kwargs})


def make_puppets(num_envs: int, **kwargs: Any) -> Any:
    return native_class("Puppet", "PuppetVectorEnv")(num_envs, **{"max_episode_steps": LIMIT, **kwargs})


def same(a: Any, b: Any) -> bool:
    """Whether two values have the same types, keys in the same order, and bits."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray) and a.dtype == object:
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and a == b


class OfGymnasium(gymnasium.Env[Any, Any]):
    """A puppet as Gymnasium's batches take it."""

    def __init__(self) -> None:
        self.inner = make_puppet()
        self.observation_space = gymnasium.spaces.Dict(
            {
                key: gymnasium.spaces.Box(box.low, box.high, dtype=np.float64)
                for key, box in self.inner.observation_space.items()
            }
        )
        self.action_space = gymnasium.spaces.Dict(
            {
                "pull": gymnasium.spaces.Box(-1, 1, (2,), np.float32),
                "gear": gymnasium.spaces.Discrete(3, start=1),
            }
        )

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        return self.inner.reset(seed=seed, options=options)  # type: ignore[no-any-return]

    def step(self, action: Any) -> Any:
        return self.inner.step(action)


# ---- spaces ----


def test_the_spaces_are_dicts_of_float64() -> None:
    env = make_puppet()
    goal = spaces.Box(np.array([-1, -np.inf]), np.array([1, np.inf]), dtype=np.float64)
    expected = {
        "achieved_goal": spaces.Box(-np.inf, np.inf, (2,), np.float64),
        "desired_goal": goal,
        "observation": spaces.Box(-np.inf, np.inf, (3,), np.float64),
    }
    assert env.observation_space == spaces.Dict(expected)
    assert list(env.observation_space.keys()) == KEYS
    assert env.action_space == spaces.Dict(
        gear=spaces.Discrete(3, start=1), pull=spaces.Box(-1, 1, (2,), np.float32)
    )
    envs = make_puppets(5)
    assert envs.single_observation_space == env.observation_space
    assert envs.observation_space["observation"] == spaces.Box(-np.inf, np.inf, (5, 3), np.float64)


def test_a_box_without_bounds_has_none() -> None:
    options = EngineOptions().to_engine()
    box = _native.Engine(task="Chain", num_envs=1, params={"length": 6}, **options).observation_space()
    assert make_space(box) == spaces.Box(-np.inf, np.inf, (6,), np.float64)


# ---- one environment ----


def test_a_single_environment_keeps_the_order_of_the_task() -> None:
    env = make_puppet()
    for result in (env.reset(seed=1)[0], env.step(env.action_space.sample())[0]):
        assert list(result) == ["observation", "achieved_goal", "desired_goal"]
        assert env.observation_space.contains(result)
        for part in result.values():
            assert part.dtype == np.float64
            assert part.flags.owndata


def test_types_of_infos() -> None:
    env = make_puppet()
    info = env.reset(seed=1)[1]
    assert list(info) == AT_RESET
    assert [type(value) for value in info.values()] == [float, int, np.float32, np.ndarray]
    info = env.step(env.action_space.sample())[4]
    assert list(info) == IN_STEPS
    assert [type(info[key]) for key in IN_STEPS[4:]] == [float, float, float, float, np.float64, np.float32]
    assert list(env.reset()[1]) == AT_RESET


def test_the_checkers_find_nothing() -> None:
    env = make_puppet()
    check_env(env, skip_render_check=True)
    env = make_puppet()
    env_reset_passive_checker(env, seed=1)
    env_step_passive_checker(env, env.action_space.sample())


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"pull": np.zeros(2, np.float32)}, "must be a dict of parts with the keys 'gear', 'pull', got"),
        ({"pull": np.zeros(2, np.float32), "gear": 1, "more": 1}, "a dict of parts with the keys"),
        ({"pull": np.zeros(2, np.float32), "geer": 1}, "a dict of parts with the keys"),
        ((np.zeros(2, np.float32), 1), "a dict of parts with the keys"),
        ({"pull": np.zeros(2, np.float32), "gear": 4}, "in part 'gear' an action is an integer from 1 to 3"),
        ({"pull": np.zeros(3, np.float32), "gear": 1}, "in part 'pull' an action is an array of shape"),
        (
            {"pull": np.array([0, np.nan]), "gear": 1},
            "part 'pull' of action element 1 of environment 0 is nan",
        ),
    ],
)
def test_bad_actions(action: Any, text: str) -> None:
    env = make_puppet()
    env.reset(seed=1)
    before = env.get_state()
    with pytest.raises(plyo.error.InvalidAction) as error:
        env.step(action)
    assert text in str(error.value)
    assert env.get_state() == before


# ---- batches ----


def batch_of_gymnasium(num_envs: int, mode: str) -> Any:
    return gymnasium.vector.SyncVectorEnv(
        [OfGymnasium] * num_envs, autoreset_mode=gymnasium.vector.AutoresetMode[mode.upper()]
    )


def batch_of_singles(num_envs: int, mode: str) -> Any:
    return SyncVectorEnv([make_puppet] * num_envs, autoreset_mode=mode)


@pytest.mark.parametrize("num_envs", [1, 2, 7])
@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
@pytest.mark.parametrize("other", [batch_of_gymnasium, batch_of_singles])
def test_a_batch_is_gymnasiums(other: Any, mode: str, num_envs: int) -> None:
    envs, theirs = make_puppets(num_envs, autoreset_mode=mode), other(num_envs, mode)
    ours, expected = envs.reset(seed=3), theirs.reset(seed=3)
    assert same(ours[0], expected[0])
    assert same(ours[1], expected[1])
    assert list(ours[0]) == KEYS
    envs.action_space.seed(0)
    num_resets = 0
    for t in range(50):
        # environments that end at different times: those of a mask begin anew
        if t % 9 == 4 and mode != "same_step":
            mask = np.arange(num_envs) % 3 == 0
            ours, expected = (each.reset(options={"reset_mask": mask.copy()}) for each in (envs, theirs))
            assert same(ours[0], expected[0])
            assert same(ours[1], expected[1])
        actions = envs.action_space.sample()
        ours, expected = envs.step(actions), theirs.step(actions)
        for a, b in zip(ours, expected, strict=True):
            assert same(a, b), t
        num_resets += num_envs - int(np.sum(ours[4].get("_cost", 0)))
        ended = ours[2] | ours[3]
        if mode == "disabled" and ended.any():
            ours, expected = (each.reset(options={"reset_mask": ended.copy()}) for each in (envs, theirs))
            assert same(ours[0], expected[0])
            assert same(ours[1], expected[1])
    assert (num_resets > 0) == (mode != "disabled")


def test_infos_of_steps_are_masked_where_a_lane_was_reset() -> None:
    envs = make_puppets(3)
    envs.reset(seed=0)
    envs.reset(options={"reset_mask": np.array([True, False, False])})
    actions = {"pull": np.zeros((3, 2), np.float32), "gear": np.ones(3, np.int64)}
    for _ in range(5):
        envs.step(actions)
    envs.reset(seed=1)
    for _ in range(4):
        envs.step(actions)
    envs.reset(options={"reset_mask": np.array([True, False, True])})
    seen = set()
    for _ in range(30):
        info = envs.step(actions)[4]
        if "_cost" not in info:
            assert "cost" not in info
            continue
        mask = info["_cost"]
        assert (info["reward_survive"] == mask).all()
        assert info["_distance"].all()
        seen.add(tuple(mask.tolist()))
    assert len(seen) > 1


def test_arrays_of_the_caller_and_rings() -> None:
    envs, ring, plain = make_puppets(4), make_puppets(4, num_buffers=2), make_puppets(4)
    first = plain.reset(seed=1)[0]
    out = copy.deepcopy(first)
    # in any order of the keys
    out = {key: out[key] for key in reversed(KEYS)}
    assert same(envs.reset(seed=1, out=out)[0], first)
    ring.reset(seed=1)
    envs.action_space.seed(0)
    for _ in range(10):
        actions = envs.action_space.sample()
        fresh = plain.step(actions)[0]
        assert same(envs.step(actions, out=(out, None, None, None))[0], fresh)
        assert all(same(out[key], fresh[key]) for key in KEYS)
        assert same(ring.step(actions)[0], fresh)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda out: out.pop("observation"), "'observations' must be a dict of arrays with the keys"),
        (lambda out: out.update(more=np.zeros(3)), "one with the keys ['achieved_goal', 'desired_goal',"),
        (lambda out: out.update(observation=np.zeros((4, 3), np.float32)), "observations['observation']"),
        (lambda out: out.update(desired_goal=out["achieved_goal"]), "share memory"),
    ],
)
def test_arrays_that_do_not_fit(change: Any, text: str) -> None:
    envs = make_puppets(4)
    out = copy.deepcopy(envs.reset(seed=1)[0])
    change(out)
    before = envs.get_state()
    with pytest.raises((TypeError, ValueError)) as error:
        envs.reset(seed=2, out=out)
    assert text in str(error.value)
    assert envs.get_state() == before
    with pytest.raises(TypeError, match="must be a dict of arrays"):
        envs.reset(seed=2, out=tuple(out.values()))


def test_bad_actions_of_batches() -> None:
    envs = make_puppets(4)
    envs.reset(seed=1)
    good = envs.action_space.sample()
    before = envs.get_state()
    for bad, text in (
        ({"pull": good["pull"]}, "actions must be a dict of parts with the keys 'gear', 'pull', got"),
        (tuple(good.values()), "actions must be a dict of parts"),
        (good | {"pull": good["pull"][:3]}, "part 'pull' of the actions must be float32 numbers of shape"),
        (good | {"gear": np.array([1, 2, 3, 0])}, "part 'gear' of action 0 of environment 3 is out of range"),
        (good | {"gear": np.array([1.5] * 4)}, "part 'gear' of the actions must be integers"),
    ):
        with pytest.raises(plyo.error.InvalidAction) as error:
            envs.step(bad)
        assert text in str(error.value)
        assert envs.get_state() == before
    wide = good | {"gear": np.array([1, 2**40, 1, 1], np.uint64)}
    with pytest.raises(plyo.error.InvalidAction, match=f"action {2**40} of environment 1"):
        envs.step(wide)


@pytest.mark.parametrize("way", ["state", "deepcopy"])
def test_half_way(way: str) -> None:
    envs = make_puppets(5)
    envs.reset(seed=1)
    envs.action_space.seed(0)
    for _ in range(17):
        envs.step(envs.action_space.sample())
    if way == "state":
        twin = make_puppets(5)
        twin.set_state(envs.get_state())
    else:
        twin = copy.deepcopy(envs)
    for _ in range(20):
        actions = envs.action_space.sample()
        assert all(map(same, envs.step(actions), twin.step(actions)))


# ---- rollouts ----

FIELDS = ("observations", "actions", "rewards", "terminated", "truncated", "last_observations")


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_a_rollout_is_the_same_steps(mode: str) -> None:
    rolled, stepped = (make_puppets(40, autoreset_mode=mode) for _ in range(2))
    observations = rolled.reset(seed=2)[0]
    stepped.reset(seed=2)
    record = [*FIELDS, "final_observations"]
    trajectory = rolled.rollout(policies.Random(seed=4), 50, record=record)
    assert list(trajectory.observations) == KEYS
    assert trajectory.observations["observation"].shape == (50, 40, 3)
    assert list(trajectory.actions) == ["gear", "pull"]
    finals = []
    for t in range(50):
        assert same({key: part[t] for key, part in trajectory.observations.items()}, observations)
        actions = {key: part[t] for key, part in trajectory.actions.items()}
        observations, rewards, terminated, _, info = stepped.step(actions)
        assert same(trajectory.rewards[t], rewards)
        assert same(trajectory.terminated[t], terminated)
        finals += [row for row in info.get("final_obs", []) if row is not None]
    assert same(trajectory.last_observations, observations)
    assert rolled.get_state() == stepped.get_state()
    if mode == "same_step":
        assert len(finals) > 40
        for key in KEYS:
            assert same(trajectory.final_observations[key], np.stack([row[key] for row in finals]))


def test_random_actions_are_the_spaces_own() -> None:
    envs = make_puppets(3)
    envs.reset(seed=0)
    taken = envs.rollout(policies.Random(seed=40), 30, record="actions").actions
    for lane in range(3):
        space = copy.deepcopy(envs.single_action_space)
        space.seed(40 + lane)
        for t in range(30):
            assert same({key: part[t, lane] for key, part in taken.items()}, space.sample())


def test_given_constant_and_called_policies() -> None:
    envs, twin, third = (make_puppets(4) for _ in range(3))
    for each in (envs, twin, third):
        each.reset(seed=7)
    rows = [envs.action_space.sample() for _ in range(40)]
    stacked = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    given = envs.rollout(policies.Sequence(stacked), 40)
    queue = iter(rows)
    seen = []

    def choose(observations: Any) -> Any:
        seen.append(observations)
        return next(queue)

    called = twin.rollout(choose, 40)
    for name in FIELDS:
        assert same(getattr(given, name), getattr(called, name)), name
    assert same(seen[3], {key: part[3] for key, part in given.observations.items()})
    action = envs.single_action_space.sample()
    constant = third.rollout(policies.Constant(action), 5).actions
    for key, part in constant.items():
        assert (part == action[key]).all()


def test_arrays_of_the_caller_in_rollouts() -> None:
    envs, twin = make_puppets(4), make_puppets(4)
    envs.reset(seed=7)
    twin.reset(seed=7)
    plain = twin.rollout(policies.Random(seed=1), 20)
    out = {
        name: copy.deepcopy(getattr(plain, name)) for name in ("observations", "last_observations", "actions")
    }
    for field in out.values():
        for part in field.values():
            part[:] = 0
    result = envs.rollout(policies.Random(seed=1), 20, out=out)
    for name in FIELDS:
        assert same(getattr(result, name), getattr(plain, name)), name
    for name, field in out.items():
        assert all(field[key] is part for key, part in getattr(result, name).items())
    given = {key: part.copy() for key, part in plain.actions.items()}
    with pytest.raises(ValueError, match="share memory"):
        envs.rollout(policies.Sequence(given), 20, out={"actions": given})


def test_policies_that_cannot_read_a_dict() -> None:
    envs = make_puppets(2)
    envs.reset(seed=1)
    with pytest.raises(ValueError, match="are a Dict; choose the actions with a Python function"):
        envs.rollout(policies.Linear(np.zeros((2, 3))), 3)
    with pytest.raises(ValueError, match="a table needs"):
        envs.rollout(policies.Tabular(np.zeros(4, np.int64)), 3)


# ---- sizes of run time ----


@pytest.mark.parametrize("length", [2, 3, 6])
def test_sizes_that_a_parameter_decides(length: int) -> None:
    single, several = native_class("Chain", "ChainEnv"), native_class("Chain", "ChainVectorEnv")
    env = single(length=length, max_episode_steps=7)
    envs = several(3, length=length, max_episode_steps=7)
    at_reset = {"places"}
    in_steps = {"places", "steps"} if length > 4 else at_reset
    for observation, row, info, expected in (
        (*(each.reset(seed=1)[0] for each in (env, envs)), env.reset(seed=1)[1], at_reset),
        (env.step(1)[0], envs.step(np.ones(3, np.int64))[0], env.step(1)[4], in_steps),
    ):
        assert observation.shape == (length,)
        assert row.shape == (3, length)
        assert same(np.ascontiguousarray(row[0]), observation)
        assert set(info) == expected
        assert info["places"].shape == (length,)
    trajectory = envs.rollout(policies.Random(seed=1), 9)
    assert trajectory.observations.shape == (9, 3, length)
    assert [leaf["name"] for leaf in envs._engine.infos()] == sorted(in_steps)
    if length != 3:
        with pytest.raises(ValueError, match="'length' decides the spaces"):
            env.set_params({"length": 3})
