"""From parameter vectors to policies that take raw observations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.policies import MLP
from plyo.spaces import Box, Discrete, Space

Vectors = npt.NDArray[np.float64]

#: An element that random actions move less than this is scaled by its bounds.
_STANDSTILL = 1e-6
#: Bounds farther apart than this are no guide to the values between them.
_ENDLESS = 1e6


@dataclass(frozen=True)
class Affine:
    """``value = offset + scale * standardised``, element by element."""

    offset: Vectors
    scale: Vectors


def standardise(space: Box, observations: npt.NDArray[Any]) -> Affine:
    """The offset and scale of each element of the observations.

    They are the mean and the standard deviation under random actions. Elements that hardly move take the middle and the
    half distance of their bounds, or stay as they are if the bounds are far apart or infinite. (Bounds for all elements
    were worse: MountainCar's velocity under random actions fills a tenth of its range. With bounds, Acrobot took 15
    generations instead of 4.)

    Args:
        space: The space of an observation, of one dimension.
        observations: ``(..., elements)``.
    """
    rows = observations.reshape(-1, space.shape[0]).astype(np.float64)
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    bounds = _between(space)
    moves = std > _STANDSTILL
    return Affine(np.where(moves, mean, bounds.offset), np.where(moves, std, bounds.scale))


def _between(space: Box) -> Affine:
    """The middle and the half distance of the bounds; 0 and 1 where they are far apart."""
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    known = (low > -_ENDLESS) & (high < _ENDLESS) & (low < high)
    low, high = np.where(known, low, -1.0), np.where(known, high, 1.0)
    return Affine((low + high) / 2, (high - low) / 2)


class NetworkShape:
    """The layers of a policy for given spaces, filled from a parameter vector.

    The vector holds weights and bias of one layer after the other. The scales of observations and of Box actions are
    folded into the first and the last layer.

    Args:
        observation: Offset and scale of the observations.
        action_space: Discrete, or Box of one dimension.
        hidden: Sizes of the hidden layers.
        activation: The activation of the hidden layers.

    Attributes:
        num_parameters: The length of a parameter vector.
    """

    def __init__(
        self, observation: Affine, action_space: Space[Any], hidden: Sequence[int], activation: str
    ) -> None:
        if isinstance(action_space, Discrete):
            outputs = int(action_space.n)
            self._action = Affine(np.zeros(outputs), np.ones(outputs))
        elif isinstance(action_space, Box):
            self._action = _between(action_space)
        else:
            raise TypeError(f"the action space must be Discrete or Box, got {action_space}")
        self._observation = observation
        self._activation = activation
        sizes = [len(observation.scale), *hidden, len(self._action.scale)]
        self._layers = [(outputs, inputs) for inputs, outputs in pairwise(sizes)]
        self.num_parameters = sum(outputs * (inputs + 1) for outputs, inputs in self._layers)

    def policy(self, parameters: Vectors) -> MLP:
        """The population of networks with these parameters, ``(P, num_parameters)``."""
        layers: list[tuple[Vectors, Vectors]] = []
        start = 0
        for outputs, inputs in self._layers:
            end = start + outputs * inputs
            weights = parameters[:, start:end].reshape(-1, outputs, inputs)
            bias = parameters[:, end : end + outputs]
            start = end + outputs
            layers.append((weights / math.sqrt(inputs) if layers else weights, bias))

        weights, bias = layers[0]
        weights = weights / self._observation.scale
        layers[0] = (weights, bias - (weights * self._observation.offset).sum(axis=2))
        weights, bias = layers[-1]
        scale = self._action.scale
        layers[-1] = (weights * scale[:, np.newaxis], bias * scale + self._action.offset)
        return MLP(layers, activation=self._activation)
