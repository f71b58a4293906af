"""The time of a picture, in Plyo and in Gymnasium, which draws with pygame.

The two packages take turns in every round. Prints the least processor time of a picture in microseconds at the task's
own size, and the median of the rounds' ratios; then the pictures of a batch a second, and a batch that observes
pictures beside the same stack of Gymnasium's wrappers.

    python benchmarks/pictures.py --rounds 9
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import (
    AddRenderObservation,
    FrameStackObservation,
    GrayscaleObservation,
    ResizeObservation,
)

import plyo

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

TASKS = (
    "CartPole-v1",
    "Acrobot-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Pendulum-v1",
    "Blackjack-v1",
    "CliffWalking-v1",
    "FrozenLake-v1",
    "FrozenLake8x8-v1",
    "Taxi-v4",
)
#: The size of observed pictures.
SIZE = (84, 84)


def microseconds(call: Callable[[], Any], calls: int) -> float:
    """The processor time of a call, in microseconds."""
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls * 1e6


def beside(ours: Callable[[], Any], theirs: Callable[[], Any], counts: tuple[int, int], rounds: int) -> Any:
    """The least times of either call, and the median of the rounds' ratios."""
    pairs = [(microseconds(ours, counts[0]), microseconds(theirs, counts[1])) for _ in range(rounds)]
    least = [min(column) for column in zip(*pairs, strict=True)]
    return *least, statistics.median(their / our for our, their in pairs)


def single_pictures(rounds: int) -> None:
    """One picture after the other, of one environment."""
    print(f"{'render()':26} {'plyo':>8} {'gymnasium':>10} {'ratio':>7}   microseconds a picture")
    for task_id in TASKS:
        if "rgb_array" not in plyo.make(task_id).metadata["render_modes"]:
            continue
        ours, theirs = (gym.make(task_id, render_mode="rgb_array") for gym in (plyo, gymnasium))
        for env in (ours, theirs):
            env.reset(seed=0)
            env.step(env.action_space.sample())
            env.render()
        our, their, ratio = beside(ours.render, theirs.render, (500, 20), rounds)
        print(f"{task_id:26} {our:8.1f} {their:10.0f} {ratio:7.0f}", flush=True)


def batch_of_pictures(rounds: int, num_envs: int = 1024) -> None:
    """The pictures of a batch a second, for each number of threads."""
    print(f"\nrender(out=...) of {num_envs} CartPoles at {SIZE[0]} x {SIZE[1]}, colour")
    for num_threads in sorted({1, os.cpu_count() or 1}):
        envs = plyo.make_vec("CartPole-v1", num_envs, num_threads=num_threads)
        envs.reset(seed=0)
        room = envs.render(size=SIZE)
        times = []
        for _ in range(rounds * 3):
            clocks = time.perf_counter(), time.process_time()
            envs.render(out=room)
            times.append((time.perf_counter() - clocks[0], time.process_time() - clocks[1]))
        passed, used = (min(column) for column in zip(*times, strict=True))
        print(
            f"threads {num_threads}: {num_envs / passed:10,.0f} pictures/s, "
            f"{num_envs / used:10,.0f} in a second of processor time",
            flush=True,
        )


def with_wrappers(num_envs: int) -> Any:
    """Gymnasium's way to the same observations."""

    def make() -> Any:
        env: Any = AddRenderObservation(gymnasium.make("CartPole-v1", render_mode="rgb_array"))
        return FrameStackObservation(GrayscaleObservation(ResizeObservation(env, SIZE)), 4)

    return gymnasium.vector.SyncVectorEnv([make] * num_envs)


def observed_pictures(rounds: int, num_envs: int = 256) -> None:
    """A step of a batch that observes pictures."""
    ours = plyo.make_vec("CartPole-v1", num_envs, observation="pixels", size=SIZE, gray=True, stack=4)
    theirs = with_wrappers(num_envs)
    for envs in (ours, theirs):
        envs.reset(seed=0)
    actions = np.random.default_rng(0).integers(2, size=(64, num_envs))
    ticks = iter(range(10**9))

    def rate(envs: Any, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            envs.step(actions[next(ticks) % 64])
        return num_envs * steps / (time.perf_counter() - start)

    rate(ours, 20)
    pairs = [(rate(ours, 60), rate(theirs, 2)) for _ in range(rounds)]
    our, their = (max(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"\nstep of {num_envs} CartPoles that observe 4 grey pictures of {SIZE[0]} x {SIZE[1]}")
    print(f"plyo, threads {ours._engine.num_threads}: {our:12,.0f} environment steps/s")
    print(f"gymnasium, SyncVectorEnv: {their:8,.0f}   ratio {ratio:.0f}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # warnings of old versions and render modes
    single_pictures(arguments.rounds)
    batch_of_pictures(arguments.rounds)
    observed_pictures(arguments.rounds)


if __name__ == "__main__":
    main()
