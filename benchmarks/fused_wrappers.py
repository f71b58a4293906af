"""The time of a step of a wrapped batch of CartPole: fused, each wrapper by itself, and in Gymnasium.

The wrappers are RecordEpisodeStatistics, NormalizeObservation and NormalizeReward; then each of those that decide how
actions become steps, by itself. The contestants take turns in every round, on one thread, with the same actions. Prints
for each number of environments the least time of a step in microseconds, and the median of the rounds' ratios to the
bare native step and to the fused one.

    python benchmarks/fused_wrappers.py --rounds 9
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv

import plyo
from plyo.wrappers.vector import unfused


def wrap(gym: Any, envs: Any) -> Any:
    """A batch under the wrappers."""
    kinds = gym.wrappers.vector
    return kinds.NormalizeReward(kinds.NormalizeObservation(kinds.RecordEpisodeStatistics(envs)))


def seconds(envs: Any, actions: list[Any], context: Callable[[], Any]) -> float:
    """The time of a step."""
    step = envs.step
    with context():
        start = time.perf_counter()
        for each in actions:
            step(each)
        return (time.perf_counter() - start) / len(actions)


def rollout_seconds(envs: Any, num_steps: int) -> float:
    """The time of a step within a rollout of random actions."""
    policy = plyo.policies.Random(seed=0)
    start = time.perf_counter()
    envs.rollout(policy, num_steps)
    return (time.perf_counter() - start) / num_steps


def measure(num_envs: int, rounds: int, threads: int) -> None:
    """One line of the table for each contestant."""

    def native() -> Any:
        return plyo.make_vec("CartPole-v1", num_envs, num_threads=threads)

    theirs = wrap(gymnasium, CartPoleVectorEnv(num_envs))
    contestants: dict[str, tuple[Any, Callable[[], Any], int]] = {
        "bare step": (native(), nullcontext, 1),
        "fused": (wrap(plyo, native()), nullcontext, 1),
        "unfused": (wrap(plyo, native()), unfused, 2),
        "gymnasium": (theirs, nullcontext, 10),
    }
    rolled = {"bare rollout": native(), "fused rollout": wrap(plyo, native())}
    for envs in (*(envs for envs, _, _ in contestants.values()), *rolled.values()):
        envs.reset(seed=0)
    steps = max(20, 400_000 // num_envs)
    rng = np.random.default_rng(0)
    actions = [rng.integers(0, 2, num_envs) for _ in range(steps)]
    times: dict[str, list[float]] = {name: [] for name in (*contestants, *rolled)}
    for _ in range(rounds):
        for name, (envs, context, share) in contestants.items():
            times[name].append(seconds(envs, actions[: max(5, steps // share)], context))
        for name, envs in rolled.items():
            times[name].append(rollout_seconds(envs, steps))
    print(f"\nCartPole-v1, {num_envs} environments, {threads} thread(s)")
    print(f"{'':15} {'µs a step':>10} {'/ bare':>8} {'/ fused':>8}")
    for name, values in times.items():
        kind = "rollout" if name.endswith("rollout") else "step"
        bare = times[f"bare {kind}"]
        fused = times["fused rollout" if kind == "rollout" else "fused"]
        ratios = [
            statistics.median(a / b for a, b in zip(values, base, strict=True)) for base in (bare, fused)
        ]
        print(f"{name:15} {min(values) * 1e6:10.1f} {ratios[0]:8.2f} {ratios[1]:8.2f}")


#: Wrappers that decide how actions become steps, and their arguments.
COURSES: dict[str, dict[str, Any]] = {
    "RepeatAction": {"num_repeats": 4},
    "MaxAndSkipObservation": {"skip": 4},
    "StickyAction": {"repeat_action_probability": 0.25},
}


def measure_courses(num_envs: int, rounds: int, threads: int) -> None:
    """A line of another table for each of these wrappers."""
    print(f"\n{'':23} {'fused, µs':>10} {'/ bare':>8} {'unfused / fused':>16}")
    steps = max(10, 40_000 // num_envs)
    rng = np.random.default_rng(0)
    actions = [rng.integers(0, 2, num_envs) for _ in range(steps)]
    for name, options in COURSES.items():
        bare, fused, alone = (plyo.make_vec("CartPole-v1", num_envs, num_threads=threads) for _ in range(3))
        kind = getattr(plyo.wrappers.vector, name)
        contestants = [
            (bare, nullcontext),
            (kind(fused, **options), nullcontext),
            (kind(alone, **options), unfused),
        ]
        for envs, _ in contestants:
            envs.reset(seed=0)
        times = [[seconds(envs, actions, context) for envs, context in contestants] for _ in range(rounds)]
        over_bare = statistics.median(b / a for a, b, _ in times)
        gain = statistics.median(c / b for _, b, c in times)
        print(f"{name:23} {min(b for _, b, _ in times) * 1e6:10.1f} {over_bare:8.2f} {gain:16.1f}")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--num-envs", type=int, nargs="*", default=[64, 1024, 4096])
    arguments = parser.parse_args()
    for num_envs in arguments.num_envs:
        measure(num_envs, arguments.rounds, arguments.threads)
        measure_courses(num_envs, arguments.rounds, arguments.threads)


if __name__ == "__main__":
    main()
