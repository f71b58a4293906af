"""The result of a rollout, and its execution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import array_view
from plyo.basics.guesses import did_you_mean
from plyo.basics.integers import check_integer
from plyo.basics.notebook_parts import box, table
from plyo.policies import Policy
from plyo.returns import check_fraction

Array = npt.NDArray[Any]
#: A field of a trajectory: an array, or None if it was not recorded; `Any` spares those a check that recorded it.
Recorded = Array | Any


@dataclass(frozen=True, repr=False)
class Trajectory:
    """The record of T steps of N environments. A field that was not recorded is None.

    Observations and actions of a Tuple space are tuples of such arrays, those of a Dict space dictionaries.

    Attributes:
        observations: ``(T, N, ...)``, the policy's input before each step.
        actions: ``(T, N, ...)``.
        rewards: ``(T, N)``, float64 or the batch's ``reward_dtype``.
        terminated: bool ``(T, N)``.
        truncated: bool ``(T, N)``.
        last_observations: ``(N, ...)``, after the last step.
        final_observations: ``(K, ...)``, the last observation of each of the K episodes that ended, in ``same_step``
            mode, where the observations continue with the next episode.
        episode_times: int64 ``(K,)``, the step in which each of them ended, ascending.
        episode_lanes: int64 ``(K,)``, its environment.
        episode_returns: float64 ``(K,)``, the sum of its rewards, those before the rollout included.
        episode_lengths: int64 ``(K,)``, the number of its steps in the same way.
        log_probs: float32 ``(T, N)``, the logarithm of the probability of each action, for Box of its density. That of
            a ``"gaussian"`` is of ``raw_actions``, before they are clipped; that of a ``"squashed_gaussian"`` is of the
            action in the units of its space.
        entropies: float32 ``(T, N)``, of the distributions that the actions are drawn from.
        values: float32 ``(T, N)``, of the observations.
        last_values: float32 ``(N,)``, of ``last_observations``.
        advantages: float32 ``(T, N)``, by generalised advantage estimation. An episode that a time limit cuts is
            bootstrapped with the value of its last observation. Rows that are not ``valid`` have the advantage 0.
        returns: float32 ``(T, N)``, advantages + values.
        raw_actions: float32 ``(T, N, elements)``, for Box: the outputs of the network, with their noise, before they
            are squashed or clipped.
        valid: bool ``(T, N)``: the row is a step of an episode. False for the rows of ``next_step`` mode in which an
            environment is only reset, and of ``disabled`` mode in which it rests.
        hidden: float32 ``(layers, N, units)``, the hidden states of a :class:`~plyo.policies.GRU` before the first
            step.
    """

    observations: Recorded = None
    actions: Recorded = None
    rewards: Recorded = None
    terminated: Recorded = None
    truncated: Recorded = None
    last_observations: Recorded = None
    final_observations: Recorded = None
    episode_times: Recorded = None
    episode_lanes: Recorded = None
    episode_returns: Recorded = None
    episode_lengths: Recorded = None
    log_probs: Recorded = None
    entropies: Recorded = None
    values: Recorded = None
    last_values: Recorded = None
    advantages: Recorded = None
    returns: Recorded = None
    raw_actions: Recorded = None
    valid: Recorded = None
    hidden: Recorded = None

    def __repr__(self) -> str:
        """The fields that were recorded, with their shapes and types."""
        rows = [f"{name}: {shape} {dtype}" for name, shape, dtype in self._rows()]
        return f"Trajectory({', '.join(rows)})"

    def _repr_html_(self) -> str:
        """For notebooks: a table of the fields that were recorded."""
        facts = []
        if self.rewards is not None:
            steps, lanes = self.rewards.shape
            facts.append(
                f"{steps} steps of {lanes} environments, mean reward {float(self.rewards.mean()):.4g}"
            )
        if self.terminated is not None and self.truncated is not None:
            facts.append(f"{int((self.terminated | self.truncated).sum())} episodes ended")
        if self.episode_returns is not None and len(self.episode_returns):
            facts.append(f"mean return {float(self.episode_returns.mean()):.4g}")
        return box("Trajectory", facts, table(["field", "shape", "type"], self._rows()))

    def _rows(self) -> list[tuple[str, str, str]]:
        """The names, shapes and types of what was recorded; a row for each part of a tuple or dictionary."""
        return [row for field in fields(self) for row in _rows_of(field.name, getattr(self, field.name))]


def _rows_of(name: str, value: Any) -> list[tuple[str, str, str]]:
    """The names, shapes and types of the arrays in a value, which may be tensors."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [row for key, part in value.items() for row in _rows_of(f"{name}[{key!r}]", part)]
    if isinstance(value, tuple):
        return [row for i, part in enumerate(value) for row in _rows_of(f"{name}[{i}]", part)]
    return [(name, str(tuple(value.shape)), str(value.dtype))]


#: Recorded by default. "episodes" means the four fields of ended episodes; "final_observations" includes them.
DEFAULT_RECORD = (
    "observations",
    "actions",
    "rewards",
    "terminated",
    "truncated",
    "last_observations",
    "final_observations",
)
#: What a policy tells about its actions, and what follows from that.
AGENT_RECORD = (
    "log_probs",
    "entropies",
    "values",
    "last_values",
    "advantages",
    "returns",
    "raw_actions",
    "valid",
    "hidden",
)
_RECORDABLE = (*DEFAULT_RECORD, "episodes", *AGENT_RECORD)

