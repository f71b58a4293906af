"""Registering, finding, making and listing environments, against Gymnasium where it has an answer."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import sys
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import gymnasium
import gymnasium.envs.registration
import gymnasium.wrappers
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, neutral, outcome

import plyo.core
import plyo.error
import plyo.spaces
import plyo.utils
import plyo.wrappers
from plyo.envs import registration
from plyo.vector import AutoresetMode


def package(r, core, spaces, wrappers, utils):
    """The parts of a package, with an environment and wrappers built on them."""

    class Walk(core.Env):
        """Walks for ever."""

        metadata: ClassVar = {"render_modes": ["ansi"]}

        def __init__(self, render_mode=None, start=0, table=None):
            if start == "bad":
                raise TypeError("start is no number")
            self.render_mode, self.start, self.table = render_mode, start, table
            self.action_space, self.observation_space = spaces.Discrete(2), spaces.Box(-9, 9, (1,))

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return np.float32([self.start]), {}

        def step(self, action):
            return np.float32([action]), 1.0, False, False, {}

    class Scaled(core.RewardWrapper, utils.RecordConstructorArgs):
        """Multiplies rewards, and remembers by how much."""

        def __init__(self, env, factor=2):
            utils.RecordConstructorArgs.__init__(self, factor=factor)
            core.RewardWrapper.__init__(self, env)
            self.factor = factor

        def reward(self, reward):
            return self.factor * reward

    class Forgetful(core.Wrapper):
        """Remembers no arguments."""

    return SimpleNamespace(
        r=r, core=core, spaces=spaces, wrappers=wrappers, Walk=Walk, Scaled=Scaled, Forgetful=Forgetful
    )


OURS = package(registration, plyo.core, plyo.spaces, plyo.wrappers, plyo.utils)
THEIRS = package(
    gymnasium.envs.registration, gymnasium.core, gymnasium.spaces, gymnasium.wrappers, gymnasium.utils
)
THEIRS_MODULE = f"{__name__}_theirs"

IDS = [
    "CartPole-v0", "CartPole-v1", "Taxi-v4", "FrozenLake-v1", "Walk-v0", "Walk-v2", "Plain", "Text.Env-v3",
    "ALE/Pong-v5", "ALE/Breakout-v5", "Mine/Walk-v1", "Mine/Plain",
]  # fmt: skip


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    """Fills both registries with the same environments, for the time of a test."""
    module = ModuleType(THEIRS_MODULE)
    vars(module).update(vars(THEIRS))
    monkeypatch.setitem(sys.modules, THEIRS_MODULE, module)
    for p in (OURS, THEIRS):
        monkeypatch.setattr(p.r, "current_namespace", None)
        saved = dict(p.r.registry)
        p.registry, p.saved = p.r.registry, saved
        p.registry.clear()
        for id in IDS:
            p.r.register(id, entry_point=p.Walk, max_episode_steps=5)
    # Wrapper specs name the module of a class: the classes of both packages are made findable.
    monkeypatch.setattr(sys.modules[__name__], "Scaled", OURS.Scaled, raising=False)
    monkeypatch.setattr(sys.modules[__name__], "Forgetful", OURS.Forgetful, raising=False)
    monkeypatch.setattr(THEIRS.Scaled, "__module__", THEIRS_MODULE)
    monkeypatch.setattr(THEIRS.Forgetful, "__module__", THEIRS_MODULE)
    yield
    for p in (OURS, THEIRS):
        p.registry.clear()
        p.registry.update(p.saved)


def spec_facts(spec):
    """A spec as values; classes by their names, the module of a wrapper left out."""
    if spec is None:
        return None
    facts = {k: v for k, v in vars(spec).items() if k != "additional_wrappers"}
    for name in ("entry_point", "vector_entry_point"):
        facts[name] = getattr(facts[name], "__name__", facts[name])
    wrappers = [(w.name, w.entry_point.rpartition(":")[2], w.kwargs) for w in spec.additional_wrappers]
    return facts | {"wrappers": wrappers}


# Ids


ODD_IDS = [
    "a", "a-v", "a-v-1", "a-v1-v2", "a/b/c-v0", "/a", "a/", "", " ", "a b", "ns:x/a-v1", "a:b-v0", "a-v01",
    "Env-v1.5", "Ünï-v1", "a\n", "-v1", "a.b-c-v12",
]  # fmt: skip


@pytest.mark.parametrize("id", [*IDS, *ODD_IDS])
def test_ids(id):
    assert_same_outcome(lambda p: p.r.parse_env_id(id), OURS, THEIRS)
    assert_same_outcome(lambda p: p.r.get_env_id(*p.r.parse_env_id(id)), OURS, THEIRS)
    assert_same_outcome(lambda p: spec_facts(p.r.EnvSpec(id)), OURS, THEIRS)


def test_highest_version():
    for ns, name in ((None, "Walk"), (None, "Plain"), ("Mine", "Walk"), ("ALE", "Pong"), (None, "Nothing")):
        assert_same_outcome(lambda p, ns=ns, name=name: p.r.find_highest_version(ns, name), OURS, THEIRS)
    assert registration.find_highest_version(None, "Walk") == 2


UNKNOWN = [
    "CartPoll-v1", "Cartpole", "CartPole-v9", "CartPole-v3", "Taxi-v3", "Walk-v1", "Walk-v3", "Plain-v0",
    "Mine/Plain-v2", "Nothing", "Nothing-v3", "ALE/Pog-v5", "ALE/Pong-v4", "ALE/Pong-v9", "ALEE/Pong-v5",
    "Nowhere/Pong-v5", "Mine/Nothing", "Zzzz/Pong", "bad id", "", "a/b/c", "Text.Env-v4", "FrozenLake8x8-v1",
]  # fmt: skip


@pytest.mark.parametrize("id", UNKNOWN)
def test_unknown_environments(id):
    for call in (lambda p: p.r.spec(id), lambda p: p.r.make(id), lambda p: p.r.make_vec(id)):
        assert outcome(lambda call=call: call(OURS))[0][0] == "raised"
        assert_same_outcome(call, OURS, THEIRS)


def test_unknown_environments_in_an_odd_registry():
    """Users may put specs into the registry that `register` would refuse."""
    for p in (OURS, THEIRS):
        p.registry["Alias-v0"] = p.registry.pop("Taxi-v4")
        p.registry["Both"], p.registry["Both-v1"] = p.r.EnvSpec("Both", "m:E"), p.r.EnvSpec("Both-v1", "m:E")
    for id in ("Taxi-v4", "Taxi-v9", "Taxi", "Both-v0", "Both-v3", "Alias-v1"):
        assert outcome(lambda id=id: OURS.r.make(id))[0][0] == "raised"
        assert_same_outcome(lambda p, id=id: p.r.make(id), OURS, THEIRS)


def test_unknown_environments_in_an_empty_registry():
    OURS.registry.clear(), THEIRS.registry.clear()
    for id in ("CartPole-v1", "ALE/Pong-v5"):
        assert_same_outcome(lambda p, id=id: p.r.make(id), OURS, THEIRS)


@pytest.mark.parametrize(
    "id", ["CartPole", "CartPole-v0", "CartPole-v1", "Walk", "Walk-v0", "Plain", "ALE/Pong", "Mine/Walk"]
)
def test_versions(id):
    assert_same_outcome(lambda p: spec_facts(p.r.make(id).spec), OURS, THEIRS)
    assert_same_outcome(lambda p: spec_facts(p.r.spec(id)), OURS, THEIRS)


def test_spec_is_the_registered_one():
    assert registration.spec("Walk-v0") is registration.registry["Walk-v0"]
    OURS.registry["Odd-v0"] = THEIRS.registry["Odd-v0"] = "not a spec"
    assert_same_outcome(lambda p: p.r.spec("Odd-v0"), OURS, THEIRS)


@pytest.mark.parametrize("argument", [None, 3, b"CartPole-v1", object])
def test_make_takes_ids_and_specs(argument):
    for call in (lambda p: p.r.make(argument), lambda p: p.r.make_vec(argument)):
        assert_same_outcome(call, OURS, THEIRS)


def test_make_imports_modules_first():
    assert_same_outcome(lambda p: str(p.r.make("json:Walk-v2")), OURS, THEIRS)
    for id in ("no_such_module_at_all:Walk-v2", "json:NotThere-v0", "a:b:c", ":Walk-v2", "json:"):
        assert_same_outcome(lambda p, id=id: p.r.make(id), OURS, THEIRS)


def test_make_imports_a_module_that_registers(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tasks_in_a_file.py").write_text(
        "from plyo.envs.registration import register\nregister('InFile-v0', entry_point=lambda: None)\n"
    )
    with pytest.raises(plyo.error.NameNotFound):
        OURS.r.make("InFile-v0")
    with pytest.raises(TypeError, match="must inherit from the plyo"):
        OURS.r.make("tasks_in_a_file:InFile-v0")
    monkeypatch.delitem(sys.modules, "tasks_in_a_file")


# register


def test_register_arguments():
    theirs = inspect.signature(gymnasium.register).parameters.values()
    ours = inspect.signature(registration.register).parameters.values()
    assert [(a.name, a.kind, a.default) for a in ours] == [(a.name, a.kind, a.default) for a in theirs]
    for name in ("make", "make_vec", "spec", "namespace", "get_env_id", "load_env_creator", "register_envs"):
        theirs, ours = (inspect.signature(getattr(p.r, name)).parameters.values() for p in (THEIRS, OURS))
        assert [(a.name, a.kind, a.default) for a in ours] == [(a.name, a.kind, a.default) for a in theirs]

    def register(p):
        wrappers = (p.Scaled.wrapper_spec(factor=3),)
        p.r.register("New-v3", "m:E", 9.5, True, 7, False, True, wrappers, "m:V", {"a": [1]})
        return spec_facts(p.r.registry["New-v3"]), repr(p.r.EnvSpec("New-v3", "m:E", kwargs={"a": 1}))

    assert_same_outcome(register, OURS, THEIRS)


CONFLICTING_IDS = [
    "Walk-v0", "Walk-v5", "Walk", "Plain-v1", "Plain", "Mine/Plain-v3", "Other/Plain-v3", "bad id",
    "Mine/Walk", "X", "Walk-v0-v1", "Walk-v5-v0", "Plain-v1-v2", "Mine/Plain-v3-v3",
    "Walk-v0-v1-v2", "Walk-v", "Walk-v-v1",
]  # fmt: skip


@pytest.mark.parametrize("arguments", [("New-v0",), *((id, "m:E") for id in CONFLICTING_IDS)])
def test_register_conflicts(arguments):
    def register(p):
        p.r.register(*arguments)
        return list(p.r.registry)

    assert_same_outcome(register, OURS, THEIRS)


def test_a_version_of_a_version_can_be_made():
    def call(p):
        p.r.register("Walk-v0-v7", p.Walk)
        return (
            p.r.make("Walk-v0-v7").spec.id,
            p.r.make("Walk-v0-v7").spec.version,
            p.r.spec("Walk-v0-v7").name,
        )

    assert_same_outcome(call, OURS, THEIRS)


def test_namespace():
    def facts(p):
        values = [p.r.current_namespace]
        with p.r.namespace("Outer"):
            p.r.register("A-v0", "m:E")
            with p.r.namespace("Inner"):
                p.r.register("Else/B-v0", "m:E", kwargs={"namespace": "Else"})
                p.r.register("C", "m:E", kwargs={"namespace": "Inner"})
                values.append(p.r.current_namespace)
            p.r.register("D-v0", "m:E")
        return [*values, p.r.current_namespace, list(p.r.registry), p.r.registry["Inner/B-v0"].kwargs]

    assert outcome(lambda: facts(OURS))[0][0] == "returned"
    OURS.registry.clear(), THEIRS.registry.clear()
    assert_same_outcome(facts, OURS, THEIRS)


def test_namespace_ends_with_an_exception():
    """Gymnasium stays in the namespace here."""
    with pytest.raises(KeyError), registration.namespace("Inner"):
        raise KeyError
    assert registration.current_namespace is None


def test_register_envs_does_nothing():
    before = dict(registration.registry)
    assert registration.register_envs(json) is None
    assert registration.registry == before


# make


def test_make_wraps_python_environments():
    def facts(p):
        stacks = []
        for id, kwargs in (
            ("Walk-v2", {}),
            ("Walk-v2", {"max_episode_steps": 3}),
            ("Walk-v2", {"max_episode_steps": -1}),
            ("Unordered-v0", {}),
            ("Unordered-v0", {"start": 4}),
            ("Wrapped-v0", {}),
        ):
            env = p.r.make(id, **kwargs)
            env.reset(seed=0)
            steps = [env.step(1)[1:] for _ in range(6)]
            stacks.append((str(env), spec_facts(env.spec), spec_facts(env.unwrapped.spec), steps))
        return stacks

    for p in (OURS, THEIRS):
        p.r.register("Unordered-v0", p.Walk, order_enforce=False, kwargs={"start": 2})
        p.r.register("Wrapped-v0", p.Walk, additional_wrappers=(p.Scaled.wrapper_spec(factor=5),))
    assert outcome(lambda: facts(OURS))[0][0] == "returned"
    assert_same_outcome(facts, OURS, THEIRS)


def test_made_environments_can_be_made_again():
    def facts(p):
        table = [1]
        env = p.Scaled(p.Scaled(p.r.make("Walk-v2", max_episode_steps=3, start=1, table=table), factor=3))
        again = p.r.make(env.spec)
        values = [
            str(env),
            str(again),
            spec_facts(env.spec),
            spec_facts(again.spec),
            again.factor,
            again.env.factor,
        ]
        values += [env.unwrapped.table is again.unwrapped.table, again.spec == env.spec]
        values += [str(p.r.make(env.spec, max_episode_steps=-1)), str(env.spec.make(start=2).unwrapped.start)]
        unlimited = p.r.make("Walk-v2", max_episode_steps=-1)
        return [*values, str(p.r.make(unlimited.spec)), p.r.registry["Walk-v2"].kwargs]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(THEIRS.r.EnvSpec, "make", lambda self, **kwargs: THEIRS.r.make(self, **kwargs))
        assert outcome(lambda: facts(OURS))[0][0] == "returned"
        assert_same_outcome(facts, OURS, THEIRS)


def test_disable_env_checker_goes_into_the_spec():
    assert registration.make("Walk-v2").spec.disable_env_checker is False
    assert registration.make("Walk-v2", disable_env_checker=True).spec.disable_env_checker is True
    registration.register("Unchecked-v0", OURS.Walk, disable_env_checker=True)
    assert registration.make("Unchecked-v0").spec.disable_env_checker is True
    assert registration.make("Unchecked-v0", disable_env_checker=False).spec.disable_env_checker is False


@pytest.mark.parametrize(
    "kwargs",
    [{"max_episode_steps": n} for n in (0, -2, 2.5, "3")] + [{"nonsense": 1}, {"start": "bad"}, {"env": 1}],
    ids=str,
)
def test_broken_arguments_of_make(kwargs):
    assert outcome(lambda: OURS.r.make("Walk-v2", **kwargs))[0][0] == "raised"
    assert_same_outcome(lambda p: p.r.make("Walk-v2", **kwargs), OURS, THEIRS)


def test_broken_entry_points():
    class OldGymEnv:
        __module__, __qualname__ = "gym.core", "Env"

    broken = {
        "NoEntry-v0": {"vector_entry_point": "m:V"},
        "NoEnv-v0": {"entry_point": lambda: 3},
        "OldGym-v0": {"entry_point": type("OldTask", (OldGymEnv,), {})},
        "NoModule-v0": {"entry_point": "no_such_module_at_all:Env"},
        "NoAttribute-v0": {"entry_point": "json:NoSuchEnv"},
        "NoColon-v0": {"entry_point": "json"},
        "Fails-v0": {"entry_point": lambda: {}["key"]},
        "Subclass-v0": {"entry_point": lambda: (_ for _ in ()).throw(type("Odd", (TypeError,), {})("odd"))},
    }
    for id, arguments in broken.items():
        for p in (OURS, THEIRS):
            p.r.register(id, **arguments)
        ours = outcome(lambda id=id: OURS.r.make(id))
        assert ours[0][0] == "raised"
        if id == "NoEnv-v0":
            assert "must inherit from the plyo.Env class" in ours[0][2]
        assert_same(ours, outcome(lambda id=id: THEIRS.r.make(id)))


@pytest.mark.parametrize("mode", [None, "ansi", "ansi_list", "rgb_array", "human", "nonsense"])
def test_render_modes(mode):
    assert_same_outcome(lambda p: p.r.make("Walk-v2", render_mode=mode).render_mode, OURS, THEIRS)


@pytest.mark.parametrize(
    "metadata", [{}, {"render_modes": None}, {"render_modes": 3}, None, [], {"render_modes": ()}], ids=str
)
def test_metadata_is_checked(metadata):
    def call(p):
        p.r.register("Odd-v0", type("Odd", (p.Walk,), {"metadata": metadata}))
        return str(p.r.make("Odd-v0"))

    assert_same_outcome(call, OURS, THEIRS)


def test_entry_points_that_wrap():
    def facts(p):
        def creator(**kwargs):
            return p.Scaled(p.Walk(**kwargs), factor=4)

        p.r.register("Prior-v0", creator)
        env = p.Scaled(p.r.make("Prior-v0"), factor=6)
        again = p.r.make(env.spec)
        values = [str(env), str(again), spec_facts(again.spec)]
        p.r.register(
            "PriorClass-v0",
            type("Inside", (p.Scaled,), {"__init__": lambda s: p.Scaled.__init__(s, p.Walk())}),
        )
        return [*values, str(p.r.make("PriorClass-v0"))]

    assert outcome(lambda: facts(OURS))[0][0] == "returned"
    OURS.registry.clear(), THEIRS.registry.clear()
    assert_same_outcome(facts, OURS, THEIRS)


def test_saved_wrappers_must_match_those_of_the_entry_point():
    def call(p):
        p.r.register(
            "Prior-v0",
            lambda: p.Scaled(p.Walk(), factor=4),
            additional_wrappers=(p.r.WrapperSpec("Scaled", "somewhere:Scaled", {"factor": 9}),),
        )
        return p.r.make("Prior-v0")

    def without_module(result):
        return neutral(result).replace(f"{THEIRS_MODULE}:", f"{__name__}:")

    ours, theirs = outcome(lambda: call(OURS)), outcome(lambda: call(THEIRS))
    assert ours[0][0] == "raised"
    assert without_module(ours).replace("package.<locals>.", "") == without_module(theirs)


def test_wrappers_that_forget_their_arguments():
    def call(p):
        env = p.Forgetful(p.r.make("Walk-v2"))
        return env.spec.additional_wrappers[0].kwargs, p.r.make(env.spec)

    assert outcome(lambda: call(OURS))[0][0] == "raised"
    assert_same_outcome(call, OURS, THEIRS)


def test_specs_without_additional_wrappers():
    def call(p):
        spec = p.r.EnvSpec("Old-v0", entry_point="m:E")
        spec.entry_point = p.Walk
        del spec.additional_wrappers
        spec.__class__ = type("OldSpec", (p.r.EnvSpec,), {"__repr__": lambda self: "an old spec"})
        return str(p.r.make(spec)), spec.additional_wrappers

    assert_same_outcome(call, OURS, THEIRS)


# Specs as text


def test_json():
    def facts(p):
        p.r.register("Text-v0", "m:E", 3.5, True, 7, kwargs={"a": [1, {"b": None}]}, vector_entry_point="m:V")
        spec = p.r.registry["Text-v0"]
        spec.additional_wrappers = (p.r.WrapperSpec("W", "m:W", {"x": 1}), p.r.WrapperSpec("V", "m:V", None))
        back = p.r.EnvSpec.from_json(spec.to_json())
        return spec.to_json(), spec_facts(back), back == spec

    assert_same_outcome(facts, OURS, THEIRS)
    assert outcome(lambda: facts(OURS))[0][1][2] is True


BROKEN_JSON = [
    "{", '{"additional_wrappers": [3]}', '{"additional_wrappers": []}',
    '{"additional_wrappers": [{"name": 1}]}', '{"additional_wrappers": [], "id": "bad id"}',
    '{"additional_wrappers": [], "id": "A-v0", "nonsense": 1}',
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN_JSON)
def test_broken_json(text):
    def type_and_text(p):
        (kind, name, message), _ = outcome(lambda: p.r.EnvSpec.from_json(text))
        return kind, name, message

    assert type_and_text(OURS) == type_and_text(THEIRS)


def test_callables_are_no_json():
    def call(p):
        p.r.register("Callable-v0", entry_point=len)
        return p.r.registry["Callable-v0"].to_json()

    assert_same_outcome(call, OURS, THEIRS)
    assert_same_outcome(lambda p: p.r.EnvSpec("A-v0", kwargs={"f": 1j}).to_json(), OURS, THEIRS)
    assert_same_outcome(lambda p: p.r.EnvSpec("A-v0", "m:E", vector_entry_point=max).to_json(), OURS, THEIRS)


def test_printing_specs(capsys):
    def specs(p):
        yield p.r.EnvSpec("A-v0")
        yield p.r.EnvSpec("ns/A-v0", "m:E", 0.0, True, 5, False, True, {"a": 1}, vector_entry_point="m:V")
        yield p.r.EnvSpec("A", "m:E", additional_wrappers=(p.r.WrapperSpec("W", "m:W", {"x": 1}),) * 2)

    def texts(p):
        options = [
            (disable, points, everything) for disable in (0, 1) for points in (0, 1) for everything in (0, 1)
        ]
        return [(spec.pprint(*option), capsys.readouterr().out) for spec in specs(p) for option in options]

    assert texts(OURS) == texts(THEIRS)
    assert texts(OURS)[0] == (None, "id=A-v0\n")


@pytest.mark.parametrize(
    "options", [{}, {"num_cols": 1}, {"num_cols": 5}, {"exclude_namespaces": ["ALE", "mujoco"]}], ids=str
)
def test_printing_the_registry(options, capsys):
    points = {
        "Deep-v0": "gymnasium.envs.mujoco.ant_v4:AntEnv", "Deep-v1": "gymnasium.envs.mujoco:Ant",
        "Two-v0": "shimmy.atari:Env", "One-v0": "alone:Env", "Callable-v0": len, "Colon-v0": "a.b.c:D.E",
        "VeryLongNameForAnEnvironment-v12": "gymnasium.envs.mujoco:Long",
        "Short-v1": "gymnasium.envs.mujoco:S", "ns/Deep-v0": "gymnasium.envs.mujoco:Ant",
    }  # fmt: skip

    def texts(p):
        for id, point in points.items():
            if id not in p.r.registry:
                p.r.register(id, point)
        some = {id: p.r.registry[id] for id in list(points)[:4]}
        text = p.r.pprint_registry(disable_print=True, **options)
        p.r.pprint_registry(**options)
        return (
            text,
            capsys.readouterr().out == text + "\n",
            p.r.pprint_registry(some, disable_print=True, **options),
        )

    ours = texts(OURS)
    assert ours == texts(THEIRS)
    assert "===== ALE =====" in ours[0] or options.get("exclude_namespaces")
    OURS.registry.clear(), THEIRS.registry.clear()
    assert_same_outcome(lambda p: p.r.pprint_registry(disable_print=True), OURS, THEIRS)


def test_native_tasks_are_printed_by_family():
    """In the group that Gymnasium prints them in, as the entry points agree."""
    OURS.registry.clear(), THEIRS.registry.clear()
    for p, name in ((OURS, "plyo"), (THEIRS, "gymnasium")):
        for id in ("CartPole-v1", "ns/CartPole-v1"):
            p.r.register(id, entry_point=f"{name}.envs.classic_control.cartpole:CartPoleEnv")
    assert_same_outcome(lambda p: p.r.pprint_registry(disable_print=True), OURS, THEIRS)
    assert "===== classic_control =====\nCartPole-v1" in registration.pprint_registry(disable_print=True)


# Native tasks


class Native(OURS.Walk):
    """Stands for a native task, which checks calls and limits by itself."""

    native_checks = True
    metadata: ClassVar = {"render_modes": []}

    def __init__(self, max_episode_steps, render_mode=None, math="fast", **kwargs):
        if kwargs:
            raise TypeError(f"Native takes no argument {next(iter(kwargs))!r}; it takes 'math'")
        super().__init__(render_mode)
        self.limit, self.math = max_episode_steps, math


class Batch:
    """Stands for a vector environment."""

    metadata: ClassVar = {"autoreset_mode": AutoresetMode.NEXT_STEP}
    spec = None

    def __init__(self, num_envs, **kwargs):
        self.num_envs, self.kwargs = num_envs, kwargs

    def __str__(self):
        return "a batch"

    @property
    def unwrapped(self):
        return self


class NativeBatch(Batch):
    """Stands for a native batch."""

    native_checks = True


class TheirBatch(Batch):
    """A vector environment for Gymnasium."""

    metadata: ClassVar = {"autoreset_mode": gymnasium.vector.AutoresetMode.NEXT_STEP}


@pytest.fixture
def native():
    registration.register(
        "Native-v0", entry_point=f"{__name__}:Native", vector_entry_point=f"{__name__}:NativeBatch",
        max_episode_steps=50, reward_threshold=4.5, kwargs={"math": "fast"},
    )  # fmt: skip


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize(("asked", "limit"), [(None, 50), (7, 7), (-1, None)])
def test_native_tasks_keep_the_limit_themselves(asked, limit):
    env = registration.make("Native-v0", max_episode_steps=asked, math="reference")
    assert type(env) is Native
    assert (env.limit, env.math) == (limit, "reference")
    spec = env.unwrapped.spec
    expected = registration.EnvSpec(
        "Native-v0", f"{__name__}:Native", 4.5, max_episode_steps=limit, kwargs={"math": "reference"},
        vector_entry_point=f"{__name__}:NativeBatch",
    )  # fmt: skip
    assert spec == expected
    again = registration.make(spec)
    assert (again.limit, again.math, again.spec) == (limit, "reference", spec)
    assert registration.registry["Native-v0"].kwargs == {"math": "fast"}
    assert registration.registry["Native-v0"].max_episode_steps == 50


@pytest.mark.usefixtures("native")
def test_wrapped_native_tasks_can_be_made_again():
    env = OURS.Scaled(plyo.wrappers.TimeLimit(registration.make("Native-v0"), 3), factor=8)
    again = registration.make(env.spec)
    assert str(again) == "<Scaled<Native<Native-v0>>>"
    assert (again.factor, again.unwrapped.limit) == (8, 3)
    assert again.spec == env.spec
    assert registration.make("Native-v0", disable_env_checker=True).spec.disable_env_checker is True


@pytest.mark.usefixtures("native")
def test_complaints_of_native_tasks_reach_the_user():
    with pytest.raises(TypeError) as caught:
        registration.make("Native-v0", gravity=3)
    assert str(caught.value) == (
        "Native takes no argument 'gravity'; it takes 'math' was raised from the environment creator "
        "for Native-v0 with kwargs ({'math': 'fast', 'gravity': 3})"
    )
    for limit in (0, -2, 2.5, "3"):
        native = outcome(lambda limit=limit: registration.make("Native-v0", limit))
        assert native == outcome(lambda limit=limit: registration.make("Walk-v2", limit))
        assert native[0][0] == "raised"


@pytest.mark.usefixtures("native")
def test_native_tasks_warn_of_render_modes():
    made, warned = outcome(lambda: registration.make("Native-v0", render_mode="human"))
    assert made[1].render_mode == "human"
    assert [category for category, _ in warned] == ["UserWarning"]
    assert "render_mode='human' that is not in the possible render_modes ([])." in warned[0][1]


class Weighted(plyo.envs.classic_control.CartPoleEnv):
    """A user's own class on a native one, with another constructor."""

    def __init__(self, weight):
        super().__init__(sutton_barto_reward=True)
        self.weight = weight


