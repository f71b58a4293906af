"""The signatures of the classes of native tasks: Gymnasium's arguments first, in its order, then Plyo's own by name."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any

from plyo.mujoco.cameras import default_camera
from plyo.tasks.descriptions import Description
from plyo.tasks.options import EngineOptions

#: Parameters of Plyo's own, which Gymnasium's classes have not.
_OWN = ("report_warnings",)


def by_position(task: Description, extra: Any) -> dict[str, Any]:
    """The arguments of a single environment's class that may be given by position, with their defaults.

    Args:
        task: The task.
        extra: The companion of its module, whose ``arguments`` may replace some; None for none.
    """
    params = getattr(extra, "arguments", dict)(_defaults(task))
    if task["needs"] != "mujoco":
        mode = {"render_mode": None}
        return params | mode if task["render_mode_last"] else mode | params
    params = {name: value for name, value in params.items() if name not in _OWN}
    if task["family"] == "robotics":
        # those after it are keyword arguments of Gymnasium-Robotics' base classes
        last = list(params).index("reward_type")
        return dict(list(params.items())[: last + 1])
    if list(params)[:2] != ["xml_file", "frame_skip"]:
        return params
    first, second, *others = params.items()
    return dict([first, second, ("default_camera_config", default_camera(task["name"]) or None), *others])


def signature_of(task: Description, options: type[EngineOptions], extra: Any, is_batch: bool) -> Signature:
    """The signature of a class of a task.

    Args:
        task: The task.
        options: The options of the class.
        extra: The companion of the task's module, None for none.
        is_batch: Whether it is the class of batches.
    """
    first = {"num_envs": 1} if is_batch else by_position(task, extra)
    others = {"render_mode": None} | _defaults(task) | options.defaults()
    if task["needs"] == "mujoco":
        others["default_camera_config"] = default_camera(task["name"]) or None
    return Signature(
        [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value) for name, value in first.items()]
        + [
            Parameter(name, Parameter.KEYWORD_ONLY, default=value)
            for name, value in others.items()
            if name not in first
        ]
    )


def _defaults(task: Description) -> dict[str, Any]:
    """The task's own parameters and their defaults."""
    return {param["name"]: param["default"] for param in task["params"]}
