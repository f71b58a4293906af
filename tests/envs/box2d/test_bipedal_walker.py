"""BipedalWalker beside Gymnasium's over Box2D: bits, the parts that users read, states, the controller."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import Box2D
import gymnasium
import numpy as np
import pytest
from box2d_parity import needs_reference_platform
from gymnasium.envs.box2d import bipedal_walker as theirs_module

import plyo
from plyo import policies
from plyo.envs.box2d import bipedal_walker as ours_module
from plyo.envs.box2d.bipedal_walker import BipedalWalkerHeuristics

IDS = ["BipedalWalker-v3", "BipedalWalkerHardcore-v3"]
Action = np.ndarray[Any, np.dtype[np.float32]]


class FreshWorld(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Gymnasium's walker, which keeps its Box2D world for life, with a new one in every episode."""

    def reset(self, **kwargs: Any) -> Any:
        walker: Any = self.env.unwrapped
        walker.world = Box2D.b2World()
        walker.terrain = []  # so that nothing of the old world is destroyed
        return self.env.reset(**kwargs)


def make_theirs(task_id: str) -> Any:
    return FreshWorld(gymnasium.make(task_id, disable_env_checker=True).unwrapped)


def random_actions(seed: int) -> Callable[[Any], Action]:
    rng = np.random.default_rng(seed)
    return lambda observation: rng.uniform(-1, 1, 4).astype(np.float32)


def controlled(seed: int) -> Callable[[Any], Action]:
    walker = BipedalWalkerHeuristics()
    return lambda observation: walker.step_heuristic(observation).astype(np.float32)


def limp(seed: int) -> Callable[[Any], Action]:
    return lambda observation: np.zeros(4, np.float32)


def beyond(seed: int) -> Callable[[Any], Action]:
    """Actions beyond the bounds, zeros of both signs among them."""
    rng = np.random.default_rng(seed)
    return lambda observation: (rng.choice([-3, -1, -0.0, 0.0, 0.5, 2], 4)).astype(np.float32)


def compare(task_id: str, pilot: Callable[[Any], Action], seed: int | None, num_steps: int, pair: Any) -> int:
    """Steps both from a reset on, past the end of the episode too; returns the step that terminated it."""
    ours, theirs = pair
    first, info = ours.reset(seed=seed)
    expected, their_info = theirs.reset(seed=seed)
    assert first.tobytes() == expected.tobytes()
    assert info == their_info
    ended = num_steps
    for t in range(num_steps):
        action = pilot(expected)
        expected, reward, *rest = theirs.step(action)
        observation, our_reward, *our_rest = ours.step(action)
        assert observation.tobytes() == expected.tobytes(), f"step {t}: {observation} != {expected}"
        assert float(our_reward) == float(reward), f"step {t}"
        assert our_rest == rest, f"step {t}"
        if rest[0]:
            ended = min(ended, t)
    return ended


def make_pair(task_id: str) -> tuple[Any, Any]:
    return plyo.make(task_id, math="reference", max_episode_steps=-1), make_theirs(task_id)


@needs_reference_platform
@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize("pilot", [random_actions, controlled, limp, beyond])
def test_gymnasiums_bits(task_id: str, pilot: Any) -> None:
    pair = make_pair(task_id)
    for seed in range(2):
        # of limp walkers that lie on the ground all bodies fall asleep
        compare(task_id, pilot(seed), seed, 180, pair)


@needs_reference_platform
def test_later_episodes_are_those_of_a_new_world() -> None:
    pair = make_pair(IDS[1])
    for episode in range(4):
        compare(IDS[1], random_actions(episode), 5 if episode == 0 else None, 60, pair)


@needs_reference_platform
@pytest.mark.slow
@pytest.mark.parametrize("task_id", IDS)
def test_gymnasiums_bits_over_whole_episodes(task_id: str) -> None:
    num_seeds = int(os.environ.get("PLYO_SOAK_SEEDS", "25")) // 4
    pair = make_pair(task_id)
    ends = []
    for seed in range(num_seeds):
        ends.append(compare(task_id, random_actions(seed), seed, 300, pair))
        compare(task_id, controlled(seed), seed, 300, pair)
    assert min(ends) < 299


@pytest.mark.parametrize("math", ["reference", "fast"])
def test_a_batch_has_the_bits_of_single_walkers(math: Any) -> None:
    num_envs, num_steps = 37, 70
    rng = np.random.default_rng(1)
    actions = rng.uniform(-1, 1, (num_steps, num_envs, 4)).astype(np.float32)
    envs = plyo.make_vec(IDS[1], num_envs, math=math, autoreset_mode="disabled")
    envs.reset(seed=3)
    seen = []
    for action in actions:
        observations, rewards, terminated, *_ = envs.step(action)
        seen.append((observations.copy(), rewards.copy(), terminated.copy()))
        if terminated.any():
            envs.reset(options={"reset_mask": terminated})
    assert sum(terminated.sum() for _, _, terminated in seen) > 3
    for lane in range(0, num_envs, 6):
        env = plyo.make(IDS[1], math=math)
        env.reset(seed=3 + lane)
        for action, (observations, rewards, terminated) in zip(actions, seen, strict=True):
            observation, reward, ended, *_ = env.step(action[lane])
            assert observation.tobytes() == observations[lane].tobytes()
            assert (float(reward), ended) == (rewards[lane], terminated[lane])
            if ended:
                env.reset()


