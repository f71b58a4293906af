"""Making modules of sources, or taking them from the cache."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plyo._native import isa as instruction_set
from plyo.compile import compilers
from plyo.compile.cache import Cache, Module, open_cache, told_plainly
from plyo.compile.compilers import Compiler
from plyo.compile.headers import get_include, headers_digest
from plyo.compile.messages import libm_error, to_error
from plyo.compile.objects import ALLOWED, read_object
from plyo.compile.sources import Source
from plyo.error import CompileError


@dataclass(frozen=True)
class Kind:
    """What a module is for.

    Attributes:
        faults: Whether it reports undefined behaviour.
        reference: Whether it is for ``math="reference"``.
        any_params: Whether it is for all parameters. Else it has only the loops of most batches, and compiles in a
            sixth to a third less: those whose environments share their parameters, with the default constants if the
            task folds them, and do not draw in steps if that depends on parameters.
    """

    faults: bool = False
    reference: bool = False
    any_params: bool = False

    @property
    def isa(self) -> str:
        """The instruction set that it is compiled for."""
        return "baseline" if self.faults or self.reference else instruction_set()


@dataclass(frozen=True)
class Built:
    """A source and its module.

    Attributes:
        source: The source, with all headers that it includes.
        module: The module.
        kind: What the module is for.
        is_new: Whether a compiler has run.
    """

    source: Source
    module: Module
    kind: Kind
    is_new: bool


def build(
    source: Source,
    kind: Kind,
    *,
    compiler: str | None = None,
    verbose: bool = False,
    carried: dict[str, Any] | None = None,
) -> Built:
    """The module of a source, from the cache or a compiler.

    Args:
        source: The source.
        kind: What the module is for.
        compiler: The compiler that the user asks for.
        verbose: Whether to print what happens.
        carried: A module that came with a pickle, from :func:`carry`.

    Raises:
        CompileError: It does not compile, or the cache cannot be used.
    """
    if compiler is not None:
        compilers.find_compiler(compiler)  # a wrong name is an error even if no compiler is needed
    cache = open_cache()
    key = key_of(source, kind, compiler)
    found = _find(cache, key, source, kind)
    if found is None and carried is not None:
        found = _unpack(cache, key, source, kind, carried)
    if found is not None:
        _tell(verbose, f"plyo: {source.origin}: compiled before, {found.module.path}")
        return found
    with cache.lock(key):
        found = _find(cache, key, source, kind)  # another process may have been quicker
        return found or _compile(cache, key, source, kind, compilers.find_compiler(compiler), verbose)


def carry(built: Built) -> dict[str, Any]:
    """The module for a pickle, so that a machine like this one needs no compiler."""
    content = built.module.path.read_bytes()
    return {
        "headers": headers_digest(),
        "machine": platform.machine(),
        "isa": built.kind.isa,
        "includes": built.module.includes,
        "compiler": built.module.compiler,
        "tasks": built.module.tasks,
        "content": zlib.compress(content, 1),
    }


def keep(source: Source, kind: Kind, carried: dict[str, Any]) -> None:
    """Puts a module that came with a pickle into the cache, if it is for this machine and not there."""
    cache = open_cache()
    key = key_of(source, kind)
    if _find(cache, key, source, kind) is None:
        _unpack(cache, key, source, kind, carried)


def key_of(source: Source, kind: Kind, compiler: str | None = None) -> str:
    """What decides about a module, except for the headers that the source includes."""
    parts = [
        *(source.text, source.scene, source.names),
        *(kind.faults, kind.reference, kind.any_params, kind.isa),
        *(compiler or "", headers_digest(), platform.machine()),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _find(cache: Cache, key: str, source: Source, kind: Kind) -> Built | None:
    """The module in the cache whose included headers are those of today."""
    for entry in reversed(cache.entries(key)):
        texts = {path: source.read_header(path) for path in entry["includes"]}
        if any(text is None or _digest(text) != entry["includes"][path] for path, text in texts.items()):
            continue
        module = cache.open_entry(key, entry)
        if module is not None:
            headers = {path: text for path, text in texts.items() if text is not None}
            return Built(source.with_headers(headers), module, kind, is_new=False)
    return None


def _unpack(cache: Cache, key: str, source: Source, kind: Kind, carried: dict[str, Any]) -> Built | None:
    """Keeps a module that came with a pickle; None if it is for other machines or headers."""
    here = {"headers": headers_digest(), "machine": platform.machine(), "isa": kind.isa}
    if any(carried.get(name) != value for name, value in here.items()):
        return None
    entry = {name: carried[name] for name in ("includes", "compiler", "tasks")}
    module = cache.put(key, zlib.decompress(carried["content"]), entry)
    return Built(source, module, kind, is_new=False)


def _compile(cache: Cache, key: str, source: Source, kind: Kind, compiler: Compiler, verbose: bool) -> Built:
    """Runs a compiler, again if a header changed meanwhile."""
    started = time.perf_counter()
    for _ in range(3):
        before = time.time_ns()
        with cache.work_folder() as work:
            content, headers = _run(cache, work, source, kind, compiler, verbose)
        if all(_is_older(source, path, before) for path in headers):
            break
    seconds = time.perf_counter() - started
    whole = source.with_headers(headers)
    _check(content, whole, kind)
    includes = {path: _digest(text) for path, text in headers.items()}
    entry = {"includes": includes, "compiler": str(compiler), "tasks": list(source.names), "seconds": seconds}
    module = cache.put(key, content, entry)
    _tell(verbose, f"plyo: {source.origin}: compiled by {compiler} in {seconds:.2f} s, {module.path}")
    return Built(whole, module, kind, is_new=True)


def _run(
    cache: Cache, work: Path, source: Source, kind: Kind, compiler: Compiler, verbose: bool
) -> tuple[bytes, dict[str, str]]:
    """Compiles in a folder; the module, and the headers that the source includes."""
    include = get_include()
    folder = _write_texts(work, source)
    flags = compiler.flags(
        isa=kind.isa, reference=kind.reference, faults=kind.faults, any_params=kind.any_params
    )
    flags += ["-isystem", include, "-iquote", folder, "-MMD", "-MF", str(work / "needs.d")]
    env = compilers.environment(work, cache.root)
    for command in compiler.commands("module.cpp", str(work / "module.so"), flags, kind.reference):
        _tell(verbose, " ".join(command))
        code, said = compilers.run(command, env, work)
        _tell(verbose and bool(said), said)
        if code != 0:
            raise to_error(said, source, work, include)
    return (work / "module.so").read_bytes(), _read_headers(work, folder)


def _write_texts(work: Path, source: Source) -> str:
    """Writes the texts for the compiler; the folder where included headers are."""
    folder = source.folder
    with told_plainly(work.parent.parent):
        (work / f"{source.stem}.hpp").write_text(source.text, encoding="utf-8")
        if source.scene:
            (work / f"{source.stem}_scene.hpp").write_text(source.scene, encoding="utf-8")
        (work / "module.cpp").write_text(_module_text(source), encoding="utf-8")
        if folder is None:
            # deep enough for headers that include others above them
            base = work / "headers" / "1" / "2" / "3" / "4" / "5" / "6"
            base.mkdir(parents=True)
            for path, text in source.headers:
                place = (base / path).resolve()
                if not place.is_relative_to(work.resolve()):
                    raise CompileError(
                        f"{source.origin} includes {path}, which is too far away to travel with it"
                    )
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
            folder = str(base)
    return folder


def _module_text(source: Source) -> str:
    """The source file of a module."""
    scenes = source.scenes
    lines = [f'#include "{source.stem}.hpp"']
    if scenes and source.scene:
        lines.append(f'#include "{source.stem}_scene.hpp"')
    lines += ["#include <plyo/module.hpp>", "namespace PLYO_ENVS {", "namespace plyo_module {"]
    rows = []
    for i, name in enumerate(source.names):
        lines.append(f"constexpr plyo::TaskBuild kBuild{i} = plyo::make_module_task<{name}>();")
        scene = "nullptr"
        if name in scenes:
            scene = f"&kScene{i}"
            made = f"plyo::make_module_scene<{scenes[name]}, {name}>()"
            lines.append(f"constexpr plyo::SceneOps kScene{i} = {made};")
        builds = f"kReferenceMath ? nullptr : &kBuild{i}, kReferenceMath ? &kBuild{i} : nullptr"
        rows.append(f'{{"{name}", "user", {builds}, {scene}}}')
    lines += [f"constexpr plyo::ModuleTask kTasks[] = {{{', '.join(rows)}}};", "}", "}", 'extern "C" {']
    made = f'plyo::make_module(PLYO_ENVS::plyo_module::kTasks, "{headers_digest()}", &plyo::host_calls)'
    lines += ["PLYO_EXPORT extern const plyo::TaskModule plyo_tasks;"]
    lines += [f"constexpr plyo::TaskModule plyo_tasks = {made};", "}", ""]
    return "\n".join(lines)


def _read_headers(work: Path, folder: str) -> dict[str, str]:
    """The user's headers that the compiler has read, by their paths from the folder, from its list for `make`."""
    listed = (work / "needs.d").read_text(encoding="utf-8").replace("\\\n", " ").partition(": ")[2]
    headers = {}
    for word in _split(listed):
        path = (work / word).resolve()
        if path.parent == work.resolve():
            continue  # the texts of the source itself
        headers[_relative(path, Path(folder).resolve())] = path.read_text(encoding="utf-8")
    return headers


