"""``plyo rollout``: steps per second and episode returns under a policy."""

from __future__ import annotations

import json as json_text
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from plyo import policies
from plyo._registry.specs import EnvSpec
from plyo.cli.common import (
    INTERRUPTED,
    choose_seed,
    find_task,
    format_count,
    load_policy,
    name_policy,
    print_facts,
    print_line,
    user_errors,
)
from plyo.cli.options import PolicyOption, SeedOption, TaskArgument, ThreadsOption
from plyo.cli.rollout_batches import Batch, NativeBatch, PythonBatch
from plyo.cli.tables import print_table, table_width
from plyo.train.python_tasks import is_native
from plyo.vector.profile import UNMEASURED, Profile

#: The duration of a chunk of steps, about, in seconds.
_CHUNK_SECONDS = 0.1
#: The steps of the first chunk, all environments together.
_FIRST_CHUNK = 65536
#: The length of a run that is long enough to mean something, in seconds.
_SECONDS = 2.0
#: The environments of a native batch, and of one in Python.
_NUM_ENVS, _NUM_PYTHON_ENVS = 1024, 8


class Math(str, Enum):
    """The choices of --math."""

    FAST = "fast"
    REFERENCE = "reference"


def rollout(
    context: typer.Context,
    task: TaskArgument,
    num_envs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Environments in the batch. By default 1024, or 8 of a task in Python.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Steps of each environment; by default as many as fit into --seconds.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="X", help="How long to run, without --steps.")] = _SECONDS,
    policy: PolicyOption = None,
    seed: SeedOption = None,
    threads: ThreadsOption = None,
    math: Annotated[Math, typer.Option(help="fast, or reference for Gymnasium's bits.")] = Math.FAST,
    profile: Annotated[bool, typer.Option("--profile", help="Show where the time goes.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object, and nothing else.")] = False,
) -> None:
    """Rolls a policy out and shows steps per second, episode returns and lengths.

    The rate is measured after a warm-up. With --steps the same seed gives the same episodes.
    """
    spec = find_task(task)
    if not 0 < seconds < inf:
        raise typer.BadParameter(f"--seconds must be greater than 0 and finite, got {seconds}")
    chosen_seed = choose_seed(seed)
    actor = policies.Random(chosen_seed) if policy is None else load_policy(policy, spec)
    native = is_native(spec)
    if not native:
        _check_native_only(context, spec)
    count = num_envs or (_NUM_ENVS if native else _NUM_PYTHON_ENVS)
    console = Console()
    tally = Tally()
    counted: Profile | None = None
    finished = True
    with user_errors(ValueError, OverflowError, MemoryError, RuntimeError):
        try:
            batch: Batch
            if native:
                batch = NativeBatch(spec, count, actor, chosen_seed, num_threads=threads, math=math.value)
            else:
                batch = PythonBatch(spec, count, actor, chosen_seed)
            batch.begin()
            batch.take(1)  # a policy that does not fit is refused before anything is printed
            length = f"{steps} steps each" if steps else f"about {seconds:g} s"
            who = name_policy(policy, actor)
            if not json:
                print_line(console, f"{spec.id}: {count} environments, {who}, seed {chosen_seed}, {length}")
            chunk = _warm_up(batch)
            batch.begin()
            with _profile_of(batch) if profile else nullcontext() as counted:
                _run(Console(stderr=True) if json else console, batch, Goal(steps, seconds), chunk, tally)
        except KeyboardInterrupt:
            finished = False
    if json:
        told = {"task": spec.id, "num_envs": count, "seed": chosen_seed, **tally.numbers(count)}
        if counted is not None:
            told["profile"] = counted.read()
        typer.echo(json_text.dumps(told, indent=1))
    else:
        print_facts(console, tally.describe(count))
        if counted is not None:
            _print_profile(console, counted)
    if not finished:
        planned = f" of {steps}" if steps else ""
        typer.echo(f"interrupted after {tally.steps}{planned} steps", err=json)
        raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True)
class Goal:
    """The end of a run: a number of steps, or without one, some seconds."""

    steps: int | None
    seconds: float

    def share(self, tally: Tally) -> float:
        """The part of the run that is over, from 0 to 1."""
        return tally.steps / self.steps if self.steps else min(1.0, tally.seconds / self.seconds)

    def left(self, chunk: int, tally: Tally) -> int:
        """The steps of the next chunk, at most ``chunk``."""
        return chunk if self.steps is None else min(chunk, self.steps - tally.steps)


