"""Wrappers that change the observations of a batch with a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.core import ActType, Env, ObsType, WrapperObsType
from plyo.spaces import Space
from plyo.vector.utils import batch_space, concatenate, create_empty_array, iterate
from plyo.vector.vector_env import ArrayType, VectorEnv
from plyo.wrappers import transform_observation
from plyo.wrappers._rescaling import product_of
from plyo.wrappers.vector._batch_flatten import BatchFlattener
from plyo.wrappers.vector._batches import is_array_space, is_batch, settle
from plyo.wrappers.vector._fusing import STAGE_DTYPES, Fusible, Stage, fused, shown
from plyo.wrappers.vector._observation import AnyModeObservationWrapper

__all__ = [
    "DtypeObservation",
    "FilterObservation",
    "FlattenObservation",
    "GrayscaleObservation",
    "RescaleObservation",
    "ReshapeObservation",
    "ResizeObservation",
    "TransformObservation",
    "VectorizeTransformObservation",
]


class TransformObservation(AnyModeObservationWrapper[WrapperObsType, ActType, ObsType, ArrayType]):
    """Changes the observations of the whole batch with a function.

    For a function of one observation use :class:`VectorizeTransformObservation`. Where episodes end in the step that
    resets, the function is called a second time, with the final observations in their places in the batch.

    Attributes:
        func: The function.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        func: Callable[[ObsType], WrapperObsType],
        observation_space: Space[Any] | None = None,
        single_observation_space: Space[Any] | None = None,
    ) -> None:
        """Wraps a batch; warns if the two spaces do not fit.

        Args:
            env: The batch.
            func: Takes and returns batched observations.
            observation_space: The space of the results of ``func``. If None, made of ``single_observation_space``, or
                the space of ``env``.
            single_observation_space: The space of one element of it. If None, the space of ``env``.

        Raises:
            ValueError: ``metadata["autoreset_mode"]`` is not an :class:`~plyo.vector.AutoresetMode`.
        """
        super().__init__(env)
        if single_observation_space is not None:
            self.single_observation_space = single_observation_space
        if observation_space is not None:
            self.observation_space = observation_space
        elif single_observation_space is not None:
            self.observation_space = batch_space(single_observation_space, self.num_envs)
        batched = batch_space(self.single_observation_space, self.num_envs)
        if self.observation_space != batched:
            logger.warn(
                f"For {env}, the observation space and the batched single observation space don't match as expected, "
                f"observation_space={env.observation_space}, batched single_observation_space={batched}"
            )
        self.func = func

    def observations(self, observations: ObsType) -> WrapperObsType:
        """Calls the function."""
        return self.func(observations)

    def _with_finals(
        self, observations: ObsType, finals: list[Any], ended: NDArray[np.intp]
    ) -> tuple[WrapperObsType, list[Any]]:
        """Calls the function for the observations, and for a batch with the final ones in it."""
        changed = self.func(observations)
        changed_finals = self.func(self._place_finals(observations, finals, ended))
        if isinstance(changed_finals, np.ndarray):
            return changed, list(changed_finals[ended])
        rows = list(iterate(self.observation_space, changed_finals))
        return changed, [deepcopy(rows[lane]) for lane in ended]

    def _place_finals(self, observations: Any, finals: list[Any], ended: NDArray[np.intp]) -> Any:
        """A batch with the final observations in place of the first of the next episodes."""
        if isinstance(observations, np.ndarray):
            batch = observations.copy()
            batch[ended] = finals
            return batch
        space = self.env.single_observation_space
        rows = list(iterate(self.env.observation_space, observations))
        for lane, final in zip(ended, finals, strict=True):
            rows[lane] = final
        return concatenate(space, rows, create_empty_array(space, self.num_envs))


