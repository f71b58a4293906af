"""The C++ library: it builds, passes its tests, installs and is linked by another program, all without Python."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CPP_TESTS = ROOT / "tests" / "cpp"

#: Beside this interpreter first: the extra `test` installs CMake and Ninja as wheels.
SEARCH_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
TOOLS = {name: shutil.which(name, path=SEARCH_PATH) for name in ("cmake", "ctest", "ninja")}
COMPILER = next(
    filter(None, (shutil.which(c) for c in (os.environ.get("CXX"), "c++", "g++", "clang++") if c)), None
)

pytestmark = [
    pytest.mark.timeout(1200),
    pytest.mark.skipif(None in TOOLS.values(), reason="needs CMake and Ninja (pip install .[test])"),
    pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler"),
    pytest.mark.skipif(not (ROOT / "CMakeLists.txt").exists(), reason="needs the source tree"),
]


def run(tool: str, *arguments: object, cwd: Path | None = None) -> str:
    """Runs CMake or CTest; shows its output if it fails."""
    command = [str(TOOLS[tool]), *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": SEARCH_PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-10_000:]}"
    return done.stdout


def configure(source: Path, build: Path, options: Sequence[str] = ()) -> None:
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={TOOLS['ninja']}", *options)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library and its tests, built where no Python can be found, with the kernels that this machine runs."""
    kept = os.environ.get("PLYO_TEST_BUILD")
    folder = Path(kept).resolve() if kept else tmp_path_factory.mktemp("build")
    without_python = [
        "-DPLYO_BUILD_PYTHON=OFF",
        *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Python", "Python3", "pybind11")),
    ]
    kernels = os.environ.get("PLYO_TEST_KERNELS", "native")
    settings = ["-DCMAKE_BUILD_TYPE=Release", f"-DPLYO_KERNELS={kernels}", "-DPLYO_BUILD_TESTS=ON"]
    configure(ROOT, folder, [*settings, *without_python])
    run("cmake", "--build", folder)
    return folder


@pytest.fixture(scope="module")
def prefix(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installed library."""
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", build, "--prefix", folder)
    return folder


def test_the_cpp_tests_pass(build: Path) -> None:
    output = run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error", "-j", "2")
    files = {path.stem.removeprefix("test_") for path in CPP_TESTS.glob("test_*.cpp")}
    mistakes = {f"compile_fail_{path.stem}" for path in (CPP_TESTS / "compile_fail").glob("*.cpp")}
    assert len(files) >= 7
    assert len(mistakes) >= 5
    passed = set(re.findall(r"Test +#\d+: (\w+) \.+ +Passed", output))
    hashes = {name for name in passed if name.startswith("hashes_")}  # of each instruction set that is there
    assert "hashes_baseline" in hashes
    assert passed - hashes == files | mistakes


def test_every_cpp_test_belongs_to_its_file() -> None:
    # ctest runs the tests of test_engine.cpp as those whose names have engine_ in them
    for path in CPP_TESTS.glob("test_*.cpp"):
        names = [
            line[len("PLYO_TEST(") :]
            for line in path.read_text().splitlines()
            if line.startswith("PLYO_TEST(")
        ]
        assert names, path
        for name in names:
            assert path.stem.removeprefix("test_") + "_" in name, (path, name)


def test_the_library_knows_no_python(prefix: Path) -> None:
    (library,) = prefix.rglob("libplyo.a")
    symbols = library.read_bytes()
    assert b"ThreadPool" in symbols
    assert b"Py_" not in symbols
    assert b"pybind11" not in symbols


def test_an_installed_library_forgets_where_it_was_built(prefix: Path, build: Path) -> None:
    files = [*prefix.rglob("*.cmake")]
    assert {f.name for f in files} >= {"plyo-config.cmake", "plyo-config-version.cmake", "plyo-targets.cmake"}
    for file in files:
        text = file.read_text()
        assert str(ROOT) not in text
        assert str(build) not in text
    headers = {f.name for f in prefix.rglob("*.hpp")}
    assert headers >= {"engine.hpp", "rollout.hpp", "environment.hpp", "make_task.hpp", "cart_pole.hpp"}


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not Path("/proc/cpuinfo").exists(), reason="needs Linux on x86-64"
)
def test_native_kernels_are_those_of_this_machine(tmp_path: Path) -> None:
    configure(ROOT, tmp_path, ["-DPLYO_KERNELS=native", "-DPLYO_BUILD_TESTS=OFF"])
    commands = (tmp_path / "build.ninja").read_text()
    omitted = set(re.findall(r"-DPLYO_WITHOUT_(\w+)", commands))
    flags = set(Path("/proc/cpuinfo").read_text().split())
    if {"avx512f", "avx512dq", "avx512vl", "avx512bw"} <= flags:
        assert omitted == {"AVX2"}
    else:
        assert omitted == ({"AVX512"} if "avx2" in flags else {"AVX2", "AVX512"})


def test_kernels_of_the_baseline_alone(tmp_path: Path) -> None:
    configure(ROOT, tmp_path, ["-DPLYO_KERNELS=baseline", "-DPLYO_BUILD_TESTS=OFF"])
    commands = (tmp_path / "build.ninja").read_text()
    assert set(re.findall(r"-DPLYO_WITHOUT_(\w+)", commands)) == {"AVX2", "AVX512"}


def test_kernels_of_another_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match='PLYO_KERNELS must be all, native or baseline, not "avx2"'):
        configure(ROOT, tmp_path, ["-DPLYO_KERNELS=avx2", "-DPLYO_BUILD_TESTS=OFF"])


def test_another_program_finds_and_links_it(prefix: Path, tmp_path: Path) -> None:
    configure(
        CPP_TESTS / "consumer", tmp_path, [f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"]
    )
    run("cmake", "--build", tmp_path)
    output = run("ctest", "--test-dir", tmp_path, "--verbose", "--no-tests=error")
    assert "steps on average" in output
