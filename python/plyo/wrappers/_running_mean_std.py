"""Running means and variances, for the wrappers that normalise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from plyo._native import standardize, update_and_standardize, update_moments

__all__ = ["RunningMeanStd", "update_mean_var_count_from_moments"]


class RunningMeanStd:
    """The mean, the variance and the number of all samples so far.

    Attributes:
        mean: The mean of each element, of the shape of a sample.
        var: The variance of each element, of the same shape.
        count: The number of samples, plus ``epsilon``.
    """

    def __init__(
        self, epsilon: float = 1e-4, shape: tuple[int, ...] = (), dtype: DTypeLike = np.float64
    ) -> None:
        """Begins with mean 0 and variance 1.

        Args:
            epsilon: The weight of this beginning, in samples.
            shape: The shape of a sample.
            dtype: The type of mean and variance; samples of a wider type widen them.
        """
        self.mean: NDArray[Any] = np.zeros(shape, dtype=dtype)
        self.var: NDArray[Any] = np.ones(shape, dtype=dtype)
        self.count: float = epsilon

    def update(self, x: NDArray[Any]) -> None:
        """Takes in a batch.

        Args:
            x: Samples, one a row: shape ``(n, *shape)``.
        """
        updated = update_moments(self.mean, self.var, self.count, x)
        if updated is None:
            self.update_from_moments(np.mean(x, axis=0), np.var(x, axis=0), x.shape[0])
        else:
            self.mean, self.var = updated
            self.count += len(x)

    def update_from_moments(self, batch_mean: Any, batch_var: Any, batch_count: float) -> None:
        """Takes in a batch of which the moments are known.

        Args:
            batch_mean: The mean of the batch.
            batch_var: Its variance.
            batch_count: Its number of samples.
        """
        self.mean, self.var, self.count = update_mean_var_count_from_moments(
            self.mean, self.var, self.count, batch_mean, batch_var, batch_count
        )

    def normalize(self, x: Any, epsilon: float) -> Any:
        """Standardises samples with the present moments.

        Args:
            x: One sample or a batch, of shape ``shape`` or ``(n, *shape)``.
            epsilon: Added to the variance.

        Returns:
            ``(x - mean) / sqrt(var + epsilon)`` in float32, of the shape of ``x``.
        """
        if type(epsilon) is float:
            normalized = standardize(self.mean, self.var, x, epsilon)
            if normalized is not None:
                return normalized
        return np.float32((x - self.mean) / np.sqrt(self.var + epsilon))

    def update_and_normalize(self, sample: Any, epsilon: float) -> Any:
        """Takes one sample in, and standardises it with the moments that result.

        Args:
            sample: The sample.
            epsilon: Added to the variance.

        Returns:
            ``(sample - mean) / sqrt(var + epsilon)`` in float32.
        """
        if type(epsilon) is float:
            result = update_and_standardize(self.mean, self.var, self.count, sample, epsilon)
            if result is not None:
                self.mean, self.var, normalized = result
                self.count += 1
                return normalized
        self.update(np.array([sample]))
        return self.normalize(sample, epsilon)


def update_mean_var_count_from_moments(
    mean: Any, var: Any, count: Any, batch_mean: Any, batch_var: Any, batch_count: Any
) -> tuple[Any, Any, Any]:
    """Merges the moments of two sets of samples (Chan, Golub & LeVeque 1979).

    Args:
        mean: The mean of the first set.
        var: Its variance.
        count: Its number of samples.
        batch_mean: The mean of the second set.
        batch_var: Its variance.
        batch_count: Its number of samples.

    Returns:
        Mean, variance and number of the union.
    """
    delta = batch_mean - mean
    total = count + batch_count
    # the order of the operations decides about the last bits
    squares = var * count + batch_var * batch_count + np.square(delta) * count * batch_count / total
    return mean + delta * batch_count / total, squares / total, total
