"""Consecutive lanes of a batch, which one process plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plyo._native import LaneBell
from plyo.envs.atari.lane import Lane, make_lane
from plyo.envs.atari.lane_arrays import LaneArrays
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.screens import make_frames


class LaneGroup:
    """The lanes from ``first`` on.

    Args:
        settings: The settings of every lane.
        arrays: The arrays of the whole batch.
        first: The number of the first lane.
        count: The number of lanes.
    """

    def __init__(self, settings: LaneSettings, arrays: LaneArrays, first: int, count: int) -> None:
        self._arrays = arrays
        self._first = first
        frames = make_frames(settings)
        self.lanes: list[Lane] = [make_lane(settings, arrays.rings[first + i], frames) for i in range(count)]
        self._team = arrays.team(first, count, settings)

    def reset(self, seeds: dict[int, int | None], was_asked_to_stop: Callable[[], bool]) -> bool:
        """Begins episodes.

        Args:
            seeds: A seed for each lane that begins one, by its number in the batch; None to continue its streams. A
                lane without a seed that has only lost a life goes on with its game.
            was_asked_to_stop: Asked before each lane, whose cartridge takes a while to load.

        Returns:
            Whether all have begun.
        """
        for number, seed in seeds.items():
            if was_asked_to_stop():
                return False
            lane = self.lanes[number - self._first]
            if seed is None and lane.terminated and not lane.is_over:
                lane.go_on()
            else:
                lane.reset(seed)
            self._show(number, lane)
        return True

    def step(self) -> None:
        """Steps all lanes with the actions in the arrays."""
        self._team.step()

    def serve(self, bell: LaneBell) -> None:
        """Steps them whenever the batch asks for it, until it may have another message."""
        self._team.serve(bell)

    def _show(self, number: int, lane: Lane) -> None:
        """Gives the results of a lane that has done something by itself, and lets the team play its next steps."""
        self._arrays.put(number, lane)
        lane.join(self._team, number - self._first)

    def call(self, name: str, argument: Any) -> Any:
        """What is asked of some lanes.

        Args:
            name: ``"step_lane"``, ``"get_state"``, ``"set_state"``, ``"reseed"``, ``"picture"``, ``"ram"`` or
                ``"identity"``.
            argument: For each lane that is asked, by its number in the batch, what is handed to it.

        Returns:
            The answers, by the number of the lane.
        """
        return {
            number: getattr(self, f"_{name}")(number, self.lanes[number - self._first], value)
            for number, value in argument.items()
        }

    def _step_lane(self, number: int, lane: Lane, value: tuple[int, float]) -> None:
        lane.step(*value)
        self._arrays.put(number, lane)

    def _get_state(self, number: int, lane: Lane, value: bool) -> dict[str, Any]:
        return lane.get_state(with_picture=value)

    def _set_state(self, number: int, lane: Lane, value: dict[str, Any]) -> None:
        lane.set_state(value)
        self._show(number, lane)

    def _reseed(self, number: int, lane: Lane, value: int) -> None:
        lane.reseed(value)

    def _picture(self, number: int, lane: Lane, value: None) -> Any:
        return lane.picture()

    def _ram(self, number: int, lane: Lane, value: None) -> Any:
        return lane.machine.ale.getRAM()

    def _identity(self, number: int, lane: Lane, value: None) -> str:
        return lane.machine.identity
