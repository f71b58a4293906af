"""What batches of Atari games can do with engine="lanes" only: snapshots, forks, pictures and memory."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from plyo._native import CallGuard, RunningGames
from plyo.basics.integers import check_integer
from plyo.envs.atari import batch_guard as checks
from plyo.envs.atari import guard, snapshots
from plyo.envs.atari.batch_options import BatchOptions
from plyo.envs.atari.lane_engine import LaneEngine
from plyo.envs.atari.machine import UNMOVABLE
from plyo.error import Error
from plyo.tasks.pictures import check_lanes

if TYPE_CHECKING:
    from typing_extensions import Self


class LaneMembers:
    """The members of a batch that need its lanes."""

    num_envs: int
    closed: bool
    engine: str
    render_mode: str | None
    spec: Any
    _options: BatchOptions
    _arguments: dict[str, Any]
    _engine: Any
    _usage: CallGuard
    _games: RunningGames
    _is_reset: bool

    def _lane_engine(self, member: str) -> LaneEngine:
        """The engine, if it has lanes.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            NotImplementedError: It has no lanes.
        """
        guard.check_order(type(self).__name__, member, self.closed, True)
        if self.engine != "lanes":
            raise NotImplementedError(
                f'{member} needs lanes, and this batch has engine="threads", whose emulators cannot be reached: make '
                'it with make_vec(..., engine="lanes"), or num_workers=... for lanes in processes'
            )
        return cast(LaneEngine, self._engine)

    # Snapshots

    def get_state(self, lanes: Iterable[int] | None = None) -> bytes:
        """A snapshot of everything that determines the future: emulators, random streams, pictures, scores.

        It is exact under sticky actions too.

        Args:
            lanes: The environments to save, in this order; None for all.

        Raises:
            plyo.error.ResetNeeded: The batch was never reset.
            NotImplementedError: The batch has ``engine="threads"``.
            IndexError: There is no such environment.
        """
        with self._usage("get_state") as interrupt:
            engine = self._lane_engine("get_state")
            guard.check_order(type(self).__name__, "get_state", False, self._is_reset)
            chosen = self._chosen(lanes)
            wants_picture = self.render_mode is not None
            states = engine.call("get_state", dict.fromkeys(chosen, wants_picture), interrupt)
            saved = [states[lane] | self._game(lane) for lane in chosen]
            return snapshots.to_bytes(self._options.lane, saved)

    def set_state(self, state: bytes, lanes: Iterable[int] | None = None) -> None:
        """Restores a snapshot.

        Args:
            state: A result of :meth:`get_state`, of a batch with the same game and settings. One saved environment
                fills any number of them.
            lanes: The environments to restore, in the order of the snapshot; None for all.

        Raises:
            TypeError: ``state`` is not ``bytes``.
            ValueError: It does not fit or is damaged; nothing has changed.
            plyo.error.Error: The game is QBert or Tetris, whose states only fit the emulator that has saved them, and
                it is another one, or its cartridge was loaded anew; nothing has changed.
            plyo.error.ResetNeeded: Some environments are to be restored of a batch that was never reset.
            NotImplementedError: The batch has ``engine="threads"``.
            IndexError: There is no such environment.
        """
        with self._usage("set_state") as interrupt:
            engine = self._lane_engine("set_state")
            chosen = self._chosen(lanes)
            if len(set(chosen)) < self.num_envs:
                guard.check_order(
                    type(self).__name__, "set_state of some environments", False, self._is_reset
                )
            saved = snapshots.from_bytes(self._options.lane, state)
            if len(saved) not in (1, len(chosen)):
                raise ValueError(
                    f"set_state: the snapshot holds {len(saved)} environments, {len(chosen)} are to be set; it must "
                    "hold as many, or one for all"
                )
            each = dict(zip(chosen, saved if len(saved) == len(chosen) else saved * len(chosen), strict=True))
            self._check_movable(engine, each, interrupt)
            was_reset, self._is_reset = self._is_reset, False
            engine.call("set_state", each, interrupt)
            self._is_reset = True if len(each) == self.num_envs else was_reset
            for lane, values in each.items():
                self._games.set_game(
                    lane,
                    values["score"],
                    values["length"],
                    values["lives"],
                    values["game_over"],
                    values["terminated"] or values["truncated"],
                )

    def _game(self, lane: int) -> dict[str, Any]:
        """What is kept of the game of an environment, by name."""
        return dict(zip(("score", "length", "game_over"), self._games.game(lane), strict=True))

    def _check_movable(self, engine: LaneEngine, states: dict[int, Any], interrupt: CallGuard) -> None:
        """Raises for states of a game that only fit the emulator that has saved them, if that is another one."""
        game = self._options.game
        if game not in UNMOVABLE:
            return
        identities = engine.call("identity", dict.fromkeys(states), interrupt)
        for lane, state in states.items():
            if state["identity"] != identities[lane]:
                raise Error(
                    f"set_state: a state of {game} only fits the emulator that has saved it, and that of environment "
                    f"{lane} is another one or was reset with a seed since; other games' states fit any"
                )

    def _chosen(self, lanes: Iterable[int] | None) -> list[int]:
        """Some lanes, or all."""
        return list(range(self.num_envs)) if lanes is None else check_lanes("lanes", lanes, self.num_envs)

    def fork(
        self, ids: Iterable[int] | None = None, copies: int = 1, *, seed: int | list[int | None] | None = None
    ) -> Self:
        """A batch of environments that begin as copies of these.

        Args:
            ids: The environments, in this order, also more than once; None for all.
            copies: The copies of each. Copy j of ``ids[i]`` is environment ``i * copies + j``.
            seed: New random streams for the copies, which go on with their games: an integer s gives environment i of
                the new batch those of ``s + i``, a list each its own; None copies the streams.

        Returns:
            A batch with the same options, of ``len(ids) * copies`` environments.

        Raises:
            plyo.error.Error: A seed is negative or no integer, or the game is QBert or Tetris, whose states only fit
                the emulator that has saved them.
            TypeError, ValueError, IndexError: ``ids``, ``copies`` or the seeds do not fit.
            plyo.error.ResetNeeded: The batch was never reset.
            NotImplementedError: The batch has ``engine="threads"``.
        """
        self._lane_engine("fork")
        guard.check_order(type(self).__name__, "fork", False, self._is_reset)
        if self._options.game in UNMOVABLE:
            raise Error(
                f"fork: a state of {self._options.game} only fits the emulator that has saved it; get_state and "
                "set_state restore it there"
            )
        count = check_integer("copies", copies, 1)
        listed = range(self.num_envs) if ids is None else check_lanes("ids", ids, self.num_envs)
        sources = [lane for lane in listed for _ in range(count)]
        seeds = checks.check_seeds(seed, range(len(sources)), len(sources), False)
        saved = self.get_state(sources)
        twin = type(self)(**{**self._arguments, "num_envs": len(sources)})
        try:
            twin.spec = copy.deepcopy(self.spec)
            twin.set_state(saved)
            fresh = {lane: each for lane, each in enumerate(seeds) if each is not None}
            if fresh:
                twin._reseed(fresh)
        except BaseException:
            twin.close()  # type: ignore[attr-defined]
            raise
        return twin

    def _reseed(self, seeds: dict[int, int]) -> None:
        """Begins the random streams of lanes anew, in the middle of their games."""
        with self._usage("fork") as interrupt:
            self._lane_engine("fork").call("reseed", seeds, interrupt)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy begins where lanes stand; one of ``engine="threads"`` has to be reset.

        Raises:
            pickle.PicklingError: The states of the game only fit the emulator that has saved them.
        """
        state = None
        if self.engine == "lanes" and self._is_reset and not self.closed:
            if self._options.game in UNMOVABLE:
                raise pickle.PicklingError(
                    f"a running batch of {self._options.game} cannot be pickled: its states only fit the emulators "
                    "that have saved them"
                )
            state = self.get_state()
        return _rebuild, (type(self), self._arguments, self.spec, state)

    # Looking

    def render(self) -> tuple[npt.NDArray[np.uint8], ...] | None:
        """The screens in colour, uint8 ``(height, 160, 3)`` each, under ``render_mode="rgb_array"``; else None.

        Raises:
            plyo.error.ResetNeeded: The batch was never reset.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        if self.render_mode is None:
            return None
        return tuple(self._look("render", "picture"))

    def get_ram(self) -> npt.NDArray[np.uint8]:
        """The memories of the machines.

        Returns:
            uint8 ``(num_envs, 128)``.

        Raises:
            plyo.error.ResetNeeded: The batch was never reset.
            NotImplementedError: The batch has ``engine="threads"``.
        """
        return np.stack(self._look("get_ram", "ram"))

    def _look(self, member: str, what: str) -> list[Any]:
        """What every lane shows."""
        with self._usage(member) as interrupt:
            engine = self._lane_engine(member)
            guard.check_order(type(self).__name__, member, False, self._is_reset)
            answers = engine.call(what, dict.fromkeys(range(self.num_envs)), interrupt)
            return [answers[lane] for lane in range(self.num_envs)]


def _rebuild(kind: Any, arguments: dict[str, Any], spec: Any, state: bytes | None) -> Any:
    """A batch from a pickle."""
    made = kind(**arguments)
    made.spec = spec
    if state is not None:
        made.set_state(state)
    return made
