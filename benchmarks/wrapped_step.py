"""The time of a step of a wrapped environment, in Plyo and in Gymnasium.

The same wrappers go around the same task, made by ``make``; the two packages take turns in every round. Prints the
least processor time of a step in microseconds, and the median of the rounds' ratios. The first line is the stack of
TimeLimit, OrderEnforcing, RecordEpisodeStatistics and NormalizeObservation around CartPole-v1.

    python benchmarks/wrapped_step.py --rounds 15
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import gymnasium

import plyo

STACK = (
    ("OrderEnforcing", {}),
    ("TimeLimit", {"max_episode_steps": 500}),
    ("RecordEpisodeStatistics", {}),
    ("NormalizeObservation", {}),
)
SINGLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("TimeLimit", {"max_episode_steps": 500}),
    ("OrderEnforcing", {}),
    ("Autoreset", {}),
    ("RecordEpisodeStatistics", {}),
    ("NormalizeObservation", {}),
    ("NormalizeReward", {}),
    ("FrameStackObservation", {"stack_size": 4}),
    ("TimeAwareObservation", {}),
    ("DelayObservation", {"delay": 2}),
    ("MaxAndSkipObservation", {"skip": 2}),
    ("StickyAction", {"repeat_action_probability": 0.25}),
    ("RepeatAction", {"num_repeats": 2}),
    ("ClipReward", {"min_reward": -0.5, "max_reward": 0.5}),
    ("FlattenObservation", {}),
    ("DtypeObservation", {"dtype": "float64"}),
)


def wrap(gym: ModuleType, wrappers: tuple[tuple[str, dict[str, Any]], ...]) -> Any:
    """The task under wrappers, the first innermost."""
    env = gym.make("CartPole-v1")
    for name, arguments in wrappers:
        env = getattr(gym.wrappers, name)(env, **arguments)
    return env


def microseconds_per_step(env: Any, steps: int) -> float:
    """The processor time of a step, resets included."""
    env.reset(seed=0)
    step: Callable[[int], Any] = env.step
    start = time.process_time()
    for i in range(steps):
        _, _, terminated, truncated, _ = step(i & 1)
        if terminated or truncated:
            env.reset()
    return (time.process_time() - start) / steps * 1e6


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=2000, help="of each round and package")
    arguments = parser.parse_args()

    rows = [("stack", STACK), *((name, ((name, given),)) for name, given in SINGLE)]
    print(f"{'':24} {'plyo':>8} {'gymnasium':>10} {'ratio':>7}   microseconds a step")
    for label, wrappers in rows:
        ours, theirs = wrap(plyo, wrappers), wrap(gymnasium, wrappers)
        pairs = [
            (microseconds_per_step(ours, arguments.steps), microseconds_per_step(theirs, arguments.steps))
            for _ in range(arguments.rounds)
        ]
        ratio = statistics.median(their / our for our, their in pairs)
        best_ours, best_theirs = (min(column) for column in zip(*pairs, strict=True))
        print(f"{label:24} {best_ours:8.2f} {best_theirs:10.2f} {ratio:7.1f}")


if __name__ == "__main__":
    main()
