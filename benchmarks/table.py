"""Writes the table of docs/benchmarks.md from results: python benchmarks/table.py [RESULTS.json] [--print]."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from plyo.bench import Case, Report

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
BATCH = 4096
SYNC_BATCH = 1024  # the largest measured batch of SyncVectorEnv


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "results", type=Path, nargs="?", help="by default the newest under benchmarks/results"
    )
    parser.add_argument("--print", action="store_true", help="print the table instead")
    args = parser.parse_args()
    path = args.results or newest_results()
    table = make_table(json.loads(path.read_text(encoding="utf-8")), path)
    if args.print:
        print(table)
        return 0
    text = PAGE.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{PAGE} must hold {BEGIN} and {END}, each once")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")
    return 0


def newest_results() -> Path:
    found = [
        (json.loads(p.read_text(encoding="utf-8"))["machine"]["date"], p)
        for p in HERE.glob("results/*/results.json")
    ]
    if not found:
        sys.exit("there are no results under benchmarks/results; run benchmarks/run.py first")
    return max(found)[1]


def make_table(results: dict[str, Any], path: Path) -> str:
    """Batches of 4096 on one thread and single environments, in millions of agent steps per second."""
    report = Report.from_dict(results)
    m = report.machine
    tasks = list(dict.fromkeys(x.case.task for x in report.measurements))
    lines = [
        f"Million agent steps per second, {BATCH} environments, one thread. In brackets: how many times as fast "
        "Plyo's `step` is.",
        "",
        "| | Plyo `step` | Plyo `rollout` | EnvPool | Gymnasium `VectorEnv` | Gymnasium `SyncVectorEnv` | "
        "hand-written C++ |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for task in tasks:
        case, sync_case = Case(task, BATCH), Case(task, SYNC_BATCH)
        step = report.rate(case, "plyo")
        cells = [rate(step), rate(report.rate(case, "plyo", "rollout"))]
        cells += [against(step, report.rate(case, peer)) for peer in ("envpool", "gymnasium-vector")]
        cells.append(against(report.rate(sync_case, "plyo"), report.rate(sync_case, "gymnasium-sync")))
        cells.append(against(step, report.rate(case, "handwritten")))
        lines.append(f"| {task} | {' | '.join(cells)} |")
    lines += [
        "",
        "One environment, `make`, a loop of `step` and `reset`:",
        "",
        "| | Plyo | Gymnasium |",
        "|---|---:|---:|",
    ]
    for task in tasks:
        own, other = (report.rate(Case(task), peer, "single") for peer in ("plyo", "gymnasium"))
        lines.append(f"| {task} | {rate(own)} | {against(own, other)} |")
    peers = "".join(f", {name} {version}" for name, version in m.peers.items())
    folder = path.resolve().parent
    link = f"../benchmarks/results/{folder.name}" if folder.parent == HERE / "results" else folder.name
    lines += [
        "",
        f"{m.cpu} ({m.name}), {m.instruction_set}, {m.compiler}, Python {m.python}, NumPy {m.numpy}{peers}; "
        f"Plyo {m.plyo} at {m.commit}, {m.date[:10]}; SyncVectorEnv at {SYNC_BATCH} environments. "
        f"All numbers, plots and how they were made: [{link.removeprefix('../')}]({link}), "
        "[benchmarks/README.md](../benchmarks/README.md).",
    ]
    return "\n".join(lines)


def rate(value: float | None) -> str:
    """Millions a second, three digits."""
    return "-" if value is None else three_digits(value / 1e6)


def against(own: float | None, other: float | None) -> str:
    """A peer's rate, and the ratio of Plyo's rate to it."""
    return "-" if own is None or other is None else f"{rate(other)} ({three_digits(own / other)}×)"


def three_digits(value: float) -> str:
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3}f}"


if __name__ == "__main__":
    sys.exit(main())
