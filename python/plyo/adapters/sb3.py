"""Plyo's batches for Stable-Baselines3: a ``VecEnv`` that is stepped natively.

    from plyo.adapters.sb3 import make_vec_env
    from stable_baselines3 import PPO

    model = PPO("MlpPolicy", make_vec_env("CartPole-v1", 8))

docs/guide/trainers.md has more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import plyo
from plyo.adapters._extras import not_installed
from plyo.adapters._listed import Infos, ListedSteps, Step, has_listed_steps
from plyo.adapters._making import make_batch
from plyo.adapters._steps import check_resets_in_same_step
from plyo.envs.creators import Creator
from plyo.spaces import Space
from plyo.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv
from plyo.vector._infos import split_infos

try:
    from stable_baselines3.common.monitor import Monitor, ResultsWriter
    from stable_baselines3.common.vec_env import VecEnv

    from plyo.gymnasium import to_gymnasium_space
except ImportError as e:
    raise not_installed("stable_baselines3", "sb3") from e

__all__ = ["PlyoVecEnv", "make_vec_env"]


def make_vec_env(
    env_id: str,
    n_envs: int = 1,
    seed: int | None = None,
    *,
    monitor_dir: str | Path | None = None,
    env_kwargs: dict[str, Any] | None = None,
    **kwargs: Any,
) -> PlyoVecEnv:
    """Makes environments for Stable-Baselines3, as its own ``make_vec_env`` does.

    Args:
        env_id: The id of a registered environment.
        n_envs: The number of environments, at least 1.
        seed: Environment i starts its random stream from ``seed + i`` at the first reset; None for streams that differ
            in every run.
        monitor_dir: A folder for the file of episodes, which ``stable_baselines3.common.results_plotter`` reads; None
            for no file.
        env_kwargs: Arguments of :func:`plyo.make_vec`, such as ``{"max_episode_steps": 200}``.
        **kwargs: More of them. ``render_mode`` is ``"rgb_array"`` by default, where the task can be drawn.

    Returns:
        The environments, whose infos tell of ended episodes as ``Monitor`` does: no ``VecMonitor`` is needed.

    Raises:
        plyo.error.Error, TypeError, ValueError: :func:`plyo.make_vec` does not take the arguments.
    """
    arguments = {**(env_kwargs or {}), **kwargs}
    if _has_pictures(env_id):
        arguments.setdefault("render_mode", "rgb_array")
    envs = make_batch(env_id, n_envs, AutoresetMode.SAME_STEP, arguments)
    made = PlyoVecEnv(envs, monitor_dir=monitor_dir)
    made.seed(seed)
    return made


def _has_pictures(env_id: str) -> bool:
    """Whether the classes of an environment say that it can be drawn."""
    spec = plyo.spec(env_id)
    made = Creator(spec.entry_point if spec.vector_entry_point is None else spec.vector_entry_point).call
    return "rgb_array" in getattr(made, "metadata", {}).get("render_modes", ())


class PlyoVecEnv(VecEnv):  # type: ignore[misc]  # SB3 is not installed where types are checked
    """A batch of Plyo's as a ``VecEnv`` of Stable-Baselines3.

    Infos are dictionaries of their step alone. That of a step that ends an episode has the keys
    ``"terminal_observation"``, ``"TimeLimit.truncated"`` and ``"episode"``, which is
    ``{"r": return, "l": steps, "t": seconds since the beginning}``. The sum of rewards is not rounded; ``Monitor``
    rounds it to 6 decimals.

    Attributes:
        envs: The batch.
    """

    def __init__(self, envs: VectorEnv, *, monitor_dir: str | Path | None = None) -> None:
        """Takes a batch.

        Args:
            envs: A batch that resets in the same step, wrapped or not.
            monitor_dir: A folder for the file of episodes; None for no file.

        Raises:
            TypeError: ``envs`` is no batch.
            ValueError: It does not reset in the same step.
        """
        check_resets_in_same_step(envs)
        self.envs = envs
        self._is_listed = has_listed_steps(envs)
        self._other_steps = None if self._is_listed else ListedSteps(envs)
        self._actions: Any = None
        self._start = time.time()
        super().__init__(
            envs.num_envs,
            to_gymnasium_space(envs.single_observation_space),
            to_gymnasium_space(envs.single_action_space),
        )
        self.metadata = dict(envs.metadata)
        self._writer = None
        if monitor_dir is not None:
            name = "None" if envs.spec is None else envs.spec.id
            header = {"t_start": self._start, "env_id": name}
            self._writer = ResultsWriter(str(Path(monitor_dir) / "0"), header=header)

    @property
    def spec(self) -> Any:
        """The spec that the batch was made from, or None."""
        return self.envs.spec

    # Stepping.

    def reset(self) -> Any:
        """Begins new episodes, with the seeds and options that were set for this reset.

        Returns:
            observations ``(num_envs, ...)``, a dictionary of such arrays for Dict.
        """
        seeds = None if all(seed is None for seed in self._seeds) else list(self._seeds)
        observations: Any = None
        self.reset_infos: Infos = [{} for _ in range(self.num_envs)]
        for options in self._grouped_options():
            observations, infos = (self._other_steps or self.envs).reset(seed=seeds, options=options)
            for lane, info in enumerate(split_infos(infos, self.num_envs)):
                self.reset_infos[lane] |= info
        self._reset_seeds()
        self._reset_options()
        return observations

    def _grouped_options(self) -> list[dict[str, Any] | None]:
        """The options of one reset for each group of environments that have the same, masks included."""
        groups: list[tuple[dict[str, Any], list[int]]] = []
        for lane, options in enumerate(self._options):
            for known, lanes in groups:
                if known == options:
                    lanes.append(lane)
                    break
            else:
                groups.append((options, [lane]))
        if len(groups) == 1:
            return [groups[0][0] or None]
        masks = [np.isin(np.arange(self.num_envs), lanes) for _, lanes in groups]
        return [{**options, "reset_mask": mask} for (options, _), mask in zip(groups, masks, strict=True)]

    def step(self, actions: Any) -> Step:
        """Steps every environment.

        Returns:
            observations ``(num_envs, ...)``, rewards float32 and dones bool ``(num_envs,)``, a list of infos. All of it
            is fresh.

        Raises:
            plyo.error.InvalidAction: An action is not in its space; nothing has changed.
            plyo.error.ResetNeeded: The environments were never reset.
        """
        steps: Any = self.envs._engine if self._is_listed else self._other_steps  # type: ignore[attr-defined]
        result: Step = steps.step_listed(actions, self._start, self.reset_infos)
        if self._writer is not None:
            for lane in np.flatnonzero(result[2]):
                self._writer.write_row(result[3][lane]["episode"])
        return result

    def step_async(self, actions: Any) -> None:
        """Takes the actions for :meth:`step_wait`."""
        self._actions = actions

    def step_wait(self) -> Step:
        """Steps every environment, as :meth:`step`."""
        return self.step(self._actions)

    def close(self) -> None:
        """Frees the environments and closes the file of episodes."""
        self.envs.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    # Pictures.

    def get_images(self) -> Sequence[Any]:
        """A picture of each environment, uint8 ``(height, width, 3)``; None for each without ``"rgb_array"``."""
        if self.render_mode != "rgb_array":
            return [None] * self.num_envs
        return list(self.envs.render() or [])

    # Attributes and methods of single environments.

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of some environments, of all by default.

        Raises:
            AttributeError: There is no such attribute.
        """
        values = self._values(attr_name)
        return [
            to_gymnasium_space(values[i]) if isinstance(values[i], Space) else values[i]
            for i in self._get_indices(indices)
        ]

    def _values(self, name: str) -> Sequence[Any]:
        if name == "render_mode":
            return [self.envs.render_mode] * self.num_envs
        return self.envs.unwrapped.get_attr(name)  # type: ignore[attr-defined, no-any-return]  # of every kind of batch

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets an attribute of some environments, of all by default, to a value.

        Raises:
            AttributeError: It cannot be set.
        """
        base: Any = self.envs.unwrapped
        lanes = set(self._get_indices(indices))
        if len(lanes) == self.num_envs:
            values = [value] * self.num_envs
        else:
            values = [value if i in lanes else old for i, old in enumerate(base.get_attr(attr_name))]
        base.set_attr(attr_name, values)

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Calls a method of some environments, of all by default.

        A native batch steps and resets its environments together, so their ``step`` and ``reset`` raise.

        Raises:
            AttributeError: There is no such method.
            ValueError: The batch is asynchronous and not all of its environments are named.
        """
        lanes = list(self._get_indices(indices))
        base: Any = self.envs.unwrapped
        if isinstance(base, AsyncVectorEnv):
            if lanes != list(range(self.num_envs)):
                raise ValueError(
                    f"an asynchronous batch calls {method_name!r} in all environments, got indices={indices!r}; "
                    'make it with vectorization_mode="sync"'
                )
            return list(base.call(method_name, *method_args, **method_kwargs))
        members = base.envs if isinstance(base, SyncVectorEnv) else base.get_attr("unwrapped")
        return [members[lane].get_wrapper_attr(method_name)(*method_args, **method_kwargs) for lane in lanes]

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """Whether the environments do what a wrapper does: True for ``Monitor`` and its base classes."""
        does = issubclass(Monitor, wrapper_class)
        return [does for _ in self._get_indices(indices)]
