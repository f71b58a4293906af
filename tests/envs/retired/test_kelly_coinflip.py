"""KellyCoinflip: bets on a coin that is known to be biased."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain_models import assert_same_episodes

import plyo


@pytest.mark.parametrize(
    "kwargs", [{}, {"initial_wealth": 3.21, "edge": 0.5, "max_wealth": 40.5, "max_rounds": 20}]
)
def test_rules(kwargs: dict[str, Any]) -> None:
    """Initial 25, edge .6, cap 250, 300 rounds; bet = min(a / 100, wealth); rounds -= 1; wealth = min(cap, wealth ±
    bet); done if wealth < .01 or == cap or rounds == 0; reward = wealth when done else 0. uniform() < edge a step."""

    def actions(rng: np.random.Generator, count: int) -> list[int]:
        # mostly small bets, now and then everything
        limit = int(kwargs.get("max_wealth", 250) * 100)
        return np.where(rng.random(count) < 0.9, rng.integers(300, size=count), limit - 1).tolist()

    assert_same_episodes("KellyCoinflip-v0", actions, 250, 150, **kwargs)

    def small(rng: np.random.Generator, count: int) -> list[int]:
        return rng.integers(60, size=count).tolist()

    assert_same_episodes("KellyCoinflip-v0", small, 700, 50, **kwargs)


def test_spaces_follow_the_parameters() -> None:
    env = plyo.make("KellyCoinflip-v0")
    wealth, rounds = env.observation_space
    assert env.action_space == plyo.spaces.Discrete(25000)
    assert wealth == plyo.spaces.Box(0, 250, (1,), np.float32)
    assert rounds == plyo.spaces.Discrete(301)
    env = plyo.make("KellyCoinflip-v0", max_wealth=30.5, max_rounds=7)
    wealth, rounds = env.observation_space
    assert env.action_space == plyo.spaces.Discrete(3050)
    assert wealth == plyo.spaces.Box(0, 30.5, (1,), np.float32)
    assert rounds == plyo.spaces.Discrete(8)


def test_a_lucky_player_earns_the_maximum() -> None:
    env = plyo.make("KellyCoinflip-v0", edge=1.0)
    env.reset(seed=0)
    assert [env.step(24999)[1:3] for _ in range(4)] == [(0.0, False)] * 3 + [(250.0, True)]


def test_kellys_bet_reaches_the_cap() -> None:
    # a fifth of the wealth each round was expected to earn 240 of 250
    envs = plyo.make_vec("KellyCoinflip-v0", 1000, autoreset_mode="disabled")
    envs.reset(seed=0)

    def bet(observations: Any) -> Any:
        return (20 * observations[0][:, 0]).astype(np.int64)

    earned = envs.rollout(bet, 300).rewards.sum(axis=0)
    assert 235 < earned.mean() < 245


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("initial_wealth", 0.0),
        ("initial_wealth", 251.0),
        ("edge", 1.1),
        ("max_wealth", 0.5),
        ("max_wealth", 1e9),
        ("max_rounds", 0),
    ],
)
def test_illegal_parameters(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        plyo.make("KellyCoinflip-v0", **{name: value})
