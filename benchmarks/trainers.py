"""What the libraries that train policies gain from Plyo's batches, CartPole-v1 with 8 and 64 environments.

Stable-Baselines3: steps with random actions, and a whole PPO, on `plyo.adapters.sb3.make_vec_env` and on SB3's own
`make_vec_env`, which is a DummyVecEnv of Gymnasium's environments. TorchRL: its collector with a random policy, on
`plyo.adapters.torchrl.make_env` and on a SerialEnv of GymEnv. Both sides take turns in one process, on one thread; the
times are processor time, the least of all rounds; the ratios are the medians of the rounds.

    python benchmarks/trainers.py                       # prints a table, in two minutes
    python benchmarks/trainers.py --output trainers.json
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (8, 64)
Row = dict[str, Any]


def race(contestants: dict[str, Callable[[], float]], rounds: int) -> Row:
    """Times of two contestants in turns: ``plyo`` and another.

    Args:
        contestants: For each a function that runs it once and returns its seconds for a unit of work.
        rounds: The number of rounds, after one to warm up.
    """
    for run in contestants.values():
        run()
    times = [{name: run() for name, run in contestants.items()} for _ in range(rounds)]
    (other,) = contestants.keys() - {"plyo"}
    return {
        "plyo_us": min(each["plyo"] for each in times) * 1e6,
        "other_us": min(each[other] for each in times) * 1e6,
        "other": other,
        "ratio": statistics.median(each[other] / each["plyo"] for each in times),
    }


def sb3_envs(num_envs: int) -> dict[str, Any]:
    """The environments of both sides."""
    from stable_baselines3.common.env_util import make_vec_env as make_dummy

    from plyo.adapters.sb3 import make_vec_env

    return {
        "plyo": make_vec_env("CartPole-v1", num_envs, seed=0, num_threads=1),
        "DummyVecEnv": make_dummy("CartPole-v1", num_envs, seed=0),
    }


def sb3_steps(num_envs: int, rounds: int) -> Row:
    """Steps with random actions: collection without inference."""
    actions = np.random.default_rng(0).integers(0, 2, (256, num_envs))

    def steps(envs: Any) -> Callable[[], float]:
        envs.reset()

        def run() -> float:
            start = time.process_time()
            for row in actions:
                envs.step(row)
            return (time.process_time() - start) / len(actions)

        return run

    return race({name: steps(envs) for name, envs in sb3_envs(num_envs).items()}, rounds)


def sb3_training(num_envs: int, rounds: int) -> Row:
    """A whole PPO; one unit is 8192 steps of agents. Adds the share of the time that the environments take."""
    from stable_baselines3 import PPO

    inside: dict[str, list[float]] = {}

    def training(name: str, envs: Any) -> Callable[[], float]:
        spent = inside[name] = [0.0]
        step = envs.step

        def timed(actions: Any) -> Any:
            start = time.process_time()
            result = step(actions)
            spent[0] += time.process_time() - start
            return result

        envs.step = timed
        steps = 8192 // num_envs
        model = PPO("MlpPolicy", envs, n_steps=steps, batch_size=256, n_epochs=4, seed=0, device="cpu")
        total = [0.0]

        def run() -> float:
            start = time.process_time()
            model.learn(8192, reset_num_timesteps=False)
            seconds = time.process_time() - start
            total[0] += seconds
            spent.append(spent[0] / total[0])
            return seconds

        return run

    row = race({name: training(name, envs) for name, envs in sb3_envs(num_envs).items()}, rounds)
    return row | {f"{name}_share": spent[-1] for name, spent in inside.items()}


def torchrl_collection(num_envs: int, rounds: int) -> Row:
    """TorchRL's collector under a random policy; the unit is one step of the batch."""
    logging.getLogger("torchrl").setLevel(logging.ERROR)
    from torchrl.collectors import Collector
    from torchrl.envs import GymEnv, SerialEnv

    from plyo.adapters.torchrl import make_env

    def collecting(env: Any) -> Callable[[], float]:
        batches: Iterator[Any] = iter(Collector(env, None, frames_per_batch=100 * num_envs, total_frames=-1))

        def run() -> float:
            start = time.process_time()
            next(batches)
            return (time.process_time() - start) / 100

        return run

    serial = SerialEnv(num_envs, lambda: GymEnv("CartPole-v1", categorical_action_encoding=True))
    envs = {"plyo": make_env("CartPole-v1", num_envs, num_threads=1), "SerialEnv": serial}
    return race({name: collecting(env) for name, env in envs.items()}, rounds)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7, help="of steps; trainings have half as many")
    parser.add_argument("--output", help="a JSON file for the results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # the libraries' own
    import torch

    torch.set_num_threads(1)

    few = max(arguments.rounds // 2, 1)
    cases: dict[str, tuple[Callable[[int, int], Row], int]] = {
        "SB3 steps": (sb3_steps, arguments.rounds),
        "SB3 PPO, 8192 steps": (sb3_training, few),
        "TorchRL collector": (torchrl_collection, arguments.rounds),
    }
    rows = []
    print(f"{'':22} {'N':>4} {'plyo us':>12} {'other us':>12} {'ratio':>7}  of environments: plyo, other")
    for name, (measure, rounds) in cases.items():
        for num_envs in SIZES:
            row = {"case": name, "num_envs": num_envs} | measure(num_envs, rounds)
            shares = [f"{value:6.1%}" for key, value in row.items() if key.endswith("_share")]
            print(
                f"{name:22} {num_envs:4} {row['plyo_us']:12.1f} {row['other_us']:12.1f} {row['ratio']:7.1f}  "
                + " ".join(shares),
                flush=True,
            )
            rows.append(row)
    if arguments.output:
        names = ("gymnasium", "numpy", "stable-baselines3", "tensordict", "torch", "torchrl")
        report = {"rows": rows, "versions": {name: version(name) for name in names}}
        Path(arguments.output).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
