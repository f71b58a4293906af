"""What a pool of environments is: its configuration and its spaces, in EnvPool's form."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo import spaces

try:
    import gymnasium  # noqa: F401 - whether it is there
except ImportError:
    # without Gymnasium the spaces are Plyo's

    def _to_users_space(space: spaces.Space[Any]) -> Any:
        return space
else:
    from plyo.gymnasium.spaces import to_gymnasium_space as _to_users_space


class ArraySpec:
    """One array of actions or states.

    Attributes:
        dtype: Its element type.
        shape: The shape for one environment.
        minimum: The lower bounds, a number or an array.
        maximum: The upper bounds.
        is_discrete: Whether it is one of some integers.
    """

    def __init__(
        self,
        dtype: npt.DTypeLike,
        shape: tuple[int, ...],
        minimum: Any,
        maximum: Any,
        is_discrete: bool = False,
    ) -> None:
        self.dtype: Any = np.dtype(dtype).type
        self.shape = list(shape)
        self.minimum, self.maximum = minimum, maximum
        self.is_discrete = is_discrete

    def __repr__(self) -> str:
        return f"ArraySpec(shape={self.shape}, dtype={self.dtype}, minimum={self.minimum}, maximum={self.maximum})"


class EnvSpec:
    """The description of a pool.

    Args:
        task_id: The id.
        config: The configuration by name.
        observation_space: That of one environment of the batch.
        action_space: Likewise.
        infos: The task's infos, as its engine describes them.

    Attributes:
        task_id: The id.
        id: The same, as Gymnasium's specs have it.
        observation_space: That of one environment: of Gymnasium where it is installed, in EnvPool's form.
        action_space: Likewise.
        reward_threshold: The mean return from which the task is solved, or None.
    """

    def __init__(
        self,
        task_id: str,
        config: Mapping[str, Any],
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        infos: list[dict[str, Any]],
    ) -> None:
        self.task_id = self.id = task_id
        self._config = dict(config)
        own = observation_space
        if isinstance(own, spaces.Tuple):
            own = _joined(own)
        self._own = (own, action_space)
        self._infos = infos
        self.observation_space = _to_users_space(own)
        self.action_space = _to_users_space(action_space)
        self.reward_threshold: float | None = config.get("reward_threshold")

    @property
    def gymnasium_observation_space(self) -> Any:
        """The same as ``observation_space``."""
        return self.observation_space

    @property
    def gymnasium_action_space(self) -> Any:
        """The same as ``action_space``."""
        return self.action_space

    @property
    def config(self) -> Any:
        """The configuration as a named tuple."""
        return namedtuple("Config", self._config)(**self._config)

    @property
    def state_array_spec(self) -> dict[str, ArraySpec]:
        """The arrays that every step returns."""
        low, high = -np.inf, np.inf
        return {
            **_array_specs("obs", self._own[0]),
            **{
                f"info:{info['name']}": ArraySpec(info["dtype"], tuple(info["shape"]), low, high)
                for info in self._infos
            },
            "info:env_id": ArraySpec(np.int32, (), 0, self._config["num_envs"] - 1),
            "info:players.env_id": ArraySpec(np.int32, (), 0, self._config["num_envs"] - 1),
            "elapsed_step": ArraySpec(np.int32, (), 0, np.iinfo(np.int32).max),
            "done": ArraySpec(np.bool_, (), False, True),
            "reward": ArraySpec(np.float32, (), low, high),
            "trunc": ArraySpec(np.bool_, (), False, True),
        }

    @property
    def action_array_spec(self) -> dict[str, ArraySpec]:
        """The arrays that every step takes."""
        ids = ArraySpec(np.int32, (), 0, self._config["num_envs"] - 1)
        return {"env_id": ids, "players.env_id": ids, **_array_specs("action", self._own[1])}

    def __repr__(self) -> str:
        return f"EnvSpec({_shown(self._config)})"


def _shown(config: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in config.items())


def _joined(space: spaces.Tuple[Any]) -> spaces.Space[Any]:
    """A Tuple of integers as EnvPool has it: one array of them."""
    most = max(int(part.start + part.n - 1) for part in space.spaces)  # type: ignore[attr-defined]  # Discrete parts
    return spaces.Box(0, most, (len(space.spaces),), np.int32)


def _array_specs(name: str, space: spaces.Space[Any]) -> dict[str, ArraySpec]:
    if isinstance(space, spaces.Dict):
        parts = [_array_specs(f"{name}:{key}", part) for key, part in space.spaces.items()]
        return {key: spec for part in parts for key, spec in part.items()}
    if isinstance(space, spaces.Discrete):
        return {name: ArraySpec(np.int32, (), int(space.start), int(space.start + space.n - 1), True)}
    assert isinstance(space, spaces.Box), "tasks have no other spaces"
    return {name: ArraySpec(space.dtype, space.shape, space.low, space.high)}


def to_observations(observations: Any, xp: Any) -> Any:
    """A batch's observations as EnvPool has them: integers of 32 bits, a Tuple of integers as one array.

    Args:
        observations: The batch's.
        xp: NumPy, or ``jax.numpy``.
    """
    if isinstance(observations, dict):
        return {key: to_observations(part, xp) for key, part in observations.items()}
    if isinstance(observations, tuple):
        return xp.stack(observations, axis=-1).astype(np.int32)
    return observations.astype(np.int32) if observations.dtype == np.int64 else observations


def to_info(env_ids: Any, elapsed: Any, infos: Mapping[str, Any]) -> dict[str, Any]:
    """An info in EnvPool's form."""
    return {**infos, "env_id": env_ids, "players": {"env_id": env_ids}, "elapsed_step": elapsed}