def _split(listed: str) -> list[str]:
    """The paths of a rule for `make`, in which a space in a name has a backslash."""
    return [word.replace("\0", " ").replace("$$", "$") for word in listed.replace("\\ ", "\0").split()]


def _relative(path: Path, folder: Path) -> str:
    import os

    return Path(os.path.relpath(path, folder)).as_posix()


def _is_older(source: Source, path: str, moment: int) -> bool:
    """Whether an included header has not changed since a moment."""
    return source.folder is None or (Path(source.folder) / path).stat().st_mtime_ns < moment


def _check(content: bytes, source: Source, kind: Kind) -> None:
    """Refuses a module that calls other libraries or runs code when it is loaded."""
    about = read_object(content)
    foreign = [name for name in about.undefined if name not in ALLOWED]
    if foreign and not kind.reference:
        raise libm_error(foreign, source)
    if about.runs_code or about.unique:
        raise CompileError(
            f"{source.origin} has variables that are made when it is loaded, or that all modules would share: "
            "make them constexpr"
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(wanted: bool, text: str) -> None:
    if wanted:
        print(text, file=sys.stderr)


def compile_with(source: Source, compiler: Compiler, flags: list[str]) -> str:
    """What a compiler says about a source with further flags; the module is thrown away."""
    cache = open_cache()
    with cache.work_folder() as work:
        folder = _write_texts(work, source)
        all_flags = [*compiler.flags(isa=instruction_set(), reference=False, faults=False), *flags]
        all_flags += ["-isystem", get_include(), "-iquote", folder]
        command = compiler.commands("module.cpp", str(work / "module.so"), all_flags, reference=False)[0]
        return compilers.run(command, compilers.environment(work, cache.root), work)[1]
