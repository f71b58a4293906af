"""Using NumPy environments with PyTorch tensors."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import ClassVar, TypeAlias

import numpy as np

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled
from plyo.wrappers._torch import ToTorch
from plyo.wrappers.array_conversion import array_conversion, module_namespace

try:
    import torch
except ImportError as e:
    raise DependencyNotInstalled(
        f"Torch is not installed therefore cannot call `torch_to_numpy`, run `{pip_install('torch')}`"
    ) from e

__all__ = ["Device", "NumpyToTorch", "numpy_to_torch", "torch_to_numpy"]

Device: TypeAlias = str | torch.device

torch_to_numpy = functools.partial(array_conversion, xp=module_namespace(np))
numpy_to_torch = functools.partial(array_conversion, xp=module_namespace(torch))


class NumpyToTorch(ToTorch):
    """Lets a NumPy environment be used with PyTorch tensors: see :class:`ArrayConversion`.

    Attributes:
        device: The device of the tensors.
    """

    _source: ClassVar[ModuleType] = np
    _torch: ClassVar[ModuleType] = torch
