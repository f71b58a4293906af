"""The environments that a replay's file may name: registered ones, in wrappers that are registered or Plyo's own.

An entry point is a callable by its name, and calling one with arguments from a file may do anything. An id of the form
``"module:Name-v0"`` imports a module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from plyo._registry.lookup import find_spec, load_env_creator, registry
from plyo._registry.specs import EnvSpec, WrapperSpec
from plyo.basics.array_file import UntrustedFile
from plyo.core import Wrapper
from plyo.error import Error

__all__ = ["ONLOOKERS", "check_id", "check_spec", "without_onlookers"]

#: The modules of wrappers that only watch: a replay does not need them, and some write files.
ONLOOKERS = ("plyo.wrappers.rendering:", "plyo.wrappers.episodes:")
#: The modules of Plyo's wrappers that import and write nothing, with any arguments. (Others convert arrays of
#: a module that an argument names, or of another package.)
_HARMLESS = (
    "atari_preprocessing",
    "common",
    "stateful_action",
    "stateful_observation",
    "stateful_reward",
    "transform_action",
    "transform_observation",
    "transform_reward",
)
_OWN_WRAPPER = re.compile(rf"plyo\.wrappers\.({'|'.join(_HARMLESS)}):([A-Z]\w*)")

_ADVICE = "Import what registers it, or load the file with trusted=True if you know who made it"


def without_onlookers(specs: Iterable[WrapperSpec]) -> tuple[WrapperSpec, ...]:
    """The wrappers that change an episode."""
    return tuple(spec for spec in specs if not spec.entry_point.startswith(ONLOOKERS))


def check_id(id: str) -> None:
    """Raises unless an id means a registered environment and imports nothing.

    Raises:
        UntrustedFile: It does something else.
    """
    if ":" in id:
        raise UntrustedFile(f"the id {id!r} would import a module. {_ADVICE}")
    try:
        find_spec(id)
    except Error as e:
        raise UntrustedFile(f"{e} {_ADVICE}") from e


def check_spec(spec: EnvSpec) -> None:
    """Raises unless all entry points of a spec are registered, or belong to wrappers of Plyo.

    Raises:
        UntrustedFile: An entry point is not allowed; the message names it.
    """
    known = list(registry.values())
    if spec.entry_point is None or spec.entry_point not in [other.entry_point for other in known]:
        raise UntrustedFile(f"the entry point {spec.entry_point!r} is not registered. {_ADVICE}")
    batch = spec.vector_entry_point
    if batch is not None and batch not in [other.vector_entry_point for other in known]:
        raise UntrustedFile(f"the vector entry point {batch!r} is not registered. {_ADVICE}")
    legal = {wrapper.entry_point for other in known for wrapper in other.additional_wrappers}
    for wrapper in spec.additional_wrappers:
        if wrapper.entry_point not in legal and not _is_own_wrapper(wrapper.entry_point):
            raise UntrustedFile(
                f"the wrapper {wrapper.entry_point!r} is neither registered nor one of Plyo that is safe with any "
                f"arguments. {_ADVICE}"
            )


def _is_own_wrapper(entry_point: str) -> bool:
    """Whether an entry point is a wrapper of Plyo that is harmless with any arguments."""
    if _OWN_WRAPPER.fullmatch(entry_point) is None:
        return False
    try:
        wrapper = load_env_creator(entry_point)
    except AttributeError:
        return False
    defined = f"{getattr(wrapper, '__module__', None)}:{getattr(wrapper, '__name__', None)}"
    return isinstance(wrapper, type) and issubclass(wrapper, Wrapper) and defined == entry_point
