"""Measures the MuJoCo and robotics tasks beside their peers.

    python benchmarks/mujoco_tasks.py       writes benchmarks/results/<machine>/mujoco_tasks.md and .json

Batches of 64 on one and two threads beside EnvPool, `mujoco.batch` and a loop of `mj_step`; single environments beside
Gymnasium's; the memory of a large batch. Every contestant has a process of its own (see mujoco_contestants.py); they
take turns, one at a time, round after round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from mujoco_contestants import MARK
from plyo.bench import describe_machine

HERE = Path(__file__).resolve().parent
BATCH = 64
LARGE = 4096
LARGE_TASK = "HalfCheetah-v5"
LARGE_MEGABYTES = 100

GYM = (
    "HalfCheetah-v5",
    "Ant-v5",
    "Hopper-v5",
    "Walker2d-v5",
    "Humanoid-v5",
    "HumanoidStandup-v5",
    "Swimmer-v5",
    "Reacher-v5",
    "Pusher-v5",
    "InvertedPendulum-v5",
    "InvertedDoublePendulum-v5",
)
ROBOTS = (
    "FetchReach-v4",
    "FetchPush-v4",
    "FetchSlide-v4",
    "FetchPickAndPlace-v4",
    "HandReach-v3",
    "HandManipulateBlock-v1",
    "HandManipulateEgg-v1",
    "HandManipulatePen-v1",
    "HandManipulateBlock_ContinuousTouchSensors-v1",
)
BATCHES = ("plyo", "plyo untuned", "envpool", "mujoco.batch", "bare mj_step")
ROBOT_BATCHES = ("plyo", "plyo untuned", "envpool", "gymnasium single")
SINGLES = ("plyo single", "gymnasium single")

#: What is promised: by task and peer, how many times as fast Plyo has to be at least.
LIGHT = ("HalfCheetah-v5", "Ant-v5", "Hopper-v5", "Walker2d-v5")
WANTED = {
    **{(task, "bare mj_step"): 1.3 for task in LIGHT},
    **{(task, "envpool"): 1.6 for task in LIGHT},
    ("Humanoid-v5", "bare mj_step"): 1.1,
    ("Humanoid-v5", "envpool"): 1.4,
    **{(task, "mujoco.batch"): 1.0 for task in GYM},
}
SINGLE_WANTED = dict.fromkeys((*GYM, *ROBOTS), 1.3) | dict.fromkeys(
    ("HalfCheetah-v5", "Hopper-v5", "Walker2d-v5", "InvertedPendulum-v5", "InvertedDoublePendulum-v5"), 2.0
)
ROBOT_WANTED = 1.5


@dataclass(frozen=True)
class Race:
    """The rates of contestants that took turns.

    Attributes:
        task: The id.
        num_envs: The environments of a batch.
        num_threads: The threads of those that have threads.
        rates: Agent steps per second by contestant, one a round.
        skipped: Reasons by contestant.
    """

    task: str
    num_envs: int
    num_threads: int
    rates: dict[str, list[float]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def ratio(self, peer: str, own: str) -> float | None:
        """Plyo's rate over a peer's: the median over the rounds."""
        if own not in self.rates or peer not in self.rates:
            return None
        return statistics.median(a / b for a, b in zip(self.rates[own], self.rates[peer], strict=True))


class Worker:
    """A contestant in a process of its own."""

    def __init__(self, folder: str, *arguments: str) -> None:
        command = [sys.executable, str(HERE / "mujoco_contestants.py"), *arguments]
        # a file, as nobody reads it while the process runs
        self._errors = tempfile.TemporaryFile("w+", dir=folder)  # noqa: SIM115  `close` closes it
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def ask(self, line: str = "") -> Any:
        """Sends a line, if there is one, and waits for the answer."""
        if line:
            assert self._process.stdin is not None
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        assert self._process.stdout is not None
        for answer in self._process.stdout:
            if answer.startswith(MARK):
                return json.loads(answer.removeprefix(MARK))
        self._errors.seek(0)
        errors = self._errors.read().strip().splitlines()
        raise RuntimeError(errors[-1] if errors else "ended without an answer")

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


@contextmanager
def started(
    race: Race, names: Sequence[str], lengths: list[int], folder: str
) -> Iterator[dict[str, tuple[Worker, float]]]:
    """The contestants of a race that begin, one after the other, and the seconds that a call of theirs takes."""
    workers: dict[str, tuple[Worker, float]] = {}
    try:
        for name in names:
            sizes = (str(race.num_envs), str(race.num_threads), json.dumps(lengths))
            worker = Worker(folder, "race", name, race.task, *sizes)
            try:
                workers[name] = worker, worker.ask()
            except RuntimeError as e:
                worker.close()
                if name.startswith("plyo"):
                    raise
                race.skipped[name] = str(e)
        yield workers
    finally:
        for worker, _ in workers.values():
            worker.close()


def measure(race: Race, names: Sequence[str], arguments: argparse.Namespace, folder: str) -> Race:
    """Lets the contestants take turns.

    All single environments take as many steps in a round: they are at the same steps of the same episodes then, which
    matters where a step with many contacts takes over twice as long as one with few.
    """
    print(f"{race.task}, {race.num_envs} environments, {race.num_threads} threads ...", flush=True)
    lengths = ask_once(folder, "lengths", race.task)
    with started(race, names, lengths, folder) as workers:
        seconds = {name: per_call for name, (_, per_call) in workers.items()}
        for _ in range(arguments.rounds):
            fastest = min(seconds.values())
            for name, (worker, _) in workers.items():
                per_call = fastest if race.num_envs == 1 else seconds[name]
                calls = max(1, round(arguments.seconds / per_call))
                steps, taken = worker.ask(str(calls))
                seconds[name] = taken / calls
                race.rates.setdefault(name, []).append(steps / taken)
    return race


def ask_once(folder: str, *arguments: str) -> Any:
    """The one answer of a process."""
    worker = Worker(folder, *arguments)
    try:
        return worker.ask()
    finally:
        worker.close()


def measure_all(arguments: argparse.Namespace) -> dict[str, Any]:
    """All races, and the memory."""
    chosen = arguments.tasks or (*GYM, *ROBOTS)
    gym, robots = ([task for task in family if task in chosen] for family in (GYM, ROBOTS))
    with tempfile.TemporaryDirectory(prefix="plyo-bench-") as folder:
        batches = [
            measure(Race(task, BATCH, threads), names, arguments, folder)
            for tasks, names in ((gym, BATCHES), (robots, ROBOT_BATCHES))
            for task in tasks
            for threads in arguments.threads
        ]
        singles = [measure(Race(task, 1, 1), SINGLES, arguments, folder) for task in (*gym, *robots)]
        large = ask_once(folder, "memory", LARGE_TASK, str(LARGE)) if LARGE_TASK in chosen else None
    return {"batches": batches, "singles": singles, "memory": large}


def make_page(results: dict[str, Any], arguments: argparse.Namespace) -> str:
    """The results as Markdown."""
    machine = describe_machine(HERE.parent)
    versions = versions_of_peers() | machine.peers
    peers = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [
        "# MuJoCo and robotics tasks",
        f"{machine.cpu} ({machine.name}), {machine.compiler}, Python {machine.python}, NumPy {machine.numpy}, {peers}; "
        f"Plyo {machine.plyo} at {machine.commit}, {machine.date} UTC.",
        f"Thousand agent steps per second: medians of {arguments.rounds} rounds of {arguments.seconds} s in which the "
        "contestants, each in a process of its own, took turns; in brackets how many times as fast Plyo is, the median "
        "of the rounds' ratios. Random actions, the same for all. `bare mj_step` and `mujoco.batch` step the physics "
        "and reset, with episodes of the same lengths, and make no observations. Single environments take as many "
        "steps as each other, of the same episodes.",
    ]
    for threads in arguments.threads:
        for title, names in (("Gymnasium's tasks", BATCHES), ("Robots", ROBOT_BATCHES)):
            races = [
                race
                for race in results["batches"]
                if race.num_threads == threads and (race.task in ROBOTS) == (names is ROBOT_BATCHES)
            ]
            if races:
                heading = f"{title}: {BATCH} environments, {threads} thread{'s' if threads > 1 else ''}"
                parts.append(section(heading, races, names))
    parts.append(section("Single environments, `make`", results["singles"], SINGLES))
    if results["memory"]:
        size = results["memory"]["bytes"] / 1e6
        parts.append(
            f"## Memory\n\n{LARGE} environments of {LARGE_TASK}: {size:.1f} MB beside MuJoCo and a batch of one "
            f"({LARGE_MEGABYTES} MB allowed{'' if size < LARGE_MEGABYTES else ', above'})."
        )
    return "\n\n".join(parts)


def section(title: str, races: Sequence[Race], names: Sequence[str]) -> str:
    """A heading and a table."""
    lines = [f"## {title}", "", f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    lines += [
        f"| {race.task} | {' | '.join(cell(race, name, names[0]) for name in names)} |" for race in races
    ]
    reasons = {f"{race.task}, {name}: {reason}" for race in races for name, reason in race.skipped.items()}
    return "\n".join([*lines, *(f"\n- {reason}" for reason in sorted(reasons))])


def cell(race: Race, name: str, own: str) -> str:
    """A rate, with the ratio of Plyo's to it, and whether that is below what is promised."""
    if name not in race.rates:
        return "-"
    text = f"{statistics.median(race.rates[name]) / 1e3:,.1f}"
    ratio = race.ratio(name, own)
    if name == own or ratio is None:
        return text
    wanted = wanted_ratio(race, name)
    return f"{text} ({ratio:.2f}×{f', below {wanted}' if ratio < wanted else ''})"


