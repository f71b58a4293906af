"""Bad arguments about pictures: an error names the value and the legal range, and nothing has changed."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import policies

SIDES = "size must be (height, width) in pixels, two integers from 1 to 16384, got "

MAKE_ERRORS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "misspelt": (
        {"observation": "pixel"},
        ValueError,
        "observation must be 'state' or 'pixels', got 'pixel'",
    ),
    "no text": ({"observation": 3}, ValueError, "observation must be 'state' or 'pixels', got 3"),
    "size without pixels": (
        {"size": (84, 84)},
        ValueError,
        "size=(84, 84) is for observation='pixels', this is observation='state'",
    ),
    "gray without pixels": ({"gray": False}, ValueError, "gray=False is for observation='pixels'"),
    "stack without pixels": ({"stack": 4}, ValueError, "stack=4 is for observation='pixels'"),
    "channels without pixels": ({"channels": "last"}, ValueError, "channels='last' is for"),
    "style": (
        {"render_style": "sharp"},
        ValueError,
        "render_style must be 'gym' or 'smooth', got 'sharp'",
    ),
    "zero": ({"observation": "pixels", "size": (0, 84)}, ValueError, SIDES + "(0, 84)"),
    "negative": ({"observation": "pixels", "size": (84, -1)}, ValueError, SIDES + "(84, -1)"),
    "huge": ({"observation": "pixels", "size": (84, 16385)}, ValueError, SIDES + "(84, 16385)"),
    "beyond 64 bits": ({"observation": "pixels", "size": (2**70, 4)}, ValueError, SIDES),
    "one side": ({"observation": "pixels", "size": 84}, TypeError, SIDES + "84"),
    "three sides": ({"observation": "pixels", "size": (84, 84, 3)}, TypeError, SIDES + "(84, 84, 3)"),
    "fraction": ({"observation": "pixels", "size": (84.0, 84)}, TypeError, SIDES + "(84.0, 84)"),
    "truth": ({"observation": "pixels", "size": (True, 84)}, TypeError, SIDES + "(True, 84)"),
    "gray": ({"observation": "pixels", "gray": 1}, TypeError, "gray must be True or False, got 1"),
    "no stack": (
        {"observation": "pixels", "stack": 0},
        ValueError,
        "stack must be an integer from 1 to 64, got 0",
    ),
    "deep stack": (
        {"observation": "pixels", "stack": 65},
        ValueError,
        "stack must be an integer from 1 to 64, got 65",
    ),
    "half a stack": (
        {"observation": "pixels", "stack": 1.5},
        TypeError,
        "stack must be an integer from 1 to 64, got 1.5",
    ),
    "channels": (
        {"observation": "pixels", "channels": "CHW"},
        ValueError,
        "channels must be 'first' or 'last', got 'CHW'",
    ),
}


@pytest.mark.parametrize("what", MAKE_ERRORS)
@pytest.mark.parametrize("make", [plyo.make, plyo.make_vec])
def test_making(make: Any, what: str) -> None:
    kwargs, kind, text = MAKE_ERRORS[what]
    with pytest.raises(kind, match=re.escape(text)):
        make("CartPole-v1", **kwargs)


CANVAS = "out must be a writable numpy array of uint8 and shape "
READ_ONLY = np.zeros((3, 20, 30, 3), np.uint8)
READ_ONLY.flags.writeable = False
SHARED = np.lib.stride_tricks.as_strided(np.zeros(9000, np.uint8), (3, 20, 30, 3), (0, 90, 3, 1))

RENDER_ERRORS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "zero": ({"size": (0, 4)}, ValueError, SIDES + "(0, 4)"),
    "negative": ({"size": (4, -4)}, ValueError, SIDES + "(4, -4)"),
    "huge": ({"size": (16385, 4)}, ValueError, SIDES + "(16385, 4)"),
    "beyond 64 bits": ({"size": (4, 2**80)}, ValueError, SIDES),
    "fraction": ({"size": (4.5, 4)}, TypeError, SIDES + "(4.5, 4)"),
    "truth": ({"size": (True, 4)}, TypeError, SIDES + "(True, 4)"),
    "number": ({"size": 84}, TypeError, SIDES + "84"),
    "text": ({"size": "84"}, TypeError, SIDES + "'84'"),
    "list": ({"out": [1, 2]}, TypeError, CANVAS),
    "floats": ({"out": np.zeros((3, 20, 30, 3))}, TypeError, "got dtype float64"),
    "signed": ({"out": np.zeros((3, 20, 30, 3), np.int8)}, TypeError, "got dtype int8"),
    "grey": ({"out": np.zeros((3, 20, 30, 1), np.uint8)}, ValueError, CANVAS + "(3, 20, 30, 3), got shape"),
    "other size": (
        {"out": np.zeros((3, 20, 30, 3), np.uint8), "size": (20, 31)},
        ValueError,
        CANVAS + "(3, 20, 31, 3), got shape (3, 20, 30, 3)",
    ),
    "one lane": ({"out": np.zeros((20, 30, 3), np.uint8)}, ValueError, "got shape (20, 30, 3)"),
    "empty": ({"out": np.zeros((3, 0, 30, 3), np.uint8)}, ValueError, SIDES + "(0, 30)"),
    "read-only": ({"out": READ_ONLY}, ValueError, "got a read-only one"),
    "shared": ({"out": SHARED}, ValueError, "got one whose elements share memory"),
    "no lanes": ({"ids": []}, ValueError, "ids must name at least one environment, got none"),
    "unknown lane": ({"ids": [0, 3]}, IndexError, "environment 3 is out of range"),
    "negative lane": ({"ids": [-1]}, IndexError, "environment -1 is out of range"),
    "half a lane": ({"ids": [0.5]}, TypeError, "ids must be a list of environments by number, got [0.5]"),
    "no list": ({"ids": 1}, TypeError, "ids must be a list of environments by number, got 1"),
    "lanes and room": (
        {"ids": [0, 1], "out": np.zeros((3, 20, 30, 3), np.uint8)},
        ValueError,
        "shape (2, 20, 30, 3), got shape (3, 20, 30, 3)",
    ),
}


@pytest.mark.parametrize("what", RENDER_ERRORS)
def test_rendering_a_batch(what: str) -> None:
    kwargs, kind, text = RENDER_ERRORS[what]
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=0)
    before = envs.get_state()
    with pytest.raises(kind, match=re.escape(text)):
        envs.render(**kwargs)
    assert envs.get_state() == before
    assert envs.render(size=(9, 9)).shape == (3, 9, 9, 3)


@pytest.mark.parametrize("what", [what for what in RENDER_ERRORS if "size" in RENDER_ERRORS[what][0]])
def test_rendering_one(what: str) -> None:
    kwargs, kind, _ = RENDER_ERRORS[what]
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    env.reset(seed=0)
    with pytest.raises(kind):
        env.render(**kwargs)
    with pytest.raises(ValueError, match=re.escape(CANVAS + "(20, 30, 3), got shape (20, 30, 4)")):
        env.render(size=(20, 30), out=np.zeros((20, 30, 4), np.uint8))


GRID_ERRORS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no columns": ({"columns": 0}, ValueError, "columns must be an integer from 1 to 16384, got 0"),
    "half a column": ({"columns": 0.5}, TypeError, "columns must be an integer from 1 to 16384, got 0.5"),
    "gap": ({"gap": -1}, ValueError, "gap must be an integer from 0 to 16384, got -1"),
    "size": ({"size": (0, 1)}, ValueError, SIDES + "(0, 1)"),
    "lanes": ({"ids": [5]}, IndexError, "environment 5 is out of range"),
    "too wide": (
        {"columns": 3, "size": (5, 9000)},
        ValueError,
        "a grid of 3 pictures of 5 x 9000 pixels in 3 columns is more than 16384 pixels high or wide",
    ),
    "too high": (
        {"columns": 1, "size": (9000, 5)},
        ValueError,
        "ask for a smaller size or fewer environments",
    ),
}


@pytest.mark.parametrize("what", GRID_ERRORS)
def test_grids(what: str) -> None:
    kwargs, kind, text = GRID_ERRORS[what]
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=0)
    with pytest.raises(kind, match=re.escape(text)):
        envs.render_grid(**kwargs)


def test_closed() -> None:
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    envs = plyo.make_vec("CartPole-v1", 2, render_mode="rgb_array")
    for each in (env, envs):
        each.reset(seed=0)
        each.close()
    for draw in (env.render, envs.render, lambda: envs.render(ids=[0]), envs.render_grid):
        with pytest.raises(plyo.error.ClosedEnvironmentError):
            draw()


def test_without_a_mode_a_single_environment_warns() -> None:
    env = plyo.make("CartPole-v1")
    env.reset(seed=0)
    with pytest.warns(UserWarning, match="without specifying any render mode"):
        assert env.render() is None


def test_states_of_other_observations() -> None:
    pixels = {"observation": "pixels", "size": (9, 9), "gray": True}
    plain, one, four, color = (
        plyo.make_vec("CartPole-v1", 2, **kwargs)
        for kwargs in ({}, {**pixels, "stack": 1}, {**pixels, "stack": 4}, {**pixels, "gray": False})
    )
    for envs in (plain, one, four, color):
        envs.reset(seed=0)
    # a single picture is a function of the state
    one.set_state(plain.get_state())
    plain.set_state(one.get_state())
    for envs, state in ((four, plain.get_state()), (plain, four.get_state()), (color, four.get_state())):
        before = envs.get_state()
        with pytest.raises(
            ValueError, match="Batches that observe pictures in other sizes, numbers or not at all"
        ):
            envs.set_state(state)
        assert envs.get_state() == before
    # the place of the newest picture, in the first lane's record
    broken = bytearray(four.get_state())
    lane_bytes = (len(broken) - 64) // 2
    place = 64 + lane_bytes - 8 - 4 * 81
    assert broken[place : place + 8] == bytes(8)
    broken[place] = 4
    with pytest.raises(ValueError, match="memory that the state holds of earlier observations is damaged"):
        four.set_state(bytes(broken))


def test_networks_and_tables_do_not_read_pictures() -> None:
    envs = plyo.make_vec("CartPole-v1", 2, observation="pixels", size=(9, 9))
    envs.reset(seed=0)
    network = policies.MLP([(np.zeros((2, 324)), None)])
    with pytest.raises(
        ValueError, match="a network reads a vector of float32 or float64 numbers or a Discrete"
    ):
        envs.rollout(network, 3)
    with pytest.raises(ValueError, match="a table needs observations that are Discrete"):
        envs.rollout(policies.Tabular([0, 1]), 3)
    for policy in (policies.Random(seed=0), policies.Constant(1), policies.Sequence(np.ones((3, 2), int))):
        assert envs.rollout(policy, 3).observations.shape == (3, 2, 4, 9, 9)
    assert envs.rollout(lambda seen: (seen[:, -1, 0, 0] > 0).astype(int), 3).actions.tolist() == [[1, 1]] * 3


def test_a_rollout_that_fails_leaves_the_pictures() -> None:
    envs = plyo.make_vec("CartPole-v1", 2, observation="pixels", size=(9, 9))
    envs.reset(seed=0)
    envs.rollout(policies.Constant(1), 5)
    before = envs.get_state()
    actions = np.ones((5, 2), int)
    actions[4] = 7
    with pytest.raises(plyo.error.InvalidAction):
        envs.rollout(policies.Sequence(actions), 5)
    assert envs.get_state() == before

    def fails_late(seen: Any) -> Any:
        fails_late.calls += 1  # type: ignore[attr-defined]
        if fails_late.calls == 4:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return np.zeros(2, int)

    fails_late.calls = 0  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError):
        envs.rollout(fails_late, 5)
    assert envs.get_state() == before


def test_a_state_that_is_set_begins_the_stack_anew() -> None:
    env = plyo.make("CartPole-v1", observation="pixels", size=(40, 60), render_mode="rgb_array")
    env.reset(seed=0)
    for _ in range(3):
        env.step(1)
    env.unwrapped.state = [1.0, 2.0, 0.1, 2.0]
    observation = env.unwrapped._engine.observe()[0]
    assert all((picture == observation[0]).all() for picture in observation)
    seen = env.step(0)[0]
    assert seen[:3].tobytes() == observation[:3].tobytes()
    assert seen[3].tobytes() != observation[3].tobytes()


def test_too_much_for_memory() -> None:
    with pytest.raises(
        MemoryError, match=r"environments of CartPole do not fit into memory: each takes about \d{9,}"
    ):
        plyo.make_vec("CartPole-v1", 2**20, observation="pixels", size=(16384, 16384))


def test_arguments_are_kept() -> None:
    kwargs = {"observation": "pixels", "size": (20, 30), "gray": False, "stack": 2, "channels": "last"}
    env = plyo.make("CartPole-v1", **kwargs)
    again = plyo.make(env.spec)
    envs = plyo.make_vec("CartPole-v1", 2, **kwargs)
    assert env.observation_space == again.observation_space == plyo.spaces.Box(0, 255, (20, 30, 6), np.uint8)
    assert plyo.make_vec(envs.spec).observation_space == envs.observation_space
    sync = plyo.make_vec("CartPole-v1", 2, vectorization_mode="sync", **kwargs)
    assert sync.reset(seed=3)[0].tobytes() == envs.reset(seed=3)[0].tobytes()
    for row in ([0, 1], [1, 1], [0, 0]):
        assert sync.step(np.array(row))[0].tobytes() == envs.step(np.array(row))[0].tobytes()


def test_policies_may_look() -> None:
    looked, blind = (plyo.make_vec("CartPole-v1", 3, observation="pixels", size=(9, 9)) for _ in range(2))
    for envs in (looked, blind):
        envs.reset(seed=0)
    seen = []

    def look(observations: Any) -> Any:
        seen.append(looked.render(size=(9, 9)))
        return np.ones(3, int)

    looked.rollout(look, 12)
    blind.rollout(policies.Constant(1), 12)
    assert len(seen) == 12
    assert seen[0].tobytes() != seen[-1].tobytes()
    assert looked.get_state() == blind.get_state()


def test_one_thread_at_a_time() -> None:
    envs = plyo.make_vec("CartPole-v1", 4000)
    envs.reset(seed=0)
    refused = []
    over = threading.Event()

    def draw() -> None:
        while not over.is_set():
            try:
                envs.render(size=(30, 30))
            except RuntimeError as e:
                refused.append(str(e))

    thread = threading.Thread(target=draw)
    thread.start()
    actions = np.ones(4000, int)
    steps = 0
    end = time.monotonic() + 20
    while time.monotonic() < end and not (refused and steps > 20):
        try:
            envs.step(actions)
            steps += 1
        except RuntimeError as e:
            refused.append(str(e))
    over.set()
    thread.join()
    assert steps > 0
    assert set(refused) == {
        "this batch of environments is in use by another thread; give each thread its own, or take turns"
    }
