"""The course of ``plyo train`` for tables and networks: the bar, Ctrl-C, the files, the outcome."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from plyo._registry.specs import EnvSpec
from plyo.cli.common import INTERRUPTED, format_count, print_facts, print_line, user_errors
from plyo.cli.recording import film_with_bar, play_episodes
from plyo.train.about import origin
from plyo.train.curve_log import CurveLog
from plyo.train.methods import Method

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


@dataclass(frozen=True)
class Lesson:
    """What a method brings to the training with one seed.

    Attributes:
        learner: What learns.
        settings: Its settings, for the log.
        seed: The seed that repeats it.
        unit: The name of a unit: ``"generation"`` or ``"round"``.
        total: The most units.
        history: The reports so far.
        describe: A report in a few words.
        tell: The known returns of a policy, and what else is known of it, in lines of a name and a text.
        draw: Draws the curve of an outcome, with a title, into a file.
    """

    learner: Learner
    settings: Mapping[str, Any]
    seed: int
    unit: str
    total: int
    history: Sequence[Any]
    describe: Callable[[Any], str]
    tell: Callable[[Any], list[tuple[str, str]]]
    draw: Callable[[Any, str, Path], None]

    @property
    def points(self) -> tuple[list[int], list[float]]:
        """The environment steps and mean returns of the reports, from the end of the first episode on."""
        known = [report for report in self.history if not math.isnan(report.mean_return)]
        return [report.env_steps for report in known], [report.mean_return for report in known]


@dataclass(frozen=True)
class Learnt:
    """The end of a training.

    Attributes:
        seed: The seed that repeats it.
        result: The outcome, with its policy; None where nothing was learnt.
        finished: Whether it was not interrupted.
    """

    seed: int
    result: Any
    finished: bool


class Course:
    """What ``plyo train`` does around trainings of a task.

    Args:
        spec: The task.
        method: The method.
        files: The files of the outcome.
    """

    def __init__(self, spec: EnvSpec, method: Method, files: Files) -> None:
        self.spec, self.method, self.files = spec, method, files
        self.console = Console()
        self._noted = False  # that TensorBoard gets no file

    def run(self, make: Callable[[int], Lesson], seed: int) -> None:
        """Trains once, saves and draws what is asked for, prints the outcome; exits as ``plyo train`` does.

        Args:
            make: Prepares the training with a seed.
            seed: The seed.
        """
        lesson = make(seed)
        learnt = self.learn(lesson, self.files.log)
        result = learnt.result
        if result is None:
            self.console.print(f"interrupted in the first {lesson.unit}: there is no policy to save")
            raise typer.Exit(INTERRUPTED)
        self.save(learnt)
        if self.files.plot is not None:
            with user_errors(OSError):
                lesson.draw(result, self.title(seed), self.files.plot)
        verdict = (_VERDICTS if learnt.finished else _INTERRUPTED_VERDICTS)[result.solved]
        rate = format_count(result.env_steps / result.seconds)
        facts = [
            (self.spec.id, f"{verdict} (seed {seed})"),
            *lesson.tell(result),
            ("training", f"{result.seconds:.2f} s, {_counted(len(lesson.history), lesson.unit)}"),
            ("env steps", f"{result.env_steps}, {rate} per second"),
            *self.tell_files(learnt),
        ]
        print_facts(self.console, facts)
        exit_after([learnt], learnt.finished)

    def title(self, seed: int) -> str:
        """The title of a training, as of its curve."""
        return f"{self.spec.id}, {self.method.value}, seed {seed}"

    def learn(self, lesson: Lesson, folder: Path | None) -> Learnt:
        """Trains until the end, or until Ctrl-C.

        Args:
            lesson: The training.
            folder: The folder of its log, or None.
        """
        finished = True
        with user_errors(ValueError, OverflowError, MemoryError, OSError), ExitStack() as stack:
            limit = f"at most {_counted(lesson.total, lesson.unit)}"
            print_line(self.console, f"{self.title(lesson.seed)}: {self.method.cited}, {limit}")
            log: CurveLog | None = None
            if folder is not None:
                settings = {"task": self.spec.id, "method": self.method.value, **lesson.settings}
                log = stack.enter_context(CurveLog(folder, settings))
                if not log.has_tensorboard and not self._noted:
                    self._noted = True
                    typer.echo(
                        f"{self.files.log} gets no file for TensorBoard: pip install tensorboard", err=True
                    )
            try:
                self._follow(lesson, log)
            except KeyboardInterrupt:
                finished = False
            return Learnt(lesson.seed, lesson.learner.conclude(), finished)

    def _follow(self, lesson: Lesson, log: CurveLog | None) -> None:
        """Trains, with a live bar on a terminal and one line a unit elsewhere."""
        columns = (
            BarColumn(bar_width=10),
            TextColumn("{task.completed}/{task.total}  {task.fields[report]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as progress:
            bar = progress.add_task("", total=lesson.total, report="")
            for number, part in enumerate(lesson.learner.run(), 1):
                report = lesson.describe(part)
                if log is not None:
                    log.add(part)
                progress.update(bar, completed=number, report=report)
                if not self.console.is_terminal:
                    typer.echo(f"{lesson.unit} {number}/{lesson.total}  {report}")

    def save(self, learnt: Learnt) -> None:
        """Saves the policy; if that fails, in a new folder for temporary files, as training was costly."""
        result, path = learnt.result, self.files.policy
        policy = result.policy
        policy.about = origin(self.spec, self.method.value, learnt.seed, result.mean_return, result.env_steps)
        with user_errors(OSError):
            try:
                policy.save(path)
            except OSError as e:
                spare = Path(tempfile.mkdtemp(prefix="plyo-")) / "policy.npz"
                policy.save(spare)
                raise typer.BadParameter(
                    f"{path} cannot be written: {e.strerror}; the policy is saved as {spare}"
                ) from e

    def tell_files(self, learnt: Learnt) -> list[tuple[str, str]]:
        """The files of the outcome, after the video is recorded."""
        facts = [("policy", str(self.files.policy))]
        if self.files.plot is not None:
            facts.append(("curve", str(self.files.plot)))
        if self.files.log is not None:
            facts.append(("log", str(self.files.log)))
        if self.files.video is not None:
            facts.append(("video", self._film(learnt, self.files.video)))
        return facts

    def _film(self, learnt: Learnt, video: Path) -> str:
        """Records an episode that begins from the seed of the training; prints the file and the return."""
        with user_errors(OSError, ValueError, RuntimeError, MemoryError):
            replays = play_episodes(self.spec, learnt.result.policy, learnt.seed, 1)
            path = Path(film_with_bar(self.console, replays, video)[0])
        shown = video if path.suffix == video.suffix else path
        return f"{shown}, return {replays[0].episode_return:g} in {len(replays[0])} steps"


def exit_after(ends: Sequence[Learnt], finished: bool) -> None:
    """Exits with 130 after Ctrl-C, or with 1 if a training has not solved the task; else returns."""
    if not finished:
        raise typer.Exit(INTERRUPTED)
    if any(end.result.solved is False for end in ends):
        raise typer.Exit(1)


def describe_threshold(threshold: float | None) -> str:
    """The text after a mean return."""
    return "" if threshold is None else f", threshold {threshold:g}"


def _counted(number: int, unit: str) -> str:
    """A number of things, such as ``"1 round"``."""
    return f"{number} {unit}{'' if number == 1 else 's'}"
