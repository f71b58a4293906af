"""Batches whose steps are several steps of the batch inside with the same actions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import is_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType
from plyo.vector._reset import lanes_to_reset
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.vector_env import AutoresetMode, VectorEnv, VectorWrapper
from plyo.wrappers.vector._episode_observation import map_arrays
from plyo.wrappers.vector._fusing import Fusible, Stage, fused, shown
from plyo.wrappers.vector.time_limit import TimeLimit

__all__ = ["MaxAndSkipObservation", "RepeatAction"]

Array = NDArray[Any]


class _RepeatedSteps(Fusible, VectorWrapper[ObsType, ActType, ObsType, ActType, Array]):
    """The base: each environment takes an action until the repetitions or its episode are over."""

    def __init__(self, env: VectorEnv[ObsType, ActType, Array], repeats: int) -> None:
        VectorWrapper.__init__(self, env)
        batch: Any = env
        while isinstance(batch, TimeLimit):
            batch = batch.env
        if not isinstance(batch, NativeVectorEnv):
            name = type(self).__name__
            raise TypeError(
                f"{name} of batches goes directly around a native one, as it steps some of the environments, got "
                f"{env}; put other wrappers outside, or wrap each environment: "
                f"make_vec(..., wrappers=[plyo.wrappers.{name}])"
            )
        self._batch = batch
        self._repeats = repeats
        self._mode = batch.metadata["autoreset_mode"]
        self._prev_dones = np.zeros(self.num_envs, dtype=np.bool_)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner batch.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them.

        Raises:
            TypeError, ValueError: ``options["reset_mask"]`` is not a bool array of shape ``(num_envs,)`` with a True
                in it.
        """
        which = lanes_to_reset(options, self.num_envs)
        result = super().reset(seed=seed, options=options)
        self._prev_dones = self._prev_dones & ~which
        return result

    @fused
    def step(self, actions: ActType) -> tuple[ObsType, Array, Array, Array, dict[str, Any]]:
        """Steps the inner batch, and again those environments whose episodes go on; rewards are added up.

        An environment that the step only resets takes no further one.
        """
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        # the arrays are the batch's own where it has buffers
        observations = map_arrays(self.single_observation_space, lambda _, array: array.copy(), observations)
        terminated, truncated = terminated.copy(), truncated.copy()
        total = 0.0 + rewards.astype(np.float64)
        goes_on = ~(terminated | truncated)
        if self._mode == AutoresetMode.NEXT_STEP:
            goes_on &= ~self._prev_dones
        self._see(None, observations, infos)
        space, action_space = self.single_observation_space, self.single_action_space
        for _ in range(1, self._repeats):
            ids = np.flatnonzero(goes_on)
            if not len(ids):
                break
            again = map_arrays(action_space, lambda _, array, ids=ids: np.asarray(array)[ids], actions)
            seen, gained, terminated[ids], truncated[ids], told = self._batch.step_lanes(again, ids)
            self._see(ids, seen, told)
            map_arrays(
                space, lambda _, array, rows, ids=ids: array.__setitem__(ids, rows), observations, seen
            )
            total[ids] += gained
            infos = _merge(infos, told, ids, self.num_envs)
            goes_on[ids] = ~(terminated[ids] | truncated[ids])
        if self._mode == AutoresetMode.SAME_STEP:
            infos = _in_order(infos)
        self._prev_dones = terminated | truncated
        rewards = total.astype(rewards.dtype)
        return self._shown(observations, infos), rewards, terminated, truncated, infos

    def _see(self, ids: NDArray[np.intp] | None, observations: Any, infos: dict[str, Any]) -> None:
        """Some environments, or all, have taken a step."""

    def _shown(self, observations: ObsType, infos: dict[str, Any]) -> ObsType:
        """The observations after the last step; those of ended episodes are among the infos."""
        return observations

    def _lane_memory(self) -> dict[str, Array]:
        return {"_prev_dones": self._prev_dones}


def _in_order(infos: dict[str, Any]) -> dict[str, Any]:
    """Infos with the keys of the first environment first: if its episode has ended, those of the end."""
    if "final_obs" not in infos or not infos["_final_obs"][0]:
        return infos
    last = ("final_obs", "_final_obs", "final_info", "_final_info")
    return {**{key: infos[key] for key in last if key in infos}, **infos}


def _merge(
    infos: dict[str, Any], told: dict[str, Any], ids: NDArray[np.intp], num_envs: int
) -> dict[str, Any]:
    """The infos of all environments after some have taken another step, of which these are told."""
    merged = dict(infos)
    for key in {**infos, **told}:
        there, new = infos.get(key), told.get(key)
        known: Any = there if new is None else new
        if isinstance(known, dict):
            merged[key] = _merge(there or {}, new or {}, ids, num_envs)
            continue
        nothing = None if known.dtype == object else 0
        everywhere = np.full((num_envs, *known.shape[1:]), nothing, dtype=known.dtype)
        merged[key] = everywhere if there is None else there.copy()
        merged[key][ids] = nothing if new is None else new
    return merged