class VectorizeTransformObservation(AnyModeObservationWrapper[WrapperObsType, ActType, ObsType, ArrayType]):
    """Changes every observation of a batch with an observation wrapper of single environments.

    It is the base of the wrappers of this module that have a counterpart for single environments. They change the
    batch as a whole if it consists of arrays.

    Attributes:
        wrapper: The wrapper of a single environment.
        same_out: Whether the observation space stays the same.
    """

    class _SingleEnv(Env[Any, Any]):
        """Replaces the environment that the wrapper changes."""

        def __init__(self, observation_space: Space[Any]) -> None:
            self.observation_space = observation_space

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        wrapper: type[transform_observation.TransformObservation[Any, Any, Any]],
        **kwargs: Any,
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch.
            wrapper: The wrapper for one environment.
            **kwargs: Its arguments except ``env``.

        Raises:
            ValueError: ``metadata["autoreset_mode"]`` is not an :class:`~plyo.vector.AutoresetMode`.
            Exception: An error of ``wrapper``.
        """
        super().__init__(env)
        self.wrapper = wrapper(self._SingleEnv(self.env.single_observation_space), **kwargs)
        self.single_observation_space = self.wrapper.observation_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.same_out = self.observation_space == self.env.observation_space

    @cached_property
    def out(self) -> Any:
        """The array in which changed observations are gathered before they are copied."""
        return create_empty_array(self.single_observation_space, self.num_envs)

    def observations(self, observations: ObsType) -> WrapperObsType:
        """Changes observations one by one and gathers them in a batch of their own."""
        space, changed = self.single_observation_space, self.wrapper.observation
        rows = tuple(changed(row) for row in iterate(self.env.observation_space, observations))
        if self.same_out:  # the type of the observations stays, even if the space has another
            return concatenate(space, rows, deepcopy(observations))  # type: ignore[no-any-return]
        return deepcopy(concatenate(space, rows, self.out))  # type: ignore[no-any-return]

    def _with_finals(
        self, observations: ObsType, finals: list[Any], ended: NDArray[np.intp]
    ) -> tuple[WrapperObsType, list[Any]]:
        """Changes observations as a batch, final ones singly."""
        return self.observations(observations), [self.wrapper.observation(final) for final in finals]


class _WholeBatchObservation(VectorizeTransformObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Changes batches of arrays as a whole; others one by one.

    A subclass implements :meth:`_whole`.
    """

    def observations(self, observations: ObsType) -> WrapperObsType:
        """Changes observations, at once if possible."""
        if is_batch(self.env.single_observation_space, observations, self.num_envs):
            changed = self._whole(observations)
            if changed is not None:
                return changed  # type: ignore[no-any-return]
        return super().observations(observations)

    def _whole(self, observations: Any) -> Any:
        """The changed batch, in arrays of its own; None if the rows must be changed one by one."""
        raise NotImplementedError

    def _settle(self, result: Any, observations: NDArray[Any]) -> NDArray[Any] | None:
        """A changed array, of its own and of the type that changing row by row comes to."""
        dtype = observations.dtype if self.same_out else self.single_observation_space.dtype
        return settle(result, observations, dtype)


