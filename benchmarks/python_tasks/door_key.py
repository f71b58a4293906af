"""The grid world of examples/own_tasks/door_key.hpp in plain Python, as one would write it for Gymnasium."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

_MOVES = ((1, 0), (0, 1), (-1, 0), (0, -1))
_SIZE = 8


class DoorKeyEnv(gymnasium.Env):
    """Fetch the key, open the door, reach the goal; the agent looks at the 7 x 7 cells before it."""

    def __init__(self) -> None:
        self.observation_space = gymnasium.spaces.Box(0, 10, (7, 7, 3), np.uint8)
        self.action_space = gymnasium.spaces.Discrete(5)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        rng = self.np_random
        wall, door = int(rng.integers(2, _SIZE - 2)), int(rng.integers(1, _SIZE - 1))
        self.grid = np.zeros((_SIZE, _SIZE, 3), np.uint8)
        self.grid[...] = (1, 0, 0)
        self.grid[[0, -1]] = self.grid[:, [0, -1]] = self.grid[wall] = (2, 5, 0)
        self.grid[wall, door] = (4, 4, 2)
        self.grid[_SIZE - 2, _SIZE - 2] = (8, 1, 0)
        self.at = (int(rng.integers(1, wall)), int(rng.integers(1, _SIZE - 1)))
        self.direction = int(rng.integers(0, 4))
        while True:
            key = (int(rng.integers(1, wall)), int(rng.integers(1, _SIZE - 1)))
            if key != self.at:
                break
        self.grid[key] = (5, 4, 0)
        self.has_key, self.steps = False, 0
        return self._view(), {}

    def step(self, action: Any) -> Any:
        self.steps += 1
        if action < 2:
            self.direction = (self.direction + (3, 1)[action]) % 4
        dx, dy = _MOVES[self.direction]
        ahead = (self.at[0] + dx, self.at[1] + dy)
        kind, _, state = self.grid[ahead]
        if action == 2 and (kind in (1, 8) or (kind == 4 and state == 0)):
            self.at = ahead
        elif action == 3 and kind == 5:
            self.has_key = True
            self.grid[ahead] = (1, 0, 0)
        elif action == 4 and kind == 4 and self.has_key:
            self.grid[ahead][2] = 0
        arrived = self.at == (_SIZE - 2, _SIZE - 2)
        reward = 1 - 0.9 * self.steps / 640 if arrived else 0.0
        return self._view(), reward, arrived, self.steps >= 640, {}

    def _view(self) -> np.ndarray:
        padded = np.empty((_SIZE + 14, _SIZE + 14, 3), np.uint8)
        padded[...] = (2, 5, 0)
        padded[7:-7, 7:-7] = self.grid
        x, y = self.at[0] + 7, self.at[1] + 7
        dx, dy = _MOVES[self.direction]
        around = padded[x - 6 : x + 7, y - 6 : y + 7]
        if dx:
            rows = around[6:, 3:10] if dx > 0 else around[:7, 3:10]
            view = rows[::-1] if dx > 0 else rows[:, ::-1]
        else:
            columns = around[3:10, 6:] if dy > 0 else around[3:10, :7]
            turned = columns.transpose(1, 0, 2)
            view = turned[::-1, ::-1] if dy > 0 else turned
        return np.ascontiguousarray(view)
