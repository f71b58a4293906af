"""Measures the tasks of integers, tapes and small pictures: batches and single environments beside their peers.

    python benchmarks/discrete_tasks.py       writes benchmarks/results/<machine>/discrete_tasks.md

Toy text and NChain run beside EnvPool, toy text beside Gymnasium too. The other tasks run beside `python_tasks`,
written for Gymnasium in plain Python; these are first stepped beside Plyo's and must give the same results.
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

import plyo
from plyo.bench import Case, Contestant, Settings, describe_machine
from plyo.bench.contestant import make_actions
from plyo.bench.contestants.envpool_sync import EnvPool
from plyo.bench.contestants.gymnasium_single import GymnasiumSingle
from plyo.bench.contestants.gymnasium_sync import GymnasiumSync
from plyo.bench.contestants.native import PlyoSingle, PlyoStep
from plyo.bench.race import race
from python_tasks import PREFIX, TASKS, register_python_tasks

HERE = Path(__file__).resolve().parent
BATCH = 4096
SYNC_BATCH = 256  # one Python object an environment: a larger batch is no faster

TOY_TEXT = ("FrozenLake-v1", "FrozenLake8x8-v1", "Taxi-v4", "CliffWalking-v1", "CliffWalkingSlippery-v1")
TOY_TEXT += ("Blackjack-v1",)
IN_ENVPOOL = (*TOY_TEXT, "NChain-v0")
ONLY_PYTHON = tuple(task for task in TASKS if task not in IN_ENVPOOL)


class PythonSync(GymnasiumSync):
    """`SyncVectorEnv` over a task of `python_tasks`, or over Gymnasium's own."""

    def __init__(self, case: Case) -> None:
        task = gymnasium_id(case.task)
        self._envs = gymnasium.make_vec(task, num_envs=case.num_envs, vectorization_mode="sync")
        self._envs.reset(seed=0)
        self._start(case, self._envs.step)


class PythonSingle(GymnasiumSingle):
    """`gymnasium.make` of the same task."""

    def __init__(self, case: Case) -> None:
        self._start(case, gymnasium.make(gymnasium_id(case.task)))


@dataclass(frozen=True)
class Row:
    """Steps per second of Plyo and a peer in the rounds of one race."""

    task: str
    own: list[float]
    peer: list[float]

    @property
    def ratio(self) -> float:
        """The ratio of Plyo's rate to the peer's: the median over the rounds."""
        return statistics.median(a / b for a, b in zip(self.own, self.peer, strict=False))


@dataclass(frozen=True)
class Duel:
    """Plyo beside one peer.

    Attributes:
        title: The title of the table.
        name: The name of the peer.
        tasks: The ids.
        wanted: The promised ratio of rates, None without a promise.
        own: Plyo's contestant.
        peer: The peer's contestant.
        num_envs: The batch of Plyo.
        peer_envs: The batch of the peer.
    """

    title: str
    name: str
    tasks: Sequence[str]
    wanted: int | None
    own: type[Contestant]
    peer: type[Contestant]
    num_envs: int = 1
    peer_envs: int = 1


DUELS = (
    Duel(
        f"{BATCH} environments, one thread, `step`, beside EnvPool",
        "EnvPool",
        IN_ENVPOOL,
        60,
        PlyoStep,
        EnvPool,
        BATCH,
        BATCH,
    ),
    Duel(
        f"{BATCH} environments, one thread, `step`, beside plain Python in a `SyncVectorEnv` of {SYNC_BATCH}",
        "Python",
        ONLY_PYTHON,
        100,
        PlyoStep,
        PythonSync,
        BATCH,
        SYNC_BATCH,
    ),
    Duel(
        "Single environments, `make`, beside Gymnasium's",
        "Gymnasium",
        TOY_TEXT,
        8,
        PlyoSingle,
        PythonSingle,
    ),
    Duel(
        "Single environments, `make`, beside plain Python",
        "Python",
        tuple(TASKS),
        None,
        PlyoSingle,
        PythonSingle,
    ),
)


