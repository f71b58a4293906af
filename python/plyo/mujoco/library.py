"""The installed MuJoCo: loaded when it is needed, never when Plyo is imported."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from plyo.basics.install import is_installed, pip_install
from plyo.error import DependencyNotInstalled, Error

#: The functions that MuJoCo calls back while it steps, but for the clock (:mod:`plyo.mujoco.clock`).
_CALLBACKS = (
    "mjcb_passive",
    "mjcb_control",
    "mjcb_contactfilter",
    "mjcb_sensor",
    "mjcb_act_dyn",
    "mjcb_act_gain",
    "mjcb_act_bias",
)


def load_mujoco() -> Any:
    """The package mujoco.

    Raises:
        plyo.error.DependencyNotInstalled: It is not installed.
    """
    install = f"run `{pip_install('mujoco')}`"
    try:
        import mujoco
    except ImportError as e:
        raise DependencyNotInstalled(f"mujoco cannot be imported ({e}), {_mend() or install}") from e
    except Exception:
        # MUJOCO_GL names what is not there, which matters when something is drawn: the error of that says more
        with _drawing_off():
            import mujoco
    if mujoco.__file__ is None:  # a folder of that name on the path, which Python takes for a package
        raise DependencyNotInstalled(
            f"mujoco is not installed, {install}; {list(mujoco.__path__)} is a plain folder"
        )
    return mujoco


def _mend() -> str:
    """What to do about a package that is there, but lacks files; empty if it is not there.

    A plain upgrade from 3.x to 4.0 leaves it so, because pip removes the files of mujoco-core with those of the old
    mujoco, and another `pip install mujoco` does nothing (findings/mujoco_upgrade_removes_core.sh).
    """
    if not is_installed("mujoco"):
        return ""
    parts = [name for name in ("mujoco", "mujoco-core", "mujoco-studio") if _is_listed(name)]
    if not parts:
        return ""
    return (
        "although pip lists it: an upgrade may have removed files of it, "
        f"run `pip install --force-reinstall --no-deps {' '.join(parts)}`"
    )


def _is_listed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


@contextmanager
def _drawing_off() -> Iterator[None]:
    """Lets MuJoCo's package load no library to draw with; it looks at MUJOCO_GL while it is imported."""
    named = os.environ.get("MUJOCO_GL")
    os.environ["MUJOCO_GL"] = "disable"
    try:
        yield
    finally:
        if named is None:
            del os.environ["MUJOCO_GL"]
        else:
            os.environ["MUJOCO_GL"] = named


def mujoco_version() -> str:
    """The version of MuJoCo itself, such as ``"4.0.0"``.

    Raises:
        plyo.error.DependencyNotInstalled: It is not installed.
    """
    return str(load_mujoco().mj_versionString())


def library_path() -> Path:
    """The shared object that the package has loaded, such as ``.../mujoco/libmujoco.so.4.0.0``.

    Raises:
        plyo.error.DependencyNotInstalled: MuJoCo is not installed.
        plyo.error.Error: The package has no such file, and none is loaded.
    """
    folder = Path(load_mujoco().__file__).parent
    # an unclean upgrade leaves the file of an older version behind
    exact = folder / f"libmujoco.so.{mujoco_version()}"
    if exact.exists():
        return exact
    loaded = _loaded_objects()
    for path in [*sorted(folder.glob("libmujoco.so*")), *loaded]:
        if path in loaded:
            return path
    raise Error(
        f"There is no libmujoco.so in {folder}, the package of MuJoCo {mujoco_version()}, and none is loaded. "
        "Install it again: `pip install --force-reinstall mujoco`."
    )


def _loaded_objects() -> list[Path]:
    """The files named libmujoco.so that are mapped into the process."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = {Path(line.split(maxsplit=5)[5]) for line in lines if "/libmujoco.so" in line}
    return sorted(paths)


@functools.cache
def load_library() -> ctypes.CDLL:
    """The shared object, for its exported symbols: the one that the package uses, not a second copy.

    Raises:
        plyo.error.DependencyNotInstalled: MuJoCo is not installed.
        plyo.error.Error: The file is not to be found, or is not the one that is loaded.
    """
    path = library_path()
    try:
        return ctypes.CDLL(str(path), mode=os.RTLD_NOW | os.RTLD_NOLOAD)
    except OSError as e:
        raise Error(f"{path} is not the libmujoco that the package mujoco has loaded: {e}") from e


def copy_data(to: Any, model: Any, source: Any) -> None:
    """Makes an ``mujoco.MjData`` all that another one is, contacts and constraints included.

    The package has had such a function since 3.11 at the latest, but not in 3.3; the library has always had it.

    Args:
        to: The one that is overwritten; arrays of its contacts that were taken before are out of date.
        model: The ``mujoco.MjModel`` of both.
        source: The other one, which is not changed.
    """
    copy = load_library().mj_copyData
    copy.argtypes = [ctypes.c_void_p] * 3
    copy.restype = ctypes.c_void_p
    copy(to._address, model._address, source._address)


def callbacks_set() -> list[str]:
    """The names of the callbacks that somebody in the process has set, such as ``["mjcb_control"]``.

    MuJoCo calls them whenever any model steps, so they belong to what a step computes.
    """
    library = load_library()
    return [name for name in _CALLBACKS if ctypes.c_void_p.in_dll(library, name).value]
