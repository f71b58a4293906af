"""Checks of the arguments that single environments and batches of native tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plyo.basics.integers import check_integer

#: The engine counts the steps of an episode in 32 bits.
_MAX_EPISODE_STEPS = 2**31 - 1


def to_time_limit(max_episode_steps: int | None) -> int:
    """The time limit as the engine takes it: steps, 0 for none.

    Raises:
        TypeError: It is neither None nor an integer.
        ValueError: It is out of range.
    """
    if max_episode_steps is None:
        return 0
    return check_integer("max_episode_steps", max_episode_steps, 1, _MAX_EPISODE_STEPS, " or None")


def check_math(math: str) -> str:
    """The name of a mathematics library, checked.

    Raises:
        ValueError: It is neither ``"fast"`` nor ``"reference"``.
    """
    if math not in ("fast", "reference"):
        raise ValueError(f"math must be 'fast' or 'reference', got {math!r}")
    return math


def check_flag(name: str, value: bool) -> bool:
    """An argument that is either True or False, checked.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return value


def check_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """A copy of reset options; None means none.

    Raises:
        TypeError: They are not a mapping.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError(f"options must be a dictionary of reset options, got {options!r}")
    return dict(options)


def check_state(state: bytes) -> bytes:
    """A snapshot, checked for its type.

    Raises:
        TypeError: It is not ``bytes``.
    """
    if not isinstance(state, bytes):
        raise TypeError(f"set_state needs the bytes that get_state returned, got {type(state)}")
    return state
