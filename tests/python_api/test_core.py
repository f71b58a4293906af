"""Env and the wrapper base classes against those of Gymnasium."""

from __future__ import annotations

import inspect
import pickle
import sys
import warnings
from types import SimpleNamespace
from typing import Any

import gymnasium
import gymnasium.utils.seeding
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome

import plyo.core
import plyo.error
import plyo.logger
import plyo.utils.colorize
import plyo.utils.seeding
import plyo.wrappers
from plyo.basics.absent import Absent
from plyo.envs import registration
from plyo.spaces import Box, Discrete
from plyo.utils import EzPickle, RecordConstructorArgs, colorize

CORE = ("Env", "Wrapper", "ObservationWrapper", "RewardWrapper", "ActionWrapper")


def package(core, spaces, wrappers, utils, registration):
    """The parts of a package, with environments and wrappers built on them."""
    p = SimpleNamespace(core=core, spaces=spaces, wrappers=wrappers, utils=utils, registration=registration)
    for name in CORE:
        setattr(p, name, getattr(core, name))

    class Counter(p.Env):
        """Counts its steps; the reward is the action."""

        metadata = {"render_modes": ["ansi"], "render_fps": 7}  # noqa: RUF012

        def __init__(self, length=100, render_mode=None):
            self.length, self.render_mode, self.closed = length, render_mode, 0
            self.action_space, self.observation_space = spaces.Discrete(9), spaces.Box(0, 100, (1,))

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.count = 0
            return np.float32([0]), {"drawn": self.np_random.random(), "options": options}

        def step(self, action):
            self.count += 1
            return np.float32([self.count]), float(action), self.count >= self.length, False, {}

        def render(self):
            return f"count {self.count}"

        def close(self):
            self.closed += 1

    class Plain(p.Wrapper):
        """Records no arguments."""

    class Recorded(p.Wrapper, utils.RecordConstructorArgs):
        """Records its arguments."""

        def __init__(self, env, factor=1, table=None):
            utils.RecordConstructorArgs.__init__(self, env=None, factor=factor, table=table)
            p.Wrapper.__init__(self, env)
            self.factor = factor

    class Doubled(p.ObservationWrapper):
        def observation(self, observation):
            return observation * 2

    class Negated(p.RewardWrapper):
        def reward(self, reward):
            return -reward

    class Increased(p.ActionWrapper):
        def action(self, action):
            return action + 1

    for cls in (Counter, Plain, Recorded, Doubled, Negated, Increased):
        setattr(p, cls.__name__, cls)
    return p


OURS = package(plyo.core, plyo.spaces, plyo.wrappers, plyo.utils, registration)
THEIRS = package(
    gymnasium.core, gymnasium.spaces, gymnasium.wrappers, gymnasium.utils, gymnasium.envs.registration
)


def described(p, env):
    """Gives an environment a spec."""
    env.unwrapped.spec = p.registration.EnvSpec(
        "Counter-v0", entry_point="nowhere:Counter", kwargs={"length": 100}
    )
    return env


def public(cls):
    return {
        name
        for name in dir(cls)
        if (not name.startswith("_") or name in ("__enter__", "__exit__", "_np_random"))
        # not those that only say what to use instead
        and not isinstance(inspect.getattr_static(cls, name), Absent)
    }


@pytest.mark.parametrize("name", [*CORE, "TimeLimit", "OrderEnforcing"])
def test_members_and_signatures(name):
    ours = getattr(OURS, name, None) or getattr(plyo.wrappers, name)
    theirs = getattr(THEIRS, name, None) or getattr(gymnasium.wrappers, name)
    assert public(ours) == public(theirs)
    assert [c.__name__ for c in ours.__mro__] == [c.__name__ for c in theirs.__mro__]
    for member in public(ours):
        our_member, their_member = getattr(ours, member), getattr(theirs, member)
        assert type(our_member) is type(their_member), member
        if callable(our_member):
            ours_by_name = inspect.signature(our_member).parameters.values()
            theirs_by_name = inspect.signature(their_member).parameters.values()
            assert [(a.name, a.kind, a.default) for a in ours_by_name] == [
                (a.name, a.kind, a.default) for a in theirs_by_name
            ]


