"""The base of the wrappers that keep episodes of environments and of batches."""

from __future__ import annotations

from collections import deque
from math import isnan

from plyo.basics.integers import check_integer
from plyo.replay import Replay


class KeptEpisodes:
    """The best, the worst and the last episodes.

    Attributes:
        best: The episode of the largest return, the first of several; None before one has ended.
        worst: The episode of the smallest return, in the same way.
        episodes: The last episodes, the latest at the end.
        episode_count: The number of episodes that have ended.
    """

    best: Replay | None
    worst: Replay | None
    episodes: deque[Replay]
    episode_count: int

    def __init__(self, keep: int) -> None:
        """Begins without episodes.

        Args:
            keep: The number of last episodes to keep.

        Raises:
            TypeError: It is not an integer.
            ValueError: It is less than 1.
        """
        number = check_integer("keep", keep, 1)
        self.best = self.worst = None
        self.episodes = deque(maxlen=number)
        self.episode_count = 0

    @property
    def last(self) -> Replay | None:
        """The episode that ended last; None before one has ended."""
        return self.episodes[-1] if self.episodes else None

    def _is_best(self, episode_return: float) -> bool:
        """Whether a return is larger than all before it."""
        return (
            self.best is None or isnan(self.best.episode_return) or episode_return > self.best.episode_return
        )

    def _is_worst(self, episode_return: float) -> bool:
        """Whether a return is smaller than all before it."""
        return (
            self.worst is None
            or isnan(self.worst.episode_return)
            or episode_return < self.worst.episode_return
        )

    def _keep(self, replay: Replay) -> None:
        """Takes an episode that has ended, and drops those that it replaces."""
        self.episode_count += 1
        if self._is_best(replay.episode_return):
            self.best = replay
        if self._is_worst(replay.episode_return):
            self.worst = replay
        self.episodes.append(replay)
