"""These tests need a C++ compiler; their modules live in a cache of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from compile_helpers import header, scene

import plyo
from plyo.compile.compilers import find_compiler
from plyo.error import CompileError

try:
    find_compiler()
    NO_COMPILER = ""
except CompileError as error:
    NO_COMPILER = str(error).splitlines()[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves these tests out, with the reason, on a machine without a compiler."""
    for item in items:
        if NO_COMPILER and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=NO_COMPILER))


@pytest.fixture(scope="session", autouse=True)
def cache_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache for the time of the tests."""
    folder = tmp_path_factory.mktemp("cache")
    folder.chmod(0o700)
    before = os.environ.get("PLYO_CACHE_DIR")
    os.environ["PLYO_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["PLYO_CACHE_DIR"]
    else:
        os.environ["PLYO_CACHE_DIR"] = before


@pytest.fixture(autouse=True)
def registry_of_before() -> Iterator[None]:
    """Tests shall not see the ids of others."""
    before = dict(plyo.registry)
    yield
    plyo.registry.clear()
    plyo.registry.update(before)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, cache_of_tests: Path) -> Path:
    """A folder with point_mass.hpp and its scene."""
    made = tmp_path_factory.mktemp("headers")
    (made / "point_mass.hpp").write_text(header("PointMass"))
    (made / "point_mass_scene.hpp").write_text(scene("PointMass", "point_mass"))
    return made


@pytest.fixture
def env_id(folder: Path) -> str:
    """The id of the compiled task."""
    assert sys.platform == "linux"
    return plyo.compile(folder / "point_mass.hpp")[0]
