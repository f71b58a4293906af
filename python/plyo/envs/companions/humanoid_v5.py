"""The mass centre of Humanoid."""

from __future__ import annotations

from plyo.mujoco.task_members import mass_center

__all__ = ["mass_center"]
