"""Trajectories of some lanes, and how they become one of all lanes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.trajectory import Trajectory

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Part:
    """What one worker recorded in one rollout.

    Attributes:
        trajectory: Its trajectory; environment numbers in it (``episode_lanes``) count from the worker's first.
        worker: The worker's number.
        first_lane: The number of its first environment among those of all workers.
        num_lanes: How many environments it has.
        number: How many rollouts its environments took before this one since they were seeded.
    """

    trajectory: Trajectory
    worker: int
    first_lane: int
    num_lanes: int
    number: int


def concatenate(parts: Sequence[Part]) -> Trajectory:
    """One trajectory of the environments of several parts, in fresh arrays that may be written.

    Args:
        parts: At least one part; all have the same number of steps and the same fields.

    Returns:
        The trajectory. Environments are in the order of the parts; ``episode_lanes`` are their columns. Of all parts
        of a rollout this is the trajectory that one batch of all environments has.

    Raises:
        ValueError: There is no part, or the parts have other fields or numbers of steps.
    """
    if not parts:
        raise ValueError("concatenate needs at least one part")
    recorded = _find_fields(parts)
    firsts = np.cumsum([0, *(part.num_lanes for part in parts[:-1])])
    order: Any = None
    if "episode_times" in recorded:
        # by time and, at equal times, by column
        times = [part.trajectory.episode_times for part in parts]
        order = np.argsort(np.concatenate(times), kind="stable")
    joined: dict[str, Any] = {}
    for name in recorded:
        values = [getattr(part.trajectory, name) for part in parts]
        if name == "episode_lanes":
            values = [lanes + first for lanes, first in zip(values, firsts, strict=True)]
        if name.startswith(_OF_EPISODES):
            joined[name] = _join(values, lambda arrays: np.concatenate(arrays)[order])
        elif name.startswith("last_"):
            joined[name] = _join(values, np.concatenate)
        else:
            joined[name] = _join(values, _put_side_by_side)
    return Trajectory(**joined)


#: How the names of fields with one value for each ended episode begin.
_OF_EPISODES = ("episode_", "final_")


def _find_fields(parts: Sequence[Part]) -> list[str]:
    """The fields that were recorded, in every part the same."""
    each = [
        [field.name for field in fields(Trajectory) if getattr(part.trajectory, field.name) is not None]
        for part in parts
    ]
    for i, names in enumerate(each):
        if names != each[0]:
            raise ValueError(f"part {i} records {', '.join(names)}; part 0 records {', '.join(each[0])}")
    return each[0]


def _put_side_by_side(arrays: Sequence[Array]) -> Array:
    """Arrays ``(T, N, ...)`` as one, with the lanes of all."""
    steps = [len(array) for array in arrays]
    for i, count in enumerate(steps):
        if count != steps[0]:
            raise ValueError(f"part {i} is of {count} steps, part 0 of {steps[0]}")
    return np.concatenate(arrays, axis=1)


def _join(values: Sequence[Any], join: Callable[[Sequence[Array]], Array]) -> Any:
    """Joins arrays, or tuples or dictionaries of arrays part by part."""
    if isinstance(values[0], Mapping):
        return {key: _join([value[key] for value in values], join) for key in values[0]}
    if isinstance(values[0], tuple):
        return tuple(_join(leaves, join) for leaves in zip(*values, strict=True))
    return join(values)
