"""The keys, the mouse and the menu of a window."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from plyo.mujoco._viewers import aim

if TYPE_CHECKING:
    from plyo.mujoco._backends import GlfwContext
    from plyo.mujoco._viewers import BaseRender

#: The groups of shapes that the keys 0 to 4 show and hide.
_GROUPS = 5
_ZOOM_A_NOTCH = -0.05


class Controls:
    """What the user of a window has chosen.

    Attributes:
        paused: Whether ``render`` waits.
        step_once: Whether it goes on for one step all the same.
        every_frame: Whether each call shows one picture.
        speed: Otherwise, how fast, as a multiple of the model's own time.
        menu_hidden: Whether no menu is drawn.
    """

    def __init__(self, viewer: BaseRender) -> None:
        self._viewer = viewer
        self.paused = self.step_once = self.menu_hidden = False
        self.every_frame = True
        self.speed = 1.0
        self._pictures_saved = 0
        self._left = self._right = False
        self._pointer = (0.0, 0.0)
        self._keys: dict[int, Callable[[], None]] = {}

    def attach(self, window: GlfwContext) -> None:
        """Listens to a window."""
        glfw = window.glfw
        self._keys = {
            glfw.KEY_TAB: self._next_camera,
            glfw.KEY_SPACE: self._pause,
            glfw.KEY_RIGHT: self._step_once,
            glfw.KEY_S: lambda: self._scale_speed(0.5),
            glfw.KEY_F: lambda: self._scale_speed(2.0),
            glfw.KEY_D: self._switch_every_frame,
            glfw.KEY_T: self._save_picture,
            glfw.KEY_C: self._switch_contacts,
            glfw.KEY_E: self._switch_frames,
            glfw.KEY_H: self._switch_menu,
            glfw.KEY_R: self._switch_transparent,
            glfw.KEY_ESCAPE: lambda: glfw.set_window_should_close(window.window, True),
        }
        for group in range(_GROUPS):
            self._keys[glfw.KEY_0 + group] = lambda group=group: self._switch_group(group)  # type: ignore[misc]  # a default is no argument to mypy

        def on_key(_window: Any, key: int, _code: int, action: int, _mods: int) -> None:
            if action == glfw.RELEASE and key in self._keys:
                self._keys[key]()

        def on_button(_window: Any, _button: int, _action: int, _mods: int) -> None:
            self._left = glfw.get_mouse_button(window.window, glfw.MOUSE_BUTTON_LEFT) == glfw.PRESS
            self._right = glfw.get_mouse_button(window.window, glfw.MOUSE_BUTTON_RIGHT) == glfw.PRESS
            self._pointer = glfw.get_cursor_pos(window.window)

        def on_move(_window: Any, x: float, y: float) -> None:
            shifted = any(
                glfw.get_key(window.window, key) == glfw.PRESS
                for key in (glfw.KEY_LEFT_SHIFT, glfw.KEY_RIGHT_SHIFT)
            )
            self._drag(x, y, shifted, glfw.get_window_size(window.window))

        glfw.set_key_callback(window.window, on_key)
        glfw.set_mouse_button_callback(window.window, on_button)
        glfw.set_cursor_pos_callback(window.window, on_move)
        glfw.set_scroll_callback(window.window, lambda _window, _x, y: self._zoom(_ZOOM_A_NOTCH * y))

    def add_menu(self, pictures_a_second: float) -> None:
        """Adds the menu to the texts of the window."""
        import mujoco

        viewer, model = self._viewer, self._viewer.model
        corner = mujoco.mjtGridPos.mjGRID_TOPLEFT
        flags, visible = viewer.vopt.flags, mujoco.mjtVisFlag
        speed = "each step" if self.every_frame else f"{self.speed:.3f} x real time, [S]lower, [F]aster"
        for left, right in (
            ("[D] Pictures", speed),
            (f"[Tab] Camera (of {model.ncam + 1})", str(viewer.cam.fixedcamid)),
            ("[C] Contact forces", _on(flags[visible.mjVIS_CONTACTFORCE])),
            ("[R] Transparent", _on(flags[visible.mjVIS_TRANSPARENT])),
            ("[E] Frames", _on(viewer.vopt.frame == mujoco.mjtFrame.mjFRAME_BODY)),
            ("[Space] Pause", _on(self.paused)),
            ("[Right] One step", ""),
            ("[T] Save picture", str(self._picture_path(-1)) if self._pictures_saved else ""),
            (f"[0] to [{_GROUPS - 1}] Groups of shapes", ""),
            ("[H] Hide this menu", ""),
        ):
            viewer.add_overlay(corner, left, right)
        corner = mujoco.mjtGridPos.mjGRID_BOTTOMLEFT
        for left, right in (
            ("Pictures a second", f"{pictures_a_second:.0f}"),
            ("Solver iterations", str(viewer.data.solver_niter[0] + 1)),
            ("Step", str(round(viewer.data.time / model.opt.timestep))),
            ("Time step", f"{model.opt.timestep:.5f}"),
        ):
            viewer.add_overlay(corner, left, right)

    # keys

    def _next_camera(self) -> None:
        number = self._viewer.cam.fixedcamid + 1
        aim(self._viewer.cam, number if number < self._viewer.model.ncam else -1)

    def _pause(self) -> None:
        self.paused = not self.paused

    def _step_once(self) -> None:
        self.paused = self.step_once = True

    def _scale_speed(self, factor: float) -> None:
        self.speed *= factor

    def _switch_every_frame(self) -> None:
        self.every_frame = not self.every_frame

    def _switch_contacts(self) -> None:
        import mujoco

        flags = self._viewer.vopt.flags
        shown = not flags[mujoco.mjtVisFlag.mjVIS_CONTACTFORCE]
        flags[mujoco.mjtVisFlag.mjVIS_CONTACTPOINT] = flags[mujoco.mjtVisFlag.mjVIS_CONTACTFORCE] = shown

    def _switch_transparent(self) -> None:
        import mujoco

        self._viewer.vopt.flags[mujoco.mjtVisFlag.mjVIS_TRANSPARENT] ^= 1

    def _switch_frames(self) -> None:
        import mujoco

        frames, vopt = mujoco.mjtFrame, self._viewer.vopt
        vopt.frame = frames.mjFRAME_NONE if vopt.frame == frames.mjFRAME_BODY else frames.mjFRAME_BODY

    def _switch_menu(self) -> None:
        self.menu_hidden = not self.menu_hidden

    def _switch_group(self, group: int) -> None:
        self._viewer.vopt.geomgroup[group] ^= 1

    def _picture_path(self, offset: int = 0) -> Path:
        return Path(tempfile.gettempdir()) / f"frame_{self._pictures_saved + offset:07d}.png"

    def _save_picture(self) -> None:
        import mujoco

        from plyo.video.apng import encode_png

        viewport = self._viewer.viewport
        picture = np.empty((viewport.height, viewport.width, 3), np.uint8)
        mujoco.mjr_readPixels(picture, None, viewport, self._viewer.con)
        self._picture_path().write_bytes(encode_png(picture[::-1]))
        self._pictures_saved += 1

    # mouse

    def _drag(self, x: float, y: float, shifted: bool, size: tuple[int, int]) -> None:
        import mujoco

        if not (self._left or self._right):
            return
        actions = mujoco.mjtMouse
        if self._right:
            action = actions.mjMOUSE_MOVE_H if shifted else actions.mjMOUSE_MOVE_V
        else:
            action = actions.mjMOUSE_ROTATE_H if shifted else actions.mjMOUSE_ROTATE_V
        self._move_camera(action, (x - self._pointer[0]) / size[0], (y - self._pointer[1]) / size[1])
        self._pointer = x, y

    def _zoom(self, by: float) -> None:
        import mujoco

        self._move_camera(mujoco.mjtMouse.mjMOUSE_ZOOM, 0.0, by)

    def _move_camera(self, action: int, dx: float, dy: float) -> None:
        import mujoco

        viewer = self._viewer
        try:
            mujoco.mjv_moveCamera(viewer.model, action, dx, dy, viewer.cam)
        except TypeError:
            # before MuJoCo 3.11 the scene was an argument too
            mujoco.mjv_moveCamera(viewer.model, action, dx, dy, viewer.scn, viewer.cam)


def _on(flag: Any) -> str:
    return "on" if flag else "off"
