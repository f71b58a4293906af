"""Comparing, measuring and converting environments, and the small helpers, against Gymnasium."""

from __future__ import annotations

import itertools
import pickle
import warnings

import gymnasium
import gymnasium.utils.env_match
import gymnasium.utils.performance
import gymnasium.utils.seeding
import gymnasium.utils.step_api_compatibility
import numpy as np
import pytest
from broken_environments import sound
from differential import assert_same_outcome

import plyo
import plyo.utils.env_match
import plyo.utils.performance
import plyo.utils.seeding
import plyo.utils.step_api_compatibility

# check_environments_match


def twin(p, **changes):
    """A deterministic environment, and the same with something changed."""

    class Twin(sound(p)):
        steps = 0
        value, gain, end, cut, extra, picture = 0.25, 1.0, 3, 99, {}, "same"

        def __init__(self):
            super().__init__(changes.get("render_mode", "ansi"))
            for name, change in changes.items():
                setattr(self, name, change)

        def facts(self):
            return np.full(2, self.value, np.float32), {"steps": self.steps, **self.extra}

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.steps = 0
            return self.facts()

        def step(self, action):
            self.steps += 1
            obs, info = self.facts()
            return obs, self.gain * float(action), self.steps >= self.end, self.steps >= self.cut, info

        def render(self):
            return np.array([self.picture, str(self.steps)])

    return Twin()


CHANGES = [
    {}, {"value": 0.5}, {"gain": 2.0}, {"end": 2}, {"cut": 2}, {"extra": {"more": 1}}, {"extra": {"steps": 7}},
    {"picture": "other"}, {"render_mode": "human", "picture": "other"}, {"render_mode": None}, {"value": 0.2500001},
]  # fmt: skip
WAYS = [
    {}, {"skip_obs": True}, {"skip_rew": True}, {"skip_terminal": True}, {"skip_truncated": True},
    {"skip_render": True},
    *({"info_comparison": w} for w in ("equivalence", "superset", "skip", "keys-equivalence", "keys-superset", "")),
]  # fmt: skip


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_check_environments_match(changes):
    for way, swapped, num_steps in itertools.product(WAYS, (False, True), (0, 8)):

        def call(p, way=way, swapped=swapped, num_steps=num_steps):
            envs = [twin(p), twin(p, **changes)]
            return p.utils.env_match.check_environments_match(
                *envs[:: -1 if swapped else 1], num_steps, 1, **way
            )

        assert_same_outcome(call, plyo, gymnasium)


@pytest.mark.parametrize("space", ["action_space", "observation_space"])
def test_environments_with_other_spaces_do_not_match(space):
    for skip in (False, True):

        def call(p, skip=skip):
            envs = [twin(p), twin(p)]
            setattr(envs[1], space, p.spaces.Discrete(5))
            return p.utils.env_match.check_environments_match(*envs, 2, skip_obs=skip)

        assert_same_outcome(call, plyo, gymnasium)


def test_native_tasks_match_themselves(task_id):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        envs = [plyo.make(task_id) for _ in range(2)]
    plyo.utils.env_match.check_environments_match(*envs, 100)
    with pytest.raises(AssertionError, match="resetting observation is not equivalent, observation_a"):
        plyo.utils.env_match.check_environments_match(envs[0], Shifted(envs[1]), 3)


class Shifted(plyo.ObservationWrapper):
    """Observes something else."""

    def observation(self, observation):
        if isinstance(observation, dict):
            return {name: part + 1 for name, part in observation.items()}
        if isinstance(observation, tuple):
            return tuple(part + 1 for part in observation)
        return observation + 1


# performance


@pytest.mark.parametrize("duration", [float("nan"), float("inf")])
def test_durations_without_an_end_are_refused(duration):
    performance = plyo.utils.performance
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    for measure in (
        lambda: performance.benchmark_step(env, duration),
        lambda: performance.benchmark_vector_step(plyo.make_vec("CartPole-v1", 2), duration),
        lambda: performance.benchmark_init(lambda: plyo.make("CartPole-v1"), duration),
        lambda: performance.benchmark_render(env, duration),
    ):
        with pytest.raises(
            ValueError, match=f"target_duration must be a finite number of seconds, got {duration}"
        ):
            measure()


