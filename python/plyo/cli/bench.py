"""``plyo bench``: step rates over batch sizes and threads, beside the installed peers."""

from __future__ import annotations

from itertools import product
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from plyo.bench import (
    Case,
    Measurement,
    Report,
    Scenario,
    Settings,
    batch_contestants,
    describe_machine,
    measure_case,
    single_contestants,
    task_ids,
)
from plyo.bench.contestant import describe_task
from plyo.bench.plots import plot_bars
from plyo.cli.bench_tables import NUMBERS, long_table, single_table, wide_table
from plyo.cli.common import INTERRUPTED, check_plot, check_writable, find_task, print_facts
from plyo.cli.tables import print_table, table_width

_LEGEND = (
    ("step", "through Python, fresh arrays"),
    ("step out=", "through Python, into given arrays"),
    ("rollout", "natively, random actions, everything recorded"),
    ("bare", "natively, a constant action, nothing recorded: an upper bound"),
    ("×", "Plyo's step over the peer's"),
)
#: The tasks that are measured where none is named, and those of --quick.
_SELECTION = (
    *("CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1"),
    *("FrozenLake8x8-v1", "Taxi-v4", "Blackjack-v1"),
)
_QUICK_TASKS = ("CartPole-v1", "Pendulum-v1", "Taxi-v4")
#: Batch sizes, seconds of a measurement, and rounds: by default and with --quick.
_DEFAULTS, _QUICK = ("1,64,4096", 0.2, 3), ("64,4096", 0.05, 2)
#: What making and warming up a contestant takes beside the measurements, in seconds and in measurements.
_MAKING, _WARMING_UP = 0.05, 0.8


