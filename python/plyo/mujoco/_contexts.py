"""What is drawn with: OpenGL contexts with MuJoCo's textures and buffers in them, whose turn it is, and their end.

A context is a thread's current one only while it draws. So any thread may draw with it, one at a time, whatever else
uses OpenGL in the process keeps its own context, and a fork finds none in use.
"""

from __future__ import annotations

import atexit
import copy
import ctypes
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from plyo.error import RenderContextError
from plyo.mujoco import _backends

if TYPE_CHECKING:
    import mujoco

#: GL_CONTEXT_LOST, what OpenGL answers after the driver has reset the graphics card.
_GL_CONTEXT_LOST = 0x0507

#: How many facets a sphere has around and from pole to pole when it is drawn fast, where MuJoCo's are 28 and 16. In
#: pictures of 84 x 84 pixels the levels change by 0.2 of 255 on average; they take half to three quarters of the time.
_FAST_SLICES = 16
_FAST_STACKS = 10

Opener = Callable[[int, int], _backends.Opened]


class _Made(NamedTuple):
    opened: _backends.Opened
    con: mujoco.MjrContext


class DrawContext:
    """An OpenGL context for one model, made when it is first needed and again when it was lost.

    Args:
        model: The model.
        width: The width of its pictures in pixels; the buffer of a model that asks for more is larger.
        height: Their height in pixels.
        opener: Makes the OpenGL context, for a width and a height.
        window: Whether to draw into the context's window, not into memory.
        fast: Whether to draw without shadow maps and several samples a pixel, with fewer facets a shape, into a buffer
            of exactly this size.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        width: int,
        height: int,
        *,
        opener: Opener = _backends.open_context,
        window: bool = False,
        fast: bool = False,
    ) -> None:
        self._model, self._width, self._height = model, width, height
        self._opener, self._window, self._fast = opener, window, fast
        self._lock = threading.RLock()
        self._depth = 0
        self._made: _Made | None = None

    @property
    def opened(self) -> _backends.Opened:
        """The OpenGL context and its library; it is made for it if need be."""
        with self.current():
            assert self._made is not None
            return self._made.opened

    @property
    def con(self) -> mujoco.MjrContext:
        """MuJoCo's resources in the context, which is made for them if need be."""
        with self.current() as con:
            return con

    @contextmanager
    def current(self) -> Iterator[mujoco.MjrContext]:
        """Makes the context current, and in the end the one that was current before.

        Raises:
            plyo.error.RenderContextError: It cannot be made, or was lost; the next call makes another.
        """
        with self._lock:
            if self._depth:
                assert self._made is not None
                yield self._made.con
                return
            with _others_kept():
                made = self._entered()
                self._depth = 1
                try:
                    yield made.con
                finally:
                    self._depth = 0
                self._check()

    def make_current(self) -> None:
        """Makes the context the thread's current one for good."""
        with self._lock:
            self._entered()

    def free(self) -> None:
        """Gives the context back. Another is made when it is needed."""
        with self._lock:
            made, self._made = self._made, None
            if made is not None:
                _free(made)

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.free()

    def _entered(self) -> _Made:
        """The context, current."""
        if self._made is None:
            self._made = self._make()
            _remember(self, self._made.opened.backend)
            return self._made
        try:
            self._made.opened.gl.make_current()
        except Exception as e:
            raise self._lost(_backends.reason_of(e)) from e
        return self._made

    def _check(self) -> None:
        import mujoco

        if mujoco.mjr_getError() == _GL_CONTEXT_LOST:
            raise self._lost("the graphics card was reset")

    def _lost(self, reason: str) -> RenderContextError:
        self.free()
        return RenderContextError(
            f"The OpenGL context that pictures are drawn with was lost or taken away ({reason}). Nothing was drawn; "
            "the next call makes a new one."
        )

    def _make(self) -> _Made:
        import mujoco

        opened = self._opener(self._width, self._height)
        target = mujoco.mjtFramebuffer.mjFB_WINDOW if self._window else mujoco.mjtFramebuffer.mjFB_OFFSCREEN
        try:
            con = mujoco.MjrContext(self._sized_model(), mujoco.mjtFontScale.mjFONTSCALE_150)
            mujoco.mjr_setBuffer(target, con)
        except Exception as e:
            opened.gl.free()
            raise RenderContextError(
                f"MuJoCo cannot draw with the OpenGL context of {opened.backend}: {e}. Set MUJOCO_GL to another of "
                "'glfw', 'egl' and 'osmesa'."
            ) from e
        return _Made(opened, con)

    def _sized_model(self) -> mujoco.MjModel:
        """The model, or a copy of it where its buffer would not do: the caller's is never changed."""
        size = self._model.vis.global_
        if not self._fast and (
            self._window or (size.offwidth >= self._width and size.offheight >= self._height)
        ):
            return self._model
        model = copy.copy(self._model)
        size, quality = model.vis.global_, model.vis.quality
        if self._fast:
            size.offwidth, size.offheight = self._width, self._height
            quality.offsamples = quality.shadowsize = 0
            quality.numslices = min(quality.numslices, _FAST_SLICES)
            quality.numstacks = min(quality.numstacks, _FAST_STACKS)
        else:
            size.offwidth, size.offheight = max(size.offwidth, self._width), max(size.offheight, self._height)
        return model

    def _leave_to_parent(self) -> None:
        """In a process that was just forked: leaves the context alone, which is the parent's, and its lock too."""
        made, self._made = self._made, None
        self._lock, self._depth = threading.RLock(), 0
        if made is not None:
            for owned in (made.con, made.opened.gl):
                # never collected: its end would reach into the parent's display
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(owned))


