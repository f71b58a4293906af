"""Using batches of JAX environments with PyTorch tensors."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import torch

from plyo.vector.vector_env import VectorEnv
from plyo.wrappers.jax_to_torch import Device
from plyo.wrappers.vector.array_conversion import ArrayConversion

__all__ = ["JaxToTorch"]


class JaxToTorch(ArrayConversion[Any, Any, Any, Any]):
    """Lets a batch of JAX environments be used with PyTorch tensors: see :class:`ArrayConversion`.

    Attributes:
        device: The device of the tensors.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], device: Device | None = None) -> None:
        """Wraps a batch.

        Args:
            env: The batch inside, which takes and returns JAX arrays.
            device: The device of the tensors, ``None`` for PyTorch's choice.

        Raises:
            TypeError: ``env`` is not a batch.
        """
        super().__init__(env, env_xp=jnp, target_xp=torch, target_device=device)
        self.device = device
