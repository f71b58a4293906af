"""The cameras that Gymnasium's MuJoCo tasks and Gymnasium-Robotics' robots look through by default."""

from __future__ import annotations

import re
from typing import Any

_WALKING: dict[str, Any] = {"trackbodyid": 2, "lookat": (0.0, 0.0, 1.15), "elevation": -20.0}
_HUMANOID: dict[str, Any] = {"trackbodyid": 1, "distance": 4.0, "elevation": -20.0}

#: Attributes of the free camera by the name of the task, or without its version, or by its first word.
_CAMERAS: dict[str, dict[str, Any]] = {
    "Ant": {"distance": 4.0},
    "HalfCheetah": {"distance": 4.0},
    "Hopper": {**_WALKING, "distance": 3.0},
    "Humanoid": {**_HUMANOID, "lookat": (0.0, 0.0, 2.0)},
    "HumanoidStandup": {**_HUMANOID, "lookat": (0.0, 0.0, 0.8925)},
    # the last digit of the height is part of Gymnasium's number
    "InvertedDoublePendulum": {
        "trackbodyid": 0,
        "distance": 4.1225,
        "lookat": (0.0, 0.0, 0.12250000000000005),
    },
    # it has that camera in its module, and does not use it
    "InvertedDoublePendulumV5": {},
    "InvertedPendulum": {"trackbodyid": 0, "distance": 2.04},
    "Pusher": {"trackbodyid": -1, "distance": 4.0},
    "Reacher": {"trackbodyid": 0},
    "Swimmer": {},
    "Walker2d": {**_WALKING, "distance": 4.0},
    "Fetch": {"distance": 2.5, "azimuth": 132.0, "elevation": -14.0, "lookat": (1.3, 0.75, 0.55)},
    "Hand": {"distance": 0.5, "azimuth": 55.0, "elevation": -25.0, "lookat": (1.0, 0.96, 0.14)},
}


def default_camera(task: str) -> dict[str, Any]:
    """The attributes of a task's free camera; none for a task that is not Gymnasium's.

    Args:
        task: The name of the native task, such as ``"HopperV5"`` or ``"FetchReach"``.
    """
    family = next((name for name in ("Fetch", "Hand") if task.startswith(name)), re.sub(r"V\d+$", "", task))
    return dict(_CAMERAS.get(task, _CAMERAS.get(family, {})))
