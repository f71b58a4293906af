"""Compiled tasks in other processes: pickles, batches of processes, JSON; without a compiler there."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from compile_helpers import ROOT, header, run_python, run_without_compiler

import plyo
from plyo.envs.registration import EnvSpec


@pytest.fixture
def no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Child processes find neither a compiler nor this cache."""
    empty = tmp_path / "empty"
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PLYO_CACHE_DIR", str(empty))
    return empty


@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
def test_batches_of_processes(env_id: str, no_compiler: Path, context: str) -> None:
    if context not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {context}")
    envs = plyo.make_vec(env_id, 2, vectorization_mode="async", vector_kwargs={"context": context})
    try:
        expected = plyo.make_vec(env_id, 2)
        assert np.array_equal(envs.reset(seed=1)[0], expected.reset(seed=1)[0])
        assert np.array_equal(envs.step([0, 2])[0], expected.step([0, 2])[0])
    finally:
        envs.close()


@pytest.mark.parametrize("module", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
def test_environments_specs_and_classes_are_pickled(
    env_id: str, no_compiler: Path, tmp_path: Path, module: object
) -> None:
    env = plyo.make(env_id, mass=2.0)
    env.reset(seed=3)
    batch = plyo.make_vec(env_id, 3)
    batch.reset(seed=3)
    things = (env, env.spec, type(env.unwrapped), batch)
    path = tmp_path / "things.pkl"
    path.write_bytes(module.dumps(things))  # type: ignore[attr-defined]  # either module
    assert path.stat().st_size < 60_000
    code = (
        f"import pickle; env, spec, kind, batch = pickle.load(open({str(path)!r}, 'rb'))\n"
        "import numpy as np, plyo\n"
        "print(env.step(2)[0].tolist(), spec.make(mass=2.0).reset(seed=3)[0].tolist(), end=' ')\n"
        "print(kind().reset(seed=3)[0].tolist(), batch.step(np.ones(3, int))[0].tolist(), end=' ')\n"
        "print(plyo.make(spec.id, mass=2.0).reset(seed=3)[0].tolist())"
    )
    first = plyo.make(env_id).reset(seed=3)[0].tolist()
    expected = [env.step(2)[0].tolist(), first, first, batch.step(np.ones(3, int))[0].tolist(), first]
    assert run_python(code).strip() == " ".join(map(str, expected))


def test_the_same_task_in_the_same_process(env_id: str) -> None:
    env = plyo.make(env_id)
    again = pickle.loads(pickle.dumps(env.spec))
    assert again == env.spec
    assert again.entry_point == env.spec.entry_point
    assert pickle.loads(pickle.dumps(type(env.unwrapped))) is type(env.unwrapped)
    assert copy.deepcopy(env.spec).entry_point is env.spec.entry_point


def test_subclasses_keep_their_own_address(env_id: str) -> None:
    kind = type(plyo.make(env_id).unwrapped)
    own = type("Own", (kind,), {"__module__": __name__, "__qualname__": "Own"})
    globals()["Own"] = own
    try:
        assert pickle.loads(pickle.dumps(own)) is own
    finally:
        del globals()["Own"]


@pytest.mark.slow  # compiles more tasks
def test_old_versions_are_pickled_too(tmp_path: Path) -> None:
    path = tmp_path / "versions.hpp"
    path.write_text(header("Versions"))
    (env_id,) = plyo.compile(path)
    old = plyo.make(env_id)
    old.reset(seed=0)
    path.write_text(header("Versions", ("double force = 1.0", "double force = 3.0")))
    plyo.compile(path)
    for dumps in (pickle.dumps, cloudpickle.dumps):
        assert pickle.loads(dumps(old)).step(2)[0][1] == pytest.approx(0.1)


def test_json_names_the_text_by_its_digest(env_id: str, tmp_path: Path, cache_of_tests: Path) -> None:
    text = plyo.make(env_id, mass=2.0).spec.to_json()
    assert "@" in text
    assert "kTimeStep" not in text
    assert EnvSpec.from_json(text).make().get_params()["mass"] == 2.0
    code = f"import plyo; print(plyo.envs.registration.EnvSpec.from_json({text!r}).make().reset(seed=0)[0].shape)"
    assert run_without_compiler(code).strip() == "(2,)"
    refused = code.replace("print(", "\ntry: print(") + "\nexcept ModuleNotFoundError as e: print(e)"
    assert "whose text this machine does not have: call plyo.compile" in run_python(
        refused, PLYO_CACHE_DIR=str(tmp_path / "other")
    )


def test_headers_are_named_in_place_of_ids(folder: Path) -> None:
    path = folder / "point_mass.hpp"
    assert plyo.make(str(path)).spec.id == "PointMass-v0"
    assert plyo.make_vec(f"{path}:PointMass-v0", 2).num_envs == 2
    with pytest.raises(plyo.error.Error, match="has no id 'Other-v0'"):
        plyo.make(f"{path}:Other-v0")


IN_GYMNASIUM = """
import gymnasium, numpy as np, plyo
def look(id):
    env = gymnasium.make(id, mass=2.0)
    envs = gymnasium.make_vec(id, 3)
    assert isinstance(env.unwrapped, gymnasium.Env) and isinstance(envs, gymnasium.vector.VectorEnv)
    assert "@" not in str(env) and type(env.unwrapped).__name__ == "PointMassEnv"
    own = plyo.make(id.removeprefix("plyo/"), mass=2.0)
    assert np.array_equal(env.reset(seed=1)[0], own.reset(seed=1)[0])
    assert np.array_equal(env.step(2)[0], own.step(2)[0])
    return envs.reset(seed=1)[0].shape
"""


def test_gymnasium_has_tasks_that_were_compiled_before_and_after(env_id: str, folder: Path) -> None:
    before, after = header("Before"), header("After")
    code = (
        f"{IN_GYMNASIUM}\n(first,) = plyo.compile({before!r})\nimport plyo.gymnasium\n"
        f"(second,) = plyo.compile({after!r})\nprint(first, second, sep=', ')\n"
        "print(sorted(id for id in gymnasium.registry if id in (f'plyo/{first}', f'plyo/{second}')))\n"
        f"plyo.compile({str(folder / 'point_mass.hpp')!r})\nprint(look('plyo/{env_id}'))"
    )
    said = run_python(code)
    assert said.splitlines() == ["Before-v0, After-v0", "['plyo/After-v0', 'plyo/Before-v0']", "(3, 2)"]


def test_gymnasium_has_the_latest_version_of_a_task(tmp_path: Path) -> None:
    import gymnasium

    import plyo.gymnasium

    path = tmp_path / "edited_more.hpp"
    speeds = []
    try:
        for force in (1.0, 2.0, 1.0):
            path.write_text(header("EditedMore", ("double force = 1.0", f"double force = {force}")))
            (env_id,) = plyo.compile(path)
            env = gymnasium.make(f"plyo/{env_id}")
            env.reset(seed=0)
            speeds.append(float(env.step(2)[0][1]))
        assert np.allclose(speeds, [0.1, 0.2, 0.1])
        # an id of the user's own is left alone
        mine = gymnasium.envs.registration.EnvSpec("plyo/EditedMore-v0", entry_point="elsewhere:Env")
        gymnasium.registry[mine.id] = mine
        plyo.compile(path)
        plyo.gymnasium.register_tasks(gymnasium.registry)
        assert gymnasium.registry[mine.id] is mine
    finally:
        gymnasium.registry.pop("plyo/EditedMore-v0", None)


def test_environments_of_gymnasium_go_to_other_processes(
    env_id: str, no_compiler: Path, tmp_path: Path
) -> None:
    import gymnasium

    import plyo.gymnasium

    plyo.gymnasium.register_tasks(gymnasium.registry)
    env = gymnasium.make(f"plyo/{env_id}", mass=2.0)
    env.reset(seed=3)
    batch = gymnasium.make_vec(f"plyo/{env_id}", 3)
    batch.reset(seed=3)
    path = tmp_path / "things.pkl"
    path.write_bytes(cloudpickle.dumps((env, gymnasium.spec(f"plyo/{env_id}"), type(batch), batch)))
    code = (
        f"import pickle; env, spec, kind, batch = pickle.load(open({str(path)!r}, 'rb'))\n"
        "import numpy as np\n"
        "print(env.step(2)[0].tolist(), spec.make(mass=2.0).reset(seed=3)[0].shape, end=' ')\n"
        "print(type(batch) is kind, batch.step(np.ones(3, int))[0].tolist())"
    )
    expected = f"{env.step(2)[0].tolist()} (2,) True {batch.step(np.ones(3, int))[0].tolist()}"
    assert run_python(code).strip() == expected


def test_installed_packages_register_their_environments(tmp_path: Path) -> None:
    (tmp_path / "plyo_pushed.py").write_text(
        f"import plyo\ndef register() -> None:\n    plyo.compile({header('Pushed')!r})\n"
    )
    (tmp_path / "broken_envs.py").write_text(
        "def register() -> None:\n    raise RuntimeError('out of order')\n"
    )
    for name, target in (("plyo_pushed", "plyo_pushed:register"), ("broken_envs", "broken_envs:register")):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[plyo.envs]\n{name} = {target}\n")
    code = "import plyo; print(plyo.make('Pushed-v0').reset(seed=0)[0].shape, plyo.spec('Pushed-v0').id)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, cwd=ROOT / "tests"
    )
    assert done.stdout.strip() == "(2,) Pushed-v0", done.stderr
    assert "broken_envs = broken_envs:register are missing: out of order" in done.stderr
