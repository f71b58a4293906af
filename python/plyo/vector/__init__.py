"""Batches of environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plyo.vector import utils
from plyo.vector.profile import Profile
from plyo.vector.step_result import EndedEpisodes, StepResult
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.vector_env import (
    AutoresetMode,
    VectorActionWrapper,
    VectorEnv,
    VectorObservationWrapper,
    VectorRewardWrapper,
    VectorWrapper,
)

if TYPE_CHECKING:
    from plyo.vector.async_vector_env import AsyncVectorEnv
    from plyo.vector.sync_vector_env import SyncVectorEnv

__all__ = [
    "AsyncVectorEnv",
    "AutoresetMode",
    "EndedEpisodes",
    "NativeVectorEnv",
    "Profile",
    "StepResult",
    "SyncVectorEnv",
    "VectorActionWrapper",
    "VectorEnv",
    "VectorObservationWrapper",
    "VectorRewardWrapper",
    "VectorWrapper",
    "utils",
]

# Loaded at their first use: processes take long to import.
_MODULES = {"AsyncVectorEnv": "async_vector_env", "SyncVectorEnv": "sync_vector_env"}


def __getattr__(name: str) -> Any:
    """Loads the module of a class, or a module itself."""
    from importlib import import_module

    if name in _MODULES.values():
        return import_module(f"{__name__}.{name}")
    if name in _MODULES:
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value
    if name == "make":  # Gym's, and Gymnasium's until 0.29
        raise AttributeError(f"module {__name__!r} has no attribute 'make': plyo.make_vec makes batches")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names of the package, those not yet loaded included."""
    return sorted(globals().keys() | _MODULES.keys() | set(_MODULES.values()))
