"""Infos as a list with a dictionary for each environment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from plyo.core import ActType, ObsType
from plyo.vector.vector_env import ArrayType, VectorEnv, VectorWrapper

__all__ = ["DictInfoToList"]


class DictInfoToList(VectorWrapper[ObsType, ActType, ObsType, ActType, ArrayType]):
    """Turns the infos of a batch, a dictionary of arrays, into a list with the info of each environment.

    ``{"k": np.array([0.0, 0.5]), "_k": np.array([False, True])}`` becomes ``[{}, {"k": 0.5}]``; where the mask
    ``"_k"`` is missing, every environment gets its ``"k"``. This has to be the outermost of the wrappers that read
    infos.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch."""
        super().__init__(env)

    def step(  # type: ignore[override]  # infos are a list
        self, actions: ActType
    ) -> tuple[ObsType, ArrayType, ArrayType, ArrayType, list[dict[str, Any]]]:
        """Steps the inner batch; returns its infos as a list."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        assert isinstance(infos, dict)
        return observations, rewards, terminations, truncations, self._convert_info_to_list(infos)

    def reset(  # type: ignore[override]  # infos are a list
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, list[dict[str, Any]]]:
        """Resets the inner batch; returns its infos as a list."""
        observations, infos = self.env.reset(seed=seed, options=options)
        assert isinstance(infos, dict)
        return observations, self._convert_info_to_list(infos)

    def _convert_info_to_list(self, vector_infos: dict[str, Any]) -> list[dict[str, Any]]:
        """The infos of the environments, from those of the batch."""
        list_info: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for key, value in vector_infos.items():
            if key.startswith("_"):
                continue
            if isinstance(value, dict):
                value = self._convert_info_to_list(value)
            else:
                assert isinstance(value, np.ndarray)
            self._check_length(value)
            owners: Iterable[int] = range(self.num_envs)
            if f"_{key}" in vector_infos:
                mask = vector_infos[f"_{key}"]
                self._check_length(mask)
                owners = np.flatnonzero(mask).tolist()
            for env_num in owners:
                list_info[env_num][key] = value[env_num]
        return list_info

    def _check_length(self, values: Any) -> None:
        """Asserts that there is one value for each environment."""
        assert len(values) == self.num_envs, (
            f"Expects {values} to have length equal to the num-envs ({self.num_envs}), actual length is {len(values)}"
        )
