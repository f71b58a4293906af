"""The packages of the native families, such as ``plyo.envs.classic_control``, made from the tasks' descriptions.

A family is a package, a task a module in it, as in Gymnasium. They are made here and not loaded from files, so that a
new task needs no file. The folders of the families have stubs for type checkers and editors, which
scripts/make_task_stubs.py writes, and the modules of Gymnasium's packages that belong to no task. Classes are made at
their first use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from plyo.envs.registration import register
from plyo.tasks.descriptions import Description, native_tasks


class FamilyModule(ModuleType):
    """A module whose classes are made on first use.

    Args:
        name: The full name.
        doc: The docstring.
        is_package: Whether there are modules inside it.
    """

    def __init__(self, name: str, doc: str, is_package: bool) -> None:
        super().__init__(name, doc)
        self.__spec__ = ModuleSpec(name, None, is_package=is_package)
        self.__package__ = name if is_package else name.rpartition(".")[0]
        if is_package:
            parent, _, stem = name.rpartition(".")
            self.__path__ = [str(Path(folder) / stem) for folder in sys.modules[parent].__path__]
            self.__spec__.submodule_search_locations = self.__path__
        self._exported: set[str] = set()
        self._owners: dict[str, str] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the module by its name, as cloudpickle does with modules that have no class of their own."""
        return import_module, (self.__name__,)

    def add(self, task: Description, exported: Iterable[str], is_latest: bool = False) -> None:
        """Gives the module the classes of a task, some of them in ``__all__``.

        The first task of a name has it, unless a later version of a task takes it over.
        """
        for name in (task["class_name"], task["vector_class_name"]):
            if is_latest:
                vars(self).pop(name, None)
                self._owners[name] = task["name"]
            self._owners.setdefault(name, task["name"])
        self._exported.update(exported)

    def _further_names(self) -> list[str]:
        """The public names beside the classes."""
        from plyo.envs.companions import companion

        return list(getattr(companion(self.__name__), "__all__", ()))

    @property
    def __all__(self) -> list[str]:
        """The public names; to look at them loads what is beside the classes, which importing the module does not."""
        return sorted({*self._exported, *self._further_names()})

    def __getattr__(self, name: str) -> Any:
        """Makes a class, or takes it from the module of its task."""
        owner = vars(self).get("_owners", {}).get(name)
        if owner is None:
            from plyo.envs.companions import companion

            if name.startswith("_") or name not in self._further_names():
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            return getattr(companion(self.__name__), name)
        from plyo.envs.classes import native_class

        made = native_class(owner, name)
        setattr(self, name, made)
        return made

    def __dir__(self) -> list[str]:
        """The classes, made or not, and what is beside them."""
        own = {"_owners", "_exported", "_further_names", "add"}
        return sorted({*super().__dir__(), *self._owners, *self._further_names()} - own)


def register_native_tasks() -> None:
    """Makes the packages of all families and registers every id of every compiled-in task."""
    for task in native_tasks().values():
        add_modules(task)
        for variant in task["variants"]:
            register(
                id=variant["id"],
                entry_point=f"{task['module']}:{task['class_name']}",
                vector_entry_point=f"{task['module']}:{task['vector_class_name']}",
                max_episode_steps=variant["max_episode_steps"],
                reward_threshold=variant["reward_threshold"],
                kwargs=dict(variant["kwargs"]),
            )


def family_package(family: str) -> FamilyModule:
    """The package of a family, made if there is none."""
    name = f"plyo.envs.{family}"
    package = sys.modules.get(name)
    if not isinstance(package, FamilyModule):
        doc = f"The native tasks of the family {family}."
        package = sys.modules[name] = FamilyModule(name, doc, is_package=True)
        setattr(sys.modules["plyo.envs"], family, package)
    return package


def add_modules(task: Description, is_latest: bool = False) -> None:
    """Makes the module of a task, and the package around it if this is the first of its family.

    Args:
        task: The task.
        is_latest: Whether it is a version of a task that the user has compiled: its module has a digest in its name,
            and the name without it leads to the latest version.
    """
    package = family_package(task["family"])
    package.add(task, [task["class_name"]], is_latest)
    stem = task["module"].rpartition(".")[2]
    module = FamilyModule(task["module"], task["summary"], is_package=False)
    module.add(task, [task["class_name"], task["vector_class_name"]])
    names = (stem, stem.partition("@")[0]) if is_latest else (stem,)
    for name in names:
        sys.modules[f"{package.__name__}.{name}"] = module
        setattr(package, name, module)
