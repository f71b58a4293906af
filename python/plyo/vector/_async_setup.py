"""Parts of an asynchronous batch: where its observations lie, and checks of its arguments and spaces."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from plyo.basics.integers import is_integer
from plyo.error import CustomSpaceError
from plyo.spaces import Box, MultiDiscrete, Space
from plyo.vector._async_worker import _async_worker
from plyo.vector.utils import concatenate, create_empty_array, create_shared_memory, read_from_shared_memory


class ObservationStore:
    """The latest observations of a batch, in memory that the processes share or in arrays of this process.

    Attributes:
        memory: The shared memory, None without.
        observations: The batched observations.
    """

    def __init__(self, space: Space[Any], num_envs: int, ctx: Any) -> None:
        """Makes the arrays.

        Args:
            space: The observation space of one environment.
            num_envs: The number of environments.
            ctx: The context of :mod:`multiprocessing` that shares memory; None for arrays of this process.

        Raises:
            ValueError: Nothing is registered for this type of space.
            TypeError: Elements of the space have no fixed size and cannot be shared.
        """
        self._space = space
        self._num_envs = num_envs
        self._is_shared = ctx is not None
        self.memory: Any = None
        if ctx is None:
            self.observations: Any = create_empty_array(space, n=num_envs, fn=np.zeros)
            return
        try:
            self.memory = create_shared_memory(space, n=num_envs, ctx=ctx)
            self.observations = read_from_shared_memory(space, self.memory, n=num_envs)
        except CustomSpaceError as e:
            raise ValueError(
                "Using `AsyncVector(..., shared_memory=True)` caused an error, you can disable this feature "
                "with `shared_memory=False` however this is slower."
            ) from e
        self._reads_again = not _are_arrays(self.observations)

    def update(self, parts: Sequence[Any]) -> Any:
        """The batched observations after a call that has returned these parts, None each if memory is shared."""
        if not self._is_shared:
            self.observations = concatenate(self._space, parts, self.observations)
        elif self._reads_again:
            self.observations = read_from_shared_memory(self._space, self.memory, n=self._num_envs)
        return self.observations

    def free(self) -> None:
        """Forgets the shared memory; arrays on it keep their part."""
        self.memory = None


def _are_arrays(observations: Any) -> bool:
    """Whether batched observations are arrays only, which change with the memory; others have to be read again."""
    if isinstance(observations, dict):
        return all(_are_arrays(part) for part in observations.values())
    if isinstance(observations, tuple):
        return all(_are_arrays(part) for part in observations)
    return isinstance(observations, np.ndarray)


def shared_action_type(space: Space[Any]) -> tuple[np.dtype[Any], tuple[int, ...]] | None:
    """The dtype and shape of batched actions that are one array, None for others."""
    if type(space) not in (Box, MultiDiscrete):
        return None
    return np.dtype(space.dtype), space.shape  # type: ignore[return-value]  # these spaces have a shape


def check_max_concurrency(value: Any) -> None:
    """Raises ValueError for a value that is neither None nor a positive integer."""
    if value is None:
        return
    if not is_integer(value):
        raise ValueError(f"`max_concurrency` must be an integer or None, got {type(value)}.")
    if value < 1:
        raise ValueError(f"`max_concurrency` must be a positive or None, got {value}.")


def check_worker(worker: Callable[..., None]) -> None:
    """Raises ValueError for a worker function that does not take the eight arguments."""
    try:
        inspect.signature(worker).bind(*(None,) * 8)
    except TypeError as e:
        raise ValueError(
            "A custom `worker` must accept 8 arguments. Got the signature "
            f"{inspect.signature(worker)} which should match {inspect.signature(_async_worker)}."
        ) from e


def check_spaces(observation_mode: Any, action_space: Space[Any], same: Sequence[tuple[bool, bool]]) -> None:
    """Raises if the spaces of the environments do not fit together.

    Args:
        observation_mode: How the observation spaces are batched.
        action_space: The action space that all should have.
        same: For each environment, whether its observation space and its action space fit.

    Raises:
        RuntimeError: Spaces do not fit.
    """
    same_observations, same_actions = zip(*same, strict=True)
    if not all(same_observations):
        if observation_mode == "same":
            raise RuntimeError(
                "AsyncVectorEnv(..., observation_mode='same') however some of the sub-environments "
                "observation spaces are not equivalent. If this is intentional, use "
                "`observation_mode='different'` instead."
            )
        raise RuntimeError(
            "AsyncVectorEnv(..., observation_mode='different' or custom space) however the "
            "sub-environment's observation spaces do not share a common shape and dtype."
        )
    if not all(same_actions):
        raise RuntimeError(
            f"Some environments have an action space different from `{action_space}`. "
            "In order to batch actions, the action spaces from all environments must be equal."
        )
