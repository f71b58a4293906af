"""The arrays through which lanes take actions and give results, in memory that processes can share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import LaneResults, LaneTeam
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.played import Played

#: What each lane has one of, by type; the wide types come first, so that all lie at multiples of their size. The
#: results of a type come before what else there is of it; "newest" is the place of the newest picture in its ring.
_FIELDS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (np.float64, ("rewards", "strengths")),
    (np.int32, ("lives", "frame_number", "episode_frame_number", "actions", "newest")),
    (np.bool_, ("terminated", "truncated", "is_over")),
)


def bytes_of(settings: LaneSettings, num_envs: int) -> int:
    """The size of the arrays of a batch in bytes."""
    each: int = settings.size + sum(np.dtype(dtype).itemsize * len(names) for dtype, names in _FIELDS)
    return num_envs * each


class LaneArrays:
    """The arrays of all lanes of a batch.

    Attributes:
        rings: uint8 ``(num_envs, ...)``: the observations. The pictures of a stack are a ring: each is written once,
            over the oldest one.
        fields: The others by name, each of shape ``(num_envs,)``.
    """

    def __init__(self, settings: LaneSettings, num_envs: int, memory: Any) -> None:
        """Lays the arrays over a writable buffer of :func:`bytes_of` bytes."""
        self.fields: dict[str, npt.NDArray[Any]] = {}
        tables: list[npt.NDArray[Any]] = []
        place = 0
        for dtype, names in _FIELDS:
            table = np.frombuffer(memory, dtype, len(names) * num_envs, place).reshape(len(names), num_envs)
            self.fields.update(zip(names, table, strict=True))
            tables.append(table)
            place += table.nbytes
        flat = np.frombuffer(memory, np.uint8, num_envs * settings.size, place)
        self.rings = flat.reshape(num_envs, *settings.shape)
        self._results = LaneResults(
            self.rings, settings.stack or 1, self.fields["newest"], tables[0][0], tables[2], tables[1][:3]
        )

    def put(self, index: int, lane: Any) -> None:
        """Writes what a lane counts; it has written its pictures."""
        self._results.put(index, lane, lane.screens.newest)

    def team(self, first: int, count: int, settings: LaneSettings) -> LaneTeam:
        """What plays the steps of ``count`` lanes from ``first`` on."""
        actions, strengths = (self.fields[name][first : first + count] for name in ("actions", "strengths"))
        frames = settings.frameskip
        if not isinstance(frames, int) or settings.is_gymnasium or settings.is_raw:
            frames = 0  # lanes play such steps themselves
        return LaneTeam(self._results, first, actions, strengths, list(settings.actions), frames)

    def played(self) -> Played:
        """Copies of the results."""
        # a fifth of the time of Played(...)
        return tuple.__new__(Played, self._results.take())

    def observations(self) -> npt.NDArray[np.uint8]:
        """A copy of the observations, the newest picture of each last."""
        return self._results.observations()
