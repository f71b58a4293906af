"""The committed type stub of the extension module fits the installed module."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import typed_calls

import plyo
from plyo import _native
from plyo.tasks.descriptions import native_tasks

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


def test_classes_are_those_that_type_checkers_know() -> None:
    # assert_type does nothing at run time: the classes are compared here, what they have there
    typed_calls.known_classes()
    typed_calls.other_ids("CartPole-v1", plyo.spec("CartPole-v1"))
    assert type(plyo.make("CartPole-v1")) is typed_calls.CartPoleEnv
    assert type(plyo.make_vec("CartPole-v1", 2)) is typed_calls.CartPoleVectorEnv
    with pytest.raises(TypeError, match="num_treads"):
        typed_calls.mistakes()


def test_every_native_id_has_an_overload() -> None:
    stub = (STUB.parent / "envs" / "makers.pyi").read_text()
    ids = stub.split("_NativeId: TypeAlias = Literal[")[1].split("]")[0]
    assert {line.strip(' ",') for line in ids.split()} == {
        variant["id"] for task in native_tasks().values() for variant in task["variants"]
    }
    families = (STUB.parent / "envs" / "__init__.py").read_text()
    for task in native_tasks().values():
        assert f"from plyo.envs import {task['family']} as {task['family']}\n" in families


def test_package_is_typed() -> None:
    assert (STUB.parent / "py.typed").is_file()
