"""The cache: found by content, private, and rebuilt where anything in it is not what it was."""

from __future__ import annotations

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from compile_helpers import header, run_python, run_without_compiler

import plyo
from plyo.compile import cache as caches
from plyo.compile import compilers
from plyo.compile.building import Kind, build
from plyo.compile.cache import Cache, make_private, open_cache
from plyo.compile.sources import read_source
from plyo.error import CompileError

TEXT = header("Kept")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PLYO_CACHE_DIR", str(folder))
    return folder


def fake_build(
    cache: Cache, content: bytes = b"module", includes: dict[str, str] | None = None
) -> caches.Module:
    """Something under the key `k`."""
    return cache.put("k", content, {"includes": includes or {}, "tasks": ["Fake"], "compiler": "none"})


def test_the_second_time_needs_no_compiler(cache_of_tests: Path) -> None:
    first = build(read_source(TEXT), Kind())
    again = build(read_source(TEXT), Kind())
    assert not again.is_new
    assert first.module.path == again.module.path
    code = f"import plyo; ids = plyo.compile({TEXT!r}); print(plyo.make(ids[0]).reset(seed=0)[0].shape)"
    assert run_without_compiler(code).strip() == "(2,)"


def test_what_is_in_it_is_private(cache_of_tests: Path) -> None:
    build(read_source(TEXT), Kind())
    for path in [cache_of_tests, *cache_of_tests.rglob("*")]:
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH), path
    folder = open_cache().folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not list(folder.glob("work-*"))


def test_a_text_and_a_header_count(tmp_path: Path) -> None:
    path, more = tmp_path / "main.hpp", tmp_path / "deep" / "constants.hpp"
    more.parent.mkdir()
    more.write_text('#include "../force.hpp"\n')
    (tmp_path / "force.hpp").write_text("#pragma once\ninline constexpr double kForce = 1.0;\n")
    include = (
        "#include <plyo/environment.hpp>",
        '#include <plyo/environment.hpp>\n#include "deep/constants.hpp"',
    )
    path.write_text(header("Main", include, ("double force = 1.0", "double force = kForce")))
    first = build(read_source(path), Kind())
    assert sorted(dict(first.source.headers)) == ["deep/constants.hpp", "force.hpp"]
    assert not build(read_source(path), Kind()).is_new
    (tmp_path / "force.hpp").write_text("#pragma once\ninline constexpr double kForce = 2.0;\n")
    second = build(read_source(path), Kind())
    assert second.is_new
    assert second.source.digest != first.source.digest
    (tmp_path / "force.hpp").write_text("#pragma once\ninline constexpr double kForce = 1.0;\n")
    assert build(read_source(path), Kind()).module.path == first.module.path
    # the texts alone are enough elsewhere
    shutil.rmtree(tmp_path / "deep")
    moved = first.source.without_folder()
    assert build(moved, Kind()).module.path == first.module.path


