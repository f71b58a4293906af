"""What draws one model into memory: camera, options, markers and texts, as Gymnasium's viewers have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plyo.mujoco._backends import GLContext
from plyo.mujoco._contexts import DrawContext

if TYPE_CHECKING:
    import mujoco

VisualOptions = dict[int, bool]

#: What a marker is unless told otherwise.
_MARKER: dict[str, NDArray[Any]] = {
    "size": np.full(3, 0.01),
    "pos": np.zeros(3),
    "mat": np.eye(3).ravel(),
    "rgba": np.ones(4, np.float32),
}


class BaseRender:
    """What windows and pictures have in common.

    Args:
        model: The model.
        data: What is drawn.
        width: The width in pixels.
        height: The height in pixels.
        max_geom: How many shapes can be drawn at most.
        visual_options: Flags of ``mujoco.mjtVisFlag`` and whether they are set.
        context: What is drawn with.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        width: int,
        height: int,
        max_geom: int = 1000,
        visual_options: VisualOptions | None = None,
        *,
        context: DrawContext | None = None,
    ) -> None:
        import mujoco

        self.model, self.data = model, data
        self._markers: list[dict[str, Any]] = []
        self._overlays: dict[int, list[str]] = {}
        self.viewport = mujoco.MjrRect(0, 0, width, height)
        self.scn = mujoco.MjvScene(model, max_geom)
        self.cam = mujoco.MjvCamera()
        self.vopt = to_options(visual_options)
        self.pert = mujoco.MjvPerturb()
        self._context = DrawContext(model, width, height) if context is None else context

    @property
    def con(self) -> mujoco.MjrContext:
        """MuJoCo's textures and buffers in the OpenGL context."""
        return self._context.con

    @property
    def opengl_context(self) -> GLContext:
        """The OpenGL context."""
        return self._context.opened.gl

    @property
    def backend(self) -> str:
        """The library of the OpenGL context: ``"glfw"``, ``"egl"`` or ``"osmesa"``."""
        return self._context.opened.backend

    def make_context_current(self) -> None:
        """Makes the OpenGL context this thread's current one. Drawing does so by itself."""
        self._context.make_current()

    def add_overlay(self, gridpos: int, text1: str, text2: str) -> None:
        """Adds a line of text over the picture.

        Args:
            gridpos: The corner, of ``mujoco.mjtGridPos``.
            text1: The left column.
            text2: The right column.
        """
        columns = self._overlays.setdefault(gridpos, ["", ""])
        columns[0] += text1 + "\n"
        columns[1] += text2 + "\n"

    def add_marker(self, **marker_params: Any) -> None:
        """Adds a shape to the next picture only.

        Args:
            **marker_params: ``type`` of ``mujoco.mjtGeom``, ``size``, ``pos``, ``mat`` and ``rgba``.
        """
        self._markers.append(marker_params)

    def _update_scene(self) -> None:
        """The shapes of the present state, and the markers."""
        import mujoco

        everything = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self.model, self.data, self.vopt, self.pert, self.cam, everything, self.scn)
        for marker in self._markers:
            self._add_marker_to_scene(marker)

    def _add_marker_to_scene(self, marker: dict[str, Any]) -> None:
        import mujoco

        if self.scn.ngeom >= self.scn.maxgeom:
            raise RuntimeError(f"Ran out of geoms. maxgeom: {self.scn.maxgeom}")
        kind = marker.get("type", mujoco.mjtGeom.mjGEOM_SPHERE)
        shape = {
            name: np.asarray(marker.get(name, default), default.dtype).ravel()
            for name, default in _MARKER.items()
        }
        mujoco.mjv_initGeom(self.scn.geoms[self.scn.ngeom], kind, **shape)
        self.scn.ngeom += 1

    def _draw_overlays(self, con: mujoco.MjrContext) -> None:
        import mujoco

        for corner, (left, right) in self._overlays.items():
            font = mujoco.mjtFontScale.mjFONTSCALE_150
            mujoco.mjr_overlay(font, corner, self.viewport, left.encode(), right.encode(), con)

    def free(self) -> None:
        """Gives the OpenGL context back."""
        self._context.free()

    def close(self) -> None:
        """Gives the OpenGL context back. Drawing once more makes another."""
        self.free()


