"""Long ones: hot reload while batches step, many processes at once, compilers that are killed, a wheel."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
import venv
from collections import deque
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
COMPILED = max(5, int(os.environ.get("PLYO_TEST_RELOADS", "5")))
LOADED = max(200, COMPILED)
#: Batches that step at once while others are loaded.
STEPPING = 3
NUM_ENVS = 600


def with_number(number: float) -> str:
    """The environment in a version whose first push to the right from rest gives a speed of 0.1 * number."""
    return header("Reloaded", ("(action - 1) * params.force", f"(action - 1) * {number!r} * params.force"))


class SteppedBatch:
    """A batch of the version that is loaded, which steps in a thread of its own and the pool's."""

    def __init__(self, env_id: str, number: float) -> None:
        self.number = number
        self.envs = plyo.make_vec(env_id, NUM_ENVS, num_threads=2)
        self._wrong: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._step_on)
        self._thread.start()

    def speeds(self) -> np.ndarray:
        """The speeds after a push from rest."""
        self.envs.reset(seed=0, options={"low": 0.0, "high": 0.0})
        return self.envs.step(np.full(NUM_ENVS, 2))[0][:, 1]

    def _step_on(self) -> None:
        stopped = False
        while not stopped:
            self._wrong += set(self.speeds()) - {np.float32(0.1 * self.number)}
            stopped = self._stop.wait(0.01)

    def end(self) -> None:
        """Ends the thread, and looks at what it has seen."""
        self._stop.set()
        self._thread.join()
        assert not self._wrong, (self.number, self._wrong[:3])


@pytest.mark.timeout(60 + 20 * COMPILED)
def test_hot_reload_while_batches_step(tmp_path: Path) -> None:
    """Each version has a number of its own in its code, which its batches keep while others are compiled and loaded."""
    path = tmp_path / "reloaded.hpp"
    stepping: deque[SteppedBatch] = deque()
    numbers = [1.0 + version / 1024 for version in range(COMPILED)]
    files, memory = 0, 0
    for version, number in enumerate(numbers):
        path.write_text(with_number(number))
        (env_id,) = plyo.compile(path)
        stepping.append(SteppedBatch(env_id, number))
        if len(stepping) > STEPPING:
            stepping.popleft().end()
        if version == STEPPING:
            files, memory = open_files(), resident_bytes()
    assert open_files() <= files
    assert resident_bytes() - memory < COMPILED * 200_000 + 30_000_000
    for batch in stepping:
        batch.end()


def test_many_versions_in_one_process() -> None:
    """The number in the code is changed in the module of the first version too, which goes into the cache."""
    cache = open_cache()
    number = 1.2345678
    content = build(read_source(with_number(number)), Kind()).module.path.read_bytes()
    entry = {"includes": {}, "compiler": "", "tasks": ["Reloaded"]}
    batches, files, before = [], open_files(), resident_bytes()
    for version in range(LOADED):
        own = 1.5 + version / 1024
        source = read_source(with_number(own))
        changed = content.replace(struct.pack("<d", number), struct.pack("<d", own))
        assert changed != content
        cache.put(key_of(source, Kind()), changed, entry)
        (env_id,) = compile_source(source)
        if version % (LOADED // 4) == 0:
            batches.append(SteppedBatch(env_id, own))
    for batch in batches:
        batch.end()
    maps = Path("/proc/self/maps").read_text().count(".so")
    assert maps > LOADED  # they stay: batches may hold their addresses
    # and this is all that grows: the module, its task's description, and what batches above took
    assert open_files() <= files
    assert resident_bytes() - before < LOADED * (len(content) + 100_000) + 30_000_000


def open_files() -> int:
    """The descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


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
