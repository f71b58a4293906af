"""The argument of Gymnasium-Robotics' HandReach that is a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__: list[str] = []


def arguments(params: dict[str, Any]) -> dict[str, Any]:
    """Has ``initial_qpos`` in place of ``initial_joints`` and ``initial_positions``."""
    joints, positions = params["initial_joints"], params["initial_positions"]
    renamed = {}
    for name, value in params.items():
        if name == "initial_joints":
            renamed["initial_qpos"] = dict(zip(joints, positions, strict=True))
        elif name != "initial_positions":
            renamed[name] = value
    return renamed


def complete_arguments(params: dict[str, Any]) -> dict[str, Any]:
    """Takes ``initial_qpos``, positions by joint, as ``initial_joints`` and ``initial_positions``.

    Raises:
        TypeError: It is not a mapping, or there are the others beside it.
    """
    if "initial_qpos" not in params:
        return params
    others = {name: value for name, value in params.items() if name != "initial_qpos"}
    positions = params["initial_qpos"]
    if not isinstance(positions, Mapping):
        raise TypeError(f"initial_qpos must be a dictionary of positions by joint, got {positions!r}")
    if "initial_joints" in others or "initial_positions" in others:
        raise TypeError("initial_qpos says what initial_joints and initial_positions say: give one of them")
    joints = {"initial_joints": list(positions), "initial_positions": list(positions.values())}
    return others | joints
