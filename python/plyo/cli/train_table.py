"""``plyo train`` of a task whose observations are integers: Q-learning, beside the exact solution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from plyo._registry.specs import EnvSpec
from plyo.cli.common import format_count, user_errors
from plyo.cli.training import Lesson, describe_threshold
from plyo.train.config import TabularConfig
from plyo.train.curve import draw_table_curve
from plyo.train.tabular import FRESH_EPISODES, TabularProgress, TabularResult, TabularTrainer


def table_lessons(spec: EnvSpec, config: TabularConfig) -> Callable[[int], Lesson]:
    """What prepares a training with a seed, by the settings but for theirs."""

    def make(seed: int) -> Lesson:
        settings = replace(config, seed=seed)
        with user_errors(ValueError):
            trainer = TabularTrainer(spec, settings)

        def draw(result: TabularResult, title: str, picture: Path) -> None:
            draw_table_curve(trainer.history, title, result.optimum, result.threshold, picture)

        return Lesson(
            *(trainer, asdict(settings), seed, "round", trainer.rounds, trainer.history),
            *(_describe_round, _describe_returns, draw),
        )

    return make


def _describe_round(progress: TabularProgress) -> str:
    return (
        f"return {progress.mean_return:.4g}  while learning {progress.learning_return:.4g}  "
        f"{format_count(progress.steps_per_second)} env steps/s"
    )


def _describe_returns(result: TabularResult) -> list[tuple[str, str]]:
    """The mean over episodes, and the exact expectation."""
    mean = f"{result.mean_return:.4f} over {FRESH_EPISODES} fresh episodes"
    facts = [("mean return", mean + describe_threshold(result.threshold))]
    if result.exact_return is not None and result.optimum is not None:
        gap = result.optimum - result.exact_return
        share = f", {100 * gap / abs(result.optimum):.2f} % below the optimum" if result.optimum else ""
        facts.append(
            ("exact", f"{result.exact_return:.4f} expected; the optimum is {result.optimum:.4f}{share}")
        )
    return facts