#: No machine takes this many steps.
MAX_STEPS = 2**48


def run_rollout(
    engine: Any,
    description: Mapping[str, Any],
    policy: Policy | Callable[[Array], Any],
    num_steps: int,
    record: Iterable[str] | None,
    out: Mapping[str, Array] | None,
    gamma: float,
    gae_lambda: float,
    run: Callable[[Any, int, list[str], dict[str, Array], float, float], Any] | None = None,
) -> Trajectory:
    """Runs a rollout; see :meth:`plyo.vector.NativeVectorEnv.rollout`.

    ``run``, of a wrapped batch, takes the native policy or the function, the steps, the fields, the arrays, gamma and
    gae_lambda.
    """
    steps = check_integer("num_steps", num_steps, 1, MAX_STEPS)
    wanted = check_fields("record", DEFAULT_RECORD if record is None else record, _RECORDABLE)
    if out is not None and not isinstance(out, Mapping):
        raise TypeError(f"out must be a dictionary of arrays by field, got {out!r}")
    arrays = dict(out or {})
    check_fields("out", arrays, (*DEFAULT_RECORD[:-1], *AGENT_RECORD))
    discounts = check_fraction("gamma", gamma), check_fraction("gae_lambda", gae_lambda)
    check_policy(policy)
    is_native = isinstance(policy, Policy)
    native_run = engine.rollout if is_native else engine.rollout_calling  # raises where the batch is closed
    try:
        prepared: Any = policy
        if isinstance(policy, Policy):
            # arguments may have changed the action space of the task
            task = {**description, "action": engine.action_space()}
            prepared = policy._prepare(engine, task, steps)
        if run is not None:
            result = run(prepared, steps, wanted, arrays, *discounts)
        elif is_native:
            result = native_run(prepared, steps, wanted, arrays, *discounts)
        else:
            result = native_run(prepared, steps, wanted, arrays)
    except MemoryError as e:
        raise MemoryError(
            f"the record of {steps} steps does not fit into memory: take fewer steps at a time or record fewer of "
            f"the fields {', '.join(wanted)}"
        ) from e
    return Trajectory(**{field.name: result.get(field.name) for field in fields(Trajectory)})


def with_float32_rewards(
    run: Callable[[Mapping[str, Array] | None], Trajectory],
    shape: tuple[int, int],
    out: Mapping[str, Array] | None,
) -> Trajectory:
    """A rollout of a batch whose rewards are float32.

    Args:
        run: The rollout, with arrays to record into; its rewards are float64.
        shape: That of the rewards.
        out: The arrays that the caller gave.

    Raises:
        TypeError, ValueError: The array for rewards does not fit; nothing has changed.
    """
    room = out.get("rewards") if isinstance(out, Mapping) else None
    if room is None:
        trajectory = run(out)
        rewards = trajectory.rewards
        return trajectory if rewards is None else replace(trajectory, rewards=rewards.astype(np.float32))
    rewards = room if isinstance(room, np.ndarray) else array_view(room)
    expected = f"out: 'rewards' must be a writable C-contiguous numpy array of float32 and shape {shape}"
    if rewards is None:
        raise TypeError(f"{expected}, got {type(room)}")
    if rewards.dtype != np.float32:
        raise TypeError(f"{expected}, got dtype {rewards.dtype}")
    if rewards.shape != shape:
        raise ValueError(f"{expected}, got shape {rewards.shape}")
    if not (rewards.flags.c_contiguous and rewards.flags.writeable):
        raise ValueError(f"{expected}, got a read-only or strided one")
    trajectory = run({**out, "rewards": np.empty(shape)})  # type: ignore[dict-item]  # it is a mapping
    rewards[...] = trajectory.rewards
    return replace(trajectory, rewards=rewards)


def check_policy(policy: object) -> None:
    """Raises TypeError for what is neither a policy nor a function."""
    if isinstance(policy, type) and issubclass(policy, Policy):
        raise TypeError(
            f"policy must be a policy, got the class {policy.__name__}: make one, for example "
            f"plyo.policies.{policy.__name__}(...)"
        )
    if not isinstance(policy, Policy) and not callable(policy):
        raise TypeError(f"policy must be a policy of plyo.policies or a function, got {policy!r:.80}")


def check_fields(argument: str, names: Iterable[str], legal: tuple[str, ...]) -> list[str]:
    """The fields that are named, checked.

    Args:
        argument: The name of the argument, for errors.
        names: A name or several.
        legal: The names that there are.

    Raises:
        TypeError, ValueError: They are no names, or one is unknown.
    """
    if not isinstance(names, Iterable):
        raise TypeError(f"{argument} must name fields ({', '.join(legal)}), got {names!r}")
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in legal:
            raise ValueError(
                f"{argument} names the unknown field {name!r}; the fields are: {', '.join(legal)}."
                f"{did_you_mean(name, legal)}"
            )
    return chosen
