"""What makes environments and batches, as :func:`plyo.register` takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from plyo.core import Env
    from plyo.vector import VectorEnv


class EnvCreator(Protocol):
    """A callable that makes an environment, usually its class."""

    def __call__(self, **kwargs: Any) -> Env[Any, Any]:
        """Makes the environment."""


class VectorEnvCreator(Protocol):
    """A callable that makes a vector environment, usually its class."""

    def __call__(self, **kwargs: Any) -> VectorEnv:
        """Makes the vector environment."""
