"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plyo import error
from plyo._registry.lookup import find_spec
from plyo._registry.specs import EnvSpec
from plyo.policies import MLP
from plyo.spaces import Box
from plyo.train.config import TrainConfig
from plyo.train.evaluation import (
    EpisodeRunner,
    Scores,
    fresh_seed,
    make_batch,
    random_observations,
    search_seed,
)
from plyo.train.networks import NetworkShape, standardise
from plyo.train.search import CrossEntropySearch

#: Episodes that decide whether a task is solved.
FRESH_EPISODES = 100


@dataclass(frozen=True)
class Progress:
    """The progress after a generation.

    Attributes:
        generation: Its number, from 1.
        env_steps: Environment steps of all episodes so far.
        seconds: Time since training began.
        population_mean: The mean return of the generation's candidates.
        population_best: The mean return of its best candidate.
        mean_return: The mean return of the policy fitted to it over 100 fresh episodes.
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


class Trainer:
    """Trains a policy for a native task by the cross-entropy method.

    Every generation is one rollout: a population of candidates drawn from a Gaussian over network parameters, with
    several lanes each, one episode a lane. The Gaussian is fitted to the best of them. The network at its mean then
    plays 100 fresh episodes, with seeds that the search never uses. Training ends when that mean return exceeds the
    task's threshold by a standard error and 100 more fresh episodes reach the threshold too. Tasks without a threshold
    use up the budget of generations.

    The same config gives the same policy, with any number of threads.

    Args:
        task: The id of a registered native task, or its spec.
        config: The settings; None for the defaults.

    Attributes:
        spec: The task's spec.
        history: The progress of every generation so far.

    Raises:
        plyo.error.Error: The task is not registered, is not native or cannot be learnt by a network.
        ValueError: The task has no time limit.
    """

    def __init__(self, task: str | EnvSpec, config: TrainConfig | None = None) -> None:
        self.spec = find_spec(task) if isinstance(task, str) else task
        self.config = TrainConfig() if config is None else config
        self.history: list[Progress] = []
        self._rng = np.random.default_rng(self.config.seed)
        self._started = False
        self._start = 0.0
        self._env_steps = 0
        self._best: tuple[float, MLP] | None = None
        self._confirmed: float | None = None  # the best policy's mean return over more fresh episodes
        self._fresh: EpisodeRunner | None = None
        self._check_task()

    def _check_task(self) -> None:
        if self.spec.max_episode_steps is None:
            raise ValueError(f"{self.spec.id} has no time limit, so its episodes may never end")
        space = make_batch(self.spec, 1, "disabled", 1).single_observation_space
        if not isinstance(space, Box):
            raise error.Error(
                f"a network needs observations in a Box, those of {self.spec.id} are in {space}"
            )

    def run(self) -> Iterator[Progress]:
        """Trains, once.

        Yields:
            The progress after each generation. The loop may be left at any time, by an exception such as Ctrl-C too;
            :meth:`conclude` then has the best policy so far.

        Raises:
            RuntimeError: This trainer has run before.
        """
        if self._started:
            raise RuntimeError("this trainer has run before: make another one")
        self._started = True
        self._start = time.perf_counter()
        config = self.config
        shape = self._make_shape()
        num_elites = max(1, round(config.elite_fraction * config.population))
        search = CrossEntropySearch(
            shape.num_parameters, config.initial_std, num_elites, config.std_smoothing, self._rng
        )
        candidates = self._make_runner(config.population, config.episodes_per_candidate)
        for _ in range(config.generations):
            samples = search.sample(config.population)
            played = self._count(candidates.play(shape.policy(samples), search_seed(self._rng)))
            search.fit(samples, played.returns.mean(axis=1))
            solved = self._try_policy(shape.policy(search.mean[np.newaxis]), played)
            yield self.history[-1]
            if solved:
                return

    def conclude(self) -> Result | None:
        """The outcome so far; None before the first generation is over.

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

    def _make_shape(self) -> NetworkShape:
        """The network's shape, scaled by the observations of a rollout with random actions."""
        num_threads = self.config.num_threads
        observations, steps = random_observations(self.spec, search_seed(self._rng), num_threads)
        self._env_steps += steps
        batch = make_batch(self.spec, 1, "disabled", 1)
        assert isinstance(batch.single_observation_space, Box)
        scales = standardise(batch.single_observation_space, observations)
        return NetworkShape(scales, batch.single_action_space, self.config.hidden, self.config.activation)

    def _try_policy(self, policy: MLP, played: Scores) -> bool:
        """Plays fresh episodes, keeps the policy if it is the best, reports; returns whether it solves the task."""
        fresh = self._play_fresh(policy)
        threshold = self.spec.reward_threshold
        confirmed = None
        if threshold is not None and fresh.mean - fresh.standard_error >= threshold:
            # one lucky batch of episodes among many generations is not enough
            again = self._play_fresh(policy).mean
            confirmed = again if again >= threshold else None
        if confirmed is not None or self._best is None or fresh.mean > self._best[0]:
            self._best = (fresh.mean, policy)
            self._confirmed = confirmed
        candidate_means = played.returns.mean(axis=1)
        self.history.append(
            Progress(
                generation=len(self.history) + 1,
                env_steps=self._env_steps,
                seconds=time.perf_counter() - self._start,
                population_mean=float(candidate_means.mean()),
                population_best=float(candidate_means.max()),
                mean_return=fresh.mean,
                best_return=self._best[0],
            )
        )
        return confirmed is not None

    def _start_time(self) -> float:
        assert self._start is not None
        return self._start

    def _make_runner(self, candidates: int, episodes: int) -> EpisodeRunner:
        return EpisodeRunner(self.spec, candidates, episodes, self.config.num_threads)

    def _play_fresh(self, policy: MLP) -> Scores:
        """100 episodes with seeds that nothing else uses."""
        if self._fresh is None:
            self._fresh = self._make_runner(1, FRESH_EPISODES)
        return self._count(self._fresh.play(policy, fresh_seed(self._rng)))

    def _count(self, played: Scores) -> Scores:
        self._env_steps += played.env_steps
        return played
