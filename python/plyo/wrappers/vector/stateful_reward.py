"""Rewards of a batch, scaled with statistics of the returns so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType
from plyo.vector._reset import split_mask
from plyo.vector.vector_env import AutoresetMode, VectorEnv, VectorWrapper
from plyo.wrappers._normalizing import Normalizing, check_epsilon, check_gamma, memory_of, set_memory
from plyo.wrappers.utils import RunningMeanStd
from plyo.wrappers.vector._fusing import Fusible, Stage, fused

__all__ = ["NormalizeReward"]


class NormalizeReward(
    Fusible,
    VectorWrapper[ObsType, ActType, ObsType, ActType, NDArray[Any]],
    Normalizing,
    RecordConstructorArgs,
):
    """Divides rewards by the standard deviation of the discounted returns of all environments.

    The same rewards and ends give the same statistics in every autoreset mode, those of the single wrapper
    :class:`plyo.wrappers.NormalizeReward`: a termination starts the return of an environment anew, with the last
    reward, and a truncation does not. A reset of the whole batch forgets all returns, a masked reset none. A step
    that only resets an environment adds nothing to the statistics. Rewards of float32 stay float32.

    Attributes:
        return_rms: The statistics.
        accumulated_reward: float32 ``(num_envs,)``: the discounted return of each environment. In same-step mode it is
            0 after a termination, as in Gymnasium; the next return begins with the last reward all the same.
        gamma: The discount of a step.
        epsilon: The number that is added to the variance.
    """

    def __init__(
        self, env: VectorEnv[ObsType, ActType, NDArray[Any]], gamma: float = 0.99, epsilon: float = 1e-8
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch. Without ``metadata["autoreset_mode"]`` it is taken to reset in the next step.
            gamma: The discount of a step, 0 to 1.
            epsilon: Added to the variance before the square root is taken, more than 0.

        Raises:
            plyo.error.InvalidBound: ``gamma`` or ``epsilon`` is out of its range.
        """
        self.gamma = check_gamma(gamma)
        self.epsilon = check_epsilon(epsilon)
        RecordConstructorArgs.__init__(self, gamma=gamma, epsilon=epsilon)
        VectorWrapper.__init__(self, env)

        self.return_rms = RunningMeanStd(shape=())
        self.accumulated_reward = np.zeros(self.num_envs, dtype=np.float32)
        # the last rewards of episodes that have terminated in same-step mode
        self._last_rewards = np.zeros(self.num_envs, dtype=np.float32)
        self._prev_dones = np.zeros(self.num_envs, dtype=np.bool_)
        self._autoreset_mode = self.env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner batch. Without a mask the returns start anew, with one they continue.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them.

        Raises:
            TypeError, ValueError: ``options["reset_mask"]`` is not a bool array of shape ``(num_envs,)`` with a True
                in it.
        """
        mask, _ = split_mask(options, self.num_envs)
        result = super().reset(seed=seed, options=options)
        # the next step of these is the first of an episode
        self._prev_dones[... if mask is None else mask] = False
        if mask is None:
            self.accumulated_reward[:] = 0
            self._last_rewards[:] = 0
        return result

    @fused
    def step(
        self, actions: ActType
    ) -> tuple[ObsType, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Steps the inner batch and divides the rewards."""
        observations, rewards, terminations, truncations, infos = super().step(actions)
        same_step = self._autoreset_mode == AutoresetMode.SAME_STEP
        # the product is rounded to float32 before the reward is added, as Gymnasium does it
        returns = (self.accumulated_reward + self._last_rewards) * self.gamma
        if terminations.any():
            returns = returns * (1 - terminations)
        returns = returns + rewards
        if not same_step and self._prev_dones.any():
            # these environments were only reset
            active = ~self._prev_dones
            self.accumulated_reward[active] = returns[active]
            counted = self.accumulated_reward[active]
        else:
            self.accumulated_reward[:] = returns
            counted = self.accumulated_reward
        if self._update_running_mean and len(counted):
            self.return_rms.update(counted)

        self._prev_dones = np.logical_or(terminations, truncations)
        if same_step:
            # these environments are in their next episode already
            terminated = np.asarray(terminations, dtype=np.bool_)
            self._last_rewards = np.where(terminated, self.accumulated_reward, np.float32(0))
            self.accumulated_reward[terminated] = 0
        return observations, self._scaled(rewards), terminations, truncations, infos

    def normalize(self, reward: float | np.floating[Any] | np.integer[Any]) -> Any:
        """Divides a reward, after counting the present returns unless the moments are frozen.

        Args:
            reward: The reward.

        Returns:
            float64.
        """
        if self._update_running_mean:
            self.return_rms.update(self.accumulated_reward)
        return self._scaled(reward)

    def _scaled(self, rewards: Any) -> Any:
        """Rewards, divided by the present standard deviation; float32 arrays stay such."""
        scaled = rewards / np.sqrt(self.return_rms.var + self.epsilon)
        if type(rewards) is np.ndarray and rewards.dtype == np.float32:
            return scaled.astype(np.float32)
        return scaled

    def _stage(self) -> Stage:
        return Stage("normalize_reward", (RunningMeanStd,))

    def _lane_memory(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in ("accumulated_reward", "_last_rewards", "_prev_dones")}

    def _shared_memory(self) -> dict[str, NDArray[Any]]:
        return memory_of(self.return_rms)

    def _set_shared_memory(self, arrays: dict[str, NDArray[Any]]) -> None:
        set_memory(self.return_rms, arrays)
