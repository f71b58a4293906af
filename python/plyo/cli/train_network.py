"""``plyo train`` of a task whose observations are numbers: a network, or a linear policy."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from plyo._registry.specs import EnvSpec
from plyo.cli.common import format_count, user_errors
from plyo.cli.training import Course, Files, describe_threshold
from plyo.train import RandomSearchConfig, RandomSearchTrainer, Result, TrainConfig, Trainer
from plyo.train.curve import draw_curve
from plyo.train.methods import Method
from plyo.train.trainer import NetworkTrainer, Progress


def train_network(spec: EnvSpec, config: TrainConfig | RandomSearchConfig, files: Files) -> None:
    """Learns, saves the policy, draws the curve and the video, prints the outcome; exits as ``plyo train`` does."""
    trainer: NetworkTrainer
    with user_errors(ValueError, RuntimeError):
        if isinstance(config, RandomSearchConfig):
            trainer, method = RandomSearchTrainer(spec, config), Method.ARS
            unit, total = "round", -(-config.generations // config.report_generations)
        else:
            trainer, method = Trainer(spec, config), Method.CEM
            unit, total = "generation", config.generations
    course = Course(spec, method, asdict(config), config.seed, files, unit, total)
    result: Result = course.learn(trainer, _describe_generation)

    def draw(picture: Path) -> None:
        draw_curve(trainer.history, course.title, spec.reward_threshold, picture)

    mean = f"{result.mean_return:.2f} over 100 fresh episodes{describe_threshold(result.threshold)}"
    course.conclude(result, draw, [("mean return", mean), ("method", method.cited)], len(trainer.history))


def _describe_generation(generation: Progress) -> str:
    return (
        f"return {generation.mean_return:.1f}  best {generation.best_return:.1f}  "
        f"{format_count(generation.steps_per_second)} env steps/s"
    )
