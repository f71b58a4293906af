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

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python trainers\n(.*?)^```", re.MULTILINE | re.DOTALL)
ALL = ("stable_baselines3", "torchrl", "tianshou", "skrl", "gymnasium_robotics")


def run_examples(page, libraries):
    """Runs the blocks of a page that need a trainer, one after the other; returns the names that they leave."""
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    blocks = BLOCK.findall((DOCS / page).read_text())
    assert len(blocks) > 4
    names = {"__name__": "__main__"}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    return names


def test_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_examples("guide/trainers.md", ALL)


def test_the_loop_of_the_tutorial_learns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run_examples("tutorials/training_loop.md", ["torch"])
    assert names["returns"].mean() > 400
