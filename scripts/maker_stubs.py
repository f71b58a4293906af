"""The type stub of `plyo.make` and `plyo.make_vec`: overloads by id, which scripts/make_task_stubs.py writes.

An id of a native task gives the task's own class, and its keyword arguments are checked by name and type.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import fields
from inspect import Parameter, getdoc, signature
from typing import Any

from plyo.envs.classes import native_class
from plyo.envs.making import make
from plyo.envs.making_vec import make_vec

WIDTH = 110
Task = dict[str, Any]
Annotate = Callable[[Parameter], str]

HEAD = '''"""The types of `plyo.make` and `plyo.make_vec`: a native task gives its own class."""

{generated}

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, overload

from typing_extensions import Unpack, deprecated

from plyo._registry.specs import EnvSpec
from plyo.core import Env
{imports}
from plyo.envs.making_vec import VectorizeMode
from plyo.vector.async_vector_env import AsyncVectorEnv
from plyo.vector.sync_vector_env import SyncVectorEnv
from plyo.vector.vector_env import AutoresetMode, VectorEnv

class NoSuchKeywordArgument:
    """What a call returns for type checkers whose keyword arguments the task does not have, or not of this type.

    There is no such class at run time: the call raises a ``TypeError``.
    """

_Native: TypeAlias = Literal["native", "vector_entry_point", VectorizeMode.VECTOR_ENTRY_POINT]
_Sync: TypeAlias = Literal["sync", VectorizeMode.SYNC]
_Async: TypeAlias = Literal["async", VectorizeMode.ASYNC]
'''
COMPLAINT = "the task has no keyword argument of this name, or the value is of another type"
#: Named by the overloads themselves.
NAMED = {"num_envs", "render_mode"}
#: The arguments that `make` and `make_vec` take for every native task beside those of its class.
EVERYWHERE = {"params": "Mapping[str, Any]"}
OF_SINGLE = {"apply_api_compatibility": "bool"}
OF_BATCH = {"disable_env_checker": "bool | None"}


def literal(values: Iterable[Any]) -> str:
    """A Literal of these values."""
    quoted = ", ".join(f'"{value}"' for value in values)
    return f"Literal[{quoted}]"


def typed_dict(name: str, base: str, items: dict[str, str]) -> list[str]:
    """A TypedDict whose items may all be left out."""
    body = [f"    {item}: {kind}" for item, kind in items.items()] or ["    pass"]
    return ["", f"class {name}({base}, total=False):", *body]


def options_of(cls: Any, annotate: Annotate, is_batch: bool) -> dict[str, str]:
    """The options that all tasks of a kind share, with their types."""
    arguments = signature(cls).parameters
    shared = {field.name: annotate(arguments[field.name]) for field in fields(cls._options_type)}
    if not is_batch:
        del shared["max_episode_steps"]  # `make` names it
    return shared | EVERYWHERE | (OF_BATCH if is_batch else OF_SINGLE)


def own_arguments(cls: Any, annotate: Annotate) -> dict[str, str]:
    """The arguments of a task's class that are its own, with their types."""
    shared = {field.name for field in fields(cls._options_type)} | NAMED
    return {name: annotate(p) for name, p in signature(cls).parameters.items() if name not in shared}


def seen_modes(task: Task, cls: Any) -> str:
    """The render modes in which no wrapper is put around an environment."""
    modes = [mode for mode in task["render_modes"] if mode != "human" or getattr(cls, "shows_itself", False)]
    return f"{literal(modes)} | None" if modes else "None"


