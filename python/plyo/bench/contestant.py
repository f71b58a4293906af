"""Cases, and the base class of all contestants."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from itertools import cycle, islice
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from plyo.basics.install import is_installed
from plyo.tasks.descriptions import Description, native_tasks

Array = npt.NDArray[Any]

#: Bytes of actions made before a measurement: an agent's actions would come from the cache too.
_ACTION_BYTES = 2**20
_LEAST_ROWS, _MOST_ROWS = 8, 64
_SINGLE_ACTIONS = 1024


class Scenario(str, Enum):
    """A way to step environments."""

    STEP = "step"  # a batch through Python, fresh outputs
    STEP_OUT = "step_out"  # the same into given arrays
    ROLLOUT = "rollout"  # native, random actions, everything recorded
    ROLLOUT_BARE = "rollout_bare"  # native, constant actions, nothing recorded
    SINGLE = "single"  # one environment of `make`, a loop of step and reset


@dataclass(frozen=True)
class Case:
    """A task, a batch size and a number of threads.

    Attributes:
        task: The id, such as ``"CartPole-v1"``.
        num_envs: The environments of the batch.
        num_threads: The threads that may step the batch. Contestants without threads use one.
    """

    task: str
    num_envs: int = 1
    num_threads: int = 1


class Contestant(ABC):
    """One way of one package to step a case. The constructor makes and resets the environments.

    Args:
        case: The case.

    Attributes:
        peer: The contestant's name.
        scenario: How it steps.
        package: The package that it needs.
        steps_per_call: The agent steps of one call.
    """

    peer: ClassVar[str]
    scenario: ClassVar[Scenario]
    package: ClassVar[str]

    steps_per_call: int

    @abstractmethod
    def __init__(self, case: Case) -> None: ...

    @abstractmethod
    def run(self, calls: int) -> None:
        """Steps ``calls`` times."""

    def close(self) -> None:
        """Frees the environments."""

    @classmethod
    def is_available(cls) -> bool:
        """Whether the package can be imported."""
        if not is_installed(cls.package):
            return False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import_module(cls.package)
        except ImportError:
            return False
        return True

    @classmethod
    def objection(cls, case: Case) -> str | None:
        """The reason why this contestant cannot take part, None if it can."""
        return None


class BatchContestant(Contestant):
    """Steps a batch through Python, with actions made beforehand.

    The results of a call live until the next call has returned, as in a training loop.
    """

    scenario = Scenario.STEP
    action_dtype: ClassVar[str] = "int64"  # of Discrete actions
    last: Any

    _actions: Iterator[Array]

    def _start(self, case: Case, step: Callable[[Any], Any]) -> None:
        self._actions = cycle(make_actions(case, self.action_dtype))
        self._step = step
        self.steps_per_call = case.num_envs

    def run(self, calls: int) -> None:
        """Steps ``calls`` times."""
        step = self._step
        for actions in islice(self._actions, calls):
            self.last = step(actions)


class SingleContestant(Contestant):
    """Steps one environment and resets it at the end of its episodes; resets take time but do not count as steps."""

    scenario = Scenario.SINGLE
    steps_per_call = 1
    last: Any

    _environment: Any
    _actions: Iterator[Any]

    def _start(self, case: Case, environment: Any) -> None:
        self._environment = environment
        self._actions = cycle(_single_actions(case.task))
        environment.reset(seed=0)

    def run(self, calls: int) -> None:
        """Steps ``calls`` times."""
        step, reset = self._environment.step, self._environment.reset
        for action in islice(self._actions, calls):
            self.last = _, _, terminated, truncated, _ = step(action)
            if terminated or truncated:
                self.last = reset()

    def close(self) -> None:
        """Frees the environment."""
        self._environment.close()


def task_ids() -> list[str]:
    """The newest id of every native task."""
    return [task["variants"][-1]["id"] for task in native_tasks().values()]


def describe_task(task_id: str) -> Description:
    """The description of a native task.

    Raises:
        KeyError: No native task has this id.
    """
    for task in native_tasks().values():
        if any(variant["id"] == task_id for variant in task["variants"]):
            return task
    raise KeyError(task_id)


def make_actions(case: Case, dtype: str = "int64") -> list[Array]:
    """Random actions of the batch for some steps, the same for every contestant.

    Args:
        case: The case.
        dtype: The type of Discrete actions. Actions of a Box are float32.

    Returns:
        8 to 64 arrays ``(num_envs, ...)``, the fewer the larger the batch.
    """
    rows = min(_MOST_ROWS, max(_LEAST_ROWS, _ACTION_BYTES // (8 * case.num_envs)))
    return _random_actions(case.task, (rows, case.num_envs), dtype)


def _single_actions(task_id: str) -> list[Any]:
    """Actions of one environment: Python integers, float32 arrays, or tuples or dicts of them."""
    actions = _random_actions(task_id, (_SINGLE_ACTIONS,), "int64")
    return [_plain(action) for action in actions]


def _plain(action: Any) -> Any:
    if isinstance(action, dict):
        return {key: _plain(part) for key, part in action.items()}
    if isinstance(action, tuple):
        return tuple(_plain(part) for part in action)
    return int(action) if np.ndim(action) == 0 else action


def _random_actions(task_id: str, shape: tuple[int, ...], dtype: str) -> list[Any]:
    """One entry for each index of the first dimension: an array, or a tuple or dict of them."""
    random = np.random.default_rng(0)
    space = _action_of(task_id)
    if space["kind"] in ("tuple", "dict"):
        leaves = [_random_leaf(random, part, shape, dtype) for part in space["parts"]]
        rows = list(zip(*leaves, strict=True))
        if space["kind"] == "tuple":
            return rows
        return [dict(zip((part["name"] for part in space["parts"]), row, strict=True)) for row in rows]
    return list(_random_leaf(random, space, shape, dtype))


def _action_of(task_id: str) -> Description:
    """The action space of an id, which its own keyword arguments may change."""
    task = describe_task(task_id)
    (variant,) = (variant for variant in task["variants"] if variant["id"] == task_id)
    if task["needs"] or not variant["kwargs"]:
        return dict(task["action"])
    import plyo

    envs: Any = plyo.make_vec(task_id)
    try:
        described: Description = envs._engine.action_space()
        return described
    finally:
        envs.close()


def _random_leaf(
    random: np.random.Generator, space: Description, shape: tuple[int, ...], dtype: str
) -> Array:
    if space["kind"] == "discrete":
        choices: Array = space["start"] + random.integers(0, space["size"], shape)
        return choices.astype(dtype)
    low = np.nan_to_num(np.array(space["low"], np.float64), neginf=-1.0)
    high = np.nan_to_num(np.array(space["high"], np.float64), posinf=1.0)
    return random.uniform(low, high, (*shape, *space["shape"])).astype(space["dtype"])