def _free(made: _Made) -> None:
    """Gives a context back, lost or not: what is left of a lost one is taken apart while no context is current."""
    with _others_kept():
        # MuJoCo deletes by number, in whatever context is current
        _release_all()
        with suppress(Exception):
            made.opened.gl.make_current()
        with suppress(Exception):
            made.con.free()
        with suppress(Exception):
            made.opened.gl.free()


# Other contexts


@contextmanager
def _others_kept() -> Iterator[None]:
    """In the end, makes those contexts current again in this thread that were before."""
    restorers = [*_egl_restorer(), *_glfw_restorer()]
    try:
        yield
    finally:
        _release_all()
        for restore in restorers:
            with suppress(Exception):
                restore()


def _egl() -> Any:
    """MuJoCo's module for EGL, once it is in use."""
    egl = sys.modules.get("mujoco.egl")
    return None if egl is None or egl.EGL_DISPLAY is None else egl


def _egl_restorer() -> list[Callable[[], Any]]:
    egl = _egl()
    if egl is None:
        return []
    api = egl.EGL
    api.eglBindAPI(api.EGL_OPENGL_API)
    context = api.eglGetCurrentContext()
    if not context:
        return []
    former = (
        api.eglGetCurrentDisplay(),
        api.eglGetCurrentSurface(api.EGL_DRAW),
        api.eglGetCurrentSurface(api.EGL_READ),
        context,
    )
    return [lambda: api.eglMakeCurrent(*former)]


def _glfw_restorer() -> list[Callable[[], Any]]:
    if "glfw" not in _used:
        return []
    glfw = sys.modules["glfw"]
    window = glfw.get_current_context()
    if not window:
        return []
    glfw.make_context_current(None)
    return [lambda: glfw.make_context_current(window)]


def _release_all() -> None:
    egl = _egl()
    if egl is not None:
        api = egl.EGL
        with suppress(Exception):
            api.eglMakeCurrent(egl.EGL_DISPLAY, api.EGL_NO_SURFACE, api.EGL_NO_SURFACE, api.EGL_NO_CONTEXT)
    if "glfw" in _used:
        sys.modules["glfw"].make_context_current(None)
    if "osmesa" in _used:
        with suppress(Exception):
            from OpenGL import GL, osmesa

            osmesa.OSMesaMakeCurrent(None, None, GL.GL_FLOAT, 0, 0)


# The end of the process, and of its forks

_live: weakref.WeakSet[DrawContext] = weakref.WeakSet()
#: The libraries whose contexts Plyo has used in this process.
_used: set[str] = set()


def _remember(context: DrawContext, backend: str) -> None:
    if backend not in _used:
        # after MuJoCo has registered the end of its display: this comes before it
        atexit.register(_free_all)
        _used.add(backend)
    _live.add(context)


def _free_all() -> None:
    for context in list(_live):
        with suppress(Exception):
            context.free()


def _after_fork() -> None:
    _backends.forget_parent(_used)
    _used.clear()
    for context in list(_live):
        context._leave_to_parent()
    _live.clear()


os.register_at_fork(after_in_child=_after_fork)
