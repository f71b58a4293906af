"""Observations of a batch, normalised with statistics of all observations so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType
from plyo.spaces import Box
from plyo.vector._reset import split_mask
from plyo.vector.utils import batch_space
from plyo.vector.vector_env import ArrayType, VectorEnv
from plyo.wrappers._normalizing import Normalizing, check_epsilon, memory_of, set_memory
from plyo.wrappers.utils import RunningMeanStd
from plyo.wrappers.vector._fusing import Fusible, Stage, fused, shown
from plyo.wrappers.vector._observation import AnyModeObservationWrapper

__all__ = ["NormalizeObservation"]


class NormalizeObservation(
    Fusible,
    AnyModeObservationWrapper[NDArray[Any], ActType, NDArray[Any], ArrayType],
    Normalizing,
    RecordConstructorArgs,
):
    """Normalises every element of the observations to mean 0 and variance 1.

    The mean and the variance cover all observations of all environments since the wrapper was made: every observation
    of an environment is counted once, in every autoreset mode.

    - Next step: all observations that :meth:`step` and :meth:`reset` return.
    - Same step: these, and the final observations among the infos, in one update, after which both are normalised.
    - Disabled, and wherever :meth:`reset` gets a ``"reset_mask"``: of a reset only the observations of the masked
      environments. The others are returned a second time, normalised with the present statistics.

    Attributes:
        obs_rms: The statistics, of type float32.
        epsilon: The number that is added to the variance.
    """

    single_observation_space: Box[Any]
    observation_space: Box[Any]

    def __init__(self, env: VectorEnv[NDArray[Any], ActType, ArrayType], epsilon: float = 1e-8) -> None:
        """Wraps a batch.

        Args:
            env: The batch, with observations that are one array.
            epsilon: Added to the variance before the square root is taken, more than 0.

        Raises:
            plyo.error.InvalidBound: ``epsilon`` is not positive.
            ValueError: The observation space has no shape, or ``metadata["autoreset_mode"]`` is not an
                :class:`~plyo.vector.AutoresetMode`.
        """
        self.epsilon = check_epsilon(epsilon)
        RecordConstructorArgs.__init__(self, epsilon=epsilon)
        AnyModeObservationWrapper.__init__(self, env)
        if "autoreset_mode" not in self.env.metadata:
            logger.warn(
                f"{self} is missing `autoreset_mode` data. Assuming that the vector environment it follows the "
                "`NextStep` autoreset api or autoreset is disabled. Read "
                "https://farama.org/Vector-Autoreset-Mode for more details."
            )

        shape = self.single_observation_space.shape
        if shape is None:
            raise ValueError("NormalizeObservation wrapper requires the observation space to have a shape.")
        space = Box(low=-np.inf, high=np.inf, shape=shape, dtype=np.float32)
        self.single_observation_space = space
        self.observation_space = batch_space(space, self.num_envs)  # type: ignore[assignment]
        self.obs_rms = RunningMeanStd(shape=space.shape, dtype=np.float32)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Resets the inner batch and normalises its observations.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them.

        Raises:
            TypeError, ValueError: ``options["reset_mask"]`` is not a bool array of shape ``(num_envs,)`` with a True
                in it.
        """
        mask, _ = split_mask(options, self.num_envs)
        observations, infos = self.env.reset(seed=seed, options=options)
        if mask is None:
            return self.observations(observations), infos
        if self._update_running_mean:
            self.obs_rms.update(observations[mask])
        return self.obs_rms.normalize(observations, self.epsilon), infos

    step = fused(AnyModeObservationWrapper.step)

    def observations(self, observations: NDArray[Any]) -> NDArray[Any]:
        """Counts observations, unless the moments are frozen, and normalises them.

        Args:
            observations: One a row.

        Returns:
            float32 of the same shape.
        """
        if self._update_running_mean:
            self.obs_rms.update(observations)
        normalized: NDArray[Any] = self.obs_rms.normalize(observations, self.epsilon)
        return normalized

    def _with_finals(
        self, observations: NDArray[Any], finals: list[Any], ended: NDArray[np.intp]
    ) -> tuple[NDArray[Any], list[Any]]:
        """Counts and normalises observations and final observations together."""
        normalized = self.observations(np.concatenate([observations, np.stack(finals)]))
        return normalized[: len(observations)], list(normalized[len(observations) :])

    def _stage(self) -> Stage:
        space = self.single_observation_space
        pins = ((self, "single_observation_space", space),)
        return Stage("normalize_observation", (RunningMeanStd,), shown(space), pins)

    def _shared_memory(self) -> dict[str, NDArray[Any]]:
        return memory_of(self.obs_rms)

    def _set_shared_memory(self, arrays: dict[str, NDArray[Any]]) -> None:
        set_memory(self.obs_rms, arrays)
