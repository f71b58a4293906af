"""Measures the Box2D tasks: batches beside EnvPool, single environments beside Gymnasium.

    python benchmarks/box2d_tasks.py       writes benchmarks/results/<machine>/box2d_tasks.md

The two of a race take turns in one process. Episodes are those of random actions; Gymnasium keeps its `b2World`.
CarRacing is measured after its first second, in which the view zooms in and shows all of the track, and a second time
with `style="fast"`.
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import plyo
from plyo.bench import Case, Contestant, Settings, describe_machine
from plyo.bench.contestants.envpool_sync import EnvPool
from plyo.bench.contestants.gymnasium_single import GymnasiumSingle
from plyo.bench.contestants.native import PlyoSingle, PlyoStep
from plyo.bench.race import race

HERE = Path(__file__).resolve().parent
BATCH = 1024
CAR_BATCH = 64  # a frame takes EnvPool two thirds of a millisecond

CAR_WARMUP = 60  # steps

TASKS = (
    "LunarLander-v3",
    "LunarLanderContinuous-v3",
    "BipedalWalker-v3",
    "BipedalWalkerHardcore-v3",
    "CarRacing-v3",
)


class FastStep(PlyoStep):
    """A batch of CarRacing without antialiased outlines."""

    def __init__(self, case: Case) -> None:
        self._envs = plyo.make_vec(
            case.task, num_envs=case.num_envs, num_threads=case.num_threads, style="fast"
        )
        self._envs.reset(seed=0)
        self._start(case, self._envs.step)


class FastSingle(PlyoSingle):
    """CarRacing without antialiased outlines."""

    def __init__(self, case: Case) -> None:
        self._start(case, plyo.make(case.task, style="fast"))


@dataclass(frozen=True)
class Row:
    """Steps per second of Plyo and a peer in the rounds of one race."""

    task: str
    own: list[float]
    peer: list[float]

    @property
    def ratio(self) -> float:
        """The ratio of Plyo's rate to the peer's: the median over the rounds."""
        return statistics.median(a / b for a, b in zip(self.own, self.peer, strict=True))


def measure(
    task: str, own: type[Contestant], peer: type[Contestant], num_envs: int, settings: Settings
) -> Row:
    """Rates of both, in turn in every round."""
    contestants = [own(Case(task, num_envs)), peer(Case(task, num_envs))]
    is_fast = own in (FastStep, FastSingle)
    try:
        if task.startswith("Car"):
            for contestant in contestants:
                contestant.run(CAR_WARMUP)
        return Row(f'{task}, style="fast"' if is_fast else task, *race(contestants, settings))
    finally:
        for contestant in contestants:
            contestant.close()


def section(title: str, peer: str, rows: Sequence[Row]) -> str:
    """One table."""
    lines = [f"## {title}", "", f"| task | Plyo | {peer} | ratio |", "| --- | --- | --- | --- |"]
    for row in rows:
        rates = [f"{statistics.median(rates):,.0f} [{min(rates):,.0f} to {max(rates):,.0f}]"
                 for rates in (row.own, row.peer)]  # fmt: skip
        lines.append(f"| {row.task} | {rates[0]} | {rates[1]} | {row.ratio:.1f} |")
    return "\n".join(lines)


def make_page(tasks: Sequence[str], settings: Settings) -> str:
    """The results as Markdown."""
    machine = describe_machine(HERE.parent)
    peers = ", ".join(f"{name} {version}" for name, version in machine.peers.items())
    parts = [
        "# Box2D tasks",
        f"{machine.cpu} ({machine.name}), {machine.instruction_set}, {machine.compiler}, Python "
        f"{machine.python}, NumPy {machine.numpy}, {peers}; Plyo {machine.plyo} at {machine.commit}, "
        f"{machine.date} UTC.",
        f"Steps per second: medians of {settings.rounds} rounds of {settings.seconds} s in which the two took "
        "turns, in brackets the lowest and highest. The ratio is the median of the rounds'. Random actions, the "
        "same for both.",
    ]
    for title, name, own, fast, peer, batch in (
        (
            f"{BATCH} environments ({CAR_BATCH} of CarRacing), one thread",
            "EnvPool",
            PlyoStep,
            FastStep,
            EnvPool,
            True,
        ),
        ("Single environments, `make`", "Gymnasium", PlyoSingle, FastSingle, GymnasiumSingle, False),
    ):
        print(f"{title} ...", flush=True)
        rows = []
        for task in tasks:
            num_envs = (CAR_BATCH if task.startswith("Car") else BATCH) if batch else 1
            rows.append(measure(task, own, peer, num_envs, settings))
            if task.startswith("Car"):
                rows.append(measure(task, fast, peer, num_envs, settings))
        parts.append(section(title, name, rows))
    return "\n\n".join(parts)


def main() -> None:
    """Measures, and writes the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=0.4, help="the length of one measurement")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each contestant and task")
    parser.add_argument(
        "--output", type=Path, default=HERE / "results", help="the folder of the machine's folder"
    )
    parser.add_argument("--tasks", nargs="+", metavar="ID", help="only these tasks; all by default")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    arguments = parser.parse_args()

    warnings.simplefilter("ignore")  # peers warn of their own spaces
    tasks = [task for task in arguments.tasks or TASKS if task in plyo.registry]
    page = make_page(tasks, Settings(arguments.seconds, arguments.rounds))
    if arguments.print:
        print(page)
        return
    path = arguments.output / describe_machine(HERE.parent).name / "box2d_tasks.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page + "\n", encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
