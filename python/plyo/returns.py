"""Advantages and returns of trajectories from anywhere: generalised advantage estimation, V-trace, discounted sums.

Arrays have time as their first dimension; the others, of any number, count environments: ``(T, N)``, or ``(T,)`` for
one. Numbers are computed in float32 if the values (for :func:`discount` the rewards) are float32, else in float64. A
rollout records the same of its own: ``envs.rollout(policy, T, record=["advantages", "returns"])``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from plyo._native import discount as _native_discount
from plyo._native import gae as _native_gae
from plyo._native import vtrace as _native_vtrace

__all__ = ["Gae", "Vtrace", "discount", "gae", "vtrace"]

Array = npt.NDArray[Any]


class Gae(NamedTuple):
    """What :func:`gae` returns.

    Attributes:
        advantages: ``(T, ...)``.
        returns: ``(T, ...)``, advantages + values: the targets of a value network.
    """

    advantages: Array
    returns: Array


class Vtrace(NamedTuple):
    """What :func:`vtrace` returns.

    Attributes:
        targets: ``(T, ...)``, of a value network.
        advantages: ``(T, ...)``, of the policy's gradient.
    """

    targets: Array
    advantages: Array


def gae(
    rewards: npt.ArrayLike,
    values: npt.ArrayLike,
    last_values: npt.ArrayLike | None,
    terminated: npt.ArrayLike,
    truncated: npt.ArrayLike | None = None,
    *,
    next_values: npt.ArrayLike | None = None,
    valid: npt.ArrayLike | None = None,
    gamma: float = 0.99,
    gae_lambda: float = 0.95,
) -> Gae:
    """Generalised advantage estimation (Schulman et al. 2015, arXiv:1506.02438).

    An episode that a time limit cuts is bootstrapped with the value of its last observation, a terminated one is not.

    Args:
        rewards: ``(T, ...)``.
        values: ``(T, ...)``, of the observations before the steps.
        last_values: ``(...)``, of the observations after the last step.
        terminated: bool ``(T, ...)``.
        truncated: bool ``(T, ...)``; None for no such end.
        next_values: ``(T, ...)``, of the observations that the steps have led to, the last ones of their episodes
            included. None takes ``values[t + 1]`` for step t and ``last_values`` for the last one, which is right in
            ``next_step`` mode. In ``same_step`` mode ``values[t + 1]`` is that of the next episode, so give these.
        valid: bool ``(T, ...)``: rows that are steps of episodes. The others, such as the resets of ``next_step`` mode,
            get the advantage 0 and their value as return. None for all.
        gamma: The discount of a step, from 0 to 1.
        gae_lambda: From 0 (one step) to 1 (whole episodes).

    Raises:
        ValueError: A shape differs, or gamma or gae_lambda are out of range.
    """
    dtype = _dtype_of(values)
    return Gae(
        *_native_gae(
            *_steps(dtype, rewards, values, last_values, next_values, terminated, truncated, valid),
            check_fraction("gamma", gamma),
            check_fraction("gae_lambda", gae_lambda),
        )
    )


def vtrace(
    log_ratios: npt.ArrayLike,
    rewards: npt.ArrayLike,
    values: npt.ArrayLike,
    last_values: npt.ArrayLike | None,
    terminated: npt.ArrayLike,
    truncated: npt.ArrayLike | None = None,
    *,
    next_values: npt.ArrayLike | None = None,
    valid: npt.ArrayLike | None = None,
    gamma: float = 0.99,
    trace_lambda: float = 1.0,
    rho_clip: float = 1.0,
    c_clip: float = 1.0,
) -> Vtrace:
    """V-trace (Espeholt et al. 2018, arXiv:1802.01561), for actions that an older policy has drawn.

    Args:
        log_ratios: ``(T, ...)``, the log-probability of each action under the policy that learns, less that under the
            policy that drew it.
        rewards: As for :func:`gae`.
        values: Likewise, by the network that learns.
        last_values: Likewise.
        terminated: Likewise.
        truncated: Likewise.
        next_values: Likewise.
        valid: Likewise.
        gamma: Likewise.
        trace_lambda: A factor of the traces, from 0 to 1.
        rho_clip: The largest weight of a step's error.
        c_clip: The largest weight of a trace.

    Raises:
        ValueError: A shape differs, or a number is out of range.
    """
    dtype = _dtype_of(values)
    return Vtrace(
        *_native_vtrace(
            _numbers(log_ratios, dtype),
            *_steps(dtype, rewards, values, last_values, next_values, terminated, truncated, valid),
            check_fraction("gamma", gamma),
            check_fraction("trace_lambda", trace_lambda),
            _check_limit("rho_clip", rho_clip),
            _check_limit("c_clip", c_clip),
        )
    )


def discount(
    rewards: npt.ArrayLike,
    ended: npt.ArrayLike,
    *,
    last: npt.ArrayLike | None = None,
    gamma: float = 0.99,
) -> Array:
    """Discounted sums of rewards to the end of each episode.

    Args:
        rewards: ``(T, ...)``.
        ended: bool ``(T, ...)``: the step is the last one of its episode.
        last: ``(...)``, what follows the last step, such as values; None for 0.
        gamma: The discount of a step, from 0 to 1.

    Returns:
        ``(T, ...)``: ``rewards[t] + gamma * sums[t + 1]``, without the second part where an episode ends.

    Raises:
        ValueError: A shape differs, or gamma is out of range.
    """
    dtype = _dtype_of(rewards)
    result: Array = _native_discount(
        _numbers(rewards, dtype),
        _flags("ended", ended),
        None if last is None else _numbers(last, dtype),
        check_fraction("gamma", gamma),
    )
    return result


def check_fraction(name: str, value: float) -> float:
    """A number from 0 to 1; raises ``ValueError`` for any other."""
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{name} must be from 0 to 1, got {value!r}")
    return number


def _check_limit(name: str, value: float) -> float:
    number = float(value)
    if math.isnan(number) or number < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}")
    return number


def _steps(
    dtype: type[np.floating[Any]],
    rewards: npt.ArrayLike,
    values: npt.ArrayLike,
    last_values: npt.ArrayLike | None,
    next_values: npt.ArrayLike | None,
    terminated: npt.ArrayLike,
    truncated: npt.ArrayLike | None,
    valid: npt.ArrayLike | None,
) -> tuple[Array, Array, Array | None, Array | None, Array, Array | None, Array | None]:
    """What the native functions read of the steps, in their order."""
    return (
        _numbers(rewards, dtype),
        _numbers(values, dtype),
        None if last_values is None or next_values is not None else _numbers(last_values, dtype),
        None if next_values is None else _numbers(next_values, dtype),
        _flags("terminated", terminated),
        None if truncated is None else _flags("truncated", truncated),
        None if valid is None else _flags("valid", valid),
    )


def _dtype_of(values: npt.ArrayLike) -> type[np.floating[Any]]:
    # in any byte order
    return np.float32 if np.asarray(values).dtype.newbyteorder("=") == np.float32 else np.float64


def _numbers(values: npt.ArrayLike, dtype: type[np.floating[Any]]) -> Array:
    # a new array where the memory is not contiguous or not of this machine's byte order
    return np.ascontiguousarray(values, dtype=dtype).reshape(np.shape(values))


def _flags(name: str, values: npt.ArrayLike) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "biu" and not (array.dtype.kind == "f" and np.isin(array, (0, 1)).all()):
        raise ValueError(f"{name} must be bool, got {array.dtype}")
    return np.ascontiguousarray(array != 0).reshape(array.shape)
