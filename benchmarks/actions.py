"""The cost of actions of other types: ``step`` with them beside ``step`` with int64 or float32, interleaved.

python benchmarks/actions.py [--rounds 200] [--markdown]

CartPole takes choices (int64), Pendulum numbers (float32). torch and JAX take part where they are installed. Prints,
for each type and number of environments, the time of a step in microseconds, the difference from the engine's own type,
and the ratio.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import plyo

SIZES = (1, 64, 4096)


def contestants(own: np.ndarray) -> dict[str, Any]:
    """The same actions in every type; the first is the engine's own."""
    bools = own.dtype == np.int64
    types = ["int32", "int16", "uint8", "uint64", "bool"] if bools else ["float64", "int32", "uint8"]
    wide = np.repeat(own[:, None], 2, axis=1)
    all_types: dict[str, Any] = {own.dtype.name: own}
    all_types |= {name: own.astype(name) for name in types}
    all_types["strided"] = wide[:, 0]
    if importlib.util.find_spec("torch") is not None:
        import torch

        names = [own.dtype.name, "int32", "bool"] if bools else [own.dtype.name, "float64"]
        all_types |= {f"torch {name}": torch.from_numpy(own.astype(name)) for name in names}
    if importlib.util.find_spec("jax") is not None:
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        names = [own.dtype.name, "int32"] if bools else [own.dtype.name, "float64"]
        all_types |= {f"jax {name}": jnp.asarray(own.astype(name)).block_until_ready() for name in names}
    return all_types


def measure(steps: dict[str, Callable[[], Any]], rounds: int, calls: int) -> dict[str, float]:
    """The lower quartile of the times of each call in microseconds; every round calls all of them."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            start = time.perf_counter_ns()
            for _ in range(calls):
                step()
            times[name].append((time.perf_counter_ns() - start) / calls / 1000)
    return {name: float(np.quantile(each, 0.25)) for name, each in times.items()}


def run(task: str, num_envs: int, rounds: int) -> list[tuple[str, float, float, float]]:
    """The rows of one task and size: type, microseconds a step, difference, ratio."""
    envs = plyo.make_vec(task, num_envs, num_threads=1, autoreset_mode="same_step")
    envs.reset(seed=0)
    rng = np.random.default_rng(0)
    own = (
        rng.integers(0, 2, num_envs)
        if task.startswith("CartPole")
        else rng.uniform(-2, 2, (num_envs, 1)).astype(np.float32)
    )
    steps = {name: (lambda actions=actions: envs.step(actions)) for name, actions in contestants(own).items()}
    calls = max(1, 512 // num_envs)
    measure(steps, 5, calls)  # warms up
    times = measure(steps, rounds, calls)
    base = times[own.dtype.name]
    return [(name, each, each - base, each / base) for name, each in times.items()]


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--markdown", action="store_true", help="tables for a page")
    options = parser.parse_args()
    for task in ("CartPole-v1", "Pendulum-v1"):
        for num_envs in SIZES:
            rows = run(task, num_envs, options.rounds)
            if options.markdown:
                print(
                    f"\n{task}, {num_envs} environments\n\n| actions | us | more us | ratio |\n|---|---|---|---|"
                )
            else:
                print(f"{task}, {num_envs} environments")
            for name, each, more, ratio in rows:
                line = f"| {name} | {each:.2f} | {more:+.2f} | {ratio:.2f} |"
                print(
                    line if options.markdown else f"  {name:16s} {each:9.2f} us {more:+7.2f} {ratio:6.2f} x"
                )


if __name__ == "__main__":
    main()
