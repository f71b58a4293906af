"""Augmented random search, version V2 of Mania, Guy & Recht (2018) without its normalising of observations.

"Simple random search provides a competitive approach to reinforcement learning", arXiv:1803.07055.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]


class AugmentedRandomSearch:
    """A parameter vector that moves along the best of random directions.

    Args:
        size: The length of the vector, which begins at 0.
        directions: The number of directions that are tried at once.
        top_directions: The number of best directions that a move is made of.
        step_size: The length of a move, in units of the deviation of the scores.
        noise: The distance at which directions are tried.
        rng: The generator that draws directions.

    Attributes:
        mean: The vector, ``(size,)``.
    """

    def __init__(
        self,
        size: int,
        directions: int,
        top_directions: int,
        step_size: float,
        noise: float,
        rng: np.random.Generator,
    ) -> None:
        self.mean: Vectors = np.zeros(size)
        self._directions: Vectors = np.zeros((directions, size))
        self._top = top_directions
        self._step_size = step_size
        self._noise = noise
        self._rng = rng

    def sample(self) -> Vectors:
        """Draws new directions: ``(2 * directions, size)`` vectors, those ahead before those behind."""
        self._directions = self._rng.standard_normal(self._directions.shape)
        away = self._noise * self._directions
        return np.concatenate([self.mean + away, self.mean - away])

    def move(self, scores: npt.NDArray[np.float64]) -> None:
        """Moves by the scores of the last samples; a score that is not finite counts as the lowest.

        A direction is as good as the better one of its two samples; among equal directions the first comes first.
        """
        finite = np.isfinite(scores)
        if not finite.any():
            return
        scores = np.where(finite, scores, scores[finite].min())
        ahead, behind = np.split(scores, 2)
        best = np.argsort(-np.maximum(ahead, behind), kind="stable")[: self._top]
        deviation = np.concatenate([ahead[best], behind[best]]).std()
        if deviation > 0:  # else all are as good, and there is nowhere to go
            gain = (ahead - behind)[best]
            step = (gain[:, np.newaxis] * self._directions[best]).sum(axis=0)
            self.mean = self.mean + self._step_size / (self._top * deviation) * step
