"""The bits of every task: the stored hashes, on this machine and under each of its instruction sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from contract_helpers import native_ids, task_of
from make_golden import GOLDEN, golden_hashes, golden_ids

from plyo import _native


def test_golden_hashes(task_id: str) -> None:
    golden = json.loads(GOLDEN.read_text())
    if task_id not in golden_ids():
        pytest.skip(f"the bits of {task_id} are those of the library that is installed")
    if task_id not in golden:
        pytest.skip(f"golden.json has no {task_id}: run tests/contract/make_golden.py")
    assert golden_hashes(task_id) == golden[task_id]


def test_golden_hashes_are_of_tasks_that_exist_and_differ() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert set(golden) <= set(native_ids())
    # versions of a task may agree, tasks and scenarios may not
    versions: dict[str, str] = {}
    for task_id, scenarios in golden.items():
        assert len(scenarios) >= 4
        assert len(set(scenarios.values())) == len(scenarios)
        for value in scenarios.values():
            assert versions.setdefault(value, task_of(task_id)["name"]) == task_of(task_id)["name"]


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512"])
def test_every_instruction_set(isa: str) -> None:
    if isa not in _native.supported_isas():
        pytest.skip(f"this machine or this build has no {isa}")
    script = Path(__file__).with_name("make_golden.py")
    output = subprocess.run(
        [sys.executable, str(script), "--print"],
        env={**os.environ, "PLYO_ISA": isa},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    result = json.loads(output.stdout)
    assert result["isa"] == isa
    assert result["hashes"] == {task_id: golden_hashes(task_id) for task_id in golden_ids()}
