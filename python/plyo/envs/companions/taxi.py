"""Where Taxi begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.tasks.parameters import ReadOnlyList

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


def _locs(self: Any) -> ReadOnlyList:
    """The row and column of each stand."""
    return ReadOnlyList([(0, 0), (0, 4), (4, 0), (4, 3)])


def _refuse(self: Any, value: Any) -> None:
    raise AttributeError(
        "'locs' of TaxiEnv cannot be assigned: the stands are part of the compiled map, as the table P is, which does "
        f"not follow them in Gymnasium either; what can be changed: {', '.join(self.get_params())}, with "
        "set_params(...) or make(...)"
    )


MEMBERS = {"initial_state_distrib": property(_initial_state_distrib), "locs": property(_locs, _refuse)}
