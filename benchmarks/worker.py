"""Measurements that need a process of their own; run.py starts it. Prints JSON.

worker.py rates SECONDS ROUNDS NUM_ENVS TASK...   Plyo's rates with the PLYO_ISA of the environment
worker.py million NUM_ENVS                        time and memory of a large batch of CartPoles
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import plyo
from plyo.bench import Case, Settings, measure_case
from plyo.bench.contestants.native import PlyoRollout, PlyoStep


def rates(seconds: str, rounds: str, num_envs: str, *tasks: str) -> dict[str, Any]:
    settings = Settings(float(seconds), int(rounds))
    result: dict[str, Any] = {"isa": plyo._native.isa(), "rates": {}}
    for task in tasks:
        measured, _ = measure_case(Case(task, int(num_envs)), [PlyoStep, PlyoRollout], settings)
        result["rates"][task] = {m.scenario: m.steps_per_second for m in measured}
    return result


def million(num_envs: str) -> dict[str, Any]:
    n = int(num_envs)
    # a first batch loads modules and starts threads, which must not count for the large one
    small = plyo.make_vec("CartPole-v1", num_envs=8)
    small.reset(seed=0)
    before = resident_bytes()
    start = perf_counter()
    envs = plyo.make_vec("CartPole-v1", num_envs=n)
    made = perf_counter()
    made_bytes = resident_bytes()
    observations, _ = envs.reset(seed=0)
    ready = perf_counter()
    ready_bytes = resident_bytes()
    return {
        "num_envs": n,
        "make_seconds": made - start,
        "make_and_reset_seconds": ready - start,
        "bytes_a_lane_made": (made_bytes - before) / n,
        "bytes_a_lane": (ready_bytes - before) / n,
        "observation_bytes_a_lane": observations.nbytes / n,
    }


def resident_bytes() -> int:
    """The memory of this process; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    command = {"rates": rates, "million": million}[sys.argv[1]]
    print(json.dumps(command(*sys.argv[2:])))
