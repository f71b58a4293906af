"""The files of models: those of the installed packages, and the user's own."""

from __future__ import annotations

from pathlib import Path

from plyo.basics.install import origin_of, pip_install
from plyo.error import DependencyNotInstalled

#: By the family of a task: the package that has its models, their folder in it, and Plyo's extra that installs it.
_FAMILIES = {
    "mujoco": ("gymnasium", "envs/mujoco/assets", "mujoco"),
    "robotics": ("gymnasium_robotics", "envs/assets", "robotics"),
}


def asset_path(name: str, family: str) -> tuple[str, bool]:
    """The file of a model, as Gymnasium finds it.

    The packages are only looked for, never imported; nothing of them is copied.

    Args:
        name: A name among the assets of the family's package, or a path that begins with ``"/"``, ``"."`` or ``"~"``.
        family: ``"mujoco"`` or ``"robotics"``.

    Returns:
        The path, and whether the file is the user's own.

    Raises:
        plyo.error.DependencyNotInstalled: The package is not installed.
        OSError: There is no such file.
    """
    is_own = name.startswith((".", "/", "~"))
    path = (
        name
        if name.startswith((".", "/"))
        else str(Path(name).expanduser() if is_own else _folder(family) / name)
    )
    if not Path(path).exists():
        raise OSError(f"File {path} does not exist")
    return path, is_own


def _folder(family: str) -> Path:
    """The folder of a family's models."""
    package, folder, extra = _FAMILIES[family]
    origin = origin_of(package)
    if origin is None:
        raise DependencyNotInstalled(
            f"The models of these tasks are in the package {package}, which is not installed, "
            f"run `{pip_install(extra)}`"
        )
    return Path(origin).parent / folder
