"""What the native tasks say about themselves."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from plyo import _native

if TYPE_CHECKING:
    from plyo.spaces import Space

Description = dict[str, Any]


@cache
def native_tasks() -> dict[str, Description]:
    """The compiled-in tasks by name, such as ``"CartPole"``.

    Returns:
        For each task its ``name``, ``family``, ``summary``, ``source``, ``variants`` (ids with time limit and
        threshold), ``observation`` and ``action`` (with names, units and bounds), ``params`` and ``reset_options``
        (with defaults and documentation), ``state_bytes``, ``num_variables`` (of ``env.state``), and how Python
        spells it: ``module``, ``class_name``, ``vector_class_name`` and ``render_mode_last`` (whether that argument
        comes after the parameters).
    """
    return {task["name"]: _spelled(task) for task in _native.tasks()}


def _spelled(task: Description) -> Description:
    """Adds the Python names that follow from the task's name, where it gives none itself."""
    stem = task.pop("python_module") or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task["name"]).lower()
    class_name = task.pop("python_class") or f"{task['name']}Env"
    return task | {
        "module": f"plyo.envs.{task['family']}.{stem}",
        "class_name": class_name,
        "vector_class_name": f"{class_name.removesuffix('Env')}VectorEnv",
    }


def make_space(description: Description) -> Space[Any]:
    """The space that a task describes: a float32 Box of one dimension or an int64 Discrete."""
    bounds = tuple(description["low"]), tuple(description["high"])
    prototype = _prototype(description["kind"], description["size"], *bounds)
    # a space of its own, whose bounds may be changed; checking them again takes ten times as long
    space: Space[Any] = object.__new__(type(prototype))
    vars(space).update(
        {name: value.copy() if hasattr(value, "copy") else value for name, value in vars(prototype).items()}
    )
    return space


@cache
def _prototype(kind: str, size: int, low: tuple[float, ...], high: tuple[float, ...]) -> Space[Any]:
    """A space that nobody draws from."""
    import numpy as np

    from plyo.spaces import Box, Discrete

    if kind == "discrete":
        return Discrete(size)
    rounded = [np.array(bound, dtype=np.float64).astype(np.float32) for bound in (low, high)]
    return Box(rounded[0], rounded[1], dtype=np.float32)
