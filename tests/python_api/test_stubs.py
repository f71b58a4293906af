"""The committed type stub of the extension module fits the installed module."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from plyo import _native

ROOT = Path(__file__).parents[2]
STUB = ROOT / "python" / "plyo" / "_native.pyi"


@pytest.fixture(scope="module")
def make_stubs() -> ModuleType:
    path = ROOT / "scripts" / "make_stubs.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stubs_of_the_tasks_fit_what_they_say() -> None:
    script = ROOT / "scripts" / "make_task_stubs.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_committed_stub_fits_the_module(make_stubs: ModuleType) -> None:
    # by class, function, argument, type and docstring
    expected = make_stubs.make_stub(_native)
    assert STUB.read_text() == expected, "run python scripts/make_stubs.py"


def test_every_public_name_is_in_the_stub(make_stubs: ModuleType) -> None:
    stub = STUB.read_text()
    for name, member in vars(_native).items():
        if name.startswith("_"):
            continue
        assert f"class {name}" in stub or f"def {name}(" in stub
        for attribute in vars(member) if isinstance(member, type) else ():
            assert attribute.startswith("_") or f"    def {attribute}(" in stub


def test_stub_names_arguments_and_types(make_stubs: ModuleType) -> None:
    def documented(text: str):
        def function():
            pass

        function.__doc__ = text
        return function

    module = SimpleNamespace(
        f=documented(
            "f(a: typing.SupportsInt | typing.SupportsIndex, *, b: object = None, c: plyo::PyEngine) -> dict"
            "\n\nDoes it.\n"
        ),
        __doc__="A module.",
    )
    expected = """def f(a: int, *, b: typing.Any = None, c: Engine) -> dict[str, typing.Any]:
    \"\"\"Does it.\"\"\"
"""
    assert make_stubs.make_stub(module).endswith(expected)


def test_package_is_typed() -> None:
    assert (STUB.parent / "py.typed").is_file()
