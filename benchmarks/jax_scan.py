"""Steps CartPole inside ``jax.lax.scan``: Plyo's foreign function, ``io_callback`` around Plyo, EnvPool's ``xla()``.

    pip install ".[jax]" envpool
    python benchmarks/jax_scan.py --num-envs 64

A linear policy chooses the actions; all of the loop is compiled. The contestants take turns in one process, on one
thread each. Prints the median of the microseconds that a step of the batch takes, and for each contestant the median of
the rounds' ratios to Plyo's. EnvPool is left out, with the reason, where it is not installed or does not run.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import io_callback

import plyo
import plyo.jax

Run = Callable[[], Any]
WEIGHTS = np.array([0.1, 0.5, 1.0, 1.0], np.float32)


def act(observations: Any) -> Any:
    """The actions of a linear policy."""
    return (observations @ WEIGHTS > 0).astype(jnp.int32)


def loop(step: Callable[[Any, Any], tuple[Any, Any, Any]], steps: int) -> Any:
    """The compiled loop of a contestant, from (handle, observations) to the same and the sum of rewards."""

    def body(carry: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], Any]:
        handle, observations, rewards = step(carry[0], act(carry[1]))
        return (handle, observations), rewards.sum()

    return jax.jit(lambda carry: jax.lax.scan(body, carry, None, steps))


def keep_running(compiled: Any, carry: tuple[Any, Any]) -> Run:
    """Calls a loop again and again, each time from where it ended."""

    def run() -> Any:
        nonlocal carry
        carry, rewards = compiled(carry)
        return jax.block_until_ready(rewards)

    return run


def foreign_function(num_envs: int, steps: int) -> Run:
    batch = plyo.jax.make_vec("CartPole-v1", num_envs, num_threads=1)

    def step(handle: Any, actions: Any) -> tuple[Any, Any, Any]:
        handle, result = batch.step(handle, actions)
        return handle, result.observations, result.rewards

    handle, observations, _ = batch.reset(batch.handle, seed=0)
    return keep_running(loop(step, steps), (handle, observations))


def callback(num_envs: int, steps: int) -> Run:
    envs = plyo.make_vec("CartPole-v1", num_envs, num_threads=1)
    observation = jax.ShapeDtypeStruct((num_envs, 4), np.float32)
    reward = jax.ShapeDtypeStruct((num_envs,), np.float32)

    def call(actions: Any) -> tuple[Any, Any]:
        observations, rewards, *_ = envs.step(np.asarray(actions))
        return observations, rewards.astype(np.float32)

    def step(handle: Any, actions: Any) -> tuple[Any, Any, Any]:
        observations, rewards = io_callback(call, (observation, reward), actions, ordered=True)
        return handle, observations, rewards

    observations, _ = envs.reset(seed=0)
    return keep_running(loop(step, steps), (jnp.zeros(4, np.uint32), observations))


def envpool_xla(num_envs: int, steps: int) -> Run:
    import envpool

    envs = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=num_envs, num_threads=1, seed=0)
    observations, _ = envs.reset()
    handle, _, _, step_envs = envs.xla()

    def step(handle: Any, actions: Any) -> tuple[Any, Any, Any]:
        handle, (observations, rewards, *_) = step_envs(handle, actions)
        return handle, observations, rewards

    return keep_running(loop(step, steps), (jnp.asarray(handle), observations))


CONTESTANTS = {
    "plyo.jax": foreign_function,
    "io_callback": callback,
    "envpool xla()": envpool_xla,
}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=2000, help="of each round and contestant")
    arguments = parser.parse_args()

    runs: dict[str, Run] = {}
    for name, make in CONTESTANTS.items():
        try:
            runs[name] = make(arguments.num_envs, arguments.steps)
            runs[name]()
        except Exception as e:
            # whatever a peer fails with is its result
            runs.pop(name, None)
            print(f"{name} does not run: {type(e).__name__}: {e}")
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(arguments.rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - start) / arguments.steps * 1e6)
    for name, found in times.items():
        ratio = statistics.median(
            theirs / ours for theirs, ours in zip(found, times["plyo.jax"], strict=True)
        )
        print(f"{name:14} {statistics.median(found):9.2f} us a step of {arguments.num_envs}  {ratio:7.1f} x")


if __name__ == "__main__":
    main()
