"""Policies that look actions up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import Policy as NativePolicy
from plyo._native import TabularPolicy
from plyo.policies.about import to_arrays
from plyo.policies.base import Drawing

__all__ = ["Tabular"]


class Tabular(Drawing):
    """The best action of a table, one entry for every observation.

    For Discrete observations and actions. An observation of a Tuple of Discrete is the entry that
    ``np.ravel_multi_index`` gives it.

    Args:
        table: ``(S,)`` integers: the action of each entry, counted from the first action. Or ``(S, A)`` numbers: the
            value of each action; the first of the greatest is taken.
        epsilon: From 0 to 1: the probability of an action that is drawn evenly from all instead.
        seed: The seed of these draws; None for one from the operating system.

    Raises:
        ValueError: The table's shape or type is another, a value is not a number, or epsilon is out of range.
    """

    def __init__(self, table: npt.ArrayLike, *, epsilon: float = 0.0, seed: int | None = None) -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon must be from 0 to 1, got {epsilon}")
        super().__init__(seed)
        self.actions = _to_choices(np.asarray(table))
        self.epsilon = float(epsilon)

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        return TabularPolicy(self.actions, self.epsilon, self.seed)

    def _configure(self, task: Mapping[str, Any]) -> None:
        self._native.configure(self.actions, self.epsilon)

    def save(self, path: str | Path) -> None:
        """Writes the policy to an ``.npz`` file, which :func:`load` reads."""
        with Path(path).open("wb") as file:
            np.savez(file, table=self.actions, epsilon=np.array(self.epsilon), **to_arrays(self.about))


def _to_choices(table: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The actions of a table of actions or of values."""
    if table.ndim == 2 and table.size > 0 and table.dtype.kind in "iuf":
        if np.isnan(table).any():
            raise ValueError(
                f"the values of entry {int(np.isnan(table).any(axis=1).argmax())} must be numbers"
            )
        return np.asarray(table.argmax(axis=1), dtype=np.int64)
    if table.ndim != 1 or table.size == 0 or table.dtype.kind not in "iu":
        raise ValueError(
            "a table is integers of the shape (entries,), or numbers of the shape (entries, actions), "
            f"got {table.dtype} of shape {table.shape}"
        )
    return table.astype(np.int64)
