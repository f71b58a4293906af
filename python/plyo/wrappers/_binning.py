"""What dividing boxes into bins takes, of actions and of observations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.spaces import Box, Discrete, MultiDiscrete


def flat_bounds(box: Box[Any], kind: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The lower and the upper bounds of a box, flattened.

    Raises:
        ValueError: One of them is infinite; the text names the ``kind`` of space.
    """
    low, high = np.ravel(box.low), np.ravel(box.high)
    if np.any(np.isinf(low)) or np.any(np.isinf(high)):
        raise ValueError(f"Discretization requires {kind} space to be finite. Found: low={low}, high={high}")
    return low, high


def bins_of_each(bins: int | tuple[int, ...], n_dims: int) -> NDArray[Any]:
    """The number of bins of each of ``n_dims`` elements.

    Raises:
        ValueError: ``bins`` are not as many as elements.
    """
    if isinstance(bins, int):
        return np.array([bins] * n_dims)
    if len(bins) != n_dims:
        raise ValueError(f"bins must match action dimensions: expected {n_dims}, got {len(bins)}")
    return np.array(bins)


def space_of_bins(bins: NDArray[Any], multidiscrete: bool) -> MultiDiscrete[Any] | Discrete[Any]:
    """The space of the bins of all elements, or of one number that names them all."""
    return MultiDiscrete(bins) if multidiscrete else Discrete(np.prod(bins))
