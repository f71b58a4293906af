"""Exact solutions of tasks that have a table of transitions.

    env = plyo.make("FrozenLake-v1")
    model = plyo.tabular.transitions(env)
    solution = plyo.tabular.value_iteration(model, gamma=0.99)
    policy = plyo.policies.Tabular(solution.policy)

    limited = plyo.tabular.finite_horizon(model, env.spec.max_episode_steps)
    limited.values[0]  # the greatest success rate under the time limit

The sweeps over the table are native, release the GIL and end at Ctrl-C. The same model gives the same bits everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import Engine, sweep_values
from plyo.basics.integers import check_integer
from plyo.basics.notebook_parts import MAX_CELLS, MAX_TEXTS, box, heat_map

__all__ = [
    "FiniteHorizonSolution",
    "Solution",
    "TransitionModel",
    "evaluate",
    "finite_horizon",
    "transitions",
    "value_iteration",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The sum of the probabilities of a step's ends may differ from 1 by this much.
_ROUNDING = 1e-6

#: The states of a row of a heat map, where the states are no cells of a grid.
_ROW = 25

#: The steps and iterations are counted in 32 bits.
_MAX_STEPS = 2**31 - 1


@dataclass(frozen=True, eq=False)
class TransitionModel:
    """How every step of a task can end: S states, A actions, and up to W ways for each of their pairs.

    Ways of probability 0 fill the rows of pairs that have fewer. A pair without any way has the value 0.

    Attributes:
        probability: float64 ``(S, A, W)``, each row sums to 1, or to 0 where there is no way.
        next: int64 ``(S, A, W)``, the next state.
        reward: float64 ``(S, A, W)``.
        terminated: bool ``(S, A, W)``, whether the episode ends.
        grid: The rows and columns of the cells that the states are, row by row; None where they are no cells.

    Raises:
        ValueError: The shapes differ, a state is out of range, or a row is not a distribution.
    """

    probability: Floats
    next: Integers
    reward: Floats
    terminated: Bools
    grid: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Takes plain arrays and checks them."""
        types = {"probability": np.float64, "next": np.int64, "reward": np.float64, "terminated": np.bool_}
        for name, dtype in types.items():
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=dtype))
        shape = self.probability.shape
        for name in types:
            if getattr(self, name).shape != shape or len(shape) != 3 or 0 in shape:
                raise ValueError(
                    f"the arrays of a model have one shape (states, actions, ways), none of them 0; {name} has "
                    f"{getattr(self, name).shape}, probability {shape}"
                )
        self._check_rows()
        if self.grid is not None and math.prod(self.grid) != self.num_states:
            raise ValueError(f"a grid of {self.num_states} states has as many cells, got {self.grid}")

    def _check_rows(self) -> None:
        sums = self.probability.sum(axis=2)
        legal = (np.abs(sums - 1) <= _ROUNDING) | (sums == 0)
        legal &= (self.probability >= 0).all(axis=2)
        if not legal.all():
            state, action = np.argwhere(~legal)[0]
            raise ValueError(
                f"the probabilities of state {state}, action {action} must be at least 0 and sum to 1, got "
                f"{self.probability[state, action].tolist()}"
            )
        outside = (self.next < 0) | (self.next >= self.num_states)
        if outside.any():
            state, action, way = np.argwhere(outside)[0]
            raise ValueError(
                f"state {state}, action {action} leads to {self.next[state, action, way]}, states are "
                f"0 to {self.num_states - 1}"
            )
        if not np.isfinite(self.reward).all():
            state, action, way = np.argwhere(~np.isfinite(self.reward))[0]
            raise ValueError(
                f"the rewards of state {state}, action {action} must be finite, got "
                f"{self.reward[state, action, way]}"
            )

    @property
    def num_states(self) -> int:
        """S, the number of states."""
        return int(self.probability.shape[0])

    @property
    def num_actions(self) -> int:
        """A, the number of actions."""
        return int(self.probability.shape[1])

    def __getitem__(self, pair: tuple[int, int]) -> tuple[Floats, Integers, Floats, Bools]:
        """The ways that a step from ``model[state, action]`` can end: probability, next, reward, terminated."""
        exists = self.probability[pair] > 0
        return (
            self.probability[pair][exists],
            self.next[pair][exists],
            self.reward[pair][exists],
            self.terminated[pair][exists],
        )


@dataclass(frozen=True, eq=False)
class Solution:
    """The result of :func:`value_iteration`.

    Attributes:
        values: float64 ``(S,)``, the greatest discounted return from each state.
        q: float64 ``(S, A)``, the same of each action taken first.
        policy: int64 ``(S,)``, the first of the best actions.
        iterations: Sweeps over all states.
        grid: That of the model.
    """

    values: Floats
    q: Floats
    policy: Integers
    iterations: int
    grid: tuple[int, int] | None = None

    def _repr_html_(self) -> str:
        """For notebooks: the values as a heat map, with the best actions."""
        return _solution_html("Solution", self.values, self.policy, self.grid, [f"{self.iterations} sweeps"])


