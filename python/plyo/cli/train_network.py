"""``plyo train`` of a task whose observations are numbers: a network by the cross-entropy method."""

from __future__ import annotations

from pathlib import Path

from plyo._registry.specs import EnvSpec
from plyo.cli.common import format_count, user_errors
from plyo.cli.training import Course, Files, describe_threshold
from plyo.train import Result, TrainConfig, Trainer
from plyo.train.curve import draw_curve
from plyo.train.trainer import Progress


def train_network(spec: EnvSpec, config: TrainConfig, files: Files) -> None:
    """Learns, saves the policy, draws the curve and the video, prints the outcome; exits as ``plyo train`` does."""
    with user_errors(ValueError, RuntimeError):
        trainer = Trainer(spec, config)
    course = Course(spec, config.seed, files, "generation", config.generations)
    result: Result = course.learn(trainer, _describe_generation)

    def draw(picture: Path) -> None:
        draw_curve(trainer.history, course.title, spec.reward_threshold, picture)

    mean = f"{result.mean_return:.2f} over 100 fresh episodes{describe_threshold(result.threshold)}"
    course.conclude(result, draw, [("mean return", mean)], result.generations)


def _describe_generation(generation: Progress) -> str:
    return (
        f"return {generation.mean_return:.1f}  best {generation.best_return:.1f}  "
        f"{format_count(generation.steps_per_second)} env steps/s"
    )
