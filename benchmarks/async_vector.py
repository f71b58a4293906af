"""Steps eight Python environments in processes, with Plyo's AsyncVectorEnv and with Gymnasium's.

    python benchmarks/async_vector.py --rounds 7 --seconds 1

The two packages take turns, with new batches in every round. Prints the best and the median round of each, in steps of
the whole batch per second, and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import time
from types import ModuleType
from typing import Any

import gymnasium
import numpy as np

import plyo


def make_env_class(gym: ModuleType, work: int, with_info: bool) -> Any:
    """An environment in Python, whose step takes about ``work`` microseconds."""

    class Walk(gym.Env):  # type: ignore[misc, name-defined]
        observation_space = gym.spaces.Box(-np.inf, np.inf, (8,), np.float32)
        action_space = gym.spaces.Discrete(4)

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            super().reset(seed=seed)
            self.position = np.zeros(8, np.float32)
            return self.position.copy(), {}

        def step(self, action: Any) -> Any:
            self.position[action] += 1.0
            end = time.perf_counter() + work * 1e-6
            while time.perf_counter() < end:
                pass
            info = {"sum": float(self.position[0])} if with_info else {}
            return self.position.copy(), 1.0, bool(self.position[0] >= 100.0), False, info

    return Walk


def measure(gym: ModuleType, num_envs: int, seconds: float, work: int, with_info: bool) -> float:
    """Steps of the batch per second."""
    kind = make_env_class(gym, work, with_info)
    envs = gym.vector.AsyncVectorEnv([kind] * num_envs)
    try:
        envs.reset(seed=0)
        envs.action_space.seed(0)
        actions = [envs.action_space.sample() for _ in range(64)]
        for action in actions:
            envs.step(action)
        steps = 0
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            for action in actions:
                envs.step(action)
            steps += len(actions)
        return steps / (time.perf_counter() - start)
    finally:
        envs.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round")
    parser.add_argument("--num-envs", type=int, default=8)
    parser.add_argument(
        "--work", type=int, default=0, help="microseconds that a step of an environment takes"
    )
    parser.add_argument("--info", action="store_true", help="whether steps return an info")
    arguments = parser.parse_args()

    rates: dict[str, list[float]] = {"plyo": [], "gymnasium": []}
    for _ in range(arguments.rounds):
        for gym in (plyo, gymnasium):
            rate = measure(gym, arguments.num_envs, arguments.seconds, arguments.work, arguments.info)
            rates[gym.__name__].append(rate)
    for name, found in rates.items():
        print(f"{name:>10}: best {max(found):8.0f}, median {statistics.median(found):8.0f} batch steps/s")
    ours, theirs = rates["plyo"], rates["gymnasium"]
    print(
        f"     ratio: best {max(ours) / max(theirs):.2f}, "
        f"median {statistics.median(ours) / statistics.median(theirs):.2f}"
    )


if __name__ == "__main__":
    main()