def test_subclasses_of_native_tasks_are_python_environments():
    registration.register("Weighted-v0", f"{__name__}:Weighted", max_episode_steps=4, kwargs={"weight": 2.0})
    env = registration.make("Weighted-v0")
    assert str(env) == "<TimeLimit<OrderEnforcing<PassiveEnvChecker<Weighted<Weighted-v0>>>>>"
    env.reset(seed=0)
    env.step(1)
    for twin in (copy.deepcopy(env.unwrapped), pickle.loads(pickle.dumps(env.unwrapped))):
        assert (type(twin), twin.weight, twin.spec) == (Weighted, 2.0, env.unwrapped.spec)
        assert twin.state.tolist() == env.unwrapped.state.tolist()
        assert twin.step(0)[1] == 0.0
    assert [env.step(0)[3] for _ in range(3)] == [False, False, True]


# make_vec


def register_batches():
    for p, batch in ((OURS, Batch), (THEIRS, TheirBatch)):
        p.r.register("Batch-v0", vector_entry_point=batch, max_episode_steps=6, kwargs={"a": 1})
        p.r.register("Unlimited-v0", vector_entry_point=f"{__name__}:{batch.__name__}")
        p.r.register(
            "WrappedBatch-v0",
            vector_entry_point=batch,
            additional_wrappers=(p.r.WrapperSpec("W", "m:W", {}),),
        )