class Range:
    """The mean, the least and the greatest of numbers that come in parts."""

    def __init__(self) -> None:
        self.count = 0
        self._total, self._least, self._greatest = 0.0, inf, -inf

    def add(self, values: npt.NDArray[Any]) -> None:
        """Adds a part."""
        if len(values):
            self.count += len(values)
            self._total += float(values.sum(dtype=np.float64))
            self._least = min(self._least, float(values.min()))
            self._greatest = max(self._greatest, float(values.max()))

    def numbers(self) -> dict[str, float] | None:
        """The mean, the least and the greatest; None of no numbers."""
        if not self.count:
            return None
        return {"mean": self._total / self.count, "min": self._least, "max": self._greatest}

    def __str__(self) -> str:
        """The numbers in words."""
        mean = self._total / self.count
        return f"mean {mean:.2f}, min {self._least:.2f}, max {self._greatest:.2f}"


@dataclass
class Tally:
    """The totals of the steps so far."""

    steps: int = 0
    seconds: float = 0.0
    returns: Range = field(default_factory=Range)
    lengths: Range = field(default_factory=Range)

    def add(self, steps: int, seconds: float, returns: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> None:
        """Adds a chunk of steps, and the episodes that ended in it."""
        self.steps += steps
        self.seconds += seconds
        self.returns.add(returns)
        self.lengths.add(lengths)

    def numbers(self, num_envs: int) -> dict[str, Any]:
        """The totals, for JSON."""
        steps = self.steps * num_envs
        return {
            "steps": steps,
            "seconds": self.seconds,
            "steps_per_second": steps / self.seconds if steps else None,
            "episodes": self.returns.count,
            "return": self.returns.numbers(),
            "length": self.lengths.numbers(),
        }

    def describe(self, num_envs: int) -> list[tuple[str, str]]:
        """Names and values to print."""
        if self.steps == 0:
            return [("steps", "none")]
        rate = self.steps * num_envs / self.seconds
        facts = [
            ("steps", f"{self.steps * num_envs} in {self.seconds:.3f} s: {format_count(rate)} steps/s"),
            ("episodes", str(self.returns.count)),
        ]
        if self.returns.count:
            facts += [("return", str(self.returns)), ("length", str(self.lengths))]
        return facts


def _check_native_only(context: typer.Context, spec: EnvSpec) -> None:
    """A user error for an option that tasks in Python do not have."""
    for name in ("threads", "math", "profile"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"--{name} does not apply: {spec.id} is stepped in Python")


def _profile_of(batch: Batch) -> Profile:
    """Counts where the time of a native batch goes."""
    assert isinstance(batch, NativeBatch)
    return batch.profile()


def _print_profile(console: Console, profile: Profile) -> None:
    """A table of where the time went, without explanations where there is no room for them."""
    if not profile.native:
        print_line(console, f"where the time went: {UNMEASURED}")
        return
    print_line(console, "where the time went:")
    headings = ["", "s", "share", ""]
    rows = [list(row) for row in profile.rows()]
    if table_width(headings, rows) > console.width:
        headings, rows = headings[:3], [row[:3] for row in rows]
    print_table(console, headings, rows, right=("s", "share"))


def _warm_up(batch: Batch) -> int:
    """Takes some steps, so that memory and threads are there; returns the steps of a first chunk."""
    start = time.perf_counter()
    batch.take(2)
    per_step = (time.perf_counter() - start) / 2
    return max(1, min(_FIRST_CHUNK // batch.num_envs, int(_CHUNK_SECONDS / max(per_step, 1e-9))))


def _run(console: Console, batch: Batch, goal: Goal, chunk: int, tally: Tally) -> None:
    """Takes the steps in chunks, so that an interruption costs only the last chunk."""
    columns = (BarColumn(bar_width=20), TextColumn("{task.fields[rate]} steps/s"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=1.0, rate="-")
        while goal.share(tally) < 1:
            chunk = goal.left(chunk, tally)
            start = time.perf_counter()
            ended = batch.take(chunk)
            seconds = time.perf_counter() - start
            tally.add(chunk, seconds, *ended)
            rate = format_count(tally.steps * batch.num_envs / tally.seconds)
            progress.update(bar, completed=goal.share(tally), rate=rate)
            chunk = max(1, min(4 * chunk, int(chunk * _CHUNK_SECONDS / max(seconds, 1e-9))))
