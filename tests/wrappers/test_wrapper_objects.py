"""Wrappers as objects: members, generics, attributes, text, specs and pickles, beside those of Gymnasium."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import json
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, neutral, outcome
from wrapper_cases import TASKS, assert_same_quickly, make, without_times

import plyo
from plyo.basics.absent import Absent

NEED_LIBRARIES = {"ArrayConversion", "JaxToNumpy", "JaxToTorch", "NumpyToTorch"}
# which Gymnasium does not have
OWN = {"Affine", "EnvCompatibility", "LegacyStep", "Monitor", "RecordEpisodes"}
NAMES = sorted(set(plyo.wrappers.__all__) - NEED_LIBRARIES - OWN - {"vector"})

# they need an environment that draws, and are tested with one
DRAWING = {
    "AddRenderObservation",
    "AddWhiteNoise",
    "HumanRendering",
    "ObstructView",
    "RecordVideo",
    "RenderCollection",
}

# arguments with which a wrapper is made around the environment `box` (or another that is named)
ARGUMENTS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "Autoreset": ((), {}),
    "ClipAction": ((), {}),
    "ClipReward": ((-0.5, 0.5), {}),
    "DelayObservation": ((2,), {}),
    "DiscretizeAction": ((4,), {"multidiscrete": True}),
    "DiscretizeObservation": (([2, 3, 4],), {}),
    "FlattenObservation": ((), {}),
    "FrameStackObservation": ((3,), {"padding_type": "zero"}),
    "MaxAndSkipObservation": ((3,), {}),
    "NormalizeObservation": ((1e-6,), {}),
    "NormalizeReward": ((0.9,), {"epsilon": 1e-6}),
    "OrderEnforcing": ((True,), {}),
    "PassiveEnvChecker": ((), {}),
    "RecordEpisodeStatistics": ((5,), {"stats_key": "stats"}),
    "RepeatAction": ((2,), {}),
    "RescaleAction": ((-1.0, 1.0), {}),
    "RescaleObservation": ((0.0, 1.0), {}),
    "ReshapeObservation": (((3, 1),), {}),
    "StickyAction": ((0.25,), {"repeat_action_duration": 2}),
    "TimeAwareObservation": ((False,), {"dict_time_key": "clock"}),
    "TimeLimit": ((30,), {}),
}
ON_PICTURES: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "GrayscaleObservation": ((), {"keep_dim": True}),
    "ResizeObservation": (((2, 3),), {}),
}
# functions in them, which no JSON holds, or a type, which Gymnasium's does not
ON_FUNCTIONS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "TransformReward": ((abs,), {}),
    "TransformObservation": ((np.negative, None), {}),
    "TransformAction": ((np.negative, None), {}),
    "DtypeObservation": ((np.float16,), {}),
}
OTHERS = {"FilterObservation": ("dict", (["far"],), {})}
CASES = [
    *(pytest.param("box", name, *given, id=name) for name, given in {**ARGUMENTS, **ON_FUNCTIONS}.items()),
    *(
        pytest.param(
            "picture",
            name,
            *given,
            id=name,
            marks=pytest.mark.skipif(
                name.startswith("Resize") and importlib.util.find_spec("cv2") is None, reason="needs OpenCV"
            ),
        )
        for name, given in ON_PICTURES.items()
    ),
    *(pytest.param(space, name, args, kwargs, id=name) for name, (space, args, kwargs) in OTHERS.items()),
]
# bounds of float64 that a Box of float32 rounds: not the subject of these tests
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*precision lowered by casting", "ignore:overflow encountered in cast"
)

ID = "WrappedTask-v0"
# they change the spec of the environment instead of adding themselves to it
IN_SPEC = ("OrderEnforcing", "PassiveEnvChecker", "TimeLimit")
# they want a tuple, which JSON turns into a list, in Gymnasium too
ON_TUPLES = ("ReshapeObservation", "ResizeObservation")


@pytest.fixture(autouse=True)
def registered():
    """The task under one id in both packages."""
    for p in (plyo, gymnasium):
        p.register(ID, entry_point=f"wrapper_cases:{TASKS[p].__qualname__}", max_episode_steps=25)
    yield
    for p in (plyo, gymnasium):
        del p.registry[ID]


def made(p: Any, space: str) -> Any:
    return p.make(ID, space=space)


def wrapped(p: Any, space: str, name: str, args: Any, kwargs: Any, env: Any = None) -> Any:
    cls = getattr(p.wrappers, name)
    return cls(made(p, space) if env is None else env, *args, **kwargs)


def steps(env: Any, count: int = 40) -> list[Any]:
    results = [env.reset(seed=5)]
    env.action_space.seed(9)
    for _ in range(count):
        results.append(without_times(env.step(env.action_space.sample())))
        if results[-1][2] or results[-1][3]:
            results.append(env.reset())
    return results


def public(cls: type) -> set[str]:
    return {
        name
        for name in dir(cls)
        if not name.startswith("_") and not isinstance(inspect.getattr_static(cls, name), Absent)
    }


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"RecordVideo"}))  # it has more arguments
def test_members_and_signatures(name):
    ours, theirs = getattr(plyo.wrappers, name), getattr(gymnasium.wrappers, name)
    assert public(ours) == public(theirs)
    assert [c.__name__ for c in ours.__mro__ if c.__name__ != "Normalizing"] == [
        c.__name__ for c in theirs.__mro__
    ]
    for member in [*public(ours), "__init__"]:
        our_member, their_member = getattr(ours, member), getattr(theirs, member)
        if isinstance(their_member, property):
            assert isinstance(our_member, property)
            assert (our_member.fset is None) == (their_member.fset is None)
        elif callable(their_member):
            parameters = [
                [(a.kind, a.default, a.name) for a in inspect.signature(m).parameters.values()]
                for m in (our_member, their_member)
            ]
            assert parameters[0] == parameters[1], member


@pytest.mark.parametrize("name", NAMES)
def test_generics_at_run_time(name):
    ours, theirs = getattr(plyo.wrappers, name), getattr(gymnasium.wrappers, name)
    count = len(theirs.__parameters__)
    assert len(ours.__parameters__) == count or name == "AtariPreprocessing"
    if count:
        assert ours[(int,) * count].__args__ == (int,) * count
        assert ours[np.ndarray].__args__[0] is np.ndarray
    made_class = type("Subclass", (ours,), {})
    assert issubclass(made_class, plyo.Wrapper)


def test_generic_wrappers_and_environments():
    class Typed(plyo.Env[np.ndarray, int]):
        pass

    class Half(plyo.Env[np.ndarray]):
        pass

    class Layer(plyo.Wrapper[np.ndarray, int, np.ndarray, int]):
        pass

    class Observations(plyo.ObservationWrapper[np.ndarray, int, np.ndarray]):
        pass

    assert isinstance(Layer(Typed()), plyo.Env)
    assert str(Observations(Half())) == "<Observations<Half instance>>"


@pytest.mark.parametrize(("space", "name", "args", "kwargs"), CASES)
def test_attributes_and_text(space, name, args, kwargs):
    def facts(p):
        env = wrapped(p, space, name, args, kwargs)
        values = [str(env), repr(env), env.class_name(), env.render_mode, env.metadata["render_modes"]]
        values += [env.has_wrapper_attr(n) for n in ("last_action", "missing", "_np_random", "spec", "func")]
        values += [env.set_wrapper_attr("last_action", "changed"), env.get_wrapper_attr("last_action")]
        values += [env.unwrapped.last_action, "last_action" in vars(env)]
        values += [env.set_wrapper_attr("fresh", 1, force=False), hasattr(env, "fresh")]
        values += [env.set_wrapper_attr("fresh", 1), env.fresh, hasattr(env.env, "fresh")]
        values += [outcome(lambda: env.get_wrapper_attr("missing")), outcome(lambda: env.missing)]
        values += [outcome(lambda: env._np_random), env.env.env is not None, type(env.unwrapped).__name__]
        env.reset(seed=4)
        values += [env.np_random_seed, env.np_random.random(), env.unwrapped.np_random.random()]
        env.np_random = np.random.default_rng(3)
        return [*values, env.np_random_seed, env.np_random.random(), env.close(), env.close()]

    assert_same(facts(plyo), facts(gymnasium))


def plain(spec: Any) -> Any:
    """The environment and the wrappers of a spec."""
    names = ("id", "max_episode_steps", "order_enforce", "disable_env_checker", "kwargs")
    wrappers = [(w.name, neutral(w.entry_point), w.kwargs) for w in spec.additional_wrappers]
    return [getattr(spec, name) for name in names], wrappers


@pytest.mark.parametrize(("space", "name", "args", "kwargs"), CASES)
def test_specs(space, name, args, kwargs):
    """`make(env.spec)` makes the wrappers again, through JSON too, and the copy steps like the first."""

    def again(p):
        env = wrapped(p, space, name, args, kwargs)
        values = [plain(env.spec), env.spec is env.spec, plain(env.env.spec)]
        twin = p.make(env.spec)
        assert str(twin) == str(env) or name in IN_SPEC
        values += [plain(twin.spec), str(twin)]
        if name in (*ON_TUPLES, "DtypeObservation") and p is plyo:
            loaded = p.envs.registration.EnvSpec.from_json(env.spec.to_json())
            assert plain(loaded) == plain(env.spec)
            assert_same_quickly(steps(p.make(loaded)), steps(p.make(env.spec)))
        if name in ON_TUPLES:  # Gymnasium makes lists of tuples, which its wrappers refuse
            values.append(json.loads(neutral(env.spec.to_json())))
        elif name not in ON_FUNCTIONS:
            text = env.spec.to_json()
            loaded = p.envs.registration.EnvSpec.from_json(text)
            values += [json.loads(neutral(text)), plain(loaded), outcome(lambda: str(p.make(loaded)))]
            assert_same_quickly(steps(p.make(loaded)), steps(p.make(env.spec)))
        elif name != "DtypeObservation":
            values.append(outcome(env.spec.to_json)[0][:2])
        return values

    assert_same(again(plyo), again(gymnasium))


def test_specs_of_native_tasks():
    """A wrapped native task is made again from its spec: the time limit is the engine's, the rest are wrappers."""
    env = plyo.make("CartPole-v1", math="reference")
    for wrap in (
        lambda e: plyo.wrappers.TimeLimit(e, 7),
        plyo.wrappers.RecordEpisodeStatistics,
        plyo.wrappers.NormalizeObservation,
        lambda e: plyo.wrappers.FrameStackObservation(e, 2),
    ):
        env = wrap(env)
    assert env.spec.max_episode_steps == 7
    text = env.spec.to_json()
    twin = plyo.make(plyo.envs.registration.EnvSpec.from_json(text))
    assert str(twin) == str(env).replace("TimeLimit<", "").replace(">>>>>>", ">>>>>")
    assert twin.spec == env.spec
    first = steps(env)
    assert_same_quickly(first, steps(twin))
    assert any(result[3] for result in first[1:] if len(result) == 5)


