"""The modules that `import plyo` must not load; `benchmarks/import_time.py` measures its time."""

from __future__ import annotations

import json
import subprocess
import sys

import gymnasium
import pytest

import plyo

HEAVY = [
    "multiprocessing", "concurrent.futures", "asyncio", "typing_extensions", "cloudpickle", "importlib.metadata",
    "rich", "typer", "click", "matplotlib", "torch", "jax", "gymnasium", "numpy.random", "plyo.spaces", "plyo.vector",
    "plyo.wrappers", "plyo.policies", "plyo.trajectory", "plyo.bench", "plyo.train", "plyo.cli", "plyo.gymnasium",
    "plyo.adapters", "plyo.jax", "plyo.ray", "plyo.shards", "plyo.torch", "unittest", "pydoc", "plyo.utils.env_checker",
    "plyo.video", "pygame", "PIL", "imageio_ffmpeg", "subprocess", "ray", "stable_baselines3", "torchrl", "tianshou",
    "skrl", "ale_py", "plyo.envs.atari.env", "plyo.envs.atari.facts",
]  # fmt: skip


def loaded(code: str) -> set[str]:
    """The modules that a program has loaded at its end, those of a bare interpreter left out."""
    report = "; import sys, json; print(json.dumps(sorted(sys.modules)))"
    names = [
        set(
            json.loads(
                subprocess.run([sys.executable, "-c", c], check=True, capture_output=True, text=True).stdout
            )
        )
        for c in (code + report, "pass" + report)
    ]
    return names[0] - names[1]


@pytest.fixture(scope="module")
def modules() -> set[str]:
    return loaded("import plyo")


@pytest.mark.parametrize("name", HEAVY)
def test_import_does_not_load(name, modules):
    assert name not in modules


def test_importing_the_registry_is_enough_to_make(modules):
    assert {"plyo.envs.registration", "plyo.envs.classic_control.cartpole", "plyo._native"} <= modules
    made = loaded("import plyo; plyo.make('CartPole-v1')")
    assert (
        not {"multiprocessing", "cloudpickle", "typing_extensions", "rich", "plyo.vector", "plyo.policies"}
        & made
    )


def test_every_name_is_there_when_asked_for():
    assert set(plyo.__all__) <= set(dir(plyo))
    namespace: dict[str, object] = {}
    exec("from plyo import *", namespace)
    assert set(plyo.__all__) <= set(namespace)
    assert set(gymnasium.__all__) - {"experimental"} <= set(plyo.__all__)
    with pytest.raises(AttributeError, match="module 'plyo' has no attribute 'nothing'"):
        plyo.nothing  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'plyo'"):
        from plyo import nothing  # noqa: F401


@pytest.mark.parametrize(
    "statement",
    [
        "from plyo.spaces import Box", "import plyo.wrappers.vector", "from plyo.vector import SyncVectorEnv",
        "from plyo.envs.classic_control.cartpole import CartPoleEnv, CartPoleVectorEnv",
        "from plyo.envs.classic_control import *; AcrobotEnv()",
        "import plyo.envs.classes; plyo.envs.classes.PendulumEnv",
        "from plyo.envs.native import NativeEnv, PendulumEnv; from plyo.vector.native import NativeVectorEnv",
        "from plyo.utils.env_checker import check_env", "from plyo.core import ObsType, ActType, RenderFrame",
        "from plyo.utils.performance import benchmark_step", "from plyo.utils.seeding import RNG",
        "from plyo.envs.registration import EnvSpec, registry", "from plyo.wrappers.common import TimeLimit",
        "from plyo.vector.utils import batch_space", "from plyo.wrappers.utils import RunningMeanStd",
        "from plyo.video import VideoRecorder", "from plyo.wrappers.rendering import RecordVideo",
        "from plyo.utils.play import play", "from plyo.utils.save_video import save_video",
        "from plyo.policies import Random", "from plyo import Trajectory, Space",
    ],
)  # fmt: skip
def test_any_module_may_be_imported_first(statement):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", statement], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_pygame_is_told_to_be_silent():
    variable = "'PYGAME_HIDE_SUPPORT_PROMPT'"
    code = f"import os; os.environ.pop({variable}, None); import {{}}; print(os.environ.get({variable}))"
    texts = [
        subprocess.run(
            [sys.executable, "-c", code.format(name)], check=True, capture_output=True, text=True
        ).stdout
        for name in ("plyo", "gymnasium")
    ]
    assert texts == ["hide\n", "hide\n"]
