"""Tabular Q-learning, for tasks whose observations are integers.

trainer = plyo.train.TabularTrainer("FrozenLake-v1", plyo.train.TabularConfig(seed=0))
for progress in trainer.run():
    print(progress.env_steps, progress.mean_return)
result = trainer.conclude()
print(result.mean_return, result.exact_return, result.optimum)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from plyo import error, tabular
from plyo._native import QLearner
from plyo._registry.lookup import find_spec
from plyo._registry.specs import EnvSpec
from plyo.policies import Tabular
from plyo.spaces import Discrete, Space, Tuple
from plyo.train.config import TabularConfig
from plyo.train.evaluation import EpisodeRunner, fresh_seed, make_batch, search_seed

#: The episodes of a report while learning, and of the last report.
REPORT_EPISODES = 1000
FRESH_EPISODES = 10_000

#: The time limit for tasks without one.
TIME_LIMIT = 1000

#: A return within this share of the optimum counts as the optimum.
CLOSE = 0.02

#: The most entries of a table.
_MAX_ENTRIES = 2**26

#: Environments that learn side by side.
_NUM_LANES = 64


@dataclass(frozen=True)
class TabularProgress:
    """The progress after a round.

    Attributes:
        round: Its number, from 1.
        env_steps: Environment steps so far, without the steps of the reports.
        seconds: Time since training began.
        learning_return: The mean return of the episodes that ended in the round, random actions among them; NaN if
            no episode ended.
        mean_return: The mean return of the table's best actions over 1000 fresh episodes.
    """

    round: int
    env_steps: int
    seconds: float
    learning_return: float
    mean_return: float

    @property
    def steps_per_second(self) -> float:
        """Environment steps per second since training began."""
        return self.env_steps / self.seconds


@dataclass(frozen=True)
class TabularResult:
    """The outcome of a run.

    Attributes:
        policy: The best actions of the table.
        values: float64 ``(S, A)``, the table.
        mean_return: The policy's mean return over 10000 fresh episodes.
        exact_return: Its exact expected return from the first states of these episodes, under the time limit;
            None for a task without a model.
        optimum: The greatest return of any policy from these states; None for a task without a model.
        threshold: The return at which the task counts as solved, None if it has none.
        rounds: Completed rounds.
        env_steps: Environment steps of learning.
        seconds: Time from the first round's beginning to the last one's end.
    """

    policy: Tabular
    values: npt.NDArray[np.float64]
    mean_return: float
    exact_return: float | None
    optimum: float | None
    threshold: float | None
    rounds: int
    env_steps: int
    seconds: float

    @property
    def solved(self) -> bool | None:
        """Whether the mean return reaches the threshold, or the exact one is within 2 % of the optimum.

        None for a task that has neither a threshold nor a model.
        """
        reached = None if self.threshold is None else self.mean_return >= self.threshold
        if self.exact_return is None or self.optimum is None or reached:
            return reached
        return self.optimum - self.exact_return <= CLOSE * abs(self.optimum)


class TabularTrainer:
    """Learns a table of action values by Q-learning, natively.

    64 environments step side by side with the best actions of the table, or with random actions, which become rarer as
    training goes on. Every step moves its entry of the table towards the observed result. The model of a task, if there
    is one, does not take part in learning; it serves for comparison with the exact solution.

    The same config gives the same table, with any number of threads. Tasks without a time limit are cut off after 1000
    steps.

    Args:
        task: The id of a registered native task, or its spec.
        config: The settings; None for the defaults.

    Attributes:
        spec: The task's spec, with the time limit in force.
        rounds: The number of rounds that the budget allows.
        history: The progress of every round so far.

    Raises:
        plyo.error.Error: The task is not registered, is not native or cannot be learnt by a table.
    """

    def __init__(self, task: str | EnvSpec, config: TabularConfig | None = None) -> None:
        spec = find_spec(task) if isinstance(task, str) else task
        self._limit = TIME_LIMIT if spec.max_episode_steps is None else spec.max_episode_steps
        self.spec = replace(spec, max_episode_steps=self._limit)
        self.config = TabularConfig() if config is None else config
        self.history: list[TabularProgress] = []
        self._rng = np.random.default_rng(self.config.seed)
        self.rounds = -(-self.config.steps // max(_NUM_LANES, self.config.round_steps))
        self._started = False
        self._envs = make_batch(self.spec, _NUM_LANES, "same_step", 1)
        entries = num_entries(self._envs.single_observation_space)
        actions = self._envs.single_action_space
        if entries is None or not isinstance(actions, Discrete):
            raise error.Error(
                f"a table needs Discrete observations and actions, those of {self.spec.id} are in "
                f"{self._envs.single_observation_space} and {actions}"
            )
        if entries * int(actions.n) > _MAX_ENTRIES:
            raise error.Error(
                f"a table for {self.spec.id} has {entries} x {actions.n} entries, more than {_MAX_ENTRIES}"
            )
        seed = int(self._rng.integers(2**62))
        self._learner = QLearner(self.config.discount, self.config.least_rate, seed)
        self._reports = EpisodeRunner(self.spec, 1, REPORT_EPISODES, self.config.num_threads)

    def run(self) -> Iterator[TabularProgress]:
        """Trains, once.

        Yields:
            The progress after each round. The loop may be left at any time, by an exception such as Ctrl-C too;
            :meth:`conclude` then has the table so far.

        Raises:
            RuntimeError: This trainer has run before.
        """
        if self._started:
            raise RuntimeError("this trainer has run before: make another one")
        self._started = True
        start = time.perf_counter()
        self._envs.reset(seed=search_seed(self._rng))
        sweeps = max(1, self.config.steps // _NUM_LANES)  # steps of the batch
        begin = 0
        for i in range(self.rounds):
            end = sweeps * (i + 1) // self.rounds
            first, last = self._epsilon(begin / sweeps), self._epsilon(end / sweeps)
            episodes, total = self._learner.learn(self._envs._engine, end - begin, first, last)
            begin = end
            scores = self._reports.play(self._policy(), fresh_seed(self._rng))
            self.history.append(
                TabularProgress(
                    round=len(self.history) + 1,
                    env_steps=end * _NUM_LANES,
                    seconds=time.perf_counter() - start,
                    learning_return=total / episodes if episodes else float("nan"),
                    mean_return=scores.mean,
                )
            )
            yield self.history[-1]

    def _epsilon(self, share: float) -> float:
        """The probability of a random action when this share of the budget is used up."""
        config = self.config
        return config.first_epsilon + (config.last_epsilon - config.first_epsilon) * share

    def _policy(self) -> Tabular:
        return Tabular(self._learner.values())

    def conclude(self) -> TabularResult | None:
        """The outcome so far; None before the first round is over."""
        if not self.history:
            return None
        policy = self._policy()
        runner = EpisodeRunner(self.spec, 1, FRESH_EPISODES, self.config.num_threads)
        scores = runner.play(policy, fresh_seed(self._rng))
        exact, optimum = self._compare(policy, runner.first_observations)
        last = self.history[-1]
        return TabularResult(
            policy=policy,
            values=self._learner.values(),
            mean_return=scores.mean,
            exact_return=exact,
            optimum=optimum,
            threshold=self.spec.reward_threshold,
            rounds=last.round,
            env_steps=last.env_steps,
            seconds=last.seconds,
        )

    def _compare(self, policy: Tabular, starts: object) -> tuple[float | None, float | None]:
        """The exact expected returns of a policy and of the best one from these states."""
        try:
            model = tabular.transitions(self._envs)
        except ValueError:
            return None, None
        begun = np.asarray(starts)
        exact = tabular.evaluate(model, policy.actions, horizon=self._limit)[begun].mean()
        optimum = tabular.finite_horizon(model, self._limit).values[begun].mean()
        return float(exact), float(optimum)


def num_entries(space: Space[object]) -> int | None:
    """The entries of a table over the elements of a space; None if they are not integers."""
    if isinstance(space, Discrete):
        return int(space.n)
    if not isinstance(space, Tuple) or not space.spaces:
        return None
    product = 1
    for part in space.spaces:
        if not isinstance(part, Discrete):
            return None
        product *= int(part.n)
    return product


def learns_by_table(spec: EnvSpec) -> bool:
    """Whether a native task is learnt by a table rather than a network.

    Raises:
        plyo.error.Error: The task is not native.
    """
    batch = make_batch(spec, 1, "disabled", 1)
    return num_entries(batch.single_observation_space) is not None and isinstance(
        batch.single_action_space, Discrete
    )
