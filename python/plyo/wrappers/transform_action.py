"""Wrappers that pass actions through a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActionWrapper, ActType, Env, ObsType, WrapperActType
from plyo.error import InvalidBound
from plyo.spaces import Box, Space
from plyo.wrappers._binning import bins_of_each, flat_bounds, space_of_bins
from plyo.wrappers.utils import rescale_box

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
    """Clips actions to the bounds of the inner environment; the new space has none."""

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
        super().__init__(
            env=env,
            func=partial(_clip, low=space.low, high=space.high),
            action_space=Box(-np.inf, np.inf, shape=space.shape, dtype=space.dtype),
        )


def _clip(action: Any, low: NDArray[Any], high: NDArray[Any]) -> Any:
    # numpy.clip without its detour through Python
    return np.minimum(np.maximum(action, low), high)


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
            TypeError: The action space is not a Box, or ``env`` not an environment.
            ValueError: A bound is infinite, or ``bins`` are not as many as elements.
        """
        if not isinstance(env.action_space, Box):
            raise TypeError("DiscretizeAction is only compatible with Box continuous actions.")
        self.low, self.high = flat_bounds(env.action_space, "action")
        self.n_dims = int(self.low.size)
        self.multidiscrete = multidiscrete
        RecordConstructorArgs.__init__(self, bins=bins, multidiscrete=multidiscrete)
        ActionWrapper.__init__(self, env)
        self.bins = bins_of_each(bins, self.n_dims)

        self.bin_centers = []
        for low, high, count in zip(self.low, self.high, self.bins, strict=True):
            edges = np.linspace(low, high, count + 1)
            self.bin_centers.append(0.5 * (edges[:-1] + edges[1:]))
        self.action_space = space_of_bins(self.bins, multidiscrete)

    def action(self, act: Any) -> Any:
        """Returns the centre of the bins; numbers beyond the last bin mean the last."""
        indices = np.asarray(act, dtype=int) if self.multidiscrete else self._unflatten(act)
        centers = [
            self.bin_centers[i][min(max(index, 0), self.bins[i] - 1)] for i, index in enumerate(indices)
        ]
        inner: Any = self.env.action_space
        return np.array(centers, dtype=inner.dtype).reshape(inner.shape)

    def revert_action(self, action: Any) -> Any:
        """Returns the bins whose centres are nearest to an action of the inner environment."""
        flat = np.ravel(action)
        indices = [np.argmin(np.abs(centers - flat[i])) for i, centers in enumerate(self.bin_centers)]
        if self.multidiscrete:
            return np.array(indices, dtype=int)
        return np.ravel_multi_index(indices, self.bins)

    def _unflatten(self, number: Any) -> list[Any]:
        """The bin of each element."""
        indices = []
        for count in reversed(self.bins):
            indices.append(number % count)
            number = number // count
        return indices[::-1]
