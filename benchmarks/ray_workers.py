"""What plyo.ray costs: start-up, a call, the way of a trajectory through the object store, a death.

    python benchmarks/ray_workers.py --workers 2 --num-envs 1024 --num-steps 128

Starts a Ray of its own on this machine, for less than two minutes. Rollouts in this process and in the workers take
turns in every round, so that a change of the machine's load meets both. Prints a Markdown table of medians, with the
lowest and the highest round; needs ``pip install ".[ray]"``.
"""

from __future__ import annotations

import argparse
import os
import pickle
import signal
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import plyo
from plyo.bench.machine import describe_machine

start = time.perf_counter()
import ray  # noqa: E402  # the time of this import is measured

IMPORT_SECONDS = time.perf_counter() - start

from plyo.ray import RolloutWorkers, concatenate  # noqa: E402  # they import Ray

TASK = "CartPole-v1"


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call takes, in seconds, and its result."""
    begin = time.perf_counter()
    result = call()
    return time.perf_counter() - begin, result


def make_network() -> plyo.policies.MLP:
    """A network of two layers of 64."""
    rng = np.random.default_rng(0)
    sizes = ((64, 4), (64, 64), (2, 64))
    layers = [(rng.normal(size=size) / np.sqrt(size[1]), np.zeros(size[0])) for size in sizes]
    return plyo.policies.MLP(layers, head="categorical", seed=0)


class Report:
    """Rows of a table: times of several rounds."""

    def __init__(self) -> None:
        self.rows: list[str] = ["| what | median | lowest | highest |", "|---|-:|-:|-:|"]

    def add(self, what: str, seconds: list[float], per: int = 1, unit: str = "ms") -> None:
        """Adds a row; ``per`` divides the times."""
        scale = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit] / per
        numbers = [scale * number for number in (statistics.median(seconds), min(seconds), max(seconds))]
        self.rows.append(f"| {what} | " + " | ".join(f"{number:.3g} {unit}" for number in numbers) + " |")


def measure_calls(report: Report, workers: RolloutWorkers, rounds: int) -> None:
    """The latency of an empty call of an actor, and of the shortest rollout of all workers."""
    actor = workers._workers[0]._actor
    policy = plyo.policies.Constant(0)
    reference = ray.put(policy)
    times: dict[str, list[float]] = {"empty": [], "one": [], "reference": []}
    for _ in range(rounds):
        times["empty"].append(timed(lambda: ray.get(actor.undo.remote(-1)))[0])
        times["one"].append(timed(lambda: workers.rollout(policy, 1, record=["rewards"]))[0])
        times["reference"].append(timed(lambda: workers.rollout(reference, 1, record=["rewards"]))[0])
    report.add("an empty call of one actor", times["empty"])
    report.add("a rollout of one step by all workers", times["one"])
    report.add("the same with a policy that is in the object store already", times["reference"])


def measure_driver(report: Report, workers: RolloutWorkers, steps: int, rounds: int) -> None:
    """The processor time of this process, with Ray's threads in it, for one worker's share of a rollout."""
    policy = ray.put(plyo.policies.Constant(0))
    for what, record in (("recording rewards", ["rewards"]), ("recording everything", None)):
        times = []
        for _ in range(rounds):
            begin = time.process_time()
            workers.rollout(policy, steps, record=record)
            times.append(time.process_time() - begin)
        report.add(
            f"processor time of the caller for one worker's rollout, {what}", times, per=workers.num_workers
        )


def measure_rollouts(
    report: Report, workers: RolloutWorkers, name: str, policy: Any, steps: int, rounds: int
) -> None:
    """Rollouts that record everything, beside the same rollout of one worker's environments in this process."""
    count = workers.num_envs_each
    envs: Any = plyo.make_vec(TASK, count, num_threads=1)
    envs.reset(seed=0)
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        seconds, trajectory = timed(lambda: envs.rollout(policy, steps))
        times.setdefault("local", []).append(seconds)
        seconds, parts = timed(lambda: workers.rollout(policy, steps))
        times.setdefault("all", []).append(seconds)
        times.setdefault("joined", []).append(timed(lambda parts=parts: concatenate(parts))[0])
        seconds, stored = timed(lambda trajectory=trajectory: ray.put(trajectory))
        times.setdefault("put", []).append(seconds)
        times.setdefault("get", []).append(timed(lambda stored=stored: ray.get(stored))[0])
        times.setdefault("pickle", []).append(
            timed(lambda trajectory=trajectory: pickle.loads(pickle.dumps(trajectory, 4)))[0]
        )
    lanes = f"{count} environments, {steps} steps"
    size = sum(array.nbytes for array in vars(trajectory).values() if array is not None)
    report.add(f"{name}: a rollout in this process ({lanes}, {size / 2**20:.1f} MiB)", times["local"])
    report.add(f"{name}: a rollout of all {workers.num_workers} workers", times["all"])
    report.add("  of it, a trajectory into the object store (one copy)", times["put"])
    report.add("  of it, out of the object store (no copy)", times["get"])
    report.add("  beside them, one trajectory pickled and unpickled", times["pickle"])
    report.add(f"  joining the parts of all {workers.num_workers} workers", times["joined"])


