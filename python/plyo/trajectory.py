"""What a rollout returns, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import SequencePolicy
from plyo.basics.integers import check_integer
from plyo.policies import Policy

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Trajectory:
    """The record of T steps of N environments. A field that was not recorded is None.

    Observations and actions of a Tuple space are tuples of such arrays.

    Attributes:
        observations: ``(T, N, ...)``, what the policy saw before each step.
        actions: ``(T, N, ...)``.
        rewards: float64 ``(T, N)``.
        terminated: bool ``(T, N)``.
        truncated: bool ``(T, N)``.
        last_observations: ``(N, ...)``, after the last step.
        final_observations: ``(K, ...)``, the last observation of each of the K episodes that ended, in ``same_step``
            mode, where the observations go on with the next episode.
        episode_times: int64 ``(K,)``, the step in which each of them ended, ascending.
        episode_lanes: int64 ``(K,)``, its environment.
        episode_returns: float64 ``(K,)``, the sum of its rewards, those before the rollout included.
        episode_lengths: int64 ``(K,)``, its steps likewise.
    """

    observations: Array | None = None
    actions: Array | None = None
    rewards: Array | None = None
    terminated: Array | None = None
    truncated: Array | None = None
    last_observations: Array | None = None
    final_observations: Array | None = None
    episode_times: Array | None = None
    episode_lanes: Array | None = None
    episode_returns: Array | None = None
    episode_lengths: Array | None = None


#: Recorded by default. "episodes" stands for the four fields of ended episodes; "final_observations" brings them too.
DEFAULT_RECORD = (
    "observations",
    "actions",
    "rewards",
    "terminated",
    "truncated",
    "last_observations",
    "final_observations",
)
_OVER_TIME = DEFAULT_RECORD[:5]
_RECORDABLE = (*DEFAULT_RECORD, "episodes")

#: No machine takes this many steps.
_MAX_STEPS = 2**48


class ReservedEngine:
    """Stands in for the engine of a batch while a Python function rolls it out: what changes the batch is refused."""

    _REFUSED = ("step", "reset", "rollout", "set_state", "set_state_words", "set_stream_state")

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, attribute: str) -> Any:
        if attribute in self._REFUSED:
            raise RuntimeError(
                f"this batch of environments is in the middle of a rollout, which calls a Python policy; '{attribute}' "
                "has to wait for its end"
            )
        return getattr(self._engine, attribute)


def run_rollout(
    engine: Any,
    description: Mapping[str, Any],
    policy: Policy | Callable[[Array], Any],
    num_steps: int,
    record: Iterable[str] | None,
    out: Mapping[str, Array] | None,
) -> Trajectory:
    """Runs a rollout; see :meth:`plyo.vector.NativeVectorEnv.rollout`."""
    steps = check_integer("num_steps", num_steps, 1, _MAX_STEPS)
    wanted = _check_fields("record", DEFAULT_RECORD if record is None else record, _RECORDABLE)
    if out is not None and not isinstance(out, Mapping):
        raise TypeError(f"out must be a dictionary of arrays by field, got {out!r}")
    arrays = dict(out or {})
    _check_fields("out", arrays, DEFAULT_RECORD[:-1])
    if not isinstance(policy, Policy) and not callable(policy):
        raise TypeError(f"policy must be a policy of plyo.policies or a function, got {policy!r}")
    try:
        if isinstance(policy, Policy):
            result = engine.rollout(policy._prepare(engine, description, steps), steps, wanted, arrays)
        else:
            result = _rollout_callable(engine, policy, steps, wanted, arrays)
    except MemoryError as e:
        raise MemoryError(
            f"the record of {steps} steps does not fit into memory: take fewer steps at a time or record fewer of "
            f"the fields {', '.join(wanted)}"
        ) from e
    return Trajectory(**{field.name: result.get(field.name) for field in fields(Trajectory)})


def _check_fields(argument: str, names: Iterable[str], legal: tuple[str, ...]) -> list[str]:
    if not isinstance(names, Iterable):
        raise TypeError(f"{argument} must name fields ({', '.join(legal)}), got {names!r}")
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in legal:
            raise ValueError(
                f"{argument} names the unknown field {name!r}; the fields are: {', '.join(legal)}"
            )
    return chosen


def _rollout_callable(
    engine: Any,
    policy: Callable[[Array], Any],
    num_steps: int,
    record: list[str],
    out: dict[str, Array],
) -> dict[str, Array]:
    """A rollout that asks a Python function for the actions of every step."""
    result: dict[str, Array] = engine.trajectory_arrays(num_steps, record, out)
    over_time = {name: array for name, array in result.items() if name in _OVER_TIME}
    episode_record = [name for name in record if name in ("episodes", "final_observations")]
    before = engine.get_state([])
    parts: list[dict[str, Array]] = []
    try:
        observations = engine.observe()
        for t in range(num_steps):
            step = SequencePolicy(engine, policy(observations), 0)
            slices = {name: _map(lambda array: array[t : t + 1], field) for name, field in over_time.items()}  # noqa: B023 - called at once
            part = engine.rollout(step, 1, ["last_observations", *episode_record], slices, continues=t > 0)
            observations = part.pop("last_observations")
            parts.append({name: array for name, array in part.items() if name not in slices})
    except BaseException:
        engine.set_state(before, [])
        raise
    if "last_observations" in result:
        _map(np.copyto, result["last_observations"], observations)
    for t, part in enumerate(parts):
        if "episode_times" in part:
            part["episode_times"] += t
    for name in parts[0]:
        result[name] = _map(lambda *pieces: np.concatenate(pieces), *(part[name] for part in parts))
    return result


def _map(function: Callable[..., Any], *fields: Any) -> Any:
    """Applies a function to the arrays of fields, which are arrays or tuples of them."""
    if isinstance(fields[0], tuple):
        return tuple(function(*parts) for parts in zip(*fields, strict=True))
    return function(*fields)