def main() -> None:
    """Compares, measures, and writes the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=0.1, help="the length of one measurement")
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each contestant and case")
    parser.add_argument(
        "--output", type=Path, default=HERE / "results", help="the folder of the machine's folder"
    )
    parser.add_argument("--tasks", nargs="+", metavar="ID", help="only these tasks; all by default")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    arguments = parser.parse_args()
    settings = Settings(arguments.seconds, arguments.rounds)
    chosen = set(arguments.tasks or (*IN_ENVPOOL, *ONLY_PYTHON))

    warnings.simplefilter("ignore")  # peers warn of their own spaces
    register_python_tasks()
    for task in sorted(chosen & set(TASKS)):
        assert_same_results(task)
    page = make_page(chosen, settings)
    if arguments.print:
        print(page)
        return
    path = arguments.output / describe_machine(HERE.parent).name / "discrete_tasks.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page + "\n", encoding="utf-8")
    print(f"wrote {path}")


def gymnasium_id(task: str) -> str:
    """Gymnasium's id of a task, from Plyo's id."""
    return PREFIX + task if task in TASKS else task


def assert_same_results(task: str, num_envs: int = 5, num_steps: int = 400) -> None:
    """Steps a Python task beside Plyo's: observations, rewards and flags must be equal."""
    case = Case(task, num_envs)
    ours = plyo.make_vec(task, num_envs=num_envs)
    theirs = gymnasium.make_vec(gymnasium_id(task), num_envs=num_envs, vectorization_mode="sync")
    rows = make_actions(case)
    pairs = zip(flat(ours.reset(seed=0)[0]), flat(theirs.reset(seed=0)[0]), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs), task
    for t in range(num_steps):
        results = [flat(env.step(rows[t % len(rows)])[:4]) for env in (ours, theirs)]
        assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True)), (task, t)


def flat(value: Any) -> list[Any]:
    """The arrays of nested tuples."""
    return [leaf for part in value for leaf in flat(part)] if isinstance(value, tuple) else [value]


def measure(task: str, duel: Duel, settings: Settings) -> Row:
    """Rates of both, in turn in every round."""
    own, peer = duel.own(Case(task, duel.num_envs)), duel.peer(Case(task, duel.peer_envs))
    try:
        return Row(task, *race([own, peer], settings))
    finally:
        own.close()
        peer.close()


def make_page(chosen: set[str], settings: Settings) -> str:
    """The results as Markdown."""
    machine = describe_machine(HERE.parent)
    peers = ", ".join(f"{name} {version}" for name, version in machine.peers.items())
    parts = [
        "# Tasks of integers, tapes and small pictures",
        f"{machine.cpu} ({machine.name}), {machine.instruction_set}, {machine.compiler}, Python "
        f"{machine.python}, NumPy {machine.numpy}, {peers}; Plyo {machine.plyo} at {machine.commit}, "
        f"{machine.date} UTC.",
        f"Agent steps per second: medians of {settings.rounds} rounds of {settings.seconds} s in which the two "
        "took turns, in brackets the lowest and highest. The ratio is the median of the rounds'. Random legal "
        "actions, the same for both.",
    ]
    for duel in DUELS:
        tasks = [task for task in duel.tasks if task in chosen]
        if tasks:
            print(f"{duel.title} ...", flush=True)
            parts.append(section(duel, [measure(task, duel, settings) for task in tasks]))
    return "\n\n".join(parts)


def section(duel: Duel, rows: Sequence[Row]) -> str:
    """A heading and a table."""
    wanted = "" if duel.wanted is None else f", {duel.wanted} wanted"
    lines = [
        f"## {duel.title}",
        "",
        f"| | Plyo | {duel.name} | ratio{wanted} |",
        "|---|---:|---:|---:|",
    ]
    for row in rows:
        verdict = " (below)" if row.ratio < (duel.wanted or 0) else ""
        cells = [row.task, rates(row.own), rates(row.peer), f"{digits(row.ratio)}×{verdict}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def rates(values: list[float]) -> str:
    """Median, lowest and highest in thousands a second."""
    median, low, high = (x / 1e3 for x in (statistics.median(values), min(values), max(values)))
    return f"{digits(median)} k ({digits(low)} to {digits(high)})"


def digits(value: float) -> str:
    """Three digits at least, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