def test_a_native_task_ends_at_the_nearer_limit():
    for inner, outer in ((5, 9), (9, 5), (None, 5), (5, None)):
        env = plyo.make("CartPole-v1", max_episode_steps=-1 if inner is None else inner)
        if outer is not None:
            env = plyo.wrappers.TimeLimit(env, outer)
        env.reset(seed=0)
        ends = [env.step(step % 2)[3] for step in range(5)]
        assert ends == [False] * 4 + [True]


@pytest.mark.parametrize("layers", [("OrderEnforcing",), ("TimeLimit", "OrderEnforcing")])
def test_order_is_enforced_around_native_tasks(layers):
    for p in (plyo, gymnasium):
        env = p.make("CartPole-v1")
        for name in layers:
            env = getattr(p.wrappers, name)(env, *((9,) if name == "TimeLimit" else ()))
        with pytest.raises(p.error.ResetNeeded):
            env.step(0)
        env.reset(seed=1)
        assert env.step(0)[1] == 1.0


@pytest.mark.parametrize("task", [ID, "CartPole-v1"])
@pytest.mark.parametrize("name", sorted({*ARGUMENTS, "DtypeObservation"}))
def test_pickles_and_copies_go_on_alike(name, task):
    """Also the wrappers that Gymnasium cannot pickle because of lambdas."""
    args, kwargs = {**ARGUMENTS, **ON_FUNCTIONS}[name]
    if task == "CartPole-v1":
        if "Action" in name and name not in ("RepeatAction", "StickyAction"):
            task = "Pendulum-v1"
        if name in ("DiscretizeObservation", "RescaleObservation"):
            task, args = "MountainCar-v0", ((3,) if name.startswith("Disc") else args)
        if name == "ReshapeObservation":
            args = ((2, 2),)
    env = getattr(plyo.wrappers, name)(plyo.make(task), *args, **kwargs)
    env.reset(seed=3)
    env.action_space.seed(2)
    actions = [env.action_space.sample() for _ in range(30)]
    for action in actions[:10]:
        result = env.step(action)
        if result[2] or result[3]:
            env.reset()
    twins = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]
    for twin in twins:
        assert type(twin) is type(env)
        assert str(twin) == str(env)
        assert twin.spec == env.spec
        assert twin.unwrapped is not env.unwrapped
    for action in actions[10:]:
        results = [without_times(e.step(action)) for e in (env, *twins)]
        assert_same(results[1], results[0])
        assert_same(results[2], results[0])
        if results[0][2] or results[0][3]:
            assert_same(*(e.reset() for e in (env, twins[0])))
            twins[1].reset()


