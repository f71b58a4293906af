"""Native functions in front of the Python ones: those take the usual calls, these all others."""

from __future__ import annotations

from typing import TypeVar

from plyo import _native

_ClassT = TypeVar("_ClassT", bound=type)


def accelerate(cls: _ClassT) -> _ClassT:
    """Decorates a class of this package that has native methods."""
    _native.accelerate_class(cls)
    return cls
