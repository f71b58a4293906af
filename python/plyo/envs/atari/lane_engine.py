"""The engine of Plyo: one emulator for each lane, in this process or in worker processes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import write_actions
from plyo.envs.atari.lane_arrays import LaneArrays, bytes_of
from plyo.envs.atari.lane_group import LaneGroup
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.lane_workers import LaneWorkers
from plyo.envs.atari.loading import load_ale, rom_path
from plyo.envs.atari.played import Played
from plyo.envs.atari.screens import check_sizes


class LaneEngine:
    """Plays the games in lanes.

    Args:
        settings: The settings of every lane.
        num_envs: The number of lanes.
        num_workers: The number of processes that play them, at most one for each lane; 0 for this process.
    """

    kind = "lanes"

    def __init__(self, settings: LaneSettings, num_envs: int, num_workers: int) -> None:
        load_ale(settings.game)
        rom_path(settings.game)
        check_sizes(settings)
        self._group: LaneGroup | None = None
        self._workers: LaneWorkers | None = None
        if num_workers:
            self._workers = LaneWorkers(settings, num_envs, min(num_workers, num_envs))
            self._arrays = LaneArrays(settings, num_envs, self._workers.memory)
        else:
            self._arrays = LaneArrays(settings, num_envs, bytearray(bytes_of(settings, num_envs)))
            self._group = LaneGroup(settings, self._arrays, 0, num_envs)
        self._actions = self._arrays.fields["actions"]
        self._strengths: list[float] = []

    def reset(self, lanes: list[int], seeds: list[int | None], interrupt: Any) -> Played:
        """See :class:`~plyo.envs.atari.played.Engine`.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed before all lanes had begun.
            plyo.error.WorkerDiedError: A worker has died.
        """
        each = dict(zip(lanes, seeds, strict=True))
        if self._workers is not None:
            self._workers.reset(each, interrupt)
        elif self._group is not None and not self._group.reset(each, lambda: interrupt.was_asked):
            raise KeyboardInterrupt
        return self._arrays.played()

    def step(self, actions: list[int], strengths: list[float], interrupt: Any) -> Played:
        """See :class:`~plyo.envs.atari.played.Engine`.

        Raises:
            plyo.error.WorkerDiedError: A worker has died.
        """
        write_actions(actions, self._actions)
        # discrete actions come with the same list each time
        if strengths is not self._strengths:
            self._arrays.fields["strengths"][:] = strengths
            self._strengths = strengths
        if self._workers is not None:
            self._workers.step(interrupt)
        elif self._group is not None:
            self._group.step()
        return self._arrays.played()

    def step_lanes(
        self, lanes: list[int], actions: list[int], strengths: list[float], interrupt: Any
    ) -> Played:
        """Steps some lanes.

        Args:
            lanes: These.
            actions: An action for each lane of the batch; those of the others do not count.
            strengths: Likewise.
            interrupt: As in :meth:`step`.

        Returns:
            What all lanes show. The others have rewards of 0 and no flags.

        Raises:
            plyo.error.WorkerDiedError: A worker has died.
        """
        self.call("step_lane", {lane: (actions[lane], strengths[lane]) for lane in lanes}, interrupt)
        played = self._arrays.played()
        rests = np.ones(len(actions), dtype=np.bool_)
        rests[lanes] = False
        for results in (played.rewards, played.terminated, played.truncated, played.is_over):
            results[rests] = 0
        return played

    def call(self, name: str, argument: dict[int, Any], interrupt: Any) -> dict[int, Any]:
        """What is asked of some lanes: see :meth:`plyo.envs.atari.lane_group.LaneGroup.call`."""
        if self._workers is not None:
            return self._workers.call(name, argument, interrupt)
        return {} if self._group is None else self._group.call(name, argument)

    def present(self) -> npt.NDArray[np.uint8]:
        """A copy of the present observations."""
        return self._arrays.observations()

    def close(self) -> None:
        """Ends the workers and frees the emulators."""
        if self._workers is not None:
            self._workers.close()
        self._group = None
