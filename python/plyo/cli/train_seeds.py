"""``plyo train --seeds``: the same training with several seeds, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import typer

from plyo.cli.common import INTERRUPTED, print_facts, user_errors
from plyo.cli.training import Course, Learnt, Lesson, exit_after
from plyo.train.curve import draw_seeds


def run_seeds(course: Course, make: Callable[[int], Lesson], seeds: Sequence[int]) -> None:
    """Trains with one seed after the other, saves the best policy, draws the curves, prints the outcome.

    Exits as ``plyo train`` does: 0 if every seed solved the task or there is nothing to compare with, 1 if one did
    not, 130 after Ctrl-C, which ends the training under way and leaves the other seeds out.

    Args:
        course: The training around all seeds.
        make: Prepares the training with a seed.
        seeds: The seeds.
    """
    ends: list[Learnt] = []
    curves: list[tuple[list[int], list[float]]] = []
    for number, seed in enumerate(seeds, 1):
        course.console.print(f"training {number} of {len(seeds)}")
        lesson = make(seed)
        folder = None if course.files.log is None else course.files.log / f"seed-{seed}"
        learnt = course.learn(lesson, folder)
        if learnt.result is not None:
            ends.append(learnt)
            curves.append(lesson.points)
        if not learnt.finished:
            break
    finished = len(ends) == len(seeds) and ends[-1].finished
    if not ends:
        course.console.print("interrupted before the first report: there is no policy to save")
        raise typer.Exit(INTERRUPTED)
    best = max(ends, key=lambda end: end.result.mean_return)
    course.save(best)
    if course.files.plot is not None:
        _draw(course, curves, ends, course.files.plot)
    print_facts(course.console, [*_tell(course, ends, best, len(seeds)), *course.tell_files(best)])
    exit_after(ends, finished)


def _draw(
    course: Course, curves: list[tuple[list[int], list[float]]], ends: list[Learnt], picture: Path
) -> None:
    first, last = ends[0].seed, ends[-1].seed
    told = f"seed {first}" if first == last else f"seeds {first} to {last}"
    title = f"{course.spec.id}, {course.method.value}, {told}"
    with user_errors(OSError):
        draw_seeds([curve for curve in curves if curve[0]], title, ends[0].result.threshold, picture)


def _tell(course: Course, ends: list[Learnt], best: Learnt, wished: int) -> list[tuple[str, str]]:
    """The verdict, the mean over the seeds, and a line for each of them."""
    returns = [end.result.mean_return for end in ends]
    solved = sum(end.result.solved is True for end in ends)
    known = ends[0].result.solved is not None
    verdict = f"solved with {solved} of {len(ends)} seeds" if known else f"trained with {len(ends)} seeds"
    missing = wished - sum(end.finished for end in ends)
    if missing:
        verdict += f"; interrupted, {missing} of {wished} seeds are not complete"
    spread = f", standard deviation {np.std(returns, ddof=1):.2f}" if len(returns) > 1 else ""
    lines = [(course.spec.id, verdict), ("mean return", f"{np.mean(returns):.2f}{spread}")]
    for end in ends:
        result = end.result
        mark = "; its policy is saved" if end is best else ""
        cost = f"in {result.env_steps} env steps, {result.seconds:.2f} s"
        lines.append((f"seed {end.seed}", f"{result.mean_return:.2f} {cost}{mark}"))
    lines.append(("method", course.method.cited))
    return lines
