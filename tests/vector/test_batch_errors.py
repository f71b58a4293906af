"""Batches refuse the same calls as Gymnasium's, in the same words."""

from __future__ import annotations

import multiprocessing
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import assert_same, outcome
from vector_envs import make_rich, make_troubled, rich_fns, troubled_fns

import plyo

PACKAGES = [plyo, gymnasium]
BOTH = ["SyncVectorEnv", "AsyncVectorEnv"]


def assert_same_failure(call: Any) -> None:
    """Asserts that a call fails with either package, with the same type and text and the same warnings."""
    ours, theirs = (outcome(partial(call, gym)) for gym in PACKAGES)
    assert theirs[0][0] == "raised", theirs
    assert_same(ours, theirs)


def different(gym: Any, what: str, name: str) -> list[Any]:
    """Environments that do not fit together."""
    boxes = {
        "observation": [gym.spaces.Box(0, high, (2,), np.float32) for high in (1, 2)],
        "shape": [gym.spaces.Box(0, 1, (size,), np.float32) for size in (2, 3)],
        "action": [gym.spaces.Box(0, 1, (2,), np.float32)] * 2,
    }[what]

    def make(index: int) -> Any:
        env = make_rich(gym.__name__, "box", index)
        env.observation_space = boxes[index]
        if what == "action":
            env.action_space = gym.spaces.Discrete(2 + index)
        return env

    return [partial(make, index) for index in range(2)]


CONSTRUCTORS = {
    "unknown mode": lambda gym, make: make(rich_fns(gym.__name__, "box"), observation_mode="other"),
    "three spaces": lambda gym, make: make(rich_fns(gym.__name__, "box"), observation_mode=(1, 2, 3)),
    "no spaces": lambda gym, make: make(rich_fns(gym.__name__, "box"), observation_mode=(1, "x")),
    "one space": lambda gym, make: make(
        rich_fns(gym.__name__, "box"), observation_mode=(gym.spaces.Discrete(2), 3)
    ),
    "autoreset": lambda gym, make: make(rich_fns(gym.__name__, "box"), autoreset_mode="nextstep"),
    "observations": lambda gym, make: make(different(gym, "observation", make.__name__)),
    "shapes": lambda gym, make: make(different(gym, "shape", make.__name__), observation_mode="different"),
    "actions": lambda gym, make: make(different(gym, "action", make.__name__)),
    "no environments": lambda gym, make: make([]),
    "argument": lambda gym, make: make(rich_fns(gym.__name__, "box"), nonsense=1),
    "first fails": lambda gym, make: make(troubled_fns("raise init", "", package=gym.__name__)),
}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("what", CONSTRUCTORS)
def test_construction(name, what):
    assert_same_failure(lambda gym: CONSTRUCTORS[what](gym, getattr(gym.vector, name)))


def custom_space_fns(gym: Any) -> list[Any]:
    class Custom(gym.spaces.Space):
        pass

    def make() -> Any:
        env = make_rich(gym.__name__, "box", 0)
        env.observation_space = Custom()
        return env

    return [make]


ASYNC_CONSTRUCTORS = {
    "concurrency type": {"max_concurrency": 1.5},
    "concurrency zero": {"max_concurrency": 0},
    "concurrency negative": {"max_concurrency": np.int64(-2)},
    "worker": {"worker": lambda a, b, c: None},
    "worker arguments": {"worker": lambda *args, key: None},
    "context": {"context": "thread"},
}


@pytest.mark.parametrize("what", ASYNC_CONSTRUCTORS)
def test_arguments_of_async(what):
    kwargs = ASYNC_CONSTRUCTORS[what]
    assert_same_failure(lambda gym: gym.vector.AsyncVectorEnv(rich_fns(gym.__name__, "box"), **kwargs))


@pytest.mark.parametrize("mode", ["sync", "async", "native", None])
def test_numbers_of_environments(mode: str | None) -> None:
    for bad in (0, -1):
        with pytest.raises(ValueError, match=f"num_envs must be an integer of at least 1, got {bad}"):
            plyo.make_vec("CartPole-v1", bad, mode)
    for bad in (True, 2.0, np.float64(2), "2", None, np.array([2])):
        with pytest.raises(TypeError, match="num_envs must be an integer of at least 1"):
            plyo.make_vec("CartPole-v1", bad, mode)


def test_observations_that_cannot_be_shared():
    assert_same_failure(lambda gym: gym.vector.AsyncVectorEnv(rich_fns(gym.__name__, "sequence")))
    ours, theirs = (
        outcome(lambda gym=gym: gym.vector.AsyncVectorEnv(custom_space_fns(gym))) for gym in PACKAGES
    )
    assert_same(ours, theirs)


