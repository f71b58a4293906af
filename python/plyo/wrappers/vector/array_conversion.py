"""Using batches of one array library with another."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType, WrapperActType, WrapperObsType
from plyo.vector.vector_env import VectorEnv, VectorWrapper
from plyo.wrappers.array_conversion import Device, array_conversion, module_name_to_namespace

__all__ = ["ArrayConversion"]


class ArrayConversion(
    VectorWrapper[WrapperObsType, WrapperActType, ObsType, ActType, Any], RecordConstructorArgs
):
    """Lets a batch of one array library be used with another.

    Actions and reset options are converted to the library of the batch; observations, rewards, flags and infos to the
    other. Arrays of objects among the infos, such as ``"final_obs"``, stay NumPy's and have their elements converted.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, Any],
        env_xp: ModuleType,
        target_xp: ModuleType,
        env_device: Device | None = None,
        target_device: Device | None = None,
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch inside.
            env_xp: Its library, such as ``numpy`` or ``jax.numpy``.
            target_xp: The library outside, such as ``torch``.
            env_device: The device of the batch's arrays.
            target_device: The device of the arrays outside.

        Raises:
            TypeError: ``env`` is not a batch.
        """
        RecordConstructorArgs.__init__(self)
        VectorWrapper.__init__(self, env)
        self._env_xp = env_xp
        self._target_xp = target_xp
        self._env_device = env_device
        self._target_device = target_device

    def step(self, actions: WrapperActType) -> tuple[WrapperObsType, Any, Any, Any, dict[str, Any]]:
        """Converts the actions, steps the inner batch and converts the results."""
        inner_actions = array_conversion(actions, self._env_xp, self._env_device)
        observations, rewards, terminations, truncations, infos = self.env.step(inner_actions)
        return (
            self._outwards(observations),
            self._outwards(rewards),
            self._outwards(terminations),
            self._outwards(truncations),
            self._convert_infos(infos),
        )

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner batch with converted options and converts the results."""
        if options:
            options = array_conversion(options, self._env_xp, self._env_device)
        observations, infos = self.env.reset(seed=seed, options=options)
        return self._outwards(observations), self._convert_infos(infos)

    def _outwards(self, value: Any) -> Any:
        """Converts a value to the library outside."""
        return array_conversion(value, self._target_xp, self._target_device)

    def _convert_infos(self, value: Any) -> Any:
        """Converts infos, element by element where they are arrays of objects."""
        if type(value) is dict:
            return {key: self._convert_infos(part) for key, part in value.items()}
        if type(value) is np.ndarray and value.dtype == object:
            converted = np.full(value.shape, None, dtype=object)
            for index, part in np.ndenumerate(value):
                converted[index] = self._outwards(part)
            return converted
        return self._outwards(value)

    def __getstate__(self) -> dict[str, Any]:
        """For pickling: the libraries by name."""
        return {**self.__dict__, "_env_xp": self._env_xp.__name__, "_target_xp": self._target_xp.__name__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Imports the libraries again."""
        self.__dict__.update(state)
        self._env_xp = module_name_to_namespace(state["_env_xp"])
        self._target_xp = module_name_to_namespace(state["_target_xp"])
