"""Modules over libraries that are not installed say what installs them: not an extra of Plyo, which is on no index."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plyo.basics.install import _PACKAGES, is_installed, pip_install
from plyo.error import DependencyNotInstalled
from plyo.train.event_file import has_tensorboard

ROOT = Path(__file__).parents[2]

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
    with pytest.raises(DependencyNotInstalled, match=re.escape(f"`{pip_install(extra)}`")):
        importlib.import_module(name)


def test_the_packages_are_those_of_the_extras() -> None:
    tomllib = pytest.importorskip("tomllib", reason="a part of Python from 3.11 on")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for extra, packages in _PACKAGES.items():
        assert list(packages) == [re.split("[<>=]", name)[0] for name in declared[extra]], extra
    assert pip_install("skrl") == 'pip install "skrl[torch]"'
    assert pip_install("video") == "pip install imageio-ffmpeg pillow"


def test_nothing_advises_to_install_plyo_from_an_index() -> None:
    """Nothing is published; in a clone it is `pip install ".[video]"`."""
    kinds = (".py", ".pyi", ".md", ".cpp", ".hpp", ".txt", ".toml")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("python", "docs", "cpp", "examples", "benchmarks", "scripts")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in kinds
        for line in path.read_text().splitlines()
        if re.search(r"pip install[^`]*[ \"']plyo\b(?!_)", line)
    ]
    assert not found, "\n".join(found)


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


def test_a_folder_of_the_name_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are often kept in a folder that is called like what wrote them."""
    (tmp_path / "ray_of_light").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not is_installed("ray_of_light")
    assert not is_installed("nothing_at_all")
    assert is_installed("numpy")
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    assert not has_tensorboard()
