"""Wrappers that change observations and remember earlier ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any, Final, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from plyo import spaces
from plyo.basics.floats import to_float
from plyo.basics.integers import is_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObservationWrapper, ObsType, Wrapper, WrapperObsType
from plyo.spaces import Box, Space
from plyo.vector.utils import batch_space, concatenate, create_empty_array
from plyo.wrappers._normalizing import Normalizing, check_epsilon
from plyo.wrappers._running_mean_std import RunningMeanStd
from plyo.wrappers.common import TimeLimit
from plyo.wrappers.utils import create_zero_array

__all__ = [
    "DelayObservation",
    "FrameStackObservation",
    "MaxAndSkipObservation",
    "NormalizeObservation",
    "TimeAwareObservation",
]


class DelayObservation(ObservationWrapper[ObsType, ActType, ObsType], RecordConstructorArgs):
    """Returns each observation a number of steps late, and zeros at first.

    Attributes:
        delay: That number.
        observation_queue: The observations that are still to be returned.
    """

    def __init__(self, env: Env[ObsType, ActType], delay: int) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            delay: In steps, at least 0.

        Raises:
            TypeError: ``delay`` is not an integer, or ``env`` not an environment.
            ValueError: ``delay`` is negative.
        """
        if not is_integer(delay):
            raise TypeError(f"The delay is expected to be an integer, actual type: {type(delay)}")
        if delay < 0:
            raise ValueError(f"The delay needs to be greater than zero, actual value: {delay}")
        RecordConstructorArgs.__init__(self, delay=int(delay))
        ObservationWrapper.__init__(self, env)
        self.delay: Final[int] = int(delay)
        self.observation_queue: Final[deque[ObsType]] = deque()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment and forgets its earlier observations."""
        self.observation_queue.clear()
        return super().reset(seed=seed, options=options)

    def observation(self, observation: ObsType) -> ObsType:
        """Returns the observation of some steps ago."""
        self.observation_queue.append(observation)
        if len(self.observation_queue) > self.delay:
            return self.observation_queue.popleft()
        zeros: ObsType = create_zero_array(self.observation_space)
        return zeros


class TimeAwareObservation(ObservationWrapper[WrapperObsType, ActType, ObsType], RecordConstructorArgs):
    """Adds the number of steps since the reset to observations.

    A Dict gets it as one more entry, a Tuple as its last element; anything else becomes a Dict of
    ``"obs"`` and ``"time"``. All this is then flattened, if that is wanted.

    Attributes:
        flatten: Whether observations are flattened.
        normalize_time: Whether time goes from 0 to 1.
        max_timesteps: The time limit in steps.
        timesteps: The number of steps since the reset.
    """

    max_timesteps: int

    def __init__(
        self,
        env: Env[ObsType, ActType],
        flatten: bool = True,
        normalize_time: bool = False,
        *,
        dict_time_key: str = "time",
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, which has a time limit.
            flatten: Whether to flatten observations with :func:`plyo.spaces.flatten`.
            normalize_time: Whether to divide time by the limit: float32 instead of int32.
            dict_time_key: The key of time in a Dict.

        Raises:
            ValueError: There is no time limit, or the Dict has such a key already.
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(
            self, flatten=flatten, normalize_time=normalize_time, dict_time_key=dict_time_key
        )
        ObservationWrapper.__init__(self, env)
        self.flatten: Final[bool] = flatten
        self.normalize_time: Final[bool] = normalize_time
        self.max_timesteps = _time_limit(env)
        self.timesteps = 0
        time_space: Space[Any] = (
            Box(0.0, 1.0) if normalize_time else Box(0, self.max_timesteps, dtype=np.int32)
        )
        space, self._add_time = add_time_to(env.observation_space, time_space, dict_time_key)
        self._unflattened_space: Space[Any] = space
        self.observation_space = spaces.flatten_space(space) if flatten else space

    def observation(self, observation: ObsType) -> WrapperObsType:
        """Adds the time."""
        time = (
            np.array([self.timesteps / self.max_timesteps], dtype=np.float32)
            if self.normalize_time
            else np.array([self.timesteps], dtype=np.int32)
        )
        extended = self._add_time(observation, time)
        result: Any = spaces.flatten(self._unflattened_space, extended) if self.flatten else extended
        return result  # type: ignore[no-any-return]  # an element of the new space

    def step(self, action: ActType) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and adds the time to the observation."""
        self.timesteps += 1
        return super().step(action)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner environment and the time."""
        self.timesteps = 0
        return super().reset(seed=seed, options=options)


def _time_limit(env: Env[Any, Any]) -> int:
    """The time limit of an environment in steps, from its spec, its wrappers or a native task inside."""
    if env.spec is not None and env.spec.max_episode_steps is not None:
        return env.spec.max_episode_steps
    while isinstance(env, Wrapper):
        if isinstance(env, TimeLimit):
            return env._max_episode_steps
        env = env.env
    native = getattr(env, "_max_episode_steps", None)
    if native is not None:
        return int(native)
    raise ValueError(
        "The environment must be wrapped by a TimeLimit wrapper or the spec specify a `max_episode_steps`."
    )


def add_time_to(
    space: Space[Any], time_space: Space[Any], dict_time_key: str
) -> tuple[Space[Any], Callable[[Any, NDArray[Any]], Any]]:
    """A space of observations with their time, and the function from an observation and its time to an element.

    Raises:
        ValueError: A Dict has the key already.
    """
    if isinstance(space, spaces.Dict):
        if dict_time_key in space.keys():  # noqa: SIM118  # a space contains observations, not keys
            raise ValueError(
                f"The `dict_time_key` ({dict_time_key!r}) already exists in the observation space."
            )
        entries = {dict_time_key: time_space, **space.spaces}
        return spaces.Dict(entries, sort_keys=space.sort_keys), partial(_add_to_dict, dict_time_key)
    if isinstance(space, spaces.Tuple):
        return spaces.Tuple((*space.spaces, time_space)), _add_to_tuple
    return spaces.Dict(obs=space, time=time_space), _make_dict


def _add_to_dict(key: str, observation: Any, time: NDArray[Any]) -> Any:
    return {key: time, **observation}


def _add_to_tuple(observation: Any, time: NDArray[Any]) -> Any:
    return (*observation, time)


def _make_dict(observation: Any, time: NDArray[Any]) -> Any:
    return {"obs": observation, "time": time}


class FrameStackObservation(Wrapper[WrapperObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Stacks the latest observations along a new first axis, the newest last.

    Attributes:
        stack_size: The number of observations.
        padding_type: The replacement for observations before the reset: ``"reset"``, ``"zero"`` or
            ``"_custom"``.
        padding_value: The present one.
        obs_queue: The latest observations.
        stacked_obs: The array that they were stacked in last.
    """

    def __init__(
        self, env: Env[ObsType, ActType], stack_size: int, *, padding_type: str | ObsType = "reset"
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            stack_size: The number of observations, at least 1.
            padding_type: The filling of the stack at a reset: ``"reset"`` the first observation,
                ``"zero"`` zeros, or an observation.

        Raises:
            TypeError: ``stack_size`` is not an integer, or ``env`` not an environment.
            ValueError: ``stack_size`` is not positive, or ``padding_type`` none of the three.
        """
        if not is_integer(stack_size):
            raise TypeError(f"The stack_size is expected to be an integer, actual type: {type(stack_size)}")
        if stack_size <= 0:
            raise ValueError(f"The stack_size needs to be greater than zero, actual value: {stack_size}")
        stack_size = int(stack_size)
        RecordConstructorArgs.__init__(self, stack_size=stack_size, padding_type=padding_type)
        Wrapper.__init__(self, env)
        space = env.observation_space
        self.padding_type, self.padding_value = padding_of(space, padding_type)
        self.observation_space = batch_space(space, n=stack_size)
        self.stack_size: Final[int] = stack_size
        self.obs_queue: deque[Any] = deque([self.padding_value] * stack_size, maxlen=stack_size)
        self.stacked_obs = create_empty_array(space, n=stack_size)

    def step(self, action: ActType) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and pushes its observation onto the stack."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.obs_queue.append(observation)
        return self._stack(), reward, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner environment and fills the stack."""
        observation, info = self.env.reset(seed=seed, options=options)
        if self.padding_type == "reset":
            self.padding_value = observation
        self.obs_queue.extend([self.padding_value] * (self.stack_size - 1))
        self.obs_queue.append(observation)
        return self._stack(), info

    def _stack(self) -> Any:
        """The stack as new objects."""
        stacked = concatenate(self.env.observation_space, tuple(self.obs_queue), self.stacked_obs)
        if type(stacked) is np.ndarray and stacked.dtype != object:
            return stacked.copy()
        return deepcopy(stacked)


def padding_of(space: Space[Any], padding_type: Any) -> tuple[str, Any]:
    """The name of a way to pad, and its first value."""
    if isinstance(padding_type, str) and padding_type in ("reset", "zero"):
        return padding_type, create_zero_array(space)
    if padding_type in space:
        return "_custom", padding_type
    complaint = (
        "Unexpected `padding_type`, expected 'reset', 'zero' or a custom observation space, "
        f"actual value: {padding_type!r}"
    )
    if isinstance(padding_type, str):
        raise ValueError(complaint)
    raise ValueError(f"{complaint} not an instance of env observation ({space})")


class NormalizeObservation(
    ObservationWrapper[WrapperObsType, ActType, ObsType], Normalizing, RecordConstructorArgs
):
    """Standardises observations with the mean and the variance of all observations so far.

    Attributes:
        obs_rms: These moments.
        epsilon: The number that is added to the variance.
    """

    def __init__(self, env: Env[ObsType, ActType], epsilon: float = 1e-8) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            epsilon: Added to the variance, above 0.

        Raises:
            plyo.error.InvalidBound: ``epsilon`` is not positive.
            ValueError: The observation space has no shape.
            TypeError: ``env`` is not an environment.
        """
        self.epsilon = check_epsilon(epsilon)
        RecordConstructorArgs.__init__(self, epsilon=epsilon)
        ObservationWrapper.__init__(self, env)
        shape = env.observation_space.shape
        if shape is None:
            raise ValueError("NormalizeObservation wrapper requires the observation space to have a shape.")
        self.observation_space = Box(low=-np.inf, high=np.inf, shape=shape, dtype=np.float32)
        self.obs_rms = RunningMeanStd(shape=shape, dtype=np.float32)

    def observation(self, observation: ObsType) -> WrapperObsType:
        """Takes the observation in, and returns it standardised."""
        moments = self.obs_rms
        normalize = moments.update_and_normalize if self._update_running_mean else moments.normalize
        return normalize(observation, self.epsilon)  # type: ignore[no-any-return]  # of the new space


class MaxAndSkipObservation(Wrapper[WrapperObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Takes each action several times and returns the maximum of the last two observations.

    An episode that ends in between ends the repetition; the maximum is then that of the last two
    observations of this action, or the only one.
    """

    def __init__(self, env: Env[ObsType, ActType], skip: int = 4) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            skip: The number of steps an action is taken for, at least 2.

        Raises:
            TypeError: ``skip`` is not an integer, or ``env`` not an environment.
            ValueError: ``skip`` is below 2, or the observation space has no shape.
        """
        if not is_integer(skip):
            raise TypeError(f"The skip is expected to be an integer, actual type: {type(skip)}")
        RecordConstructorArgs.__init__(self, skip=int(skip))
        Wrapper.__init__(self, env)
        if skip < 2:
            raise ValueError(f"The skip value needs to be equal or greater than two, actual value: {skip}")
        space = env.observation_space
        if space.shape is None:
            raise ValueError("The observation space must have the shape attribute.")
        self._skip = int(skip)
        self._obs_buffer = np.zeros((2, *space.shape), dtype=space.dtype)

    def step(self, action: ActType) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment; the rewards are added up."""
        total = 0.0
        terminated = truncated = False
        info: dict[str, Any] = {}
        count = 0
        for count in range(1, self._skip + 1):
            observation, reward, terminated, truncated, info = self.env.step(action)
            self._obs_buffer[count % 2] = observation
            total += to_float(reward)
            if terminated or truncated:
                break
        if count == 1:  # the other observation in the buffer is older than this action
            self._obs_buffer[0] = self._obs_buffer[1]
        largest: Any = np.maximum(self._obs_buffer[0], self._obs_buffer[1])
        return largest, total, terminated, truncated, info
