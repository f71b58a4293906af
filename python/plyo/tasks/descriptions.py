"""The descriptions of the native tasks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from plyo._native import make_kernels_by
from plyo._native import task as native_task
from plyo._native import tasks as compiled_in_tasks

if TYPE_CHECKING:
    from plyo.spaces import Space

Description = dict[str, Any]

#: What follows the name of a task that the user has compiled.
_DIGEST = re.compile(r"(?<=\w)@[0-9a-f]{10}d?(?=$|Env|VectorEnv|\W)")

#: MuJoCo's renderer draws the tasks of these families, which have no pictures of their own.
_MUJOCO_MODES = {
    "mujoco": ("human", "rgb_array", "depth_array", "rgbd_tuple"),
    "robotics": ("human", "rgb_array"),
}
#: Tasks that also render what they observe, a picture.
_STATE_PIXELS = frozenset({"CarRacing"})


@cache
def native_tasks() -> dict[str, Description]:
    """The compiled-in tasks by name, such as ``"CartPole"``.

    Returns:
        For each task its ``name``, ``family``, ``summary``, ``source``, ``variants`` (ids with time limit, threshold
        and keyword arguments), ``observation`` and ``action`` (the spaces under the default parameters, with names,
        units and bounds), ``params`` and ``reset_options`` (with defaults and documentation), ``infos``,
        ``attributes`` and ``methods`` (with documentation), ``has_model``, ``render_modes``, ``render_fps``,
        ``state_bytes``, ``num_variables`` (of ``env.state``), and how Python spells it: ``module``, ``class_name``,
        ``vector_class_name`` and ``render_mode_last`` (whether that argument comes after the parameters).
    """
    return {task["name"]: _spelled(task) for task in compiled_in_tasks()}


#: The descriptions of the tasks that users have compiled, by names with a digest, such as ``"PointMass@3f2a9c1d40"``.
_compiled: dict[str, Description] = {}
#: What gives such a task its build for ``math="reference"``, until it has it.
reference_builds: dict[str, Callable[[], None]] = {}
#: What gives such a task its build for all parameters, until it has it.
param_builds: dict[str, Callable[[], None]] = {}
#: Functions that are told of each such task once its ids are registered.
listeners: list[Callable[[Description], None]] = []


def description_of(name: str) -> Description:
    """The description of a task, compiled-in or compiled by the user."""
    found = find_description(name)
    if found is None:
        raise KeyError(name)
    return found


def find_description(name: str) -> Description | None:
    """The same, None if there is no such task."""
    return _compiled.get(name) or native_tasks().get(name)


def shown_name(name: str) -> str:
    """A text with the name of a task as people know it: without the digest that a compiled one has."""
    return _DIGEST.sub("", name)


def compiled_tasks() -> list[Description]:
    """The descriptions of the tasks that the user has compiled, in all their versions."""
    return list(_compiled.values())


def add_task(name: str, suffix: str) -> Description:
    """Describes a task that was loaded; the suffix of its name, a digest, is part of its module's name."""
    task = native_task(name)
    described = _spelled({**task, "name": name.removesuffix(suffix)})
    _compiled[name] = described | {"name": name, "module": described["module"] + suffix}
    return _compiled[name]


def prepare_math(name: str, math: str) -> None:
    """Builds what a task that the user has compiled needs for ``math="reference"``, at its first use."""
    if math == "reference" and name in reference_builds:
        reference_builds[name]()


def _prepare_params(name: str) -> None:
    """Builds what such a task needs for parameters that its first build is not for."""
    if name in param_builds:
        param_builds[name]()


make_kernels_by(_prepare_params)


def _spelled(task: Description) -> Description:
    """Adds missing Python names, which follow from the task's name, and the modes that Python renders."""
    stem = task.pop("python_module") or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task["name"]).lower()
    class_name = task.pop("python_class") or f"{task['name']}Env"
    for param in task["params"]:
        if isinstance(param["default"], list):  # nobody shall change a default
            param["default"] = tuple(param["default"])
    own_modes = [*task["render_modes"], *(["state_pixels"] if task["name"] in _STATE_PIXELS else [])]
    return task | {
        "render_modes": [*_MUJOCO_MODES.get(task["family"], ()), *own_modes],
        "module": f"plyo.envs.{task['family']}.{stem}",
        "class_name": class_name,
        "vector_class_name": f"{class_name.removesuffix('Env')}VectorEnv",
    }


def make_space(description: Description) -> Space[Any]:
    """The space that a task describes: a Box, an int64 Discrete, or a Tuple or a Dict of them."""
    if description["kind"] == "tuple":
        from plyo.spaces import Tuple

        return Tuple([make_space(part) for part in description["parts"]])
    if description["kind"] == "dict":
        from plyo.spaces import Dict

        return Dict({part["name"]: make_space(part) for part in description["parts"]})
    prototype = _prototype(
        description["kind"],
        description["dtype"],
        description.get("shape") or (description["size"],),
        description.get("start", 0),
        tuple(description["low"]),
        tuple(description["high"]),
    )
    # a space of its own, whose bounds may be changed; checking them again takes ten times as long
    space: Space[Any] = object.__new__(type(prototype))
    vars(space).update(
        {name: value.copy() if hasattr(value, "copy") else value for name, value in vars(prototype).items()}
    )
    return space


@lru_cache(maxsize=256)
def _prototype(
    kind: str, dtype: str, shape: tuple[int, ...], start: int, low: tuple[float, ...], high: tuple[float, ...]
) -> Space[Any]:
    """A space that nobody draws from; there is one bound for every number of a Box, or one for all."""
    import numpy as np

    from plyo.spaces import Box, Discrete

    if kind == "discrete":
        return Discrete(shape[0], start=start)
    given = np.array([low, high], dtype=np.float64)
    bounds = np.broadcast_to(given, (2, int(np.prod(shape))))
    lowest, highest = bounds.reshape((2, *shape)).astype(dtype)
    return Box(lowest, highest, dtype=np.dtype(dtype).type)