def wanted_ratio(race: Race, peer: str) -> float:
    """The promised ratio, 0 without a promise. Those of robots are for one core."""
    if race.num_envs == 1:
        return SINGLE_WANTED.get(race.task, 0)
    if race.task in ROBOTS:
        return ROBOT_WANTED * race.num_threads if peer == "gymnasium single" else 0
    return WANTED.get((race.task, peer), 0)


def versions_of_peers() -> dict[str, str]:
    """The versions of what `describe_machine` does not name."""
    return {name: metadata.version(name) for name in ("mujoco", "gymnasium-robotics")}


def main() -> None:
    """Measures, and writes the page and the numbers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=0.3, help="the length of one measurement")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each contestant and case")
    parser.add_argument(
        "--threads",
        type=int,
        nargs="*",
        default=[1, 2],
        help="of batches; none for single environments alone",
    )
    parser.add_argument(
        "--output", type=Path, default=HERE / "results", help="the folder of the machine's folder"
    )
    parser.add_argument("--tasks", nargs="+", metavar="ID", help="only these tasks; all by default")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    arguments = parser.parse_args()
    results = measure_all(arguments)
    page = make_page(results, arguments)
    if arguments.print:
        print(page)
        return
    machine = describe_machine(HERE.parent)
    folder = arguments.output / machine.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mujoco_tasks.md").write_text(page + "\n", encoding="utf-8")
    numbers = {
        "machine": asdict(machine) | {"peers": versions_of_peers() | machine.peers},
        "memory": results["memory"],
    }
    for kind in ("batches", "singles"):
        numbers[kind] = [asdict(race) for race in results[kind]]
    (folder / "mujoco_tasks.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {folder / 'mujoco_tasks.md'}")


if __name__ == "__main__":
    main()
