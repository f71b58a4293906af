"""The algorithmic tasks: symbols on a tape or grid are read one by one, others are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium
from gymnasium import spaces

Columns = list[list[int]]

LONGEST = 30  # the least length of an input grows up to it
REWARD_RIGHT, REWARD_WRONG, REWARD_OVERDUE = 1.0, -0.5, -1.0


@dataclass(frozen=True)
class Rules:
    """The rules of one task.

    Attributes:
        target: The output to write, a function of the columns of the input and the number of symbols.
        base: The number of symbols.
        min_length: The least length of an input at first; zero to two are added at random.
        window: The number of good episodes before inputs grow.
        shortfall: The most that the return of a good episode may be below the length of the target.
        rows: The rows of a grid; 0 for a tape.
        duplication: The repetitions of each symbol of the input.
    """

    target: Callable[[Columns, int], list[int]]
    base: int
    min_length: int = 2
    window: int = 10
    shortfall: float = -1.0
    rows: int = 0
    duplication: int = 1


class Algorithmic(gymnasium.Env[int, tuple[int, int, int]]):
    """An action is a move, whether to write, and the symbol; an observation the symbol at the head, or `base`.

    Args:
        rules: The rules of the task.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.base = rules.base
        self.rows = rules.rows or 1
        moves = 4 if rules.rows else 2
        self.action_space = spaces.Tuple(
            (spaces.Discrete(moves), spaces.Discrete(2), spaces.Discrete(self.base))
        )
        self.observation_space = spaces.Discrete(self.base + 1)
        self.min_length = rules.min_length
        self.shortfalls: list[float] = []
        self.episode_total_reward: float | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        if self.episode_total_reward is not None:
            self._consider_promotion(self.episode_total_reward - len(self.target))
        length = int(self.np_random.integers(3)) + self.min_length
        self.columns = self._draw_columns(length)
        self.target = self.rules.target(self.columns, self.base)
        written = len(self.columns) if self.rules.rows else len(self.target)
        self.time_limit = len(self.columns) + written + 4
        self.x = self.y = self.write_head_position = self.time = 0
        self.episode_total_reward = 0.0
        return self._observation(), {}

    def _consider_promotion(self, shortfall: float) -> None:
        """Lets inputs grow after `window` good episodes in a row."""
        self.shortfalls.append(shortfall)
        self.shortfalls = self.shortfalls[-self.rules.window :]
        full = len(self.shortfalls) == self.rules.window
        if full and min(self.shortfalls) >= self.rules.shortfall and self.min_length < LONGEST:
            self.min_length += 1
            self.shortfalls = []

    def _draw_columns(self, length: int) -> Columns:
        times = self.rules.duplication
        columns = []
        for _ in range(max(length, times) // times):
            column = [int(self.np_random.integers(self.base)) for _ in range(self.rows)]
            columns.extend([column] * times)
        return columns

    def _observation(self) -> int:
        if 0 <= self.x < len(self.columns) and 0 <= self.y < self.rows:
            return self.columns[self.x][self.y]
        return self.base

    def step(self, action: tuple[int, int, int]) -> tuple[int, float, bool, bool, dict[str, Any]]:
        move, write, symbol = action
        reward, terminated = 0.0, False
        self.time += 1
        if write:
            at = self.write_head_position
            if at < len(self.target) and symbol == self.target[at]:
                reward = REWARD_RIGHT
            else:
                reward, terminated = REWARD_WRONG, True
            self.write_head_position = at + 1
            terminated = terminated or at + 1 >= len(self.target)
        if move == 0:
            self.x -= 1
        elif move == 1:
            self.x += 1
        elif move == 2:
            self.y -= 1
        else:
            self.y += 1
        if self.time > self.time_limit:
            reward, terminated = REWARD_OVERDUE, True
        self.episode_total_reward += reward
        return self._observation(), reward, terminated, False, {}


def _symbols(columns: Columns) -> list[int]:
    return [column[0] for column in columns]


def _add(columns: Columns, base: int) -> list[int]:
    """The digits of the sum, lowest first."""
    carry, digits = 0, []
    for column in columns:
        carry, digit = divmod(sum(column) + carry, base)
        digits.append(digit)
    return digits + [carry] * (carry > 0)


#: The rules by Plyo's id.
RULES = {
    "Copy-v0": Rules(lambda x, _: _symbols(x), 5),
    "RepeatCopy-v0": Rules(lambda x, _: _symbols(x + x[::-1] + x), 5, window=50, shortfall=-0.1),
    "DuplicatedInput-v0": Rules(lambda x, _: _symbols(x[::2]), 5, duplication=2),
    "Reverse-v0": Rules(lambda x, _: _symbols(x[::-1]), 2, min_length=1, window=50, shortfall=-0.1),
    "ReversedAddition-v0": Rules(_add, 3, rows=2),
    "ReversedAddition3-v0": Rules(_add, 3, rows=3),
}
