"""The settings of training runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from plyo.basics.integers import check_integer


@dataclass(frozen=True)
class TrainConfig:
    """The settings of :class:`plyo.train.Trainer`. The defaults suit every task.

    Attributes:
        seed: A non-negative integer that determines everything: the search and all episodes.
        population: Candidates in a generation, at least 2.
        episodes_per_candidate: Episodes whose mean return ranks a candidate.
        generations: The budget; a run ends earlier when the task is solved.
        hidden: Sizes of the hidden layers, empty for a linear policy.
        activation: ``"tanh"`` or ``"relu"``, after each hidden layer.
        elite_fraction: The share of candidates that the next generation is fitted to, above 0 and at most 1.
        initial_std: The standard deviation of every parameter in the first generation. Parameters act on
            standardised observations; after the first layer they are divided by the square root of the layer's inputs.
        std_smoothing: From 0 to below 1: the share of the old standard deviations that a generation keeps.
        num_threads: Threads of the rollouts, None for all; they do not change the result.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: A value is out of its range.
    """

    seed: int = 0
    population: int = 128
    episodes_per_candidate: int = 16
    generations: int = 100
    hidden: tuple[int, ...] = (16,)
    activation: str = "relu"
    elite_fraction: float = 0.05
    initial_std: float = 3.0
    std_smoothing: float = 0.8
    num_threads: int | None = None

    def __post_init__(self) -> None:
        """Checks every value."""
        check_integer("seed", self.seed, 0)
        check_integer("population", self.population, 2)
        check_integer("episodes_per_candidate", self.episodes_per_candidate, 1)
        check_integer("generations", self.generations, 1)
        for size in self.hidden:
            check_integer("a size in hidden", size, 1)
        if self.num_threads is not None:
            check_integer("num_threads", self.num_threads, 1)
        if self.activation not in ("tanh", "relu"):
            raise ValueError(f"activation must be 'tanh' or 'relu', got {self.activation!r}")
        if not 0 < self.elite_fraction <= 1:
            raise ValueError(f"elite_fraction must be above 0 and at most 1, got {self.elite_fraction}")
        if not (self.initial_std > 0 and math.isfinite(self.initial_std)):
            raise ValueError(f"initial_std must be above 0 and finite, got {self.initial_std}")
        if not 0 <= self.std_smoothing < 1:
            raise ValueError(f"std_smoothing must be at least 0 and below 1, got {self.std_smoothing}")


@dataclass(frozen=True)
class RandomSearchConfig:
    """The settings of :class:`plyo.train.RandomSearchTrainer`. The defaults suit MuJoCo's tasks.

    Attributes:
        seed: A non-negative integer that determines everything: the search and all episodes.
        directions: Random directions in a generation, at least 1. Each is tried forwards and backwards.
        top_directions: The number of best directions that a generation moves along, at most ``directions``.
        step_size: The length of a move, above 0. It is divided by the standard deviation of the returns.
        noise: The distance at which directions are tried, above 0. Parameters act on standardised observations.
        episodes_per_candidate: Episodes whose mean return ranks each try of a direction.
        generations: The budget; a run ends earlier when the task is solved.
        report_generations: Generations from one report, with 100 fresh episodes, to the next.
        survival_bonus: Subtracted from every reward in the search, not in reports: a bonus for every step that an
            episode goes on drowns the reward for moving. None takes ``healthy_reward`` of tasks that also have a
            ``forward_reward_weight``, such as Hopper's 1, and 0 for other tasks.
        num_threads: Threads of the rollouts, None for all; they do not change the result.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: A value is out of its range.
    """

    seed: int = 0
    directions: int = 16
    top_directions: int = 8
    step_size: float = 0.02
    noise: float = 0.03
    episodes_per_candidate: int = 1
    generations: int = 400
    report_generations: int = 10
    survival_bonus: float | None = None
    num_threads: int | None = None

    def __post_init__(self) -> None:
        """Checks every value."""
        check_integer("seed", self.seed, 0)
        for name in (
            "directions",
            "top_directions",
            "episodes_per_candidate",
            "generations",
            "report_generations",
        ):
            check_integer(name, getattr(self, name), 1)
        if self.num_threads is not None:
            check_integer("num_threads", self.num_threads, 1)
        if self.top_directions > self.directions:
            raise ValueError(
                f"top_directions must be at most directions={self.directions}, got {self.top_directions}"
            )
        for name in ("step_size", "noise"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be above 0 and finite, got {value}")
        if self.survival_bonus is not None and not math.isfinite(self.survival_bonus):
            raise ValueError(f"survival_bonus must be finite or None, got {self.survival_bonus}")


@dataclass(frozen=True)
class TabularConfig:
    """The settings of :class:`plyo.train.TabularTrainer`. The defaults suit every task.

    Attributes:
        seed: A non-negative integer that determines everything: learning and all episodes.
        steps: The budget in environment steps.
        round_steps: Environment steps from one report to the next.
        discount: From 0 to 1: the factor of a reward one step later.
        first_epsilon: From 0 to 1: the probability of a random action when training begins.
        last_epsilon: The same when it ends.
        least_rate: From 0 to 1: entries move by at least this share of the difference, and by
            ``1 / (1 + (1 - discount) * visits)`` if that is more.
        num_threads: Threads of the reports' rollouts, None for all; they do not change the result.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: A value is out of its range.
    """

    seed: int = 0
    steps: int = 10_000_000
    round_steps: int = 500_000
    discount: float = 0.99
    first_epsilon: float = 1.0
    last_epsilon: float = 0.1
    least_rate: float = 0.0
    num_threads: int | None = None

    def __post_init__(self) -> None:
        """Checks every value."""
        check_integer("seed", self.seed, 0)
        check_integer("steps", self.steps, 1)
        check_integer("round_steps", self.round_steps, 1)
        if self.num_threads is not None:
            check_integer("num_threads", self.num_threads, 1)
        for name in ("discount", "first_epsilon", "last_epsilon", "least_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {getattr(self, name)}")
