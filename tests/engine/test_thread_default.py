"""The threads of a batch that is not told: processors, limited by PLYO_NUM_THREADS or OMP_NUM_THREADS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import plyo
from plyo import _native

_SCRIPT = """
import plyo
from plyo import _native
envs = plyo.make_vec("CartPole-v1", 5000)
told = plyo.make_vec("CartPole-v1", 5000, num_threads=3)
print(_native.default_threads(), envs._engine.num_threads, told._engine.num_threads, _native.available_threads())
"""


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a process of its own with these variables in place of the present ones."""
    own = {k: v for k, v in os.environ.items() if k not in ("PLYO_NUM_THREADS", "OMP_NUM_THREADS")}
    own["PYTHONPATH"] = str(Path(plyo.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", code], env=own | variables, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("variables", "limit"),
    [
        ({}, None),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": " 1 "}, 1),
        ({"OMP_NUM_THREADS": "1,2,3"}, 1),
        ({"OMP_NUM_THREADS": "99999999999999999999"}, None),
        ({"OMP_NUM_THREADS": "0"}, None),
        ({"OMP_NUM_THREADS": "-1"}, None),
        ({"OMP_NUM_THREADS": "one"}, None),
        ({"OMP_NUM_THREADS": "1x"}, None),
        ({"OMP_NUM_THREADS": ""}, None),
        ({"PLYO_NUM_THREADS": "1"}, 1),
        ({"PLYO_NUM_THREADS": "1", "OMP_NUM_THREADS": "64"}, 1),
        ({"PLYO_NUM_THREADS": "64", "OMP_NUM_THREADS": "1"}, None),
        ({"PLYO_NUM_THREADS": "", "OMP_NUM_THREADS": "1"}, 1),
    ],
)
def test_variables_limit_the_default_and_nothing_else(variables: dict[str, str], limit: int | None) -> None:
    done = run(_SCRIPT, **variables)
    assert done.returncode == 0, done.stderr
    default, of_batch, of_told, processors = map(int, done.stdout.split())
    assert default == of_batch == (processors if limit is None else min(processors, limit))
    assert of_told == 3
    assert processors == _native.available_threads()


@pytest.mark.parametrize("value", ["0", "-2", "two", "1.5", "1,2", "2x"])
def test_a_wrong_number_of_threads_is_an_error(value: str) -> None:
    done = run(_SCRIPT, PLYO_NUM_THREADS=value)
    assert done.returncode == 1
    assert f"ValueError: PLYO_NUM_THREADS must be a number of threads from 1 on, got '{value}'" in done.stderr


def test_a_change_holds_for_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("PLYO_NUM_THREADS", "1")
    envs = plyo.make_vec("CartPole-v1", 10)
    assert envs._engine.num_threads == 1
    monkeypatch.delenv("PLYO_NUM_THREADS")
    assert plyo.make_vec("CartPole-v1", 10)._engine.num_threads == _native.available_threads()
    assert envs._engine.num_threads == 1
