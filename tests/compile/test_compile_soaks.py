"""Long ones: hot reload while batches step, many processes at once, compilers that are killed, a wheel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

import numpy as np
import pytest
from compile_helpers import ROOT, header

import plyo
from plyo.compile.building import Kind, build, key_of
from plyo.compile.cache import open_cache
from plyo.compile.loading import compile_source
from plyo.compile.sources import read_source
from plyo.compile.templates import files_of

pytestmark = pytest.mark.slow

#: Hot reloads with a compiler, and those of modules that are made from one by hand, which cost no compiler. A longer
#: soak has PLYO_TEST_RELOADS=1000.
LOADED = int(os.environ.get("PLYO_TEST_RELOADS", "200"))
COMPILED = max(5, LOADED // 40)


def test_hot_reload_while_batches_step(tmp_path: Path) -> None:
    """Each version has its own force, which its batches keep."""
    path = tmp_path / "reloaded.hpp"
    stop, wrong = threading.Event(), []

    def step_on(envs: plyo.vector.VectorEnv, force: float) -> None:
        while not stop.is_set():
            envs.reset(seed=0, options={"low": 0.0, "high": 0.0})
            speed = envs.step(np.full(300, 2))[0][:, 1]
            if not np.allclose(speed, 0.1 * force):
                wrong.append((force, speed[0]))

    threads = []
    for version in range(COMPILED):
        force = 1.0 + version / 10
        path.write_text(header("Reloaded", ("double force = 1.0", f"double force = {force}")))
        (env_id,) = plyo.compile(path)
        envs = plyo.make_vec(env_id, 300, num_threads=2)
        threads.append(threading.Thread(target=step_on, args=(envs, force)))
        threads[-1].start()
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_many_versions_in_one_process() -> None:
    """The texts differ in a comment, and their modules are put into the cache beforehand: loading is what counts."""
    cache = open_cache()
    first = build(read_source(header("Thousand")), Kind())
    content = first.module.path.read_bytes()
    entry = {"includes": {}, "compiler": "", "tasks": ["Thousand"]}
    batch, files = None, len(list(Path("/proc/self/fd").iterdir()))
    before = resident_bytes()
    for version in range(LOADED):
        source = read_source(header("Thousand", ending=f"// {version}\n"))
        # modules of the same bytes would be one file, which is opened once
        cache.put(key_of(source, Kind()), content + version.to_bytes(4, "little"), entry)
        (env_id,) = compile_source(source)
        if version % 50 == 0:
            batch = batch or plyo.make_vec(env_id, 10)
            new = plyo.make_vec(env_id, 10)
            assert np.array_equal(batch.reset(seed=1)[0], new.reset(seed=1)[0])
            assert batch.unwrapped.task != new.unwrapped.task or version == 0
    maps = Path("/proc/self/maps").read_text().count(".so")
    assert maps > LOADED  # they stay: batches may hold their addresses
    # and this is all that grows: the module, its task's description, and what batches above took
    assert len(list(Path("/proc/self/fd").iterdir())) <= files
    assert resident_bytes() - before < LOADED * (len(content) + 100_000) + 30_000_000


def resident_bytes() -> int:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_sixteen_processes_compile_the_same_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    code = f"import plyo; e = plyo.compile({header('Raced')!r}); print(plyo.make(e[0]).reset(seed=0)[0].tolist())"
    env = {**os.environ, "PLYO_CACHE_DIR": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(16)
    ]
    said = {process.communicate(timeout=250)[0] for process in running}
    assert len(said) == 1
    assert said.pop().startswith("[")
    assert len(list(folder.glob("*/*.so"))) == 1
    assert not list(folder.glob("*/work-*"))


def test_a_killed_compiler_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    code = f"import plyo; print(plyo.compile({header('Killed')!r}))"
    env = {**os.environ, "PLYO_CACHE_DIR": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, start_new_session=True
    )
    for _ in range(3000):
        if list(folder.glob("*/work-*")):
            break
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=250)
    assert done.stdout.strip() == "['Killed-v0']", done.stderr


def test_a_project_is_installed_and_found(tmp_path: Path) -> None:
    """`plyo new --wheel`, installed into an environment of its own that shares this Plyo."""
    project = tmp_path / "project"
    for path, text in files_of("pushed_cart", scene=True, wheel=True).items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    venv.create(tmp_path / "venv", with_pip=True, system_site_packages=False)
    python = str(tmp_path / "venv" / "bin" / "python")
    paths = [
        str(Path(plyo.__file__).parents[1]),
        *[path for path in sys.path if path.endswith("site-packages")],
    ]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PLYO_CACHE_DIR": str(tmp_path / "cache")}
    pip = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        str(project),
    ]
    done = subprocess.run(pip, env=env, capture_output=True, text=True, timeout=250)
    if done.returncode and ("No matching distribution" in done.stderr or "Connection" in done.stderr):
        pytest.skip("the project's build needs setuptools, and there is no registry to get it from")
    assert done.returncode == 0, done.stderr
    code = "import plyo; print(plyo.make('PushedCart-v0').reset(seed=0)[0].shape)"
    said = subprocess.run(
        [python, "-c", code], env=env, capture_output=True, text=True, timeout=250, cwd=ROOT / "tests"
    )
    assert said.stdout.strip() == "(2,)", said.stderr
