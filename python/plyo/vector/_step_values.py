"""The rewards and flags that environments return, as one number and two truth values each."""

from __future__ import annotations

from typing import Any

import numpy as np

NUMBER = (float, int, np.floating, np.integer)
FLAG = (bool, np.bool_)


def check_step_values(index: int, reward: Any, terminated: Any, truncated: Any) -> tuple[Any, Any, Any]:
    """The reward and the flags of a step; an array of one element is taken for that element.

    Args:
        index: The number of the environment.
        reward: The reward that it has returned.
        terminated: And for the end of the episode.
        truncated: And for an end from outside.

    Raises:
        ValueError: One of the three is not a single value.
    """
    if not isinstance(reward, NUMBER):
        reward = _to_scalar(index, "reward", np.float64, reward)
    if not isinstance(terminated, FLAG):
        terminated = _to_scalar(index, "terminated", np.bool_, terminated)
    if not isinstance(truncated, FLAG):
        truncated = _to_scalar(index, "truncated", np.bool_, truncated)
    return reward, terminated, truncated


def _to_scalar(index: int, name: str, kind: Any, value: Any) -> Any:
    try:
        found = kind(value)
    except (TypeError, ValueError):
        found = None
    if isinstance(found, np.ndarray):  # NumPy's types make arrays of sequences
        found = found.reshape(-1)[0] if found.size == 1 else None
    if found is None:
        what = "number" if kind is np.float64 else "truth value"
        shape = getattr(value, "shape", None)
        of_shape = "" if shape is None else f" of shape {tuple(shape)}"
        raise ValueError(
            f"`step` of environment {index} must return one {what} as `{name}`, got {value!r}{of_shape} "
            f"(type {type(value).__name__}). Return a Python {'float' if what == 'number' else 'bool'}."
        )
    return found
