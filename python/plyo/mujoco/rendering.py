"""Pictures and windows of MuJoCo's own renderer, with the interface of Gymnasium's module of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from plyo.basics.integers import check_integer
from plyo.mujoco._contexts import DrawContext
from plyo.mujoco._viewers import BaseRender, OffScreenViewer, VisualOptions, aim, configure, to_options
from plyo.mujoco._window import WindowViewer

if TYPE_CHECKING:
    import mujoco

__all__ = ["BaseRender", "MujocoRenderer", "OffScreenViewer", "WindowViewer"]

_PICTURES = ("rgb_array", "depth_array", "rgbd_tuple")


class MujocoRenderer:
    """Draws what a ``MjData`` holds: pictures, depths, or a window.

    Nothing is opened before something is drawn. Pictures of every mode come from one OpenGL context, which is no
    thread's current one while nothing is drawn: any thread may draw.

    Args:
        model: The model.
        data: What is drawn; the caller keeps it up to date (by ``mj_forward``, or by steps).
        default_cam_config: Attributes of the camera, such as ``{"distance": 4.0}``.
        width: The width in pixels; None only for windows, which take half of the screen then.
        height: The height in pixels; likewise.
        max_geom: How many shapes can be drawn at most.
        camera_id: The model's camera by number, -1 for the free one.
        camera_name: The model's camera by name. Without both, the free one.
        visual_options: Flags of ``mujoco.mjtVisFlag`` and whether they are set.
        fill: Brings ``data`` up to date, before each picture; None where the caller does.

    Raises:
        ValueError: Both cameras are given, there is no such camera, or a size is not positive.
        TypeError: A number is no integer.
        IndexError: There is no such visual option.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        default_cam_config: dict[str, Any] | None = None,
        width: int | None = None,
        height: int | None = None,
        max_geom: int = 1000,
        camera_id: int | None = None,
        camera_name: str | None = None,
        visual_options: VisualOptions | None = None,
        *,
        fill: Callable[[], None] | None = None,
    ) -> None:
        self.camera_id = to_camera_id(model, camera_id, camera_name)
        self.width = None if width is None else check_integer("width", width, 1)
        self.height = None if height is None else check_integer("height", height, 1)
        self.max_geom = check_integer("max_geom", max_geom, 0)
        to_options(visual_options)
        self.model, self.data = model, data
        self._fill = fill
        self.default_cam_config = default_cam_config
        self._vopt = visual_options or {}
        self._context: DrawContext | None = None
        self._viewers: dict[str, OffScreenViewer | WindowViewer] = {}
        #: What has drawn last.
        self.viewer: Any = None

    def render(self, render_mode: str | None) -> Any:
        """Draws the present state.

        Args:
            render_mode: ``"rgb_array"``, ``"depth_array"``, ``"rgbd_tuple"`` or ``"human"``.

        Returns:
            Colours, uint8 (height, width, 3); depths, float32 (height, width), 0 at the near plane and 1 at the far
            one; the tuple of both; or None.

        Raises:
            AssertionError: A picture is asked for without a width or a height.
            AttributeError: There is no such mode.
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
        """
        if render_mode != "human" and (self.width is None or self.height is None):
            raise AssertionError(
                f"The width: {self.width} and height: {self.height} cannot be `None` when the render_mode is not "
                "`human`."
            )
        viewer = self._get_viewer(render_mode)
        if self._fill is not None:
            self._fill()
        if isinstance(viewer, WindowViewer):
            return viewer.render()
        return viewer.render(render_mode, self.camera_id)

    def _get_viewer(self, render_mode: str | None) -> OffScreenViewer | WindowViewer:
        """What draws in this mode; users reach it to add markers and texts."""
        viewer = self._viewers.get(render_mode or "")
        if viewer is None:
            if self._fill is not None:
                self._fill()  # the free camera looks at what is there first
            viewer = self._make_viewer(render_mode)
            self._viewers[render_mode or ""] = viewer
        self.viewer = viewer
        return viewer

    def _make_viewer(self, render_mode: str | None) -> OffScreenViewer | WindowViewer:
        viewer: OffScreenViewer | WindowViewer
        if render_mode == "human":
            viewer = WindowViewer(self.model, self.data, self.width, self.height, self.max_geom, self._vopt)
            if self.camera_id != -1:
                aim(viewer.cam, self.camera_id)
        elif render_mode in _PICTURES and self.width is not None and self.height is not None:
            if self._context is None:
                self._context = DrawContext(self.model, self.width, self.height)
            viewer = OffScreenViewer(
                self.model,
                self.data,
                self.width,
                self.height,
                self.max_geom,
                self._vopt,
                context=self._context,
            )
        else:
            raise AttributeError(
                f"Unexpected mode: {render_mode}, expected modes: human, rgb_array, depth_array, or rgbd_tuple"
            )
        configure(viewer.cam, self.default_cam_config)
        return viewer

    def draw_from(self, data: mujoco.MjData) -> None:
        """Draws another ``MjData`` from now on, which the caller keeps up to date; cameras and texts stay."""
        self.data, self._fill = data, None
        for viewer in self._viewers.values():
            viewer.data = data

    def close(self) -> None:
        """Closes the window and gives the OpenGL context back. Drawing once more opens them again."""
        for viewer in self._viewers.values():
            viewer.close()
        self._viewers.clear()
        self.viewer = None


def to_camera_id(model: mujoco.MjModel, camera_id: int | None, camera_name: str | None) -> int:
    """The number of a model's camera; -1 for the free camera, which stands in for a name that the model lacks.

    Raises:
        ValueError: Both are given, or there is no camera of that number.
        TypeError: The number is no integer, or the name no text.
    """
    if camera_id is not None and camera_name is not None:
        raise ValueError("Both `camera_id` and `camera_name` cannot be specified at the same time.")
    if camera_id is not None:
        return check_integer("camera_id", camera_id, -1, model.ncam - 1, " (-1 is the free camera)")
    if camera_name is None:
        return -1
    return find_camera(model, camera_name)


def find_camera(model: mujoco.MjModel, name: str) -> int:
    """The number of the model's camera of that name; -1 where there is none."""
    import mujoco

    return int(mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, name))
