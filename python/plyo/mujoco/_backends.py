"""The libraries that make OpenGL contexts (GLFW, EGL, OSMesa): which one serves, and why another cannot."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from plyo.basics.install import is_installed
from plyo.error import RenderContextError

_VARIABLE = "MUJOCO_GL"
#: Values of MUJOCO_GL that choose no library, those that forbid all, and other names, as MuJoCo reads them.
_NO_CHOICE = ("", "enable", "enabled", "on", "true", "1")
_FORBIDDEN = ("disable", "disabled", "off", "false", "0")
_SYNONYMS = {"glx": "glfw"}

#: EGL_PLATFORM_SURFACELESS_MESA, from the extension EGL_MESA_platform_surfaceless.
_SURFACELESS = 0x31DD

_WITHOUT_DISPLAY = (
    "Without a display, install EGL with Mesa's software renderer (Debian: apt-get install libegl1 libgl1-mesa-dri) "
    "and set MUJOCO_GL=egl, or OSMesa (apt-get install libosmesa6) and set MUJOCO_GL=osmesa. Both need PyOpenGL "
    "(pip install PyOpenGL)."
)

#: The libraries that a process further up used before it forked: what they hold belongs to that process.
_of_ancestors: set[str] = set()
#: Held while a context is made: MuJoCo's module for EGL opens its display without regard to other threads.
_opening = threading.RLock()


class GLContext(Protocol):
    """What MuJoCo's three classes of the name ``GLContext`` have in common."""

    def make_current(self) -> None:
        """Makes it the calling thread's current context."""

    def free(self) -> None:
        """Destroys it."""


class Opened(NamedTuple):
    """An OpenGL context and the library that it is of: "glfw", "egl" or "osmesa"."""

    backend: str
    gl: GLContext


def open_context(width: int, height: int, prefer: tuple[str, ...] = ()) -> Opened:
    """Makes a context to draw into memory with, and makes it current.

    Args:
        width: The greatest width in pixels.
        height: The greatest height in pixels.
        prefer: The libraries in the order of trying where MUJOCO_GL names none, () for Gymnasium's.

    Raises:
        plyo.error.RenderContextError: The one that MUJOCO_GL names cannot be used, or none can.
    """
    given = os.environ.get(_VARIABLE)
    name = (given or "").lower().strip()
    name = _SYNONYMS.get(name, name)
    if name in _FORBIDDEN:
        raise RenderContextError(
            f"{_VARIABLE}={given!r} forbids to draw; unset it, or set it to one of {list(_MAKERS)}"
        )
    if name in _NO_CHOICE:
        return _first_that_works(prefer or tuple(_MAKERS), width, height)
    if name not in _MAKERS:
        raise RenderContextError(
            f"Environment variable {_VARIABLE} must be one of {_MAKERS.keys()!r}: got {given!r}."
        )
    try:
        return _opened(name, width, height)
    except Exception as e:
        raise RenderContextError(
            f"{_VARIABLE}={given!r} cannot be used here: {reason_of(e)}. Set {_VARIABLE} to another of "
            f"{list(_MAKERS)}, or unset it. {_WITHOUT_DISPLAY}"
        ) from e


def _first_that_works(names: tuple[str, ...], width: int, height: int) -> Opened:
    reasons = []
    for name in names:
        try:
            return _opened(name, width, height)
        except Exception as e:
            reasons.append(f"{name}: {reason_of(e)}")
    raise RenderContextError(
        f"No OpenGL backend could be imported. Tried {'; '.join(reasons)}. {_WITHOUT_DISPLAY}"
    )


def _opened(name: str, width: int, height: int) -> Opened:
    if name in _of_ancestors and name != "egl":
        raise RenderContextError(
            f"{name} was in use before this process was forked and cannot be used in it; start the process with "
            "'spawn' or 'forkserver', or draw with MUJOCO_GL=egl"
        )
    with _opening:
        gl = _MAKERS[name](width, height)
    gl.make_current()
    return Opened(name, gl)


def reason_of(error: Exception) -> str:
    """What an error says, in a few words."""
    # PyOpenGL's texts are a screenful, with the arguments of the call
    code = getattr(error, "err", None)
    return (
        (str(error) or type(error).__name__).rstrip(".") if code is None else str(getattr(code, "name", code))
    )


# GLFW


def start_glfw() -> Any:
    """The package glfw, ready to use.

    Raises:
        plyo.error.RenderContextError: It is not installed, or there is no display.
    """
    if not is_installed("glfw"):
        raise RenderContextError("the package glfw is not installed (pip install glfw)")
    import glfw

    if "glfw" in _of_ancestors:
        raise RenderContextError("GLFW was in use before this process was forked and cannot be used in it")
    with _gathered_warnings() as texts:
        works = glfw.init()
    if not works:
        raise RenderContextError(f"there is no display ({'; '.join(texts) or 'GLFW cannot be initialised'})")
    return glfw


