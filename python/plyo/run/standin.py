"""The module ``gymnasium`` of ``plyo run``."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import plyo
from plyo.envs import creators, registration
from plyo.run import installed
from plyo.run.variables import REPORT

#: The release whose interface Plyo has: libraries choose their code by it.
GYMNASIUM_VERSION = "1.4.0"

#: The public names of Gymnasium that Plyo has.
_NAMES = (
    "ActionWrapper", "Env", "ObservationWrapper", "RewardWrapper", "Space", "VectorizeMode", "Wrapper", "envs", "error",
    "logger", "make", "make_vec", "pprint_registry", "register", "register_envs", "registry", "spaces", "spec", "utils",
    "vector", "wrappers",
)  # fmt: skip

#: The modules whose classes are named after Gymnasium: libraries look for the text, and pickles are read by either.
_RENAMED = (
    "core", "spaces.space", "spaces.box", "spaces.dict", "spaces.discrete", "spaces.graph", "spaces.multi_binary",
    "spaces.multi_discrete", "spaces.oneof", "spaces.sequence", "spaces.text", "spaces.tuple", "vector.vector_env",
)  # fmt: skip


def gymnasium_module(spec: ModuleSpec) -> ModuleType:
    """Makes the module, and turns Plyo into Gymnasium as far as programs can tell.

    Args:
        spec: The spec of the module.
    """
    module = ModuleType("gymnasium", plyo.__doc__)  # of no class of its own, which could not be pickled
    vars(module).update({name: getattr(plyo, name) for name in _NAMES})
    vars(module)["__getattr__"] = _load_missing
    has_experimental = installed.has_module("experimental")
    vars(module)["__all__"] = sorted((*_NAMES, *(["experimental"] if has_experimental else [])))
    vars(module)["__version__"] = GYMNASIUM_VERSION
    vars(module)["__file__"] = spec.origin or plyo.__file__
    _rename_classes(module)
    for id, arguments in installed.registrations().items():
        if id not in plyo.registry:
            plyo.register(**arguments)
    for holder in (module, plyo, plyo.envs, registration):
        vars(holder)["register"] = register
    if os.environ.get(REPORT):
        from plyo.run.report import tell

        creators.listeners.append(tell)
    return module


def _load_missing(name: str) -> Any:
    """An attribute of the module that Plyo lacks, from an installed Gymnasium."""
    if name == "experimental" and installed.has_module(name):
        return importlib.import_module("gymnasium.experimental")
    raise AttributeError(f"module 'gymnasium' has no attribute {name!r}")


def _rename_classes(top: ModuleType) -> None:
    """Gives classes the names of Gymnasium's modules, in which pickles then look for them.

    Args:
        top: The module ``gymnasium``.
    """
    for name in _RENAMED:
        module = importlib.import_module(f"plyo.{name}")
        for parent in (name.partition(".")[0], name):
            sys.modules[f"gymnasium.{parent}"] = importlib.import_module(f"plyo.{parent}")
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__ and value.__name__[0] != "_":
                value.__module__ = f"gymnasium.{name}"
    vars(top)["core"] = plyo.core
    sys.modules["gymnasium.envs"], sys.modules["gymnasium.envs.registration"] = plyo.envs, registration
    for cls in (registration.EnvSpec, registration.WrapperSpec, registration.VectorizeMode):
        cls.__module__ = "gymnasium.envs.registration"


_register = registration.register
#: The ids of Plyo itself.
_own_ids = frozenset(plyo.registry)


def register(id: str, entry_point: Any = None, *args: Any, **kwargs: Any) -> None:
    """Adds an environment to the registry, as :func:`plyo.register`; Plyo's own tasks stay what they are.

    Packages register their environments when they are imported: where Plyo has a task of Gymnasium-Robotics or a game
    of ale-py, the package's would take its place.
    """
    is_packages = isinstance(entry_point, str) and entry_point.startswith(("gymnasium_robotics.", "ale_py."))
    if not (is_packages and id in _own_ids):
        _register(id, entry_point, *args, **kwargs)
