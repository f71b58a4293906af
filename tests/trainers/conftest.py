"""Tests of what the libraries that train policies do with Plyo; `pytest -m trainers tests/trainers` runs them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version

import pytest


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Tests share the machine."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        torch.manual_seed(0)


@pytest.fixture
def release(record_property) -> Callable[..., None]:
    """Writes releases into the report and the output: `release("torchrl")`."""

    def write(*names: str) -> None:
        text = ", ".join(f"{name} {version(name)}" for name in ("torch", *names))
        record_property("releases", text)
        print(text)

    return write
