"""The classes of the native tasks: one a task and kind, made on first use.

``plyo.envs.classic_control.CartPoleEnv`` is a single environment, ``CartPoleVectorEnv`` beside it a batch. Both are
faces of the same engine. This module has them too, also under the tasks' own names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from plyo.core import Env
from plyo.envs.companions import companion
from plyo.envs.signatures import by_position, signature_of
from plyo.tasks.descriptions import Description, description_of, native_tasks
from plyo.tasks.members import task_members, task_metadata
from plyo.tasks.task_env import NativeEnv

#: The type of the classes of a family, where it is a special one.
class_types: dict[str, Callable[[str, tuple[type, ...], dict[str, Any]], type]] = {}


def _base_class(task: Description, is_batch: bool) -> Any:
    """The class that has everything but the task: only that of the kind asked for is loaded."""
    needs_mujoco = task["needs"] == "mujoco"
    is_robot = task["family"] == "robotics"
    if is_batch:
        from plyo.vector.task_batch import NativeVectorEnv

        if not needs_mujoco:
            return NativeVectorEnv
        if is_robot:
            from plyo.vector.robot_batch import RobotVectorEnv

            return RobotVectorEnv
        from plyo.vector.mujoco_batch import MujocoVectorEnv

        return MujocoVectorEnv
    if not needs_mujoco:
        return NativeEnv
    if is_robot:
        from plyo.tasks.robot_env import robot_base

        return robot_base(task["name"])
    from plyo.tasks.mujoco_env import MujocoTaskEnv

    return MujocoTaskEnv


@cache
def native_class(task_name: str, class_name: str) -> type:
    """The class of a task, for the single environment or the batch, by its name."""
    task = description_of(task_name)
    is_batch = class_name == task["vector_class_name"]
    base = _base_class(task, is_batch)
    options = base._options_type
    extra = companion(task["module"])
    about = "\n\n    ".join(str(part.__doc__) for part in reversed(options.__mro__[:-1]))
    namespace = {
        "task": task_name,
        "native_checks": True,  # `make` asks the class itself: a user's subclass gets the wrappers
        "__module__": task["module"],
        "metadata": task_metadata(task),
        "__doc__": f"{task['summary']} Source: {task['source']}.\n\n{base.__doc__}\n\n    {about}",
        "__signature__": signature_of(task, options, extra, is_batch),
    }
    complete = getattr(extra, "complete_arguments", None)
    if complete is not None:
        namespace["_complete_arguments"] = staticmethod(complete)
    if is_batch:
        namespace["_single_class"] = staticmethod(partial(native_class, task_name, task["class_name"]))
    else:
        namespace["_by_position"] = tuple(by_position(task, extra))
        namespace |= task_members(task) | getattr(extra, "MEMBERS", {})
        if task["family"] == "mujoco":
            from plyo.mujoco.task_members import members_of

            namespace |= members_of(task_name)
    # the interface is a base of its own: some libraries look at the names of the direct bases alone
    bases = (base, _interface(is_batch))
    if task["family"] in class_types:
        return class_types[task["family"]](class_name, bases, namespace)
    return type(class_name, bases, namespace)


def _interface(is_batch: bool) -> type:
    """The class that environments, or batches, of any kind inherit from."""
    if not is_batch:
        return Env
    from plyo.vector.vector_env import VectorEnv

    return VectorEnv


def __getattr__(name: str) -> Any:
    """The class of a task, by Gymnasium's name or by the task's own."""
    for task in native_tasks().values():
        for class_name, suffix in ((task["vector_class_name"], "VectorEnv"), (task["class_name"], "Env")):
            if name in (class_name, f"{task['name']}{suffix}"):
                return getattr(sys.modules[task["module"]], class_name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