def batch_facts(env):
    return env.num_envs, env.kwargs, spec_facts(env.spec) | {"vector_entry_point": None}


VEC_ARGUMENTS = [
    {}, {"num_envs": 3}, {"num_envs": 0}, {"num_envs": "x"}, {"a": 2, "b": 3}, {"max_episode_steps": 9},
    {"max_episode_steps": -1}, {"max_episode_steps": None}, {"vectorization_mode": "vector_entry_point"},
    {"vector_kwargs": {}, "wrappers": []}, {"vector_kwargs": {"c": 1}}, {"wrappers": [str]},
]  # fmt: skip


@pytest.mark.parametrize("id", ["Batch-v0", "Unlimited-v0", "Batch"])
@pytest.mark.parametrize("kwargs", VEC_ARGUMENTS, ids=str)
def test_make_vec_with_vector_entry_points(id, kwargs):
    register_batches()

    def facts(p):
        env = p.r.make_vec(id, **kwargs)
        again = p.r.make_vec(env.spec)
        return batch_facts(env), batch_facts(again), env.spec == again.spec, p.r.registry["Batch-v0"].kwargs

    assert_same_outcome(facts, OURS, THEIRS)


def test_make_vec_enum_and_wrapped_specs():
    register_batches()
    for mode in (registration.VectorizeMode.VECTOR_ENTRY_POINT, "vector_entry_point", None):
        assert (
            registration.make_vec("Batch-v0", 2, mode).spec.kwargs["vectorization_mode"]
            == "vector_entry_point"
        )
    assert_same_outcome(lambda p: p.r.make_vec("WrappedBatch-v0"), OURS, THEIRS)
    assert [(m.name, m.value) for m in registration.VectorizeMode] == [
        (m.name, m.value) for m in THEIRS.r.VectorizeMode
    ]


