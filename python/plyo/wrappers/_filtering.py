"""The parts that FilterObservation keeps, and its checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plyo.basics.integers import is_integer
from plyo.spaces import Dict, Tuple


def check_dict_keys(space: Dict, keys: Sequence[Any]) -> None:
    """Refuses keys that a Dict space does not have."""
    if not all(isinstance(key, str) for key in keys):
        raise TypeError(f"All filter keys must be strings for a Dict space, got {keys}")
    missing = [key for key in keys if key not in space.spaces]
    if missing:
        raise ValueError(
            "All the `filter_keys` must be included in the observation space.\n"
            f"Filter keys: {keys}\n"
            f"Observation keys: {list(space.spaces.keys())}\n"
            f"Missing keys: {missing}"
        )


def check_tuple_indices(space: Tuple[Any], indices: Sequence[Any]) -> None:
    """Refuses indices that a Tuple space does not have, and repeated ones."""
    if not all(is_integer(index) for index in indices):
        raise TypeError(f"All filter keys must be integers for a Tuple space, got {indices}")
    if len(set(indices)) != len(indices):
        raise ValueError(f"Duplicate keys exist, filter_keys: {indices}")
    missing = [index for index in indices if index > 0 and index >= len(space)]
    if missing:
        raise ValueError(
            "All the `filter_keys` must be included in the length of the observation space.\n"
            f"Filter keys: {indices}, length of observation: {len(space)}, missing indexes: {missing}"
        )


def filter_dict(keys: Sequence[str], observation: Any) -> dict[str, Any]:
    """The entries of these keys."""
    return {key: observation[key] for key in keys}


def filter_tuple(indices: Sequence[int], observation: Any) -> tuple[Any, ...]:
    """The elements of these indices."""
    return tuple(observation[index] for index in indices)
