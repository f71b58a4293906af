"""Wrappers over a batch beside the same wrappers over its single environments, in every autoreset mode."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from vector_helpers import assert_same

import plyo
from plyo import spaces, wrappers
from plyo.vector import AutoresetMode, SyncVectorEnv
from plyo.wrappers import vector

_LENGTHS = (1, 3, 2)


class _Episodes(plyo.Env[Any, Any]):
    """Observes samples; its episodes have 1, 3, 2, 1, ... steps; remembers the actions."""

    def __init__(self, observed: plyo.spaces.Space[Any], acted: plyo.spaces.Space[Any], first: int) -> None:
        self.observation_space, self.action_space = observed, acted
        self.observation_space.seed(first)
        self.episode, self.left = first, 0
        self.actions: list[Any] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.left = _LENGTHS[self.episode % len(_LENGTHS)]
        self.episode += 1
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.actions.append(action)
        self.left -= 1
        return self.observation_space.sample(), 1.0, self.left == 0, False, {}


def _box() -> spaces.Box[Any]:
    return spaces.Box(-1.0, 1.0, (2,))


def _bytes() -> spaces.Box[Any]:
    return spaces.Box(-100, 100, (3,), np.int8)


def _batch(mode: str, make: Callable[[int], plyo.Env[Any, Any]]) -> SyncVectorEnv[Any, Any, Any]:
    return SyncVectorEnv([partial(make, first) for first in range(3)], autoreset_mode=AutoresetMode(mode))


def _run(envs: Any, actions: list[Any]) -> tuple[list[Any], list[Any]]:
    """The observations of a run, the final ones among them, and the actions that the environments got."""
    observations = [envs.reset(seed=1)[0]]
    for action in actions:
        observation, _, terminations, _, infos = envs.step(action)
        observations.append((observation, infos.get("final_obs")))
        if envs.metadata["autoreset_mode"] == AutoresetMode.DISABLED and terminations.any():
            observations.append(envs.reset(options={"reset_mask": terminations})[0])
    return observations, [env.unwrapped.actions for env in envs.unwrapped.envs]


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("multidiscrete", [False, True])
@pytest.mark.parametrize("space", [_box, _bytes])
def test_bins_of_observations_of_a_batch_are_those_of_its_environments(
    space: Callable[[], Any], multidiscrete: bool, mode: str
) -> None:
    arguments: dict[str, Any] = {"bins": 3, "multidiscrete": multidiscrete}

    def make(first: int) -> Any:
        return _Episodes(space(), spaces.Discrete(2), first)

    whole = vector.VectorizeTransformObservation(
        _batch(mode, make), wrappers.DiscretizeObservation, **arguments
    )
    singly = _batch(mode, lambda first: wrappers.DiscretizeObservation(make(first), **arguments))

    assert whole.observation_space == singly.observation_space
    actions = [np.zeros(3, int)] * 12
    assert_same(_run(whole, actions), _run(singly, actions))


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("multidiscrete", [False, True])
@pytest.mark.parametrize("space", [_box, _bytes])
def test_bins_of_actions_of_a_batch_are_those_of_its_environments(
    space: Callable[[], Any], multidiscrete: bool, mode: str
) -> None:
    arguments: dict[str, Any] = {"bins": 3, "multidiscrete": multidiscrete}

    def make(first: int) -> Any:
        return _Episodes(_box(), space(), first)

    whole = vector.VectorizeTransformAction(_batch(mode, make), wrappers.DiscretizeAction, **arguments)
    singly = _batch(mode, lambda first: wrappers.DiscretizeAction(make(first), **arguments))

    assert whole.action_space == singly.action_space
    whole.action_space.seed(2)
    actions = [whole.action_space.sample() for _ in range(12)]
    assert_same(_run(whole, actions), _run(singly, actions))


class _Counting(plyo.vector.VectorEnv[Any, Any, Any]):
    """A batch whose rewards are integers."""

    num_envs = 3
    single_observation_space = observation_space = spaces.Discrete(2)
    single_action_space = action_space = spaces.Discrete(2)
    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012  # as batches declare it

    def step(self, actions: Any) -> Any:
        flags = np.zeros(3, bool)
        return np.zeros(3, int), np.array([0, 1, 2]), flags, flags, {}


@pytest.mark.parametrize(
    ("wrap", "rewards"),
    [
        (lambda envs: vector.ClipReward(envs, 0.5, 1.5), [0.5, 1.0, 1.5]),
        (lambda envs: vector.ClipReward(envs, max_reward=1), [0, 1, 1]),
        (
            lambda envs: vector.VectorizeTransformReward(
                envs, wrappers.TransformReward, func=lambda r: r / 4
            ),
            [0.0, 0.25, 0.5],
        ),
        (
            lambda envs: vector.VectorizeTransformReward(envs, wrappers.ClipReward, min_reward=0.5),
            [0.5, 1.0, 2.0],
        ),
    ],
)
def test_rewards_that_are_integers_may_become_floats(
    wrap: Callable[[Any], Any], rewards: list[float]
) -> None:
    changed = wrap(_Counting()).step(np.zeros(3, int))[1]

    assert_same(changed, np.array(rewards))


class _Flagged(_Counting):
    """A batch that resets in the same step, with flags that are integers."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012  # as batches declare it

    def step(self, actions: Any) -> Any:
        return np.zeros(3, int), np.ones(3), np.int8([0, 1, 0]), np.zeros(3, np.int8), {}


def test_flags_that_are_integers_name_no_environments() -> None:
    envs = vector.NormalizeReward(_Flagged(), gamma=0.5)
    envs.step(np.zeros(3, int))
    assert envs.accumulated_reward.tolist() == [1.0, 0.0, 1.0]
    envs.step(np.zeros(3, int))
    assert envs.accumulated_reward.tolist() == [1.5, 0.0, 1.5]
