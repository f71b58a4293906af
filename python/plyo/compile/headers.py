"""Where Plyo's C++ headers are."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


@cache
def get_include() -> str:
    """The folder of Plyo's C++ headers, for ``-I``: ``#include <plyo/environment.hpp>`` is found there.

    Raises:
        FileNotFoundError: The headers were taken out of the installation.
    """
    # in a wheel, and in a tree of sources
    for folder in (_PACKAGE / "include", _PACKAGE.parents[1] / "cpp"):
        if (folder / "plyo" / "environment.hpp").is_file():
            return str(folder)
    raise FileNotFoundError(f"Plyo's headers are not in {_PACKAGE / 'include'}: install Plyo again")


def get_cmake_dir() -> str:
    """The folder of ``plyo-config.cmake``, for CMake's ``plyo_DIR``: ``find_package(plyo)`` gives ``plyo::headers``.

    Raises:
        FileNotFoundError: The file was taken out of the installation.
    """
    for folder in (_PACKAGE / "cmake", _PACKAGE.parents[1] / "cmake" / "wheel"):
        if (folder / "plyo-config.cmake").is_file():
            return str(folder)
    raise FileNotFoundError(f"Plyo's CMake files are not in {_PACKAGE / 'cmake'}: install Plyo again")


@cache
def headers_digest() -> str:
    """A digest of all headers that a task is compiled with, 32 hexadecimal digits."""
    root = Path(get_include())
    files = [path for folder in ("core", "kernels", "plyo") for path in (root / folder).glob("*.hpp")]
    files.append(root / "render" / "canvas.hpp")
    digest = hashlib.sha256()
    for path in sorted(file for file in files if not file.name.startswith("mujoco")):
        digest.update(f"{path.relative_to(root)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]