def test_generic_parameters_may_be_left_out():
    def arguments(p):
        kinds = [p.Env[int], p.Env[int, str], p.Wrapper[int], p.Wrapper[int, str, float, bytes]]
        kinds += [p.ObservationWrapper[int, str], p.RewardWrapper[int], p.ActionWrapper[int, str, float]]
        kinds += [p.wrappers.TimeLimit[int], p.spaces.Box[np.float32], p.spaces.Discrete[np.int8]]
        return [kind.__args__ for kind in kinds]

    if sys.version_info >= (3, 11):  # before 3.11, Gymnasium's base classes fill in no defaults
        assert arguments(OURS) == arguments(THEIRS)
    assert arguments(OURS)[0] == (int, Any)

    class Typed(plyo.core.Env[np.ndarray]):
        pass

    assert Typed().unwrapped is not None
    for bad in (lambda p: p.Env[int, str, float], lambda p: type("Closed", (p.Env[int, int],), {})[int]):
        assert outcome(lambda bad=bad: bad(OURS))[0][:2] == ("raised", "TypeError")


def test_base_env_defaults():
    def facts(p):
        env = p.Env()
        values = [env.metadata, env.render_mode, env.spec, env._np_random, env._np_random_seed]
        values += [str(env), env.unwrapped is env, env.close(), env.reset(seed=3), env.np_random_seed]
        values += [hasattr(env, "action_space"), env.__exit__(None, None, None)]
        with env as same:
            values.append(same is env)
        return values

    assert_same_outcome(facts, OURS, THEIRS)
    for name, arguments in (("step", (0,)), ("render", ()), ("get_wrapper_attr", ("missing",))):
        assert_same_outcome(lambda p, n=name, a=arguments: getattr(p.Env(), n)(*a), OURS, THEIRS)
    assert outcome(lambda: OURS.Env().step(0))[0][1] == "NotImplementedError"


def test_exit_closes_and_lets_exceptions_pass():
    env = OURS.Counter()
    with pytest.raises(KeyError), OURS.Plain(env):
        raise KeyError
    assert env.closed == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_random_numbers(wrapped):
    def facts(p):
        env = p.Plain(p.Counter()) if wrapped else p.Counter()
        values = [env.reset(seed=5), env.reset(), env.np_random_seed, env.np_random.random()]
        env.np_random = np.random.default_rng(8)
        values += [env.np_random_seed, env.np_random.random(), env.unwrapped.np_random.random()]
        values += [env.reset(seed=2**80), env.np_random_seed]
        return values

    assert_same_outcome(facts, OURS, THEIRS)
    for seed in (-1, 0.5, "a"):
        assert_same_outcome(lambda p, seed=seed: p.Counter().reset(seed=seed), OURS, THEIRS)
    assert_same_outcome(lambda p: setattr(p.Counter(), "np_random_seed", 3), OURS, THEIRS)


def test_unseeded_env_takes_entropy_once():
    env = OURS.Counter()
    entropy = env.np_random_seed
    first = env.np_random.random()
    assert np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy))).random() == first
    other = OURS.Counter()
    other.np_random.random()
    assert other.np_random_seed not in (None, entropy)


def stacks(p):
    """Environments under one or more layers."""
    counter = p.Counter
    return {
        "bare": counter(),
        "plain": p.Plain(counter()),
        "spec": described(p, p.Recorded(counter(), 3)),
        "deep": p.Doubled(p.Negated(p.Increased(p.Recorded(counter(), factor=2)))),
        "limited": p.wrappers.TimeLimit(p.wrappers.OrderEnforcing(described(p, counter())), 3),
    }


@pytest.mark.parametrize("name", stacks(OURS))
def test_stack(name):
    def facts(p):
        env = stacks(p)[name]
        values = [str(env), env.reset(seed=1, options={"a": 1}), *(env.step(a) for a in (1, 2, 3, 4))]
        values += [
            env.render(),
            env.render_mode,
            env.metadata,
            str(env.action_space),
            str(env.observation_space),
        ]
        values += [type(env.unwrapped).__name__, env.close(), env.close(), env.unwrapped.closed]
        return values if name == "bare" else [*values, repr(env), env.class_name()]

    assert outcome(lambda: facts(OURS))[0][0] == "returned"
    assert_same_outcome(facts, OURS, THEIRS)