@dataclass(frozen=True, eq=False)
class FiniteHorizonSolution:
    """The result of :func:`finite_horizon`.

    Attributes:
        values: float64 ``(S,)``, the greatest return from each state when an episode begins there.
        q: float64 ``(S, A)``, the same of each action taken first.
        policy: int64 ``(horizon, S)``, the first of the best actions at each step: it may depend on the steps left.
        grid: That of the model.
    """

    values: Floats
    q: Floats
    policy: Integers
    grid: tuple[int, int] | None = None

    def _repr_html_(self) -> str:
        """For notebooks: the values as a heat map, with the best first actions."""
        facts = [f"{len(self.policy)} steps, actions are those of the first"]
        return _solution_html("FiniteHorizonSolution", self.values, self.policy[0], self.grid, facts)


def _solution_html(
    title: str, values: Floats, policy: Integers, grid: tuple[int, int] | None, facts: list[str]
) -> str:
    """The values and actions of states as a heat map; of very many states only what their range is."""
    facts = [f"{len(values)} states, values from {values.min():.4g} to {values.max():.4g}", *facts]
    if len(values) > MAX_CELLS:
        return box(title, facts, "")
    if len(values) <= MAX_TEXTS:
        facts.append("below each value the best action")
    notes = [
        f"state {s}: value {v:.6g}, action {a}" for s, (v, a) in enumerate(zip(values, policy, strict=True))
    ]
    return box(title, facts, heat_map(values, _ROW if grid is None else grid[1], notes))


def transitions(env: Any) -> TransitionModel:
    """The table of transitions of a task.

    Args:
        env: An environment or a batch, wrapped or not: a native task that declares a model, or any whose
            ``unwrapped`` object has ``P[state][action]``, a list of (probability, next state, reward, terminated), as
            Gymnasium's toy texts have.

    Raises:
        ValueError: The task has no such table, or its table is not a model.
    """
    base = env.unwrapped
    table = getattr(base, "P", None)
    engine = getattr(base, "_engine", None)
    if table is None and engine is None and getattr(base, "envs", None):
        return transitions(base.envs[0])  # a batch of environments in Python
    if isinstance(engine, Engine):
        try:
            model = engine.model()
        except AttributeError as e:
            raise ValueError(f"{e}: P[state][action] is not declared") from None
        arrays = (model["probability"], model["next"], model["reward"], model["terminated"])
        return TransitionModel(*arrays, grid=_grid_of(base, len(arrays[0])))
    if table is None:
        raise ValueError(f"{base!r} has no table of transitions: it has no attribute P")
    return _read_table(table, base)


def _grid_of(env: Any, num_states: int) -> tuple[int, int] | None:
    """The rows and columns of a map: the attributes `nrow` and `ncol`, or a `shape` of two numbers."""

    def attribute(name: str) -> Any:
        try:
            return env.get_attr(name)[0] if hasattr(env, "num_envs") else getattr(env, name)
        except AttributeError:
            return None

    for grid in ((attribute("nrow"), attribute("ncol")), attribute("shape")):
        if isinstance(grid, tuple) and len(grid) == 2 and all(isinstance(n, int) for n in grid):
            rows, columns = grid
            return (rows, columns) if rows > 0 and rows * columns == num_states else None
    return None


def _read_table(table: Any, env: Any) -> TransitionModel:
    """The arrays of a nested ``P``."""
    try:
        rows = [[list(table[s][a]) for a in range(len(table[s]))] for s in range(len(table))]
        num_actions = max((len(row) for row in rows), default=0)
        if any(len(row) != num_actions for row in rows):
            raise ValueError("its states have different numbers of actions")
        width = max((len(ways) for row in rows for ways in row), default=0)
        shape = (len(rows), num_actions, width)
        probability, reward = np.zeros(shape), np.zeros(shape)
        after, terminated = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        for s, row in enumerate(rows):
            for a, ways in enumerate(row):
                for w, way in enumerate(ways):
                    probability[s, a, w], after[s, a, w], reward[s, a, w], terminated[s, a, w] = way
    except (KeyError, IndexError, TypeError, ValueError) as e:
        raise ValueError(
            f"P must hold lists of (probability, next state, reward, terminated) by state and action: {e!r}"
        ) from e
    return TransitionModel(probability, after, reward, terminated, _grid_of(env, len(rows)))