def bench(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Tasks; some light ones by default.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All native tasks, which takes long.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer tasks, sizes and rounds: some seconds, rough numbers.")
    ] = False,
    num_envs: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help=f"Batch sizes, separated by commas. By default {_DEFAULTS[0]}.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        str, typer.Option(metavar="N,N,...", help="Numbers of threads, separated by commas.")
    ] = "1",
    seconds: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help=f"The length of one measurement in seconds. By default {_DEFAULTS[1]}.",
            show_default=False,
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help=f"Measurements of each contestant; the median counts. By default {_DEFAULTS[2]}.",
            show_default=False,
        ),
    ] = None,
    peers: Annotated[bool, typer.Option(help="Measure Gymnasium and EnvPool too where installed.")] = True,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Write all results to this file.", show_default=False),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw the rates of the largest batch into this picture.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Measures how many environment steps per second this machine takes.

    All contestants of a case take turns; the rate is that of agent steps, those that reset included. Into a file or a
    pipe each rate is one line of task, environments, threads, peer, scenario and steps per second, separated by tabs.
    After Ctrl-C the results so far are shown and written.
    """
    tasks = _choose_tasks(ids, everything, quick)
    usual_sizes, usual_seconds, usual_rounds = _QUICK if quick else _DEFAULTS
    sizes = _to_numbers("--num-envs", usual_sizes if num_envs is None else num_envs)
    thread_counts = _to_numbers("--threads", threads)
    settings = Settings(usual_seconds if seconds is None else seconds, rounds or usual_rounds)
    if not 0 < settings.seconds < inf:
        raise typer.BadParameter(f"--seconds must be greater than 0 and finite, got {settings.seconds}")
    _check_files(json, plot)

    console = Console()
    report = Report(describe_machine(), settings.seconds, settings.rounds)
    groups = [[Case(task, n, t) for n, t in product(sizes, thread_counts)] for task in tasks]
    race = Race(console, report, settings, peers)
    finished = race.run(groups, [Case(task) for task in tasks])
    if json is not None:
        json.write_text(report.to_json(), encoding="utf-8")
        typer.echo(f"results: {json}", err=not console.is_terminal)
    if plot is not None and report.measurements:
        plot_bars(report, plot)
        typer.echo(f"plot: {plot}", err=not console.is_terminal)
    if not finished:
        typer.echo("interrupted: these are the results so far", err=not console.is_terminal)
        raise typer.Exit(INTERRUPTED)


class Race:
    """The measurements of a command, and their output.

    Args:
        console: The output.
        report: The report that takes the results.
        settings: The length of a measurement.
        peers: Whether others than Plyo take part.
    """

    def __init__(self, console: Console, report: Report, settings: Settings, peers: bool) -> None:
        self._console, self._report, self._settings, self._peers = console, report, settings, peers

    def run(self, groups: list[list[Case]], singles: list[Case]) -> bool:
        """Measures the cases, those of a task together; False after Ctrl-C."""
        console = self._console
        if console.is_terminal:
            self._print_head()
        columns = (
            BarColumn(10),
            TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
        )
        total = sum(map(len, groups)) + len(singles)
        shown: list[Case] = []
        try:
            with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
                job = bar.add_task("importing peers" if self._peers else "", total=total)
                batch, single = batch_contestants(self._peers), single_contestants(self._peers)
                if console.is_terminal:
                    console.print(
                        self._estimate(sum(map(len, groups)) * len(batch) + len(singles) * len(single)),
                        style="dim",
                    )
                for cases, contestants in [*((group, batch) for group in groups), (singles, single)]:
                    shown = []
                    for case in cases:
                        bar.update(job, description=f"{case.task}, N={case.num_envs}")
                        measured, skipped = measure_case(case, contestants, self._settings)
                        self._report.add(measured, skipped)
                        shown.append(case)
                        self._print_rows(measured)
                        bar.advance(job)
                    self._print_tables(shown)
                    shown = []
        except KeyboardInterrupt:
            self._print_tables(shown)
            return False
        return True

    def _estimate(self, measurements: int) -> str:
        settings = self._settings
        one = _MAKING + settings.seconds * (settings.rounds + _WARMING_UP)
        return f"about {format_duration(measurements * one)}; Ctrl-C ends it with the results so far"

    def _print_head(self) -> None:
        """The machine, and what the columns mean."""
        machine = self._report.machine
        peers = "".join(f", {name} {version}" for name, version in machine.peers.items() if self._peers)
        self._console.print(
            f"{machine.cpu}, {machine.cores} cores, {machine.instruction_set}; Plyo {machine.plyo}, "
            f"Python {machine.python}, NumPy {machine.numpy}{peers}",
            highlight=False,
        )
        self._console.print(f"agent steps per second, median of {self._settings.rounds} rounds", style="dim")
        print_facts(self._console, [pair for pair in _LEGEND if pair[0] != "×" or self._peers])

    def _print_rows(self, measured: list[Measurement]) -> None:
        """Into a pipe, every rate at once."""
        if not self._console.is_terminal:
            for m in measured:
                fields = (m.case.task, m.case.num_envs, m.case.num_threads, m.peer, m.scenario)
                typer.echo("\t".join(map(str, (*fields, f"{m.steps_per_second:.0f}"))))

    def _print_tables(self, cases: list[Case]) -> None:
        """On a terminal, the cases of a task, or all single environments."""
        if not self._console.is_terminal or not cases:
            return
        if any(m.scenario == Scenario.SINGLE.value and m.case in cases for m in self._report.measurements):
            self._console.print("one environment of make(): step and reset", style="bold", highlight=False)
            print_table(
                self._console, *single_table(self._report, cases), right=(*NUMBERS, "Plyo", "Gymnasium")
            )
            return
        self._console.print(cases[0].task, style="bold", highlight=False)
        table = wide_table(self._report, cases)
        if table_width(*table) > self._console.width:
            table = long_table(self._report, cases)
        print_table(self._console, *table, right=NUMBERS)


def format_duration(seconds: float) -> str:
    """A time in words: ``45 s``, ``4 min 30 s``."""
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _choose_tasks(ids: list[str] | None, everything: bool, quick: bool) -> list[str]:
    """The requested tasks, each once, or a selection.

    Raises:
        typer.BadParameter: A task is not registered, or is not native.
    """
    if everything:
        if ids:
            raise typer.BadParameter(f"--all means all tasks: leave {' '.join(ids)} out")
        return task_ids()
    for task in ids or []:
        find_task(task)
        try:
            describe_task(task)
        except KeyError:
            raise typer.BadParameter(
                f"{task} is not a native task that comes with Plyo: plyo list shows these"
            ) from None
    return list(dict.fromkeys(ids or (_QUICK_TASKS if quick else _SELECTION)))


def _check_files(json: Path | None, plot: Path | None) -> None:
    """A user error unless the files can be written."""
    if json is not None:
        check_writable("--json", json)
    if plot is not None:
        check_plot(plot)


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
