"""Wrappers that the engine runs, beside the same wrappers run by themselves: every bit."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from vector_helpers import MODES, actions_of, assert_same, without_times

import plyo
from plyo.wrappers import Affine
from plyo.wrappers.vector import (
    ClipAction,
    ClipReward,
    DtypeObservation,
    FlattenObservation,
    NormalizeObservation,
    NormalizeReward,
    RecordEpisodeStatistics,
    RescaleAction,
    RescaleObservation,
    TransformReward,
    unfused,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*precision lowered by casting")

NUM_ENVS = 37  # no multiple of a tile

#: The task of each case, its wrappers from the inside, and how many steps it takes to end a few episodes.
CASES: dict[str, tuple[str, list[Any], int]] = {
    "statistics": ("CartPole-v1", [RecordEpisodeStatistics], 40),
    "normalised observations": ("CartPole-v1", [NormalizeObservation], 40),
    "normalised rewards": ("CartPole-v1", [NormalizeReward], 40),
    "the usual": ("CartPole-v1", [RecordEpisodeStatistics, NormalizeObservation, NormalizeReward], 60),
    "the usual the other way round": (
        "Acrobot-v1",
        [NormalizeReward, NormalizeObservation, lambda e: RecordEpisodeStatistics(e, stats_key="stats")],
        60,
    ),
    "statistics twice": (
        "CartPole-v1",
        [
            RecordEpisodeStatistics,
            lambda e: TransformReward(e, Affine(0.1, -1.0)),
            lambda e: RecordEpisodeStatistics(e, buffer_length=3, stats_key="after"),
        ],
        40,
    ),
    "clipped rewards": ("Pendulum-v1", [lambda e: ClipReward(e, -2, 0.5)], 30),
    "rewards clipped from below": ("Pendulum-v1", [lambda e: ClipReward(e, min_reward=-1.5)], 30),
    "rewards clipped from above": ("Pendulum-v1", [lambda e: ClipReward(e, max_reward=-1)], 30),
    "affine rewards": ("Pendulum-v1", [lambda e: TransformReward(e, Affine(0.3, 2))], 30),
    "clipped actions": ("Pendulum-v1", [ClipAction], 30),
    "rescaled actions": ("Pendulum-v1", [lambda e: RescaleAction(e, -1.0, 1.0)], 30),
    "actions twice": ("Pendulum-v1", [ClipAction, lambda e: RescaleAction(e, -np.inf, np.inf)], 30),
    "rescaled observations": ("MountainCar-v0", [lambda e: RescaleObservation(e, -1, 1)], 30),
    "halves": ("CartPole-v1", [lambda e: DtypeObservation(e, np.float16)], 40),
    "doubles": ("CartPole-v1", [lambda e: DtypeObservation(e, np.float64), NormalizeObservation], 40),
    "choices as numbers": ("FrozenLake-v1", [lambda e: DtypeObservation(e, np.float32)], 40),
    "one of the choices": ("FrozenLake-v1", [FlattenObservation, RecordEpisodeStatistics], 40),
    "a flattened tuple": ("Blackjack-v1", [FlattenObservation, NormalizeReward], 20),
    "a tuple": ("Blackjack-v1", [RecordEpisodeStatistics, NormalizeReward], 20),
    "many": (
        "Pendulum-v1",
        [
            ClipAction,
            RecordEpisodeStatistics,
            FlattenObservation,
            lambda e: RescaleObservation(e, -1, 1),
            NormalizeObservation,
            lambda e: DtypeObservation(e, "float16"),
            lambda e: ClipReward(e, -10, 10),
            NormalizeReward,
            lambda e: TransformReward(e, Affine(shift=-0.25)),
        ],
        30,
    ),
}


def make(case: str, mode: str, threads: int = 1, num_envs: int = NUM_ENVS, **arguments: Any) -> Any:
    """A wrapped native batch."""
    task, wrappers, _ = CASES[case]
    limit = 20 if task == "Pendulum-v1" else None
    envs: Any = plyo.make_vec(
        task, num_envs, autoreset_mode=mode, num_threads=threads, max_episode_steps=limit, **arguments
    )
    for wrapper in wrappers:
        envs = wrapper(envs)
    return envs


def layers(envs: Any) -> Iterator[Any]:
    """The wrappers, from the outside."""
    while isinstance(envs, plyo.vector.VectorWrapper):
        yield envs
        envs = envs.env


def memory(envs: Any) -> list[Any]:
    """What the wrappers remember, except times."""
    parts: list[Any] = []
    for wrapper in layers(envs):
        if isinstance(wrapper, RecordEpisodeStatistics):
            names = ["episode_returns", "episode_lengths", "prev_dones", "episode_count"]
            parts += [getattr(wrapper, name) for name in names]
            parts += [list(wrapper.return_queue), list(wrapper.length_queue), len(wrapper.time_queue)]
        if isinstance(wrapper, NormalizeReward):
            parts += [wrapper.accumulated_reward, wrapper._last_rewards, wrapper._prev_dones]
        for name in ("obs_rms", "return_rms"):
            if hasattr(wrapper, name):
                moments = getattr(wrapper, name)
                parts += [np.asarray(moments.mean), np.asarray(moments.var), moments.count]
    return deepcopy(parts)


def timeless(result: Any) -> Any:
    """A result of reset or step without the times of its infos."""
    infos = result[-1]
    for key in ("episode", "stats", "after"):
        if key in infos:
            assert np.all(infos[key]["t"] >= 0)
        infos = without_times(infos, key)
    return (*result[:-1], infos)


def is_fused(envs: Any) -> bool:
    """Whether every wrapper of a stack runs in the engine."""
    return repr(envs).count("<fused ") == sum(1 for _ in layers(envs))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_steps_are_the_same(case: str, mode: str, threads: int) -> None:
    fused, plain = make(case, mode, threads), make(case, mode)
    assert is_fused(fused)
    assert_same(timeless(fused.reset(seed=3)), timeless(plain.reset(seed=3)))
    ended = 0
    for t, actions in zip(range(CASES[case][2]), actions_of(fused.action_space, 5), strict=False):
        ours = fused.step(deepcopy(actions))
        with unfused():
            assert "fused" not in repr(plain)
            theirs = plain.step(deepcopy(actions))
        assert_same(timeless(ours), timeless(theirs))
        assert_same(memory(fused), memory(plain))
        dones = ours[2] | ours[3]
        ended += dones.sum()
        if t == 7:  # some amid an episode
            dones[::5] = True
        if (mode == "disabled" or t == 7) and dones.any():
            options = {"reset_mask": dones}
            ours_reset, theirs_reset = fused.reset(options=options), plain.reset(options=options)
            assert_same(timeless(ours_reset), timeless(theirs_reset))
    assert ended > 3 or "MountainCar" in CASES[case][0] or "Acrobot" in CASES[case][0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_rollouts_are_the_same(case: str, mode: str, threads: int) -> None:
    rolled, plain = make(case, mode, threads), make(case, mode)
    steps = CASES[case][2] if mode != "disabled" else 8
    for envs in (rolled, plain):
        envs.reset(seed=3)
    space = rolled.action_space
    space.seed(1)
    actions = [space.sample() for _ in range(2 * steps)]
    whole = (
        tuple(map(np.stack, zip(*actions, strict=True)))
        if isinstance(space, plyo.spaces.Tuple)
        else np.stack(actions)
    )
    first = plain.step(actions[0])
    assert_same(timeless(rolled.step(actions[0])), timeless(first))
    if (first[2] | first[3]).any() and mode == "disabled":
        return
    record = ["observations", "actions", "rewards", "terminated", "truncated", "last_observations"]
    record += ["final_observations", "episodes"]
    trajectory = rolled.rollout(plyo.policies.Sequence(whole[1:]), steps, record=record)
    observations = first[0]
    finals: list[Any] = []
    times, lanes = [], []
    resting = np.zeros(NUM_ENVS, bool)
    for t in range(steps):
        assert_same(at(trajectory.observations, t), observations)
        assert_same(trajectory.actions[t], np.asarray(actions[t + 1]))
        with unfused():
            observations, rewards, terminated, truncated, infos = plain.step(actions[t + 1])
        assert_same(trajectory.rewards[t], rewards)
        assert_same(trajectory.terminated[t], terminated)
        assert_same(trajectory.truncated[t], truncated)
        dones = terminated | truncated
        times += [t] * int(dones.sum())
        lanes += np.flatnonzero(dones).tolist()
        if "final_obs" in infos:
            finals += [infos["final_obs"][lane] for lane in np.flatnonzero(dones)]
        resting |= dones
        if mode == "disabled" and resting.any():
            break
    else:
        assert_same(trajectory.last_observations, observations)
        assert_same(memory(rolled), memory(plain))
        assert_same(rolled.env.unwrapped.get_state(), plain.env.unwrapped.get_state())
        assert trajectory.episode_times.tolist() == times
        assert trajectory.episode_lanes.tolist() == lanes
        if mode == "same_step" and not isinstance(trajectory.final_observations, tuple):
            rows = [np.asarray(row) for row in trajectory.final_observations]
            assert_same(rows, [np.asarray(final) for final in finals])


def at(arrays: Any, t: int) -> Any:
    """Step ``t`` of arrays over time."""
    if isinstance(arrays, tuple):
        return tuple(part[t] for part in arrays)
    return arrays[t]
