"""What ``plyo rollout`` steps: a native batch, or environments in Python one after another."""

from __future__ import annotations

from copy import copy
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import plyo
from plyo._registry.specs import EnvSpec
from plyo.policies import Policy
from plyo.train.acting import Actor
from plyo.vector.profile import Profile
from plyo.vector.task_batch import NativeVectorEnv

__all__ = ["Batch", "NativeBatch", "PythonBatch"]

#: The returns and the lengths of episodes that have ended.
Ended = tuple[npt.NDArray[Any], npt.NDArray[Any]]


class Batch(Protocol):
    """Environments under a policy."""

    num_envs: int

    def begin(self) -> None:
        """Begins the first episodes, always the same ones."""

    def take(self, steps: int) -> Ended:
        """Steps each environment so many times."""


class NativeBatch:
    """A native batch.

    Args:
        spec: The task.
        num_envs: The environments.
        policy: The policy.
        seed: The seed of the first environment.
        options: The arguments of :func:`plyo.make_vec`.
    """

    def __init__(self, spec: EnvSpec, num_envs: int, policy: Policy, seed: int, **options: Any) -> None:
        self.num_envs, self._policy, self._seed = num_envs, policy, seed
        envs = plyo.make_vec(
            spec, num_envs, vectorization_mode="native", autoreset_mode="same_step", **options
        )
        assert isinstance(envs, NativeVectorEnv)
        self._envs = envs

    def profile(self) -> Profile:
        """Counts where the time goes."""
        return self._envs.profile()

    def begin(self) -> None:
        """Begins the first episodes; the policy draws from the beginning too."""
        self._envs.reset(seed=self._seed)
        self._actor = copy(self._policy)

    def take(self, steps: int) -> Ended:
        """Steps each environment so many times."""
        trajectory = self._envs.rollout(self._actor, steps, record=["episodes"])
        assert trajectory.episode_returns is not None
        assert trajectory.episode_lengths is not None
        return trajectory.episode_returns, trajectory.episode_lengths


class PythonBatch:
    """Environments in Python.

    Args:
        spec: The task.
        num_envs: The environments.
        policy: The policy.
        seed: The seed of the first environment; the others have the next seeds.
    """

    def __init__(self, spec: EnvSpec, num_envs: int, policy: Policy, seed: int) -> None:
        self.num_envs, self._policy, self._seed = num_envs, policy, seed
        self._envs: list[Any] = [plyo.make(spec) for _ in range(num_envs)]

    def begin(self) -> None:
        """Begins the first episodes; the policy draws from the beginning too."""
        first = self._envs[0]
        self._actor = Actor(self._policy, first.observation_space, first.action_space)
        self._observations = [env.reset(seed=self._seed + i)[0] for i, env in enumerate(self._envs)]
        self._returns, self._lengths = np.zeros(self.num_envs), np.zeros(self.num_envs, np.int64)

    def take(self, steps: int) -> Ended:
        """Steps each environment so many times."""
        members = np.zeros(self.num_envs, np.intp)
        returns: list[float] = []
        lengths: list[int] = []
        for _ in range(steps):
            actions = self._actor.act(self._observations, members)
            for i, (env, action) in enumerate(zip(self._envs, actions, strict=True)):
                observation, reward, terminated, truncated, _ = env.step(action)
                self._returns[i] += float(reward)
                self._lengths[i] += 1
                if terminated or truncated:
                    returns.append(float(self._returns[i]))
                    lengths.append(int(self._lengths[i]))
                    self._returns[i] = self._lengths[i] = 0
                    observation, _ = env.reset()
                self._observations[i] = observation
        return np.array(returns), np.array(lengths)
