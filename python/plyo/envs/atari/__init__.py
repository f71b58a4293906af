"""The games of Atari 2600, by way of the optional package ale-py, which is loaded when the first game is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plyo.envs.atari.env import AtariEnv

__all__ = ["AtariEnv"]


def __getattr__(name: str) -> Any:
    """Loads the class of environments when it is first asked for."""
    if name != "AtariEnv":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from plyo.envs.atari.env import AtariEnv

    return AtariEnv
