"""Observed pictures of MuJoCo tasks: the same in single environments and batches, in every mode of autoreset."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import policies
from plyo.mujoco.cameras import default_camera
from plyo.mujoco.pixels import FastPixels

sys.path.insert(0, str(Path(__file__).parents[2] / "mujoco"))
from drawn_models import needs_opengl

pytestmark = needs_opengl

TASK = "HalfCheetah-v5"
LANES = 3
STEPS = 10
#: The third step ends an episode.
PIXELS = {"observation": "pixels", "size": (16, 20), "stack": 3, "max_episode_steps": 3}
ACTIONS = np.random.default_rng(0).uniform(-1, 1, (STEPS, LANES, 6)).astype(np.float32)


def single(lane: int, **kwargs: Any) -> list[np.ndarray]:
    """The observations of an environment with the actions of a lane, those of resets included."""
    env = plyo.make(TASK, **{**PIXELS, **kwargs})
    seen = [env.reset(seed=5 + lane)[0]]
    for action in ACTIONS[:, lane]:
        observation, _, terminated, truncated, _ = env.step(action)
        seen.append(observation)
        if terminated or truncated:
            seen.append(env.reset()[0])
    return seen


def batch(**kwargs: Any) -> Any:
    return plyo.make_vec(TASK, LANES, **{**PIXELS, **kwargs})


def assert_equal_prefixes(got: list[np.ndarray], expected: list[np.ndarray]) -> None:
    assert len(got) > STEPS
    for ours, theirs in zip(got, expected, strict=False):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == np.uint8


def seen_by_lanes(envs: Any) -> list[list[np.ndarray]]:
    """What the lanes of a batch observe with the actions, ends of episodes included."""
    mode = envs.metadata["autoreset_mode"].name
    observations, _ = envs.reset(seed=5)
    seen = [[row] for row in observations]
    position = 0
    ended = False
    while position < STEPS:
        observations, _, terminated, truncated, info = envs.step(ACTIONS[position])
        if mode != "NEXT_STEP" or not ended:
            position += 1
        ended = bool((terminated | truncated).all())
        assert ended == bool((terminated | truncated).any())
        for lane in range(LANES):
            if mode == "SAME_STEP" and ended:
                seen[lane].append(info["final_obs"][lane])
            seen[lane].append(observations[lane])
        if mode == "DISABLED" and ended:
            observations, _ = envs.reset(options={"reset_mask": np.ones(LANES, bool)})
            for lane in range(LANES):
                seen[lane].append(observations[lane])
    return seen


@pytest.mark.parametrize("autoreset_mode", ["next_step", "same_step", "disabled"])
def test_a_batch_observes_what_single_environments_observe(autoreset_mode: str) -> None:
    threads = 2 if autoreset_mode == "same_step" else 1
    seen = seen_by_lanes(batch(autoreset_mode=autoreset_mode, num_threads=threads))
    for lane in range(LANES):
        assert_equal_prefixes(seen[lane], single(lane))


@pytest.mark.parametrize(
    ("gray", "channels", "stack"),
    [(True, "first", 1), (True, "last", 2), (False, "first", 2), (False, "last", 1)],
)
def test_forms(gray: bool, channels: str, stack: int) -> None:
    env = plyo.make(TASK, **{**PIXELS, "gray": gray, "channels": channels, "stack": stack})
    first, _ = env.reset(seed=0)
    second = env.step(ACTIONS[0, 0])[0]
    assert env.observation_space.contains(first)
    assert env.observation_space.shape == first.shape
    height_first = (lambda x: np.moveaxis(x, 0, -1)) if channels == "first" else np.asarray
    depth = 1 if gray else 3
    assert height_first(first).shape == (16, 20, stack * depth)
    # an episode begins with copies; then the newest is the last
    old, new = height_first(first), height_first(second)
    np.testing.assert_array_equal(old[..., :depth], old[..., -depth:])
    assert (new[..., -depth:] != old[..., -depth:]).any()
    if stack == 2:
        np.testing.assert_array_equal(new[..., :depth], old[..., -depth:])
    # it is what the fast renderer draws of Gymnasium's present state, in grey as GrayscaleObservation has it
    data, model = env.unwrapped.data, env.unwrapped.model
    colors = FastPixels(model, 16, 20, camera_config=default_camera("HalfCheetahV5")).draw(
        data, np.empty((16, 20, 3), np.uint8)
    )
    expected = (colors @ np.array([0.2125, 0.7154, 0.0721])).astype(int)[..., None] if gray else colors
    assert np.abs(new[..., -depth:].astype(int) - expected).max() <= (1 if gray else 0)


def test_observations_are_fresh_and_rooms_are_used() -> None:
    envs = batch()
    first, _ = envs.reset(seed=5)
    kept = first.copy()
    room = np.zeros_like(first)
    got = envs.step(ACTIONS[0], out=(room, None, None, None))[0]
    assert got is room
    np.testing.assert_array_equal(first, kept)
    assert (room != kept).any()
    for wrong in (np.zeros((2, 2)), np.zeros((LANES, 3, 16, 21), np.uint8), [0]):
        state = envs.get_state()
        with pytest.raises((TypeError, ValueError), match="'observations' must be"):
            envs.step(ACTIONS[1], out=(wrong, None, None, None))
        assert envs.get_state() == state
    ring = batch(num_buffers=2)
    ring.reset(seed=5)
    np.testing.assert_array_equal(ring.step(ACTIONS[0])[0], room)


def test_masked_resets_and_errors_keep_the_others() -> None:
    envs = batch(autoreset_mode="disabled")
    envs.reset(seed=5)
    before = envs.step(ACTIONS[0])[0]
    after, _ = envs.reset(options={"reset_mask": np.array([False, True, False])})
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert (after[1] != before[1]).any()
    state = envs.get_state()
    with pytest.raises(plyo.error.InvalidAction):
        envs.step(np.full((LANES, 6), np.nan, np.float32)[:, :5])
    assert envs.get_state() == state


@pytest.mark.parametrize("autoreset_mode", ["next_step", "same_step", "disabled"])
def test_steps_for_trainers_see_the_same(autoreset_mode: str) -> None:
    whole, compact, parts = (batch(autoreset_mode=autoreset_mode) for _ in range(3))
    for envs in (whole, compact, parts):
        envs.reset(seed=5)
    copies: Any = None
    for t, actions in enumerate(ACTIONS):
        observations, _, terminated, truncated, info = whole.step(actions)
        result = compact.step_compact(actions)
        ids = np.flatnonzero(terminated | truncated)
        np.testing.assert_array_equal(result.observations, observations)
        np.testing.assert_array_equal(result.ended.ids, ids)
        finals = observations[ids]
        if autoreset_mode == "same_step" and len(ids):
            finals = np.stack(list(info["final_obs"][ids]))
        following = observations.copy()
        following[ids] = finals
        np.testing.assert_array_equal(result.ended.final_observations, finals)
        np.testing.assert_array_equal(result.next_observations, following)
        for lanes in ([2, 0], [1]):
            some = parts.step_lanes(actions[lanes], lanes)
            np.testing.assert_array_equal(some[0], observations[lanes])
            if "final_obs" in some[4]:
                np.testing.assert_array_equal(np.stack(list(some[4]["final_obs"])), following[lanes])
        if copies is not None:
            np.testing.assert_array_equal(copies.step(actions[[1, 1]])[0], observations[[1, 1]])
        if len(ids) and autoreset_mode == "disabled":
            fresh = whole.reset(options={"reset_mask": terminated | truncated})[0]
            for envs in (compact, parts):
                np.testing.assert_array_equal(envs.reset_lanes(ids)[0], fresh[ids])
            if copies is not None:
                copies.reset(options={"reset_mask": np.ones(2, bool)})
        assert whole.get_state() == compact.get_state() == parts.get_state()
        if t == 1:
            copies = whole.fork([1], 2)


def test_steps_for_trainers_write_into_rooms() -> None:
    envs, twin = batch(autoreset_mode="same_step"), batch(autoreset_mode="same_step")
    rooms = [np.zeros_like(envs.reset(seed=5)[0]) for _ in range(2)]
    twin.reset(seed=5)
    for actions in ACTIONS:
        result = envs.step_compact(actions, out=(rooms[0], None, None, None, None, rooms[1]))
        expected = twin.step_compact(actions)
        assert result.observations is rooms[0]
        assert result.next_observations is rooms[1]
        np.testing.assert_array_equal(rooms[0], expected.observations)
        np.testing.assert_array_equal(rooms[1], expected.next_observations)
    state = envs.get_state()
    with pytest.raises(TypeError, match="'next_observations' must be"):
        envs.step_compact(ACTIONS[0], out=(None, None, None, None, None, [0]))
    with pytest.raises(ValueError, match="listed twice"):
        envs.step_lanes(ACTIONS[0][:2], [1, 1])
    assert envs.get_state() == state


@pytest.mark.parametrize("autoreset_mode", ["next_step", "same_step"])
def test_snapshots_have_the_earlier_pictures(autoreset_mode: str) -> None:
    envs = batch(autoreset_mode=autoreset_mode)
    envs.reset(seed=5)
    envs.step(ACTIONS[0])
    envs.step(ACTIONS[1])
    state = envs.get_state()
    expected = [envs.step(actions) for actions in ACTIONS[2:5]]
    for other in (envs, pickle.loads(pickle.dumps(envs)), copy.deepcopy(envs)):
        other.set_state(state)
        for actions, step in zip(ACTIONS[2:5], expected, strict=True):
            np.testing.assert_array_equal(other.step(actions)[0], step[0])
    # one environment of it fills single ones and all
    envs.set_state(state)
    env = plyo.make(TASK, **PIXELS).unwrapped
    env.set_state(envs.get_state([1]))
    after = expected[0][4]["final_obs"][1] if autoreset_mode == "same_step" else expected[0][0][1]
    np.testing.assert_array_equal(env.step(ACTIONS[2, 1])[0], after)
    envs.set_state(env.get_state())
    assert len({row.tobytes() for row in envs._engine.seen()}) == 1


def test_wrong_snapshots_change_nothing() -> None:
    envs = batch()
    envs.reset(seed=5)
    state = envs.get_state()
    bare = plyo.make_vec(TASK, LANES)
    bare.reset(seed=5)
    other = batch(stack=2)
    other.reset(seed=5)
    damaged = bytes([state[0], state[1] ^ 1]) + state[2:]
    for wrong in (
        b"",
        b"abc",
        state[:-3],
        damaged,
        bare.get_state(),
        other.get_state(),
        envs.get_state([0, 1]),
    ):
        with pytest.raises(ValueError, match="set_state"):
            envs.set_state(wrong)
        assert envs.get_state() == state
    with pytest.raises(ValueError, match="set_state"):
        bare.set_state(state)


def test_changed_data_is_observed() -> None:
    env = plyo.make(TASK, **PIXELS)
    env.reset(seed=0)
    usual = copy.deepcopy(env).step(ACTIONS[0, 0])[0]
    bare = env.unwrapped
    bare.set_state(bare.data.qpos + np.eye(9)[1] * 0.5, bare.data.qvel)
    assert (env.step(ACTIONS[0, 0])[0] != usual).any()


def test_rollouts_say_that_they_do_not_draw() -> None:
    envs = batch()
    envs.reset(seed=0)
    for policy in (policies.Random(0), lambda observations: np.zeros((LANES, 6), np.float32)):
        with pytest.raises(NotImplementedError, match="observation='pixels'"):
            envs.rollout(policy, 2)


def test_a_lost_context_costs_no_step() -> None:
    env, untouched = (plyo.make(TASK, **PIXELS) for _ in range(2))
    for each in (env, untouched):
        each.reset(seed=0)
    ((_, pixels),) = env.unwrapped._engine._painter._workers
    pixels._context.opened.gl.free()
    np.testing.assert_array_equal(env.step(ACTIONS[0, 0])[0], untouched.step(ACTIONS[0, 0])[0])


@pytest.mark.parametrize("arguments", [{"observation": "pixels"}, {"render_mode": "rgb_array"}])
def test_nothing_keeps_an_environment_alive(arguments: dict[str, Any]) -> None:
    env = plyo.make(TASK, **arguments).unwrapped
    env.reset(seed=0)
    env.render(size=(8, 9))
    engine = weakref.ref(env._engine)
    gc.disable()
    try:
        del env
        assert engine() is None
    finally:
        gc.enable()
