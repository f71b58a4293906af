"""Training by augmented random search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo import error
from plyo._registry.specs import EnvSpec
from plyo.policies import MLP
from plyo.spaces import Box, Space
from plyo.train.config import RandomSearchConfig
from plyo.train.evaluation import make_batch, search_seed
from plyo.train.networks import Affine, NetworkShape
from plyo.train.python_tasks import is_native, spaces_of
from plyo.train.random_search import AugmentedRandomSearch, Vectors
from plyo.train.trainer import Attempt, NetworkTrainer
from plyo.wrappers.utils import RunningMeanStd

#: An element whose standard deviation is less than this part of its mean, or than this, stands still.
_STANDSTILL = 1e-7


class RandomSearchTrainer(NetworkTrainer):
    """Trains a linear policy for a native task by augmented random search.

    The method is ARS V2 of Mania, Guy & Recht, "Simple random search provides a competitive approach to reinforcement
    learning" (2018). Every generation is one rollout: each of some random directions in the space of policies is tried
    forwards and backwards, one whole episode a lane. The policy moves along the best directions, by the difference of
    their two returns, divided by the standard deviation of these returns. It acts on observations that are standardised
    by the mean and the standard deviation of all observations so far; its saved weights have these folded in, so
    policies take raw observations. Every few generations the policy plays 100 fresh episodes, with seeds that the
    search never uses. Training ends as for :class:`plyo.train.Trainer`.

    The same config gives the same policy, with any number of threads.

    Args:
        task: The id of a registered native task, or its spec. Observations and actions are in a Box of one dimension.
        config: The settings; None for the defaults.

    Attributes:
        spec: The task's spec.
        history: The progress of every report so far.
        survival_bonus: What the search subtracts from every reward.

    Raises:
        plyo.error.Error: The task is not registered, is not native or has other spaces.
        ValueError: The task has no time limit.
    """

    def __init__(self, task: str | EnvSpec, config: RandomSearchConfig | None = None) -> None:
        self.config = RandomSearchConfig() if config is None else config
        super().__init__(task, self.config)
        bonus = self.config.survival_bonus
        self.survival_bonus = find_survival_bonus(self.spec) if bonus is None else float(bonus)

    def _check_spaces(self, observation_space: Space[Any], action_space: Space[Any]) -> None:
        super()._check_spaces(observation_space, action_space)
        if not (isinstance(action_space, Box) and len(action_space.shape) == 1):
            raise error.Error(
                f"augmented random search needs actions in a Box of one dimension, those of {self.spec.id} are in "
                f"{action_space}; the cross-entropy method (plyo.train.Trainer, --algo cem) also learns Discrete ones"
            )

    def _search(self) -> Iterator[Attempt]:
        config = self.config
        observed, space = spaces_of(self.spec)
        assert isinstance(observed, Box)
        assert isinstance(space, Box)
        search = AugmentedRandomSearch(
            space.shape[0] * observed.shape[0],
            config.directions,
            config.top_directions,
            config.step_size,
            config.noise,
            self._rng,
        )
        moments = RunningMeanStd(0.0, observed.shape)
        candidates = self._make_runner(2 * config.directions, config.episodes_per_candidate)
        means: list[npt.NDArray[np.float64]] = []
        for generation in range(1, config.generations + 1):
            policy = linear_population(search.sample(), moments, space)
            played = self._count(
                candidates.play(policy, search_seed(self._rng), lambda rows: update_moments(moments, rows))
            )
            means.append(played.returns.mean(axis=1))
            search.move((played.returns - self.survival_bonus * played.lengths).mean(axis=1))
            if generation % config.report_generations == 0 or generation == config.generations:
                yield Attempt(
                    linear_population(search.mean[np.newaxis], moments, space),
                    generation,
                    np.concatenate(means),
                )
                means = []


def update_moments(moments: RunningMeanStd, rows: npt.NDArray[np.float64]) -> None:
    """Takes observations into the moments, except those of a simulation that has blown up."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows):
        moments.update(rows)


def linear_population(parameters: Vectors, moments: RunningMeanStd, action_space: Box) -> MLP:
    """The population of linear policies whose weights on standardised observations are given, without bias."""
    deviation = np.sqrt(moments.var)
    stands = deviation <= _STANDSTILL * np.maximum(1, np.abs(moments.mean))
    scales = Affine(moments.mean, np.where(stands, np.inf, deviation))  # the weights there become 0
    shape = NetworkShape(scales, action_space, (), "tanh")
    no_bias = np.zeros((len(parameters), *action_space.shape))
    return shape.policy(np.concatenate([parameters, no_bias], axis=1))


def find_survival_bonus(spec: EnvSpec) -> float:
    """The ``healthy_reward`` of a task that also rewards moving forwards; 0 for others."""
    if not is_native(spec):
        return 0.0
    parameters = make_batch(spec, 1, "disabled", 1).get_params()
    if not {"healthy_reward", "forward_reward_weight"} <= parameters.keys():
        return 0.0
    return float(parameters["healthy_reward"][0])
