"""The games of Atari 2600, by way of the optional package ale-py, which is loaded when the first game is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plyo.envs.atari.env import AtariEnv
    from plyo.envs.atari.vector_env import AtariVectorEnv, RawAtariVectorEnv

__all__ = ["AtariEnv", "AtariVectorEnv", "RawAtariVectorEnv"]


def __getattr__(name: str) -> Any:
    """Loads the class of environments, and those of batches, when they are first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "AtariEnv":
        from plyo.envs.atari.env import AtariEnv

        return AtariEnv
    from plyo.envs.atari import vector_env

    return getattr(vector_env, name)
