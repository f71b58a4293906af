"""Policies that do not look: random, constant and given actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import ConstantPolicy, Engine, RandomPolicy, SequencePolicy
from plyo._native import Policy as NativePolicy
from plyo.policies.base import Drawing, Policy

__all__ = ["Constant", "Random", "Sequence"]

_Sequence = Sequence


class Random(Drawing):
    """Uniform over the action space.

    Lane i draws as ``single_action_space.sample()`` after ``single_action_space.seed(seed + i)``. Boxes must be
    bounded.

    Args:
        seed: A non-negative integer; None for one from the operating system.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self._native, self._native_seed = self._make({}), self.seed  # raises at once for an illegal seed

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        return RandomPolicy(self.seed)


class Constant(Policy):
    """The same action for every lane at every step.

    Args:
        action: An action of one environment.
    """

    def __init__(self, action: Any) -> None:
        self.action = action

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        return ConstantPolicy(engine, self.action)


class Sequence(Policy):  # type: ignore[no-redef]
    """Given actions.

    Args:
        actions: ``(T, N)`` integers for Discrete, ``(T, N, ...)`` numbers for Box, a tuple or dict of such arrays for
            Tuple or Dict. A rollout takes its first steps, so T must be at least its length.
    """

    def __init__(
        self, actions: npt.ArrayLike | tuple[npt.ArrayLike, ...] | Mapping[str, npt.ArrayLike]
    ) -> None:
        self.actions: Any = _map_parts(np.asarray, actions)
        parts = _parts_of(self.actions)
        for part in parts:
            if part.ndim < 2 or len(part) != len(parts[0]):
                raise ValueError(
                    f"actions must have the shape (steps, environments, ...), got shape {part.shape}"
                )

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        held = min((len(part) for part in _parts_of(self.actions)), default=0)
        if held < num_steps:
            raise ValueError(f"Sequence holds actions for {held} steps, the rollout takes {num_steps}")
        return SequencePolicy(engine, _map_parts(lambda part: part[:num_steps], self.actions), num_steps)


def _parts_of(actions: Any) -> _Sequence[Any]:
    """The arrays of actions: one, or those of a tuple or dict."""
    if isinstance(actions, Mapping):
        return list(actions.values())
    return actions if isinstance(actions, tuple) else (actions,)


def _map_parts(change: Callable[[Any], Any], actions: Any) -> Any:
    """The same actions with each of their arrays changed."""
    if isinstance(actions, Mapping):
        return {key: change(part) for key, part in actions.items()}
    return tuple(map(change, actions)) if isinstance(actions, tuple) else change(actions)
