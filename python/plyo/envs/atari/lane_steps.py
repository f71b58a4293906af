"""Steps and resets of some environments of a batch of Atari games, with engine="lanes" only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import CallGuard, RunningGames
from plyo.envs.atari import batch_guard as checks
from plyo.envs.atari import guard
from plyo.error import InvalidAction
from plyo.tasks.pictures import check_lanes
from plyo.vector._rows import rows
from plyo.vector.vector_env import AutoresetMode

Array = npt.NDArray[Any]


class LaneSteps:
    """The members of a batch that step some of its lanes, as those of native batches."""

    num_envs: int
    autoreset_mode: AutoresetMode
    _games: RunningGames
    _is_reset: bool
    # those of the batch
    _lane_engine: Any
    _usage: CallGuard
    _play: Any
    _results: Any
    _to_engine: Any
    reset: Any

    def step_lanes(self, actions: Any, ids: Any) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Steps some environments; the others stay as they are.

        Each of them does what it would do in ``step``, bit for bit: in ``next_step`` mode one whose episode has ended
        is reset.

        Args:
            actions: An action for each of ``ids``: integers of shape ``(K,)``, or ``(K, 3)`` if ``continuous``.
            ids: The environments in any order, at least one, and each at most once.

        Returns:
            observations, rewards, terminated, truncated and infos as of ``step``, with one row for each of ``ids``, in
            their order. The arrays are fresh.

        Raises:
            plyo.error.InvalidAction, plyo.error.ResetNeeded: As ``step``, for these environments; nothing has changed.
            NotImplementedError: The batch has ``engine="threads"``.
            TypeError, IndexError, ValueError: ``ids`` are no integers, there is no such environment, or one is listed
                twice.
            plyo.error.WorkerDiedError: A worker process has died.
            RuntimeError: Another thread is using the batch, or it was made in another process.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        with self._usage("step_lanes") as interrupt:
            engine = self._lane_engine("step_lanes")
            guard.check_order(type(self).__name__, "step_lanes", False, self._is_reset)
            lanes, is_stepped = self._chosen_once(ids)
            if self.autoreset_mode is AutoresetMode.DISABLED:
                guard.check_none_ended(self._games.ended & is_stepped)
            numbers, strengths = self._to_engine(self._of_all(actions, lanes))
            played = self._play(engine.step_lanes, lanes, numbers, strengths, interrupt)
            results = self._results(played, interrupt, is_stepped)
        return rows(results, lanes)  # type: ignore[no-any-return]  # it returns what it gets, any tree of arrays

    def reset_lanes(
        self,
        ids: Any,
        seed: int | list[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Array, dict[str, Any]]:
        """Begins new games in some environments; the others stay as they are.

        Args:
            ids: The environments in any order, at least one, and each at most once.
            seed: With an integer, environment i gets ``seed + i``, as in ``reset``; a list has one for each of ``ids``;
                None, in the list or in its place, continues the random numbers.
            options: None or an empty dictionary.

        Returns:
            observations and infos as of ``reset``, with one row for each of ``ids``, in their order.

        Raises:
            plyo.error.Error: A seed is negative or no integer.
            TypeError, ValueError, IndexError: ``ids``, the seeds or the options do not fit; nothing has changed.
            plyo.error.ResetNeeded: These are not all environments, and the batch was never reset as a whole.
            NotImplementedError: The batch has ``engine="threads"``.
            RuntimeError: Another thread is using the batch, or it was made in another process.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        self._lane_engine("reset_lanes")
        checks.check_reset_options(options)
        if options:
            raise ValueError("reset_lanes takes ids in place of options['reset_mask']")
        lanes, mask = self._chosen_once(ids)
        if isinstance(seed, (list, tuple, np.ndarray)):
            if len(seed) != len(lanes):
                raise ValueError(
                    f"a list of seeds must have one for each of {len(lanes)} ids, got {len(seed)}"
                )
            given = dict(zip(lanes, seed, strict=True))
            seed = [given.get(lane) for lane in range(self.num_envs)]
        results = self.reset(seed=seed, options={"reset_mask": mask})
        return rows(results, lanes)  # type: ignore[no-any-return]  # likewise

    def _chosen_once(self, ids: Any) -> tuple[list[int], npt.NDArray[np.bool_]]:
        """Some environments as a list and as a mask."""
        lanes = check_lanes("ids", ids, self.num_envs)
        mask = np.zeros(self.num_envs, dtype=np.bool_)
        for lane in lanes:
            if mask[lane]:
                raise ValueError(f"ids must list each environment at most once, got {lane} twice")
            mask[lane] = True
        return lanes, mask

    def _of_all(self, actions: Any, lanes: list[int]) -> Any:
        """The actions of some environments at their places in an array for all; others are 0."""
        array = np.asarray(actions)
        if array.ndim == 0 or len(array) != len(lanes):
            raise InvalidAction(
                f"actions must have one for each of {len(lanes)} ids, got shape {array.shape}"
            )
        whole = np.zeros((self.num_envs, *array.shape[1:]), dtype=array.dtype)
        whole[lanes] = array
        return whole