def test_make_vec_checks_autoreset_metadata():
    register_batches()
    for metadata in ({}, {"autoreset_mode": "NextStep"}, {"autoreset_mode": None}):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Batch, "metadata", metadata)
            patch.setattr(TheirBatch, "metadata", metadata)
            assert len(outcome(lambda: registration.make_vec("Batch-v0"))[1]) == 1
            assert_same_outcome(lambda p: p.r.make_vec("Batch-v0").num_envs, OURS, THEIRS)


@pytest.mark.parametrize("mode", ["nonsense", 3, "SYNC"])
def test_make_vec_unknown_modes(mode):
    register_batches()
    with pytest.raises(ValueError, match=r"Invalid vectorization mode: .* valid modes: .*'native'"):
        registration.make_vec("Batch-v0", vectorization_mode=mode)


@pytest.mark.parametrize("mode", [None, "sync", "vector_entry_point"])
@pytest.mark.parametrize("id", ["Walk-v2", "Batch-v0"])
def test_make_vec_without_the_entry_point(id, mode):
    register_batches()
    kwargs = {"disable_env_checker": True} if id == "Walk-v2" else {}
    assert_same_outcome(lambda p: p.r.make_vec(id, vectorization_mode=mode, **kwargs).num_envs, OURS, THEIRS)


