"""Native functions in front of Python functions: the native ones take the usual calls, the Python ones all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from plyo._native import accelerate as accelerate_function
from plyo._native import accelerate_class

_ClassT = TypeVar("_ClassT", bound=type)
_FunctionT = TypeVar("_FunctionT", bound=Callable[..., Any])


def accelerate(cls: _ClassT) -> _ClassT:
    """Decorates a class that has native methods."""
    accelerate_class(cls)
    return cls


def accelerated(name: str, cls: type | None = None) -> Callable[[_FunctionT], _FunctionT]:
    """Decorates a function that has a native one.

    Args:
        name: The name of the native function.
        cls: The exact class of the first argument of the calls that it takes. By default any.

    Returns:
        The decorator.
    """

    def decorate(function: _FunctionT) -> _FunctionT:
        native: _FunctionT = accelerate_function(function, name, cls)
        return native

    return decorate