def test_fast_steps_are_near_the_reference_from_the_same_state() -> None:
    # whole episodes drift apart, as those of a chaotic system do
    num_envs = 64
    fast, exact = (
        plyo.make_vec(IDS[1], num_envs, math=math, autoreset_mode="next_step")
        for math in ("fast", "reference")
    )
    fast.reset(seed=1)
    exact.reset(seed=1)
    rng = np.random.default_rng(2)
    worst = []
    for _ in range(60):
        fast.set_state(exact.get_state())
        actions = rng.uniform(-1, 1, (num_envs, 4)).astype(np.float32)
        close, _, terminated = (np.copy(part) for part in fast.step(actions)[:3])
        expected, _, their_terminated = (np.copy(part) for part in exact.step(actions)[:3])
        # a contact that begins a step earlier or later makes another step
        worst += [*np.abs(close - expected).max(axis=1)]
        assert np.mean(terminated == their_terminated) > 0.95
    assert np.quantile(worst, 0.98) < 1e-3


@needs_reference_platform
def test_the_parts_are_those_of_box2d() -> None:
    ours, theirs = make_pair(IDS[0])
    ours.reset(seed=4)
    theirs.reset(seed=4)
    walker, other = ours.unwrapped, theirs.unwrapped
    hull = walker.hull
    rng = np.random.default_rng(4)
    for _ in range(40):
        action = rng.uniform(-1, 1, 4).astype(np.float32)
        ours.step(action)
        theirs.step(action)
        for body, their_body in zip([hull, *walker.legs], [other.hull, *other.legs], strict=True):
            assert tuple(body.position) == tuple(their_body.position)
            assert tuple(body.linearVelocity) == tuple(their_body.linearVelocity)
            assert tuple(body.worldCenter) == tuple(their_body.worldCenter)
            assert (body.angle, body.angularVelocity) == (their_body.angle, their_body.angularVelocity)
            assert body.awake == their_body.awake
            assert body.mass == pytest.approx(their_body.mass)
        for joint, their_joint in zip(walker.joints, other.joints, strict=True):
            assert (joint.angle, joint.speed) == (their_joint.angle, their_joint.speed)
            assert joint.motorSpeed == their_joint.motorSpeed
            assert 0 <= joint.maxMotorTorque <= 80
        for ray, their_ray in zip(walker.lidar, other.lidar, strict=True):
            assert ray.fraction == their_ray.fraction
            np.testing.assert_allclose(ray.p2, their_ray.p2, atol=1e-5)
        for k in (1, 3):
            assert walker.legs[k].ground_contact == other.legs[k].ground_contact
        assert walker.game_over == other.game_over
        assert walker.scroll == other.scroll
    assert list(walker.terrain_x) == np.float32(other.terrain_x).tolist()
    assert list(walker.terrain_y) == np.float32(other.terrain_y).tolist()
    assert not walker.hardcore
    assert plyo.make(IDS[1]).unwrapped.hardcore
    with pytest.raises(AttributeError):
        hull.position = (0, 0)


def test_the_controller_is_gymnasiums() -> None:
    ours, theirs = BipedalWalkerHeuristics(), theirs_module.BipedalWalkerHeuristics()
    env = plyo.make(IDS[0], math="reference")
    observation, _ = env.reset(seed=2)
    for _ in range(300):
        action = ours.step_heuristic(observation)
        assert action.tolist() == theirs.step_heuristic(observation).tolist()
        assert (ours.state, ours.moving_leg) == (theirs.state, theirs.moving_leg)
        observation, _, terminated, *_ = env.step(action.astype(np.float32))
        if terminated:
            observation, _ = env.reset()


def test_public_names_are_gymnasiums() -> None:
    for name in ours_module.__all__:
        if isinstance(getattr(theirs_module, name, None), (int, float, list)):
            assert getattr(ours_module, name) == getattr(theirs_module, name)
    with pytest.raises(plyo.error.Error, match="hardcore"):
        ours_module.BipedalWalkerHardcore()


def test_a_state_of_random_bytes_is_refused() -> None:
    envs = plyo.make_vec(IDS[1], 3)
    envs.reset(seed=1)
    state = envs.get_state()
    rng = np.random.default_rng(0)
    num_refused = 0
    for _ in range(200):
        changed = bytearray(state)
        at = int(rng.integers(200, len(changed) - 8))
        changed[at : at + 4] = rng.integers(0, 256, 4, dtype=np.uint8).tobytes()
        try:
            envs.set_state(bytes(changed))
        except ValueError:
            num_refused += 1
            assert envs.get_state() == state
            continue
        # what is taken can be stepped
        for _ in range(3):
            observations, *_ = envs.step(np.ones((3, 4), np.float32))
            assert observations.shape == (3, 24)
        envs.set_state(state)
    assert num_refused > 5
    assert envs.get_state() == state


def test_a_lane_takes_little_memory() -> None:
    envs = plyo.make_vec(IDS[1], 64)
    envs.reset(seed=0)
    assert len(envs.get_state()) / 64 < 40_000


def test_rollouts_and_threads_have_the_bits_of_steps() -> None:
    lengths = {}
    for num_threads in (1, 2):
        envs = plyo.make_vec(IDS[0], 50, num_threads=num_threads)
        envs.reset(seed=9)
        trajectory = envs.rollout(policies.Random(seed=1), 80)
        lengths[num_threads] = (trajectory.observations.tobytes(), trajectory.rewards.tobytes())
    assert lengths[1] == lengths[2]
