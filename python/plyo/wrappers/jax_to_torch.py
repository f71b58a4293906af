"""Using JAX environments with PyTorch tensors."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import ClassVar, TypeAlias

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled
from plyo.wrappers._torch import ToTorch
from plyo.wrappers.array_conversion import array_conversion, module_namespace

try:
    import jax.numpy as jnp
except ImportError as e:
    raise DependencyNotInstalled(
        f"Jax is not installed therefore cannot call `torch_to_jax`, run `{pip_install('jax')}`"
    ) from e
try:
    import torch
except ImportError as e:
    raise DependencyNotInstalled(
        f"Torch is not installed therefore cannot call `torch_to_jax`, run `{pip_install('torch')}`"
    ) from e

__all__ = ["Device", "JaxToTorch", "jax_to_torch", "torch_to_jax"]

Device: TypeAlias = str | torch.device

torch_to_jax = functools.partial(array_conversion, xp=module_namespace(jnp))
jax_to_torch = functools.partial(array_conversion, xp=module_namespace(torch))


class JaxToTorch(ToTorch):
    """Lets a JAX environment be used with PyTorch tensors: see :class:`ArrayConversion`.

    Attributes:
        device: The device of the tensors.
    """

    _source: ClassVar[ModuleType] = jnp
    _torch: ClassVar[ModuleType] = torch
