"""A memory of transitions, for methods that learn from them more than once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.basics.integers import check_integer
from plyo.spaces import Space

Array = npt.NDArray[Any]


class TransitionBuffer:
    """The latest transitions ``(observation, action, reward, terminated, next observation)``.

    Args:
        capacity: The most transitions; the oldest give way to new ones.
        observation_space: The space of an observation, which is an array or a number; so are actions.
        action_space: The space of an action. Numbers are kept in float32, integers as they are.
    """

    def __init__(self, capacity: int, observation_space: Space[Any], action_space: Space[Any]) -> None:
        self.capacity = check_integer("capacity", capacity, 1)
        self._observations, self._next_observations = (_make_rows(capacity, observation_space) for _ in "12")
        self._actions = _make_rows(capacity, action_space)
        self._rewards, self._terminated = np.zeros(capacity, np.float32), np.zeros(capacity, np.float32)
        self._place = self._count = 0

    def __len__(self) -> int:
        """The number of transitions."""
        return self._count

    def add(
        self, observations: Array, actions: Array, rewards: Array, terminated: Array, next_observations: Array
    ) -> None:
        """Adds transitions.

        Args:
            observations: ``(n, ...)``, with n at most the capacity; the others have as many rows.
            actions: ``(n, ...)``.
            rewards: ``(n,)``.
            terminated: ``(n,)``: whether there is nothing more to gain. False where a time limit ends the episode.
            next_observations: ``(n, ...)``: what came next, also at the end of an episode; not the first observation
                of the next one.

        Raises:
            ValueError: There are more transitions than the capacity.
        """
        if len(actions) > self.capacity:
            raise ValueError(f"{len(actions)} transitions do not fit into a capacity of {self.capacity}")
        rows = (self._place + np.arange(len(actions))) % self.capacity
        self._observations[rows], self._next_observations[rows] = observations, next_observations
        self._actions[rows], self._rewards[rows], self._terminated[rows] = actions, rewards, terminated
        self._place = (self._place + len(actions)) % self.capacity
        self._count = min(self._count + len(actions), self.capacity)

    def sample(self, rng: np.random.Generator, size: int) -> tuple[Array, Array, Array, Array, Array]:
        """Transitions drawn evenly, each perhaps more than once, in the order of :meth:`add`.

        Raises:
            ValueError: There is none.
        """
        if self._count == 0:
            raise ValueError("the buffer is empty: add transitions first")
        rows = rng.integers(self._count, size=size)
        return (
            self._observations[rows],
            self._actions[rows],
            self._rewards[rows],
            self._terminated[rows],
            self._next_observations[rows],
        )


def _make_rows(count: int, space: Space[Any]) -> Array:
    """An array for elements of a space."""
    assert space.dtype is not None
    assert space.shape is not None
    dtype = np.float32 if space.dtype.kind == "f" else space.dtype
    return np.zeros((count, *space.shape), dtype)
