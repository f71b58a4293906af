"""Plyo's ways of stepping."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

import plyo
from plyo.bench.contestant import BatchContestant, Case, Contestant, Scenario, SingleContestant, make_actions
from plyo.policies import Constant, Policy, Random
from plyo.vector.utils import iterate

#: Steps of a rollout, and the most agent steps: with more than 4096 environments rollouts are shorter, so that
#: their record fits into memory.
_ROLLOUT_STEPS = 128
_LEAST_ROLLOUT_STEPS = 32
_ROLLOUT_AGENT_STEPS = 128 * 4096


def _empty_like(field: Any) -> Any:
    """An array for a field of a step, a tuple or dict of them for a Tuple or Dict."""
    if isinstance(field, dict):
        return {key: np.empty_like(part) for key, part in field.items()}
    return tuple(map(np.empty_like, field)) if isinstance(field, tuple) else np.empty_like(field)


def _make(case: Case) -> Any:
    envs = plyo.make_vec(case.task, num_envs=case.num_envs, num_threads=case.num_threads)
    envs.reset(seed=0)
    return envs


class PlyoStep(BatchContestant):
    """``envs.step(actions)`` with fresh arrays every time."""

    peer = "plyo"
    package = "plyo"

    def __init__(self, case: Case) -> None:
        self._envs = _make(case)
        self._start(case, self._envs.step)

    def close(self) -> None:
        """Frees the environments."""
        self._envs.close()


class PlyoStepOut(PlyoStep):
    """``envs.step(actions, out)``."""

    scenario = Scenario.STEP_OUT

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        result = self._envs.step(make_actions(case)[0])
        self._out = tuple(_empty_like(field) for field in result[:4])

    def run(self, calls: int) -> None:
        """Steps ``calls`` times."""
        step, out = self._envs.step, self._out
        for actions in islice(self._actions, calls):
            self.last = step(actions, out)


class _PlyoRollout(Contestant):
    """The base class of both rollouts."""

    peer = "plyo"
    package = "plyo"
    last: Any

    _policy: Policy
    _record: list[str] | None

    def __init__(self, case: Case) -> None:
        self._envs = _make(case)
        self._num_steps = min(
            _ROLLOUT_STEPS, max(_LEAST_ROLLOUT_STEPS, _ROLLOUT_AGENT_STEPS // case.num_envs)
        )
        self.steps_per_call = self._num_steps * case.num_envs

    def run(self, calls: int) -> None:
        """Rolls out ``calls`` times."""
        rollout = self._envs.rollout
        for _ in range(calls):
            self.last = rollout(self._policy, self._num_steps, record=self._record)

    def close(self) -> None:
        """Frees the environments."""
        self._envs.close()


class PlyoRollout(_PlyoRollout):
    """Random actions, every field recorded into fresh arrays."""

    scenario = Scenario.ROLLOUT

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._policy = Random(seed=0)
        self._record = None


class PlyoRolloutBare(_PlyoRollout):
    """A constant action, nothing recorded."""

    scenario = Scenario.ROLLOUT_BARE

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        first = make_actions(case)[0]
        one = next(iterate(self._envs.action_space, first))
        self._policy = Constant(one)
        self._record = []


class PlyoSingle(SingleContestant):
    """``plyo.make``."""

    peer = "plyo"
    package = "plyo"

    def __init__(self, case: Case) -> None:
        self._start(case, plyo.make(case.task))
