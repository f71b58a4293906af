"""The course of ``plyo train`` for tables and networks: the bar, Ctrl-C, the files, the outcome."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from plyo._registry.specs import EnvSpec
from plyo.cli.common import INTERRUPTED, format_count, print_facts, print_line, user_errors
from plyo.cli.recording import film_with_bar, play_episodes
from plyo.policies import Policy
from plyo.train.about import origin
from plyo.train.curve_log import CurveLog
from plyo.train.methods import Method

Report = TypeVar("Report")

_VERDICTS = {None: "trained; the task has no threshold", True: "solved", False: "not solved"}
_INTERRUPTED_VERDICTS = {
    None: "interrupted; this is the best policy so far",
    True: "interrupted; the best policy so far solves it",
    False: "interrupted; the best policy so far does not solve it",
}


class Learner(Protocol):
    """A `Trainer`, a `TabularTrainer` or the loop of PPO."""

    def run(self) -> Iterator[Any]:
        """The progress after each generation or round."""

    def conclude(self) -> Any:
        """The outcome, None without a policy."""


@dataclass(frozen=True)
class Files:
    """The files of the outcome.

    Attributes:
        policy: The file of the policy.
        plot: The file of the curve, or None.
        video: The file of a video of the policy, or None.
        log: The folder of the log, or None.
    """

    policy: Path
    plot: Path | None = None
    video: Path | None = None
    log: Path | None = None


class Course:
    """One training: from its start to its report.

    Args:
        spec: The task.
        method: The name of the method.
        settings: Its settings, for the log.
        seed: The seed that repeats it.
        files: The files of the outcome.
        unit: The name of a unit: ``"generation"`` or ``"round"``.
        total: The most units.
    """

    def __init__(
        self,
        spec: EnvSpec,
        method: Method,
        settings: Mapping[str, Any],
        seed: int,
        files: Files,
        unit: str,
        total: int,
    ) -> None:
        self.title = f"{spec.id}, {method.value}, seed {seed}"
        self._spec, self._method, self._settings = spec, method, settings
        self._seed, self._files = seed, files
        self._unit, self._total = unit, total
        self._console = Console()
        self._finished = True

    def learn(self, learner: Learner, describe: Callable[[Any], str]) -> Any:
        """Trains and returns the outcome; exits without one."""
        with user_errors(ValueError, OverflowError, MemoryError, OSError), ExitStack() as stack:
            limit = f"at most {self._total} {self._unit}s"
            print_line(self._console, f"{self.title}: {self._method.cited}, {limit}")
            log: CurveLog | None = None
            if self._files.log is not None:
                settings = {"task": self._spec.id, "method": self._method.value, **self._settings}
                log = stack.enter_context(CurveLog(self._files.log, settings))
                if not log.has_tensorboard:
                    typer.echo(
                        f"{log.folder} gets no file for TensorBoard: pip install tensorboard", err=True
                    )
            try:
                self._follow(learner.run(), describe, log)
            except KeyboardInterrupt:
                self._finished = False
            result = learner.conclude()
        if result is None:
            self._console.print(f"interrupted in the first {self._unit}: there is no policy to save")
            raise typer.Exit(INTERRUPTED)
        return result

    def _follow(
        self, history: Iterator[Report], describe: Callable[[Report], str], log: CurveLog | None
    ) -> None:
        """Trains, with a live bar on a terminal and one line a unit elsewhere."""
        columns = (
            BarColumn(bar_width=10),
            TextColumn("{task.completed}/{task.total}  {task.fields[report]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, disable=not self._console.is_terminal) as progress:
            bar = progress.add_task("", total=self._total, report="")
            for number, part in enumerate(history, 1):
                report = describe(part)
                if log is not None:
                    log.add(part)
                progress.update(bar, completed=number, report=report)
                if not self._console.is_terminal:
                    typer.echo(f"{self._unit} {number}/{self._total}  {report}")

    def conclude(
        self, result: Any, draw: Callable[[Path], None], returns: list[tuple[str, str]], units: int
    ) -> None:
        """Saves the policy, draws the curve, prints the outcome and exits as ``plyo train`` does.

        Args:
            result: The outcome, with its policy.
            draw: The function that draws the curve into a file.
            returns: The known returns of the policy.
            units: The number of completed generations or rounds.
        """
        result.policy.about = origin(
            self._spec, self._method.value, self._seed, result.mean_return, result.env_steps
        )
        with user_errors(OSError):
            self._save(result.policy)
            if self._files.plot is not None:
                draw(self._files.plot)
        verdict = (_VERDICTS if self._finished else _INTERRUPTED_VERDICTS)[result.solved]
        rate = format_count(result.env_steps / result.seconds)
        facts = [
            (self._spec.id, f"{verdict} (seed {self._seed})"),
            *returns,
            ("training", f"{result.seconds:.2f} s, {units} {self._unit}s"),
            ("env steps", f"{result.env_steps}, {rate} per second"),
            ("policy", str(self._files.policy)),
        ]
        if self._files.plot is not None:
            facts.append(("curve", str(self._files.plot)))
        if self._files.log is not None:
            facts.append(("log", str(self._files.log)))
        if self._files.video is not None:
            facts.append(("video", self._film(result.policy, self._files.video)))
        print_facts(self._console, facts)
        if not self._finished:
            raise typer.Exit(INTERRUPTED)
        if result.solved is False:
            raise typer.Exit(1)

    def _save(self, policy: Any) -> None:
        """Saves the policy; if that fails, in a new folder for temporary files, as training was costly."""
        try:
            policy.save(self._files.policy)
        except OSError as e:
            spare = Path(tempfile.mkdtemp(prefix="plyo-")) / "policy.npz"
            policy.save(spare)
            raise typer.BadParameter(
                f"{self._files.policy} cannot be written: {e.strerror}; the policy is saved as {spare}"
            ) from e

    def _film(self, policy: Policy, video: Path) -> str:
        """Records an episode that begins from the seed of the training; prints the file and the return."""
        with user_errors(OSError, ValueError, RuntimeError, MemoryError):
            replays = play_episodes(self._spec, policy, self._seed, 1)
            path = Path(film_with_bar(self._console, replays, video)[0])
        shown = video if path.suffix == video.suffix else path
        return f"{shown}, return {replays[0].episode_return:g} in {len(replays[0])} steps"


def describe_threshold(threshold: float | None) -> str:
    """The text after a mean return."""
    return "" if threshold is None else f", threshold {threshold:g}"