class Clock:
    """Time that advances by a tenth of a second at every look."""

    def __init__(self):
        self.now = 0.0

    def time(self):
        self.now += 0.1
        return self.now


@pytest.fixture
def _clock(monkeypatch):
    for p in (plyo, gymnasium):
        monkeypatch.setattr(p.utils.performance, "time", Clock())


class Counting:
    """Counts the calls of an environment."""

    def __init__(self, env):
        self.env, self.calls = env, []

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls.append((name, *kwargs.items()))
            return getattr(self.env, name)(*args, **kwargs)

        value = getattr(self.env, name)
        return call if callable(value) and not hasattr(value, "sample") else value


@pytest.mark.usefixtures("_clock")
def test_benchmarks_count_what_gymnasiums_count():
    def calls(p):
        env = Counting(twin(p, end=4))
        performance = p.utils.performance
        rates = [
            performance.benchmark_step(env, target_duration=2, seed=3),
            performance.benchmark_init(lambda: env, 1, 4),
            performance.benchmark_render(env, 1),
            performance.benchmark_step(env),
        ]
        return [round(rate, 9) for rate in rates], env.calls

    assert_same_outcome(calls, plyo, gymnasium)


class Batch:
    """A batch whose environments end in turn."""

    num_envs = 3

    def __init__(self, p, mode):
        self.metadata = {"autoreset_mode": mode} if mode is not None else {}
        self.action_space = p.spaces.MultiDiscrete([2, 2, 2])
        self.calls, self.steps = [], 0

    def reset(self, **kwargs):
        self.calls.append(str(kwargs))
        return np.zeros(3), {}

    def step(self, actions):
        self.steps += 1
        self.calls.append(actions.tolist())
        done = np.arange(3) == self.steps % 4
        return np.zeros(3), np.zeros(3), done, done & (self.steps % 3 == 0), {}


@pytest.mark.usefixtures("_clock")
@pytest.mark.parametrize("mode", [None, "NEXT_STEP", "SAME_STEP", "DISABLED"])
def test_benchmark_of_batches_counts_what_gymnasiums_counts(mode):
    def calls(p):
        batch = Batch(p, getattr(p.vector.AutoresetMode, mode) if mode else None)
        rates = [p.utils.performance.benchmark_vector_step(batch, seconds, 5) for seconds in (1, 3)]
        return [round(rate, 9) for rate in rates], batch.calls

    assert_same_outcome(calls, plyo, gymnasium)


# step API


def steps_of_one():
    for flags in itertools.product((False, True), repeat=2):
        yield ("obs", 1.0, *flags, {"a": 1}), False
    for done, info in itertools.product(
        (False, True), ({}, {"TimeLimit.truncated": True}, {"TimeLimit.truncated": False})
    ):
        yield ("obs", 1.0, done, dict(info)), False
    yield ("obs",), False


def steps_of_batches():
    flags = [np.array(row) for row in ([False, True, False, True], [False, False, True, True])]
    for terminated, truncated in (flags, (flags[0] & False, flags[0] & False)):
        for infos in ({"a": 1}, [{"a": i} for i in range(4)], ({}, {})):
            yield ("obs", np.ones(4), terminated, truncated, infos), True
        for infos in (
            {}, {"TimeLimit.truncated": flags[1]}, [{} for _ in range(4)],
            [{"TimeLimit.truncated": True}, {}, {}, {}], None,
        ):  # fmt: skip
            yield ("obs", np.ones(4), terminated, infos), True


def test_step_apis():
    import copy

    compared = 0
    for step, is_batch in [*steps_of_one(), *steps_of_batches()]:
        for five in (False, True):

            def call(p, step=step, is_batch=is_batch, five=five):
                given = copy.deepcopy(step)
                api = p.utils.step_api_compatibility
                convert = (
                    api.convert_to_terminated_truncated_step_api if five else api.convert_to_done_step_api
                )
                first = convert(copy.deepcopy(step), is_batch)
                return first, api.step_api_compatibility(given, five, is_batch), given

            assert_same_outcome(call, plyo, gymnasium)
            compared += 1
    assert compared > 40