def test_wrapping_something_else():
    for value in (None, 3, "env"):
        assert_same_outcome(lambda p, v=value: p.Wrapper(v), OURS, THEIRS)
    (kind, name, text), _ = outcome(lambda: OURS.Wrapper(object))
    (their_kind, their_name, begin), _ = outcome(lambda: THEIRS.Wrapper(object))
    assert (kind, name) == (their_kind, their_name)
    assert text.startswith(f"{begin}. It is a class")


def test_abstract_transformations():
    for name, method in (
        ("ObservationWrapper", "reset"),
        ("RewardWrapper", "step"),
        ("ActionWrapper", "step"),
    ):

        def call(p, name=name, method=method):
            env = getattr(p, name)(p.Counter())
            env.unwrapped.reset()
            return env.reset() if method == "reset" else env.step(0)

        assert_same_outcome(call, OURS, THEIRS)
        assert outcome(lambda call=call: call(OURS))[0][1] == "NotImplementedError"


def test_overriding_spaces_and_metadata():
    def facts(p):
        inner = p.Counter()
        env = p.Plain(p.Plain(inner))
        env.action_space, env.observation_space = p.spaces.Discrete(3), p.spaces.Box(-1, 1, (2,))
        env.metadata = {"render_modes": ["human"]}
        values = [str(env.action_space), str(env.observation_space), env.metadata, str(env.env.action_space)]
        return [*values, str(inner.observation_space), inner.metadata]

    assert_same_outcome(facts, OURS, THEIRS)
    for name in ("render_mode", "unwrapped", "np_random_seed", "spec", "_np_random"):
        for p in (OURS, THEIRS):
            with pytest.raises(AttributeError):
                setattr(p.Plain(p.Counter()), name, None)
    assert_same_outcome(lambda p: p.Plain(p.Counter())._np_random, OURS, THEIRS)
    assert_same_outcome(lambda p: p.Plain(p.Counter()).length, OURS, THEIRS)


def test_attributes_through_layers():
    def facts(p):
        inner = p.Counter()
        env = p.Plain(p.Recorded(inner, factor=4))
        values = [env.has_wrapper_attr(n) for n in ("factor", "length", "missing", "_np_random")]
        values += [env.get_wrapper_attr(n) for n in ("factor", "length")]
        values += [env.set_wrapper_attr("factor", 5), env.env.factor, "factor" in vars(env)]
        values += [env.set_wrapper_attr("length", 6), inner.length, "length" in vars(env)]
        values += [env.set_wrapper_attr("fresh", 7, force=False), env.has_wrapper_attr("fresh")]
        values += [env.set_wrapper_attr("fresh", 8), env.fresh, hasattr(inner, "fresh")]
        values += [
            inner.set_wrapper_attr("other", 1, force=False),
            inner.set_wrapper_attr("other", 2),
            inner.other,
        ]
        values += [inner.has_wrapper_attr("other"), inner.get_wrapper_attr("other")]
        return values

    assert_same_outcome(facts, OURS, THEIRS)
    assert_same_outcome(lambda p: p.Plain(p.Plain(p.Counter())).get_wrapper_attr("missing"), OURS, THEIRS)


def plain_spec(spec):
    """A spec as values, with wrapper modules left out: the classes are defined in this file."""
    if spec is None:
        return None
    values = {k: v for k, v in vars(spec).items() if k != "additional_wrappers"}
    return values, [(w.name, w.entry_point.rpartition(".")[2], w.kwargs) for w in spec.additional_wrappers]


def test_specs_of_wrapped_environments():
    def facts(p):
        env = described(p, p.Counter())
        layers = [env, p.Recorded(env, 3, {"a": [1]})]
        layers.append(p.wrappers.OrderEnforcing(layers[-1], disable_render_order_enforcing=True))
        layers.append(p.wrappers.TimeLimit(layers[-1], 17))
        layers.append(p.Plain(layers[-1]))
        layers.append(p.Doubled(layers[-1]))
        before = plain_spec(env.spec)
        values = [plain_spec(layer.spec) for layer in layers]
        values += [layers[-1].spec is layers[-1].spec, plain_spec(env.spec) == before]
        values += [p.Plain(p.Counter()).spec, p.wrappers.TimeLimit(p.Counter(), 3).spec]
        made = p.wrappers.TimeLimit.wrapper_spec(max_episode_steps=4)
        return [*values, (made.name, made.entry_point, made.kwargs)]

    assert outcome(lambda: facts(OURS))[0][0] == "returned"
    assert_same_outcome(facts, OURS, THEIRS)


