"""Callables that make environments and batches, as :func:`plyo.register` takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from plyo._registry.lookup import load_env_creator

if TYPE_CHECKING:
    from plyo.core import Env
    from plyo.vector import VectorEnv


#: Functions that hear of every environment and batch, with its wrappers, that `make` or `make_vec` has made.
listeners: list[Callable[[Any], None]] = []


def tell_listeners(made: Any) -> None:
    """Tells the listeners of an environment or batch."""
    for listener in listeners:
        listener(made)


class EnvCreator(Protocol):
    """A callable that makes an environment, usually its class."""

    def __call__(self, *args: Any, **kwargs: Any) -> Env[Any, Any]:
        """Makes the environment."""


class VectorEnvCreator(Protocol):
    """A callable that makes a vector environment, usually its class."""

    def __call__(self, *args: Any, **kwargs: Any) -> VectorEnv:
        """Makes the vector environment."""


def is_native(creator: object) -> bool:
    """Whether a creator makes native tasks, which check calls and time limits by themselves.

    The answer for a user's subclass is no: it may take other arguments and do other things.
    """
    return "native_checks" in getattr(creator, "__dict__", ())


class Creator:
    """An entry point of a spec; its object is loaded once, at the first use.

    Attributes:
        entry_point: The entry point, None if the spec has none.
    """

    def __init__(self, entry_point: Any) -> None:
        self.entry_point = entry_point
        self._loaded = None if isinstance(entry_point, str) else entry_point

    @property
    def call(self) -> Any:
        """The object that the entry point names, None without an entry point.

        Raises:
            ModuleNotFoundError: There is no such module.
            AttributeError: The module has no such attribute.
        """
        if self._loaded is None and self.entry_point is not None:
            self._loaded = load_env_creator(self.entry_point)
        return self._loaded

    @property
    def is_native(self) -> bool:
        """Whether it makes native tasks."""
        return is_native(self.call)
