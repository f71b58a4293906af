"""``plyo train --algo ppo``: the loop of ``examples/ppo.py``, which is ``plyo.train.ppo``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from plyo._registry.specs import EnvSpec
from plyo.basics.install import is_installed
from plyo.cli.common import format_count, user_errors
from plyo.cli.training import Lesson, describe_threshold
from plyo.policies import MLP
from plyo.train.curve import draw_returns
from plyo.train.evaluation import FRESH_EPISODES, fresh_seed, play_replays
from plyo.train.methods import Method

if TYPE_CHECKING:
    from plyo.train.ppo import Ppo, Report


def check_torch() -> None:
    """A user error unless torch is installed."""
    if not is_installed("torch"):
        raise typer.BadParameter("--algo ppo needs torch, which is not installed: pip install torch")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a training.

    Attributes:
        policy: The policy with the best recent episodes, without its randomness.
        mean_return: Its mean return over 100 fresh episodes.
        threshold: The return at which the task counts as solved, None if it has none.
        env_steps: Environment steps of the training.
        seconds: Its time.
    """

    policy: MLP
    mean_return: float
    threshold: float | None
    env_steps: int
    seconds: float

    @property
    def solved(self) -> bool | None:
        """Whether the mean return reaches the threshold; None without a threshold."""
        return None if self.threshold is None else self.mean_return >= self.threshold


class Learner:
    """The loop as :class:`plyo.cli.training.Course` follows it.

    Attributes:
        history: The reports so far.
    """

    def __init__(self, spec: EnvSpec, ppo: Ppo) -> None:
        self._spec, self._ppo = spec, ppo
        self.history: list[Report] = []

    def run(self) -> Iterator[Report]:
        """The reports of the updates."""
        for report in self._ppo.run():
            self.history.append(report)
            yield report

    def conclude(self) -> Outcome | None:
        """The outcome, None before the first update."""
        if not self.history:
            return None
        policy, last = self._ppo.best_policy, self.history[-1]
        seed = fresh_seed(np.random.default_rng(self._ppo.config.seed))
        replays = play_replays(self._spec, policy, seed, FRESH_EPISODES)
        return Outcome(
            policy=policy,
            mean_return=float(np.mean([replay.episode_return for replay in replays])),
            threshold=self._spec.reward_threshold,
            env_steps=last.env_steps,
            seconds=last.rollout_seconds + last.training_seconds,
        )


def ppo_lessons(spec: EnvSpec, chosen: Mapping[str, Any], num_threads: int | None) -> Callable[[int], Lesson]:
    """What prepares a training with a seed.

    Args:
        spec: The task.
        chosen: Settings of ``plyo.train.ppo.Config`` that are not the defaults.
        num_threads: The threads of the environments.
    """
    with user_errors(ValueError):
        _check(chosen)

    def make(seed: int) -> Lesson:
        import torch

        from plyo.train.ppo import Config, Ppo

        with user_errors(ValueError):
            config = Config(id=spec.id, seed=seed, **chosen)
            torch.set_num_threads(config.torch_threads)
            learner = Learner(spec, Ppo(config, num_threads))

        def draw(outcome: Outcome, title: str, picture: Path) -> None:
            steps, returns = lesson.points
            draw_returns(steps, returns, title, outcome.threshold, picture)

        updates = math.ceil(config.total_steps / (config.num_envs * config.num_steps))
        lesson = Lesson(
            *(learner, asdict(config), seed, "update", updates, learner.history),
            *(_describe, _tell, draw),
        )
        return lesson

    return make


def _tell(outcome: Outcome) -> list[tuple[str, str]]:
    threshold = describe_threshold(outcome.threshold)
    mean = f"{outcome.mean_return:.2f} over {FRESH_EPISODES} fresh episodes{threshold}"
    return [("mean return", mean), ("method", Method.PPO.cited)]


def _check(chosen: Mapping[str, Any]) -> None:
    """Raises unless the settings are in their ranges; integers have been checked as options."""
    if not 0 <= chosen["gamma"] <= 1:
        raise ValueError(f"discount must be from 0 to 1, got {chosen['gamma']}")
    rate = chosen.get("learning_rate", 1.0)
    if not (rate > 0 and math.isfinite(rate)):
        raise ValueError(f"learning_rate must be above 0 and finite, got {rate}")


def _describe(report: Report) -> str:
    total = report.rollout_seconds + report.training_seconds
    share = report.rollout_seconds / total
    return (
        f"return {report.mean_return:.1f}  {format_count(report.env_steps / total)} env steps/s "
        f"({share:.0%} rollout, {1 - share:.0%} training)"
    )