@pytest.mark.parametrize("wrap", ["Plain", "TimeLimit", "OrderEnforcing"])
def test_specs_that_cannot_be_copied(wrap):
    class Stubborn:
        def __deepcopy__(self, memo):
            raise ValueError("not me")

        def __repr__(self):
            return "Stubborn()"

    def facts(p):
        env = described(p, p.Counter())
        env.spec.kwargs["stubborn"] = Stubborn()
        cls = getattr(p, wrap, None) or getattr(p.wrappers, wrap)
        return (cls(env, 3) if wrap == "TimeLimit" else cls(env)).spec

    assert len(outcome(lambda: facts(OURS))[1]) == 1
    assert_same_outcome(facts, OURS, THEIRS)


def test_order_enforcing():
    def attempts(p):
        env = p.wrappers.OrderEnforcing(p.Counter())
        return env, [
            env.has_reset,
            *(outcome(lambda c=c: c(env)) for c in (lambda e: e.step(0), lambda e: e.render())),
        ]

    assert_same(attempts(OURS)[1], attempts(THEIRS)[1])
    env, _ = attempts(OURS)
    with pytest.raises(plyo.error.ResetNeeded):
        env.step(0)
    env.reset(seed=0)
    assert env.has_reset
    assert env.render() == "count 0"
    assert env.step(1)[1] == 1.0
    lenient = OURS.wrappers.OrderEnforcing(OURS.Counter(), disable_render_order_enforcing=True)
    lenient.unwrapped.count = 4
    assert lenient.render() == "count 4"


def test_time_limit():
    def episode(p, limit, length):
        env = p.wrappers.TimeLimit(p.Counter(length), limit)
        episodes = []
        for seed in range(2):
            env.reset(seed=seed)
            episodes.append([env.step(0)[2:4] for _ in range(6)])
        return episodes

    for limit in (1, 3, 5, 6, 7):
        for length in (3, 5, 99):
            assert_same(episode(OURS, limit, length), episode(THEIRS, limit, length))
    assert episode(OURS, 3, 3)[0][2] == (True, True)
    for bad in (0, -1, 2.0, None, "3"):
        assert_same_outcome(lambda p, bad=bad: p.wrappers.TimeLimit(p.Counter(), bad), OURS, THEIRS)
    assert_same_outcome(lambda p: p.wrappers.TimeLimit(3, 3), OURS, THEIRS)


def test_time_limit_needs_reset():
    """Gymnasium ends in an accidental TypeError here."""
    env = OURS.Counter()
    env.reset()
    with pytest.raises(plyo.error.ResetNeeded, match=r"before calling env\.reset"):
        OURS.wrappers.TimeLimit(env, 3).step(0)


# error, logger, utils


def test_exception_tree():
    theirs = {n: c for n, c in vars(gymnasium.error).items() if inspect.isclass(c)}
    ours = {n: c for n, c in vars(plyo.error).items() if inspect.isclass(c)}
    # a dead worker is an error of its own here, and still one of the errors of Gymnasium's batches
    assert issubclass(ours.pop("WorkerDiedError"), (EOFError, BrokenPipeError, ConnectionResetError))
    # so is what stops drawing, and still what Gymnasium raises for it
    assert issubclass(ours.pop("RenderContextError"), (plyo.error.Error, RuntimeError))
    # Gymnasium compiles nothing
    assert issubclass(ours.pop("CompileError"), plyo.error.Error)
    assert ours.keys() == theirs.keys()
    for name, cls in ours.items():
        bases = [b.__name__ for b in cls.__mro__]
        if name == "InvalidAction":
            # ours is one of the errors too that Gymnasium's tasks raise for a bad action
            assert {"ValueError", "AssertionError"} < set(bases)
            bases = [b for b in bases if b not in ("ValueError", "AssertionError")]
        assert bases == [b.__name__ for b in theirs[name].__mro__]
    for cls in (plyo.error.AlreadyPendingCallError, plyo.error.NoAsyncCallError):
        raised = cls("text", name="step")
        assert (str(raised), raised.name) == ("text", "step")


