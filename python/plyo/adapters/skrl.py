"""Plyo's batches for skrl: a ``Wrapper`` that is stepped natively.

    from plyo.adapters.skrl import make_env
    from skrl.trainers.torch import SequentialTrainer

    trainer = SequentialTrainer(cfg=cfg, env=make_env("CartPole-v1", 64), agents=agent)

docs/guide/trainers.md has more.
"""

from __future__ import annotations

from typing import Any

from plyo.adapters._extras import not_installed
from plyo.adapters._making import make_batch
from plyo.vector import AutoresetMode, VectorEnv

try:
    import torch
    from gymnasium import spaces
    from skrl import config
    from skrl.envs.wrappers.torch import Wrapper
    from skrl.utils.spaces.torch import (
        flatten_tensorized_space,
        tensorize_space,
        unflatten_tensorized_space,
    )

    from plyo.gymnasium import to_gymnasium_space
except ImportError as e:
    raise not_installed("skrl with torch", "skrl") from e

__all__ = ["PlyoWrapper", "make_env"]


def make_env(id: Any, num_envs: int = 1, **kwargs: Any) -> PlyoWrapper:
    """Makes environments for skrl.

    Args:
        id: The id of a registered environment, or a spec.
        num_envs: The number of environments, at least 1.
        **kwargs: The other arguments of :func:`plyo.make_vec`. ``autoreset_mode`` is ``"same_step"`` by default.

    Raises:
        plyo.error.Error, TypeError, ValueError: :func:`plyo.make_vec` or :class:`PlyoWrapper` does not take the
            arguments.
    """
    return PlyoWrapper(make_batch(id, num_envs, AutoresetMode.SAME_STEP, kwargs))


class PlyoWrapper(Wrapper):  # type: ignore[misc]  # skrl is not installed where types are checked
    """A batch of Plyo's as an environment of skrl, which takes and returns tensors.

    As every batch, skrl resets it once, with the seed of ``skrl.utils.set_seed``; it resets environments that end by
    itself. On the CPU, observations of float32 and flags share the memory of the arrays of the batch.
    """

    def __init__(self, envs: VectorEnv) -> None:
        """Takes a batch.

        Args:
            envs: A batch that resets by itself, wrapped or not.

        Raises:
            TypeError: ``envs`` is no batch.
            ValueError: It does not reset by itself.
        """
        if not isinstance(envs, VectorEnv):
            raise TypeError(f"expected a plyo.vector.VectorEnv, got {envs!r}")
        if envs.metadata.get("autoreset_mode") == AutoresetMode.DISABLED:
            raise ValueError(
                "skrl resets no environments of a batch, but this one has its autoreset disabled; "
                'make it with autoreset_mode="same_step"'
            )
        super().__init__(envs)
        self._observation_space = to_gymnasium_space(envs.single_observation_space)
        self._action_space = to_gymnasium_space(envs.single_action_space)
        self._last: tuple[Any, Any] | None = None

    @property
    def observation_space(self) -> Any:
        """The space of one observation, as Gymnasium's."""
        return self._observation_space

    @property
    def action_space(self) -> Any:
        """The space of one action, as Gymnasium's."""
        return self._action_space

    def reset(self) -> tuple[Any, Any]:
        """Begins the first episodes; later calls return what the last step or reset returned.

        Returns:
            observations, a float32 tensor ``(num_envs, size)``, flattened as skrl does it; the infos.
        """
        if self._last is None:
            observations, infos = self._env.reset(seed=config.torch.key)
            self._last = self._flatten(observations), infos
        return self._last

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Steps every environment.

        Args:
            actions: A tensor ``(num_envs, size)``, flattened as skrl does it.

        Returns:
            Tensors: observations ``(num_envs, size)``, rewards (float32), terminated and truncated (bool)
            ``(num_envs, 1)``; the infos.

        Raises:
            plyo.error.InvalidAction: An action is not in its space; nothing has changed.
        """
        given = _to_arrays(self._action_space, unflatten_tensorized_space(self._action_space, actions))
        observations, rewards, terminated, truncated, infos = self._env.step(given)
        self._last = self._flatten(observations), infos
        return (
            self._last[0],
            torch.from_numpy(rewards.reshape(-1, 1)).to(self.device, torch.float32),
            torch.from_numpy(terminated.reshape(-1, 1)).to(self.device),
            torch.from_numpy(truncated.reshape(-1, 1)).to(self.device),
            infos,
        )

    def _flatten(self, observations: Any) -> Any:
        space = self._observation_space
        tensors = tensorize_space(space, _to_tensors(space, observations, self.device))
        return flatten_tensorized_space(tensors)

    def state(self) -> None:
        """None: there is no state beside the observations."""

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """What the batch renders."""
        return self._env.render(*args, **kwargs)

    def close(self) -> None:
        """Frees the environments."""
        self._env.close()


def _to_tensors(space: Any, values: Any, device: Any) -> Any:
    """Arrays as tensors of skrl's dtypes: float32 for a Box, int32 for whole numbers."""
    if isinstance(space, spaces.Dict):
        return {key: _to_tensors(part, values[key], device) for key, part in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_to_tensors(part, each, device) for part, each in zip(space, values, strict=True))
    dtype = torch.float32 if isinstance(space, spaces.Box) else torch.int32
    return torch.from_numpy(values).to(device, dtype)


def _to_arrays(space: Any, actions: Any) -> Any:
    """Tensors as actions of a batch."""
    if isinstance(space, spaces.Dict):
        return {key: _to_arrays(part, actions[key]) for key, part in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_to_arrays(part, each) for part, each in zip(space, actions, strict=True))
    actions = actions.detach().cpu()
    if actions.dtype is torch.bfloat16:  # NumPy has no such dtype
        actions = actions.float()
    array = actions.numpy().astype(space.dtype, copy=False)
    return array.reshape(-1) if isinstance(space, spaces.Discrete) else array
