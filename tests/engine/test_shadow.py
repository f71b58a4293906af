"""Valid and invalid calls at random, on a batch and on its shadow: nothing is lost, nothing differs."""

from __future__ import annotations

import os

import pytest
from contract_helpers import native_ids
from shadow import Fuzzer


def test_random_calls_beside_a_shadow(task_id: str) -> None:
    fuzzers = [Fuzzer(task_id, seed) for seed in (1, 2)]
    for fuzzer in fuzzers:
        fuzzer.run(100)
    # both kinds were met
    assert sum(fuzzer.num_taken for fuzzer in fuzzers) > 40
    assert sum(fuzzer.num_refused for fuzzer in fuzzers) > 20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_calls_beside_a_shadow(task_id: str) -> None:
    """PLYO_SOAK_CALLS is the number over all tasks: 100,000 by default, a million takes a quarter of an hour."""
    total = int(os.environ.get("PLYO_SOAK_CALLS", "100_000"))
    calls = -(-total // len(native_ids()))
    for seed in range(100, 100 + max(1, calls // 500)):
        Fuzzer(task_id, seed).run(min(calls, 500))
