"""Batches of Python environments equal Gymnasium's, bit for bit."""

from __future__ import annotations

from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
from vector_envs import KINDS, assert_same_results, make_rich, rich_fns, run

import plyo

MODES = ["NextStep", "SameStep", "Disabled"]
PACKAGES = [plyo, gymnasium]


def results_of(gym: Any, name: str, kind: str, reset_again: bool = True, **kwargs: Any) -> Any:
    """The results and the attributes of a batch."""
    envs = getattr(gym.vector, name)(rich_fns(gym.__name__, kind), **kwargs)
    facts = [
        str(envs.observation_space), str(envs.single_observation_space), str(envs.action_space),
        envs.metadata["color"], envs.metadata["autoreset_mode"].value, envs.render_mode, repr(envs), envs.closed,
    ]  # fmt: skip
    facts += run(envs, options={"from": "run"}, reset_again=reset_again)
    facts += [envs.np_random_seed, [rng.random() for rng in envs.np_random], envs.render()]
    facts += [envs.call("add", 1, b=2), envs.get_attr("height")]
    envs.set_attr("height", [1, 2, 3, 4])
    facts.append(envs.get_attr("height"))
    envs.set_attr("height", "tall")
    facts.append(envs.get_attr("height"))
    envs.close()
    envs.close()
    return [*facts, envs.closed]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_sync(kind, mode):
    ours, theirs = (results_of(gym, "SyncVectorEnv", kind, autoreset_mode=mode) for gym in PACKAGES)
    assert_same_results(ours, theirs)


# Gymnasium reads texts and choices from shared memory once and for all; the next test has these
@pytest.mark.parametrize(
    ("kind", "mode", "shared_memory"),
    [("dict", mode, shared_memory) for mode in MODES for shared_memory in (True, False)]
    + [("text", "SameStep", False), ("one_of", "NextStep", False), ("discrete", "Disabled", True)]
    + [("box", "NextStep", True), ("image", "SameStep", True), ("tuple", "NextStep", True)],
)
def test_async(kind, mode, shared_memory):
    # without shared memory, Gymnasium resets a second time after a reset in the middle: see below
    kwargs = {"autoreset_mode": mode, "shared_memory": shared_memory, "reset_again": shared_memory}
    ours, theirs = (results_of(gym, "AsyncVectorEnv", kind, **kwargs) for gym in PACKAGES)
    assert_same_results(ours, theirs)


def in_order_of(other: Any, result: Any) -> Any:
    """A result with the infos in the order of another: only those of final observations differ in it."""
    if not (isinstance(result, tuple) and result and isinstance(result[-1], dict)):
        return result
    return (*result[:-1], {key: result[-1][key] for key in other[-1]})


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("text", mode) for mode in MODES]
    + [("one_of", "NextStep"), ("dict", "SameStep"), ("sequence", "Disabled"), ("box", "NextStep")],
)
def test_async_agrees_with_sync(kind, mode):
    sync = run(plyo.vector.SyncVectorEnv(rich_fns("plyo", kind), autoreset_mode=mode))
    for kwargs in (
        ({"shared_memory": False, "max_concurrency": 2}, {})
        if kind != "sequence"
        else ({"shared_memory": False},)
    ):
        envs = plyo.vector.AsyncVectorEnv(rich_fns("plyo", kind), autoreset_mode=mode, **kwargs)
        found = run(envs)
        envs.close()
        assert_same_results([in_order_of(s, f) for s, f in zip(sync, found, strict=True)], sync)


@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
def test_observations_without_copy(name):
    def identities(gym: Any) -> list[Any]:
        envs = getattr(gym.vector, name)(rich_fns(gym.__name__, "box"), copy=False)
        first, _ = envs.reset(seed=1)
        before = first.copy()
        second = envs.step(np.zeros((4, 2), np.float32))[0]
        copying = getattr(gym.vector, name)(rich_fns(gym.__name__, "box"))
        fresh = copying.reset(seed=1)[0] is copying.reset(seed=1)[0]
        envs.close()
        copying.close()
        return [first is second, (before == second).all(), fresh]

    assert identities(plyo) == identities(gymnasium) == [True, False, False]


