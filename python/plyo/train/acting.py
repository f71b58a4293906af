"""The actions of a policy in environments that are stepped in Python; native rollouts need none of this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.policies import MLP, Linear, Policy, Random, Tabular
from plyo.spaces import Box, Discrete, Space, Tuple

__all__ = ["Actor"]

Numbers = npt.NDArray[np.float32]

_ACTIVATIONS: dict[str, Callable[[Numbers], Numbers]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, np.float32(0)),
    "silu": lambda x: x / (1 + np.exp(-x)),
}


_DISCRETE_HEADS: tuple[str | None, ...] = (None, "argmax", "categorical")
_BOX_HEADS: tuple[str | None, ...] = (None, "mean", "gaussian", "squashed_mean", "squashed_gaussian")


class Actor:
    """A policy, or each member of a population, between two spaces. It draws as the policy does, but other numbers.

    Args:
        policy: A Random, a Tabular, or a network.
        observation_space: The space of an observation.
        action_space: The space of an action.

    Raises:
        ValueError: The policy does not fit between these spaces.
    """

    def __init__(self, policy: Policy, observation_space: Space[Any], action_space: Space[Any]) -> None:
        self._policy, self._space = policy, action_space
        self._rng = np.random.default_rng(getattr(policy, "seed", None))
        self._sizes: list[int] = []
        if isinstance(policy, Random):
            action_space.seed(int(self._rng.integers(2**31)))
        elif isinstance(policy, Tabular):
            self._check_table(policy, observation_space)
        elif isinstance(policy, (Linear, MLP)):
            self._check_network(policy, observation_space)
        else:
            raise ValueError(f"{type(policy).__name__} acts in native rollouts only")

    def act(self, observations: Sequence[Any], members: npt.NDArray[np.intp]) -> list[Any]:
        """The actions after some observations.

        Args:
            observations: The observations.
            members: The member of the population that acts on each of them.
        """
        if isinstance(self._policy, Random):
            return [self._space.sample() for _ in observations]
        if isinstance(self._policy, Tabular):
            return [self._look_up(self._policy, observation) for observation in observations]
        assert isinstance(self._policy, (Linear, MLP))
        rows = np.array([np.ravel(observation) for observation in observations], dtype=np.float32)
        return self._choose(self._policy, _outputs(self._policy, rows, members), members)

    def _check_table(self, policy: Tabular, space: Space[Any]) -> None:
        spaces = space.spaces if isinstance(space, Tuple) else [space]
        parts = [part for part in spaces if isinstance(part, Discrete)]
        if not isinstance(self._space, Discrete) or len(parts) < len(spaces):
            raise ValueError(
                f"a table needs Discrete observations and actions, got {space} and {self._space}"
            )
        self._sizes = [int(part.n) for part in parts]
        self._starts = [int(part.start) for part in parts]
        entries = int(np.prod(self._sizes))
        if len(policy.actions) != entries:
            raise ValueError(f"the table has {len(policy.actions)} entries, observations need {entries}")
        if not (policy.actions.min() >= 0 and policy.actions.max() < self._space.n):
            raise ValueError(f"the table has actions that are not in {self._space}")

    def _look_up(self, policy: Tabular, observation: Any) -> int:
        assert isinstance(self._space, Discrete)
        if policy.epsilon and self._rng.random() < policy.epsilon:
            choice = int(self._rng.integers(int(self._space.n)))
        else:
            parts = observation if isinstance(observation, tuple) else (observation,)
            places = [int(part) - start for part, start in zip(parts, self._starts, strict=True)]
            choice = int(policy.actions[np.ravel_multi_index(places, self._sizes)])
        return choice + int(self._space.start)

    def _check_network(self, policy: Linear | MLP, space: Space[Any]) -> None:
        if not (isinstance(space, Box) and len(space.shape) == 1):
            raise ValueError(f"a network needs observations in a Box of one dimension, got {space}")
        first = (policy.trunk or policy.layers)[0][0]
        if first.shape[2] != space.shape[0]:
            raise ValueError(f"the policy takes {first.shape[2]} inputs, an observation has {space.shape[0]}")
        outputs = policy.layers[-1][1].shape[1]
        if isinstance(self._space, Discrete):
            wanted, heads = int(self._space.n), _DISCRETE_HEADS
        elif isinstance(self._space, Box) and len(self._space.shape) == 1:
            wanted = self._space.shape[0]
            heads = _BOX_HEADS
            if policy.log_std_range is not None:
                wanted *= 2  # the second half are log_std
        else:
            raise ValueError(
                f"a network needs actions in a Discrete or a Box of one dimension, got {self._space}"
            )
        if outputs != wanted or policy.head not in heads:
            raise ValueError(
                f"the policy has {outputs} outputs and head={policy.head!r}, actions in {self._space} need {wanted} "
                f"and one of {heads[1:]}"
            )

    def _choose(self, policy: Linear | MLP, outputs: Numbers, members: npt.NDArray[np.intp]) -> list[Any]:
        """The actions that the head makes of outputs ``(n, outputs)``."""
        if isinstance(self._space, Discrete):
            if policy.head == "categorical":
                outputs = outputs + self._rng.gumbel(size=outputs.shape).astype(np.float32)
            return [int(choice) + int(self._space.start) for choice in outputs.argmax(axis=1)]
        assert isinstance(self._space, Box)
        head = policy.head or "mean"
        deviations = None
        if policy.log_std_range is not None:
            outputs, log_std = np.split(outputs, 2, axis=1)
            if head.endswith("gaussian"):
                deviations = np.exp(np.clip(log_std, *policy.log_std_range))
        elif isinstance(policy.log_std, np.ndarray):
            deviations = np.exp(policy.log_std[members if policy.population > 1 else 0])
        if deviations is not None:
            outputs = outputs + deviations * self._rng.standard_normal(outputs.shape).astype(np.float32)
        low, high = self._space.low.astype(np.float32), self._space.high.astype(np.float32)
        if head.startswith("squashed"):
            half = np.float32(0.5)
            outputs = half * (low + high) + half * (high - low) * np.tanh(outputs)
        elif policy.clip_actions:
            outputs = np.clip(outputs, low, high)
        return list(outputs.astype(self._space.dtype))


def _outputs(policy: Linear | MLP, rows: Numbers, members: npt.NDArray[np.intp]) -> Numbers:
    """The outputs ``(n, outputs)`` for observations ``(n, inputs)``."""
    activate = _ACTIVATIONS[policy.activation]
    layers = [*policy.trunk, *policy.layers]
    for i, (weights, bias) in enumerate(layers):
        if policy.population == 1:
            rows = rows @ weights[0].T + bias[0]
        else:
            rows = np.einsum("noi,ni->no", weights[members], rows) + bias[members]
        if i < len(layers) - 1:
            rows = activate(rows)
    return rows