def measure_snapshots(report: Report, count: int, rounds: int) -> None:
    """What a snapshot takes, and its size."""
    envs: Any = plyo.make_vec(TASK, count, num_threads=1)
    envs.reset(seed=0)
    times = [timed(envs.get_state)[0] for _ in range(rounds)]
    size = len(envs.get_state())
    report.add(
        f"a snapshot of {count} environments ({size / 2**10:.0f} KiB, {size / count:.0f} bytes each)", times
    )


def measure_deaths(report: Report, workers: RolloutWorkers, steps: int, rounds: int) -> None:
    """A rollout whose first worker is found dead, and one with all alive."""
    policy = plyo.policies.Random(seed=0)
    alive, dead = [], []
    for _ in range(rounds):
        alive.append(timed(lambda: workers.rollout(policy, steps, record=["rewards"]))[0])
        actor = workers._workers[0]._actor
        os.kill(ray.get(actor.__ray_call__.remote(lambda self: os.getpid())), signal.SIGKILL)
        dead.append(timed(lambda: workers.rollout(policy, steps, record=["rewards"]))[0])
    report.add("a rollout that records rewards, all workers alive", alive)
    report.add("the same with one worker killed: noticed, replaced, restored, repeated", dead, unit="s")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--num-envs", type=int, default=1024, help="of each worker")
    parser.add_argument("--num-steps", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--deaths", type=int, default=5)
    arguments = parser.parse_args()

    report = Report()
    report.add("import ray", [IMPORT_SECONDS], unit="s")
    init = timed(
        lambda: ray.init(
            num_cpus=arguments.workers,
            object_store_memory=400 * 2**20,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
        )
    )[0]
    report.add("ray.init on this machine", [init], unit="s")
    made, workers = timed(
        lambda: RolloutWorkers(TASK, arguments.workers, arguments.num_envs, seed=0, max_restarts=1)
    )
    report.add(f"{arguments.workers} workers, from nothing to their first reset", [made], unit="s")
    with workers:
        measure_calls(report, workers, arguments.rounds)
        for name, policy in (("random", plyo.policies.Random(seed=0)), ("network 4-64-64-2", make_network())):
            measure_rollouts(report, workers, name, policy, arguments.num_steps, arguments.rounds)
        measure_driver(report, workers, arguments.num_steps, arguments.rounds)
        measure_snapshots(report, arguments.num_envs, arguments.rounds)
        measure_deaths(report, workers, arguments.num_steps, arguments.deaths)
    ray.shutdown()
    machine = describe_machine()
    load = os.getloadavg()[0]
    print(f"{TASK}; {machine.cpu}, {machine.cores} processors, load {load:.1f}, Ray {ray.__version__}\n")
    print("\n".join(report.rows))


if __name__ == "__main__":
    main()
