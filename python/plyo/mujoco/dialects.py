"""The builds of libmujoco whose orders of operations packs of lanes know.

The bits of a step depend on the order in which a release adds and multiplies, and on the compiler that has built it.
So a build is known by its version, size and hash, never by the version alone. Three dialects serve all builds here;
``scripts/mujoco_dialect.py`` says which one a release speaks, or where it parts from all.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from plyo.mujoco.library import library_path, mujoco_version


@dataclass(frozen=True)
class Dialect:
    """The orders of operations that differ between releases (``cpp/physics3d/model.hpp``)."""

    adds_in_pairs: bool
    substitutes_forward: bool
    corrects_stages: bool
    combines_accelerations: bool
    weighs_difference: bool


@dataclass(frozen=True)
class Build:
    """A file of libmujoco.

    Attributes:
        size: In bytes.
        sha256: Its hash.
        dialect: The name of its dialect.
    """

    size: int
    sha256: str
    dialect: str


#: By name: the first release that speaks each.
DIALECTS = {
    "3.11": Dialect(False, False, False, False, False),
    "3.13": Dialect(False, False, False, False, True),
    "4.0": Dialect(True, True, True, True, True),
}

#: By version: the library in the wheels of the package mujoco for Linux on x86-64. All have passed
#: ``scripts/mujoco_dialect.py``.
BUILDS = {
    "3.11.0": Build(6138656, "7b47f06aa840d4f8fa3c66c2027d52de570bac6d11b9ddd19d55ae1469d40e22", "3.11"),
    "3.12.0": Build(6180200, "bd3f702ace8a31e1046f746880387858a981d11b01772a55ebef48ffd55ea5b8", "3.11"),
    "3.13.0": Build(6125760, "dc9599faeffba8e6ea9f53928de08301ee8c2ba780c4afceadeebe63573c3a1a", "3.13"),
    "3.14.0": Build(6261224, "5e7623e30f55bf324d4c9648379ebeba5bcd153ee0304c52eac74bf8d441000b", "3.13"),
    "3.15.0": Build(6330072, "d3a1476dd52e220031aca40b2b00f69d1febce2ee85c57d5015f68b0cc72afa9", "3.13"),
    "3.16.0": Build(6732608, "d89b5532a1ec9c4ca8744449d648233a2f7ae5d9e7b2ccddd692e11955f6cb04", "3.13"),
    "3.17.0": Build(7252544, "23496b023ee80fb61ab71167e94bc649f9941710fde96b18bb8204fb332523ad", "3.13"),
    "4.0.0": Build(7550456, "90bc997a73efc90624a120f63eccd67441dfc6c705cd537357508f44757880ba", "4.0"),
}


def find_dialect() -> str | None:
    """The dialect of the installed libmujoco; ``None`` for a build that is not known.

    Raises:
        plyo.error.DependencyNotInstalled: MuJoCo is not installed.
        plyo.error.Error: Its library is not to be found.
    """
    build = BUILDS.get(mujoco_version())
    if build is None:
        return None
    size, digest = _identity(str(library_path()))
    return build.dialect if (size, digest) == (build.size, build.sha256) else None


def guess_dialect() -> str:
    """The dialect that a build which is not known speaks, if it speaks one: the last one before it."""
    version = tuple(int(part) for part in mujoco_version().split(".")[:2])
    known = [name for name in DIALECTS if tuple(int(part) for part in name.split(".")) <= version]
    return known[-1] if known else next(iter(DIALECTS))


@functools.cache
def _identity(path: str) -> tuple[int, str]:
    """The size and the hash of a file."""
    content = Path(path).read_bytes()
    return len(content), hashlib.sha256(content, usedforsecurity=False).hexdigest()
