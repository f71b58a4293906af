"""Single environments of robots with goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from plyo.tasks.mujoco_env import MujocoTaskEnv
from plyo.tasks.options import EngineOptions
from plyo.tasks.robot_members import FetchMembers, HandReachMembers, ManipulateMembers, TouchMembers


@dataclass(kw_only=True)
class RobotOptions:
    """The options of robots.

    Attributes:
        tuned: Whether a private copy of the model is stepped, without what no task reads: the same bits, checked when
            the first batch is made, in less time. None does so.
        width: The width of pictures in pixels.
        height: Their height in pixels.
        default_camera_config: Attributes of the free camera, by name; None for none.
    """

    tuned: bool | None = None
    width: int = 480
    height: int = 480
    default_camera_config: dict[str, Any] | None = None


@dataclass(kw_only=True)
class RobotEnvOptions(RobotOptions, EngineOptions):
    """The options of single environments of robots."""


class FetchTaskEnv(FetchMembers, MujocoTaskEnv):
    """A single environment of an arm with a gripper."""

    _options_type: ClassVar[Any] = RobotEnvOptions


class HandReachTaskEnv(HandReachMembers, MujocoTaskEnv):
    """A single environment of a hand that brings fingertips together."""

    _options_type: ClassVar[Any] = RobotEnvOptions


class ManipulateTaskEnv(ManipulateMembers, MujocoTaskEnv):
    """A single environment of a hand with an object."""

    _options_type: ClassVar[Any] = RobotEnvOptions


class TouchTaskEnv(TouchMembers, MujocoTaskEnv):
    """A single environment of a hand that feels the object."""

    _options_type: ClassVar[Any] = RobotEnvOptions


def robot_base(task: str) -> type[MujocoTaskEnv]:
    """The class that the environments of a robot's task inherit from."""
    if task.startswith("Fetch"):
        return FetchTaskEnv
    if task.endswith("TouchSensors"):
        return TouchTaskEnv
    return ManipulateTaskEnv if task.startswith("HandManipulate") else HandReachTaskEnv
