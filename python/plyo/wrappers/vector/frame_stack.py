"""The latest observations of each environment of a batch, stacked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType, WrapperObsType
from plyo.spaces import Space
from plyo.vector.utils import batch_space
from plyo.vector.vector_env import ArrayType, VectorEnv
from plyo.wrappers.stateful_observation import padding_of
from plyo.wrappers.vector._episode_observation import (
    EpisodeObservationWrapper,
    Mask,
    map_arrays,
    named_arrays,
)
from plyo.wrappers.vector._fusing import Fusible, Stage, fused, shown

__all__ = ["FrameStackObservation"]


class FrameStackObservation(
    Fusible, EpisodeObservationWrapper[WrapperObsType, ActType, ObsType, ArrayType], RecordConstructorArgs
):
    """Stacks the latest observations of each environment along a new axis, the newest last.

    Each environment has the observations of :class:`plyo.wrappers.FrameStackObservation`: a reset fills its stack, in
    every autoreset mode.

    Attributes:
        stack_size: The number of observations.
        padding_type: What fills the stack at a reset: ``"reset"``, ``"zero"`` or ``"_custom"``.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        stack_size: int,
        *,
        padding_type: str | Any = "reset",
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with observations that are arrays, or tuples or dictionaries of arrays.
            stack_size: The number of observations, at least 1.
            padding_type: What fills the stack at a reset: ``"reset"`` the first observation, ``"zero"`` zeros, or an
                observation of one environment.

        Raises:
            TypeError: ``stack_size`` is not an integer.
            ValueError: ``stack_size`` is not positive, ``padding_type`` is none of the three, or observations are no
                arrays.
        """
        if not is_integer(stack_size):
            raise TypeError(f"The stack_size is expected to be an integer, actual type: {type(stack_size)}")
        if stack_size <= 0:
            raise ValueError(f"The stack_size needs to be greater than zero, actual value: {stack_size}")
        RecordConstructorArgs.__init__(self, stack_size=int(stack_size), padding_type=padding_type)
        EpisodeObservationWrapper.__init__(self, env)
        inner: Space[Any] = env.single_observation_space
        self.stack_size = int(stack_size)
        self.padding_type, padding = padding_of(inner, padding_type)
        self._padding = None if self.padding_type == "reset" else padding
        self.single_observation_space = batch_space(inner, n=self.stack_size)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)

        def frames(space: Space[Any]) -> NDArray[Any]:
            return np.zeros((self.num_envs, self.stack_size, *(space.shape or ())), dtype=space.dtype)

        self._frames: Any = map_arrays(inner, frames)

    step = fused(EpisodeObservationWrapper.step)

    def _go_on(self, observations: Any) -> None:
        def push(_: Any, frames: NDArray[Any], newest: NDArray[Any]) -> None:
            frames[:, :-1] = frames[:, 1:]
            frames[:, -1] = newest

        map_arrays(self.env.single_observation_space, push, self._frames, observations)

    def _begin(self, observations: Any, which: Mask) -> None:
        def fill(_: Any, frames: NDArray[Any], newest: NDArray[Any]) -> None:
            frames[which] = newest[which, np.newaxis]

        def pad(_: Any, frames: NDArray[Any], newest: NDArray[Any], padding: Any) -> None:
            frames[which] = padding
            frames[which, -1] = newest[which]

        inner = self.env.single_observation_space
        if self._padding is None:
            map_arrays(inner, fill, self._frames, observations)
        else:
            map_arrays(inner, pad, self._frames, observations, self._padding)

    def _show(self, observations: Any) -> Any:
        return map_arrays(self.env.single_observation_space, lambda _, frames: frames.copy(), self._frames)

    def _stage(self) -> Stage | None:
        space = self.single_observation_space
        if not isinstance(self._frames, np.ndarray):
            return None
        padding = None if self._padding is None else np.asarray(self._padding, dtype=space.dtype)
        pins = tuple(
            (self, name, getattr(self, name))
            for name in ("single_observation_space", "stack_size", "_padding")
        )
        return Stage("frame_stack", (self.stack_size, padding), shown(space), pins)

    def _lane_memory(self) -> dict[str, NDArray[Any]]:
        frames = named_arrays(self.env.single_observation_space, self._frames, "_frames")
        return {**frames, "_prev_dones": self._prev_dones}
