"""Batches that take and return PyTorch tensors.

    envs = plyo.torch.make_vec("CartPole-v1", 64)
    observations, _ = envs.reset(seed=0)
    observations, rewards, terminated, truncated, infos = envs.step(policy(observations))

Tensors share the memory of the arrays that the batch returns: nothing is copied. They are on the CPU; ``.to(device)``
moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from plyo.basics.install import pip_install
from plyo.envs.making_vec import make_vec as make_batch
from plyo.envs.making_vec import vectorization_of
from plyo.error import DependencyNotInstalled
from plyo.policies import Policy
from plyo.trajectory import Trajectory
from plyo.vector import VectorWrapper

try:
    import torch
except ImportError as e:
    raise DependencyNotInstalled(
        f"torch is not installed or cannot be imported, run `{pip_install('torch')}`"
    ) from e

__all__ = ["TorchVectorEnv", "make_vec", "to_arrays", "to_tensors"]


def to_tensors(values: Any) -> Any:
    """Arrays as tensors that share their memory.

    Args:
        values: A NumPy array, or a dictionary, tuple or list of arrays, as deep as may be.

    Returns:
        The same structure of tensors. An array that cannot be written to is copied, because PyTorch has no tensors
        that cannot.

    Raises:
        TypeError: An array has a dtype that PyTorch does not know.
    """
    if isinstance(values, np.ndarray):
        return torch.from_numpy(values if values.flags.writeable else values.copy())
    if isinstance(values, Mapping):
        return {key: to_tensors(part) for key, part in values.items()}
    if isinstance(values, (tuple, list)):
        return type(values)(to_tensors(part) for part in values)
    raise TypeError(f"expected arrays, got {values!r}")


def to_arrays(values: Any) -> Any:
    """Tensors as NumPy arrays that share their memory, for the actions of a batch.

    Args:
        values: A tensor, or a dictionary, tuple or list of tensors, as deep as may be. Other values stay.

    Returns:
        The same structure of arrays. A tensor of bfloat16 is copied, as float32: NumPy has no such dtype.

    Raises:
        TypeError: A tensor is not on the CPU.
    """
    if isinstance(values, torch.Tensor):
        values = values.detach()
        return (values.float() if values.dtype is torch.bfloat16 else values).numpy()
    if isinstance(values, Mapping):
        return {key: to_arrays(part) for key, part in values.items()}
    if isinstance(values, (tuple, list)):
        return type(values)(to_arrays(part) for part in values)
    return values


def make_vec(id: Any, num_envs: int = 1, **kwargs: Any) -> TorchVectorEnv:
    """Makes a batch that takes and returns tensors.

    Args:
        id: The id of a registered environment, or a spec.
        num_envs: The number of environments, at least 1.
        **kwargs: The other arguments of :func:`plyo.make_vec`. ``reward_dtype`` is ``"float32"`` by default, where the
            batch is native.

    Raises:
        plyo.error.Error, TypeError, ValueError: :func:`plyo.make_vec` does not take the arguments.
    """
    if vectorization_of(id, **kwargs) == "native":
        kwargs.setdefault("reward_dtype", "float32")
    return TorchVectorEnv(make_batch(id, num_envs, **kwargs))


class TorchVectorEnv(VectorWrapper[Any, Any, Any, Any, Any]):
    """A batch that takes and returns tensors, on the CPU.

    The tensors of a step share the memory of its arrays, which are fresh, or those of a ring with ``num_buffers``.
    Rewards of float64 are converted to float32, which copies them. Infos are NumPy's.
    """

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins new episodes.

        Args:
            seed: As the batch takes it.
            options: As the batch takes them; ``"reset_mask"`` may be a bool tensor.

        Returns:
            observations, a tensor ``(num_envs, ...)`` or a tuple or dict of them; the infos.
        """
        if options is not None and "reset_mask" in options:
            options = {**options, "reset_mask": to_arrays(options["reset_mask"])}
        observations, infos = self.env.reset(seed=seed, options=options)
        return to_tensors(observations), infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Steps every environment.

        Args:
            actions: A tensor of shape ``(num_envs, ...)``, or a tuple or dict of them for Tuple and Dict. What the
                batch takes is taken too.

        Returns:
            Tensors: observations ``(num_envs, ...)``, rewards (float32), terminated and truncated (bool)
            ``(num_envs,)``; the infos.

        Raises:
            plyo.error.Error: As the step of the batch.
            TypeError: The actions are not on the CPU.
        """
        observations, rewards, terminated, truncated, infos = self.env.step(to_arrays(actions))
        return (
            to_tensors(observations),
            torch.from_numpy(rewards).to(torch.float32),
            torch.from_numpy(terminated),
            torch.from_numpy(truncated),
            infos,
        )

    def rollout(
        self,
        policy: Policy | Callable[[Any], Any],
        num_steps: int,
        *,
        record: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> Trajectory:
        """Steps a native batch ``num_steps`` times under a policy; see :meth:`plyo.vector.NativeVectorEnv.rollout`.

        Args:
            policy: A policy of :mod:`plyo.policies`, or a function from a tensor of observations ``(num_envs, ...)``
                to one of actions, such as a module; it is called without gradients.
            num_steps: The number of steps, at least 1.
            record: The fields of the trajectory to record; None for all that are arrays over time.
            **kwargs: Further arguments of the rollout of the batch.

        Returns:
            A trajectory of tensors. Rewards are float64, as the rollout of the batch records them.
        """
        chosen = policy if isinstance(policy, Policy) else _on_arrays(policy)
        arrays = self.env.rollout(chosen, num_steps, record=record, **kwargs)  # type: ignore[attr-defined]  # native
        values = {field.name: getattr(arrays, field.name) for field in fields(Trajectory)}
        return Trajectory(**{name: None if v is None else to_tensors(v) for name, v in values.items()})


def _on_arrays(policy: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A policy of tensors as one of arrays."""

    def act(observations: Any) -> Any:
        with torch.no_grad():
            return to_arrays(policy(to_tensors(observations)))

    return act
