"""Wrappers that pass actions through a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActionWrapper, ActType, Env, ObsType, WrapperActType
from plyo.error import InvalidAction, InvalidBound
from plyo.spaces import Box, Space
from plyo.spaces._box_bounds import dtype_range
from plyo.wrappers._binning import Bins, plain_bins
from plyo.wrappers._rescaling import rescale_box

__all__ = ["ClipAction", "DiscretizeAction", "RescaleAction", "TransformAction"]


class TransformAction(ActionWrapper[ObsType, WrapperActType, ActType], RecordConstructorArgs):
    """Passes actions through a function before the inner environment gets them.

    Attributes:
        func: The function.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        func: Callable[[Any], Any],
        action_space: Space[Any] | None,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            func: Gets an action of the new space and returns one of the inner environment's.
            action_space: The new space, ``None`` for the same.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self, func=func, action_space=action_space)
        ActionWrapper.__init__(self, env)
        if action_space is not None:
            self.action_space = action_space
        self.func = func

    def action(self, action: WrapperActType) -> ActType:
        """Applies the function."""
        inner_action: ActType = self.func(action)
        return inner_action


class ClipAction(TransformAction[ObsType, WrapperActType, ActType], RecordConstructorArgs):
    """Clips actions to the bounds of the inner environment; the new space is unbounded."""

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its action space is a Box.

        Raises:
            TypeError: Its action space is another, or ``env`` is not an environment.
        """
        space = env.action_space
        if not isinstance(space, Box):
            raise TypeError(f"ClipAction requires a Box action space, got {type(space)}")
        RecordConstructorArgs.__init__(self)
        # Unsigned integers and booleans cannot be unbounded: they end with their type.
        least, most = dtype_range(space.dtype) if space.dtype.kind in "ub" else (-np.inf, np.inf)
        is_wide = space.dtype.kind in "iu" and space.dtype.itemsize == 8
        super().__init__(
            env=env,
            func=partial(_clip_wide if is_wide else _clip, low=space.low, high=space.high),
            action_space=Box(least, most, shape=space.shape, dtype=space.dtype),
        )


def _clip(action: Any, low: NDArray[Any], high: NDArray[Any]) -> Any:
    # numpy.clip without its detour through Python
    return np.minimum(np.maximum(action, low), high)


def clip_bounds(wrapper: TransformAction[Any, Any, Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """The bounds that a wrapper clips real numbers to; None for a wrapper that does something else."""
    func = wrapper.func
    if not isinstance(func, partial) or func.func is not _clip:
        return None
    return func.keywords["low"], func.keywords["high"]


def _clip_wide(action: Any, low: NDArray[Any], high: NDArray[Any]) -> Any:
    """Clips to bounds of 64-bit integers: int64 and uint64 meet in float64 for NumPy, which rounds them."""
    given = np.asarray(action)
    if given.dtype.kind not in "iu" or np.result_type(given, low).kind != "f":
        return _clip(action, low, high)
    inside = np.minimum(np.maximum(given.astype(object), low.astype(object)), high.astype(object))
    return inside.astype(low.dtype)


class RescaleAction(TransformAction[ObsType, WrapperActType, ActType], RecordConstructorArgs):
    """Maps actions linearly from other bounds to those of the inner environment."""

    def __init__(
        self,
        env: Env[ObsType, ActType],
        min_action: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
        max_action: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its action space is a Box.
            min_action: The new lower bound, a number or an array of the space's shape.
            max_action: The new upper bound, likewise.

        Raises:
            plyo.error.InvalidBound: The new bounds are equal in an element.
            TypeError: The action space is not a Box, a bound is neither number nor array, or
                ``env`` is not an environment.
            ValueError: A bound is of another shape, infinite where the old one is not or the other
                way round, or above the other.
        """
        if not isinstance(env.action_space, Box):
            raise TypeError(f"RescaleAction requires a Box action space, got {type(env.action_space)}")
        RecordConstructorArgs.__init__(self, min_action=min_action, max_action=max_action)
        new_space, _, to_inner = rescale_box(env.action_space, min_action, max_action)
        if np.any(new_space.low == new_space.high):
            raise InvalidBound(
                f"Min action ({min_action}) must be strictly smaller than max action ({max_action}), "
                "the rescaling has no inverse where they are equal"
            )
        super().__init__(env=env, func=to_inner, action_space=new_space)


class DiscretizeAction(TransformAction[ObsType, WrapperActType, ActType], RecordConstructorArgs):
    """Divides each element of a bounded Box of actions into bins of the same width.

    The inner environment gets the centres of the bins.

    Attributes:
        low: The lower bounds, flattened.
        high: The upper bounds, flattened.
        n_dims: The number of elements.
        multidiscrete: Whether an action is an array of bins, instead of one number for all.
        bins: The number of bins of each element.
        bin_centers: The centres of the bins of each element.
    """

    def __init__(
        self, env: Env[ObsType, ActType], bins: int | tuple[int, ...], multidiscrete: bool = False
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its action space is a bounded Box.
            bins: The number of bins, for all elements or for each.
            multidiscrete: Whether the new space is a MultiDiscrete instead of a Discrete, whose
                actions count through the bins of the last element first.

        Raises:
            TypeError: The action space is not a Box, ``bins`` not integers, or ``env`` not an
                environment.
            ValueError: A bound is infinite, ``bins`` are not as many as elements, one of them is not
                positive, or one number cannot name them all.
        """
        if not isinstance(env.action_space, Box):
            raise TypeError("DiscretizeAction is only compatible with Box continuous actions.")
        self._division = Bins(env.action_space, bins, multidiscrete, "action")
        self.low, self.high = self._division.low, self._division.high
        self.n_dims = self._division.n_dims
        self.multidiscrete = multidiscrete
        RecordConstructorArgs.__init__(self, bins=plain_bins(bins), multidiscrete=multidiscrete)
        ActionWrapper.__init__(self, env)
        self.bins = self._division.counts
        self.bin_centers = [self._division.centers(i) for i in range(self.n_dims)]
        self.action_space = self._division.space

    def action(self, act: Any) -> Any:
        """Returns the centres of the bins.

        Raises:
            plyo.error.InvalidAction: The action names no bins.
        """
        indices = self._division.indices(act)
        if indices is None:
            raise InvalidAction(f"The action {act!r} is not an element of {self.action_space}")
        centers = [own[index] for own, index in zip(self.bin_centers, indices, strict=True)]
        inner: Any = self.env.action_space
        return np.array(centers, dtype=inner.dtype).reshape(inner.shape)

    def revert_action(self, action: Any) -> Any:
        """Returns the bins whose centres are nearest to an action of the inner environment.

        Raises:
            ValueError: A value is NaN, or there are more or fewer than the inner space has.
        """
        flat = self._division.values(action, "action")
        with np.errstate(over="ignore"):
            indices = [
                np.argmin(np.abs(centers - value))
                for centers, value in zip(self.bin_centers, flat, strict=True)
            ]
        if self.multidiscrete:
            return np.array(indices, dtype=int)
        return np.ravel_multi_index(indices, self.bins)