class _FusibleObservation(Fusible, _WholeBatchObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """One that the engine can run."""

    step = fused(AnyModeObservationWrapper.step)

    def _made_of_function(self, name: str, arguments: tuple[Any, ...] | None = None) -> Stage | None:
        """A stage that stands for the function of the single wrapper."""
        space = self.single_observation_space
        if arguments is None or space.shape is None or space.dtype is None:
            return None
        pins = (
            (self, "single_observation_space", space),
            (self, "wrapper", self.wrapper),
            (self.wrapper, "func", self.wrapper.func),
        )
        return Stage(name, arguments, shown(space), pins)


class FilterObservation(_WholeBatchObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Keeps some parts of ``Dict`` or ``Tuple`` observations."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType], filter_keys: Sequence[str | int]) -> None:
        """Wraps a batch.

        Args:
            env: The batch.
            filter_keys: The parts to keep: strings for ``Dict``, integers for ``Tuple``.

        Raises:
            TypeError, ValueError: As :class:`plyo.wrappers.FilterObservation` does.
        """
        super().__init__(env, transform_observation.FilterObservation, filter_keys=filter_keys)

    def _whole(self, observations: Any) -> Any:
        """Copies the parts that are kept."""
        if self.same_out:
            return deepcopy(observations)
        return _copy_parts(self.single_observation_space, self.wrapper.observation(observations))


class FlattenObservation(_FusibleObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Flattens observations: arrays of shape ``(num_envs, flatdim)``."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch, of any space that :func:`plyo.spaces.utils.flatten` knows."""
        super().__init__(env, transform_observation.FlattenObservation)
        space = self.env.single_observation_space
        self._flattener: BatchFlattener | None = None
        if is_array_space(space):
            self._flattener = BatchFlattener(space, self.single_observation_space, self.num_envs)

    def _whole(self, observations: Any) -> Any:
        """Flattens into one array."""
        if self._flattener is None:
            return None
        flat = self._flattener.flatten(observations)
        return self._settle(flat, observations) if self.same_out else flat

    def _stage(self) -> Stage | None:
        if self._flattener is None or self.single_observation_space.dtype is None:
            return None
        return self._made_of_function("flatten_observation", (self.single_observation_space.dtype.name,))


class GrayscaleObservation(_WholeBatchObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Turns RGB images into grey ones."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType], keep_dim: bool = False) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with observations of shape ``(height, width, 3)``, uint8 from 0 to 255.
            keep_dim: Whether the last axis stays, with length 1.

        Raises:
            TypeError, ValueError: The observations are something else.
        """
        super().__init__(env, transform_observation.GrayscaleObservation, keep_dim=keep_dim)

    def _whole(self, observations: Any) -> Any:
        """Weighs the channels, the last axis."""
        return self._settle(self.wrapper.observation(observations), observations)


class ResizeObservation(VectorizeTransformObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Resizes images, with OpenCV."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType], shape: tuple[int, ...]) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with observations of shape ``(height, width)`` or ``(height, width, channels)``, uint8
                from 0 to 255.
            shape: The new height and width in pixels.

        Raises:
            plyo.error.DependencyNotInstalled: OpenCV is missing.
            TypeError, ValueError: The observations or the shape are something else.
        """
        super().__init__(env, transform_observation.ResizeObservation, shape=shape)


class ReshapeObservation(_WholeBatchObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Gives observations another shape."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType], shape: int | tuple[int, ...]) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with ``Box`` observations.
            shape: The new shape of one observation.

        Raises:
            TypeError, ValueError: The observations are not a box, or have another number of elements.
        """
        super().__init__(env, transform_observation.ReshapeObservation, shape=shape)

    def _whole(self, observations: Any) -> Any:
        """Reshapes all axes except the first."""
        shape: tuple[int, ...] = self.single_observation_space.shape or ()
        return self._settle(np.reshape(observations, (self.num_envs, *shape)), observations)


class RescaleObservation(_FusibleObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Maps the bounds of observations linearly to others."""

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        min_obs: float | np.floating[Any] | np.integer[Any] | NDArray[Any],
        max_obs: float | np.floating[Any] | np.integer[Any] | NDArray[Any],
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with ``Box`` observations.
            min_obs: The new lower bounds; infinite where the old ones are.
            max_obs: The new upper bounds; infinite where the old ones are.

        Raises:
            TypeError, ValueError: The observations are not a box, or the bounds do not fit.
        """
        super().__init__(env, transform_observation.RescaleObservation, min_obs=min_obs, max_obs=max_obs)

    def _whole(self, observations: Any) -> Any:
        """Scales and shifts; the bounds are spread over the first axis."""
        return self._settle(self.wrapper.observation(observations), observations)

    def _stage(self) -> Stage | None:
        numbers, dtype = product_of(self.wrapper.func), self.env.single_observation_space.dtype
        if numbers is None or dtype != self.single_observation_space.dtype:
            return None
        return self._made_of_function("rescale_observation", (*numbers, dtype.name))


class DtypeObservation(_FusibleObservation[WrapperObsType, ActType, ObsType, ArrayType]):
    """Gives observations another dtype.

    ``bfloat16`` of the package ml_dtypes is one of them. No space has this dtype: the spaces are those of float32.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType], dtype: Any) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with ``Box``, ``Discrete``, ``MultiDiscrete`` or ``MultiBinary`` observations.
            dtype: The new dtype: a NumPy type, a dtype or its name.

        Raises:
            TypeError: The observations are something else.
        """
        self._bfloat16 = _to_bfloat16(dtype)
        known = dtype if self._bfloat16 is None else np.float32
        super().__init__(env, transform_observation.DtypeObservation, dtype=known)

    def observations(self, observations: ObsType) -> WrapperObsType:
        """Converts observations, at once if possible."""
        return self._rounded(super().observations(observations))  # type: ignore[no-any-return]  # an array of them

    def _with_finals(
        self, observations: ObsType, finals: list[Any], ended: NDArray[np.intp]
    ) -> tuple[WrapperObsType, list[Any]]:
        changed, changed_finals = super()._with_finals(observations, finals, ended)
        return changed, [self._rounded(final) for final in changed_finals]

    def _rounded(self, observations: Any) -> Any:
        """float32 numbers as those of bfloat16, where that is the dtype."""
        return observations if self._bfloat16 is None else observations.astype(self._bfloat16)

    def _whole(self, observations: Any) -> Any:
        """Converts all elements."""
        return self._settle(self.wrapper.observation(observations), observations)

    def _stage(self) -> Stage | None:
        dtype = self.single_observation_space.dtype if self._bfloat16 is None else self._bfloat16
        if dtype is None or dtype.name not in STAGE_DTYPES:
            return None
        stage = self._made_of_function("dtype_observation", (dtype.name,))
        if stage is None or stage.shows is None:
            return None
        return stage._replace(shows=(dtype, dtype.name, stage.shows[2]))


def _to_bfloat16(dtype: Any) -> np.dtype[Any] | None:
    """The dtype bfloat16 if it is meant: by its name, which NumPy knows once ml_dtypes is imported, or by itself."""
    try:
        made = np.dtype(dtype)
    except TypeError:
        return None  # an error that the single wrapper raises
    return made if made.name == "bfloat16" else None


def _copy_parts(space: Space[Any], batch: Any) -> Any:
    """A copy of a batch in the types of its space; None where a type needs a cast that NumPy does not make.

    Args:
        space: The space of one element, a ``Dict`` or ``Tuple``, or a part of one.
        batch: The batch: arrays in dictionaries and tuples.
    """
    if isinstance(batch, np.ndarray):
        return settle(batch, batch, space.dtype)
    copied: Any
    if isinstance(batch, dict):
        copied = {key: _copy_parts(part, batch[key]) for key, part in space.spaces.items()}  # type: ignore[attr-defined]
        parts = copied.values()
    else:
        pairs = zip(space.spaces, batch, strict=True)  # type: ignore[attr-defined]
        parts = copied = tuple(_copy_parts(part, items) for part, items in pairs)
    return None if any(part is None for part in parts) else copied
