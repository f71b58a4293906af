"""Wrappers that change the actions of a batch with a function."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.core import ActType, Env, ObsType, WrapperActType
from plyo.spaces import Space
from plyo.vector.utils import batch_space, concatenate, create_empty_array, iterate
from plyo.vector.vector_env import ArrayType, VectorActionWrapper, VectorEnv
from plyo.wrappers import transform_action
from plyo.wrappers._rescaling import division_of
from plyo.wrappers.vector._batches import is_batch, settle
from plyo.wrappers.vector._fusing import Fusible, Stage, fused

__all__ = ["ClipAction", "RescaleAction", "TransformAction", "VectorizeTransformAction"]


class TransformAction(VectorActionWrapper[ObsType, WrapperActType, ActType, ArrayType]):
    """Changes the actions of the whole batch with a function.

    For a function of one action use :class:`VectorizeTransformAction`.

    Attributes:
        func: The function.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        func: Callable[[WrapperActType], ActType],
        action_space: Space[Any] | None = None,
        single_action_space: Space[Any] | None = None,
    ) -> None:
        """Wraps a batch; warns if the two spaces do not fit.

        Args:
            env: The batch.
            func: Takes batched actions and returns the actions for ``env``.
            action_space: The space of the actions that ``func`` takes. If None, made of ``single_action_space``, or the
                space of ``env``.
            single_action_space: The space of one element of it. If None, the space of ``env``.
        """
        super().__init__(env)
        if single_action_space is not None:
            self.single_action_space = single_action_space
        if action_space is not None:
            self.action_space = action_space
        elif single_action_space is not None:
            self.action_space = batch_space(single_action_space, self.num_envs)
        batched = batch_space(self.single_action_space, self.num_envs)
        if self.action_space != batched:
            logger.warn(
                f"For {env}, the action space and the batched single action space don't match as expected, "
                f"action_space={env.action_space}, batched single_action_space={batched}"
            )
        self.func = func

    def actions(self, actions: WrapperActType) -> ActType:
        """Calls the function."""
        return self.func(actions)


class VectorizeTransformAction(VectorActionWrapper[ObsType, WrapperActType, ActType, ArrayType]):
    """Changes every action of a batch with an action wrapper of single environments.

    Attributes:
        wrapper: The wrapper of a single environment.
        same_out: Whether the action space stays the same.
    """

    class _SingleEnv(Env[Any, Any]):
        """Replaces the environment that the wrapper changes."""

        def __init__(self, action_space: Space[Any]) -> None:
            self.action_space = action_space

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        wrapper: type[transform_action.TransformAction[Any, Any, Any]],
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
        self.wrapper = wrapper(self._SingleEnv(self.env.single_action_space), **kwargs)
        self.single_action_space = self.wrapper.action_space
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.same_out = self.action_space == self.env.action_space

    @cached_property
    def out(self) -> Any:
        """The array in which changed actions are gathered before they are copied."""
        return create_empty_array(self.env.single_action_space, self.num_envs)

    def actions(self, actions: WrapperActType) -> ActType:
        """Changes actions one by one and gathers them in a batch of their own."""
        space, changed = self.env.single_action_space, self.wrapper.action
        rows = tuple(changed(row) for row in iterate(self.action_space, actions))
        if self.same_out:  # the type of the actions stays, even if the space has another
            return concatenate(space, rows, deepcopy(actions))  # type: ignore[no-any-return]
        return deepcopy(concatenate(space, rows, self.out))  # type: ignore[no-any-return]


class _WholeBatchAction(Fusible, VectorizeTransformAction[ObsType, WrapperActType, ActType, ArrayType]):
    """Changes arrays of actions as a whole, others one by one; for functions that spread over the first axis."""

    step = fused(VectorActionWrapper.step)

    def _linear_stage(self, name: str, numbers: tuple[NDArray[Any], NDArray[Any]] | None) -> Stage | None:
        """A stage with two numbers for each element of an action of real numbers."""
        space = self.env.single_action_space
        if numbers is None or space.dtype not in (np.float32, np.float64):
            return None
        pins = ((self, "wrapper", self.wrapper), (self.wrapper, "func", self.wrapper.func))
        return Stage(name, (*numbers, space.dtype.name), pins=pins)

    def actions(self, actions: WrapperActType) -> ActType:
        """Changes actions, at once if possible."""
        if is_batch(self.single_action_space, actions, self.num_envs):
            array: NDArray[Any] = actions  # type: ignore[assignment]
            dtype = array.dtype if self.same_out else self.env.single_action_space.dtype
            changed = settle(self.wrapper.action(array), array, dtype)
            if changed is not None:
                return changed  # type: ignore[return-value]
        return super().actions(actions)


class ClipAction(_WholeBatchAction[ObsType, WrapperActType, ActType, ArrayType]):
    """Clips actions to the bounds of the action space; the wrapper's own space is unbounded."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with ``Box`` actions.

        Raises:
            TypeError: The actions are not a box.
        """
        super().__init__(env, transform_action.ClipAction)

    def _stage(self) -> Stage | None:
        return self._linear_stage("clip_action", transform_action.clip_bounds(self.wrapper))


class RescaleAction(_WholeBatchAction[ObsType, WrapperActType, ActType, ArrayType]):
    """Maps actions linearly from the given bounds to those of the action space."""

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        min_action: float | int | NDArray[Any],
        max_action: float | int | NDArray[Any],
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with ``Box`` actions.
            min_action: The lower bounds of the wrapper's own actions.
            max_action: The upper bounds.

        Raises:
            TypeError, ValueError: The actions are not a box, or the bounds do not fit.
            plyo.error.InvalidBound: A lower bound equals the upper one.
        """
        super().__init__(env, transform_action.RescaleAction, min_action=min_action, max_action=max_action)

    def _stage(self) -> Stage | None:
        return self._linear_stage("rescale_action", division_of(self.wrapper.func))
