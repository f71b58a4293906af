"""Wrappers that pass observations through a function."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plyo import spaces
from plyo.basics.integers import is_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObservationWrapper, ObsType, WrapperObsType
from plyo.error import DependencyNotInstalled
from plyo.spaces import Box, Space
from plyo.spaces._box_bounds import dtype_range
from plyo.wrappers._binning import Bins, plain_bins
from plyo.wrappers._filtering import check_dict_keys, check_tuple_indices, filter_dict, filter_tuple
from plyo.wrappers._pictures import check_picture, resize, to_gray
from plyo.wrappers._rescaling import rescale_box

__all__ = [
    "AddRenderObservation",
    "DiscretizeObservation",
    "DtypeObservation",
    "FilterObservation",
    "FlattenObservation",
    "GrayscaleObservation",
    "RescaleObservation",
    "ReshapeObservation",
    "ResizeObservation",
    "TransformObservation",
]


class TransformObservation(ObservationWrapper[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Passes observations through a function.

    Attributes:
        func: The function.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        func: Callable[[Any], Any],
        observation_space: Space[Any] | None,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            func: Gets an observation of the inner environment and returns one of the new space.
            observation_space: The new space, ``None`` for the same.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self, func=func, observation_space=observation_space)
        ObservationWrapper.__init__(self, env)
        if observation_space is not None:
            self.observation_space = observation_space
        self.func = func

    def observation(self, observation: ObsType) -> Any:
        """Applies the function."""
        return self.func(observation)


class FilterObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Keeps some of the entries of a Dict or Tuple observation.

    Attributes:
        filter_keys: The keys or indices to keep.
    """

    def __init__(self, env: Env[ObsType, ActType], filter_keys: Sequence[Any]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observation space is a Dict or a Tuple.
            filter_keys: Keys of the Dict, or indices of the Tuple.

        Raises:
            TypeError: ``filter_keys`` is not a sequence, or its elements are not strings (Dict) or
                integers (Tuple); or ``env`` is not an environment.
            ValueError: There is no such key, an index occurs twice, nothing would stay, or the
                space is of another kind.
        """
        if not isinstance(filter_keys, Sequence):
            raise TypeError(f"Expects `filter_keys` to be a Sequence, actual type: {type(filter_keys)}")
        RecordConstructorArgs.__init__(self, filter_keys=filter_keys)
        space: Any = env.observation_space
        func: Callable[..., Any]
        new_space: Space[Any]
        if isinstance(space, spaces.Dict):
            check_dict_keys(space, filter_keys)
            new_space = spaces.Dict({key: space[key] for key in filter_keys}, sort_keys=space.sort_keys)
            if len(new_space) == 0:
                raise ValueError("The observation space is empty due to filtering all of the keys.")
            func = partial(filter_dict, filter_keys)
        elif isinstance(space, spaces.Tuple):
            check_tuple_indices(space, filter_keys)
            new_space = spaces.Tuple(space[key] for key in filter_keys)
            if len(new_space) == 0:
                raise ValueError("The observation space is empty due to filtering all keys.")
            func = partial(filter_tuple, filter_keys)
        else:
            raise ValueError(
                "FilterObservation wrapper is only usable with `Dict` and `Tuple` observations, "
                f"actual type: {type(space)}"
            )
        super().__init__(env=env, func=func, observation_space=new_space)
        self.filter_keys: Final[Sequence[Any]] = filter_keys


class FlattenObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Flattens observations with :func:`plyo.spaces.flatten`."""

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.

        Raises:
            TypeError: ``env`` is not an environment.
            NotImplementedError: Its observation space is of a kind that cannot be flattened.
        """
        RecordConstructorArgs.__init__(self)
        space = env.observation_space
        super().__init__(
            env=env,
            func=partial(spaces.flatten, space),
            observation_space=spaces.flatten_space(space),
        )


class GrayscaleObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Makes pictures grey: 0.2125 red + 0.7154 green + 0.0721 blue, rounded down.

    Attributes:
        keep_dim: Whether a grey picture has a third axis, of length 1.
    """

    def __init__(self, env: Env[ObsType, ActType], keep_dim: bool = False) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observations are uint8 pictures (height, width, 3).
            keep_dim: Whether the new ones are (height, width, 1) instead of (height, width).

        Raises:
            TypeError: Its observation space is not a Box, or ``env`` is not an environment.
            ValueError: Its observations are not such pictures.
        """
        space = env.observation_space
        if not isinstance(space, Box):
            raise TypeError(f"GrayscaleObservation requires a Box observation space, got {type(space)}")
        if len(space.shape) != 3 or space.shape[-1] != 3:
            raise ValueError(
                f"GrayscaleObservation requires an image with 3 channels, got shape {space.shape}"
            )
        if not (np.all(space.low == 0) and np.all(space.high == 255) and space.dtype == np.uint8):
            raise ValueError("GrayscaleObservation requires observation bounds 0 to 255 and dtype uint8")
        RecordConstructorArgs.__init__(self, keep_dim=keep_dim)
        self.keep_dim: Final[bool] = keep_dim
        shape = space.shape[:2] + ((1,) if keep_dim else ())
        super().__init__(
            env=env,
            func=partial(to_gray, bool(keep_dim)),
            observation_space=Box(low=0, high=255, shape=shape, dtype=np.uint8),
        )


class ResizeObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Resizes pictures with OpenCV, averaging over areas.

    Attributes:
        shape: The new (height, width) in pixels.
        cv2_shape: The same as (width, height).
    """

    def __init__(self, env: Env[ObsType, ActType], shape: tuple[int, int]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observations are uint8 pictures (height, width) or
                (height, width, channels).
            shape: The new (height, width) in pixels.

        Raises:
            TypeError: Its observation space is not a Box, ``shape`` not a tuple of integers, or
                ``env`` not an environment.
            ValueError: Its observations are not such pictures, or ``shape`` is not two positive
                numbers.
            plyo.error.DependencyNotInstalled: There is no OpenCV.
        """
        space = env.observation_space
        check_picture(space)
        assert isinstance(space, Box)
        if not isinstance(shape, tuple):
            raise TypeError(f"ResizeObservation requires shape to be a tuple, got {type(shape)}")
        if len(shape) != 2:
            raise ValueError(f"ResizeObservation requires shape tuple of length 2, got {shape}")
        height, width = _lengths("ResizeObservation", shape, lambda x: x > 0, "greater than 0")
        try:
            import cv2  # noqa: F401
        except ImportError as e:
            raise DependencyNotInstalled(
                "opencv (cv2) is not installed, run `pip install opencv-python`"
            ) from e
        self.shape: Final[tuple[int, int]] = (height, width)
        self.cv2_shape: Final[tuple[int, int]] = (width, height)
        new_space = Box(low=0, high=255, shape=self.shape + space.shape[2:], dtype=np.uint8)
        RecordConstructorArgs.__init__(self, shape=self.shape)
        func = partial(resize, self.cv2_shape, new_space.shape)
        super().__init__(env=env, func=func, observation_space=new_space)


def _lengths(
    wrapper: str, shape: tuple[Any, ...], is_legal: Callable[[int], bool], legal: str
) -> tuple[int, ...]:
    """A shape in Python's integers, checked."""
    if not all(is_integer(length) for length in shape):
        raise TypeError(f"{wrapper} requires shape elements to be integers, got {shape}")
    if not all(is_legal(length) for length in shape):
        raise ValueError(f"{wrapper} requires shape elements to be {legal}, got {shape}")
    return tuple(int(length) for length in shape)


class ReshapeObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Gives observations another shape.

    Attributes:
        shape: That shape.
    """

    def __init__(self, env: Env[ObsType, ActType], shape: int | tuple[int, ...]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observation space is a Box.
            shape: The new shape, a tuple of integers whose product is that of the old one.

        Raises:
            TypeError: Its observation space is not a Box, ``shape`` not a tuple of integers, or
                ``env`` not an environment.
            ValueError: The product differs, or a length is neither positive nor -1.
        """
        space = env.observation_space
        if not isinstance(space, Box):
            raise TypeError(f"ReshapeObservation requires a Box observation space, got {type(space)}")
        if np.prod(shape) != np.prod(space.shape):
            raise ValueError(
                "ReshapeObservation requires the product of the new shape to match the original shape"
            )
        if not isinstance(shape, tuple):
            raise TypeError(f"ReshapeObservation requires shape to be a tuple, got {type(shape)}")
        shape = _lengths("ReshapeObservation", shape, lambda x: x > 0 or x == -1, "greater than 0 or -1")
        new_space = Box(
            low=np.reshape(np.ravel(space.low), shape),
            high=np.reshape(np.ravel(space.high), shape),
            shape=shape,
            dtype=space.dtype,
        )
        self.shape = shape
        RecordConstructorArgs.__init__(self, shape=shape)
        func = partial(_reshape, shape)
        super().__init__(env=env, func=func, observation_space=new_space)


def _reshape(shape: tuple[int, ...], observation: Any) -> NDArray[Any]:
    return np.reshape(observation, shape)


class RescaleObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Maps observations linearly onto other bounds."""

    def __init__(
        self,
        env: Env[ObsType, ActType],
        min_obs: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
        max_obs: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observation space is a Box.
            min_obs: The new lower bound, a number or an array of the space's shape.
            max_obs: The new upper bound, likewise.

        Raises:
            TypeError: The observation space is not a Box, a bound is neither number nor array, or
                ``env`` is not an environment.
            ValueError: A bound is of another shape, infinite where the old one is not or the other
                way round, or above the other.
        """
        if not isinstance(env.observation_space, Box):
            raise TypeError(
                f"RescaleObservation requires a Box observation space, got {type(env.observation_space)}"
            )
        RecordConstructorArgs.__init__(self, min_obs=min_obs, max_obs=max_obs)
        new_space, to_new, _ = rescale_box(env.observation_space, min_obs, max_obs)
        super().__init__(env=env, func=to_new, observation_space=new_space)


class DtypeObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Converts observations to another type.

    Attributes:
        dtype: That type.
    """

    def __init__(self, env: Env[ObsType, ActType], dtype: Any) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observation space is a Box, Discrete, MultiDiscrete or
                MultiBinary.
            dtype: The new type, in any form that NumPy knows.

        Raises:
            TypeError: The observation space is another, or ``env`` is not an environment.
            ValueError: The new type cannot hold all elements of the space.
        """
        space = env.observation_space
        new_space: Space[Any]
        if isinstance(space, Box):
            new_space = Box(low=space.low, high=space.high, shape=space.shape, dtype=dtype)
        elif isinstance(space, spaces.Discrete):
            first, count = int(space.start), int(space.n)
            new_space = Box(low=first, high=first + count - 1, shape=(), dtype=dtype)
        elif isinstance(space, spaces.MultiDiscrete):
            new_space = spaces.MultiDiscrete(space.nvec, dtype=dtype, start=space.start)
        elif isinstance(space, spaces.MultiBinary):
            new_space = Box(low=0, high=1, shape=space.shape, dtype=dtype)
        else:
            raise TypeError(
                "DtypeObservation requires a Box, Discrete, MultiDiscrete, or MultiBinary space, "
                f"got {type(space)}"
            )
        self.dtype = dtype
        RecordConstructorArgs.__init__(self, dtype=dtype)
        assert new_space.dtype is not None
        super().__init__(env=env, func=partial(_to_type, new_space.dtype), observation_space=new_space)


def _to_type(dtype: np.dtype[Any], observation: Any) -> Any:
    """An observation in another type; fractions are cut off where that is one of integers.

    Raises:
        ValueError: The type cannot hold a number, which a cast would make another one of.
    """
    given = np.asarray(observation)
    if dtype.kind != "f" and not np.can_cast(given.dtype, dtype):
        least, most = dtype_range(dtype)
        # exact, as the largest 64-bit integers are no floats
        whole = np.trunc(given) if given.dtype.kind == "f" else given
        numbers = whole.astype(object)
        if not (np.all(whole == whole) and np.all(numbers >= least) and np.all(numbers <= most)):
            raise ValueError(
                f"{dtype} holds {least} to {most}, which the observation leaves: {observation!r}"
            )
    return dtype.type(observation)


class AddRenderObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Observes the picture that :meth:`render` returns, alone or beside the observation.

    Attributes:
        render_key: The key of the picture in a Dict.
        obs_key: The key of an observation that is not a Dict itself.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        render_only: bool = True,
        render_key: str = "pixels",
        obs_key: str = "state",
    ) -> None:
        """Wraps an environment, resets it, and renders it once to learn the shape of its pictures.

        Args:
            env: The environment inside, with a render mode that returns uint8 arrays, as ``"rgb_array"`` does.
            render_only: Whether the picture is all of the new observation, a Box from 0 to 255. Otherwise it is an
                entry of a Dict: one more if the observations are Dicts already, else beside the observation.
            render_key: The key of the picture.
            obs_key: The key of the observation.

        Raises:
            ValueError: The render mode is ``None`` or ``"human"``, or ``render_key`` is taken.
            TypeError: ``render`` returns no array.
        """
        RecordConstructorArgs.__init__(self, render_only=render_only, render_key=render_key, obs_key=obs_key)
        if env.render_mode is None or env.render_mode == "human":
            raise ValueError(
                "AddRenderObservation requires render_mode to be not None and not 'human', "
                f"got {env.render_mode}"
            )
        env.reset()
        pixels: Any = env.render()
        if not isinstance(pixels, np.ndarray):
            raise TypeError(
                f"AddRenderObservation expects env.render() to return a numpy array, got {type(pixels)}"
            )
        self.render_key: Final[str] = render_key
        self.obs_key: Final[str] = obs_key
        inner = env.observation_space
        pictures = Box(low=0, high=255, shape=pixels.shape, dtype=np.uint8)
        new_space: Space[Any] = pictures
        func: Callable[[Any], Any] = self._picture
        if not render_only and isinstance(inner, spaces.Dict):
            if render_key in inner.spaces:
                raise ValueError(
                    f"AddRenderObservation render_key '{render_key}' already exists in the observation space"
                )
            new_space = spaces.Dict({render_key: pictures, **inner.spaces}, sort_keys=inner.sort_keys)
            func = self._extended
        elif not render_only:
            new_space = spaces.Dict({obs_key: inner, render_key: pictures})
            func = self._both
        super().__init__(env=env, func=func, observation_space=new_space)

    def _picture(self, observation: Any) -> Any:
        return self.render()

    def _extended(self, observation: dict[str, Any]) -> dict[str, Any]:
        return {self.render_key: self.render(), **observation}

    def _both(self, observation: Any) -> dict[str, Any]:
        return {self.obs_key: observation, self.render_key: self.render()}


class DiscretizeObservation(TransformObservation[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Divides each element of a bounded Box of observations into bins of the same width.

    Attributes:
        low: The lower bounds, flattened.
        high: The upper bounds, flattened.
        n_dims: The number of elements.
        multidiscrete: Whether an observation is an array of bins, instead of one number for all.
        bins: The number of bins of each element.
        bin_edges: The edges between the bins of each element.
    """

    def __init__(
        self, env: Env[ObsType, ActType], bins: int | tuple[int, ...], multidiscrete: bool = False
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; its observation space is a bounded Box.
            bins: The number of bins, for all elements or for each.
            multidiscrete: Whether the new space is a MultiDiscrete instead of a Discrete, whose
                observations count through the bins of the last element first.

        Raises:
            TypeError: The observation space is not a Box, ``bins`` not integers, or ``env`` not an
                environment.
            ValueError: A bound is infinite, ``bins`` are not as many as elements, one of them is not
                positive, or one number cannot name them all.
        """
        if not isinstance(env.observation_space, Box):
            raise TypeError("DiscretizeObservation is only compatible with Box continuous observations.")
        self._division = Bins(env.observation_space, bins, multidiscrete, "observation")
        self.low, self.high = self._division.low, self._division.high
        self.n_dims = self._division.n_dims
        self.multidiscrete = multidiscrete
        RecordConstructorArgs.__init__(self, bins=plain_bins(bins), multidiscrete=multidiscrete)
        ObservationWrapper.__init__(self, env)
        self.bins = self._division.counts
        self.bin_edges = [self._division.edges(i)[1:-1] for i in range(self.n_dims)]
        self._edge_lists = [edges.tolist() for edges in self.bin_edges]
        self.observation_space = self._division.space

    def observation(self, observation: Any) -> Any:
        """Returns the bins of an observation; values beyond a bound are in the bin beside it.

        Raises:
            ValueError: A value is NaN, or there are more or fewer than the inner space has.
        """
        values = self._division.values(observation, "observation")
        indices = [bisect_right(*pair) for pair in zip(self._edge_lists, values, strict=True)]
        if self.multidiscrete:
            return np.array(indices, dtype=np.int64)
        number = 0
        for edges, index in zip(self._edge_lists, indices, strict=True):
            number = number * (len(edges) + 1) + index
        return number

    def revert_observation(self, obs: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Returns the lower and the upper edges of the bins that an observation names.

        Raises:
            ValueError: It names no type.
        """
        indices = self._division.indices(obs)
        if indices is None:
            raise ValueError(f"{obs!r} is not an element of {self.observation_space}")
        edges = [self._division.edges(i) for i in range(len(indices))]
        dtype = self.env.observation_space.dtype
        return (
            np.array([e[index] for e, index in zip(edges, indices, strict=True)], dtype=dtype),
            np.array([e[index + 1] for e, index in zip(edges, indices, strict=True)], dtype=dtype),
        )
