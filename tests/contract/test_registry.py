"""The description that every native task must have, and its members."""

from __future__ import annotations

import importlib
import inspect
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from contract_helpers import action_tape, flat, make, make_vec, native_ids, native_tasks, task_of

import plyo
from plyo import spaces

TESTS = Path(__file__).parent.parent


def gymnasium_spec(task_id: str) -> Any:
    if task_id not in gymnasium.registry:
        pytest.skip(f"gymnasium has no {task_id}")
    return gymnasium.registry[task_id]


def make_gymnasium(task_id: str) -> gymnasium.Env:
    gymnasium_spec(task_id)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return gymnasium.make(task_id)


def snake_name(task: str) -> str:
    """``MountainCarContinuous`` -> ``mountain_car_continuous``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task).lower()


def test_there_are_tasks() -> None:
    assert len(native_ids()) >= 6
    assert len(native_ids()) == len(set(native_ids()))
    assert set(native_ids()) <= set(plyo.registry)


def test_has_a_test_of_its_own(task: str) -> None:
    family = native_tasks()[task]["family"]
    ids = [variant["id"] for variant in native_tasks()[task]["variants"]]
    if family == "mujoco":  # these tasks share a table of cases
        cases = (TESTS / "envs" / family / "mujoco_cases.py").read_text()
        assert all(f'"{i}": ' in cases for i in ids), f"mujoco_cases.py does not name {task}"
        return
    if family == "robotics":  # their tests go over all ids of Gymnasium-Robotics
        assert all(i.startswith(("Fetch", "HandReach", "HandManipulate")) for i in ids)
        return
    path = TESTS / "envs" / family / f"test_{snake_name(task)}.py"
    assert path.is_file(), f"{task} has no test of its own: write {path.relative_to(TESTS.parent)}"
    text = path.read_text()
    assert re.search(r"^def test_", text, re.MULTILINE), f"{path.name} tests nothing"
    assert task in text or any(i in text for i in ids), f"{path.name} does not name {task}"


def test_no_test_without_a_task() -> None:
    """Beside tests of a task, or of a part of one, a family may have some of what all of its tasks share."""
    for path in (TESTS / "envs").glob("*/test_*.py"):
        names = {snake_name(name) for name, t in native_tasks().items() if t["family"] == path.parent.name}
        shared = path.stem.endswith(("constants", "contact_lists"))
        is_of_family = shared or path.parent.name in ("atari", "mujoco", "robotics")
        subject = path.stem.removeprefix("test_")
        is_of_task = any(subject == name or subject.startswith(f"{name}_") for name in names)
        assert is_of_family or is_of_task, f"{path} tests no native task"


def kwargs_of(task_id: str) -> dict[str, Any]:
    """The keyword arguments that come with an id."""
    return next(dict(v["kwargs"]) for v in task_of(task_id)["variants"] if v["id"] == task_id)


# ---- spaces ----


def as_gymnasium(space: Any) -> gymnasium.Space:
    """The same space as Gymnasium's class."""
    if isinstance(space, spaces.Discrete):
        return gymnasium.spaces.Discrete(int(space.n), start=int(space.start), dtype=space.dtype)
    if isinstance(space, spaces.MultiDiscrete):
        return gymnasium.spaces.MultiDiscrete(space.nvec, dtype=space.dtype, start=space.start)
    if isinstance(space, spaces.Tuple):
        return gymnasium.spaces.Tuple([as_gymnasium(part) for part in space])
    return gymnasium.spaces.Box(space.low, space.high, dtype=space.dtype.type)


