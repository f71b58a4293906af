"""Wrappers that change rewards and remember earlier ones."""

from __future__ import annotations

from typing import Any, SupportsFloat

import numpy as np

from plyo.basics.floats import to_float
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, Wrapper
from plyo.wrappers._normalizing import Normalizing, check_epsilon, check_gamma
from plyo.wrappers._running_mean_std import RunningMeanStd

__all__ = ["NormalizeReward"]


class NormalizeReward(Wrapper[ObsType, ActType, ObsType, ActType], Normalizing, RecordConstructorArgs):
    """Divides rewards by the standard deviation of the discounted return.

    The mean is not subtracted. The return is discounted and summed up forwards; it starts anew where
    an episode terminates, and continues where one is truncated.

    Attributes:
        return_rms: The moments of the discounted return.
        discounted_reward: The discounted return so far, float64 of shape (1,).
        gamma: The discount factor.
        epsilon: The number that is added to the variance.
    """

    def __init__(self, env: Env[ObsType, ActType], gamma: float = 0.99, epsilon: float = 1e-8) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            gamma: The discount factor, from 0 to 1.
            epsilon: Added to the variance, above 0.

        Raises:
            plyo.error.InvalidBound: ``gamma`` or ``epsilon`` is out of its range.
            TypeError: ``env`` is not an environment.
        """
        self.gamma = check_gamma(gamma)
        self.epsilon = check_epsilon(epsilon)
        RecordConstructorArgs.__init__(self, gamma=gamma, epsilon=epsilon)
        Wrapper.__init__(self, env)
        self.return_rms = RunningMeanStd(shape=())
        self.discounted_reward = np.array([0.0])

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and scales its reward."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        # in Python's numbers, which are faster than operations on an array of one
        earlier = self.discounted_reward.item() * float(self.gamma) * (1 - terminated)
        self.discounted_reward = np.array([earlier + to_float(reward)])
        if self._update_running_mean:
            self.return_rms.update(self.discounted_reward)
        scaled = reward / np.sqrt(self.return_rms.var + self.epsilon)
        return observation, scaled, terminated, truncated, info
