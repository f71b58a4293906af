"""The arrays through which lanes take actions and give results, in memory that processes can share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.played import Played

#: What each lane has one of; the wide types come first, so that all lie at multiples of their size.
_FIELDS: tuple[tuple[str, Any], ...] = (
    ("rewards", np.float64),
    ("strengths", np.float64),
    ("lives", np.int32),
    ("frame_number", np.int32),
    ("episode_frame_number", np.int32),
    ("actions", np.int32),
    ("terminated", np.bool_),
    ("truncated", np.bool_),
    ("is_over", np.bool_),
)


def bytes_of(settings: LaneSettings, num_envs: int) -> int:
    """The size of the arrays of a batch in bytes."""
    each: int = settings.size + sum(np.dtype(dtype).itemsize for _, dtype in _FIELDS)
    return num_envs * each


class LaneArrays:
    """The arrays of all lanes of a batch.

    Attributes:
        observations: uint8 ``(num_envs, ...)``.
        fields: The others by name, each of shape ``(num_envs,)``.
    """

    def __init__(self, settings: LaneSettings, num_envs: int, memory: Any) -> None:
        """Lays the arrays over a writable buffer of :func:`bytes_of` bytes."""
        self.fields: dict[str, npt.NDArray[Any]] = {}
        place = 0
        for name, dtype in _FIELDS:
            self.fields[name] = np.frombuffer(memory, dtype, num_envs, place)
            place += self.fields[name].nbytes
        flat = np.frombuffer(memory, np.uint8, num_envs * settings.size, place)
        self.observations = flat.reshape(num_envs, *settings.shape)

    def put(self, index: int, lane: Any) -> None:
        """Writes what a lane shows and counts."""
        fields = self.fields
        self.observations[index] = lane.screens.stack
        fields["rewards"][index] = lane.reward
        fields["terminated"][index] = lane.terminated
        fields["truncated"][index] = lane.truncated
        fields["is_over"][index] = lane.is_over
        fields["lives"][index] = lane.lives
        fields["frame_number"][index] = lane.frame_number
        fields["episode_frame_number"][index] = lane.episode_frame_number

    def played(self) -> Played:
        """Copies of the results."""
        results = {name: self.fields[name].copy() for name in Played._fields if name != "observations"}
        return Played(observations=self.observations.copy(), **results)
