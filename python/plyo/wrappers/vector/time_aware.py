"""The time of each environment's episode, among the observations of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import spaces
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType, WrapperObsType
from plyo.spaces import Box, Space
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.utils import batch_space
from plyo.vector.vector_env import ArrayType, VectorEnv, VectorWrapper
from plyo.wrappers.stateful_observation import add_time_to
from plyo.wrappers.vector._batch_flatten import BatchFlattener
from plyo.wrappers.vector._episode_observation import EpisodeObservationWrapper, Mask
from plyo.wrappers.vector._fusing import Fusible, Stage, fused, shown

__all__ = ["TimeAwareObservation"]


class TimeAwareObservation(
    Fusible, EpisodeObservationWrapper[WrapperObsType, ActType, ObsType, ArrayType], RecordConstructorArgs
):
    """Adds the number of steps since the reset to the observations of each environment.

    Each environment has the observations of :class:`plyo.wrappers.TimeAwareObservation`: a Dict gets time as one more
    entry, a Tuple as its last element; anything else becomes a Dict of ``"obs"`` and ``"time"``. All this is then
    flattened, if that is wanted.

    Attributes:
        flatten: Whether observations are flattened.
        normalize_time: Whether time goes from 0 to 1.
        max_timesteps: The time limit in steps.
        timesteps: int64 ``(num_envs,)``: the number of steps since the reset of each environment.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        flatten: bool = True,
        normalize_time: bool = False,
        *,
        dict_time_key: str = "time",
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with a time limit, and observations that are arrays, or tuples or dictionaries of arrays.
            flatten: Whether to flatten observations as :func:`plyo.spaces.flatten` does.
            normalize_time: Whether to divide time by the limit: float32 instead of int32.
            dict_time_key: The key of time in a Dict.

        Raises:
            ValueError: There is no time limit, the Dict has such a key already, or observations are no arrays.
        """
        RecordConstructorArgs.__init__(
            self, flatten=flatten, normalize_time=normalize_time, dict_time_key=dict_time_key
        )
        EpisodeObservationWrapper.__init__(self, env)
        self.flatten = flatten
        self.normalize_time = normalize_time
        self.max_timesteps = _time_limit(env)
        self.timesteps = np.zeros(self.num_envs, dtype=np.int64)
        time_space: Space[Any] = (
            Box(0.0, 1.0) if normalize_time else Box(0, self.max_timesteps, dtype=np.int32)
        )
        space, self._add_time = add_time_to(env.single_observation_space, time_space, dict_time_key)
        self._flattener: BatchFlattener | None = None
        if flatten:
            flat = spaces.flatten_space(space)
            self._flattener, space = BatchFlattener(space, flat, self.num_envs), flat
        self.single_observation_space = space
        self.observation_space = batch_space(space, self.num_envs)

    step = fused(EpisodeObservationWrapper.step)

    def _go_on(self, observations: Any) -> None:
        self.timesteps += 1

    def _begin(self, observations: Any, which: Mask) -> None:
        self.timesteps[which] = 0

    def _show(self, observations: Any) -> Any:
        extended = self._add_time(observations, self._times())
        if self._flattener is None:
            return extended
        flat = self._flattener.flatten(extended)
        if flat is None:
            raise ValueError(
                f"an observation is not in its space {self.env.single_observation_space}, so it cannot be flattened"
            )
        return flat

    def _final(self, shown: Any, lane: int, final: Any) -> Any:
        return shown[lane].copy() if self.flatten else self._add_time(final, self._times()[lane])

    def _times(self) -> NDArray[Any]:
        """The times as observations have them, ``(num_envs, 1)``."""
        steps = self.timesteps[:, np.newaxis]
        return (
            (steps / self.max_timesteps).astype(np.float32) if self.normalize_time else steps.astype(np.int32)
        )

    def _stage(self) -> Stage | None:
        space, inner = self.single_observation_space, self.env.single_observation_space
        if not self.flatten or not isinstance(inner, Box):
            return None
        limit = float(self.max_timesteps) if self.normalize_time else None
        pins = ((self, "single_observation_space", space), (self, "max_timesteps", self.max_timesteps))
        dtype = shown(space)[1]
        return Stage("time_aware", (limit, dtype), shown(space), pins)

    def _lane_memory(self) -> dict[str, NDArray[Any]]:
        return {"timesteps": self.timesteps, "_prev_dones": self._prev_dones}


def _time_limit(env: Any) -> int:
    """The time limit of a batch in steps: that of a native one inside, or of the spec."""
    innermost = env
    while isinstance(innermost, VectorWrapper):
        innermost = innermost.env
    limit = None if env.spec is None else env.spec.max_episode_steps
    if isinstance(innermost, NativeVectorEnv):
        limit = innermost._arguments["max_episode_steps"]
    if limit is None:
        raise ValueError(
            "The environment must be wrapped by a TimeLimit wrapper or the spec specify a `max_episode_steps`."
        )
    return int(limit)
