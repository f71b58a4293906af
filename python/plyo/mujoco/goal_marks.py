"""What Gymnasium-Robotics shows of a robot's goal: it is put into the model and the data before a picture is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from plyo._native import Engine
from plyo.mujoco.library import load_mujoco

_FINGERTIPS = ("ff", "mf", "rf", "lf", "th")
#: How far in m the shown goal stands beside the object where only its rotation counts.
_ASIDE = 0.15
_TOUCHED, _UNTOUCHED = (1, 0, 0, 0.5), (0, 0.5, 0, 0.2)


def goal_marks(task: str) -> Callable[[Engine, int, Any, Any], None] | None:
    """What shows the goals of a task; None for one without.

    Args:
        task: The name of the native task, such as ``"FetchReach"``.
    """
    if task.startswith("Fetch"):
        return _mark_target
    if task.startswith("HandManipulate"):
        return _mark_pose_and_touch if task.endswith("TouchSensors") else _mark_pose
    return _mark_fingers if task.startswith("HandReach") else None


def _goal(engine: Engine, lane: int) -> Any:
    return Engine.observe(engine)["desired_goal"][lane]


def _mark_target(engine: Engine, lane: int, model: Any, data: Any) -> None:
    """The goal of an arm is a ball."""
    offset = data.site_xpos[0] - model.site_pos[0]
    model.site("target0").pos[:] = _goal(engine, lane) - offset
    load_mujoco().mj_forward(model, data)


def _mark_fingers(engine: Engine, lane: int, model: Any, data: Any) -> None:
    """The goals of fingertips, and the fingertips, are balls."""
    offsets = data.site_xpos - model.site_pos
    for i, (target, finger) in enumerate(zip(_goal(engine, lane).reshape(5, 3), _FINGERTIPS, strict=True)):
        tip = data.site(f"robot0:S_{finger}tip").xpos.copy()
        for name, position in ((f"target{i}", target), (f"finger{i}", tip)):
            site = model.site(name)
            site.pos[:] = position - offsets[site.id]
    load_mujoco().mj_forward(model, data)


def _mark_pose(engine: Engine, lane: int, model: Any, data: Any) -> None:
    """The goal of an object is another one."""
    goal = np.array(_goal(engine, lane))
    if engine.param("target_position", lane) == "ignore":
        goal[0] += _ASIDE
    target = data.joint("target:joint")
    target.qpos[:] = goal
    target.qvel[:] = 0
    hidden = load_mujoco().mj_name2id(model, load_mujoco().mjtObj.mjOBJ_GEOM, "object_hidden")
    if hidden >= 0:
        model.geom_rgba[hidden, 3] = 1.0
    load_mujoco().mj_forward(model, data)


def _mark_pose_and_touch(engine: Engine, lane: int, model: Any, data: Any) -> None:
    """Places that are touched are red."""
    _mark_pose(engine, lane, model, data)
    how = engine.param("touch_visualisation", lane)
    if how == "always":
        return
    for sensor in range(model.nsensor):
        name = model.sensor(sensor).name
        if "robot0:TS_" not in name:
            continue
        site = model.site(name.replace("robot0:TS_", "robot0:T_"))
        if how == "off":
            site.rgba[3] = 0.0
        else:
            site.rgba[:] = _TOUCHED if data.sensordata[sensor] != 0.0 else _UNTOUCHED