class OffScreenViewer(BaseRender):
    """Draws pictures. The arguments are those of :class:`BaseRender`."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        width: int,
        height: int,
        max_geom: int = 1000,
        visual_options: VisualOptions | None = None,
        *,
        context: DrawContext | None = None,
    ) -> None:
        super().__init__(model, data, width, height, max_geom, visual_options, context=context)
        self.cam = free_camera(model, data)

    def render(
        self, render_mode: str | None, camera_id: int | None = None, segmentation: bool = False
    ) -> Any:
        """Draws the present state.

        Args:
            render_mode: ``"rgb_array"``, ``"depth_array"``, or anything else for both.
            camera_id: The model's camera by number, -1 for the free one, None for the last one.
            segmentation: Whether to return, in place of colours, type and number of the object of each pixel, -1 for
                none.

        Returns:
            Colours, uint8 (height, width, 3), or objects, int32 (height, width, 2); depths, float32 (height, width), 0
            at the near plane and 1 at the far one; or the tuple of both.

        Raises:
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
            RuntimeError: There are more markers than ``max_geom`` leaves room for.
        """
        if camera_id is not None:
            aim(self.cam, camera_id)
        with self._context.current() as con:
            try:
                self._update_scene()
                rgb, depth = self._drawn(con, render_mode, segmentation)
            finally:
                self._markers.clear()
        if render_mode == "rgb_array":
            return rgb
        return depth if render_mode == "depth_array" else (rgb, depth)

    def _drawn(
        self, con: mujoco.MjrContext, render_mode: str | None, segmentation: bool
    ) -> tuple[NDArray[Any] | None, NDArray[np.float32] | None]:
        import mujoco

        flags = (mujoco.mjtRndFlag.mjRND_SEGMENT, mujoco.mjtRndFlag.mjRND_IDCOLOR) if segmentation else ()
        for flag in flags:
            self.scn.flags[flag] = 1
        mujoco.mjr_render(self.viewport, self.scn, con)
        self._draw_overlays(con)
        for flag in flags:
            self.scn.flags[flag] = 0

        height, width = self.viewport.height, self.viewport.width
        rgb = None if render_mode == "depth_array" else np.empty((height, width, 3), np.uint8)
        depth = None if render_mode == "rgb_array" else np.empty((height, width), np.float32)
        mujoco.mjr_readPixels(rgb, depth, self.viewport, con)
        # OpenGL's first row is the lowest
        colors = None if rgb is None else rgb[::-1].copy()
        if colors is not None and segmentation:
            colors = self._objects(colors)
        return colors, None if depth is None else depth[::-1].copy()

    def _objects(self, colors: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Type and number of what each pixel shows, from colours that are numbers of shapes."""
        numbers = colors.astype(np.int64) @ np.array([1, 2**8, 2**16])
        numbers[numbers > self.scn.ngeom] = 0
        objects = np.full((self.scn.ngeom + 1, 2), -1, np.int32)
        for geom in self.scn.geoms[: self.scn.ngeom]:
            if geom.segid != -1:
                objects[geom.segid + 1] = geom.objtype, geom.objid
        shown: NDArray[np.int32] = objects[numbers]
        return shown


def to_options(visual_options: VisualOptions | None) -> mujoco.MjvOption:
    """MuJoCo's options of what is drawn, with some flags set or cleared.

    Raises:
        IndexError: There is no such flag.
    """
    import mujoco

    options = mujoco.MjvOption()
    for flag, value in (visual_options or {}).items():
        try:
            options.flags[flag] = value
        except IndexError as e:
            raise IndexError(
                f"visual_options has the flag {flag!r}; the flags are those of mujoco.mjtVisFlag, 0 to "
                f"{len(options.flags) - 1}"
            ) from e
    return options


def aim(camera: mujoco.MjvCamera, camera_id: int) -> None:
    """Makes a camera look as one of the model, or freely.

    Args:
        camera: The camera.
        camera_id: The model's camera by number, -1 for a free one.
    """
    import mujoco

    kinds = mujoco.mjtCamera
    camera.type = kinds.mjCAMERA_FREE if camera_id == -1 else kinds.mjCAMERA_FIXED
    camera.fixedcamid = camera_id


def free_camera(model: mujoco.MjModel, data: mujoco.MjData) -> mujoco.MjvCamera:
    """A camera that looks at the middle of the shapes, from as far as the model is wide."""
    import mujoco

    camera = mujoco.MjvCamera()
    aim(camera, -1)
    camera.lookat[:] = np.median(data.geom_xpos, axis=0)
    camera.distance = model.stat.extent
    return camera


def configure(camera: mujoco.MjvCamera, config: dict[str, Any] | None) -> None:
    """Sets attributes of a camera.

    Args:
        camera: The camera.
        config: The attributes, such as ``{"distance": 4.0, "lookat": np.zeros(3)}``.

    Raises:
        AttributeError: A camera has no such attribute.
    """
    for name, value in (config or {}).items():
        if isinstance(value, np.ndarray):
            getattr(camera, name)[:] = value
        else:
            setattr(camera, name, value)
