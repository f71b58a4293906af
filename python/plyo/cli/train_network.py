"""``plyo train`` of a task whose observations are numbers: a network, or a linear policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from plyo._registry.specs import EnvSpec
from plyo.cli.common import format_count, user_errors
from plyo.cli.training import Lesson, describe_threshold
from plyo.train import RandomSearchConfig, RandomSearchTrainer, Result, TrainConfig, Trainer
from plyo.train.curve import draw_curve
from plyo.train.methods import Method
from plyo.train.trainer import NetworkTrainer, Progress


def network_lessons(spec: EnvSpec, config: TrainConfig | RandomSearchConfig) -> Callable[[int], Lesson]:
    """What prepares a training with a seed, by the settings but for theirs."""

    def make(seed: int) -> Lesson:
        trainer: NetworkTrainer
        settings = replace(config, seed=seed)
        with user_errors(ValueError, RuntimeError):
            if isinstance(settings, RandomSearchConfig):
                trainer, method = RandomSearchTrainer(spec, settings), Method.ARS
                unit, total = "round", -(-settings.generations // settings.report_generations)
            else:
                trainer, method = Trainer(spec, settings), Method.CEM
                unit, total = "generation", settings.generations

        def tell(result: Result) -> list[tuple[str, str]]:
            mean = f"{result.mean_return:.2f} over 100 fresh episodes{describe_threshold(result.threshold)}"
            return [("mean return", mean), ("method", method.cited)]

        def draw(result: Result, title: str, picture: Path) -> None:
            draw_curve(trainer.history, title, result.threshold, picture)

        return Lesson(trainer, asdict(settings), seed, unit, total, trainer.history, _describe, tell, draw)

    return make


def _describe(generation: Progress) -> str:
    return (
        f"return {generation.mean_return:.1f}  best {generation.best_return:.1f}  "
        f"{format_count(generation.steps_per_second)} env steps/s"
    )
