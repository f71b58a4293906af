"""Plyo's batches for Tianshou: a ``BaseVectorEnv`` that is stepped natively.

    from plyo.adapters.tianshou import make_env
    from tianshou.data import Collector

    collector = Collector(policy, make_env("CartPole-v1", 64), buffer)

docs/guide/trainers.md has more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import plyo
from plyo import spaces
from plyo.adapters._extras import not_installed
from plyo.adapters._making import is_own
from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.vector import AutoresetMode, NativeVectorEnv, VectorEnv
from plyo.vector._infos import split_infos
from plyo.vector._rows import rows

try:
    from tianshou.env import BaseVectorEnv

    from plyo.gymnasium import to_gymnasium_space
except ImportError as e:
    raise not_installed("tianshou", "tianshou") from e

__all__ = ["PlyoVectorEnv", "make_env"]

_Ids = int | Sequence[int] | npt.NDArray[np.integer[Any]] | None


def make_env(id: Any, num_envs: int = 1, **kwargs: Any) -> PlyoVectorEnv:
    """Makes environments for Tianshou.

    Args:
        id: The id of a native task or of an Atari game, or a spec.
        num_envs: The number of environments, at least 1.
        **kwargs: The other arguments of :func:`plyo.make_vec`.

    Raises:
        plyo.error.Error, TypeError, ValueError: :func:`plyo.make_vec` or :class:`PlyoVectorEnv` does not take the
            arguments.
    """
    # steps of some games need lanes
    lanes = {"engine": "lanes"} if is_own(id) else {}
    return PlyoVectorEnv(plyo.make_vec(id, num_envs, **{"autoreset_mode": "disabled", **lanes, **kwargs}))


class PlyoVectorEnv(BaseVectorEnv):  # type: ignore[misc]  # Tianshou is not installed where types are checked
    """A native batch as a ``BaseVectorEnv`` of Tianshou, with the same results as its ``DummyVectorEnv``.

    An environment that has ended waits for its ``reset``, which Tianshou's collectors call.

    Attributes:
        envs: The batch.
    """

    def __init__(self, envs: VectorEnv) -> None:
        """Takes a batch.

        Args:
            envs: A native batch, or one of Atari games with ``engine="lanes"``, that does not reset by itself.

        Raises:
            TypeError: ``envs`` is no such batch, or its observations are tuples.
            ValueError: It resets by itself.
        """
        # The base class's own __init__ makes a worker for every environment.
        if not (
            isinstance(envs, NativeVectorEnv) or (isinstance(envs, AtariVectorEnv) and envs.engine == "lanes")
        ):
            raise TypeError(
                "expected a native batch of plyo.make_vec(...), or one of an Atari game with engine='lanes', got "
                f"{envs!r}"
            )
        if envs.autoreset_mode is not AutoresetMode.DISABLED:
            raise ValueError(
                f"Tianshou resets the environments, but the batch resets by itself, with {envs.autoreset_mode}; "
                'make it with autoreset_mode="disabled"'
            )
        if isinstance(envs.single_observation_space, spaces.Tuple):
            raise TypeError(
                f"Tianshou knows no observations that are tuples, got {envs.single_observation_space}"
            )
        self.envs = envs
        self.env_num = self.wait_num = envs.num_envs
        self.timeout = None
        self.is_async = self.is_closed = False
        self.waiting_id: list[int] = []
        self.ready_id = list(range(self.env_num))
        self._all = np.arange(self.env_num)
        observation = to_gymnasium_space(envs.single_observation_space)
        self._spaces = {
            "observation_space": [observation] * self.env_num,
            "action_space": [to_gymnasium_space(envs.single_action_space) for _ in self._all],
        }
        for space in self._spaces["action_space"]:
            space.seed()  # conversions draw the same samples

    # Stepping.

    def reset(self, env_id: _Ids = None, **kwargs: Any) -> tuple[Any, Any]:
        """Begins new episodes.

        Args:
            env_id: The environments to reset, a number or several; None for all.
            **kwargs: ``seed``, the same for each of them, and ``options``.

        Returns:
            Their observations ``(len(env_id), ...)``, an array of dictionaries for a Dict space; an array of infos.

        Raises:
            IndexError: There is no such environment.
        """
        self._assert_is_not_closed()
        ids = self._to_ids(env_id)
        seed, options = kwargs.pop("seed", None), dict(kwargs.pop("options", None) or {})
        if kwargs:
            raise TypeError(f"reset takes seed and options, got {', '.join(kwargs)}")
        each = None if seed is None else [seed] * self.env_num
        if len(ids) < self.env_num:
            mask = np.zeros(self.env_num, dtype=np.bool_)
            mask[ids] = True
            options["reset_mask"] = mask
        observations, infos = self.envs.reset(seed=each, options=options or None)
        return self._observed(rows(observations, ids)), self._infos(infos, ids)

    def step(self, action: Any, id: _Ids = None) -> tuple[Any, Any, Any, Any, Any]:
        """Steps some environments.

        Args:
            action: Their actions ``(len(id), ...)``.
            id: The environments, in the order of the actions, a number or several; None for all.

        Returns:
            Their observations, rewards (float64), terminated and truncated (bool) ``(len(id),)``, and an array of
            infos, each with its ``"env_id"``.

        Raises:
            plyo.error.InvalidAction: An action is not in its space; nothing has changed.
            plyo.error.ResetNeeded: One of the environments has to be reset.
            IndexError: There is no such environment.
        """
        self._assert_is_not_closed()
        ids = self._to_ids(id)
        if len(ids) == self.env_num and (ids == self._all).all():
            observations, rewards, terminated, truncated, infos = self.envs.step(action)
        else:
            observations, rewards, terminated, truncated, infos = self.envs.step_lanes(action, ids)
        each = self._infos(infos, np.arange(len(ids)))
        for info, lane in zip(each, ids.tolist(), strict=True):
            info["env_id"] = lane
        return self._observed(observations), rewards, terminated, truncated, each

    def seed(self, seed: int | Sequence[int | None] | None = None) -> list[list[int | None]]:
        """Seeds the environments and resets them, as Tianshou does.

        Args:
            seed: Environment i starts its random stream, and that of its action space, from ``seed + i``; a list has
                the seed of each; None continues the streams.

        Returns:
            The seeds, a list for each environment.
        """
        self._assert_is_not_closed()
        if seed is None or not isinstance(seed, Sequence):
            seed = [None if seed is None else seed + i for i in range(self.env_num)]
        self.envs.reset(seed=list(seed))
        for space, own in zip(self._spaces["action_space"], seed, strict=True):
            space.seed(own)
        return [[own] for own in seed]

    def _to_ids(self, given: _Ids) -> npt.NDArray[np.int64]:
        if given is None:
            return self._all
        ids = np.atleast_1d(np.asarray(given, dtype=np.int64))
        if len(ids) and not (ids.min() >= 0 and ids.max() < self.env_num):
            raise IndexError(f"environments are numbered 0 to {self.env_num - 1}, got {given}")
        return ids

    def _observed(self, observations: Any) -> Any:
        """Observations as Tianshou stacks them: dictionaries become an array of dictionaries."""
        if isinstance(observations, dict):
            count = len(next(iter(observations.values())))
            return _objects([rows(observations, k) for k in range(count)])
        return observations

    def _infos(self, infos: dict[str, Any], ids: npt.NDArray[np.int64]) -> Any:
        """The infos of some environments of the batch, as an array of dictionaries."""
        if not infos:
            return _objects([{} for _ in ids])
        each = split_infos(infos, len(next(iter(infos.values()))))
        return _objects([each[i] for i in ids.tolist()])

    # The rest.

    def get_env_attr(self, key: str, id: _Ids = None) -> list[Any]:
        """An attribute of some environments, of all by default; spaces are Gymnasium's.

        Raises:
            AttributeError: There is no such attribute.
        """
        self._assert_is_not_closed()
        values = self._spaces[key] if key in self._spaces else self._native().get_attr(key)
        return [values[i] for i in self._to_ids(id).tolist()]

    def set_env_attr(self, key: str, value: Any, id: _Ids = None) -> None:
        """Sets an attribute of some environments, of all by default, to a value.

        Raises:
            AttributeError: It cannot be set.
        """
        self._assert_is_not_closed()
        lanes = set(self._to_ids(id).tolist())
        if len(lanes) == self.env_num:
            self._native().set_attr(key, [value] * self.env_num)
        else:
            old = self._native().get_attr(key)
            self._native().set_attr(key, [value if i in lanes else each for i, each in enumerate(old)])

    def _native(self) -> NativeVectorEnv:
        """The batch, if its environments have attributes."""
        if not isinstance(self.envs, NativeVectorEnv):
            raise AttributeError("the environments of an Atari batch are no objects, and have no attributes")
        return self.envs

    def render(self, **kwargs: Any) -> list[Any]:
        """A picture or text of each environment, by the render mode of the batch; None for each without a mode."""
        self._assert_is_not_closed()
        drawn = self.envs.render(**kwargs)
        return [None] * self.env_num if drawn is None else list(drawn)

    def close(self) -> None:
        """Frees the environments; the other methods raise from now on."""
        self._assert_is_not_closed()
        self.envs.close()
        self.is_closed = True


def _objects(values: list[Any]) -> Any:
    """An array of objects."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
