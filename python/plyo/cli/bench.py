"""``plyo bench``: step rates over batch sizes and threads, beside the installed peers."""

from __future__ import annotations

from itertools import product
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from plyo.bench import (
    Case,
    Report,
    Settings,
    batch_contestants,
    describe_machine,
    measure_case,
    single_contestants,
    task_ids,
)
from plyo.bench.contestant import describe_task
from plyo.bench.plots import can_draw, has_matplotlib, plot_rates
from plyo.cli.common import INTERRUPTED, check_writable, find_task, format_count

# Columns of the table: heading, peer, scenario.
_OURS = (
    ("step", "plyo", "step"),
    ("step out=", "plyo", "step_out"),
    ("rollout", "plyo", "rollout"),
    ("rollout, bare", "plyo", "rollout_bare"),
)
_PEERS = (
    ("EnvPool", "envpool", "step"),
    ("Gymnasium sync", "gymnasium-sync", "step"),
    ("Gymnasium vector", "gymnasium-vector", "step"),
)
_NOTE = (
    "Agent steps per second, the median of {rounds} rounds in which all take turns; × is Plyo's step over the peer's. "
    "step: through Python, fresh arrays. rollout: native, random actions, everything recorded. bare: a constant "
    "action, nothing recorded. The step after an episode's end, which resets, counts as a step for all."
)


def bench(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Tasks, all by default.", show_default=False)
    ] = None,
    num_envs: Annotated[
        str, typer.Option(metavar="N,N,...", help="Batch sizes, separated by commas.")
    ] = "1,64,4096",
    threads: Annotated[
        str, typer.Option(metavar="N,N,...", help="Numbers of threads, separated by commas.")
    ] = "1",
    seconds: Annotated[
        float, typer.Option(metavar="X", help="The length of one measurement in seconds.")
    ] = 0.2,
    rounds: Annotated[
        int, typer.Option(metavar="N", min=1, help="Measurements of each contestant; the median counts.")
    ] = 3,
    peers: Annotated[bool, typer.Option(help="Measure Gymnasium and EnvPool too where installed.")] = True,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Write all results to this file.", show_default=False),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw the rates into this picture.", show_default=False),
    ] = None,
) -> None:
    """Measures how many environment steps per second this machine takes."""
    tasks = _check_tasks(ids)
    sizes, thread_counts = _to_numbers("--num-envs", num_envs), _to_numbers("--threads", threads)
    if not 0 < seconds < inf:
        raise typer.BadParameter(f"--seconds must be greater than 0 and finite, got {seconds}")
    if plot is not None and not has_matplotlib():
        raise typer.BadParameter("--plot needs matplotlib, which is not installed: pip install matplotlib")
    for option, path in (("--json", json), ("--plot", plot)):
        if path is not None:
            check_writable(option, path)
    if plot is not None and not can_draw(plot):
        raise typer.BadParameter(f"--plot {plot} must end in .png, .pdf, .svg or another kind of picture")

    console = Console()
    report = Report(describe_machine(), seconds, rounds)
    batches = [Case(task, n, t) for task in tasks for n, t in product(sizes, thread_counts)]
    finished = _measure(console, report, batches, [Case(task) for task in tasks], peers)

    _print(console, report, tasks, peers)
    if json is not None:
        json.write_text(report.to_json(), encoding="utf-8")
        console.print(f"results: {escape(str(json))}")
    if plot is not None and report.measurements:
        plot_rates(report, plot)
        console.print(f"plot: {escape(str(plot))}")
    if not finished:
        console.print("interrupted: these are the results so far")
        raise typer.Exit(INTERRUPTED)


def _measure(console: Console, report: Report, batches: list[Case], singles: list[Case], peers: bool) -> bool:
    """Measures the cases into the report; False after Ctrl-C."""
    settings = Settings(report.seconds, report.rounds)
    try:
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("importing peers" if peers else "", total=len(batches) + len(singles))
            jobs = list(product(batches, [batch_contestants(peers)]))
            jobs += product(singles, [single_contestants(peers)])
            for case, contestants in jobs:
                progress.update(
                    bar, description=f"{case.task}, N={case.num_envs}, {case.num_threads} threads"
                )
                report.add(*measure_case(case, contestants, settings))
                progress.advance(bar)
    except KeyboardInterrupt:
        return False
    return True


