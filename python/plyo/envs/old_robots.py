"""The ids of robots over ``mujoco_py``, MuJoCo's bindings of old: they only say that they need that."""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

from plyo.envs.registration import register
from plyo.error import DependencyNotInstalled
from plyo.tasks.descriptions import native_tasks


def _raise_no_mujoco_py(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuses to make an environment over ``mujoco_py``."""
    try:
        importlib.import_module("mujoco_py")
    except ImportError as e:
        raise DependencyNotInstalled(
            f"{e}. (HINT: you need to install mujoco_py, and also perform the setup instructions here: "
            "https://github.com/openai/mujoco-py/.)"
        ) from e
    raise DependencyNotInstalled(
        "Plyo steps MuJoCo by the package mujoco only: make a later version of this task"
    )


def register_old_robots() -> None:
    """Registers these ids: each robot has one beside that of today."""
    for task in native_tasks().values():
        for variant in task["variants"] if task["family"] == "robotics" else ():
            name, _, version = variant["id"].rpartition("-v")
            register(
                id=f"{name}-v{1 if version == '4' else 0}",
                entry_point=_raise_no_mujoco_py,
                vector_entry_point=_raise_no_mujoco_py,
                max_episode_steps=variant["max_episode_steps"],
                kwargs=dict(variant["kwargs"]),
            )
