"""A sweep of CartPole over gravities: one native batch, beside a SyncVectorEnv of Gymnasium's environments.

``python benchmarks/param_sweep.py [--lanes 4096] [--peers 64] [--json FILE]`` prints the environment steps a second of
both, each environment with a gravity of its own, and their ratio. The peer has fewer environments: its rate does not
depend on their number.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import numpy as np

import plyo

GRAVITIES = (1.0, 25.0)
ROUNDS = 7


def median_rate(step: Callable[[], object], lanes: int, seconds: float) -> float:
    """The environment steps a second, the median of some rounds."""
    step()
    rates = []
    for _ in range(ROUNDS):
        steps, start = 0, time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds / ROUNDS:
            step()
            steps += 1
        rates.append(steps * lanes / passed)
    return statistics.median(rates)


def native_rate(lanes: int, threads: int, seconds: float) -> float:
    """The rate of a native batch with one gravity an environment."""
    envs = plyo.make_vec(
        "CartPole-v1", lanes, num_threads=threads, params={"gravity": np.linspace(*GRAVITIES, lanes)}
    )
    envs.reset(seed=0)
    actions = np.random.default_rng(0).integers(2, size=lanes)
    return median_rate(lambda: envs.step(actions), lanes, seconds)


def gymnasium_rate(lanes: int, seconds: float) -> float:
    """The rate of Gymnasium's environments with that attribute set."""
    envs = gymnasium.make_vec("CartPole-v1", lanes, vectorization_mode="sync")
    envs.set_attr("gravity", list(np.linspace(*GRAVITIES, lanes)))
    envs.reset(seed=0)
    actions = np.random.default_rng(0).integers(2, size=lanes)
    return median_rate(lambda: envs.step(actions), lanes, seconds)


def main() -> None:
    """Measures both and prints them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lanes", type=int, default=4096, help="environments of the native batch")
    parser.add_argument("--peers", type=int, default=64, help="environments of Gymnasium's batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each of the two")
    parser.add_argument("--json", help="a file for the results")
    args = parser.parse_args()
    native = native_rate(args.lanes, args.threads, args.seconds)
    peer = gymnasium_rate(args.peers, args.seconds)
    print(f"plyo       {args.lanes:6d} environments, {args.threads} thread(s): {native:14,.0f} steps/s")
    print(f"gymnasium  {args.peers:6d} environments, SyncVectorEnv: {peer:14,.0f} steps/s")
    print(f"ratio {native / peer:.0f}")
    if args.json:
        result = {
            "plyo": native,
            "gymnasium": peer,
            "ratio": native / peer,
            "lanes": args.lanes,
            "threads": args.threads,
            "machine": platform.processor() or platform.machine(),
            "versions": {"plyo": plyo.__version__, "gymnasium": gymnasium.__version__},
        }
        Path(args.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
