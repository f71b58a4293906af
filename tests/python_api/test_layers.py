"""The layers of the package and of cpp/: the checks of imports and includes work."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def check_includes() -> ModuleType:
    path = ROOT / "scripts" / "check_includes.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(root: Path, **files: str) -> None:
    """Writes headers: ``core__rng="../engine/engine.hpp"`` is a file with one include."""
    for name, includes in files.items():
        path = root / f"{name.replace('__', '/')}.hpp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#pragma once\n" + "".join(f'#include "{target}"\n' for target in includes.split()))


def test_includes_of_the_library_only_point_down(check_includes: ModuleType) -> None:
    assert check_includes.check(ROOT / "cpp") == []


def test_includes_that_point_down_are_let_through(check_includes: ModuleType, tmp_path: Path) -> None:
    write(tmp_path, core__rng="", core__math="rng.hpp", engine__a__b="../../core/math.hpp core/rng.hpp")
    assert check_includes.check(tmp_path) == []


def test_an_include_that_points_up_is_reported(check_includes: ModuleType, tmp_path: Path) -> None:
    write(tmp_path, core__rng="../engine/engine.hpp", engine__engine="")
    assert check_includes.check(tmp_path) == [
        "core/rng.hpp includes engine/engine.hpp: engine/ is above core/"
    ]


def test_a_circle_is_reported(check_includes: ModuleType, tmp_path: Path) -> None:
    write(tmp_path, core__a="b.hpp", core__b="c.hpp", core__c="a.hpp")
    (complaint,) = check_includes.check(tmp_path)
    assert complaint.startswith("circle: ")
    assert {"core/a.hpp", "core/b.hpp", "core/c.hpp"} == set(complaint.removeprefix("circle: ").split(" -> "))


def test_missing_files_strangers_and_new_folders_are_reported(
    check_includes: ModuleType, tmp_path: Path
) -> None:
    root = tmp_path / "cpp"
    write(root, core__a="nothing.hpp ../../other.hpp", attic__old="")
    write(tmp_path, other="")
    assert check_includes.check(root) == [
        "core/a.hpp includes nothing.hpp, which is not there",
        "core/a.hpp includes ../../other.hpp, which is outside cpp/",
        "attic/ has no place in FLOORS of scripts/check_includes.py",
    ]