# the small ones


def test_colorize():
    for color, bold, highlight in itertools.product(
        ("gray", "crimson", "pink"), (False, True), (False, True)
    ):
        assert_same_outcome(
            lambda p, c=color, b=bold, h=highlight: p.utils.colorize("x", c, b, h), plyo, gymnasium
        )
    from plyo.utils import colorize  # the function, as of Gymnasium, not the module

    assert colorize("x", "red") == "\x1b[31mx\x1b[0m"


@pytest.mark.parametrize("seed", [None, 0, 3, 2**70, -1, 1.0, "1", True, [1]], ids=str)
def test_seeding(seed):
    def call(p):
        generator, entropy = p.utils.seeding.np_random(seed)
        assert isinstance(generator, p.utils.seeding.RNG)
        assert p.utils.seeding.RNG is p.utils.seeding.RandomNumberGenerator is np.random.Generator
        return type(entropy), None if seed is None else (
            generator.random(),
            entropy,
            generator.bit_generator.state,
        )

    assert_same_outcome(call, plyo, gymnasium)


@pytest.mark.parametrize("kind", [np.int64, np.uint8])
def test_numpy_integers_are_seeds(kind):
    generator, entropy = plyo.utils.seeding.np_random(kind(3))
    assert type(entropy) is int
    assert generator.random() == gymnasium.utils.seeding.np_random(3)[0].random()


class OurAnimal(plyo.utils.EzPickle):
    """Has state that a pickle forgets."""

    package = plyo

    def __init__(self, color, tail="bushy"):
        self.package.utils.EzPickle.__init__(self, color, tail=tail)
        self.color, self.tail, self.age = color, tail, 0


class TheirAnimal(gymnasium.utils.EzPickle):
    """The same on Gymnasium's class."""

    package = gymnasium
    __init__ = OurAnimal.__init__


def test_ez_pickle():
    def call(p):
        animal = (OurAnimal if p is plyo else TheirAnimal)("red", tail="long")
        animal.age = 7
        return vars(pickle.loads(pickle.dumps(animal))), animal.__getstate__()

    assert_same_outcome(call, plyo, gymnasium)


def test_record_constructor_args():
    def call(p):
        record = p.utils.RecordConstructorArgs

        class Outer(record):
            def __init__(self, table, **kwargs):
                record.__init__(self, table=table, **kwargs)
                record.__init__(self, later=True)

        table = [1]
        copied, kept = Outer(table), Outer(table, _disable_deepcopy=True)
        table.append(2)
        bare = record()
        return (
            copied._saved_kwargs,
            kept._saved_kwargs,
            kept._saved_kwargs["table"] is table,
            bare._saved_kwargs,
        )

    assert_same_outcome(call, plyo, gymnasium)
    assert_same_outcome(lambda p: p.utils.RecordConstructorArgs(1), plyo, gymnasium)


@pytest.mark.parametrize("level", [0, 30, 31, 40, 41])
def test_logger(level, monkeypatch):
    def call(p):
        monkeypatch.setattr(p.logger, "min_level", level)
        p.logger.warn("plain %s and %d", "text", 3)
        p.logger.warn("of a category", category=ImportWarning, stacklevel=2)
        p.logger.deprecation("old %s", "thing")
        p.logger.error("wrong: %r", [1])
        return p.logger.WARN, p.logger.ERROR

    assert_same_outcome(call, plyo, gymnasium)
    for arguments in (("%d", "x"), ("%s",), ("100%",), ("a", 1)):
        assert_same_outcome(lambda p, a=arguments: p.logger.warn(*a), plyo, gymnasium)


@pytest.mark.parametrize("name", ["warn", "deprecation", "error"])
def test_warnings_point_at_the_caller(name):
    def place(p):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            getattr(p.logger, name)("where?")
        return caught[0].filename == __file__, caught[0].lineno

    assert place(plyo) == place(gymnasium)
