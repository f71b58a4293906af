"""BipedalWalker beside Gymnasium's over Box2D: bits, the parts that users read, states, the controller."""

from __future__ import annotations

import os
import pickle
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


def make_used_pair(task_id: str, reuse_world: bool = True) -> tuple[Any, Any]:
    """Gymnasium's walker as it is, with one Box2D world for life."""
    ours = plyo.make(task_id, math="reference", max_episode_steps=-1, reuse_world=reuse_world)
    return ours, gymnasium.make(task_id, disable_env_checker=True).unwrapped


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


def compare_in_one_world(
    task_id: str, pilot: Any, first: int, num_episodes: int, num_steps: int, reuse_world: bool = True
) -> None:
    """Episodes one after the other in the same environments: with seeds, without, and at last with the first again."""
    pair = make_used_pair(task_id, reuse_world)
    for episode in range(num_episodes):
        seed = first if episode in (0, num_episodes - 1) else [first + episode, None, None][episode % 3]
        compare(task_id, pilot(first + episode), seed, num_steps, pair)


@needs_reference_platform
@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize("pilot", [random_actions, controlled])
def test_a_reused_world_has_the_episodes_of_a_used_environment(task_id: str, pilot: Any) -> None:
    compare_in_one_world(task_id, pilot, 3, 10, 80)


@needs_reference_platform
@pytest.mark.parametrize("task_id", IDS)
def test_a_new_world_has_other_episodes_than_a_used_environment(task_id: str) -> None:
    with pytest.raises(AssertionError, match="step"):
        compare_in_one_world(task_id, random_actions, 3, 10, 80, reuse_world=False)


@needs_reference_platform
@pytest.mark.slow
@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize("pilot", [random_actions, controlled])
def test_a_reused_world_over_whole_episodes(task_id: str, pilot: Any) -> None:
    for first in range(int(os.environ.get("PLYO_SOAK_SEEDS", "25")) // 8):
        compare_in_one_world(task_id, pilot, 100 * first, 12, 250)


def episode_and_next(env: Any, num_steps: int) -> list[bytes]:
    """What is observed in the rest of an episode and at the beginning of the next."""
    pilot = random_actions(8)
    seen = [env.step(pilot(None))[0].tobytes() for _ in range(num_steps)]
    seen.append(env.reset()[0].tobytes())
    return seen + [env.step(pilot(None))[0].tobytes() for _ in range(num_steps)]


@needs_reference_platform
@pytest.mark.parametrize("task_id", IDS)
def test_snapshots_and_copies_keep_the_reused_world(task_id: str) -> None:
    ours, theirs = make_used_pair(task_id)
    for episode in range(3):
        compare(task_id, random_actions(episode), 1 if episode == 0 else None, 60, (ours, theirs))
    state, copy = ours.unwrapped.get_state(), pickle.loads(pickle.dumps(ours))
    expected = episode_and_next(theirs, 80)
    assert episode_and_next(ours, 80) == expected
    assert episode_and_next(copy, 80) == expected
    other = plyo.make(task_id, math="reference", max_episode_steps=-1, reuse_world=True)
    other.reset(seed=7)
    other.unwrapped.set_state(state)
    assert episode_and_next(other, 80) == expected
    with pytest.raises(ValueError, match="set_state"):
        plyo.make(task_id, math="reference").unwrapped.set_state(state)


def test_batches_that_reset_themselves_keep_their_worlds() -> None:
    num_envs, num_steps = 9, 260
    actions = np.random.default_rng(1).uniform(-1, 1, (num_steps, num_envs, 4)).astype(np.float32)
    kwargs: Any = {"reuse_world": True, "max_episode_steps": 60}
    envs = plyo.make_vec(IDS[1], num_envs, autoreset_mode="next_step", **kwargs)
    envs.reset(seed=3)
    seen = [envs.step(action)[0].copy() for action in actions]
    num_episodes = 0
    for lane in range(num_envs):
        env = plyo.make(IDS[1], **kwargs)
        env.reset(seed=3 + lane)
        ended = False
        for action, observations in zip(actions, seen, strict=True):
            if ended:
                observation, ended = env.reset()[0], False
                num_episodes += 1
            else:
                observation, _, terminated, truncated, _ = env.step(action[lane])
                ended = terminated or truncated
            assert observation.tobytes() == observations[lane].tobytes()
    assert num_episodes > 2 * num_envs


@pytest.mark.parametrize("task_id", ["LunarLander-v3", "CarRacing-v3"])
def test_tasks_without_contacts_of_earlier_episodes_do_not_take_it(task_id: str) -> None:
    with pytest.raises(TypeError, match="reuse_world"):
        plyo.make(task_id, reuse_world=True)


@pytest.mark.parametrize("reuse_world", [False, True])
@pytest.mark.parametrize("math", ["reference", "fast"])
def test_a_batch_has_the_bits_of_single_walkers(math: Any, reuse_world: bool) -> None:
    num_envs, num_steps = 37, 70
    rng = np.random.default_rng(1)
    actions = rng.uniform(-1, 1, (num_steps, num_envs, 4)).astype(np.float32)
    envs = plyo.make_vec(IDS[1], num_envs, math=math, reuse_world=reuse_world, autoreset_mode="disabled")
    envs.reset(seed=3)
    seen = []
    for action in actions:
        observations, rewards, terminated, *_ = envs.step(action)
        seen.append((observations.copy(), rewards.copy(), terminated.copy()))
        if terminated.any():
            envs.reset(options={"reset_mask": terminated})
    assert sum(terminated.sum() for _, _, terminated in seen) > 3
    for lane in range(0, num_envs, 6):
        env = plyo.make(IDS[1], math=math, reuse_world=reuse_world)
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


@pytest.mark.parametrize("reuse_world", [False, True])
def test_a_state_of_random_bytes_is_refused(reuse_world: bool) -> None:
    envs = plyo.make_vec(IDS[1], 3, reuse_world=reuse_world)
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


@pytest.mark.parametrize("reuse_world", [False, True])
def test_a_lane_takes_little_memory(reuse_world: bool) -> None:
    envs = plyo.make_vec(IDS[1], 64, reuse_world=reuse_world)
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


def test_living_environments_keep_their_kind_of_state() -> None:
    text = "the parameter 'reuse_world' decides the numbers of a state"
    envs = plyo.make_vec(IDS[0], 2)
    envs.reset(seed=1)
    for value in (True, [True, False], plyo.randomize.Choice([True, False])):
        with pytest.raises(ValueError, match=text):
            envs.set_params({"reuse_world": value})
        with pytest.raises(ValueError, match=text):
            envs.reset(options={"params": {"reuse_world": value}})
    assert not envs.get_params()["reuse_world"].any()
    with pytest.raises(ValueError, match=text):
        plyo.make_vec(IDS[0], 2, params={"reuse_world": [True, False]})
    used = plyo.make_vec(IDS[0], 2, reuse_world=True)
    used.set_params({"hardcore": True})
    with pytest.raises(ValueError, match=text):
        used.set_params({"reuse_world": False})
