"""A window that shows one model, with the keys and the mouse of Gymnasium's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from plyo.error import RenderContextError
from plyo.mujoco._backends import GlfwContext, Opened, start_glfw
from plyo.mujoco._contexts import DrawContext
from plyo.mujoco._controls import Controls
from plyo.mujoco._viewers import BaseRender, VisualOptions

if TYPE_CHECKING:
    import mujoco

_NO_DISPLAY = (
    'Without a display, make the environment with render_mode="rgb_array" and look at what render() returns, or record '
    "it with plyo.wrappers.RecordVideo."
)


class WindowViewer(BaseRender):
    """Shows the present state in a window, at each call of :meth:`render`.

    Args:
        model: The model.
        data: What is shown.
        width: The width in pixels, None for half of the screen.
        height: The height in pixels, likewise.
        max_geom: How many shapes can be drawn at most.
        visual_options: Flags of ``mujoco.mjtVisFlag`` and whether they are set.

    Raises:
        plyo.error.RenderContextError: There is no display.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        width: int | None = None,
        height: int | None = None,
        max_geom: int = 1000,
        visual_options: VisualOptions | None = None,
    ) -> None:
        if width is None or height is None:
            screen = _screen_size()
            width = screen[0] // 2 if width is None else width
            height = screen[1] // 2 if height is None else height
        context = DrawContext(model, width, height, opener=self._open, window=True)
        super().__init__(model, data, width, height, max_geom, visual_options, context=context)
        self._glfw_window: GlfwContext | None = None
        self._controls = Controls(self)
        self._closed = False
        #: Seconds that a picture takes, averaged over the last ones.
        self._seconds = 1 / 60
        self._pictures_due = 0.0

    @property
    def window(self) -> Any:
        """GLFW's window, None where it is closed."""
        return None if self._glfw_window is None else self._glfw_window.window

    def render(self) -> None:
        """Shows the present state; while it is paused, until it goes on.

        After the window was closed by hand, nothing is shown any more.

        Raises:
            plyo.error.RenderContextError: There is no display, or the window was lost.
        """
        if self._closed:
            return
        try:
            self._show_due()
        finally:
            self._overlays.clear()
            self._markers.clear()
        if self._closed:
            self.free()

    def free(self) -> None:
        """Closes the window."""
        super().free()
        self._glfw_window = None

    def _show_due(self) -> None:
        controls = self._controls
        if controls.paused:
            while controls.paused and not controls.step_once and not self._closed:
                self._show()
            controls.step_once = False
            return
        # one picture a call, or as many as keep the chosen speed
        self._pictures_due += self.model.opt.timestep / (self._seconds * controls.speed)
        if controls.every_frame:
            self._pictures_due = 1
        while self._pictures_due > 0 and not self._closed:
            self._show()
            self._pictures_due -= 1

    def _show(self) -> None:
        import mujoco

        start = time.perf_counter()
        with self._context.current() as con:
            window = self._glfw_window
            assert window is not None
            self.viewport.width, self.viewport.height = window.glfw.get_framebuffer_size(window.window)
            self._update_scene()
            mujoco.mjr_render(self.viewport, self.scn, con)
            if not self._controls.menu_hidden:
                texts = {corner: list(columns) for corner, columns in self._overlays.items()}
                self._controls.add_menu(1 / self._seconds)
                self._draw_overlays(con)
                self._overlays = texts
            window.glfw.swap_buffers(window.window)
            window.glfw.poll_events()
            self._closed = self._closed or bool(window.glfw.window_should_close(window.window))
        self._seconds = 0.9 * self._seconds + 0.1 * (time.perf_counter() - start)

    def _open(self, width: int, height: int) -> Opened:
        try:
            window = GlfwContext(width, height, "mujoco", visible=True)
        except RenderContextError as e:
            raise RenderContextError(
                f"There is no window to show the environment in: {e}. {_NO_DISPLAY}"
            ) from e
        window.make_current()
        window.glfw.swap_interval(1)
        self._controls.attach(window)
        self._glfw_window = window
        return Opened("glfw", window)


def _screen_size() -> tuple[int, int]:
    try:
        glfw = start_glfw()
    except RenderContextError as e:
        raise RenderContextError(f"There is no window to show the environment in: {e}. {_NO_DISPLAY}") from e
    size = glfw.get_video_mode(glfw.get_primary_monitor()).size
    return int(size.width), int(size.height)
