"""Tools of vector environments: batches of spaces and of their elements, shared memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plyo.vector.utils.space_utils import (
    batch_differing_spaces,
    batch_space,
    concatenate,
    create_empty_array,
    iterate,
)

if TYPE_CHECKING:
    from plyo.vector.utils.misc import CloudpickleWrapper, clear_mpi_env_vars
    from plyo.vector.utils.shared_memory import (
        create_shared_memory,
        read_from_shared_memory,
        write_to_shared_memory,
    )

__all__ = [
    "CloudpickleWrapper",
    "batch_differing_spaces",
    "batch_space",
    "clear_mpi_env_vars",
    "concatenate",
    "create_empty_array",
    "create_shared_memory",
    "iterate",
    "read_from_shared_memory",
    "write_to_shared_memory",
]

# Loaded at their first use, because they need `multiprocessing`.
_MODULES = {
    "CloudpickleWrapper": "misc",
    "clear_mpi_env_vars": "misc",
    "create_shared_memory": "shared_memory",
    "read_from_shared_memory": "shared_memory",
    "write_to_shared_memory": "shared_memory",
}


def __getattr__(name: str) -> Any:
    """Loads the module of a name; the name may be a module itself."""
    from importlib import import_module

    if name in _MODULES.values():
        return import_module(f"{__name__}.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The names of the package, loaded or not."""
    return sorted(globals().keys() | _MODULES.keys())
