"""Public names of Gymnasium's task modules beside the environments: one file a module that has such names.

``plyo.envs.toy_text.frozen_lake`` offers the public names of the file ``frozen_lake.py``. A function
``complete_arguments`` takes the keyword arguments of the task's classes and returns the complete ones. ``MEMBERS`` are
properties and methods of its single environments, by name.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def companion(module_name: str) -> ModuleType | None:
    """The further names of a task's module, None if it has only its classes."""
    name = f"{__name__}.{module_name.rpartition('.')[2]}"
    try:
        return import_module(name)
    except ModuleNotFoundError as e:
        if e.name != name:
            raise
        return None
