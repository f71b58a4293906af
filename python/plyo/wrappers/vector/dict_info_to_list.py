"""Infos as a list with a dictionary for each environment."""

from __future__ import annotations

from typing import Any

from plyo.core import ActType, ObsType
from plyo.vector._infos import split_infos
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
        return split_infos(vector_infos, self.num_envs)