@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
def test_observation_modes(name):
    def results(gym: Any, mode: str) -> Any:
        boxes = [gym.spaces.Box(0, high, (2,), np.float32) for high in (1, 2)]

        def make(index: int) -> Any:
            env = make_rich(gym.__name__, "box", index)
            env.observation_space = boxes[index]
            return env

        batch = gym.vector.utils.batch_space(boxes[1], 2)
        envs = getattr(gym.vector, name)(
            [partial(make, index) for index in range(2)],
            observation_mode=(batch, boxes[1]) if mode == "pair" else mode,
        )
        found = [str(envs.observation_space), str(envs.single_observation_space), envs.reset(seed=1)]
        found.append(envs.step(np.zeros((2, 2), np.float32)))
        envs.close()
        return found

    for mode in ("different", "pair"):
        assert_same_results(results(plyo, mode), results(gymnasium, mode))


@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
def test_actions_of_other_types(name):
    def results(gym: Any) -> Any:
        envs = getattr(gym.vector, name)(rich_fns(gym.__name__, "discrete"))
        envs.reset(seed=5)
        given = ([0, 1, 2, 0], (1, 1, 1, 1), np.array([2, 1, 0, 0], np.int32), np.array([0, 2, 2, 1]))
        found = [envs.step(actions) for actions in given]
        envs.close()
        return found

    assert_same_results(results(plyo), results(gymnasium))


@pytest.mark.parametrize("shared_memory", [True, False])
@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
def test_a_reset_after_the_end_is_the_only_one(name, shared_memory):
    """Documented so; Gymnasium's asynchronous batch without shared memory resets a second time."""
    kwargs = {"shared_memory": shared_memory} if name == "AsyncVectorEnv" else {}
    envs = getattr(plyo.vector, name)(rich_fns("plyo", "box", 2), **kwargs)
    envs.reset(seed=1)
    actions = np.zeros((2, 2), np.float32)
    while not envs.step(actions)[2].any():
        pass
    envs.reset(seed=2)
    assert envs.step(actions)[1].tolist() == [0.25, 2.0]
    envs.close()


def test_the_mask_and_the_options_are_left_alone():
    """Gymnasium takes the mask out of the caller's dictionary."""
    mask = np.array([True, False, True, False])
    options = {"reset_mask": mask, "a": 1}
    for name in ("SyncVectorEnv", "AsyncVectorEnv"):
        envs = getattr(plyo.vector, name)(rich_fns("plyo", "box"), autoreset_mode="Disabled")
        envs.reset(seed=1)
        _, infos = envs.reset(options=options)
        assert infos["options"]["a"].tolist() == [1, 0, 1, 0]
        assert "reset_mask" not in infos["options"]
        assert infos["_options"].tolist() == mask.tolist()
        assert options == {"reset_mask": mask, "a": 1}
        assert options["reset_mask"] is mask
        assert mask.tolist() == [True, False, True, False]
        envs.close()


@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
def test_a_finished_environment_is_not_stepped(name):
    """Without autoreset; Gymnasium's asynchronous batch continues silently."""
    envs = getattr(plyo.vector, name)(rich_fns("plyo", "box", 2), autoreset_mode="Disabled")
    envs.reset(seed=1)
    actions = np.zeros((2, 2), np.float32)
    done = np.zeros(2, bool)
    while not done.any():
        *_, terminated, truncated, _ = envs.step(actions)
        done = terminated | truncated
    steps = envs.get_attr("steps")
    with pytest.raises(AssertionError, match=r"self\._autoreset_envs=array\(\[.*True.*\]\)"):
        envs.step(actions)
    assert envs.get_attr("steps") == steps
    envs.reset(options={"reset_mask": done})
    envs.step(actions)
    envs.close()