@pytest.mark.parametrize("id", ["Walk-v2", "Batch-v0"])
def test_make_vec_native_mode_is_for_native_tasks(id):
    register_batches()
    with pytest.raises(plyo.error.Error, match=f"for {id} .*not a native task"):
        registration.make_vec(id, vectorization_mode="native")


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize(
    "mode", [None, "native", "vector_entry_point", registration.VectorizeMode.VECTOR_ENTRY_POINT]
)
def test_make_vec_of_native_tasks(mode):
    env = registration.make_vec("Native-v0", 3, mode, vector_kwargs={"threads": 2}, math="reference")
    assert (env.num_envs, env.kwargs) == (3, {"math": "reference", "max_episode_steps": 50, "threads": 2})
    again = registration.make_vec(env.spec)
    assert (again.num_envs, again.kwargs, again.spec) == (3, env.kwargs, env.spec)
    json.dumps(env.spec.kwargs)


@pytest.mark.usefixtures("native")
@pytest.mark.parametrize(("asked", "limit"), [(None, 50), (7, 7), (-1, None)])
def test_make_vec_limits_of_native_tasks(asked, limit):
    env = registration.make_vec("Native-v0", max_episode_steps=asked)
    assert env.kwargs["max_episode_steps"] == limit
    assert registration.make_vec(env.spec).kwargs["max_episode_steps"] == limit
    unlimited = registration.make("Native-v0", max_episode_steps=-1)
    assert registration.make_vec(unlimited.spec).kwargs["max_episode_steps"] is None


@pytest.mark.usefixtures("native")
def test_make_vec_refusals_of_native_tasks():
    for limit in (0, 2.5):
        vector = outcome(lambda limit=limit: registration.make_vec("Native-v0", max_episode_steps=limit))
        assert vector == outcome(lambda limit=limit: registration.make("Walk-v2", limit))
    scaled = OURS.Scaled(registration.make("Native-v0")).spec
    for mode in ("native", "vector_entry_point"):
        with pytest.raises(plyo.error.Error, match="with the wrappers argument"):
            registration.make_vec("Native-v0", vectorization_mode=mode, wrappers=[OURS.Scaled])
        with pytest.raises(plyo.error.Error, match="additional_wrappers parameter in spec"):
            registration.make_vec(scaled, vectorization_mode=mode)
    with pytest.raises(TypeError, match="multiple values for keyword argument 'math'"):
        registration.make_vec("Native-v0", math="fast", vector_kwargs={"math": "reference"})
