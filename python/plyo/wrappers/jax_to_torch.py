"""Using JAX environments with PyTorch tensors."""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import Env
from plyo.error import DependencyNotInstalled
from plyo.wrappers.array_conversion import ArrayConversion, array_conversion, module_namespace

try:
    import jax.numpy as jnp
except ImportError as e:
    raise DependencyNotInstalled(
        'Jax is not installed therefore cannot call `torch_to_jax`, run `pip install "plyo[jax]"`'
    ) from e
try:
    import torch
except ImportError as e:
    raise DependencyNotInstalled(
        'Torch is not installed therefore cannot call `torch_to_jax`, run `pip install "plyo[torch]"`'
    ) from e

__all__ = ["Device", "JaxToTorch", "jax_to_torch", "torch_to_jax"]

Device: TypeAlias = str | torch.device

torch_to_jax = functools.partial(array_conversion, xp=module_namespace(jnp))
jax_to_torch = functools.partial(array_conversion, xp=module_namespace(torch))


class JaxToTorch(ArrayConversion):
    """Lets a JAX environment be used with PyTorch tensors: see :class:`ArrayConversion`.

    Attributes:
        device: The device of the tensors.
    """

    def __init__(self, env: Env[Any, Any], device: Device | None = None) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, which takes and returns JAX arrays.
            device: The device of the tensors, ``None`` for PyTorch's choice.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self, device=device)
        super().__init__(env=env, env_xp=jnp, target_xp=torch, target_device=device)
        self.device = device
