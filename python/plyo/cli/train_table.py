"""``plyo train`` of a task whose observations are integers: Q-learning, beside the exact solution."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from plyo.cli.common import INTERRUPTED, follow_training, format_count, print_facts, user_errors
from plyo.envs.specs import EnvSpec
from plyo.train.config import TabularConfig
from plyo.train.curve import draw_table_curve
from plyo.train.tabular import FRESH_EPISODES, TabularProgress, TabularResult, TabularTrainer


def train_table(spec: EnvSpec, config: TabularConfig, path: Path, plot: Path | None) -> None:
    """Learns, saves the policy, draws the curve, prints the outcome; exits as ``plyo train`` says."""
    with user_errors(ValueError):
        trainer = TabularTrainer(spec, config)
    console = Console()
    finished = True
    with user_errors(ValueError, MemoryError):
        try:
            follow_training(console, trainer.run(), trainer.rounds, "round", _describe_round)
        except KeyboardInterrupt:
            finished = False
        result = trainer.conclude()
    if result is None:
        console.print("interrupted in the first round: there is no policy to save")
        raise typer.Exit(INTERRUPTED)
    with user_errors(OSError):
        result.policy.save(path)
        if plot is not None:
            title = f"{spec.id}, seed {config.seed}"
            draw_table_curve(trainer.history, title, result.optimum, result.threshold, plot)
    _report(console, spec, config, result, path, plot, finished)
    if not finished:
        raise typer.Exit(INTERRUPTED)
    if result.solved is False:
        raise typer.Exit(1)


def _describe_round(progress: TabularProgress) -> str:
    return (
        f"return {progress.mean_return:.4g}  while learning {progress.learning_return:.4g}  "
        f"{format_count(progress.steps_per_second)} env steps/s"
    )


def _report(
    console: Console,
    spec: EnvSpec,
    config: TabularConfig,
    result: TabularResult,
    path: Path,
    plot: Path | None,
    finished: bool,
) -> None:
    """Prints the outcome."""
    threshold = "" if result.threshold is None else f", threshold {result.threshold:g}"
    verdict = {None: "trained; the task has no threshold", True: "solved", False: "not solved"}[result.solved]
    if not finished:
        verdict = f"interrupted; {verdict}"
    facts = [
        (spec.id, f"{verdict} (seed {config.seed})"),
        ("mean return", f"{result.mean_return:.4f} over {FRESH_EPISODES} fresh episodes{threshold}"),
    ]
    if result.exact_return is not None and result.optimum is not None:
        gap = result.optimum - result.exact_return
        share = f", {100 * gap / abs(result.optimum):.2f} % below the optimum" if result.optimum else ""
        facts.append(
            ("exact", f"{result.exact_return:.4f} expected; the optimum is {result.optimum:.4f}{share}")
        )
    rate = format_count(result.env_steps / result.seconds)
    facts += [
        ("training", f"{result.seconds:.2f} s, {result.rounds} rounds"),
        ("env steps", f"{result.env_steps}, {rate} per second"),
        ("policy", str(path)),
    ]
    if plot is not None:
        facts.append(("curve", str(plot)))
    print_facts(console, facts)
