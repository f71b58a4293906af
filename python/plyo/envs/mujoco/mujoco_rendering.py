"""MuJoCo's own renderer, where Gymnasium has it."""

from plyo.mujoco.rendering import BaseRender, MujocoRenderer, OffScreenViewer, WindowViewer

__all__ = ["BaseRender", "MujocoRenderer", "OffScreenViewer", "WindowViewer"]
