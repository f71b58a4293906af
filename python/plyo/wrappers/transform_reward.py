"""Wrappers that pass rewards through a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, RewardWrapper
from plyo.error import InvalidBound

__all__ = ["Affine", "ClipReward", "TransformReward"]


@dataclass(frozen=True)
class Affine:
    """The function ``reward * scale + shift``, of which wrappers of batches know what it does.

    Attributes:
        scale: The factor.
        shift: What is added to the product.

    Raises:
        TypeError: One of them is not a number.
    """

    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        for name in ("scale", "shift"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
                raise TypeError(f"Affine: {name} must be a number, got {value!r}")
            object.__setattr__(self, name, float(value))

    def __call__(self, reward: Any) -> Any:
        """The function of a reward, or of an array of rewards."""
        return reward * self.scale + self.shift


class TransformReward(RewardWrapper[ObsType, ActType], RecordConstructorArgs):
    """Passes rewards through a function.

    Attributes:
        func: The function.
    """

    def __init__(self, env: Env[ObsType, ActType], func: Callable[[Any], SupportsFloat]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            func: Gets the reward of the inner environment and returns the one that takes its place.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self, func=func)
        RewardWrapper.__init__(self, env)
        self.func = func

    def reward(self, reward: SupportsFloat) -> SupportsFloat:
        """Applies the function."""
        return self.func(reward)


class ClipReward(TransformReward[ObsType, ActType], RecordConstructorArgs):
    """Clips rewards to bounds; they become ``numpy.float64``."""

    def __init__(
        self,
        env: Env[ObsType, ActType],
        min_reward: float | NDArray[Any] | None = None,
        max_reward: float | NDArray[Any] | None = None,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            min_reward: The lower bound, ``None`` for no bound.
            max_reward: The upper bound, ``None`` for no bound.

        Raises:
            plyo.error.InvalidBound: Neither bound is given, one is NaN or the wrong infinity, or the lower
                one exceeds the upper one.
            TypeError: ``env`` is not an environment.
        """
        if min_reward is None and max_reward is None:
            raise InvalidBound("Both `min_reward` and `max_reward` cannot be None")
        for name, bound, beyond in (("min_reward", min_reward, np.inf), ("max_reward", max_reward, -np.inf)):
            if bound is not None and np.any(np.isnan(bound) | np.equal(bound, beyond)):
                raise InvalidBound(f"`{name}` must be a number or {-beyond} for none. Received {bound}")
        if min_reward is not None and max_reward is not None and np.any(np.less(max_reward, min_reward)):
            raise InvalidBound(f"Min reward ({min_reward}) must be smaller than max reward ({max_reward})")
        RecordConstructorArgs.__init__(self, min_reward=min_reward, max_reward=max_reward)
        is_plain = _is_plain(min_reward) and _is_plain(max_reward)
        func: Callable[[Any], Any] = partial(
            _clip if is_plain else np.clip, a_min=min_reward, a_max=max_reward
        )
        TransformReward.__init__(self, env=env, func=func)


def _is_plain(bound: object) -> bool:
    """Whether a bound is not an array, and can be compared."""
    return bound is None or (type(bound) in (float, int) and bound == bound)


def _clip(reward: Any, a_min: Any, a_max: Any) -> Any:
    """The result of ``numpy.clip``, computed directly for a reward that is a number."""
    if not isinstance(reward, float):
        return np.clip(reward, a_min, a_max)
    if a_min is not None and reward < a_min:
        return np.float64(a_min)
    if a_max is not None and reward > a_max:
        return np.float64(a_max)
    return np.float64(reward)


def plain_bounds(wrapper: TransformReward[Any, Any]) -> tuple[float | None, float | None] | None:
    """The bounds of a wrapper that clips, if they are plain numbers or None; None for any other wrapper."""
    func = wrapper.func
    if not isinstance(func, partial) or func.func is not _clip:
        return None
    low, high = (func.keywords[name] for name in ("a_min", "a_max"))
    return None if low is None else float(low), None if high is None else float(high)
