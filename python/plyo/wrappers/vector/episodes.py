"""A wrapper of native batches that keeps episodes as replays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType
from plyo.replay.action_log import ActionLog, ArrayColumn, empty_column, leaves
from plyo.replay.episode import Ending
from plyo.replay.replay import Replay
from plyo.tasks.options import EngineOptions
from plyo.vector._batch_options import BatchOptions
from plyo.vector._reset import split_mask
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.vector_env import AutoresetMode, VectorEnv, VectorWrapper
from plyo.wrappers._episodes import KeptEpisodes

__all__ = ["RecordEpisodes"]

#: The arguments of a batch that one of its environments does not take, or need not know.
_OF_BATCHES = {"num_envs", "render_mode", "record_episode_statistics"} | (
    BatchOptions.defaults().keys() - EngineOptions.defaults().keys()
)


class RecordEpisodes(
    VectorWrapper[ObsType, ActType, ObsType, ActType, NDArray[Any]], KeptEpisodes, RecordConstructorArgs
):
    """Keeps the best, the worst and the last episodes of all environments as replays.

    As :class:`plyo.wrappers.RecordEpisodes`, for native batches. Beside the episodes that are kept there are the
    actions of those that are running, and a snapshot of each environment. Of episodes that end in the same step the
    one with the highest number is the latest.

    Attributes:
        best: The episode of the largest return, the first of several; None before one has ended.
        worst: The episode of the smallest return, likewise.
        episodes: The last ``keep`` episodes, the latest at the end.
        episode_count: How many have ended.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, NDArray[Any]], keep: int = 1) -> None:
        """Wraps a batch.

        Args:
            env: The batch, a native one without wrappers: they might change the actions.
            keep: How many of the last episodes are kept beside the best and the worst one, at least 1.

        Raises:
            TypeError: ``keep`` is not an integer.
            ValueError: ``keep`` is less than 1, the batch is no native one, or it was not made by
                :func:`plyo.make_vec`.
        """
        RecordConstructorArgs.__init__(self, keep=keep)
        VectorWrapper.__init__(self, env)
        KeptEpisodes.__init__(self, keep)
        if not isinstance(env, NativeVectorEnv):
            raise ValueError(
                f"RecordEpisodes of batches goes directly around a native batch, got {env}; for others there is "
                "make_vec(..., wrappers=[plyo.wrappers.RecordEpisodes])"
            )
        if env.spec is None:
            raise ValueError(
                f"{env} cannot be made again for a replay: make it by plyo.make_vec, not by its class"
            )
        self._batch: NativeVectorEnv = env
        self._id = env.spec.id
        arguments = {name: value for name, value in env._arguments.items() if name not in _OF_BATCHES}
        limit = arguments.pop("max_episode_steps")
        self._kwargs = {"max_episode_steps": -1 if limit is None else limit, **arguments}
        space = env.single_action_space
        self._columns = [empty_column(leaf, exact=False) for leaf in leaves(space)]
        self._kinds = [np.dtype(leaf.dtype) for leaf in leaves(space)]
        #: The actions of the last steps, ``(steps, num_envs, ...)`` for each leaf, and how many there are.
        self._actions = [self._buffer(column, 16) for column in self._columns]
        self._filled = 0
        self._running = np.zeros(self.num_envs, dtype=bool)
        self._to_reset = np.zeros(self.num_envs, dtype=bool)
        self._begins = np.zeros(self.num_envs, dtype=np.int64)
        self._returns = np.zeros(self.num_envs)
        self._snapshots: list[bytes] = [b""] * self.num_envs

    def _buffer(self, column: Any, steps: int) -> NDArray[Any]:
        assert isinstance(column, ArrayColumn)
        return np.empty((steps, self.num_envs, *column.shape), dtype=column.dtype)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the batch, or the environments of ``options["reset_mask"]``, and begins to record them."""
        mask, _ = split_mask(options, self.num_envs)
        result = super().reset(seed=seed, options=options)
        self._begin(np.arange(self.num_envs) if mask is None else np.flatnonzero(mask))
        return result

    def step(
        self, actions: ActType
    ) -> tuple[ObsType, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Steps the batch and keeps the actions."""
        result = super().step(actions)
        _, rewards, terminated, truncated, _ = result
        self._add(actions)
        self._returns += rewards
        if self._to_reset.any():  # this step has begun their episodes
            self._begin(np.flatnonzero(self._to_reset))
        ended = np.flatnonzero((terminated | truncated) & self._running)
        if len(ended):
            self._end(ended, terminated, truncated)
        return result

    def _add(self, actions: Any) -> None:
        """Keeps the actions of a step."""
        if self._filled == len(self._actions[0]):
            self._make_room()
        parts = actions if isinstance(actions, tuple) else (actions,)
        if isinstance(actions, Mapping):
            space: Any = self.single_action_space
            parts = tuple(actions[key] for key in space.spaces)
        # those of environments that are reset are not looked at, and may be no numbers
        with np.errstate(invalid="ignore"):
            for kept, part in zip(self._actions, parts, strict=True):
                np.copyto(kept[self._filled], part, casting="unsafe")
        self._filled += 1

    def _make_room(self) -> None:
        """Drops the steps before the oldest running episode; if they are few, makes the arrays larger."""
        running = self._begins[self._running]
        oldest = int(running.min()) if len(running) else self._filled
        left = self._filled - oldest
        steps = len(self._actions[0]) * (2 if left > len(self._actions[0]) // 2 else 1)
        for i, column in enumerate(self._columns):
            kept = self._buffer(column, steps)
            kept[:left] = self._actions[i][oldest : self._filled]
            self._actions[i] = kept
        self._filled = left
        self._begins -= oldest

    def _begin(self, lanes: NDArray[np.intp]) -> None:
        """Begins the episodes of some environments behind the actions so far."""
        self._running[lanes] = True
        self._to_reset[lanes] = False
        self._returns[lanes] = 0.0
        self._begins[lanes] = self._filled
        get_state = self._batch._engine.get_state
        for lane in lanes.tolist():
            self._snapshots[lane] = get_state([lane])

    def _end(self, lanes: NDArray[np.intp], terminated: NDArray[Any], truncated: NDArray[Any]) -> None:
        """Keeps those of the episodes that have ended which are the best, the worst or among the last."""
        kept = set(lanes[-(self.episodes.maxlen or 1) :].tolist())
        returns = self._returns[lanes]
        numbers = np.flatnonzero(~np.isnan(returns))
        if len(numbers):
            best = int(lanes[numbers[returns[numbers].argmax()]])
            worst = int(lanes[numbers[returns[numbers].argmin()]])
            kept |= {best} if self._is_best(float(self._returns[best])) else set()
            kept |= {worst} if self._is_worst(float(self._returns[worst])) else set()
        for lane in sorted(kept):
            self._keep(self._replay(lane, bool(terminated[lane]), bool(truncated[lane])))
        self.episode_count += len(lanes) - len(kept)
        self._running[lanes] = False
        if self._batch.autoreset_mode == AutoresetMode.SAME_STEP:
            self._begin(lanes)
        elif self._batch.autoreset_mode == AutoresetMode.NEXT_STEP:
            self._to_reset[lanes] = True

    def _replay(self, lane: int, terminated: bool, truncated: bool) -> Replay:
        """The episode that has ended in an environment."""
        part = slice(int(self._begins[lane]), self._filled)
        columns: list[Any] = [
            ArrayColumn.of(kept[part, lane], kind)
            for kept, kind in zip(self._actions, self._kinds, strict=True)
        ]
        log = ActionLog(self._batch.single_action_space, columns, part.stop - part.start)
        ending = Ending(float(self._returns[lane]), terminated, truncated)
        return Replay(self._id, actions=log, snapshot=self._snapshots[lane], recorded=ending, **self._kwargs)
