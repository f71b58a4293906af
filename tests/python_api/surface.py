"""The differences between the public surfaces of two packages: names, signatures, attributes, bases.

A difference is a line ``path: what``, where the path is that of the name below the package, such as
``spaces.Box.is_bounded``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from differential import neutral

#: Special methods that a class may define.
SPECIAL = re.compile(r"__\w+__")
#: Members that say nothing about the features of a class.
SILENT = {
    "__abstractmethods__", "__annotations__", "__class_getitem__", "__dataclass_fields__", "__dataclass_params__",
    "__dict__", "__doc__", "__firstlineno__", "__getattr__", "__getattribute__", "__init__", "__match_args__",
    "__module__", "__new__", "__orig_bases__", "__parameters__", "__reduce__", "__slots__", "__static_attributes__",
    "__subclasshook__", "__weakref__", "__abc_tpflags__",
    "__init_subclass__", "__signature__", "__class__", "__replace__", "__protocol_attrs__",
    "__non_callable_proto_members__",
}  # fmt: skip
#: The ways of passing a parameter that matter to a caller.
KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def module_names(package: ModuleType) -> list[str]:
    """All modules of a package, without its name: ``""``, ``"core"``, ``"envs"``, ``"envs.registration"``..."""
    root = Path(inspect.getfile(package)).parent
    paths = (path.relative_to(root).with_suffix("").parts for path in root.rglob("*.py"))
    return sorted(".".join(path).removesuffix("__init__").removesuffix(".") for path in paths)


def load(package: ModuleType, name: str) -> ModuleType | Exception:
    """A module of a package, or the error of its import."""
    try:
        return importlib.import_module(".".join(filter(None, (package.__name__, name))))
    except Exception as e:
        return e


def source_names(package: ModuleType, name: str) -> set[str]:
    """The public names that the source of a module defines or, if it says so, exports."""
    root = Path(inspect.getfile(package)).parent.joinpath(*filter(None, name.split(".")))
    path = root / "__init__.py" if root.is_dir() else root.with_suffix(".py")
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
            if "__all__" in found:
                return set(ast.literal_eval(node.value))
            names |= found
    return {name for name in names if not name.startswith("_")}


def differences(ours: ModuleType, theirs: ModuleType, name: str) -> Iterator[str]:
    """The differences of our module from theirs."""
    prefix = f"{name}." if name else ""
    our_module, their_module = load(ours, name), load(theirs, name)
    if isinstance(our_module, ModuleNotFoundError) and ours.__name__ in str(our_module.name):
        yield f"{name}: missing module"
        return
    if isinstance(their_module, Exception):  # it needs a package that is not installed
        for missing in sorted(source_names(theirs, name) - source_names(ours, name)):
            yield f"{prefix}{missing}: missing"
        return
    if isinstance(our_module, Exception):
        yield f"{name}: cannot be imported: {our_module!r}"
        return
    exported = getattr(their_module, "__all__", None)
    if exported is not None:
        for missing in sorted(set(exported) - set(getattr(our_module, "__all__", ()))):
            yield f"{prefix}__all__: {missing} missing"
    for public in sorted(source_names(theirs, name) if exported is None else set(exported)):
        values = []
        for module in (our_module, their_module):
            try:
                values.append(getattr(module, public))
            except Exception as e:  # for want of a package, which both should say in the same words
                values.append((type(e).__name__, str(e)))
        if values[0] == ("AttributeError", f"module {our_module.__name__!r} has no attribute {public!r}"):
            yield f"{prefix}{public}: missing"
        else:
            yield from value_differences(f"{prefix}{public}", *values)


def kind_of(value: Any) -> str:
    """The kind of a member from the outside."""
    if isinstance(value, type):
        return "class"
    if isinstance(value, (classmethod, staticmethod)):
        return type(value).__name__
    if isinstance(value, property) or type(value).__name__ in ("cached_property", "member_descriptor"):
        return "attribute"
    if isinstance(value, ModuleType):
        return "module"
    return "callable" if callable(value) else "attribute"


def signature(function: Any) -> list[str] | None:
    """The parameters as text: ``["x", "keyword seed=None"]``; None if they are unknown."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    texts = []
    for p in parameters:
        default = "" if p.default is p.empty else f"={default_text(p.default)}"
        texts.append(f"{KINDS[p.kind]} {p.name}{default}".strip())
    return texts