@pytest.mark.parametrize("level", [0, 30, 31, 40, 41])
def test_logger(level, monkeypatch):
    def messages(log):
        monkeypatch.setattr(log, "min_level", level)
        calls = [
            lambda: log.warn("plain"),
            lambda: log.warn("%d of %s", 3, "x", category=FutureWarning),
            lambda: log.deprecation("old %s", 1),
            lambda: log.error("bad %r", "y"),
            lambda: log.warn("%d"),
        ]
        return [outcome(call) for call in calls], log.WARN, log.ERROR

    assert_same(messages(plyo.logger), messages(gymnasium.logger))


def test_logger_blames_the_same_frame(monkeypatch):
    def lines(log):
        def caller():
            log.warn("a", stacklevel=2)
            log.warn("b")
            log.deprecation("c")
            log.error("d")

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            caller()
        start = caller.__code__.co_firstlineno
        return [(w.filename == __file__, w.lineno - start) for w in caught]

    assert lines(plyo.logger) == lines(gymnasium.logger)
    assert lines(plyo.logger)[1] == (True, 2)


def test_seeding():
    for seed in (0, 3, 2**70, True, -1, 1.5, "a", [1, 2]):
        ours = outcome(lambda seed=seed: plyo.utils.seeding.np_random(seed))[0]
        theirs = outcome(lambda seed=seed: gymnasium.utils.seeding.np_random(seed))[0]
        if ours[0] == "raised":
            assert ours == theirs
        else:
            assert ours[1][0].bit_generator.state == theirs[1][0].bit_generator.state
            assert_same(ours[1][1], theirs[1][1])
    assert plyo.utils.seeding.RNG is plyo.utils.seeding.RandomNumberGenerator is np.random.Generator
    rng, entropy = plyo.utils.seeding.np_random()
    assert rng.random() == plyo.utils.seeding.np_random(entropy)[0].random()


def test_colorize():
    assert plyo.utils.colorize is colorize
    for color in (*gymnasium.utils.colorize.__globals__["color2num"], "no colour"):
        for style in ({}, {"bold": True}, {"highlight": True}, {"bold": True, "highlight": True}):
            ours = outcome(lambda c=color, s=style: colorize("text", c, **s))
            assert ours == outcome(lambda c=color, s=style: gymnasium.utils.colorize("text", c, **s))


class Dog(EzPickle):
    def __init__(self, color, tail="bushy"):
        super().__init__(color, tail)
        self.color, self.tail, self.handle = color, tail, lambda: None


def test_ez_pickle_constructs_anew():
    dog = Dog("red", tail="short")
    dog.color = "blue"
    twin = pickle.loads(pickle.dumps(dog))
    assert (type(twin), twin.color, twin.tail) == (Dog, "red", "short")
    assert pickle.loads(pickle.dumps(twin)).color == "red"


def test_record_constructor_args():
    class Base(RecordConstructorArgs):
        def __init__(self):
            RecordConstructorArgs.__init__(self, base=1)

    class Derived(Base):
        def __init__(self, table, **options):
            RecordConstructorArgs.__init__(self, table=table, **options)
            super().__init__()

    table = [1]
    assert Derived(table)._saved_kwargs == {"table": [1]}
    assert Derived(table)._saved_kwargs["table"] is not table
    assert Derived(table, _disable_deepcopy=True)._saved_kwargs["table"] is table
    assert Base()._saved_kwargs == {"base": 1}


def test_pickled_environments_go_on_alike():
    env = Counting()
    env.reset(seed=4)
    twin = pickle.loads(pickle.dumps(plyo.wrappers.TimeLimit(env, 9)))
    assert twin.np_random.random() == env.np_random.random()
    assert twin.action_space == env.action_space
    assert type(twin) is plyo.wrappers.TimeLimit


class Counting(plyo.core.Env):
    def __init__(self):
        self.action_space, self.observation_space = Discrete(2), Box(0, 1)
