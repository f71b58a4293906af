"""What a batch keeps of its running games: their scores and lengths, and their lives."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import is_quiet
from plyo.envs.atari.played import Played, is_any

Mask = npt.NDArray[np.bool_]


class Episodes:
    """The running game of each lane; a lost life that ends an episode but not the game ends none of these.

    Attributes:
        scores: float64 ``(num_envs,)``, the sum of the game's rewards, not clipped.
        lives: int32 ``(num_envs,)``, the lives after the last call.
        game_over: bool ``(num_envs,)``: the last step has ended the game.
    """

    def __init__(self, num_envs: int) -> None:
        self.scores = np.zeros(num_envs)
        # all steps, and those of each lane that are not of its game: one number changes faster than an array
        self._steps = 0
        self._others = np.zeros(num_envs, dtype=np.int64)
        self.lives = np.zeros(num_envs, dtype=np.int32)
        self.game_over = np.zeros(num_envs, dtype=np.bool_)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The steps of each game, int64 ``(num_envs,)``."""
        return self._steps - self._others

    def begin(self, lanes: Any, lives: npt.NDArray[np.int32]) -> None:
        """Begins new games.

        Args:
            lanes: A list of them, or a mask.
            lives: int32 ``(num_envs,)``, the lives of all lanes.
        """
        self.scores[lanes] = 0
        self._others[lanes] = self._steps
        self.game_over[lanes] = False
        self.lives = lives.copy()

    def begin_again(self, mask: Mask, played: Played) -> None:
        """Goes on after the reset of ended episodes: new games, and those that only lost a life."""
        self.begin(mask & self.game_over, played.lives)

    def is_quiet(self, played: Played, was_reset: Mask) -> bool:
        """Whether a step of all lanes has reset none, and ended no game or episode, and lives are as before."""
        return is_quiet(
            (played.terminated, played.truncated, played.is_over, was_reset), played.lives, self.lives
        )

    def add_quiet(self, played: Played) -> Mask:
        """Counts such a step, as :meth:`add` does."""
        self._steps += 1
        self.scores += played.rewards
        return np.zeros(len(self.lives), dtype=np.bool_)

    def add(self, played: Played, was_reset: Mask, is_stepped: Mask | None = None) -> Mask:
        """Counts a step.

        Args:
            played: Its results.
            was_reset: bool ``(num_envs,)``, the lanes that it has reset.
            is_stepped: bool ``(num_envs,)``, the lanes that it has stepped or reset; None for all.

        Returns:
            bool ``(num_envs,)``: a life was lost and the game goes on.
        """
        self._steps += 1
        life_lost = (played.lives < self.lives) & (played.lives > 0) & ~was_reset
        self._others += was_reset
        self.begin(was_reset & self.game_over, played.lives)
        if is_stepped is not None:
            self._others += ~is_stepped
        self.scores += played.rewards
        self.game_over |= played.is_over
        return life_lost

    def report(self, is_over: Mask) -> dict[str, Any]:
        """The infos of the games that have just ended; {} if none has."""
        if not is_any(is_over):
            return {}
        return {
            "score": np.where(is_over, self.scores, 0.0),
            "_score": is_over.copy(),
            "length": np.where(is_over, self.lengths, 0),
            "_length": is_over.copy(),
        }

    def get_state(self, lane: int) -> dict[str, Any]:
        """What is kept of a lane, by name."""
        return {
            "score": float(self.scores[lane]),
            "length": int(self.lengths[lane]),
            "game_over": bool(self.game_over[lane]),
        }

    def set_state(self, lane: int, state: dict[str, Any]) -> None:
        """Restores what :meth:`get_state` has returned, beside the lives of the lane."""
        self.scores[lane] = state["score"]
        self._others[lane] = self._steps - state["length"]
        self.game_over[lane] = state["game_over"]
        self.lives[lane] = state["lives"]
