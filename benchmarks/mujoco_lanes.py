"""Measures MuJoCo tasks in vector lanes beside MuJoCo itself, on one core.

    python benchmarks/mujoco_lanes.py            writes benchmarks/results/<machine>/mujoco_lanes.md and .json
    python benchmarks/mujoco_lanes.py --print --tasks Hopper-v5

Batches of 1024 beside a loop of `mj_step`, `mujoco.batch`, EnvPool and Plyo's batch that MuJoCo steps; with AVX2 too,
and with two threads; and single environments. Every contestant has a process of its own, and they take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path

from mujoco_tasks import HERE, Race, measure, versions_of_peers
from plyo._native import isa
from plyo.bench import describe_machine

BATCH = 1024
TASKS = (
    *("HalfCheetah-v5", "Hopper-v5", "Walker2d-v5", "Ant-v5", "Swimmer-v5", "Reacher-v5"),
    *("InvertedPendulum-v5", "InvertedDoublePendulum-v5"),
)
BATCHES = (
    "plyo",
    "plyo avx2",
    "plyo two threads",
    "plyo by mujoco",
    "envpool",
    "mujoco.batch",
    "bare mj_step",
)
SINGLES = ("plyo single", "plyo single by mujoco")

#: How many times as fast as a loop of `mj_step` lanes are to be at least, by instruction set.
WANTED = {
    "avx512": {
        **{"HalfCheetah-v5": 7.0, "Hopper-v5": 8.0, "Walker2d-v5": 6.5, "Ant-v5": 6.0},
        **dict.fromkeys(TASKS[4:], 9.0),
    },
    "avx2": {
        **{"HalfCheetah-v5": 5.5, "Hopper-v5": 7.0, "Walker2d-v5": 5.5, "Ant-v5": 5.0},
        **dict.fromkeys(TASKS[4:], 6.0),
    },
}
#: How many times as fast as one thread two are to be at least.
TWO_THREADS = 1.8


def wanted_of(name: str, task: str) -> float:
    """How many times as fast as a loop of `mj_step` a contestant is to be at least; 0 where nothing is said."""
    isas = {"plyo": isa(), "plyo avx2": "avx2"}
    return WANTED.get(isas.get(name, ""), {}).get(task, 0)


def table(races: list[Race], names: tuple[str, ...], base: str) -> str:
    """Rates, with how many times as fast as `base` each is."""
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for race in races:
        cells = []
        for name in names:
            if name not in race.rates:
                cells.append("-")
                continue
            text = f"{statistics.median(race.rates[name]) / 1e3:,.1f}"
            ratio = race.ratio(base, name)
            if name != base and ratio is not None:
                wanted = wanted_of(name, race.task) if base == "bare mj_step" else 0
                text += f" ({ratio:.2f}×{f', below {wanted}' if ratio < wanted else ''})"
            threads = race.ratio("plyo", name) if name == "plyo two threads" else None
            if threads is not None:
                below = f", below {TWO_THREADS}" if threads < TWO_THREADS else ""
                text += f"; {threads:.2f} of one{below}"
            cells.append(text)
        lines.append(f"| {race.task} | {' | '.join(cells)} |")
    skipped = {f"{race.task}, {name}: {why}" for race in races for name, why in race.skipped.items()}
    return "\n".join([*lines, *(f"\n- {reason}" for reason in sorted(skipped))])


def main() -> None:
    """Measures, and writes the page and the numbers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=0.2, help="the length of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each contestant and case")
    parser.add_argument("--output", type=Path, default=HERE / "results")
    parser.add_argument("--tasks", nargs="+", metavar="ID", default=TASKS, help="only these tasks")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plyo-bench-") as folder:
        batches = [measure(Race(task, BATCH, 1), BATCHES, arguments, folder) for task in arguments.tasks]
        singles = [measure(Race(task, 1, 1), SINGLES, arguments, folder) for task in arguments.tasks]
    machine = describe_machine(HERE.parent)
    versions = ", ".join(
        f"{name} {version}" for name, version in (versions_of_peers() | machine.peers).items()
    )
    page = "\n\n".join(
        [
            "# MuJoCo tasks in vector lanes",
            f"{machine.cpu} ({machine.name}), {machine.compiler}, Python {machine.python}, {versions}; Plyo "
            f"{machine.plyo} at {machine.commit}, {machine.date} UTC.",
            f"Thousand agent steps per second: medians of {arguments.rounds} rounds of {arguments.seconds} s in which "
            "the contestants, each in a process of its own, took turns. Random actions, the same for all. `bare "
            "mj_step` and `mujoco.batch` step the physics and reset, with episodes of the same lengths, and make no "
            "observations.",
            f"## {BATCH} environments, one thread; in brackets how many times as fast as `bare mj_step`, behind a "
            "semicolon as one thread",
            table(batches, BATCHES, "bare mj_step"),
            "## Single environments; in brackets how many times as fast as MuJoCo steps them",
            table(singles, SINGLES, "plyo single by mujoco"),
        ]
    )
    if arguments.print:
        print(page)
        return
    folder_of_machine = arguments.output / machine.name
    folder_of_machine.mkdir(parents=True, exist_ok=True)
    (folder_of_machine / "mujoco_lanes.md").write_text(page + "\n", encoding="utf-8")
    numbers = {
        "machine": asdict(machine) | {"peers": versions_of_peers() | machine.peers},
        "batches": [asdict(race) for race in batches],
        "singles": [asdict(race) for race in singles],
    }
    (folder_of_machine / "mujoco_lanes.json").write_text(
        json.dumps(numbers, indent=1) + "\n", encoding="utf-8"
    )
    print(f"wrote {folder_of_machine / 'mujoco_lanes.md'}")


if __name__ == "__main__":
    main()
