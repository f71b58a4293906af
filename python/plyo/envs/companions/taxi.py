"""Where Taxi begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__: list[str] = []

_NUM_STANDS = 4  # a passenger's place beyond them is the taxi


def _initial_state_distrib(self: Any) -> npt.NDArray[np.float64]:
    """The probability that an episode begins in each state, float64 of shape ``(500,)``.

    The passenger waits at a stand that is not the destination; all else is equally likely.
    """
    states = np.arange(self.observation_space.n)
    passenger, destination = states // 4 % 5, states % 4
    starts = ((passenger < _NUM_STANDS) & (passenger != destination)).astype(np.float64)
    probabilities: npt.NDArray[np.float64] = starts / starts.sum()
    return probabilities


MEMBERS = {"initial_state_distrib": property(_initial_state_distrib)}
