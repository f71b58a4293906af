"""The base of the wrappers that normalise, single ones and those of batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.error import InvalidBound
from plyo.wrappers._running_mean_std import RunningMeanStd


class Normalizing:
    """A wrapper with running moments, which can be frozen."""

    _update_running_mean = True

    @property
    def update_running_mean(self) -> bool:
        """Whether new samples change the moments; assign False to evaluate with frozen ones."""
        return self._update_running_mean

    @update_running_mean.setter
    def update_running_mean(self, setting: bool) -> None:
        self._update_running_mean = setting


def check_epsilon(epsilon: float) -> float:
    """Checks the number that is added to a variance.

    Raises:
        plyo.error.InvalidBound: It is not positive, or infinite, or NaN.
    """
    if not 0 < epsilon < math.inf:
        raise InvalidBound(f"`epsilon` should be strictly positive. Received {epsilon}")
    return epsilon


def check_gamma(gamma: float) -> float:
    """Checks a discount factor.

    Raises:
        plyo.error.InvalidBound: It is below 0 or above 1, or NaN.
    """
    if not 0 <= gamma <= 1:
        raise InvalidBound(f"`gamma` should be in the interval [0, 1]. Received {gamma}")
    return gamma


def memory_of(moments: RunningMeanStd) -> dict[str, NDArray[Any]]:
    """Moments as arrays, for snapshots."""
    parts = {"mean": moments.mean, "var": moments.var, "count": moments.count}
    return {name: np.asarray(part) for name, part in parts.items()}


def set_memory(moments: RunningMeanStd, arrays: dict[str, NDArray[Any]]) -> None:
    """Moments from the arrays of a snapshot."""
    moments.mean, moments.var = arrays["mean"], arrays["var"]
    moments.count = arrays["count"].item()
