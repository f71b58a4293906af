"""Functions with an implementation for each type of space."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch, update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

from plyo._native import fast_dispatch

if TYPE_CHECKING:
    from functools import _SingleDispatchCallable

_T = TypeVar("_T")


def space_dispatch(module: str) -> Callable[[Callable[..., _T]], _SingleDispatchCallable[_T]]:
    """:func:`functools.singledispatch`, with a shorter way to the types that are registered.

    The lookup of ``singledispatch`` takes longer than flattening a small array. Only subclasses of
    registered types need it.

    Args:
        module: The public module of the function.

    Returns:
        A decorator for the implementation for arguments of any other type. It returns the generic
        function, which has ``register``, ``dispatch`` and ``registry``.
    """

    def decorate(default: Callable[..., _T]) -> _SingleDispatchCallable[_T]:
        generic = singledispatch(default)
        registered = generic.registry.get
        find = generic.dispatch

        def call(*args: Any, **kwargs: Any) -> _T:
            if not args:
                raise TypeError(f"{default.__name__} requires at least 1 positional argument")
            cls = args[0].__class__
            return (registered(cls) or find(cls))(*args, **kwargs)

        default.__module__ = module
        for name in ("register", "dispatch", "registry", "_clear_cache"):
            setattr(call, name, getattr(generic, name))
        dispatching: Any = fast_dispatch(update_wrapper(call, default))
        typed: _SingleDispatchCallable[_T] = dispatching
        return typed

    return decorate
