"""Compiled tasks in this process: loading modules, registering ids, and finding the same tasks in other processes."""

from __future__ import annotations

import copyreg
import importlib
import re
import sys
import threading
from abc import ABCMeta
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from plyo import error
from plyo._native import load_tasks
from plyo._registry.lookup import registry
from plyo.compile import PACKAGE
from plyo.compile.building import Built, Kind, build, carry, keep
from plyo.compile.cache import open_cache
from plyo.compile.headers import headers_digest
from plyo.compile.sources import Source
from plyo.envs.classes import class_types
from plyo.envs.families import add_modules, family_package
from plyo.envs.registration import register
from plyo.tasks import descriptions
from plyo.tasks.descriptions import Description

_SUFFIX = re.compile(r"@[0-9a-f]{10}d?")


@dataclass
class Loaded:
    """The tasks of a module in this process.

    Attributes:
        built: The source and the module.
        compiler: The compiler that the user asked for.
        for_any_params: The same for all parameters, once it was needed.
        tasks: Their descriptions.
        packed: What pickles carry, once one was made: the same object, so that a pickle has it once.
    """

    built: Built
    compiler: str | None = None
    for_any_params: Built | None = None
    tasks: list[Description] = field(default_factory=list)
    packed: dict[str, Any] | None = None


_lock = threading.RLock()
_loaded: dict[str, Loaded] = {}


class EntryPoint(str):
    """The address of a compiled task's class, which takes the task along when it is pickled.

    Args:
        address: ``"module:class"``.
        home: The folder and the name of the file that was compiled, None for a text.
    """

    home: tuple[str, str] | None

    def __new__(cls, address: str, home: tuple[str, str] | None = None) -> EntryPoint:
        """The address with its home."""
        entry = super().__new__(cls, address)
        entry.home = home
        return entry

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        """Pickles the address, the texts and the module."""
        return restore_entry_point, (str(self), pack(self))

    def __deepcopy__(self, memo: object) -> EntryPoint:
        """The same: it does not change."""
        return self


def compile_source(
    source: Source, *, debug: bool = False, compiler: str | None = None, verbose: bool = False
) -> list[str]:
    """Compiles, loads and registers the tasks of a source; their ids."""
    built = build(source, Kind(faults=debug), compiler=compiler, verbose=verbose)
    with _lock:
        loaded = _load(built, compiler)
        ids = [variant["id"] for task in loaded.tasks for variant in task["variants"]]
        twice = [spec_id for i, spec_id in enumerate(ids) if spec_id in ids[:i]]
        if twice:
            raise ValueError(
                f"{source.origin}: two variants have the id {twice[0]}; give one of them another id"
            )
        return [spec_id for task in loaded.tasks for spec_id in _register(task, source)]


def pack(address: str) -> dict[str, Any]:
    """What a pickle carries of the task whose suffix is in an address: the texts and the module.

    A module is left out if it was removed from the cache: then the other side compiles the texts.
    """
    loaded = _loaded[_suffix_in(address)]
    if loaded.packed is None:
        built = loaded.built
        more = loaded.for_any_params
        loaded.packed = {
            "source": built.source.without_folder(),
            "faults": built.kind.faults,
            "module": _carried(built),
            "any_params": None if more is None else _carried(more),
        }
    return loaded.packed


def _carried(built: Built) -> dict[str, Any] | None:
    """The module for a pickle, None if it is not in the cache any more."""
    try:
        return carry(built)
    except OSError:
        return None


def restore(packed: dict[str, Any]) -> None:
    """Loads the tasks that a pickle carries, unless they are here."""
    source, kind = packed["source"], Kind(faults=packed["faults"])
    with _lock:
        if packed.get("any_params") is not None:
            keep(source, Kind(any_params=True), packed["any_params"])
        if _suffix(source, kind) in _loaded:
            return
        loaded = _load(build(source, kind, carried=packed["module"]))
        for task in loaded.tasks:
            if not any(variant["id"] in registry for variant in task["variants"]):
                _register(task, source)


def restore_entry_point(address: str, packed: dict[str, Any]) -> EntryPoint:
    """The entry point of a pickle."""
    restore(packed)
    return EntryPoint(address)


def restore_class(module: str, name: str, packed: dict[str, Any]) -> Any:
    """The class of a pickle."""
    restore(packed)
    return getattr(importlib.import_module(module), name)


class TaskType(ABCMeta):
    """The type of the classes of compiled tasks, which take the task along when they are pickled."""


def _reduce_class(cls: TaskType) -> Any:
    if "native_checks" in vars(cls):
        return restore_class, (cls.__module__, cls.__name__, pack(cls.__module__))
    if "made_as" in vars(cls):  # a class that Plyo has made of such a class, by the name in its module
        name = vars(cls)["made_as"]
        return restore_class, (cls.__module__, name, pack(name))
    return cls.__qualname__  # a subclass of a user's, which has an address of its own


copyreg.pickle(TaskType, _reduce_class)
class_types["user"] = TaskType


