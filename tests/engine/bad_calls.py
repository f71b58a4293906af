"""A batch or environment beside a twin that never makes a bad call: an error must change nothing."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from contract_helpers import action_tape, make, make_vec, task_of

Array = np.ndarray[Any, Any]

NUM_ENVS = 5
TAPE_LENGTH = 400


class Pair:
    """An environment under test and its twin, both reset with the same seed and some steps into their episodes.

    Args:
        task_id: The task.
        face: ``"make"`` or ``"make_vec"``.
        num_envs: For ``make_vec``.
        **kwargs: More arguments for both.
    """

    def __init__(self, task_id: str, face: str, num_envs: int = NUM_ENVS, **kwargs: Any) -> None:
        self.is_batch = face == "make_vec"
        self.num_envs = num_envs if self.is_batch else 1
        self.task = task_of(task_id)
        self.env, self.twin = (
            make_vec(task_id, num_envs, **kwargs) if self.is_batch else make(task_id, **kwargs)
            for _ in range(2)
        )
        self._tape = action_tape(task_id, TAPE_LENGTH, self.num_envs, seed=5)
        self._time = 0
        for env in (self.env, self.twin):
            env.reset(seed=17)
        self.go_on(12)

    @property
    def discrete(self) -> bool:
        """Whether actions are integers."""
        return bool(self.task["action"]["kind"] == "discrete")

    @property
    def action_size(self) -> int:
        """Choices of a Discrete, elements of a Box."""
        return int(self.task["action"]["size"])

    def good_action(self) -> Any:
        """The next action that both will take: an array, or a tuple of them."""
        row = copy.deepcopy(self._tape[self._time % TAPE_LENGTH])
        if self.is_batch:
            return row
        return tuple(part[0] for part in row) if isinstance(row, tuple) else row[0]

    def go_on(self, num_steps: int = 3) -> None:
        """Steps both; the results and the states are equal, bit for bit."""
        for _ in range(num_steps):
            action = self.good_action()
            self._time += 1
            result = self.env.step(action)
            assert_same_results(result, self.twin.step(action))
            if not self.is_batch and (result[2] or result[3]):
                for env in (self.env, self.twin):
                    env.reset()
        assert self.env.get_state() == self.twin.get_state()

    def refuses(self, call: Callable[[Any], Any], error: type[BaseException], *parts: str) -> str:
        """Asserts that a call raises exactly this class with a text of these parts, and that nothing has changed.

        Returns:
            The text.
        """
        before = self.env.get_state()
        text = raises(lambda: call(self.env), error, *parts)
        assert self.env.get_state() == before
        self.go_on()
        return text


def raises(call: Callable[[], Any], error: type[BaseException], *parts: str) -> str:
    """Asserts that a call raises exactly this class with a text that matches all the patterns; returns the text."""
    try:
        result = call()
    except BaseException as e:
        if type(e) is not error:
            raise
        for part in parts:
            assert re.search(part, str(e)), f"{str(e)!r} lacks {part!r}"  # noqa: PT017
        return str(e)
    raise AssertionError(f"no {error.__name__} but {repr(result)[:200]}")


def assert_same_results(ours: Any, theirs: Any) -> None:
    """Asserts that two steps gave the same, bit for bit."""
    assert type(ours) is type(theirs)
    if isinstance(ours, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same_results(a, b)
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for name, value in ours.items():
            if name != "t":  # seconds
                assert_same_results(value, theirs[name])
    elif isinstance(ours, np.ndarray) and ours.dtype != object:
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        assert ours.tobytes() == theirs.tobytes()
    elif isinstance(ours, np.ndarray):
        assert_same_results(list(ours), list(theirs))
    else:
        assert ours == theirs
