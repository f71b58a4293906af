"""Checks of the arguments that single environments and batches of native tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plyo._native import Engine
from plyo.basics.integers import check_integer

#: The engine counts the steps of an episode in 32 bits.
_MAX_EPISODE_STEPS = 2**31 - 1


def to_time_limit(max_episode_steps: int | None) -> int:
    """The time limit for the engine: steps, 0 for no limit.

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
    """A copy of reset options, empty for None.

    Raises:
        TypeError: They are not a mapping.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError(f"options must be a dictionary of reset options, got {options!r}")
    return dict(options)


def load_state(engine: Engine, state: bytes, lanes: list[int]) -> None:
    """Restores environments of an engine from a snapshot.

    Args:
        engine: The engine.
        state: The snapshot.
        lanes: The environments; none for all.

    Raises:
        TypeError: The snapshot is not ``bytes``.
        ValueError: It does not fit, or is damaged; nothing has changed.
    """
    if not isinstance(state, bytes):
        raise TypeError(f"set_state needs the bytes that get_state returned, got {type(state)}")
    try:
        engine.set_state(state, lanes)
    except UnicodeDecodeError as e:  # the message quotes bytes of the snapshot
        raise ValueError(e.object.decode(errors="replace")) from None
