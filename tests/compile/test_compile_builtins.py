"""The built-in light tasks, compiled as a user's headers, give the same results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from compile_helpers import hash_steps

import plyo
from built_in_headers import CPP, copy_header
from plyo.compile.compilers import find_compiler
from plyo.compile.sources import find_tasks
from plyo.error import CompileError
from plyo.tasks.descriptions import native_tasks

LIGHT = [
    path
    for path in sorted(CPP.glob("envs/*/*.hpp"))
    if path.parent.name not in ("box2d", "mujoco", "robotics")
    and find_tasks(path.read_text(encoding="utf-8"))
]

pytestmark = pytest.mark.skipif(not LIGHT, reason="needs the source tree")


def compile_copy(path: Path, folder: Path, compiler: str | None) -> dict[str, str]:
    """Compiles a copy of a built-in header under other names; the built-in id of each id of the copy."""
    copy = copy_header(path, folder)
    text = copy.read_text(encoding="utf-8")
    names = [task["name"] for task in native_tasks().values() if task["name"] in find_tasks(text)]
    assert names
    return {env_id: env_id.removeprefix("Own") for env_id in plyo.compile(copy, compiler=compiler)}


def check_copy(path: Path, folder: Path, compiler: str | None) -> None:
    copies = compile_copy(path, folder, compiler)
    for own, built_in in copies.items():
        expected = hash_steps(built_in, 32, 250)
        assert hash_steps(own, 32, 250) == expected, (own, compiler)
        # by the loops for parameters of each environment, where they are the same too
        params = plyo.make_vec(plyo.spec(own), 32).get_params()
        alike = {name: values for name, values in params.items() if np.shape(values) == (32,)}
        if alike:
            assert hash_steps(own, 32, 250, params=alike) == expected, (own, compiler)


@pytest.mark.parametrize(
    "compiler",
    ["g++", *(pytest.param(name, marks=pytest.mark.slow) for name in ("clang++-19", "clang++", "ziglang"))],
)
def test_every_compiler_gives_the_same_results(compiler: str, tmp_path: Path) -> None:
    try:
        find_compiler(compiler)
    except CompileError as error:
        pytest.skip(str(error))
    check_copy(CPP / "envs" / "classic_control" / "pendulum.hpp", tmp_path, compiler)


@pytest.mark.slow  # compiles every light task
@pytest.mark.parametrize("path", LIGHT, ids=lambda path: path.stem)
def test_every_light_task_gives_the_same_results(path: Path, tmp_path: Path) -> None:
    check_copy(path, tmp_path, None)


@pytest.mark.slow  # compiles two more
def test_reference_mathematics_is_that_of_the_built_in(tmp_path: Path) -> None:
    copies = compile_copy(CPP / "envs" / "classic_control" / "pendulum.hpp", tmp_path, None)
    for own, built_in in copies.items():
        assert hash_steps(own, 8, 250, math="reference") == hash_steps(built_in, 8, 250, math="reference")
