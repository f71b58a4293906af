"""Environments of users: the time to compile and load them, their speed beside the built-in ones, and a grid world.

The built-in light tasks are compiled as users' headers: processor seconds of a cold compile and load, milliseconds of a
load from the cache, and the median ratio of their speed to the built-in's, in turns on one thread. Then the grid world
of examples/own_tasks beside the same in Python in Gymnasium's SyncVectorEnv, in as many copies and in 32, which suits
Python's caches best; and beside MiniGrid-DoorKey-8x8 of the packages minigrid and envpool, where they are installed.
Under two minutes.

    python benchmarks/own_tasks.py [--tasks cart_pole,pendulum] [--compiler g++] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import SyncVectorEnv

import plyo
from built_in_headers import CPP, copy_header
from python_tasks.door_key import DoorKeyEnv

ROOT = Path(__file__).parents[1]
NUM_ENVS = 4096


def copy_of(name: str, folder: Path) -> Path:
    """A built-in header with other ids, in a folder."""
    (path,) = CPP.glob(f"envs/*/{name}.hpp")
    return copy_header(path, folder)


def child_seconds(code: str, cache: Path) -> tuple[float, dict[str, Any]]:
    """Processor seconds of a program with its children, and the JSON that it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "PLYO_CACHE_DIR": str(cache), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent, json.loads(done.stdout)


def compile_times(path: Path, compiler: str | None) -> tuple[float, float]:
    """Processor seconds of a cold compile and load, and milliseconds of a load from the cache."""
    code = f"""
import json, resource, time, plyo
import plyo.compile.loading  # what compiles, and is loaded once
def spent():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)
before, start = spent(), time.perf_counter()
plyo.compile({str(path)!r}, compiler={compiler!r})
print(json.dumps({{"cpu": spent() - before, "ms": 1e3 * (time.perf_counter() - start)}}))
"""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        cold = child_seconds(code, cache)[1]["cpu"]
        cached = min(child_seconds(code, cache)[1]["ms"] for _ in range(3))
    return cold, cached


def step_seconds(envs: Any, actions: list[Any]) -> float:
    """The time of a step of a batch."""
    start = time.perf_counter()
    for action in actions:
        envs.step(action)
    return (time.perf_counter() - start) / len(actions)


def ratio_of_speed(own: str, built_in: str, rounds: int) -> float:
    """The speed of a user's copy over the built-in's, in turns."""
    batches = [plyo.make_vec(plyo.spec(env_id), NUM_ENVS, num_threads=1) for env_id in (own, built_in)]
    actions = [batches[0].action_space.sample() for _ in range(8)]
    for envs in batches:
        envs.reset(seed=0)
    ratios = []
    for _ in range(rounds):
        mine, theirs = (step_seconds(envs, actions) for envs in batches)
        ratios.append(theirs / mine)
    return statistics.median(ratios)


def minigrid_batch(count: int) -> Any:
    """MiniGrid's own environment, with nothing around it but what gives a Box as observation."""
    from minigrid.envs import DoorKeyEnv as MiniGridDoorKey
    from minigrid.wrappers import ImgObsWrapper

    return SyncVectorEnv([lambda: ImgObsWrapper(MiniGridDoorKey(size=8))] * count)


def envpool_batch(count: int) -> Any:
    """EnvPool's port of it on one thread."""
    import envpool

    return envpool.make("MiniGrid-DoorKey-8x8-v0", "gymnasium", num_envs=count, num_threads=1)


#: The contestants of the grid world: how to make a batch, its size, and the steps of a round.
GRID_WORLDS: dict[str, tuple[Callable[[int], Any], int, int]] = {
    "plyo": (lambda count: plyo.make_vec(plyo.spec("DoorKey-v0"), count, num_threads=1), NUM_ENVS, 32),
    "python": (lambda count: SyncVectorEnv([DoorKeyEnv] * count), NUM_ENVS, 1),
    "python, 32": (lambda count: SyncVectorEnv([DoorKeyEnv] * count), 32, 4),
    "minigrid, 32": (minigrid_batch, 32, 1),
    "envpool": (envpool_batch, 1024, 1),
}


def grid_worlds(rounds: int) -> dict[str, float]:
    """Nanoseconds of a step and environment on one thread, the least of some rounds."""
    plyo.compile(ROOT / "examples" / "own_tasks" / "door_key.hpp")
    contestants = {}
    for name, (make, count, steps) in GRID_WORLDS.items():
        try:
            contestants[name] = (make(count), count, steps)
        except Exception as e:  # not installed, or without this task
            print(f"without {name}: {e}", file=sys.stderr)
    rng = np.random.default_rng(0)
    best = dict.fromkeys(contestants, float("inf"))
    for envs, *_ in contestants.values():
        envs.reset()
    for _ in range(rounds):
        for name, (envs, count, steps) in contestants.items():
            # EnvPool takes no actions but int32, in which every contestant has them
            actions = [rng.integers(0, 5, count).astype(np.int32) for _ in range(steps)]
            best[name] = min(best[name], step_seconds(envs, actions) / count * 1e9)
    return best


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--tasks", default="cart_pole,mountain_car,pendulum,acrobot,taxi,frozen_lake,blackjack"
    )
    parser.add_argument("--compiler", default=None)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    results: dict[str, Any] = {"compiler": options.compiler, "tasks": {}}
    print(f"{'task':16} {'compile, cpu s':>14} {'cached, ms':>10} {'speed / built-in':>16}")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.tasks.split(","):
            path = copy_of(name, Path(folder))
            cold, cached = compile_times(path, options.compiler)
            own = plyo.compile(path, compiler=options.compiler)[-1]
            ratio = ratio_of_speed(own, own.removeprefix("Own"), options.rounds)
            results["tasks"][name] = {"compile_cpu_s": cold, "cached_ms": cached, "speed_ratio": ratio}
            print(f"{name:16} {cold:14.2f} {cached:10.1f} {ratio:16.2f}")
    results["door_key_ns"] = grid = grid_worlds(options.rounds)
    for name, nanoseconds in grid.items():
        print(
            f"DoorKey, {name:12} {nanoseconds:10.1f} ns a step and environment, {nanoseconds / grid['plyo']:8.1f} x"
        )
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