def assert_same_space(ours: Any, theirs: gymnasium.Space) -> None:
    assert type(ours).__name__ == type(theirs).__name__
    assert repr(ours) == repr(theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert as_gymnasium(ours) == theirs
    if isinstance(theirs, gymnasium.spaces.Box):
        for bound in ("low", "high", "bounded_below", "bounded_above"):
            assert getattr(ours, bound).tobytes() == getattr(theirs, bound).tobytes()


def test_spaces_are_gymnasiums(task_id: str) -> None:
    theirs, ours = make_gymnasium(task_id), make(task_id)
    assert_same_space(ours.observation_space, theirs.observation_space)
    assert_same_space(ours.action_space, theirs.action_space)
    num_envs = 3
    batch = make_vec(task_id, num_envs)
    batch_space = gymnasium.vector.utils.batch_space
    assert_same_space(batch.single_observation_space, theirs.observation_space)
    assert_same_space(batch.single_action_space, theirs.action_space)
    assert_same_space(batch.observation_space, batch_space(theirs.observation_space, num_envs))
    assert_same_space(batch.action_space, batch_space(theirs.action_space, num_envs))


def test_observations_and_samples_are_in_their_spaces(task_id: str) -> None:
    env, envs = make(task_id), make_vec(task_id, 5)
    observation, _ = env.reset(seed=0)
    observations, _ = envs.reset(seed=0)
    env.action_space.seed(0)
    envs.action_space.seed(0)
    for _ in range(300):
        assert env.observation_space.contains(observation)
        assert envs.observation_space.contains(observations)
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        assert np.isfinite(reward)
        if terminated or truncated:
            observation, _ = env.reset()
        observations, rewards, *_ = envs.step(envs.action_space.sample())
        assert np.isfinite(rewards).all()
        # a float32 that equals the bound is allowed for, one beyond it is not
    wild = action_tape(task_id, 300, 5, seed=3)
    for row in wild:
        assert envs.observation_space.contains(envs.step(row)[0])


# ---- specs ----


def test_limits_and_thresholds_are_gymnasiums(task_id: str) -> None:
    theirs, ours = gymnasium_spec(task_id), plyo.spec(task_id)
    for name in (
        "id",
        "namespace",
        "name",
        "version",
        "max_episode_steps",
        "reward_threshold",
        "nondeterministic",
        "order_enforce",
        "disable_env_checker",
        "additional_wrappers",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name
        assert type(getattr(ours, name)) is type(getattr(theirs, name)) or name == "reward_threshold", name


def test_variants_are_what_is_registered(task_id: str) -> None:
    variant = next(v for v in task_of(task_id)["variants"] if v["id"] == task_id)
    spec = plyo.spec(task_id)
    assert spec.max_episode_steps == variant["max_episode_steps"]
    assert spec.reward_threshold == variant["reward_threshold"]
    assert make(task_id).spec.max_episode_steps == variant["max_episode_steps"]


def test_time_limit_is_in_force(task_id: str) -> None:
    limit = plyo.spec(task_id).max_episode_steps
    if limit is None:
        pytest.skip("no time limit")
    # a clock that stands one step before the limit, without the steps in between
    envs = make_vec(task_id, 1)
    envs.reset(seed=0)
    shorter = make_vec(task_id, 1, max_episode_steps=1)
    tape = action_tape(task_id, limit, 1)
    shorter.reset(seed=0)
    assert [bool(shorter.step(row)[3][0]) for row in tape[:3]] == [True, False, True]
    never = make_vec(task_id, 1, max_episode_steps=-1)
    never.reset(seed=0)
    elapsed = 0
    for row in (*tape, *tape[:5]):
        _, _, terminated, truncated, _ = envs.step(row)
        _, _, _, truncated_never, _ = never.step(row)
        assert not truncated_never
        elapsed += 1
        assert bool(truncated[0]) == (elapsed == limit)
        if terminated | truncated:
            envs.reset()
            elapsed = 0


def test_spec_round_trips(task_id: str) -> None:
    spec = plyo.spec(task_id)
    env = make(spec)
    assert env.spec == spec
    assert make(env.spec).spec == env.spec
    assert plyo.envs.registration.EnvSpec.from_json(spec.to_json()) == spec
    assert env.unwrapped.spec.make().spec == spec
    params = {p["name"]: p["default"] for p in task_of(task_id)["params"]}
    again = make(task_id, max_episode_steps=12, math="reference", **params)
    twin = make(again.spec)
    assert twin.spec == again.spec
    assert twin.spec.max_episode_steps == 12
    assert twin.spec.kwargs == {"math": "reference", **params}
    observations = [np.asarray(flat(e.reset(seed=5)[0])) for e in (again, twin)]
    assert observations[0].tobytes() == observations[1].tobytes()


def test_spec_of_a_batch_round_trips(task_id: str) -> None:
    envs = make_vec(
        task_id, 4, autoreset_mode="same_step", math="reference", max_episode_steps=9, num_threads=1
    )
    twin = make_vec(envs.spec, 1)  # the spec's own number of environments wins
    assert twin.spec == envs.spec
    assert twin.num_envs == 4
    assert twin.autoreset_mode is envs.autoreset_mode
    assert repr(twin) == repr(envs) == f"{type(envs).__name__}({task_id}, num_envs=4)"
    tape = action_tape(task_id, 20, 4)
    results = []
    for batch in (envs, twin):
        batch.reset(seed=2)
        results.append([[flat(a).tobytes() for a in batch.step(row)[:4]] for row in tape])
    assert results[0] == results[1]
    # the registered spec was not touched by any of this
    assert plyo.spec(task_id).kwargs == kwargs_of(task_id)
    assert make(task_id).spec == plyo.spec(task_id)


def test_is_listed(task_id: str) -> None:
    assert task_id in plyo.pprint_registry(disable_print=True).split()


# ---- documentation ----


def test_is_documented(task: str) -> None:
    info = native_tasks()[task]
    assert info["name"] == task
    assert re.fullmatch(r"[a-z0-9_]+", info["family"])
    assert len(info["summary"]) > 20
    assert info["summary"][0].isupper()
    assert info["summary"].endswith(".")
    # the source: an author, a year or a version
    assert re.search(r"\d", info["source"])
    assert info["state_bytes"] > 0

    for space in (info["observation"], info["action"]):
        for part in space.get("parts", [space]):
            assert part["kind"] in ("box", "discrete")
            assert part["kind"] == "box" or part["dtype"] == "int64"
            # either every number or choice has a name, or all have one together
            names = part["names"] or [part["name"]]
            assert part["size"] > 0
            assert len(names) in (1, part["size"])
            assert len(part["units"]) == len(part["names"])
            assert all(name.strip() == name and name for name in names)
            assert len(set(names)) == len(names)
            assert (np.array(part["low"]) < np.array(part["high"])).all()

    for entry in (*info["params"], *info["reset_options"]):
        assert entry["name"].isidentifier()
        assert entry["doc"]
        assert isinstance(entry["default"], (bool, int, float, str, tuple, type(None)))
    for entry in (*info["infos"], *info["attributes"], *info["methods"]):
        assert entry["name"].isidentifier()
        assert entry["doc"]
    for entries in (info["params"], info["reset_options"]):
        names = [entry["name"] for entry in entries]
        assert len(names) == len(set(names))


def test_defaults_are_what_no_argument_means(task: str) -> None:
    info = native_tasks()[task]
    task_id = info["variants"][-1]["id"]
    params = {p["name"]: p["default"] for p in info["params"]} | kwargs_of(task_id)
    options = {o["name"]: o["default"] for o in info["reset_options"]}
    tape = action_tape(task_id, 30, 3)
    results = []
    for kwargs, reset_options in (({}, None), (params, options), ({}, {})):
        envs = make_vec(task_id, 3, **kwargs)
        first, _ = envs.reset(seed=1, options=reset_options)
        results.append(
            [flat(first).tobytes(), *(flat(a).tobytes() for row in tape for a in envs.step(row)[:4])]
        )
    assert results[0] == results[1] == results[2]


def test_classes_are_documented(task: str) -> None:
    from plyo.envs import classes

    info = native_tasks()[task]
    for kind, name in (("Env", info["class_name"]), ("VectorEnv", info["vector_class_name"])):
        cls = getattr(classes, f"{task}{kind}")
        assert cls.__name__ == cls.__qualname__ == name
        assert info["summary"] in cls.__doc__
        assert info["source"] in cls.__doc__
        # versions of a task share the name of their class
        alike = [t["name"] for t in native_tasks().values() if t["class_name"] == info["class_name"]]
        if task == alike[0]:
            assert getattr(classes, name) is cls


# ---- where Python finds it ----


def test_classes_stand_where_the_spec_says(task_id: str) -> None:
    info = task_of(task_id)
    family = importlib.import_module(f"plyo.envs.{info['family']}")
    module = importlib.import_module(info["module"])
    assert getattr(family, info["module"].rpartition(".")[2]) is module
    assert info["class_name"] in family.__all__
    assert {info["class_name"], info["vector_class_name"]} <= {*dir(family)} & {*dir(module)}
    spec = plyo.spec(task_id)
    points = {spec.entry_point: make(task_id), spec.vector_entry_point: make_vec(task_id, 1)}
    for entry_point, made in points.items():
        module_name, class_name = entry_point.split(":")
        assert module_name == info["module"]
        cls = getattr(module, class_name)
        # versions of a task share the name of their class: in the family's package it is the first one, the newest
        assert type(made) is cls
        named = [
            t for t in native_tasks().values() if class_name in (t["class_name"], t["vector_class_name"])
        ]
        of_family = next(t for t in named if t["family"] == info["family"])
        assert getattr(family, class_name) is getattr(
            importlib.import_module(of_family["module"]), class_name
        )
        assert of_family["name"] == info["name"] or int(of_family["name"][-1]) > int(info["name"][-1])
        assert (cls.__module__, cls.__name__) == (module_name, class_name)
        assert pickle.loads(pickle.dumps(cls)) is cls
    with pytest.raises(AttributeError, match=f"module '{info['module']}' has no attribute 'Nothing'"):
        module.Nothing  # noqa: B018


def test_entry_point_is_gymnasiums(task_id: str) -> None:
    theirs = gymnasium_spec(task_id)
    assert plyo.spec(task_id).entry_point == theirs.entry_point.replace("gymnasium", "plyo")
    if theirs.vector_entry_point is not None:
        expected = theirs.vector_entry_point.replace("gymnasium", "plyo")
        assert plyo.spec(task_id).vector_entry_point == expected


def plain(default: Any) -> Any:
    """A default that can be compared: what lies in dictionaries may be an array there and a tuple here."""
    if isinstance(default, dict):
        return {name: np.asarray(value).tolist() for name, value in default.items()}
    return default


#: Arguments that Gymnasium's class does not have, behind those that it has.
OWN_ARGUMENTS = {"BipedalWalker": ["reuse_world"], "CarRacing": ["style"]}


def test_constructor_takes_gymnasiums_arguments(task_id: str) -> None:
    gymnasium_spec(task_id)
    ours, theirs = (type(m(task_id).unwrapped) for m in (make, make_gymnasium))
    # those of MuJoCo tasks leave the arguments about pictures to their base class, by name
    expected = [p for p in inspect.signature(theirs).parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [p for p in inspect.signature(ours).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    own = OWN_ARGUMENTS.get(ours.__name__, [])
    assert [p.name for p in parameters[len(expected) :]] == own
    assert [(p.name, p.kind, plain(p.default)) for p in parameters[: len(expected)]] == [
        (p.name, p.kind, plain(p.default)) for p in expected
    ]
    defaults = [p.default for p in expected]
    env, reference = ours(*defaults), theirs(*defaults)
    assert env.spec is None
    assert str(env) == str(reference)
    assert not env.has_wrapper_attr("_max_episode_steps")
    first, again = (np.asarray(e.reset(seed=1)[0]) for e in (env, ours()))
    assert first.tobytes() == again.tobytes()
    twice = [(defaults[:1], {expected[0].name: defaults[0]})] if expected else []
    too_many = [] if own else [([*defaults, 1], {})]
    for arguments, kwargs in (*too_many, *twice):
        complaints = []
        for cls in (ours, theirs):
            with pytest.raises(TypeError) as caught:
                cls(*arguments, **kwargs)
            complaints.append(str(caught.value))
        assert complaints[0] == complaints[1]


def test_attributes_of_gymnasiums_wrappers(task_id: str) -> None:
    for env in (make(task_id), make_gymnasium(task_id)):
        limit = gymnasium_spec(task_id).max_episode_steps
        names = ["has_reset", *(["_elapsed_steps", "_max_episode_steps"] if limit is not None else [])]
        values = [[env.get_wrapper_attr(name) for name in names]]
        env.reset(seed=0)
        env.action_space.seed(0)
        for _ in range(3):
            env.step(env.action_space.sample())
        values.append([env.get_wrapper_attr(name) for name in names])
        assert values == [[False, None, limit][: len(names)], [True, 3, limit][: len(names)]]


def test_state_is_gymnasiums(task_id: str) -> None:
    if not task_of(task_id)["num_variables"]:
        assert not make(task_id).has_wrapper_attr("state")
        return
    ours, theirs = make(task_id, math="reference").unwrapped, make_gymnasium(task_id).unwrapped
    assert ours.state is None
    for seed in range(3):
        ours.reset(seed=seed)
        theirs.reset(seed=seed)
        assert ours.state.tolist() == np.asarray(theirs.state, dtype=np.float64).tolist()
        value = np.random.default_rng(seed).uniform(-0.1, 0.1, ours.state.shape)
        ours.state, theirs.state = value, value.copy()
        assert ours.state.tolist() == value.tolist()
        ours.action_space.seed(seed)
        for _ in range(5):
            action = ours.action_space.sample()
            results = [env.step(action) for env in (ours, theirs)]
            assert results[0][0].tobytes() == results[1][0].tobytes()
            assert results[0][1:] == results[1][1:]
            assert ours.state.tolist() == np.asarray(theirs.state, dtype=np.float64).tolist()
    with pytest.raises(ValueError, match="variables, got 1"):
        ours.state = [1.0]
