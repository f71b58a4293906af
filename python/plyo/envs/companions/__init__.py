"""Public names of Gymnasium's modules and packages of tasks beside the environments: one file each.

``plyo.envs.toy_text.frozen_lake`` offers the public names of the file ``frozen_lake.py``, and the package
``plyo.envs.mujoco`` those of ``mujoco.py``. A function ``complete_arguments`` takes the keyword arguments of the task's
classes and returns the complete ones; ``arguments`` takes the task's own parameters with their defaults and returns
those of Gymnasium's class. ``MEMBERS`` are properties and methods of its single environments, by name.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def companion(module_name: str) -> ModuleType | None:
    """The further names of a task's module or a family's package, None if it has only its classes."""
    name = f"{__name__}.{module_name.rpartition('.')[2]}"
    try:
        return import_module(name)
    except ModuleNotFoundError as e:
        if e.name != name:
            raise
        return None
