"""What Gymnasium's modules of single tasks hold beside the environments: one file a module, where there is anything.

``plyo.envs.toy_text.frozen_lake`` offers the public names of the file ``frozen_lake.py``. A function
``complete_arguments`` is given the keyword arguments of the task's classes and returns those to use. ``MEMBERS`` are
properties and methods of its single environments, by name.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def companion(module_name: str) -> ModuleType | None:
    """What a task's module holds beside its classes, None if there is nothing."""
    name = f"{__name__}.{module_name.rpartition('.')[2]}"
    try:
        return import_module(name)
    except ModuleNotFoundError as e:
        if e.name != name:
            raise
        return None