def test_every_wrapper_is_made():
    assert {case.values[1] for case in CASES} | {"AtariPreprocessing"} | DRAWING == set(NAMES)


def test_a_wrapper_of_gymnasium_is_refused():
    """The two packages do not mix, and the error names the package of the expected environment."""
    for ours, theirs in ((plyo, gymnasium), (gymnasium, plyo)):
        text = f"Expected env to be a `{ours.__name__}.Env` but got"
        with pytest.raises(TypeError, match=text):
            ours.wrappers.TimeLimit(make(theirs, "box"), 3)


def test_saved_arguments_are_copies():
    keys = ["far", "near"]
    env = plyo.wrappers.FilterObservation(make(plyo, "dict"), keys)
    keys.clear()
    assert env._saved_kwargs == {"filter_keys": ["far", "near"]}
    assert_same_outcome(lambda p: p.wrappers.ClipReward(make(p, "box"), 1)._saved_kwargs, plyo, gymnasium)


def test_random_numbers_through_wrappers_of_native_tasks():
    """The generator of a wrapped native task is that of the task: its draws move the resets on."""

    def facts(p):
        env = p.wrappers.ClipReward(p.wrappers.TimeLimit(make(p, "CartPole-v1"), 9), 0)
        values = [env.reset(seed=5)[0], env.np_random_seed, env.np_random.random(3), env.reset()[0]]
        env.np_random = np.random.Generator(np.random.PCG64(8))
        values += [env.np_random_seed, env.unwrapped.np_random_seed, env.reset()[0], env.np_random.random()]
        values += [outcome(lambda: env._np_random), outcome(lambda: setattr(env, "np_random_seed", 3))[0][:2]]
        return values

    assert_same(facts(plyo), facts(gymnasium))


