"""Compact steps of batches that reset in the same step and have none of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.vector import AutoresetMode, VectorEnv
from plyo.vector._rows import rows
from plyo.vector.step_result import EndedEpisodes, StepResult

Array = npt.NDArray[Any]


def check_resets_in_same_step(envs: VectorEnv) -> None:
    """Raises for a batch that does not.

    Raises:
        TypeError: ``envs`` is no batch.
        ValueError: It does not reset in the same step.
    """
    if not isinstance(envs, VectorEnv):
        raise TypeError(f"expected a plyo.vector.VectorEnv, got {envs!r}")
    mode = envs.metadata.get("autoreset_mode")
    if mode != AutoresetMode.SAME_STEP:
        raise ValueError(
            f"the batch has to reset in the same step, its autoreset_mode is {mode}; "
            'make it with autoreset_mode="same_step"'
        )


class WatchedSteps:
    """What ``step_compact`` of a native batch returns, for any batch; its rewards are summed up here.

    Infos may have masks: the arrays ``"_key"`` of Gymnasium's infos. Next observations are left out. The final
    observations of an episode are an array of objects.
    """

    def __init__(self, envs: VectorEnv) -> None:
        """Looks at a batch that resets in the same step."""
        self.envs = envs
        self._returns = np.zeros(envs.num_envs)
        self._lengths = np.zeros(envs.num_envs, dtype=np.int64)
        empty = np.zeros(0, dtype=np.int64)
        self._none = EndedEpisodes(empty, [], np.zeros(0), empty, np.zeros(0, dtype=np.bool_), {})

    def reset(
        self, *, seed: list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """As that of the batch."""
        result = self.envs.reset(seed=seed, options=options)
        which = (options or {}).get("reset_mask", slice(None))
        self._returns[which] = 0
        self._lengths[which] = 0
        return result

    def step_compact(self, actions: Any) -> StepResult:
        """Steps every environment."""
        observations, rewards, terminated, truncated, infos = self.envs.step(actions)
        self._returns += rewards
        self._lengths += 1
        dones = terminated | truncated
        final_observations, final_infos = infos.pop("final_obs", None), infos.pop("final_info", None)
        statistics = infos.pop("episode", None) if "_episode" in infos else None
        for mask in ("_final_obs", "_final_info", "_episode"):
            infos.pop(mask, None)
        ended = self._none
        if final_observations is not None:
            ids = np.flatnonzero(dones)
            totals, lengths = self._returns[ids], self._lengths[ids]
            if statistics is not None:
                totals, lengths = statistics["r"][ids], statistics["l"][ids]
            last = rows(final_infos or {}, ids)
            ended = EndedEpisodes(ids, final_observations[ids], totals, lengths, ~terminated[ids], last)
            self._returns[ids] = 0
            self._lengths[ids] = 0
        return StepResult(observations, rewards, terminated, truncated, dones, None, ended, infos)
