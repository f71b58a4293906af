"""The examples of the guide that need a library that trains policies."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.trainers,
    pytest.mark.filterwarnings("ignore"),  # those of the libraries about what they import
]

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "trainers.md"
BLOCKS = re.findall(r"^```python trainers\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_examples_run(tmp_path, monkeypatch):
    for library in ("stable_baselines3", "torchrl", "tianshou", "skrl", "gymnasium_robotics"):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) > 5
    names = {"__name__": "__main__"}
    for block in BLOCKS:
        exec(compile(block, str(PAGE), "exec"), names)