NUM = 4
BAD_CALLS = {
    "seeds": lambda envs: envs.reset(seed=[1, 2, 3]),
    "seed": lambda envs: envs.reset(seed=1.5),
    "mask list": lambda envs: envs.reset(options={"reset_mask": [True] * NUM}),
    "mask shape": lambda envs: envs.reset(options={"reset_mask": np.ones((NUM, 1), bool)}),
    "mask dtype": lambda envs: envs.reset(options={"reset_mask": np.ones(NUM, np.int8)}),
    "mask empty": lambda envs: envs.reset(options={"reset_mask": np.zeros(NUM, bool)}),
    "mask none": lambda envs: envs.reset(options={"reset_mask": None}),
    "values": lambda envs: envs.set_attr("height", [1, 2]),
    "too few actions": lambda envs: envs.step([0, 1]),
    "too many actions": lambda envs: envs.step([0] * 5),
    "one action": lambda envs: envs.step(1),
    "no actions": lambda envs: envs.step(None),
}


@pytest.mark.parametrize("name", BOTH)
def test_calls_that_change_nothing(name):
    """In Gymnasium some have stepped the first environments already, so each gets a batch of its own there."""
    batch = getattr(plyo.vector, name)(rich_fns("plyo", "discrete"))
    batch.reset(seed=0)
    for what, call in BAD_CALLS.items():
        theirs_batch = getattr(gymnasium.vector, name)(rich_fns("gymnasium", "discrete"))
        theirs_batch.reset(seed=0)
        theirs = outcome(partial(call, theirs_batch))
        assert theirs[0][0] == "raised", what
        assert_same(outcome(partial(call, batch)), theirs)
        theirs_batch.close(**({"terminate": True} if name == "AsyncVectorEnv" else {}))
        assert batch.get_attr("steps") == (0,) * NUM, what
    assert batch.step([0, 1, 2, 0])[1].tolist() == [0.25, 2.0, np.float32(1.1), 3.0]
    batch.close()


PENDING = {
    "reset_async": lambda envs: envs.reset_async(),
    "step_async": lambda envs: envs.step_async([0] * 2),
    "call_async": lambda envs: envs.call_async("work"),
    "set_attr": lambda envs: envs.set_attr("count", 1),
    "reset_wait": lambda envs: envs.reset_wait(),
    "step_wait": lambda envs: envs.step_wait(),
    "call_wait": lambda envs: envs.call_wait(),
    "reset": lambda envs: envs.reset(seed=1),
    "render": lambda envs: envs.render(),
    "get_attr": lambda envs: envs.get_attr("count"),
}


@pytest.mark.parametrize("begun", ["", "reset_async", "step_async", "call_async", "close"])
def test_order_of_asynchronous_calls(begun):
    """Methods called while another call is under way, without a call under way, or after the end."""
    own_wait = begun.replace("async", "wait")
    calls = {
        name: call
        for name, call in PENDING.items()
        if name != own_wait and (begun or name in ("reset_wait", "step_wait", "call_wait"))
    }
    found = []
    for gym in PACKAGES:
        envs = gym.vector.AsyncVectorEnv(troubled_fns("", "", package=gym.__name__))
        envs.reset(seed=1)
        if begun == "close":
            envs.close()
        elif begun:
            PENDING[begun](envs)
        outcomes = {name: outcome(partial(call, envs)) for name, call in calls.items()}
        names = {}
        for name, call in calls.items():
            try:
                call(envs)
            except Exception as e:
                names[name] = getattr(e, "name", None)
        if begun not in ("", "close"):
            getattr(envs, own_wait)()
        envs.close()
        found.append((outcomes, names))
    assert all(result[0][0] == "raised" for result in found[1][0].values())
    assert_same(*found)


@pytest.mark.parametrize("call", ["reset", "step", "call"])
def test_timeouts(call):
    def result(gym: Any) -> Any:
        envs = gym.vector.AsyncVectorEnv(troubled_fns("", f"sleep {call}", seconds=0.3, package=gym.__name__))
        PENDING[f"{call}_async"](envs)
        found = outcome(lambda: getattr(envs, f"{call}_wait")(timeout=0.05))
        state = envs._state.value
        envs.close(terminate=True)
        return found, state

    assert_same(result(plyo), result(gymnasium))


def test_timeouts_are_of_multiprocessing():
    envs = plyo.vector.AsyncVectorEnv(troubled_fns("sleep step", seconds=0.2))
    envs.reset()
    envs.step_async([0])
    with pytest.raises(multiprocessing.TimeoutError):
        envs.step_wait(timeout=0)
    envs.close()


@pytest.mark.parametrize("place", ["reset", "step", "call"])
@pytest.mark.parametrize("number", [1, 2])
def test_exceptions_in_workers(place, number):
    troubles = ["", f"raise {place}", "", f"raise {place}"][: 2 * number]

    def result(gym: Any) -> Any:
        envs = gym.vector.AsyncVectorEnv(troubled_fns(*troubles, package=gym.__name__))
        if place == "step":
            envs.reset()
            envs.step_async([0] * len(troubles))
        else:
            PENDING[f"{place}_async"](envs)
        found, warned = outcome(getattr(envs, f"{place}_wait"))
        envs.close(terminate=True)
        # only the last line of a traceback is the same; Gymnasium reports several in any order
        lines = [(kind, text.removesuffix("\x1b[0m").strip().splitlines()[-1]) for kind, text in warned]
        return found, sorted(lines)

    ours, theirs = (result(gym) for gym in PACKAGES)
    assert ours[0] == ("raised", "ValueError", f"trouble in {place}")
    assert len(ours[1]) == 2 * number + 1
    assert_same(ours, theirs)


