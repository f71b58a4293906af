"""Wrappers that change the rewards of a batch with a function."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plyo.core import ActType, Env, ObsType
from plyo.vector.vector_env import ArrayType, VectorEnv, VectorRewardWrapper
from plyo.wrappers import transform_reward
from plyo.wrappers.transform_reward import Affine, plain_bounds
from plyo.wrappers.vector._fusing import Fusible, Stage, fused

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _ArrayT = TypeVar("_ArrayT", bound=NDArray[Any], default=NDArray[Any])
else:
    from typing import TypeVar

    _ArrayT = TypeVar("_ArrayT", bound=np.ndarray)

__all__ = ["ClipReward", "TransformReward", "VectorizeTransformReward"]


class TransformReward(Fusible, VectorRewardWrapper[ObsType, ActType, ArrayType]):
    """Changes the rewards of the whole batch with a function.

    With :class:`plyo.wrappers.Affine` as the function, the engine can run the wrapper.

    Attributes:
        func: The function.
    """

    def __init__(
        self, env: VectorEnv[ObsType, ActType, ArrayType], func: Callable[[ArrayType], ArrayType]
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch.
            func: Takes and returns rewards of shape ``(num_envs,)``.
        """
        super().__init__(env)
        self.func = func

    step = fused(VectorRewardWrapper.step)

    def rewards(self, rewards: ArrayType) -> ArrayType:
        """Calls the function."""
        return self.func(rewards)

    def _stage(self) -> Stage | None:
        func: Any = self.func
        if type(func) is not Affine:
            return None
        return Stage("affine_reward", (func.scale, func.shift), pins=((self, "func", func),))


class VectorizeTransformReward(VectorRewardWrapper[ObsType, ActType, _ArrayT]):
    """Changes every reward of a batch with a reward wrapper of single environments.

    Attributes:
        wrapper: The wrapper of a single environment.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, _ArrayT],
        wrapper: type[transform_reward.TransformReward[Any, Any]],
        **kwargs: Any,
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch.
            wrapper: The wrapper for one environment.
            **kwargs: Its arguments except ``env``.

        Raises:
            Exception: An error of ``wrapper``.
        """
        super().__init__(env)
        self.wrapper = wrapper(Env(), **kwargs)

    def rewards(self, rewards: _ArrayT) -> _ArrayT:
        """Changes rewards one by one, in an array of the same type; integers may become floats."""
        changed = [self.wrapper.reward(reward) for reward in rewards]
        result = _copy_for(changed, rewards)
        for lane, reward in enumerate(changed):
            result[lane] = reward
        return result


def _copy_for(changed: Any, rewards: _ArrayT) -> _ArrayT:
    """A copy of rewards for the changed ones: of the same type, but integers become floats."""
    if isinstance(rewards, np.ndarray) and rewards.dtype.kind in "biu":
        return rewards.astype(np.result_type(rewards, np.asarray(changed)))  # type: ignore[return-value]  # an array
    return copy(rewards)


class ClipReward(Fusible, VectorizeTransformReward[ObsType, ActType, _ArrayT]):
    """Clips rewards."""

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, _ArrayT],
        min_reward: float | NDArray[Any] | None = None,
        max_reward: float | NDArray[Any] | None = None,
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch.
            min_reward: The lower bound, None for no bound.
            max_reward: The upper bound, None for no bound.

        Raises:
            plyo.error.InvalidBound: There is no bound, or the lower one is above the upper one.
        """
        super().__init__(env, transform_reward.ClipReward, min_reward=min_reward, max_reward=max_reward)
        self._whole = np.ndim(min_reward) == 0 and np.ndim(max_reward) == 0  # type: ignore[arg-type]

    step = fused(VectorRewardWrapper.step)

    def rewards(self, rewards: _ArrayT) -> _ArrayT:
        """Clips all rewards at once."""
        if not self._whole or type(rewards) is not np.ndarray or rewards.dtype.kind not in "fiu":
            return super().rewards(rewards)
        changed = self.wrapper.reward(rewards)
        result = _copy_for(changed, rewards)
        result[...] = changed
        return result

    def _stage(self) -> Stage | None:
        bounds = plain_bounds(self.wrapper)
        if bounds is None:
            return None
        pins = ((self, "wrapper", self.wrapper), (self.wrapper, "func", self.wrapper.func))
        return Stage("clip_reward", bounds, pins=pins)
