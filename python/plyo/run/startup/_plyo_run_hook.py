"""The hook of ``plyo run``: ``gymnasium`` is Plyo, and what Plyo lacks is an installed Gymnasium's.

It stands outside the package, so that an interpreter that never imports ``gymnasium`` does not import Plyo.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False  # `typing` takes longer to import than everything else here
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

NAME = "gymnasium"
#: The modules and packages that Gymnasium has, and Plyo has them too; the others are Plyo's own.
_SHARED = ("core", "envs", "error", "logger", "spaces", "utils", "vector", "wrappers")


class StandIn:
    """Finds and loads ``gymnasium`` and its modules."""

    @property
    def _loader(self) -> Any:
        """This object: a loader by what it can do, since the class of loaders would have to be imported."""
        return self

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec of Plyo's module, of Gymnasium's where Plyo has none, or None for other names."""
        if name == NAME:
            return self._find_top()
        if not name.startswith(f"{NAME}."):
            return None
        if _has(own_name(name)):
            return ModuleSpec(name, self._loader)
        return self._fall_back(name)

    def _find_top(self) -> ModuleSpec | None:
        if not _has("plyo"):
            return None
        installed = installed_spec()
        origin = None if installed is None else installed.origin
        spec = ModuleSpec(NAME, self._loader, origin=origin, is_package=True)
        if installed is not None:
            spec.submodule_search_locations = list(installed.submodule_search_locations or ())
        return spec

    def _fall_back(self, name: str) -> ModuleSpec | None:
        installed = installed_spec()
        if installed is None or not installed.submodule_search_locations:
            return None
        inner = name.split(".")[1:-1]
        folders = [os.path.join(root, *inner) for root in installed.submodule_search_locations]  # noqa: PTH118 - as above
        spec = PathFinder.find_spec(name, folders)
        if spec is not None and os.environ.get("PLYO_RUN_REPORT"):
            _import("plyo.run.report").note(kind="module", name=name)
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Plyo's module, which has been executed; for the package itself a module of its own."""
        if spec.name == NAME:
            made: ModuleType = _import("plyo.run.standin").gymnasium_module(spec)
            return made
        module: ModuleType = _import(str(own_name(spec.name)))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Gives Plyo's module its own spec back, which the import has replaced."""
        spec = module.__spec__
        if spec is not None and spec.loader_state is not None:
            module.__spec__ = spec.loader_state


def own_name(name: str) -> str | None:
    """The name of Plyo's module, None for a name that Gymnasium's users do not know."""
    _, first, *others = name.split(".")
    if first not in _SHARED or any(part.startswith("_") for part in others):
        return None
    return f"plyo.{first}" + "".join(f".{part}" for part in others)


def _has(name: str | None) -> bool:
    """Whether Plyo has a module."""
    if name is None:
        return False
    import importlib.util

    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False  # what stands before the last dot is no package


def _import(name: str) -> Any:
    """A module by its full name."""
    __import__(name)
    return sys.modules[name]


def installed_spec() -> ModuleSpec | None:
    """The spec of an installed Gymnasium, None without one."""
    for finder in sys.meta_path:
        find = None if isinstance(finder, StandIn) else getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = None if find is None else find(NAME, None, None)
        if spec is not None and spec.origin is not None:
            return spec
    return None


def install() -> None:
    """Puts the hook before all others, once in a process."""
    if any(isinstance(finder, StandIn) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, StandIn())
    if os.environ.get("PLYO_RUN_MAIN") == str(os.getpid()) and os.environ.get("PLYO_RUN_REPORT"):
        import atexit

        # the first to be registered is the last to be called, after those that end workers
        atexit.register(_report)


def _report() -> None:
    """Prints the report, in the process that was started first."""
    if os.environ.get("PLYO_RUN_MAIN") == str(os.getpid()):
        _import("plyo.run.report").print_report()
