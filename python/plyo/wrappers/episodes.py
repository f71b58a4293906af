"""A wrapper that keeps episodes as replays."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, SupportsFloat

import numpy as np

from plyo.basics.floats import to_float
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, Wrapper
from plyo.replay.action_log import ActionLog, empty_column, leaves
from plyo.replay.episode import Ending
from plyo.replay.replay import Replay, origin_of
from plyo.tasks.task_env import NativeEnv
from plyo.wrappers._episodes import KeptEpisodes
from plyo.wrappers.common import Autoreset

__all__ = ["RecordEpisodes"]


class RecordEpisodes(Wrapper[ObsType, ActType, ObsType, ActType], KeptEpisodes, RecordConstructorArgs):
    """Keeps the best, the worst and the last episodes as replays: their beginnings and their actions.

    Nothing is drawn and no observation is kept: an action takes a byte where there are up to 256 of them, and four a
    number of a float32 Box. :class:`plyo.Replay` simulates such an episode again when it is needed. Episodes that a
    reset cuts off are not kept.

    A native task begins an episode from a snapshot of ``get_state()``. An environment in Python needs a seed for
    that. Without one in ``reset``, the wrapper draws a seed, so the random numbers of the environment begin anew with
    each episode. The drawn seeds follow from the last given one.

    Attributes:
        best: The episode of the largest return, the first of several; None before one has ended.
        worst: The episode of the smallest return, in the same way.
        episodes: The last ``keep`` episodes, the latest at the end.
        episode_count: The number of episodes that have ended.
    """

    def __init__(self, env: Env[ObsType, ActType], keep: int = 1) -> None:
        """Wraps an environment.

        Args:
            env: The environment, made by :func:`plyo.make`.
            keep: The number of last episodes to keep beside the best and the worst one, at least 1.

        Raises:
            TypeError: ``keep`` is not an integer.
            ValueError: ``keep`` is less than 1; the environment cannot be made again, because it has no spec; or an
                ``Autoreset`` is inside, whose resets are hidden.
        """
        RecordConstructorArgs.__init__(self, keep=keep)
        Wrapper.__init__(self, env)
        KeptEpisodes.__init__(self, keep)
        inside: Any = env
        while isinstance(inside, Wrapper):
            if isinstance(inside, Autoreset):
                raise ValueError(
                    "RecordEpisodes does not see the resets of an Autoreset inside it: wrap it the other way round"
                )
            inside = inside.env
        self._id, self._kwargs = origin_of(env)
        self._is_native = isinstance(env.unwrapped, NativeEnv)
        # a native task rounds its actions itself
        self._exact = env.unwrapped is not env or not self._is_native
        self._seeds = np.random.default_rng()
        self._log: ActionLog | None = None  # of the running episode
        self._return = 0.0
        self._beginning: dict[str, Any] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the environment and begins to record, with a seed of its own for one in Python without."""
        if seed is None and not self._is_native:
            seed = int(self._seeds.integers(2**31))
        elif seed is not None:
            self._seeds = np.random.default_rng(abs(int(seed)))
        self._log = None
        self._beginning = {"seed": seed, "options": deepcopy(options)}
        result = super().reset(seed=seed, options=options)
        if isinstance(self.env.unwrapped, NativeEnv):
            self._beginning = {"snapshot": self.env.unwrapped.get_state()}
        space = self.env.action_space
        self._log = ActionLog(space, [empty_column(leaf, self._exact) for leaf in leaves(space)])
        self._return = 0.0
        return result

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the environment and keeps the action.

        Raises:
            ValueError: The action does not fit the space, so that it cannot be kept; nothing has changed.
        """
        log = self._log
        if log is None:  # after the end, or before the first reset
            return super().step(action)
        log.append(action)
        try:
            result = super().step(action)
        except BaseException:
            log.pop()
            raise
        _, reward, terminated, truncated, _ = result
        self._return += to_float(reward)
        if terminated or truncated:
            self._end(log, bool(terminated), bool(truncated))
        return result

    def end_episode(self) -> None:
        """Keeps the running episode as it is; later steps up to the next reset are not recorded.

        Does nothing without a running episode.
        """
        if self._log is not None:
            self._end(self._log, False, False)

    def _end(self, log: ActionLog, terminated: bool, truncated: bool) -> None:
        self._log = None
        ending = Ending(self._return, terminated, truncated)
        self._keep(Replay(self._id, actions=log, recorded=ending, **self._beginning, **self._kwargs))
