"""A time limit for a native batch."""

from __future__ import annotations

from typing import Any

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.vector_env import ArrayType, VectorEnv, VectorWrapper
from plyo.wrappers.common import check_max_episode_steps
from plyo.wrappers.vector._fusing import Fusible, Stage, fused

__all__ = ["TimeLimit"]


class TimeLimit(Fusible, VectorWrapper[ObsType, ActType, ObsType, ActType, ArrayType], RecordConstructorArgs):
    """Truncates the episodes of a native batch after a number of steps.

    The batch keeps the limit itself: it resets environments whose time is over, and all wrappers inside know of these
    ends. Of several limits, the batch's own included, the least holds. Batches of other kinds must be told their limit
    when they are made.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType], max_episode_steps: int) -> None:
        """Wraps a batch, and gives it the limit.

        Args:
            env: The batch: a native one, or wrappers around one.
            max_episode_steps: The step of an episode, counted from 1, that is truncated.

        Raises:
            TypeError: ``max_episode_steps`` is not an integer, or the batch is not native.
            ValueError: ``max_episode_steps`` is not positive.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        limit = check_max_episode_steps(max_episode_steps)
        RecordConstructorArgs.__init__(self, max_episode_steps=max_episode_steps)
        VectorWrapper.__init__(self, env)
        batch: Any = env
        while isinstance(batch, VectorWrapper):
            batch = batch.env
        if not isinstance(batch, NativeVectorEnv):
            raise TypeError(
                f"TimeLimit of batches goes around native ones, got {batch}; others take their limit when they are "
                "made: make_vec(..., max_episode_steps=...)"
            )
        present = batch._arguments["max_episode_steps"]
        self._max_episode_steps = limit
        batch.set_attr("_max_episode_steps", limit if present is None else min(limit, present))

    step = fused(VectorWrapper.step)

    def _stage(self) -> Stage:
        return Stage("none")