class MakerStub:
    """Collects the stub task by task."""

    def __init__(self, annotate: Annotate) -> None:
        self._annotate = annotate
        self._ids: list[str] = []
        self._imports: list[str] = []
        self._dicts: list[str] = []
        self._bases: dict[tuple[str, ...], str] = {}
        self._any: dict[str, str] = {}
        self._makes: list[str] = []
        self._make_vecs: list[str] = []

    def add(self, task: Task) -> None:
        """Adds the overloads of a task."""
        ids = [variant["id"] for variant in task["variants"]]
        self._ids += ids
        stem = task["name"]
        self._imports.append(f"import {task['module']} as _{stem}")
        for is_batch in (False, True):
            class_name = task["vector_class_name" if is_batch else "class_name"]
            cls = native_class(task["name"], class_name)
            made = f"_{stem}.{class_name}"
            name = self._arguments(cls, stem, is_batch)
            modes = seen_modes(task, cls)
            head = f"id: {literal(ids)},"
            if len(head) > WIDTH - 4:
                head = "\n".join(["id: Literal[", *(f'        "{id}",' for id in ids), "    ],"])
            if is_batch:
                self._make_vecs += batch_overload(head, modes, name, made)
            else:
                self._makes += single_overload(head, f"render_mode: {modes} = None", name, made)

    def _arguments(self, cls: Any, stem: str, is_batch: bool) -> str:
        """Adds the TypedDict of the arguments of a class; its name."""
        shared, own = options_of(cls, self._annotate, is_batch), own_arguments(cls, self._annotate)
        for item, kind in (shared | own).items():
            if self._any.setdefault(item, kind) != kind:
                self._any[item] = "Any"
        key = tuple(shared.items())
        if key not in self._bases:
            self._bases[key] = f"_{'Batch' if is_batch else ''}Options{len(self._bases)}"
            self._dicts += typed_dict(self._bases[key], "TypedDict", shared)
        name = f"_{stem}{'Batch' if is_batch else ''}Arguments"
        self._dicts += typed_dict(name, self._bases[key], own)
        return name

    def text(self, generated: str) -> str:
        """The whole stub."""
        imports = "\n".join(sorted(self._imports))
        makes = [
            *self._makes,
            *single_overload("id: _NativeId,", "render_mode: str | None", "_AnySingle", "Env[Any, Any]"),
            *refused("make", make),
            *last("make", make, "Env[Any, Any]"),
        ]
        make_vecs = list(self._make_vecs)
        for mode, returned in (("_Sync", "SyncVectorEnv"), ("_Async", "AsyncVectorEnv")):
            make_vecs += other_batches("id: _NativeId,", mode, "Unpack[_Any]", returned)
        make_vecs += other_batches("id: _NativeId,", "", "Unpack[_Any]", "VectorEnv")
        make_vecs += refused("make_vec", make_vec)
        for mode, returned in (("_Sync", "SyncVectorEnv"), ("_Async", "AsyncVectorEnv")):
            make_vecs += other_batches("id: str | EnvSpec,", mode, "Any", returned)
        make_vecs += last("make_vec", make_vec, "VectorEnv")
        ids = ["", "_NativeId: TypeAlias = Literal[", *(f'    "{id}",' for id in self._ids), "]"]
        by_name = {"render_mode": "str | None", "max_episode_steps": "int | None"} | OF_BATCH
        of_any = {item: kind for item, kind in self._any.items() if item not in NAMED | set(by_name)}
        dicts = [
            *self._dicts,
            *typed_dict("_AnySingle", "TypedDict", of_any),
            *typed_dict("_Any", "_AnySingle", by_name),
        ]
        head = HEAD.format(generated=generated, imports=imports)
        return head + "\n".join([*ids, *dicts, "", *makes, "", *make_vecs]) + "\n"


def overload(name: str, arguments: list[str], returned: str, doc: str = "") -> list[str]:
    """An overload of a function."""
    body = [" ..."] if not doc else []
    lines = ["@overload", f"def {name}(", *(f"    {argument}" for argument in arguments)]
    lines.append(f") -> {returned}:{''.join(body)}")
    if doc:
        first, *others = doc.splitlines()
        text = textwrap.indent("\n".join(others), "    ")
        lines += [f'    """{first}', *text.splitlines(), '    """']
    return lines


SINGLE = ["max_episode_steps: int | None = None,", "disable_env_checker: bool | None = None,", "*,"]


def single_overload(head: str, mode: str, arguments: str, returned: str) -> list[str]:
    """An overload of `make` for native tasks."""
    return overload("make", [head, *SINGLE, f"{mode},", f"**kwargs: Unpack[{arguments}],"], returned)


def batch_overload(head: str, modes: str, arguments: str, returned: str) -> list[str]:
    """An overload of `make_vec` for native batches of a task."""
    named = [
        "num_envs: int = 1,",
        "vectorization_mode: _Native | None = None,",
        "vector_kwargs: None = None,",
        "wrappers: None = None,",
        "*,",
        f"render_mode: {modes} = None,",
    ]
    return overload("make_vec", [head, *named, f"**kwargs: Unpack[{arguments}],"], returned)


def other_batches(head: str, mode: str, kwargs: str, returned: str) -> list[str]:
    """An overload of `make_vec` for batches of other kinds; a mode is given by name."""
    chosen = ["vectorization_mode: VectorizeMode | str | None = None,"]
    chosen = ["*,", f"vectorization_mode: {mode},"] if mode else chosen
    more = ["vector_kwargs: dict[str, Any] | None = None,", "wrappers: Sequence[Any] | None = None,"]
    arguments = [head, "num_envs: int = 1,", *chosen, *more, f"**kwargs: {kwargs},"]
    return overload("make_vec", arguments, returned)


def plain(function: Any, id_type: str) -> list[str]:
    """The arguments of a function as they are declared."""
    lines = []
    for parameter in signature(function).parameters.values():
        kind = str(parameter.annotation).replace("_Wrappers", "Sequence[Any]")
        kind = id_type if parameter.name == "id" else kind
        if parameter.kind is Parameter.VAR_KEYWORD:
            lines.append(f"**{parameter.name}: {kind},")
        else:
            default = "" if parameter.default is Parameter.empty else f" = {parameter.default!r}"
            lines.append(f"{parameter.name}: {kind}{default},")
    return lines


def refused(name: str, function: Any) -> list[str]:
    """The overload for native tasks whose arguments fit no other."""
    lines = overload(name, plain(function, "_NativeId"), "NoSuchKeywordArgument")
    return [lines[0], f'@deprecated("{COMPLAINT}")', *lines[1:]]


def last(name: str, function: Any, returned: str) -> list[str]:
    """The overload for all other ids, with the docstring."""
    return overload(name, plain(function, "str | EnvSpec"), returned, getdoc(function) or "")


def makers_stub(tasks: Iterable[Task], annotate: Annotate, generated: str) -> str:
    """The stub of the module plyo.envs.makers."""
    stub = MakerStub(annotate)
    for task in tasks:
        stub.add(task)
    # the overloads for wrong arguments return what no other does
    return '# mypy: disable-error-code="overload-overlap"\n' + stub.text(generated)
