"""Where CliffWalking begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__: list[str] = []


def _initial_state_distrib(self: Any) -> npt.NDArray[np.float64]:
    """The probability that an episode begins in each cell, float64 of shape ``(48,)``."""
    probabilities = np.zeros(self.nS)
    probabilities[self.start_state_index] = 1.0
    return probabilities


MEMBERS = {"initial_state_distrib": property(_initial_state_distrib)}
