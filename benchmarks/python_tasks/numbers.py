"""A chain, a wheel and two games of guessing."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

Guess = npt.NDArray[np.float32]


class NChain(gymnasium.Env[int, int]):
    """With probability `slip` the action flips. 1 goes back to the first link for `small`; 0 goes on, which pays
    `large` at the last link."""

    def __init__(self, n: int = 5, slip: float = 0.2, small: float = 2, large: float = 10) -> None:
        self.n, self.slip, self.small, self.large = n, slip, small, large
        self.action_space, self.observation_space = spaces.Discrete(2), spaces.Discrete(n)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.s = 0
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        if self.np_random.random() < self.slip:
            action = 1 - action
        if action:
            self.s = 0
            return 0, self.small, False, False, {}
        if self.s < self.n - 1:
            self.s += 1
            return self.s, type(self.small)(0), False, False, {}
        return self.s, self.large, False, False, {}


class Roulette(gymnasium.Env[int, int]):
    """A bet on zero pays `spots` - 1, a spot of the same parity as the result 1, any other -1; the last action
    leaves."""

    def __init__(self, spots: int = 37) -> None:
        self.spots = spots
        self.action_space, self.observation_space = spaces.Discrete(spots + 1), spaces.Discrete(1)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        if action == self.spots:
            return 0, 0.0, True, False, {}
        value = int(self.np_random.integers(0, self.spots))
        if value == action == 0:
            reward = float(self.spots - 1)
        elif value != 0 and action != 0 and value % 2 == action % 2:
            reward = 1.0
        else:
            reward = -1.0
        return 0, reward, False, False, {}


class _Guessing(gymnasium.Env[int, Guess]):
    """A number in [-1000, 1000), and hints: 1 for a guess below it, 2 for the number itself, 3 above it."""

    guess_max = 200

    def __init__(self, bound: float) -> None:
        self.action_space = spaces.Box(-bound, bound, (1,), np.float32)
        self.observation_space = spaces.Discrete(4)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.number, self.guess_count = self.np_random.uniform(-1000, 1000), 0
        return 0, self._info()

    def _info(self) -> dict[str, Any]:
        return {"number": self.number, "guesses": self.guess_count}

    def _hint(self, guess: np.float32) -> int:
        return 1 if guess < self.number else 2 if guess == self.number else 3


class GuessingGame(_Guessing):
    """A guess wins if it is less than 10 away."""

    def __init__(self) -> None:
        super().__init__(10000)

    def step(self, action: Guess) -> tuple[int, float, bool, bool, dict[str, Any]]:
        guess = action[0]
        self.guess_count += 1
        close = self.number - 10 < guess < self.number + 10
        terminated = close or self.guess_count >= self.guess_max
        return self._hint(guess), int(close), bool(terminated), False, self._info()


class HotterColder(_Guessing):
    """The closer the guess, the larger the reward, up to 1."""

    def __init__(self) -> None:
        super().__init__(2000)

    def step(self, action: Guess) -> tuple[int, float, bool, bool, dict[str, Any]]:
        guess = action[0]
        self.guess_count += 1
        ratio = (min(guess, self.number) + 2000) / (max(guess, self.number) + 2000)
        return (
            self._hint(guess),
            float(ratio * ratio),
            self.guess_count >= self.guess_max,
            False,
            self._info(),
        )
