"""Tasks that are stepped in Python, for the trainers of networks: the same functions as for native ones."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import plyo
from plyo._registry.specs import EnvSpec
from plyo.envs.creators import Creator
from plyo.policies import Policy, Random
from plyo.spaces import Space
from plyo.train.acting import Actor
from plyo.train.evaluation import EpisodeRunner, Observer, Scores, make_batch, random_observations

__all__ = ["PythonRunner", "Runner", "is_native", "make_runner", "sample_observations", "spaces_of"]

#: The most environments that exist side by side.
_LANES = 64
#: The episodes under random actions that scale observations, and the steps after which no more of them begin.
_SAMPLED_EPISODES, _SAMPLED_STEPS = 64, 4096


class Runner(Protocol):
    """Plays one episode a lane, several lanes a candidate."""

    def play(self, policy: Policy, seed: int, observer: Observer | None = None) -> Scores:
        """As :meth:`plyo.train.evaluation.EpisodeRunner.play`."""


def is_native(spec: EnvSpec) -> bool:
    """Whether a task is stepped natively: it has a native batch, and no wrappers, which are in Python."""
    return Creator(spec.vector_entry_point).is_native and not spec.additional_wrappers


def spaces_of(spec: EnvSpec) -> tuple[Space[Any], Space[Any]]:
    """The spaces of observations and actions."""
    if is_native(spec):
        batch = make_batch(spec, 1, "disabled", 1)
        return batch.single_observation_space, batch.single_action_space
    with plyo.make(spec) as env:
        return env.observation_space, env.action_space


def make_runner(spec: EnvSpec, candidates: int, episodes: int, num_threads: int | None) -> Runner:
    """What plays the episodes of a task with a time limit; arguments as of :class:`EpisodeRunner`."""
    if is_native(spec):
        return EpisodeRunner(spec, candidates, episodes, num_threads)
    return PythonRunner(spec, candidates, episodes)


def sample_observations(spec: EnvSpec, seed: int, num_threads: int | None) -> tuple[npt.NDArray[Any], int]:
    """Observations ``(..., elements)`` under random actions, and the number of steps."""
    if is_native(spec):
        return random_observations(spec, seed, num_threads)
    rows: list[npt.NDArray[np.float64]] = []
    runner = PythonRunner(spec, 1, _SAMPLED_EPISODES)
    steps = runner.play(Random(seed), seed, rows.append, most_steps=_SAMPLED_STEPS).env_steps
    return np.concatenate(rows), steps


class PythonRunner:
    """Plays episodes of environments in Python, some of them side by side, so that networks act on many rows at once.

    Args:
        spec: A task.
        candidates: The number of policies in a population.
        episodes: Episodes of each candidate.
    """

    def __init__(self, spec: EnvSpec, candidates: int, episodes: int) -> None:
        self._spec, self._shape = spec, (candidates, episodes)
        self._envs = ExitStack()
        self._lanes: list[_Lane] = []
        weakref.finalize(self, self._envs.close)

    def play(
        self, policy: Policy, seed: int, observer: Observer | None = None, most_steps: int | None = None
    ) -> Scores:
        """Plays the episodes that begin from ``seed``, ``seed + 1``, ...

        Args:
            policy: The policy, or a population.
            seed: The seed of the first episode.
            observer: Is given every observation that the policy acted upon.
            most_steps: The number of steps after which episodes are left where they are; None for no limit.

        Raises:
            ValueError: The policy does not fit the task.
        """
        total = self._shape[0] * self._shape[1]
        returns, lengths = np.zeros(total), np.zeros(total, np.int64)
        members = np.arange(total) // self._shape[1]
        while len(self._lanes) < min(total, _LANES):
            self._lanes.append(_Lane(self._envs.enter_context(plyo.make(self._spec))))
        actor = Actor(policy, *self._lanes[0].spaces)
        waiting = iter(range(total))
        busy = [lane for lane in self._lanes if lane.begin(waiting, seed)]
        while busy and (most_steps is None or lengths.sum() < most_steps):
            current = [lane.observation for lane in busy]
            if observer is not None:
                observer(np.array([np.ravel(observation) for observation in current], np.float64))
            numbers = np.array([lane.episode for lane in busy])
            still = []
            for lane, action in zip(busy, actor.act(current, members[numbers]), strict=True):
                lengths[lane.episode] += 1
                reward, ended = lane.step(action)
                returns[lane.episode] += reward
                if not ended or lane.begin(waiting, seed):
                    still.append(lane)
            busy = still
        return Scores(returns.reshape(self._shape), lengths.reshape(self._shape))


class _Lane:
    """An environment that plays one episode after another."""

    episode: int
    observation: Any

    def __init__(self, env: Any) -> None:
        self._env = env
        self.spaces = env.observation_space, env.action_space

    def begin(self, waiting: Iterator[int], seed: int) -> bool:
        """Begins the next episode, if one is left."""
        number = next(waiting, None)
        if number is None:
            return False
        self.episode = number
        self.observation, _ = self._env.reset(seed=seed + number)
        return True

    def step(self, action: Any) -> tuple[float, bool]:
        """The reward, and whether the episode has ended."""
        self.observation, reward, terminated, truncated, _ = self._env.step(action)
        return float(reward), bool(terminated or truncated)
