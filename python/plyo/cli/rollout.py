"""``plyo rollout``: steps per second and episode returns under a policy."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

import plyo
from plyo import policies
from plyo.cli.common import (
    INTERRUPTED,
    choose_seed,
    find_task,
    format_count,
    load_policy,
    print_facts,
    user_errors,
)
from plyo.cli.options import PolicyOption, SeedOption, TaskArgument, ThreadsOption
from plyo.policies import Policy
from plyo.vector.task_batch import NativeVectorEnv

#: The duration of a chunk of steps, about, in seconds.
_CHUNK_SECONDS = 0.1
#: The steps of the first chunk, all environments together.
_FIRST_CHUNK = 65536
#: The length of a run that is long enough to mean something, in seconds.
_SECONDS = 2.0


class Math(str, Enum):
    """The choices of --math."""

    FAST = "fast"
    REFERENCE = "reference"


def rollout(
    task: TaskArgument,
    num_envs: Annotated[int, typer.Option(min=1, metavar="N", help="Environments in the batch.")] = 1024,
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
) -> None:
    """Rolls a policy out natively and shows steps per second, episode returns and lengths.

    The rate is measured after a warm-up. With --steps the same seed gives the same episodes.
    """
    spec = find_task(task)
    if not 0 < seconds < inf:
        raise typer.BadParameter(f"--seconds must be greater than 0 and finite, got {seconds}")
    chosen_seed = choose_seed(seed)
    actor = policies.Random(chosen_seed) if policy is None else load_policy(policy, spec)
    console = Console()
    tally = Tally()
    finished = True
    with user_errors(ValueError, OverflowError, MemoryError, RuntimeError):
        envs = plyo.make_vec(
            spec,
            num_envs,
            vectorization_mode="native",
            autoreset_mode="same_step",
            num_threads=threads,
            math=math.value,
        )
        assert isinstance(envs, NativeVectorEnv)
        try:
            envs.reset(seed=chosen_seed)
            trial = copy(actor)  # which draws from streams of its own
            envs.rollout(trial, 1, record=["episodes"])
            who = "random actions" if policy is None else policy
            length = f"{steps} steps each" if steps else f"about {seconds:g} s"
            typer.echo(f"{spec.id}: {num_envs} environments, {who}, seed {chosen_seed}, {length}")
            chunk = _warm_up(envs, trial)
            envs.reset(seed=chosen_seed)
            _run(console, envs, actor, Goal(steps, seconds), chunk, tally)
        except KeyboardInterrupt:
            finished = False
    print_facts(console, tally.describe(num_envs))
    if not finished:
        planned = f" of {steps}" if steps else ""
        console.print(f"interrupted after {tally.steps}{planned} steps", highlight=False)
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


def _warm_up(envs: NativeVectorEnv, actor: Policy) -> int:
    """Takes some steps, so that memory and threads are there; returns the steps of a first chunk."""
    start = time.perf_counter()
    envs.rollout(actor, 2, record=["episodes"])
    per_step = (time.perf_counter() - start) / 2
    return max(1, min(_FIRST_CHUNK // envs.num_envs, int(_CHUNK_SECONDS / max(per_step, 1e-9))))


def _run(
    console: Console, envs: NativeVectorEnv, policy: Policy, goal: Goal, chunk: int, tally: Tally
) -> None:
    """Takes the steps in chunks, so that an interruption costs only the last chunk."""
    columns = (BarColumn(bar_width=20), TextColumn("{task.fields[rate]} steps/s"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=1.0, rate="-")
        while goal.share(tally) < 1:
            chunk = goal.left(chunk, tally)
            start = time.perf_counter()
            trajectory = envs.rollout(policy, chunk, record=["episodes"])
            seconds = time.perf_counter() - start
            assert trajectory.episode_returns is not None
            assert trajectory.episode_lengths is not None
            tally.add(chunk, seconds, trajectory.episode_returns, trajectory.episode_lengths)
            rate = format_count(tally.steps * envs.num_envs / tally.seconds)
            progress.update(bar, completed=goal.share(tally), rate=rate)
            chunk = max(1, min(4 * chunk, int(chunk * _CHUNK_SECONDS / max(seconds, 1e-9))))
