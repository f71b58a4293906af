"""The base of the observation wrappers: it changes the final observations among the infos too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.core import ActType, ObsType, WrapperObsType
from plyo.vector.vector_env import (
    ArrayType,
    AutoresetMode,
    VectorEnv,
    VectorObservationWrapper,
    VectorWrapper,
)


class AnyModeObservationWrapper(VectorObservationWrapper[WrapperObsType, ActType, ObsType, ArrayType]):
    """An observation wrapper that knows every autoreset mode.

    A subclass implements :meth:`observations` and :meth:`_with_finals`.

    Attributes:
        autoreset_mode: The mode of the inner batch.
    """

    autoreset_mode: AutoresetMode

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch.

        Args:
            env: The batch. Without ``metadata["autoreset_mode"]`` it is taken to reset in the next step.

        Raises:
            ValueError: ``metadata["autoreset_mode"]`` is not an :class:`~plyo.vector.AutoresetMode`.
        """
        VectorWrapper.__init__(self, env)
        self.autoreset_mode = AutoresetMode.NEXT_STEP
        if "autoreset_mode" not in env.metadata:
            logger.warn(f"Vector environment ({env}) is missing `autoreset_mode` metadata key.")
        else:
            mode = env.metadata["autoreset_mode"]
            if not isinstance(mode, AutoresetMode):
                raise ValueError(
                    f"Expected autoreset_mode to be NEXT_STEP, SAME_STEP or DISABLED, got {mode}"
                )
            self.autoreset_mode = mode

    def step(
        self, actions: ActType
    ) -> tuple[WrapperObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the inner batch and changes the observations, ``infos["final_obs"]`` included."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        if self.autoreset_mode != AutoresetMode.SAME_STEP or "final_obs" not in infos:
            return self.observations(observations), rewards, terminations, truncations, infos

        ended = np.flatnonzero(infos["_final_obs"])
        finals = [infos["final_obs"][lane] for lane in ended]
        changed, changed_finals = self._with_finals(observations, finals, ended)
        final_obs = np.full(self.num_envs, None, dtype=object)
        for lane, final in zip(ended, changed_finals, strict=True):
            final_obs[lane] = final
        return changed, rewards, terminations, truncations, {**infos, "final_obs": final_obs}

    def _with_finals(
        self, observations: ObsType, finals: list[Any], ended: NDArray[np.intp]
    ) -> tuple[WrapperObsType, list[Any]]:
        """Changes the observations of a step that has ended episodes.

        Args:
            observations: Those of the batch: the first of the next episode where one has ended.
            finals: The last observation of each episode that has ended.
            ended: The environments of these, in order.

        Returns:
            The changed observations, the changed final ones.
        """
        raise NotImplementedError
