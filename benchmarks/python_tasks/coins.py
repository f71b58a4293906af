"""Bets on biased coins."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

RUIN = 0.01  # dollars
Observation = tuple[Any, ...]


class KellyCoinflip(gymnasium.Env[Observation, int]):
    """A bet in cents on a coin of known bias, until the cap is reached, the money is gone or the rounds are over."""

    def __init__(
        self,
        initial_wealth: float = 25.0,
        edge: float = 0.6,
        max_wealth: float = 250.0,
        max_rounds: int = 300,
    ) -> None:
        self.initial_wealth, self.edge = initial_wealth, edge
        self.max_wealth, self.max_rounds = max_wealth, max_rounds
        self.action_space = spaces.Discrete(int(max_wealth * 100))
        self.observation_space = spaces.Tuple(
            (spaces.Box(0, max_wealth, (1,), np.float32), spaces.Discrete(max_rounds + 1))
        )

    def _observation(self) -> Observation:
        return np.array([self.wealth], np.float32), self.rounds

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        super().reset(seed=seed)
        self.wealth, self.rounds = self.initial_wealth, self.max_rounds
        return self._observation(), {}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        bet = min(float(action) / 100.0, self.wealth)
        self.rounds -= 1
        won = self.np_random.random() < self.edge
        self.wealth = min(self.max_wealth, self.wealth + (bet if won else -bet))
        terminated = self.wealth < RUIN or self.wealth == self.max_wealth or self.rounds == 0
        return self._observation(), self.wealth if terminated else 0.0, terminated, False, {}


class KellyCoinflipGeneralized(gymnasium.Env[Observation, int]):
    """The same with a bias, a cap and a number of rounds drawn at each reset, by inversion as in Plyo."""

    def __init__(
        self,
        initial_wealth: float = 25.0,
        edge_prior_alpha: int = 7,
        edge_prior_beta: int = 3,
        max_wealth_alpha: float = 5.0,
        max_wealth_m: float = 200.0,
        max_rounds_mean: float = 300.0,
        max_rounds_sd: float = 25.0,
        count_losses: bool = False,
    ) -> None:
        self.initial_wealth, self.count_losses = initial_wealth, count_losses
        self.edge_prior_alpha, self.edge_prior_beta = edge_prior_alpha, edge_prior_beta
        self.max_wealth_alpha, self.max_wealth_m = max_wealth_alpha, max_wealth_m
        self.rounds_of = NormalDist(max_rounds_mean, max_rounds_sd)
        self.most_rounds = round(self.rounds_of.inv_cdf(0.99))
        bound = self._pareto(0.85)
        wealth, count = spaces.Box(0, bound, (1,), np.float32), spaces.Discrete(self.most_rounds + 1)
        self.action_space = spaces.Discrete(bound * 100)
        self.observation_space = spaces.Tuple((wealth, count, count, count, wealth))

    def _pareto(self, part: float) -> int:
        """The wealth, dollars, that this part of the generalised Pareto distribution is below."""
        return round(self.max_wealth_m + ((1 - part) ** -self.max_wealth_alpha - 1) / self.max_wealth_alpha)

    def _observation(self) -> Observation:
        wealth = np.array([self.wealth], np.float32)
        most = np.array([self.max_ever_wealth], np.float32)
        return wealth, self.rounds_elapsed, self.wins, self.losses, most

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        super().reset(seed=seed)
        draws = self.np_random.random(self.edge_prior_alpha + self.edge_prior_beta - 1)
        self.edge = sorted(draws.tolist())[self.edge_prior_alpha - 1]
        self.max_wealth = self._pareto(0.85 * self.np_random.random())
        self.max_rounds = 0
        while not 1 <= self.max_rounds <= self.most_rounds:
            self.max_rounds = round(self.rounds_of.inv_cdf(max(self.np_random.random(), 2**-54)))
        self.wealth = self.max_ever_wealth = self.initial_wealth
        self.rounds_elapsed = self.wins = self.losses = 0
        return self._observation(), {}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        bet = min(float(action) / 100.0, self.wealth)
        won = self.np_random.random() < self.edge
        self.wealth = min(float(self.max_wealth), self.wealth + (bet if won else -bet))
        self.rounds_elapsed += 1
        self.max_ever_wealth = max(self.wealth, self.max_ever_wealth)
        if won or not self.count_losses:
            self.wins += 1
        else:
            self.losses += 1
        over = self.rounds_elapsed == self.max_rounds
        terminated = self.wealth < RUIN or self.wealth == self.max_wealth or over
        return self._observation(), self.wealth if terminated else 0.0, terminated, False, {}