def load_module_named(name: str) -> ModuleSpec | None:
    """The spec of a module of compiled tasks that is not loaded: its texts come from the cache, by their digest.

    Raises:
        ModuleNotFoundError: The cache does not have the texts.
    """
    if name == PACKAGE:
        return _spec_of(family_package("user"))
    match = _SUFFIX.search(name)
    if match is None:
        return None
    with _lock:
        if name not in sys.modules:
            text = open_cache().find_source(match[0][1:11])
            source = None if text is None else Source.from_json(text)
            if source is None or not source.digest.startswith(match[0][1:11]):
                raise ModuleNotFoundError(
                    f"{name} is a compiled task whose text this machine does not have: call plyo.compile with its "
                    "header, in the version that was used, or unpickle a spec or an environment of it",
                    name=name,
                )
            _load(build(source, Kind(faults=match[0].endswith("d") and len(match[0]) == 12)))
        return _spec_of(sys.modules[name]) if name in sys.modules else None


def _spec_of(module: ModuleType) -> ModuleSpec | None:
    """The spec of a module that is there, with which the import system gives out that module."""
    if module.__spec__ is not None:
        module.__spec__.loader = _Loader(module)  # type: ignore[assignment]  # it has the methods that are called
    return module.__spec__


class _Loader:
    """Hands the import system a module that is there."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing: the module is complete."""


def _suffix(source: Source, kind: Kind) -> str:
    """What distinguishes the names of a source's tasks from those of another version."""
    return f"@{source.digest[:10]}{'d' if kind.faults else ''}"


def _suffix_in(address: str) -> str:
    match = _SUFFIX.search(address)
    assert match is not None  # addresses are made with a suffix
    return match[0]


def _load(built: Built, compiler: str | None = None) -> Loaded:
    """The tasks of a module, loaded if they are not."""
    suffix = _suffix(built.source, built.kind)
    if suffix in _loaded:
        return _loaded[suffix]
    open_cache().put_source(built.source.digest, built.source.to_json())
    with _as_errors_of(built.source):
        names = load_tasks(str(built.module.path), headers_digest(), suffix, may_take_ids=True)
    loaded = _loaded[suffix] = Loaded(built, compiler)
    for name in names:
        task = descriptions.add_task(name, suffix)
        descriptions.reference_builds[name] = lambda: _load_reference(suffix)
        descriptions.param_builds[name] = lambda: _load_for_any_params(suffix)
        loaded.tasks.append(task)
        add_modules(task, is_latest=True)
    return loaded


def _load_reference(suffix: str) -> None:
    """Gives the tasks of a loaded module their builds for ``math="reference"``."""
    with _lock:
        loaded = _loaded[suffix]
        if loaded.tasks[0]["name"] not in descriptions.reference_builds:
            return  # another thread has come first
        built = build(loaded.built.source, Kind(reference=True), compiler=loaded.compiler)
        load_tasks(str(built.module.path), headers_digest(), suffix, completes=True)
        for task in loaded.tasks:
            descriptions.reference_builds.pop(task["name"], None)


def _load_for_any_params(suffix: str) -> None:
    """Gives the tasks of a loaded module their builds for all parameters."""
    with _lock:
        loaded = _loaded[suffix]
        if loaded.for_any_params is not None:
            return  # another thread has come first
        source = loaded.built.source
        try:
            built = build(source, Kind(any_params=True), compiler=loaded.compiler)
        except error.CompileError as e:
            raise error.CompileError(
                f"{source.origin}: parameters of their own for environments, and other constants, need loops that are "
                f"compiled when they are first used: {e}\n"
                "where they were used before, the cache has them, and pickles that are made there take them along"
            ) from e
        load_tasks(str(built.module.path), headers_digest(), suffix, completes=True)
        loaded.for_any_params, loaded.packed = built, None
        for task in loaded.tasks:
            descriptions.param_builds.pop(task["name"], None)


@contextmanager
def _as_errors_of(source: Source) -> Iterator[None]:
    """Names the source in errors about its names and ids."""
    try:
        yield
    except ValueError as e:
        raise ValueError(f"{source.origin}: {e}") from None


def _home(source: Source) -> tuple[str, str] | None:
    """The file of a source."""
    return None if source.folder is None else (source.folder, source.stem)


def _register(task: Description, source: Source) -> list[str]:
    """Registers the ids of a task; an earlier version from the same file is replaced without a warning."""
    ids = []
    for variant in task["variants"]:
        known = registry.get(variant["id"])
        if (
            known is not None
            and isinstance(known.entry_point, EntryPoint)
            and known.entry_point.home == _home(source)
        ):
            del registry[variant["id"]]
        register(
            id=variant["id"],
            entry_point=EntryPoint(f"{task['module']}:{task['class_name']}", _home(source)),
            vector_entry_point=EntryPoint(f"{task['module']}:{task['vector_class_name']}", _home(source)),
            max_episode_steps=variant["max_episode_steps"],
            reward_threshold=variant["reward_threshold"],
            kwargs=dict(variant["kwargs"]),
        )
        ids.append(variant["id"])
    for listener in descriptions.listeners:
        listener(task)
    return ids


def compile_for_id(path: str, env_id: str | None) -> str:
    """Compiles a header that was named in place of an id.

    Args:
        path: The header.
        env_id: The id that was named behind it, None for the only one that it has.

    Returns:
        The id.

    Raises:
        plyo.error.Error: The header has several ids or not this one.
    """
    from plyo.compile import compile

    ids = compile(path)
    if env_id is None and len(ids) == 1:
        return ids[0]
    if env_id not in ids:
        asked = f"no id {env_id!r}" if env_id else "several ids"
        raise error.Error(f"{path} has {asked}: name one as in {path}:{ids[0]!s}; it has {', '.join(ids)}")
    return env_id