def default_text(value: Any) -> str:
    """A default without addresses: functions and classes by name, arrays and registries by type."""
    if isinstance(value, partial):
        value = value.func
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(float(value))
    if isinstance(value, dict) and value:
        return type(value).__name__
    name = getattr(value, "__qualname__", None)
    return neutral(re.sub(r" at 0x\w+", "", repr(value))) if name is None else name


def value_differences(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    """The differences of one public value from the other."""
    if kind_of(ours) != kind_of(theirs):
        yield f"{path}: {kind_of(ours)}, not {kind_of(theirs)}"
    elif isinstance(theirs, type):
        yield from class_differences(path, ours, theirs)
    elif isinstance(theirs, ModuleType):
        return
    elif callable(theirs):
        if not hasattr(theirs, "__origin__"):  # a type alias
            yield from signature_differences(path, ours, theirs)
    elif isinstance(theirs, (int, str, float, bool, tuple, type(None))) and neutral(ours) != neutral(theirs):
        yield f"{path}: is {ours!r}, not {theirs!r}"


def signature_differences(path: str, ours: Any, theirs: Any, may_add: bool = False) -> Iterator[str]:
    """The differences in the parameters of two functions; ours may add keywords where that is allowed."""
    our_parameters, their_parameters = signature(ours), signature(theirs)
    if may_add and our_parameters is not None:
        added = [p for p in our_parameters if p.startswith("keyword ") and p not in (their_parameters or ())]
        our_parameters = [p for p in our_parameters if p not in added]
    if their_parameters is not None and our_parameters != their_parameters:
        yield f"{path}: parameters {our_parameters}, not {their_parameters}"


def bases(cls: type) -> list[str]:
    """The names of all classes that a class inherits from, ``object`` and typing's own left out."""
    return [
        base.__name__ for base in cls.__mro__[1:] if base.__name__ not in ("object", "Generic", "Protocol")
    ]


def members(cls: type, package: str) -> dict[str, Any]:
    """The public members of a class and its bases in the package, by name."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.split(".")[0] != package:
            continue
        for name in inspect.get_annotations(base):
            found.setdefault(name, None)
        found |= base.__dict__
    return {
        name: value
        for name, value in found.items()
        if (not name.startswith("_") or SPECIAL.fullmatch(name)) and name not in SILENT
    }


def sets_attribute(cls: type, name: str) -> bool:
    """Whether the source of a class, or of one of its bases, assigns to the attribute of `self`."""
    assigned = re.compile(rf"\bself\.{name}\b[^=\n]*=[^=]")
    for base in cls.__mro__:
        try:
            source = inspect.getsource(base)
        except (TypeError, OSError):  # it is built in, or made
            continue
        if assigned.search(source):
            return True
    return False


def class_differences(path: str, ours: type, theirs: type) -> Iterator[str]:
    """The differences of a class: bases, constructor, members of an enumeration, attributes, methods."""
    if issubclass(theirs, Enum):
        our_members, their_members = (
            {name: m.value for name, m in c.__members__.items()} for c in (ours, theirs)
        )
        if our_members != their_members:
            yield f"{path}: members {our_members}, not {their_members}"
        return
    if issubclass(theirs, BaseException):
        if bases(ours) != bases(theirs):
            yield f"{path}: bases {bases(ours)}, not {bases(theirs)}"
    elif missing := set(bases(theirs)) - set(bases(ours)):
        yield f"{path}: bases {sorted(missing)} missing"
    our_number, their_number = (len(getattr(cls, "__parameters__", ())) for cls in (ours, theirs))
    if their_number not in (0, our_number):
        yield f"{path}: {our_number} type parameters, not {their_number}"
    yield from signature_differences(f"{path}.__init__", ours, theirs, hasattr(ours, "native_checks"))

    our_members = members(ours, ours.__module__.split(".")[0])
    for name, their_member in members(theirs, theirs.__module__.split(".")[0]).items():
        if name not in our_members:
            inherited = getattr(ours, name, None)
            if inherited is not None and inherited is not getattr(object, name, None):
                continue
            if their_member is not None or not sets_attribute(ours, name):
                yield f"{path}.{name}: missing"
            continue
        our_member = our_members[name]
        if kind_of(our_member) != kind_of(their_member):
            if their_member is not None:
                yield f"{path}.{name}: {kind_of(our_member)}, not {kind_of(their_member)}"
        elif callable(getattr(theirs, name, None)) and not SPECIAL.fullmatch(name):
            unbound = (getattr(member, "__func__", member) for member in (our_member, their_member))
            yield from signature_differences(f"{path}.{name}", *unbound)
