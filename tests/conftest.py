"""Fixtures over the registry: a test that asks for `task_id` or `task` runs for all that is compiled in."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

# the helpers of the contract tests serve the tests of single environments too
sys.path.insert(0, str(Path(__file__).parent / "contract"))

from contract_helpers import native_ids, native_tasks

# a shell that starts the tests in the background has Ctrl-C ignored, in them and in the processes that they interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=native_ids())
def task_id(request: pytest.FixtureRequest) -> str:
    """Every registered native id, such as ``"CartPole-v1"``."""
    return request.param


@pytest.fixture(params=list(native_tasks()))
def task(request: pytest.FixtureRequest) -> str:
    """The name of every native task, such as ``"CartPole"``."""
    return request.param


@pytest.fixture(params=["next_step", "same_step", "disabled"])
def mode(request: pytest.FixtureRequest) -> str:
    """The autoreset modes."""
    return request.param