@pytest.mark.parametrize("native", [False, True])
def test_wrappers_of_a_registration(native):
    """`register` takes the specs of wrappers, and `make` puts them around the environment."""

    def facts(p):
        w = p.wrappers
        wrappers = (
            w.TimeAwareObservation.wrapper_spec(flatten=False),
            w.RepeatAction.wrapper_spec(num_repeats=2),
        )
        entry_point = (
            p.spec("CartPole-v1").entry_point if native else f"wrapper_cases:{TASKS[p].__qualname__}"
        )
        arguments = {"kwargs": {"math": "reference"}} if native and p is plyo else {}
        p.register(
            "Registered-v0", entry_point, max_episode_steps=6, additional_wrappers=wrappers, **arguments
        )
        try:
            env = p.make("Registered-v0")
            values = [str(env.observation_space), [(x.name, x.kwargs) for x in env.spec.additional_wrappers]]
            values += [env.spec.max_episode_steps, env.reset(seed=1)]
            action = 1 if native else np.float32([0, 1])
            return [*values, *(env.step(action) for _ in range(3)), str(p.make(env.spec)) == str(env)]
        finally:
            del p.registry["Registered-v0"]

    assert_same(facts(plyo), facts(gymnasium))


def test_a_wrapper_that_records_nothing_cannot_be_made_again():
    def attempt(p):
        class Silent(p.Wrapper):
            pass

        env = Silent(made(p, "box"))
        return env.spec.additional_wrappers[-1].kwargs, outcome(lambda: p.make(env.spec))

    assert_same(attempt(plyo), attempt(gymnasium))


def test_wrappers_on_classes_of_their_own():
    """Subclasses may take over the transformation, the constructor, and its recorded arguments."""

    def facts(p):
        class Halved(p.wrappers.NormalizeObservation):
            def observation(self, observation):
                return super().observation(observation) / 2

        class Fixed(p.wrappers.RescaleAction):
            def __init__(self, env, scale=2.0):
                p.utils.RecordConstructorArgs.__init__(self, scale=scale)
                super().__init__(env, -scale, scale)

        env = Fixed(Halved(make(p, "Pendulum-v1")), 3.0)
        results = [env._saved_kwargs, str(env.action_space), env.class_name(), env.reset(seed=2)]
        return [*results, *(env.step(np.float32([a])) for a in (3, -1.5, 0))]

    assert_same(facts(plyo), facts(gymnasium))
