"""Episodes of a population, played in one native rollout."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import plyo
from plyo._registry.specs import EnvSpec
from plyo.policies import Policy, Random
from plyo.replay import Ending, Replay
from plyo.vector.task_batch import NativeVectorEnv

#: Seeds of the search are below this number, seeds of fresh episodes are not.
_FIRST_FRESH_SEED = 2**62

#: The steps of a recorded episode without a time limit.
MAX_STEPS = 1000
#: The steps of a rollout; after each rollout the ends of episodes are checked.
_CHUNK = 256
#: Episodes that decide whether a task is solved.
FRESH_EPISODES = 100

#: Is given observations ``(n, elements)``.
Observer = Callable[[npt.NDArray[np.float64]], None]


@dataclass(frozen=True)
class Scores:
    """The result of one rollout of whole episodes.

    Attributes:
        returns: ``(candidates, episodes)``.
        lengths: Their steps, of the same shape.
    """

    returns: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.int64]

    @property
    def env_steps(self) -> int:
        """The steps of these episodes together."""
        return int(self.lengths.sum())

    @property
    def mean(self) -> float:
        """The mean return over all episodes."""
        return float(self.returns.mean())

    @property
    def standard_error(self) -> float:
        """The standard error of the mean."""
        return float(self.returns.std()) / math.sqrt(self.returns.size)


class EpisodeRunner:
    """Plays one episode a lane, several lanes a candidate.

    Args:
        spec: A native task with a time limit.
        candidates: The number of policies in a population.
        episodes: Episodes of each candidate.
        num_threads: Threads of the rollouts, None for all.

    Attributes:
        first_observations: The first observations of the last episodes.
    """

    first_observations: Any

    def __init__(self, spec: EnvSpec, candidates: int, episodes: int, num_threads: int | None) -> None:
        self._shape = (candidates, episodes)
        self._envs = make_batch(spec, candidates * episodes, "disabled", num_threads)
        self._num_steps = int(spec.max_episode_steps or 0)

    def play(self, policy: Policy, seed: int, observer: Observer | None = None) -> Scores:
        """Plays the episodes that begin from the streams ``seed``, ``seed + 1``, ...; lanes that have ended rest.

        Args:
            policy: The policy, or a population.
            seed: The seed of the first lane.
            observer: Is given every observation that the policy acted upon, in an order that the task and the batch
                decide alone.
        """
        self.first_observations, _ = self._envs.reset(seed=seed)
        record = ["episodes"] if observer is None else ["episodes", "observations"]
        trajectory = self._envs.rollout(policy, self._num_steps, record=record)
        lanes, ended = trajectory.episode_lanes, trajectory.episode_lengths
        assert lanes is not None
        assert ended is not None
        returns, lengths = np.empty(self._envs.num_envs), np.empty(self._envs.num_envs, np.int64)
        returns[lanes], lengths[lanes] = trajectory.episode_returns, ended
        if observer is not None and trajectory.observations is not None:
            # a lane that rests repeats its last observation
            acted = np.arange(self._num_steps)[:, np.newaxis] < lengths
            observer(trajectory.observations[acted].astype(np.float64))
        return Scores(returns.reshape(self._shape), lengths.reshape(self._shape))


def make_batch(spec: EnvSpec, num_envs: int, autoreset_mode: str, num_threads: int | None) -> NativeVectorEnv:
    """A native batch of a task.

    Raises:
        plyo.error.Error: The task is not native.
    """
    batch = plyo.make_vec(
        spec,
        num_envs,
        vectorization_mode="native",
        autoreset_mode=autoreset_mode,
        num_threads=num_threads,
    )
    assert isinstance(batch, NativeVectorEnv)
    return batch


def play_replays(spec: EnvSpec, policy: Policy, seed: int, episodes: int) -> list[Replay]:
    """Plays episodes of a native task under a policy, all at once.

    Args:
        spec: The task. An episode without a time limit is cut after 1000 steps.
        policy: The policy.
        seed: The seed of the first episode; the others have the next seeds.
        episodes: The number of episodes.

    Raises:
        ValueError: The policy does not fit the task.
    """
    # in disabled mode no second rollout begins once one of them has ended
    envs = make_batch(spec, episodes, "same_step", None)
    envs.reset(seed=seed)
    limit = spec.max_episode_steps or MAX_STEPS
    chunks: list[Any] = []
    lengths = np.full(episodes, limit)
    endings: list[Ending | None] = [None] * episodes
    taken = 0
    while taken < limit and None in endings:
        part = envs.rollout(
            policy, min(_CHUNK, limit - taken), record=["actions", "episodes", "terminated", "truncated"]
        )
        chunks.append(part.actions)
        assert part.episode_times is not None
        assert part.episode_lanes is not None
        assert part.episode_returns is not None
        assert part.terminated is not None
        assert part.truncated is not None
        for time, lane, total in zip(
            part.episode_times, part.episode_lanes, part.episode_returns, strict=True
        ):
            if endings[lane] is not None:
                continue  # the next episode
            lengths[lane] = taken + time + 1
            flags = bool(part.terminated[time, lane]), bool(part.truncated[time, lane])
            endings[lane] = Ending(float(total), *flags)
        taken += min(_CHUNK, limit - taken)
    return [
        Replay(spec, seed + lane, _actions(chunks, lane, int(lengths[lane])), recorded=endings[lane])
        for lane in range(episodes)
    ]


def _actions(chunks: list[Any], lane: int, length: int) -> list[Any]:
    """The actions of a lane in consecutive rollouts."""
    if isinstance(chunks[0], tuple):
        parts = [
            np.concatenate([chunk[i][:, lane] for chunk in chunks])[:length] for i in range(len(chunks[0]))
        ]
        return list(zip(*parts, strict=True))
    return list(np.concatenate([chunk[:, lane] for chunk in chunks])[:length])


def random_observations(
    spec: EnvSpec, seed: int, num_threads: int | None
) -> tuple[npt.NDArray[np.float32], int]:
    """Observations ``(..., elements)`` under random actions, and the number of steps."""
    num_envs, num_steps = 64, 256
    batch = make_batch(spec, num_envs, "same_step", num_threads)
    batch.reset(seed=seed)
    observations = batch.rollout(Random(seed), num_steps, record=["observations"]).observations
    assert observations is not None
    return observations, num_envs * num_steps


def search_seed(rng: np.random.Generator) -> int:
    """A seed for episodes that the search learns from."""
    return int(rng.integers(_FIRST_FRESH_SEED // 2))


def fresh_seed(rng: np.random.Generator) -> int:
    """A seed for episodes that the search never uses."""
    return _FIRST_FRESH_SEED + int(rng.integers(_FIRST_FRESH_SEED // 2))
