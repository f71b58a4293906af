"""Small pictures drawn fast, for observations, at the asked size.

No shadows, no reflections, one sample a pixel, rounded shapes of fewer facets.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import check_integer
from plyo.mujoco import _backends
from plyo.mujoco._contexts import DrawContext
from plyo.mujoco._viewers import VisualOptions, aim, configure, free_camera, to_options
from plyo.mujoco.rendering import find_camera, to_camera_id

if TYPE_CHECKING:
    import mujoco

#: EGL before GLFW: its contexts may be made in any thread, windows in the main thread only.
_PREFERRED = ("egl", "glfw", "osmesa")


class FastPixels:
    """Draws pictures of one model, all of one size, with an OpenGL context of its own.

    A picture depends on nothing but the model, the ``MjData`` and the arguments: not on earlier pictures, nor on the
    thread. Use one in one thread at a time, and several for several threads.

    Args:
        model: The model, as the user has it: a copy without cameras and lights draws black pictures.
        height: The height in pixels.
        width: The width in pixels.
        camera_id: The model's camera by number, -1 for the free one.
        camera_name: The model's camera by name. Without both, the camera ``"track"`` where the model has it, which
            goes with the robot, else the free one.
        camera_config: Attributes of the free camera, such as ``{"distance": 4.0}``.
        visual_options: Flags of ``mujoco.mjtVisFlag`` and whether they are set.
        max_geom: How many shapes can be drawn at most.

    Raises:
        ValueError: Both cameras are given, there is no such camera, or a size is not positive.
        TypeError: A number is no integer.
        IndexError: There is no such visual option.
        AttributeError: A camera has no such attribute.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        height: int,
        width: int,
        *,
        camera_id: int | None = None,
        camera_name: str | None = None,
        camera_config: dict[str, Any] | None = None,
        visual_options: VisualOptions | None = None,
        max_geom: int = 1000,
    ) -> None:
        import mujoco

        self._model = model
        self._shape = (check_integer("height", height, 1), check_integer("width", width, 1), 3)
        if camera_id is None and camera_name is None:
            camera_id = find_camera(model, "track")
        self._camera = _steady_camera(model, to_camera_id(model, camera_id, camera_name), camera_config)
        self._options = to_options(visual_options)
        self._perturbation = mujoco.MjvPerturb()
        self._scene = mujoco.MjvScene(model, check_integer("max_geom", max_geom, 0))
        for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            self._scene.flags[flag] = 0
        self._viewport = mujoco.MjrRect(0, 0, width, height)
        # OpenGL's first row is the lowest
        self._upside_down = np.empty(self._shape, np.uint8)
        self._context = DrawContext(model, width, height, opener=_open, fast=True)

    def draw(self, data: mujoco.MjData, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Draws a state into an array.

        Args:
            data: The state, the positions of its bodies included (``mj_forward``, or a step).
            out: uint8 (height, width, 3), of any strides.

        Returns:
            ``out``.

        Raises:
            ValueError: ``out`` has another type or shape.
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
        """
        import mujoco

        if out.dtype != np.uint8 or out.shape != self._shape:
            raise ValueError(f"out must be a uint8 array {self._shape}, got {out.dtype} {out.shape}")
        everything = mujoco.mjtCatBit.mjCAT_ALL
        with self._context.current() as con:
            mujoco.mjv_updateScene(
                self._model, data, self._options, self._perturbation, self._camera, everything, self._scene
            )
            mujoco.mjr_render(self._viewport, self._scene, con)
            mujoco.mjr_readPixels(self._upside_down, None, self._viewport, con)
            out[:] = self._upside_down[::-1]
        return out

    def current(self) -> AbstractContextManager[Any]:
        """Keeps the OpenGL context current over several pictures, which saves switching for each."""
        return self._context.current()

    def close(self) -> None:
        """Gives the OpenGL context back. Drawing once more makes another."""
        self._context.free()


def _open(width: int, height: int) -> _backends.Opened:
    return _backends.open_context(width, height, _PREFERRED)


def _steady_camera(model: mujoco.MjModel, camera_id: int, config: dict[str, Any] | None) -> mujoco.MjvCamera:
    """A camera that depends on the model only: the free one looks at where it is before the first step."""
    import mujoco

    home = mujoco.MjData(model)
    mujoco.mj_kinematics(model, home)
    camera = free_camera(model, home)
    aim(camera, camera_id)
    if camera_id == -1:
        configure(camera, config)
    return camera
