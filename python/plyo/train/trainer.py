"""The training loop of networks, and the cross-entropy method."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo import error
from plyo._registry.lookup import find_spec
from plyo._registry.specs import EnvSpec
from plyo.policies import MLP
from plyo.spaces import Box, Space
from plyo.train.config import RandomSearchConfig, TrainConfig
from plyo.train.evaluation import (
    FRESH_EPISODES,
    Scores,
    fresh_seed,
    search_seed,
)
from plyo.train.networks import NetworkShape, standardise
from plyo.train.python_tasks import Runner, make_runner, sample_observations, spaces_of
from plyo.train.search import CrossEntropySearch


@dataclass(frozen=True)
class Progress:
    """The progress after a generation, or after several in :class:`plyo.train.RandomSearchTrainer`.

    Attributes:
        generation: The number of the last one, from 1.
        env_steps: Environment steps of all episodes so far.
        seconds: Time since training began.
        population_mean: The mean return of the candidates since the last report.
        population_best: The mean return of the best of them.
        mean_return: The mean return of the policy that they led to over 100 fresh episodes.
        best_return: The ``mean_return`` of the best policy so far, which is kept.
    """

    generation: int
    env_steps: int
    seconds: float
    population_mean: float
    population_best: float
    mean_return: float
    best_return: float

    @property
    def steps_per_second(self) -> float:
        """Environment steps per second since training began."""
        return self.env_steps / self.seconds


@dataclass(frozen=True)
class Result:
    """The outcome of a run.

    Attributes:
        policy: The best policy; it takes raw observations.
        mean_return: Its mean return over 100 fresh episodes, which had no part in choosing it.
        threshold: The return at which the task counts as solved, None if it has none.
        generations: Completed generations.
        env_steps: Environment steps of all episodes.
        seconds: Time from the first generation's beginning to the last one's end.
    """

    policy: MLP
    mean_return: float
    threshold: float | None
    generations: int
    env_steps: int
    seconds: float

    @property
    def solved(self) -> bool | None:
        """Whether the mean return reaches the threshold; None without a threshold."""
        return None if self.threshold is None else self.mean_return >= self.threshold


@dataclass(frozen=True)
class Attempt:
    """A policy that a search arrived at.

    Attributes:
        policy: The policy.
        generation: The number of generations so far.
        candidate_means: The mean return of each candidate since the last attempt.
    """

    policy: MLP
    generation: int
    candidate_means: npt.NDArray[np.float64]


class NetworkTrainer:
    """The base of trainers of networks: what is done with the policies that a search arrives at.

    Args:
        task: The id of a registered task, or its spec.
        config: The settings.

    Attributes:
        spec: The task's spec.
        history: The progress of every report so far.

    Raises:
        plyo.error.Error: The task is not registered or cannot be learnt by a network.
        ValueError: The task has no time limit.
    """

    def __init__(self, task: str | EnvSpec, config: TrainConfig | RandomSearchConfig) -> None:
        self.spec = find_spec(task) if isinstance(task, str) else task
        self.history: list[Progress] = []
        self._num_threads = config.num_threads
        self._rng = np.random.default_rng(config.seed)
        self._started = False
        self._start = 0.0
        self._env_steps = 0
        self._best: tuple[float, MLP] | None = None
        self._confirmed: float | None = None  # the best policy's mean return over more fresh episodes
        self._fresh: Runner | None = None
        self._check_spaces(*spaces_of(self.spec))
        if self.spec.max_episode_steps is None:
            raise ValueError(f"{self.spec.id} has no time limit, so its episodes may never end")

    def _check_spaces(self, observation_space: Space[Any], action_space: Space[Any]) -> None:
        """Raises unless policies of this kind fit between these spaces."""
        if not (isinstance(observation_space, Box) and len(observation_space.shape) == 1):
            raise error.Error(
                f"a network needs observations in a Box of one dimension, those of {self.spec.id} are in "
                f"{observation_space}"
            )

    def _search(self) -> Iterator[Attempt]:
        """The policies that the search arrives at."""
        raise NotImplementedError

    def run(self) -> Iterator[Progress]:
        """Trains, once.

        Yields:
            The progress after each report. The loop may be left at any time, by an exception such as Ctrl-C too;
            :meth:`conclude` then has the best policy so far.

        Raises:
            RuntimeError: This trainer has run before.
        """
        if self._started:
            raise RuntimeError("this trainer has run before: make another one")
        self._started = True
        self._start = time.perf_counter()
        for attempt in self._search():
            solved = self._try_policy(attempt)
            yield self.history[-1]
            if solved:
                return

    def conclude(self) -> Result | None:
        """The outcome so far; None before the first report.

        The best policy plays 100 more fresh episodes, unless it just has.
        """
        if self._best is None or not self.history:
            return None
        if self._confirmed is None:
            self._confirmed = self._play_fresh(self._best[1]).mean
        last = self.history[-1]
        return Result(
            policy=self._best[1],
            mean_return=self._confirmed,
            threshold=self.spec.reward_threshold,
            generations=last.generation,
            env_steps=last.env_steps,
            seconds=last.seconds,
        )

    def _try_policy(self, attempt: Attempt) -> bool:
        """Plays fresh episodes, keeps the policy if it is the best, reports; returns whether it solves the task."""
        policy = attempt.policy
        fresh = self._play_fresh(policy)
        threshold = self.spec.reward_threshold
        confirmed = None
        if threshold is not None and fresh.mean - fresh.standard_error >= threshold:
            # one lucky batch of episodes among many generations is not enough
            again = self._play_fresh(policy).mean
            confirmed = again if again >= threshold else None
        # a return that is no number is worse than any other
        best = math.nan if self._best is None else self._best[0]
        if confirmed is not None or self._best is None or math.isnan(best) or fresh.mean > best:
            self._best = (fresh.mean, policy)
            self._confirmed = confirmed
        self.history.append(
            Progress(
                generation=attempt.generation,
                env_steps=self._env_steps,
                seconds=time.perf_counter() - self._start,
                population_mean=float(attempt.candidate_means.mean()),
                population_best=float(attempt.candidate_means.max()),
                mean_return=fresh.mean,
                best_return=self._best[0],
            )
        )
        return confirmed is not None

    def _make_runner(self, candidates: int, episodes: int) -> Runner:
        return make_runner(self.spec, candidates, episodes, self._num_threads)

    def _play_fresh(self, policy: MLP) -> Scores:
        """100 episodes with seeds that nothing else uses."""
        if self._fresh is None:
            self._fresh = self._make_runner(1, FRESH_EPISODES)
        return self._count(self._fresh.play(policy, fresh_seed(self._rng)))

    def _count(self, played: Scores) -> Scores:
        self._env_steps += played.env_steps
        return played


class Trainer(NetworkTrainer):
    """Trains a policy by the cross-entropy method; in rollouts if the task is native, else in Python, which is slower.

    Every generation is one rollout: a population of candidates drawn from a Gaussian over network parameters, with
    several lanes each, one episode a lane. The Gaussian is fitted to the best of them. The network at its mean then
    plays 100 fresh episodes, with seeds that the search never uses. Training ends when that mean return exceeds the
    task's threshold by a standard error and 100 more fresh episodes reach the threshold too. Tasks without a threshold
    use up the budget of generations.

    The same config gives the same policy, with any number of threads.

    Args:
        task: The id of a registered task, or its spec.
        config: The settings; None for the defaults.

    Attributes:
        spec: The task's spec.
        history: The progress of every generation so far.

    Raises:
        plyo.error.Error: The task is not registered or cannot be learnt by a network.
        ValueError: The task has no time limit.
    """

    def __init__(self, task: str | EnvSpec, config: TrainConfig | None = None) -> None:
        self.config = TrainConfig() if config is None else config
        super().__init__(task, self.config)

    def _search(self) -> Iterator[Attempt]:
        config = self.config
        shape = self._make_shape()
        num_elites = max(1, round(config.elite_fraction * config.population))
        search = CrossEntropySearch(
            shape.num_parameters, config.initial_std, num_elites, config.std_smoothing, self._rng
        )
        candidates = self._make_runner(config.population, config.episodes_per_candidate)
        for generation in range(1, config.generations + 1):
            samples = search.sample(config.population)
            played = self._count(candidates.play(shape.policy(samples), search_seed(self._rng)))
            means = played.returns.mean(axis=1)
            search.fit(samples, means)
            yield Attempt(shape.policy(search.mean[np.newaxis]), generation, means)

    def _make_shape(self) -> NetworkShape:
        """The network's shape, scaled by the observations of a rollout with random actions."""
        observations, steps = sample_observations(self.spec, search_seed(self._rng), self._num_threads)
        self._env_steps += steps
        observed, acted = spaces_of(self.spec)
        assert isinstance(observed, Box)
        return NetworkShape(
            standardise(observed, observations), acted, self.config.hidden, self.config.activation
        )