def value_iteration(
    model: TransitionModel, gamma: float = 0.99, tolerance: float = 1e-10, max_iterations: int = 1_000_000
) -> Solution:
    """Solves a model by value iteration, without a time limit.

    Every iteration computes the values of all states from those of the iteration before, which begin with 0.

    Args:
        model: The model from :func:`transitions`.
        gamma: The discount, from 0 to 1.
        tolerance: Iteration ends when no value changes by more; at least 0. With a discount below 1 the values are then
            within ``tolerance * gamma / (1 - gamma)`` of the exact ones.
        max_iterations: The most iterations, at least 1.

    Raises:
        ValueError: An argument is out of range.
        RuntimeError: The values still change after ``max_iterations``; with ``gamma=1`` they may be endless.
    """
    values, q, policy, iterations, converged = _sweep(
        model,
        gamma,
        _check_tolerance(tolerance),
        check_integer("max_iterations", max_iterations, 1, _MAX_STEPS),
    )
    if not converged:
        raise RuntimeError(_not_converged(tolerance, max_iterations, gamma))
    return Solution(values, q, policy, iterations, model.grid)


def finite_horizon(model: TransitionModel, horizon: int, gamma: float = 1.0) -> FiniteHorizonSolution:
    """Solves a model exactly for episodes that are cut off after ``horizon`` steps.

    If the goal has the only reward, 1, as in FrozenLake, the values without a discount are the
    greatest success rates under the time limit.

    Args:
        model: The model from :func:`transitions`.
        horizon: The time limit in steps, at least 1.
        gamma: The discount, from 0 to 1.

    Raises:
        ValueError: An argument is out of range.
    """
    steps = check_integer("horizon", horizon, 1, _MAX_STEPS)
    values, q, policy, _, _ = _sweep(model, gamma, -1.0, steps, over_time=True)
    return FiniteHorizonSolution(values, q, policy, model.grid)


def evaluate(
    model: TransitionModel,
    policy: npt.ArrayLike,
    *,
    horizon: int | None = None,
    gamma: float = 1.0,
    tolerance: float = 1e-10,
    max_iterations: int = 1_000_000,
) -> Floats:
    """The expected returns of a policy that has one action for every state.

    Args:
        model: The model from :func:`transitions`.
        policy: ``(S,)`` actions.
        horizon: The time limit in steps, at least 1; None for no limit.
        gamma: The discount, from 0 to 1.
        tolerance: Without a horizon, as for :func:`value_iteration`.
        max_iterations: Without a horizon, as for :func:`value_iteration`.

    Returns:
        float64 ``(S,)``: the expected return from each state.

    Raises:
        ValueError: An argument is out of range.
        RuntimeError: Without a horizon: the values still change after ``max_iterations``.
    """
    actions = _check_policy(model, policy)
    if horizon is not None:
        return _sweep(model, gamma, -1.0, check_integer("horizon", horizon, 1, _MAX_STEPS), actions)[0]
    iterations = check_integer("max_iterations", max_iterations, 1, _MAX_STEPS)
    values, _, _, _, converged = _sweep(model, gamma, _check_tolerance(tolerance), iterations, actions)
    if not converged:
        raise RuntimeError(_not_converged(tolerance, max_iterations, gamma))
    return values


def _sweep(
    model: TransitionModel,
    gamma: float,
    tolerance: float,
    sweeps: int,
    policy: Integers | None = None,
    over_time: bool = False,
) -> tuple[Floats, Floats, Integers, int, bool]:
    if not isinstance(model, TransitionModel):
        raise TypeError(
            f"model must be a TransitionModel, as plyo.tabular.transitions makes it, got {model!r}"
        )
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be from 0 to 1, got {gamma}")
    arrays = (model.probability, model.next, model.reward, model.terminated)
    result: Any = sweep_values(*arrays, float(gamma), tolerance, sweeps, policy, over_time)
    return result  # type: ignore[no-any-return]


def _not_converged(tolerance: float, max_iterations: int, gamma: float) -> str:
    return (
        f"values still change by more than {tolerance} after {max_iterations} iterations with gamma={gamma}: "
        "discount more, tolerate more, or give a horizon"
    )


def _check_tolerance(tolerance: float) -> float:
    if not (tolerance >= 0 and math.isfinite(tolerance)):
        raise ValueError(f"tolerance must be at least 0 and finite, got {tolerance}")
    return float(tolerance)


def _check_policy(model: TransitionModel, policy: npt.ArrayLike) -> Integers:
    actions = np.asarray(policy)
    if actions.shape != (model.num_states,) or actions.dtype.kind not in "iu":
        raise ValueError(
            f"a policy has one integer for each of the {model.num_states} states, got {actions.dtype} of shape "
            f"{actions.shape}"
        )
    outside = (actions < 0) | (actions >= model.num_actions)
    if outside.any():
        state = int(np.argmax(outside))
        raise ValueError(
            f"the policy takes action {actions[state]} in state {state}, actions are 0 to {model.num_actions - 1}"
        )
    return np.ascontiguousarray(actions, dtype=np.int64)