@contextmanager
def _gathered_warnings() -> Iterator[list[str]]:
    """GLFW's errors, which its package gives as warnings, as texts."""
    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield texts
        texts.extend(str(warning.message) for warning in caught)


class GlfwContext:
    """A window of GLFW and its context.

    Args:
        width: Its width in pixels.
        height: Its height in pixels.
        title: What is written above it.
        visible: Whether it is shown; other windows only carry a context.

    Raises:
        plyo.error.RenderContextError: It cannot be opened.
    """

    def __init__(self, width: int, height: int, title: str = "plyo", visible: bool = False) -> None:
        self.glfw = start_glfw()
        with _gathered_warnings() as texts:
            self.glfw.window_hint(self.glfw.VISIBLE, int(visible))
            self.window = self.glfw.create_window(width, height, title, None, None)
        if not self.window:
            raise RenderContextError(f"GLFW cannot open a window ({'; '.join(texts)})")

    def make_current(self) -> None:
        """Makes it the calling thread's current context."""
        self.glfw.make_context_current(self.window)
        if not self.glfw.get_current_context():
            raise RuntimeError("GLFW could not make the context of its window current")

    def free(self) -> None:
        """Closes the window."""
        window, self.window = self.window, None
        if window:
            self.glfw.destroy_window(window)


# EGL and OSMesa


def _need_library(name: str, package: str) -> None:
    """Raises where a shared library is not installed: PyOpenGL would remember that it could not load it."""
    if not is_installed("OpenGL"):
        raise RenderContextError("PyOpenGL is not installed (pip install PyOpenGL)")
    if ctypes.util.find_library(name) is None:
        try:
            ctypes.CDLL(f"lib{name}.so")
        except OSError:
            raise RenderContextError(
                f"lib{name} is not installed (Debian: apt-get install {package})"
            ) from None


def _open_egl(width: int, height: int) -> GLContext:
    _need_library("EGL", "libegl1 libgl1-mesa-dri")
    egl: Any = import_module("mujoco.egl")
    if egl.EGL_DISPLAY is None:
        if "egl" in _of_ancestors:
            egl.EGL_DISPLAY = _display_of_child(egl.EGL)
    elif not _is_initialized(egl.EGL, egl.EGL_DISPLAY):
        egl.EGL.eglInitialize(egl.EGL_DISPLAY, None, None)
    return _unattended(egl, width, height)


def _is_initialized(api: Any, display: Any) -> bool:
    try:
        return bool(api.eglQueryString(display, api.EGL_VERSION))
    except api.EGLError:
        return False


def _display_of_child(api: Any) -> Any:
    """A display that shares nothing with that of the process forked from: Mesa's threads of it do not exist here."""
    failure = RenderContextError(
        "EGL was in use before this process was forked and offers no second display (EGL_MESA_platform_surfaceless); "
        "start the process with 'spawn' or 'forkserver'"
    )
    if "egl child" in _of_ancestors:
        raise failure
    try:
        display = api.eglGetPlatformDisplayEXT(_SURFACELESS, None, None)
        api.eglInitialize(display, None, None)
    except api.EGLError as e:
        raise failure from e
    return display


def _open_osmesa(width: int, height: int) -> GLContext:
    _need_library("OSMesa", "libosmesa6")
    return _unattended(import_module("mujoco.osmesa"), width, height)


def _unattended(module: Any, width: int, height: int) -> GLContext:
    """A module's context, with a stricter beginning and end.

    It does not free itself when it is collected, which fails for a lost one. Once freed, it cannot become current:
    MuJoCo's would make no context current without a word, and the picture would stay as it was.
    """

    def make_current(self: Any) -> None:
        if not self._context:
            raise RuntimeError("it was freed")
        module.GLContext.make_current(self)

    owned = type(
        "GLContext", (module.GLContext,), {"__del__": lambda self: None, "make_current": make_current}
    )
    context: GLContext = owned(width, height)
    return context


_MAKERS: dict[str, Callable[[int, int], GLContext]] = {
    "glfw": GlfwContext,
    "egl": _open_egl,
    "osmesa": _open_osmesa,
}


def forget_parent(used: set[str]) -> None:
    """Marks, in a process that was just forked, the libraries that its parent used.

    Args:
        used: Those of Plyo's contexts.
    """
    global _opening
    _opening = threading.RLock()
    egl: Any = sys.modules.get("mujoco.egl")
    if egl is not None and egl.EGL_DISPLAY is not None:
        # its own display, if it was itself a child
        _of_ancestors.add("egl child" if "egl" in _of_ancestors else "egl")
        egl.EGL_DISPLAY = None
        # libglvnd clears what it knows of a thread at the first call after a fork, for the calling thread alone: if
        # that were another, this one would crash later
        egl.EGL.eglGetCurrentContext()
    _of_ancestors.update(used)
