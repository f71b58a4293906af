"""Batches of environments that are stepped one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Generic

import numpy as np
import numpy.typing as npt

from plyo.core import ActType, Env, ObsType, RenderFrame
from plyo.spaces.utils import is_space_dtype_shape_equiv
from plyo.vector._batching import (
    ObservationMode,
    batch_metadata,
    choose_observation_spaces,
    spread_values,
    to_autoreset_mode,
)
from plyo.vector._reset import split_mask, spread_seeds
from plyo.vector._step_values import check_step_values
from plyo.vector.utils import batch_space, concatenate, create_empty_array, iterate
from plyo.vector.vector_env import AutoresetMode, VectorEnv

__all__ = ["SyncVectorEnv"]


class SyncVectorEnv(VectorEnv[ObsType, ActType, np.ndarray], Generic[ObsType, ActType]):
    """A batch that steps its environments one after the other, in this process.

    Attributes:
        envs: The environments.
        env_fns: The functions that made them.
        copy: Whether observations are returned as copies.
        observation_mode: How the observation spaces are batched.
        autoreset_mode: When a finished episode is followed by the next one.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], Env[Any, Any]]],
        copy: bool = True,
        observation_mode: ObservationMode = "same",
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
    ) -> None:
        """Makes the environments.

        Args:
            env_fns: A function for each environment that makes it.
            copy: Whether :meth:`reset` and :meth:`step` return a copy of the observations; otherwise each call
                overwrites the arrays of the one before.
            observation_mode: ``"same"`` if all observation spaces are equal, ``"different"`` if they agree in shape
                and dtype only, or the pair ``(observation_space, single_observation_space)``.
            autoreset_mode: When a finished episode is followed by the next one.

        Raises:
            RuntimeError: The spaces of the environments do not fit together.
            ValueError: There is no such ``observation_mode`` or ``autoreset_mode``.
            TypeError: The pair for ``observation_mode`` does not consist of spaces.
        """
        super().__init__()
        self.env_fns = env_fns
        self.copy = copy
        self.observation_mode = observation_mode
        self.autoreset_mode = to_autoreset_mode(autoreset_mode)

        self.envs: list[Env[Any, Any]] = [env_fn() for env_fn in env_fns]
        self.num_envs = len(self.envs)
        self.metadata = batch_metadata(self.envs[0], self.autoreset_mode)
        self.render_mode = self.envs[0].render_mode

        self.single_action_space = self.envs[0].action_space
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.observation_space, self.single_observation_space = choose_observation_spaces(
            observation_mode,
            self.envs[0].observation_space,
            lambda: [env.observation_space for env in self.envs],
            self.num_envs,
        )
        for env in self.envs:
            self._check_spaces(env)

        self._env_obs: list[Any] = [None] * self.num_envs
        self._observations: Any = create_empty_array(
            self.single_observation_space, n=self.num_envs, fn=np.zeros
        )
        self._rewards = np.zeros(self.num_envs, dtype=np.float64)
        self._terminations = np.zeros(self.num_envs, dtype=np.bool_)
        self._truncations = np.zeros(self.num_envs, dtype=np.bool_)
        self._autoreset_envs = np.zeros(self.num_envs, dtype=np.bool_)

    def _check_spaces(self, env: Env[Any, Any]) -> None:
        """Raises if the spaces of an environment differ from the batch's."""
        single, own = self.single_observation_space, env.observation_space
        if self.observation_mode == "same":
            if own != single:
                raise RuntimeError(
                    "SyncVectorEnv(..., observation_mode='same') however the sub-environments observation "
                    f"spaces are not equivalent. single_observation_space={single}, sub-environment "
                    f"observation_space={own}. If this is intentional, use `observation_mode='different'` "
                    "instead."
                )
        elif not is_space_dtype_shape_equiv(own, single):
            raise RuntimeError(
                "SyncVectorEnv(..., observation_mode='different' or custom space) however the "
                "sub-environments observation spaces do not share a common shape and dtype, "
                f"single_observation_space={single}, sub-environment observation space={own}"
            )
        if env.action_space != self.single_action_space:
            raise RuntimeError(
                "Sub-environment action space doesn't make the `single_action_space`, "
                f"action_space={env.action_space}, single_action_space={self.single_action_space}"
            )

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generators of the environments."""
        return self.get_attr("np_random")

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seeds of the environments' generators."""
        return self.get_attr("np_random_seed")

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the environments.

        Args:
            seed: With an integer, environment i gets ``seed + i``; a list has a seed for each.
            options: The options for every environment, and ``"reset_mask"``, a bool array of shape ``(num_envs,)``:
                only these are reset, the others keep their last observation. The dictionary is not changed.

        Returns:
            The batched observations and the infos.

        Raises:
            ValueError, TypeError: The seeds or the mask do not fit; nothing has changed.
        """
        seeds = spread_seeds(seed, self.num_envs)
        mask, options = split_mask(options, self.num_envs)
        chosen = range(self.num_envs) if mask is None else np.flatnonzero(mask).tolist()
        infos: dict[str, Any] = {}
        for i in chosen:
            self._terminations[i] = self._truncations[i] = self._autoreset_envs[i] = False
            self._env_obs[i], info = self.envs[i].reset(seed=seeds[i], options=options)
            infos = self._add_info(infos, info, i)
        return self._batch_observations(), infos

    def step(
        self, actions: ActType
    ) -> tuple[
        ObsType, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_], dict[str, Any]
    ]:
        """Steps the environments.

        Args:
            actions: An element of :attr:`action_space`.

        Returns:
            The batched observations; rewards (float64), terminations and truncations (bool) of shape
            ``(num_envs,)``; the infos.

        Raises:
            AssertionError: Autoreset is disabled and an episode has ended; nothing has changed.
            ValueError: An environment has returned a reward or a flag that is not a single value.
        """
        mode = self.autoreset_mode
        if mode is AutoresetMode.DISABLED and self._autoreset_envs.any():
            raise AssertionError(f"{self._autoreset_envs=}")

        infos: dict[str, Any] = {}
        each = zip(iterate(self.action_space, actions), self.envs, strict=True)
        for i, (action, env) in enumerate(list(each)):
            if mode is AutoresetMode.NEXT_STEP and self._autoreset_envs[i]:
                self._env_obs[i], info = env.reset()
                self._rewards[i], self._terminations[i], self._truncations[i] = 0.0, False, False
            else:
                self._env_obs[i], reward, terminated, truncated, info = env.step(action)
                reward, terminated, truncated = check_step_values(i, reward, terminated, truncated)
                self._rewards[i], self._terminations[i], self._truncations[i] = reward, terminated, truncated
                if mode is AutoresetMode.SAME_STEP and (terminated or truncated):
                    final = {"final_obs": self._env_obs[i], "final_info": info}
                    infos = self._add_info(infos, final, i)
                    self._env_obs[i], info = env.reset()
            infos = self._add_info(infos, info, i)

        observations = self._batch_observations()
        self._autoreset_envs = np.logical_or(self._terminations, self._truncations)
        return (
            observations,
            self._rewards.copy(),
            self._terminations.copy(),
            self._truncations.copy(),
            infos,
        )

    def _batch_observations(self) -> Any:
        """Writes the observations of all environments into one, and returns it or a copy."""
        self._observations = concatenate(self.single_observation_space, self._env_obs, self._observations)
        return deepcopy(self._observations) if self.copy else self._observations

    def render(self) -> tuple[RenderFrame, ...]:
        """Draws the environments, one frame for each."""
        return tuple(env.render() for env in self.envs)  # type: ignore[misc]

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Calls a method of every environment.

        Args:
            name: The method, or an attribute, which is returned instead.
            *args: Arguments for the method.
            **kwargs: Keyword arguments for the method.

        Returns:
            The result of each environment.

        Raises:
            AttributeError: An environment has no attribute of that name.
        """
        results = []
        for env in self.envs:
            function = env.get_wrapper_attr(name)
            results.append(function(*args, **kwargs) if callable(function) else function)
        return tuple(results)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """The attribute of every environment; callable ones are called."""
        return self.call(name)

    def set_attr(self, name: str, values: list[Any] | tuple[Any, ...] | Any) -> None:
        """Sets an attribute of every environment.

        Args:
            name: The attribute.
            values: A list or tuple with one value for each environment; anything else goes to all.

        Raises:
            ValueError: There are more or fewer values than environments.
        """
        for env, value in zip(self.envs, spread_values(values, self.num_envs), strict=True):
            env.set_wrapper_attr(name, value)

    def close_extras(self, **kwargs: Any) -> None:
        """Closes the environments."""
        for env in getattr(self, "envs", ()):  # empty if an environment could not be made
            env.close()
