"""The base of observation wrappers that begin anew with every episode of an environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.core import ActType, ObsType, WrapperObsType
from plyo.spaces import Dict, Space, Tuple
from plyo.vector._reset import lanes_to_reset
from plyo.vector.vector_env import ArrayType, AutoresetMode, VectorEnv
from plyo.wrappers.vector._batches import is_array_space
from plyo.wrappers.vector._observation import AnyModeObservationWrapper

Mask = NDArray[np.bool_]


def map_arrays(space: Space[Any], function: Callable[..., Any], *batches: Any) -> Any:
    """Calls a function with each array of one or more batches of the same space; the results in the same form.

    Args:
        space: The space of one element.
        function: Takes the space of a part and the arrays.
        *batches: Batches of arrays, in tuples and dictionaries or not.
    """
    if isinstance(space, Tuple):
        parts = zip(space.spaces, *batches, strict=True)
        return tuple(map_arrays(part, function, *arrays) for part, *arrays in parts)
    if isinstance(space, Dict):
        return {
            key: map_arrays(part, function, *(batch[key] for batch in batches))
            for key, part in space.spaces.items()
        }
    return function(space, *batches)


def named_arrays(space: Space[Any], batch: Any, name: str) -> dict[str, NDArray[Any]]:
    """The arrays of a batch by name, as snapshots have them."""
    if isinstance(space, Tuple):
        parts: Any = zip(range(len(space.spaces)), space.spaces, batch, strict=True)
    elif isinstance(space, Dict):
        parts = [(key, part, batch[key]) for key, part in space.spaces.items()]
    else:
        return {name: batch}
    named: dict[str, NDArray[Any]] = {}
    for key, part, arrays in parts:
        named.update(named_arrays(part, arrays, f"{name}.{key}"))
    return named


def check_arrays(wrapper: Any, space: Space[Any]) -> None:
    """Checks that batches of a space consist of arrays.

    Raises:
        ValueError: They do not.
    """
    if not is_array_space(space):
        name = type(wrapper).__name__
        raise ValueError(
            f"{name} of batches needs observations that are arrays, or tuples or dictionaries of arrays, got {space}; "
            f"wrap each environment: make_vec(..., wrappers=[plyo.wrappers.{name}])"
        )


class EpisodeObservationWrapper(AnyModeObservationWrapper[WrapperObsType, ActType, ObsType, ArrayType]):
    """An observation wrapper that remembers something of the running episode of each environment.

    A subclass implements :meth:`_go_on`, :meth:`_begin` and :meth:`_show`.
    """

    _prev_dones: Mask

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch.

        Args:
            env: The batch. Without ``metadata["autoreset_mode"]`` it is taken to reset in the next step.

        Raises:
            ValueError: Observations are no arrays, or ``metadata["autoreset_mode"]`` is not an
                :class:`~plyo.vector.AutoresetMode`.
        """
        super().__init__(env)
        check_arrays(self, env.single_observation_space)
        self._prev_dones = np.zeros(self.num_envs, dtype=np.bool_)

    def _go_on(self, observations: ObsType) -> None:
        """All environments have taken a step."""
        raise NotImplementedError

    def _begin(self, observations: ObsType, which: Mask) -> None:
        """Some environments begin an episode with their row of the observations."""
        raise NotImplementedError

    def _show(self, observations: ObsType) -> WrapperObsType:
        """The wrapper's observations, in new arrays."""
        raise NotImplementedError

    def _final(self, shown: WrapperObsType, lane: int, final: Any) -> Any:
        """The last observation of an episode, from those that are shown and from the inner one."""

        def row(_: Any, array: NDArray[Any]) -> Any:
            return array[lane].copy() if array.ndim > 1 else array[lane]

        return map_arrays(self.single_observation_space, row, shown)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner batch. With a mask, the episodes of the other environments go on.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them.

        Raises:
            TypeError, ValueError: ``options["reset_mask"]`` is not a bool array of shape ``(num_envs,)`` with a True
                in it.
        """
        which = lanes_to_reset(options, self.num_envs)
        observations, infos = self.env.reset(seed=seed, options=options)
        self._begin(observations, which)
        self._prev_dones = self._prev_dones & ~which
        return self._show(observations), infos

    def step(
        self, actions: ActType
    ) -> tuple[WrapperObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the inner batch and changes the observations, ``infos["final_obs"]`` included."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        ended: Mask = np.logical_or(np.asarray(terminations), np.asarray(truncations))
        at_once = self.autoreset_mode == AutoresetMode.SAME_STEP
        if at_once and ended.any():
            infos = self._end(observations, ended, infos)
        else:
            self._go_on(observations)
            if self.autoreset_mode == AutoresetMode.NEXT_STEP and self._prev_dones.any():
                self._begin(observations, self._prev_dones)  # the step has only reset these
        self._prev_dones = ended
        return self._show(observations), rewards, terminations, truncations, infos

    def _end(self, observations: ObsType, ended: Mask, infos: dict[str, Any]) -> dict[str, Any]:
        """Takes a step in that has ended episodes and begun the next ones; returns the infos."""
        inner = self.env.single_observation_space
        lanes = np.flatnonzero(ended).tolist()
        last: Any = observations
        if "final_obs" in infos:
            last = map_arrays(inner, lambda _, array: array.copy(), observations)
            for lane in lanes:
                map_arrays(
                    inner,
                    lambda _, array, value, lane=lane: array.__setitem__(lane, value),
                    last,
                    infos["final_obs"][lane],
                )
        self._go_on(last)
        if "final_obs" in infos:
            shown = self._show(last)
            finals = np.full(self.num_envs, None, dtype=object)
            for lane in lanes:
                finals[lane] = self._final(shown, lane, infos["final_obs"][lane])
            infos = {**infos, "final_obs": finals}
        self._begin(observations, ended)
        return infos