@pytest.mark.parametrize("call", ["missing", "reset", "_setattr"])
def test_calls_that_workers_refuse(call):
    def result(gym: Any) -> Any:
        envs = gym.vector.AsyncVectorEnv(troubled_fns("", "", package=gym.__name__))
        found, warned = outcome(lambda: envs.get_attr(call))
        envs.close(terminate=True)
        return found, len(warned)

    assert_same(result(plyo), result(gymnasium))


def test_base_classes():
    ours, theirs = (
        outcome(lambda gym=gym: gym.vector.VectorWrapper(make_troubled(gym.__name__))) for gym in PACKAGES
    )
    advice = ". It is a single environment: plyo.wrappers has its wrappers, and plyo.make_vec makes batches"
    assert_same((*ours[0][:2], ours[0][2].removesuffix(advice)), theirs[0])
    calls = [
        lambda gym: gym.vector.VectorWrapper(3),
        lambda gym: gym.vector.VectorEnv().step(0),
        lambda gym: gym.vector.VectorEnv().render(),
        lambda gym: gym.vector.AutoresetMode("x"),
        lambda gym: gym.vector.VectorObservationWrapper(
            gym.vector.SyncVectorEnv(rich_fns(gym.__name__, "box"), autoreset_mode="SameStep")
        ),
        lambda gym: gym.vector.VectorObservationWrapper(
            gym.vector.SyncVectorEnv(rich_fns(gym.__name__, "box"))
        ).reset(),
    ]
    for gym in PACKAGES:
        gym.vector.VectorEnv.num_envs = 2
    try:
        for call in calls:
            assert_same_failure(call)
    finally:
        for gym in PACKAGES:
            del gym.vector.VectorEnv.num_envs


def test_unknown_spaces_of_shared_memory():
    for function, arguments in {
        "create_shared_memory": (),
        "read_from_shared_memory": (None,),
        "write_to_shared_memory": (0, None, None),
    }.items():
        assert_same_failure(lambda gym, f=function, a=arguments: getattr(gym.vector.utils, f)("no space", *a))

        def with_custom(gym: Any, f: str = function, a: Any = arguments) -> Any:
            class Custom(gym.spaces.Space):
                def __repr__(self) -> str:
                    return "Custom"

            return getattr(gym.vector.utils, f)(Custom(), *a)

        assert_same_failure(with_custom)


UNLIKE = {
    "number of values": lambda s: (s.Box(0, 1, (2,)), s.Box(0, 1, (3,))),
    "sizes of types": lambda s: (s.Box(0, 1, (3,), np.float16), s.Box(0, 1, (3,), np.float32)),
    "number and array": lambda s: (s.Discrete(3), s.Box(0, 1, (2,))),
    "array and dictionary": lambda s: (s.Box(0, 1, (2,)), s.Dict(a=s.Discrete(3))),
    "dictionary and array": lambda s: (s.Dict(a=s.Discrete(3)), s.Box(0, 1, (2,))),
    "dictionaries": lambda s: (s.Dict(a=s.Discrete(3)), s.Dict(b=s.Discrete(3))),
    "tuple and number": lambda s: (s.Tuple((s.Discrete(3), s.Discrete(2))), s.Discrete(3)),
    "number and tuple": lambda s: (s.Discrete(3), s.Tuple((s.Discrete(3), s.Discrete(2)))),
    "text and bits": lambda s: (s.Text(3), s.MultiBinary(3)),
    "bits and sequence": lambda s: (s.MultiBinary(3), s.Sequence(s.Discrete(2))),
}  # fmt: skip


@pytest.mark.parametrize("shared_memory", [True, False])
@pytest.mark.parametrize("what", UNLIKE)
def test_unlike_observation_spaces(what, shared_memory):
    """Workers report them in a space that the shared memory is not made for."""

    def make(gym: Any, index: int) -> Any:
        env = make_rich(gym.__name__, "box", index)
        env.observation_space = UNLIKE[what](gym.spaces)[index]
        return env

    def construct(gym: Any) -> Any:
        fns = [partial(make, gym, index) for index in range(2)]
        return gym.vector.AsyncVectorEnv(fns, shared_memory=shared_memory)

    ours = outcome(lambda: construct(plyo))
    text = (
        "AsyncVectorEnv(..., observation_mode='same') however some of the sub-environments observation spaces"
    )
    assert ours[0][:2] == ("raised", "RuntimeError")
    assert ours[0][2].startswith(text)
    assert_same(ours, outcome(lambda: construct(gymnasium)))
