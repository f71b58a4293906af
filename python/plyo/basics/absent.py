"""Attributes that a class does not have, although users look for them there."""

from __future__ import annotations

from typing import Any, NoReturn


class Absent:
    """An attribute that is not there: reading it raises an AttributeError which says what to use instead.

    A subclass may define it, and an instance may be given it, as any other attribute.

    Args:
        advice: What the error says after Python's own words.
    """

    def __init__(self, advice: str) -> None:
        self.advice = advice

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        what = f"type object {owner.__name__!r}" if instance is None else f"{owner.__name__!r} object"
        raise AttributeError(f"{what} has no attribute {self.name!r}: {self.advice}")


def present_names(instance: object) -> list[str]:
    """The names that an object has, for its ``__dir__``: completion offers what is there."""
    from inspect import getattr_static

    absent = {
        name for name in dir(type(instance)) if isinstance(getattr_static(type(instance), name), Absent)
    }
    return sorted(set(object.__dir__(instance)) - (absent - vars(instance).keys()))
