"""Plyo's spaces beside Gymnasium's: nanoseconds of processor time for each call, and the ratio.

    python benchmarks/spaces.py                 all operations, the median of nine rounds
    python benchmarks/spaces.py --rounds 3      fewer rounds

The rounds of both packages take turns. A sample is drawn from the space's own generator; `concatenate` puts eight
elements together, `iterate` makes a list of the elements of that batch.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import gymnasium.spaces
import gymnasium.vector.utils
import numpy as np

import plyo.spaces
import plyo.vector.utils

BATCH = 8
SECONDS = 0.02  # the duration of a measurement

SPACES: dict[str, Callable[[ModuleType], Any]] = {
    "Box": lambda s: s.Box(-1, 1, (4,), seed=1),
    "Box, unbounded": lambda s: s.Box(-np.inf, np.inf, (4,), seed=1),
    "Box, 84 x 84 bytes": lambda s: s.Box(0, 255, (84, 84), np.uint8, seed=1),
    "Discrete": lambda s: s.Discrete(5, seed=1),
    "MultiDiscrete": lambda s: s.MultiDiscrete([3, 4], seed=1),
    "MultiBinary": lambda s: s.MultiBinary(5, seed=1),
    "Text": lambda s: s.Text(8, seed=1),
    "Dict": lambda s: s.Dict(position=s.Box(-1, 1, (4,)), color=s.Discrete(5), seed=1),
    "Tuple": lambda s: s.Tuple((s.Box(-1, 1, (4,)), s.Discrete(5)), seed=1),
}


def operations(
    spaces: ModuleType, utils: ModuleType, make: Callable[[ModuleType], Any]
) -> dict[str, Callable[[], Any]]:
    """The measured operations of a space of one package."""
    space = make(spaces)
    x = space.sample()
    flat = spaces.flatten(space, x)
    calls: dict[str, Callable[[], Any]] = {
        "sample": space.sample,
        "contains": lambda: space.contains(x),
        "flatten": lambda: spaces.flatten(space, x),
        "unflatten": lambda: spaces.unflatten(space, flat),
    }
    if not isinstance(space, spaces.Text):
        batched = utils.batch_space(space, BATCH)
        items = [space.sample() for _ in range(BATCH)]
        out = utils.create_empty_array(space, BATCH)
        batch = utils.concatenate(space, items, out)
        calls["concatenate"] = lambda: utils.concatenate(space, items, out)
        calls["iterate"] = lambda: list(utils.iterate(batched, batch))
    return calls


def timed(call: Callable[[], Any], count: int) -> float:
    """Seconds of processor time for one of ``count`` calls."""
    start = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - start) / count


def count_for(call: Callable[[], Any]) -> int:
    """The number of calls in a measurement, found while warming up."""
    count = 1
    while (seconds := timed(call, count) * count) < SECONDS:
        count = max(2 * count, int(count * SECONDS / max(seconds, 1e-6)))
    return count


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"{'space':20}{'call':12}{'gymnasium':>12}{'plyo':>10}{'ratio':>8}")
    for name, make in SPACES.items():
        ours = operations(plyo.spaces, plyo.vector.utils, make)
        theirs = operations(gymnasium.spaces, gymnasium.vector.utils, make)
        for operation in ours:
            calls = (theirs[operation], ours[operation])
            counts = [count_for(call) for call in calls]
            measured = [
                [timed(call, n) for call, n in zip(calls, counts, strict=True)] for _ in range(rounds)
            ]
            before, after = (statistics.median(column) * 1e9 for column in zip(*measured, strict=True))
            print(f"{name:20}{operation:12}{before:9.0f} ns{after:7.0f} ns{before / after:7.1f}x", flush=True)


if __name__ == "__main__":
    main()
