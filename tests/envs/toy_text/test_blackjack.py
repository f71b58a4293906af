"""Blackjack: three numbers a hand, and the worth of an ace and a ten."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo
from beside_gymnasium import (
    MODES,
    SOAK_SEEDS,
    assert_same_after_assignments,
    assert_same_batches,
    assert_same_episodes,
)

VARIANTS: list[dict[str, Any]] = [
    {},
    {"sab": False},
    {"sab": False, "natural": True},
    {"sab": True, "natural": True},
]


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_episodes(kwargs: dict[str, Any]) -> None:
    assert_same_episodes("Blackjack-v1", 10, 400, **kwargs)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", VARIANTS)
def test_many_episodes(kwargs: dict[str, Any]) -> None:
    assert_same_episodes("Blackjack-v1", SOAK_SEEDS, 2000, **kwargs)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kwargs", VARIANTS)
def test_batches(mode: str, kwargs: dict[str, Any]) -> None:
    assert_same_batches("Blackjack-v1", mode, 7, 300, **kwargs)


def test_rules_that_are_assigned() -> None:
    changes = {"natural": [True, False], "sab": [True, False, False]}
    assert_same_after_assignments("Blackjack-v1", changes, 20, 600)


def test_an_assigned_natural_pays_more() -> None:
    env = plyo.make("Blackjack-v1", sab=False)
    rewards = set()
    for seed in range(400):
        env.unwrapped.natural = False
        if env.reset(seed=seed)[0][0] == 21:
            env.unwrapped.natural = True  # counts from this step on
            rewards.add(env.step(0)[1])
    assert 1.5 in rewards
    assert 1.0 not in rewards


def test_an_ace_and_a_ten_pay_more_if_asked_to() -> None:
    rewards = {True: set[float](), False: set[float]()}
    for natural, seen in rewards.items():
        env = plyo.make("Blackjack-v1", sab=False, natural=natural)
        for seed in range(400):
            if env.reset(seed=seed)[0][0] == 21:
                seen.add(env.step(0)[1])
    assert 1.5 in rewards[True]
    assert 1.0 in rewards[False]
    assert 1.5 not in rewards[False]


def test_the_open_card() -> None:
    ours, theirs = (m.make("Blackjack-v1").unwrapped for m in (plyo, gymnasium))
    for seed in range(50):
        for env in (ours, theirs):
            env.reset(seed=seed)
        for name in ("dealer_top_card_suit", "dealer_top_card_value_str", "natural", "sab"):
            assert getattr(ours, name) == getattr(theirs, name)


def test_observations_of_batches_and_rollouts_are_tuples() -> None:
    envs = plyo.make_vec("Blackjack-v1", 16, autoreset_mode="same_step")
    observations, _ = envs.reset(seed=3)
    assert [part.dtype for part in observations] == [np.int64] * 3
    assert envs.observation_space.contains(observations)
    twin = plyo.make_vec("Blackjack-v1", 16, autoreset_mode="same_step")
    twin.reset(seed=3)
    trajectory = envs.rollout(lambda seen: (seen[0] < 17).astype(np.int64), 20)
    assert isinstance(trajectory.observations, tuple)
    finals = [part.tolist() for part in trajectory.final_observations]
    episode = 0
    for t in range(20):
        for part, all_of_it in zip(observations, trajectory.observations, strict=True):
            assert (all_of_it[t] == part).all()
        observations, rewards, terminated, _, info = twin.step((observations[0] < 17).astype(np.int64))
        assert (rewards == trajectory.rewards[t]).all()
        for lane in np.flatnonzero(terminated):
            assert info["final_obs"][lane] == tuple(part[episode] for part in finals)
            episode += 1
    assert episode == len(finals[0]) > 16
    for part, last in zip(observations, trajectory.last_observations, strict=True):
        assert (part == last).all()


def test_arrays_of_the_caller() -> None:
    envs = plyo.make_vec("Blackjack-v1", 5)
    parts = tuple(np.empty(5, np.int64) for _ in range(3))
    observations, _ = envs.reset(seed=1, out=parts)
    assert all(a is b for a, b in zip(observations, parts, strict=True))
    result = envs.step(np.zeros(5, np.int64), out=(parts, None, None, None))
    assert all(a is b for a, b in zip(result[0], parts, strict=True))
    before = envs.get_state()
    for bad in (parts[:2], parts[0], (*parts[:2], np.empty(5, np.int32)), (parts[0], parts[0], parts[1])):
        with pytest.raises((TypeError, ValueError), match="out: 'observations"):
            envs.step(np.zeros(5, np.int64), out=(bad, None, None, None))
    assert envs.get_state() == before
    ring = plyo.make_vec("Blackjack-v1", 5, num_buffers=2)
    first = ring.reset(seed=1)[0]
    second = ring.step(np.ones(5, np.int64))[0]
    third = ring.step(np.ones(5, np.int64))[0]
    assert all(a is b for a, b in zip(first, third, strict=True))
    assert not any(a is b for a, b in zip(first, second, strict=True))


def test_networks_say_that_they_cannot_read_tuples() -> None:
    envs = plyo.make_vec("Blackjack-v1", 4)
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="the observations of Blackjack are of another kind"):
        envs.rollout(plyo.policies.Linear(np.zeros((2, 3))), 5)