def fake_compiler(folder: Path, name: str) -> Path:
    """A program that stands for a compiler."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o700)
    return path


def test_another_compiler_makes_a_module_again(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("PLYO_CXX", raising=False)
    program = fake_compiler(tmp_path / "bin", "g++")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    cache = open_cache()
    first = fake_build(cache, b"first")
    assert [entry["sha256"] for entry in cache.entries("k")] == [first.path.stem]
    # an upgrade
    program.write_text("#!/bin/sh\nexit 2  # newer\n")
    assert cache.entries("k") == []
    second = fake_build(cache, b"second")
    # another one that is named; the modules of both are kept
    monkeypatch.setenv("PLYO_CXX", str(fake_compiler(tmp_path / "more", "clang++-99")))
    assert cache.entries("k") == []
    third = fake_build(cache, b"third")
    assert [entry["sha256"] for entry in cache.entries("k")] == [third.path.stem]
    monkeypatch.delenv("PLYO_CXX")
    assert [entry["sha256"] for entry in cache.entries("k")] == [second.path.stem]
    # without any, all will do
    monkeypatch.setattr(compilers, "choice_of_today", lambda: "")
    assert len(cache.entries("k")) == 3


def test_a_compiler_that_was_asked_for_counts_too(own_cache: Path, tmp_path: Path) -> None:
    program = fake_compiler(tmp_path / "bin", "g++-99")
    known = compilers.Compiler((str(program),), "gcc", "99.0.1")
    compilers._found.add(known)
    try:
        cache = open_cache()
        cache.put("k", b"module", {"includes": {}, "tasks": ["Fake"], "compiler": str(known)})
        assert len(cache.entries("k")) == 1
        program.write_text("#!/bin/sh\nexit 2  # newer\n")
        assert cache.entries("k") == []
        program.unlink()  # it cannot make a better one
        assert len(cache.entries("k")) == 1
    finally:
        compilers._found.remove(known)


@pytest.mark.parametrize("damage", ["swapped", "truncated", "gone", "writable"])
def test_a_module_that_is_not_what_it_was_is_made_again(own_cache: Path, damage: str) -> None:
    cache = open_cache()
    module = fake_build(cache)
    (entry,) = cache.entries("k")
    assert cache.open_entry("k", entry) is not None
    if damage == "swapped":
        module.path.write_bytes(b"others")
    elif damage == "truncated":
        module.path.write_bytes(b"mod")
    elif damage == "gone":
        module.path.unlink()
    else:
        module.path.chmod(0o666)
    assert cache.open_entry("k", entry) is None


@pytest.mark.parametrize("text", ["", "{", '{"entries": 3}', '{"entries": [{"sha256": "x"}]}', "[]"])
def test_a_list_that_is_damaged_is_empty(own_cache: Path, text: str) -> None:
    cache = open_cache()
    fake_build(cache)
    (cache.folder / "k.json").write_text(text)
    assert cache.entries("k") == []


def test_a_list_that_others_can_write_is_empty(own_cache: Path) -> None:
    cache = open_cache()
    fake_build(cache)
    (cache.folder / "k.json").chmod(0o666)
    assert cache.entries("k") == []


def test_a_module_of_other_headers_is_refused(own_cache: Path, tmp_path: Path) -> None:
    from plyo._native import load_tasks

    path = tmp_path / "module.so"
    path.write_bytes(build(read_source(TEXT), Kind()).module.path.read_bytes())
    with pytest.raises(ValueError, match="compiled with other headers of Plyo; compile it again"):
        load_tasks(str(path), "0" * 32, "@other")
    path.write_bytes(b"no module")
    with pytest.raises(ValueError, match="cannot open"):
        load_tasks(str(path))


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_refused(own_cache: Path, mode: int) -> None:
    own_cache.mkdir()
    own_cache.chmod(mode)
    with pytest.raises(CompileError, match=rf"other users can write to the cache .*mode {mode:o}"):
        plyo.compile(TEXT)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_others_are_refused(own_cache: Path, tmp_path: Path) -> None:
    cache = open_cache()
    module = fake_build(cache)
    os.chown(module.path, 12345, 12345)
    assert cache.open_entry("k", cache.entries("k")[0]) is None
    os.chown(own_cache, 12345, 12345)
    with pytest.raises(CompileError, match="belongs to another user"):
        plyo.compile(TEXT)
    os.chown(own_cache, 0, 0)
    path = tmp_path / "theirs.hpp"
    path.write_text(TEXT)
    os.chown(path, 12345, 12345)
    with pytest.raises(PermissionError, match=r"belongs to another user: .*trust=True"):
        plyo.compile(path)
    assert plyo.compile(path, trust=True) == ["Kept-v0"]


def test_a_text_that_everyone_can_write_needs_trust(tmp_path: Path) -> None:
    path = tmp_path / "open.hpp"
    path.write_text(TEXT)
    path.chmod(0o666)
    with pytest.raises(PermissionError, match="can be written by every user"):
        plyo.compile(path)
    assert plyo.compile(path, trust=True) == ["Kept-v0"]


@pytest.mark.slow  # compiles more tasks
def test_a_home_that_cannot_be_used_gives_one_notice(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    code = f"import plyo; print(plyo.compile({TEXT!r}), plyo.compile({TEXT!r}))"
    said = run_python(code, PLYO_CACHE_DIR="", XDG_CACHE_HOME=str(file))
    assert "['Kept-v0'] ['Kept-v0']" in said
    assert said.count("set PLYO_CACHE_DIR") == 1
    folder = said.split("kept in ")[1].split(" until")[0]
    assert not Path(folder).exists()


def test_a_cache_that_was_named_and_cannot_be_used_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("PLYO_CACHE_DIR", str(file / "cache"))
    with pytest.raises(CompileError, match=r"PLYO_CACHE_DIR=.* cannot be used"):
        plyo.compile(TEXT)


def test_a_full_disk_is_told_in_one_sentence(own_cache: Path) -> None:
    code = (
        "import plyo, resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))\n"
        f"try: plyo.compile({header('Full')!r})\n"
        "except plyo.error.CompileError as error: print(error)"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 8000
    said = run_python(code)
    assert "there is no room for the module in" in said
    assert "PLYO_CACHE_DIR" in said
    assert len(said.strip().splitlines()) == 1


def test_the_modules_that_were_not_used_for_longest_go(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "MAX_BYTES", 2500)
    cache = open_cache()
    paths = []
    for i in range(3):
        paths.append(cache.put(f"key{i}", bytes([i]) * 1000, {"includes": {}, "tasks": []}).path)
        os.utime(paths[-1], (i, i))
    cache.put("key3", b"x" * 10, {"includes": {}, "tasks": []})
    assert [path.exists() for path in paths] == [False, True, True]


def test_temporary_files_of_killed_compilers_go(own_cache: Path) -> None:
    cache = open_cache()
    old = cache.folder / "work-old"
    old.mkdir()
    os.utime(old, (1, 1))
    with cache.work_folder() as work:
        assert work.is_dir()
        assert not old.exists()
    assert not work.exists()


def test_a_lock_goes_with_its_holder(own_cache: Path) -> None:
    cache = open_cache()
    code = (
        "import os, time\nfrom plyo.compile.cache import open_cache\n"
        "with open_cache().lock('k'):\n    print('held', flush=True); time.sleep(60)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with cache.lock("k"):
        pass


def test_private_folders_are_made_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = make_private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_sources_are_found_by_their_digest(own_cache: Path) -> None:
    cache, source = open_cache(), read_source(TEXT)
    cache.put_source(source.digest, source.to_json())
    assert json.loads(cache.find_source(source.digest[:10]) or "")["text"] == TEXT
    assert cache.find_source("0" * 10) is None
