"""Writes python/plyo/_native.pyi, the type stub of the extension module.

    python scripts/make_stubs.py           writes it, from the installed module
    python scripts/make_stubs.py --check   fails if the committed one differs

pybind11 puts a Python signature into every docstring; this turns them into a stub that ``mypy --strict``
accepts. The types that a binding leaves open (``object``, ``dict``, ``tuple``) stay open.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

STUB = Path(__file__).parents[1] / "python" / "plyo" / "_native.pyi"
#: The special methods that stubs have.
_SPECIAL = ("__init__", "__call__", "__enter__", "__exit__")
MODULE = "plyo._native"
#: Of the lines of the stub.
MAX_WIDTH = 110

# the C++ class behind a Python class of another name: pybind11 writes it where the Python class came later
_CPP_NAMES = {"PyEngine": "Engine"}

# bare types as pybind11 writes them, and what a strict checker wants to read
_TYPES = {
    "object": "typing.Any",
    "dict": "dict[str, typing.Any]",
    "list": "list[typing.Any]",
    "tuple": "tuple[typing.Any, ...]",
    "numpy.ndarray": "numpy.typing.NDArray[typing.Any]",
    "typing.SupportsInt | typing.SupportsIndex": "int",
    "typing.SupportsFloat | typing.SupportsIndex": "float",
    "types.CapsuleType": "typing_extensions.CapsuleType",  # its name since Python 3.13
}


class _Types(ast.NodeTransformer):
    """Rewrites the types of an annotation."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value) == "typing.Annotated":
            return self.visit(node.slice.elts[0])  # type: ignore[attr-defined, no-any-return]
        node.slice = self.visit(node.slice)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = ast.unparse(node)
        return ast.parse(_TYPES.get(name, name.removeprefix(f"{MODULE}.")), mode="eval").body

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(_TYPES.get(node.id, node.id), mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        known = _TYPES.get(ast.unparse(node))
        return self.generic_visit(node) if known is None else ast.parse(known, mode="eval").body


def _type(annotation: ast.expr | None) -> str:
    return "typing.Any" if annotation is None else ast.unparse(_Types().visit(annotation))


def _value(default: ast.expr) -> str:
    """A default, texts in double quotes as the formatter has them."""
    is_text = isinstance(default, ast.Constant) and isinstance(default.value, str)
    return json.dumps(default.value) if is_text else ast.unparse(default)


def _signature(docstring: str, name: str) -> tuple[list[str], str, str]:
    """The arguments, the type of the result and the text of a docstring of pybind11."""
    first, _, text = docstring.partition("\n")
    if "Overloaded function" in docstring:
        raise SystemExit(f"{MODULE}: {name} is overloaded, which this script does not know")
    first = re.sub(r"\b(?:\w+::)+(\w+)", lambda match: _CPP_NAMES.get(match[1], match[1]), first)
    function = ast.parse(f"def {first}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = []
    spec = function.args
    defaults = [None] * (len(spec.args) - len(spec.defaults)) + list(spec.defaults)
    for argument, default in zip(spec.args, defaults, strict=True):
        is_self = argument.arg == "self" and not arguments
        text_of = "self" if is_self else f"{argument.arg}: {_type(argument.annotation)}"
        arguments.append(text_of + (f" = {_value(default)}" if default else ""))
    if spec.vararg:
        arguments.append(f"*{spec.vararg.arg}: {_type(spec.vararg.annotation)}")
    elif spec.kwonlyargs:
        arguments.append("*")
    for argument, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        text_of = f"{argument.arg}: {_type(argument.annotation)}"
        arguments.append(text_of + (f" = {_value(default)}" if default else ""))
    if spec.kwarg:
        arguments.append(f"**{spec.kwarg.arg}: {_type(spec.kwarg.annotation)}")
    return arguments, _type(function.returns), text.strip()


def _docstring(text: str, indent: str) -> list[str]:
    """A docstring, its words wrapped."""
    lines = [f'{indent}"""']
    for word in text.split():
        if len(lines[-1]) + 1 + len(word) > MAX_WIDTH - 3:
            lines.append(indent + word)
        else:
            lines[-1] += word if lines[-1].endswith('"""') else f" {word}"
    if len(lines) == 1:
        lines[-1] += '"""'
    else:
        lines.append(f'{indent}"""')
    return lines


def _function(docstring: str, name: str, indent: str) -> list[str]:
    arguments, result, text = _signature(docstring, name)
    head = f"{indent}def {name}({', '.join(arguments)}) -> {result}:"
    end = "" if text else " ..."
    if len(head + end) > MAX_WIDTH:
        head = "\n".join(
            [f"{indent}def {name}(", *(f"{indent}    {a}," for a in arguments), f"{indent}) -> {result}:"]
        )
    return [head + end, *(_docstring(text, indent + "    ") if text else [])]


def _class(cls: type) -> list[str]:
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base.__module__ == MODULE)
    lines = [f"class {cls.__name__}({bases}):" if bases else f"class {cls.__name__}:"]
    if cls.__doc__:
        lines += _docstring(cls.__doc__, "    ")
    for name, member in vars(cls).items():
        if isinstance(member, property):
            _, result, _ = _signature(f"{name}{member.fget.__doc__}", name)
            lines.append("    @property")
            lines.append(f"    def {name}(self) -> {result}:" + ("" if member.__doc__ else " ..."))
            lines += _docstring(member.__doc__, "        ") if member.__doc__ else []
            if member.fset is not None:
                lines.append(f"    @{name}.setter")
                lines.append(f"    def {name}(self, value: {result}) -> None: ...")
        elif (name in _SPECIAL or not name.startswith("_")) and callable(member):
            doc = member.__doc__ or ""
            if doc.startswith(f"{name}("):  # not the __init__ of a class that Python cannot make
                lines += _function(doc, name, "    ")
    if len(lines) == 1:
        lines[0] += " ..."
    return lines


def make_stub(module: ModuleType) -> str:
    """The text of the stub of a module made with pybind11."""
    constants, classes, functions = [], [], []
    for name, member in vars(module).items():
        if isinstance(member, type):
            classes.append("\n".join(_class(member)))
        elif name == "__version__":
            constants.append(f"{name}: str")
        elif not name.startswith("_"):
            functions.append("\n".join(_function(member.__doc__ or "", name, "")))
    # as the formatter has it: functions without a text stand together, up to the next one with a text
    parts = ["\n".join(constants), *classes]
    for before, function in zip(["", *functions], functions, strict=False):
        if before.endswith(" ..."):
            parts[-1] += f"\n{function}"
        else:
            parts.append(function)
    code = re.sub(r'""".*?"""', "", "\n".join(parts), flags=re.DOTALL)
    modules = sorted({name.rstrip(".") for name in re.findall(r"(?<!@)\b((?:\w+\.)+)\w+\b", code)})
    for ours in (True, False):
        imports = [
            f"import {name}" for name in modules if (name.split(".")[0] in sys.stdlib_module_names) != ours
        ]
        parts.insert(0, "\n".join(imports))
    heading = f'"""{(module.__doc__ or "").strip()}"""\n\n# Generated by scripts/make_stubs.py.'
    return "\n\n".join([heading, *parts]) + "\n"


def main(arguments: list[str]) -> Any:
    """Writes or checks the stub."""
    stub = make_stub(importlib.import_module(MODULE))
    if arguments == ["--check"]:
        if STUB.read_text() != stub:
            return f"{STUB.name} does not fit the built module: run python scripts/make_stubs.py"
        return 0
    if arguments:
        return __doc__
    STUB.write_text(stub)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
