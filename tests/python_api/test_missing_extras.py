"""Modules over libraries that are not installed name the extra that installs them."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from plyo.error import DependencyNotInstalled

#: By module: the library that is missing, and its extra.
NEEDED = {
    "plyo.ray": ("ray", "ray"),
    "plyo.torch": ("torch", "torch"),
    "plyo.adapters.rllib": ("ray", "rllib"),
    "plyo.adapters.sb3": ("stable_baselines3", "sb3"),
    "plyo.adapters.skrl": ("skrl", "skrl"),
    "plyo.adapters.tianshou": ("tianshou", "tianshou"),
    "plyo.adapters.torchrl": ("torchrl", "torchrl"),
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_library_is_named_with_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library, extra = NEEDED[name]
    monkeypatch.setitem(sys.modules, library, None)
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(DependencyNotInstalled, match=rf'pip install "plyo\[{extra}\]"'):
        importlib.import_module(name)


@pytest.mark.parametrize("name", NEEDED)
def test_the_extra_is_declared(name: str) -> None:
    tomllib = pytest.importorskip("tomllib", reason="a part of Python from 3.11 on")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert NEEDED[name][1] in project["optional-dependencies"]


def test_batches_and_the_package_of_adapters_need_no_library() -> None:
    code = """
import sys
sys.modules.update(dict.fromkeys(["gymnasium", "jax", "ray", "skrl", "stable_baselines3", "tianshou", "torch"]))
import plyo, plyo.adapters
envs = plyo.make_vec("CartPole-v1", 2)
envs.reset(seed=0)
envs.step([0, 1])
print(*(name for name in sys.modules if name.startswith(("plyo.adapters.", "plyo.gymnasium", "plyo.torch"))))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
