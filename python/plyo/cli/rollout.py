"""``plyo rollout``: steps per second and episode returns under a policy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
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
from plyo.policies import Policy
from plyo.trajectory import Trajectory
from plyo.vector.task_batch import NativeVectorEnv

#: The duration of a chunk of steps, about, in seconds.
_CHUNK_SECONDS = 0.1
#: The steps of the first chunk, all environments together.
_FIRST_CHUNK = 65536


class Math(str, Enum):
    """The choices of --math."""

    FAST = "fast"
    REFERENCE = "reference"


def rollout(
    task: Annotated[str, typer.Argument(metavar="ID", help="A task, such as CartPole-v1.")],
    num_envs: Annotated[int, typer.Option(min=1, help="Environments in the batch.")] = 1024,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each environment.")] = 1000,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="A saved policy; random actions without it.", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Makes the run repeatable; a new one by default.", show_default=False),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads; as many as there are by default.", show_default=False)
    ] = None,
    math: Annotated[Math, typer.Option(help="fast, or reference for Gymnasium's bits.")] = Math.FAST,
) -> None:
    """Rolls a policy out natively and shows steps per second, episode returns and lengths."""
    spec = find_task(task)
    chosen_seed = choose_seed(seed)
    actor = policies.Random(chosen_seed) if policy is None else load_policy(policy)
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
            who = "random actions" if policy is None else policy
            typer.echo(f"{spec.id}: {num_envs} environments, {who}, seed {chosen_seed}")
            _run(console, envs, actor, steps, tally)
        except KeyboardInterrupt:
            finished = False
    print_facts(console, tally.describe(num_envs))
    if not finished:
        console.print(f"interrupted after {tally.steps} of {steps} steps", highlight=False)
        raise typer.Exit(INTERRUPTED)


@dataclass
class Tally:
    """The totals of the steps so far."""

    steps: int = 0
    seconds: float = 0.0
    returns: list[npt.NDArray[Any]] = field(default_factory=list)
    lengths: list[npt.NDArray[Any]] = field(default_factory=list)

    def add(self, steps: int, seconds: float, trajectory: Trajectory) -> None:
        """Adds a chunk of steps."""
        assert trajectory.episode_returns is not None
        assert trajectory.episode_lengths is not None
        self.steps += steps
        self.seconds += seconds
        self.returns.append(trajectory.episode_returns)
        self.lengths.append(trajectory.episode_lengths)

    def describe(self, num_envs: int) -> list[tuple[str, str]]:
        """Names and values to print."""
        if self.steps == 0:
            return [("steps", "none")]
        rate = self.steps * num_envs / self.seconds
        returns, lengths = np.concatenate(self.returns), np.concatenate(self.lengths)
        facts = [
            ("steps", f"{self.steps * num_envs} in {self.seconds:.3f} s: {format_count(rate)} steps/s"),
            ("episodes", str(len(returns))),
        ]
        for name, values in (("return", returns), ("length", lengths)):
            if len(values):
                numbers = (values.mean(), values.min(), values.max())
                facts.append((name, "mean {:.2f}, min {:.2f}, max {:.2f}".format(*numbers)))
        return facts


def _run(console: Console, envs: NativeVectorEnv, policy: Policy, steps: int, tally: Tally) -> None:
    """Takes the steps in chunks, so that an interruption costs only the last chunk."""
    columns = (
        BarColumn(),
        TextColumn("{task.completed}/{task.total} steps"),
        TextColumn("{task.fields[rate]} steps/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=steps, rate="-")
        chunk = max(1, _FIRST_CHUNK // envs.num_envs)
        while tally.steps < steps:
            chunk = min(chunk, steps - tally.steps)
            start = time.perf_counter()
            trajectory = envs.rollout(policy, chunk, record=["episodes"])
            seconds = time.perf_counter() - start
            tally.add(chunk, seconds, trajectory)
            rate = format_count(tally.steps * envs.num_envs / tally.seconds)
            progress.update(bar, completed=tally.steps, rate=rate)
            chunk = max(1, min(4 * chunk, int(chunk * _CHUNK_SECONDS / seconds)))