class RepeatAction(_RepeatedSteps[ObsType, ActType], RecordConstructorArgs):
    """Takes each action several times and adds up the rewards.

    Each environment does what :class:`plyo.wrappers.RepeatAction` does around it alone: an episode that ends in between
    ends its repetition, and observation and info are those of its last step. In ``next_step`` mode a step that resets
    an environment does nothing else to it.

    Attributes:
        num_repeats: The number of steps an action is taken for.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, Array], num_repeats: int) -> None:
        """Wraps a batch.

        Args:
            env: A native batch, or :class:`TimeLimit` around one.
            num_repeats: At least 1.

        Raises:
            TypeError: ``num_repeats`` is not an integer, or the batch is another one.
            ValueError: ``num_repeats`` is below 1.
        """
        if not is_integer(num_repeats):
            raise TypeError(f"The num_repeats is expected to be an integer, actual type: {type(num_repeats)}")
        if num_repeats < 1:
            raise ValueError(
                f"The num_repeats value needs to be equal or greater than one, actual value: {num_repeats}"
            )
        RecordConstructorArgs.__init__(self, num_repeats=int(num_repeats))
        super().__init__(env, int(num_repeats))
        self.num_repeats = int(num_repeats)

    def _stage(self) -> Stage:
        return Stage("repeat_steps", (self._repeats,), pins=((self, "_repeats", self._repeats),))


class MaxAndSkipObservation(_RepeatedSteps[Array, ActType], RecordConstructorArgs):
    """Takes each action several times and returns the maximum of the last two observations.

    Each environment does what :class:`plyo.wrappers.MaxAndSkipObservation` does around it alone: an episode that ends
    in between ends its repetition; the maximum is then that of the last two observations of this action, or the only
    one. The observation after a reset is the task's own.
    """

    def __init__(self, env: VectorEnv[Array, ActType, Array], skip: int = 4) -> None:
        """Wraps a batch.

        Args:
            env: A native batch, or :class:`TimeLimit` around one, with observations that are one array.
            skip: The number of steps an action is taken for, at least 2.

        Raises:
            TypeError: ``skip`` is not an integer, or the batch is another one.
            ValueError: ``skip`` is below 2, or the observation space has no shape.
        """
        if not is_integer(skip):
            raise TypeError(f"The skip is expected to be an integer, actual type: {type(skip)}")
        if skip < 2:
            raise ValueError(f"The skip value needs to be equal or greater than two, actual value: {skip}")
        if env.single_observation_space.shape is None:
            raise ValueError("The observation space must have the shape attribute.")
        RecordConstructorArgs.__init__(self, skip=int(skip))
        super().__init__(env, int(skip))
        space = env.single_observation_space
        self._observations: Array = np.zeros((self.num_envs, *(space.shape or ())), dtype=space.dtype)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Resets the inner batch. Environments that a mask leaves out keep their observation of the step before.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them.

        Raises:
            TypeError, ValueError: ``options["reset_mask"]`` is not a bool array of shape ``(num_envs,)`` with a True
                in it.
        """
        others = ~lanes_to_reset(options, self.num_envs)
        observations, infos = super().reset(seed=seed, options=options)
        if others.any():
            observations = observations.copy()
            observations[others] = self._observations[others]
        self._observations[...] = observations
        return observations, infos

    def _see(self, ids: NDArray[np.intp] | None, observations: Array, infos: dict[str, Any]) -> None:
        last = observations.copy()
        if self._mode == AutoresetMode.SAME_STEP and "final_obs" in infos:
            for row in np.flatnonzero(infos["_final_obs"]):
                last[row] = infos["final_obs"][row]
        if ids is None:
            self._last, self._before = last, last.copy()
        else:
            self._before[ids] = self._last[ids]
            self._last[ids] = last

    def _shown(self, observations: Array, infos: dict[str, Any]) -> Array:
        # of zeros with different signs the last, as the engine has it
        keeps = (self._before > self._last) | np.isnan(self._before)
        largest: Array = np.where(keeps, self._before, self._last)
        del self._before, self._last
        if self._mode == AutoresetMode.SAME_STEP and "final_obs" in infos:
            finals = infos["final_obs"] = infos["final_obs"].copy()
            for lane in np.flatnonzero(infos["_final_obs"]):
                row = largest[lane]
                finals[lane] = row.copy() if isinstance(row, np.ndarray) else row
                largest[lane] = observations[lane]
        self._observations[...] = largest
        return largest

    def _stage(self) -> Stage:
        return Stage(
            "skip_steps",
            (self._repeats,),
            shows=shown(self.single_observation_space),
            pins=((self, "_repeats", self._repeats),),
        )

    def _lane_memory(self) -> dict[str, Array]:
        return {"_observations": self._observations, **super()._lane_memory()}
