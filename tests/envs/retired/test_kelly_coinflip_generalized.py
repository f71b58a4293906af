"""KellyCoinflipGeneralized: a coin whose bias, end and cap are drawn anew at each reset."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from plain_models import assert_same_episodes

import plyo

VARIANTS: list[dict[str, Any]] = [
    {},
    {
        "edge_prior_alpha": 1,
        "edge_prior_beta": 64,
        "max_wealth_alpha": 0.1,
        "max_rounds_mean": 3.0,
        "max_rounds_sd": 5.0,
        "count_losses": True,
    },
]


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_rules(kwargs: dict[str, Any]) -> None:
    """Edge ~ Beta(7, 3), cap = round(genpareto(5, loc 200)), rounds = int(round(Normal(300, 25))), redrawn each
    reset; quirk: wins always increments and losses stays 0. The draws as cpp/core/distributions.hpp makes them."""

    def actions(rng: np.random.Generator, count: int) -> list[int]:
        return rng.integers(500, size=count).tolist()

    assert_same_episodes("KellyCoinflipGeneralized-v0", actions, 300, 200, **kwargs)


def test_bounds_hold_for_every_draw() -> None:
    env = plyo.make("KellyCoinflipGeneralized-v0")
    wealth, elapsed, wins, losses, most = env.observation_space
    assert wealth == most == plyo.spaces.Box(0, 2834, (1,), np.float32)
    assert elapsed == wins == losses == plyo.spaces.Discrete(359)
    assert env.action_space == plyo.spaces.Discrete(283400)
    for seed in range(2000):
        env.reset(seed=seed)
        assert 200 <= env.unwrapped.max_wealth <= 2834
        assert 1 <= env.unwrapped.max_rounds <= 358


def farthest(values: list[float], distribution: Any) -> float:
    """Kolmogorov's distance between whole numbers or reals and a distribution, times the root of their number."""
    ordered = np.sort(values)
    expected = np.array([distribution(x) for x in ordered.tolist()])
    upto = np.searchsorted(ordered, ordered, side="right") / len(ordered)
    return float(np.abs(upto - expected).max() * len(ordered) ** 0.5)


def test_draws_have_their_distributions() -> None:
    env = plyo.make("KellyCoinflipGeneralized-v0")
    env.reset(seed=7)
    drawn: dict[str, list[float]] = {"edge": [], "max_wealth": [], "max_rounds": []}
    for _ in range(5000):
        env.reset()
        for name, values in drawn.items():
            values.append(getattr(env.unwrapped, name))
    normal = NormalDist(300, 25)

    def beta(x: float) -> float:
        return sum(math.comb(9, j) * x**j * (1 - x) ** (9 - j) for j in range(7, 10))

    def pareto(x: float) -> float:
        return (1 - (1 + 5 * max(x + 0.5 - 200, 0)) ** -0.2) / 0.85

    def rounds(x: float) -> float:
        return normal.cdf(x + 0.5) / normal.cdf(358.5)

    # 1.63 is passed by one sample in a hundred
    for name, distribution in (("edge", beta), ("max_wealth", pareto), ("max_rounds", rounds)):
        assert farthest(drawn[name], distribution) < 1.63
    edges = np.array(drawn["edge"])
    assert edges.mean() == pytest.approx(0.7, abs=0.006)
    assert edges.var() == pytest.approx(21 / 1100, rel=0.06)
    counts = np.array(drawn["max_rounds"])
    assert counts.mean() == pytest.approx(299.3, abs=1.2)
    assert counts.std() == pytest.approx(24.2, rel=0.04)


def test_a_player_with_a_good_coin_earns_the_maximum() -> None:
    env = plyo.make("KellyCoinflipGeneralized-v0", edge_prior_alpha=64, edge_prior_beta=1)
    for seed in range(50):
        observation, _ = env.reset(seed=seed)
        terminated = False
        while not terminated:
            observation, reward, terminated, _, _ = env.step(int(observation[0][0] * 60))
        assert reward == env.unwrapped.max_wealth == env.unwrapped.wealth


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("initial_wealth", 0.0),
        ("initial_wealth", 201.0),
        ("edge_prior_alpha", 0),
        ("edge_prior_alpha", 65),
        ("edge_prior_beta", 59),
        ("max_wealth_alpha", 0.0),
        ("max_wealth_alpha", 50.0),
        ("max_wealth_m", 0.5),
        ("max_rounds_mean", 0.0),
        ("max_rounds_sd", -1.0),
        ("max_rounds_sd", 1e9),
    ],
)
def test_illegal_parameters(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        plyo.make("KellyCoinflipGeneralized-v0", **{name: value})
