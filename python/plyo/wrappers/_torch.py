"""The base of the wrappers that convert to PyTorch's tensors."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import Env
from plyo.wrappers.array_conversion import ArrayConversion, Device


class ToTorch(ArrayConversion):
    """Lets an environment of other arrays be used with PyTorch tensors: see :class:`ArrayConversion`.

    Attributes:
        device: The device of the tensors.
    """

    #: The library of the environment's arrays, and PyTorch.
    _source: ClassVar[ModuleType]
    _torch: ClassVar[ModuleType]

    def __init__(self, env: Env[Any, Any], device: Device | None = None) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            device: The device of the tensors, ``None`` for PyTorch's choice.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self, device=device)
        super().__init__(env=env, env_xp=self._source, target_xp=self._torch, target_device=device)
        self.device = device
