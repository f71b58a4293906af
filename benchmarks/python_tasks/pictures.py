"""Tasks that show small pictures."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

Picture = npt.NDArray[np.uint8]


class CubeCrash(gymnasium.Env[Picture, int]):
    """A cube falls a row a step; the agent steers it through a hole in a wall.

    Args:
        shaped: Whether the agent gets a reward for coming closer to the hole.
        black: Whether the screen goes black after a few steps.
    """

    height, width = 40, 32
    hole_width = 8
    wall = 5  # rows

    def __init__(self, shaped: bool = True, black: bool = False) -> None:
        self.shaped, self.black = shaped, black
        self.number = float if shaped else int
        self.action_space = spaces.Discrete(3)
        self.observation_space = spaces.Box(0, 255, (self.height, self.width, 3), np.uint8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Picture, dict[str, Any]]:
        super().reset(seed=seed)
        self.cube_x = int(self.np_random.integers(3, self.width - 3))
        self.cube_y = int(self.np_random.integers(3, 6))
        self.hole_x = int(self.np_random.integers(self.hole_width, self.width - self.hole_width))
        self.distance = abs(self.cube_x - self.hole_x)
        self.step_n = 0
        return self.step(0)[0], {}

    def _picture(self) -> Picture:
        picture = np.zeros((self.height, self.width, 3), np.uint8)
        if self.black and self.step_n > 4:
            return picture
        x, y, hole, half = self.cube_x, self.cube_y, self.hole_x, self.hole_width // 2
        picture[self.height - self.wall :] = 255
        picture[self.height - self.wall :, hole - half : hole + half + 1] = 0
        picture[y - 1 : y + 2, x - 1 : x + 2] = (0, 255, 0)
        return picture

    def step(self, action: int) -> tuple[Picture, float, bool, bool, dict[str, Any]]:
        self.cube_x += (0, -1, 1)[action]
        self.cube_y += 1
        self.step_n += 1
        before, self.distance = self.distance, abs(self.cube_x - self.hole_x)
        outside = not 1 <= self.cube_x <= self.width - 2
        in_wall = self.cube_y >= self.height - self.wall - 1 and self.distance >= self.hole_width // 2
        reward, terminated = self.number(0), False
        if outside or in_wall:
            reward, terminated = self.number(-1), True
        elif self.cube_y == self.height:
            reward, terminated = self.number(1), True
        elif self.shaped:
            reward = (before - self.distance) * 0.01
        return self._picture(), reward, terminated, False, {}


DIGITS = (
    ("######", "##  ##", "##  ##", "##  ##", "##  ##", "######"),
    ("  ##  ", " ###  ", "  ##  ", "  ##  ", "  ##  ", "######"),
    ("##### ", "    ##", "  ### ", " ##   ", "##    ", "######"),
    ("##### ", "    ##", " #### ", "    ##", "    ##", "##### "),
    ("   ## ", "  ### ", " # ## ", "######", "   ## ", "   ## "),
    ("######", "##    ", "##### ", "    ##", "    ##", "##### "),
    ("  ##  ", " ##   ", "##    ", "##### ", "##  ##", "##### "),
    ("######", "    ##", "   ## ", "  ##  ", "  ##  ", "  ##  "),
    (" #### ", "##  ##", " #### ", "##  ##", "##  ##", " #### "),
    (" #####", "##  ##", " #####", "    ##", "   ## ", "  ##  "),
)


class MemorizeDigits(gymnasium.Env[Picture, int]):
    """The agent names pictures of digits, at least 20; after that one in five is the last."""

    height, width, half = 24, 32, 3
    bitmaps = np.array(
        [[[[255 * (dot == "#")] * 3 for dot in row] for row in digit] for digit in DIGITS], np.uint8
    )

    def __init__(self) -> None:
        self.action_space = spaces.Discrete(10)
        self.observation_space = spaces.Box(0, 255, (self.height, self.width, 3), np.uint8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Picture, dict[str, Any]]:
        super().reset(seed=seed)
        self.digit_x = int(self.np_random.integers(6, 24))
        self.digit_y = int(self.np_random.integers(4, 16))
        self.step_n = 1
        return self._next_picture(), {}

    def _next_picture(self) -> Picture:
        self.digit = int(self.np_random.integers(0, 10))
        picture = np.zeros((self.height, self.width, 3), np.uint8)
        x, y, half = self.digit_x, self.digit_y, self.half
        picture[y - half : y + half, x - half : x + half] = self.bitmaps[self.digit]
        return picture

    def step(self, action: int) -> tuple[Picture, float, bool, bool, dict[str, Any]]:
        self.step_n += 1
        reward = 1 if action == self.digit else -1
        terminated = self.step_n > 20 and int(self.np_random.integers(0, 5)) == 0
        return self._next_picture(), reward, terminated, False, {}