def _print(console: Console, report: Report, tasks: list[str], peers: bool) -> None:
    """Prints one table a task and one of the single environments."""
    machine = report.machine
    console.print(
        f"{machine.cpu}, {machine.cores} cores, {machine.instruction_set}; Plyo {machine.plyo}, "
        f"Python {machine.python}, NumPy {machine.numpy}"
        + "".join(f", {name} {version}" for name, version in machine.peers.items() if peers),
        highlight=False,
    )
    console.print(_NOTE.format(rounds=report.rounds), style="dim", highlight=False)
    for task in tasks:
        cases = [m.case for m in report.measurements if m.case.task == task and m.scenario != "single"]
        if cases:
            console.print(_batch_table(report, task, list(dict.fromkeys(cases))))
    singles = [m.case for m in report.measurements if m.scenario == "single"]
    if singles:
        console.print(_single_table(report, list(dict.fromkeys(singles))))


def _batch_table(report: Report, task: str, cases: list[Case]) -> Table:
    """Rates over batch sizes and threads. Peers that took no part have no column."""
    present = {(m.peer, m.scenario) for m in report.measurements if m.case in cases}
    table = Table(title=task)
    for heading in ("N", "threads", *(heading for heading, *_ in _OURS)):
        table.add_column(heading, justify="right")
    peers = [column for column in _PEERS if column[1:] in present]
    for heading, *_ in peers:
        table.add_column(heading, justify="right")
        table.add_column("×", justify="right")
    for case in cases:
        own = report.rate(case, "plyo")
        row = [str(case.num_envs), str(case.num_threads)]
        row += [format_rate(report.rate(case, peer, scenario)) for _, peer, scenario in _OURS]
        for _, peer, scenario in peers:
            rate = report.rate(case, peer, scenario)
            row += [format_rate(rate), format_ratio(own, rate)]
        table.add_row(*row)
    return table


def _single_table(report: Report, cases: list[Case]) -> Table:
    """Rates of `make`, a loop of step and reset."""
    table = Table(title="one environment of make(): step and reset")
    table.add_column("task")
    for heading in ("Plyo", "Gymnasium", "×"):
        table.add_column(heading, justify="right")
    for case in cases:
        own, other = (report.rate(case, peer, "single") for peer in ("plyo", "gymnasium"))
        table.add_row(case.task, format_rate(own), format_rate(other), format_ratio(own, other))
    return table


def format_rate(rate: float | None) -> str:
    """A rate with three digits and a prefix: ``145 M``; a dash for None."""
    return "-" if rate is None else format_count(rate)


def format_ratio(rate: float | None, other: float | None) -> str:
    """The quotient of two rates: ``135``; a dash if one is missing."""
    if rate is None or other is None:
        return "-"
    ratio = rate / other
    return f"{ratio:.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}"


def _check_tasks(ids: list[str] | None) -> list[str]:
    """The requested tasks, each once, or all.

    Raises:
        typer.BadParameter: A task is not registered, or is not native.
    """
    for task in ids or []:
        find_task(task)
        try:
            describe_task(task)
        except KeyError:
            native = ", ".join(task_ids())
            raise typer.BadParameter(f"{task} is not a native task; these are: {native}") from None
    return list(dict.fromkeys(ids)) if ids else task_ids()


def _to_numbers(option: str, text: str) -> list[int]:
    """Positive integers separated by commas.

    Raises:
        typer.BadParameter: The text is something else.
    """
    try:
        numbers = [int(part) for part in text.split(",")]
        if min(numbers) < 1:
            raise ValueError
    except ValueError:
        raise typer.BadParameter(
            f"{option} must be integers of at least 1, separated by commas, such as 1,64,4096; got {text!r}"
        ) from None
    return list(dict.fromkeys(numbers))
