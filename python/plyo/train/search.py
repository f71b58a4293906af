"""The cross-entropy method (Rubinstein 1999; Szita & Lőrincz 2006) with independent Gaussians."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]


class CrossEntropySearch:
    """A Gaussian over parameter vectors that moves towards the best of its samples.

    Args:
        size: The length of a parameter vector.
        std: The standard deviation of every parameter at first; the mean is 0.
        num_elites: The number of best samples that the Gaussian is fitted to, at least 1.
        smoothing: The share of the old standard deviations that a fit keeps.
        rng: The generator that draws samples.

    Attributes:
        mean: The mean of the Gaussian, ``(size,)``.
        std: Its standard deviations, ``(size,)``.
    """

    def __init__(
        self, size: int, std: float, num_elites: int, smoothing: float, rng: np.random.Generator
    ) -> None:
        self.mean: Vectors = np.zeros(size)
        self.std: Vectors = np.full(size, std)
        self._num_elites = num_elites
        self._smoothing = smoothing
        self._rng = rng

    def sample(self, count: int) -> Vectors:
        """Draws ``(count, size)`` parameter vectors."""
        return self.mean + self.std * self._rng.standard_normal((count, len(self.mean)))

    def fit(self, samples: Vectors, scores: npt.NDArray[np.float64]) -> None:
        """Moves to the samples with the highest scores; among equal scores the first."""
        elites = samples[np.argsort(-scores, kind="stable")[: self._num_elites]]
        self.mean = elites.mean(axis=0)
        self.std = self._smoothing * self.std + (1 - self._smoothing) * elites.std(axis=0)
