"""Makes the engine of a MuJoCo task: one that draws, whose observations may be pictures, which may have a window."""

from __future__ import annotations

from typing import Any

from plyo.mujoco.drawn_engine import DrawnEngine, Scene, ShownEngine
from plyo.mujoco.goal_marks import goal_marks
from plyo.mujoco.host import OpenModel


def make_engine(
    opened: OpenModel, options: Any, pixels: dict[str, Any] | None, shown: bool, arguments: dict[str, Any]
) -> DrawnEngine:
    """Makes the engine of an environment or a batch.

    Args:
        opened: The model.
        options: The options of the environment or batch.
        pixels: What is observed of pictures; None where the state is.
        shown: Whether every reset and step is shown in a window.
        arguments: Those of the engine.

    Raises:
        ValueError, TypeError, IndexError, AttributeError: An option about pictures does not fit.
    """
    scene = make_scene(opened, options, arguments["task"])
    if pixels is None:
        return (ShownEngine if shown else DrawnEngine)(scene, **arguments)
    from plyo.mujoco.pixel_engine import PixelEngine, ShownPixelEngine

    scene.num_threads = arguments["num_threads"] or 1
    return (ShownPixelEngine if shown else PixelEngine)(scene, pixels, **arguments)


def make_scene(opened: OpenModel, options: Any, task: str) -> Scene:
    """What is drawn of a task, by the options of an environment or batch; robots have fewer."""
    return Scene(
        opened,
        options.width,
        options.height,
        getattr(options, "camera_id", None),
        getattr(options, "camera_name", None),
        dict(options.default_camera_config or {}),
        getattr(options, "max_geom", 1000),
        getattr(options, "visual_options", None),
        goal_marks(task),
    )
