"""KellyCoinflipGeneralized: a coin whose bias, end and cap are drawn anew at each reset."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from plain_models import Model, assert_same_episodes

import plyo


class Coin(Model):
    """Edge ~ Beta(7, 3), cap = round(genpareto(5, loc 200)), rounds = int(round(Normal(300, 25))), redrawn each
    reset; quirk: wins always increments and losses stays 0. The draws as cpp/core/distributions.hpp makes them."""

    def __init__(
        self,
        seed: int,
        alpha: int = 7,
        beta: int = 3,
        shape: float = 5.0,
        mean: float = 300.0,
        deviation: float = 25.0,
        count_losses: bool = False,
    ) -> None:
        super().__init__(seed)
        self.alpha, self.beta, self.shape = alpha, beta, shape
        self.rounds = NormalDist(mean, deviation)
        self.count_losses = count_losses

    def observation(self) -> Any:
        wealth, most = (np.array([x], np.float32) for x in (self.wealth, self.max_ever_wealth))
        return wealth, self.elapsed, self.wins, self.losses, most

    def reset(self) -> Any:
        self.edge = sorted(self.np_random.random(self.alpha + self.beta - 1))[self.alpha - 1]
        kept = 0.85 * self.np_random.random()
        self.max_wealth = round(200 + ((1 - kept) ** -self.shape - 1) / self.shape)
        bound = round(self.rounds.inv_cdf(0.99))
        self.max_rounds = 0
        while not 1 <= self.max_rounds <= bound:
            self.max_rounds = round(self.rounds.inv_cdf(max(self.np_random.random(), 2**-54)))
        self.wealth = self.max_ever_wealth = 25.0
        self.elapsed = self.wins = self.losses = 0
        return self.observation()

    def step(self, action: int) -> tuple[Any, float, bool]:
        bet = min(action / 100.0, self.wealth)
        won = self.np_random.uniform() < self.edge
        self.wealth = min(float(self.max_wealth), self.wealth + (bet if won else -bet))
        self.elapsed += 1
        self.max_ever_wealth = max(self.wealth, self.max_ever_wealth)
        if won or not self.count_losses:
            self.wins += 1
        else:
            self.losses += 1
        done = self.wealth < 0.01 or self.wealth == self.max_wealth or self.elapsed == self.max_rounds
        return self.observation(), self.wealth if done else 0.0, done


VARIANTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    (
        {"alpha": 1, "beta": 64, "shape": 0.1, "mean": 3.0, "deviation": 5.0, "count_losses": True},
        {
            "edge_prior_alpha": 1,
            "edge_prior_beta": 64,
            "max_wealth_alpha": 0.1,
            "max_rounds_mean": 3.0,
            "max_rounds_sd": 5.0,
            "count_losses": True,
        },
    ),
]


@pytest.mark.parametrize(("names", "kwargs"), VARIANTS)
def test_rules(names: dict[str, Any], kwargs: dict[str, Any]) -> None:
    def actions(rng: np.random.Generator, count: int) -> list[int]:
        return rng.integers(500, size=count).tolist()

    assert_same_episodes(
        "KellyCoinflipGeneralized-v0", lambda seed: Coin(seed, **names), actions, 300, 200, **kwargs
    )


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
