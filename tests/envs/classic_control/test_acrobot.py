"""Acrobot: the float32 state of a reset, wrapped angles, bounded velocities, its actions."""

from __future__ import annotations

import numpy as np
import pytest
from side_by_side import side_by_side

import plyo
from plyo import error

#: Steps in which the last bit of a float64 does not yet grow to a float32 one: the motion is chaotic.
FEW = 25


@pytest.mark.parametrize("options", [None, {"low": -3.0, "high": 3.0}, {"low": -0.5}, {"low": 1, "high": 1}])
def test_reset_options(options: dict[str, float] | None) -> None:
    for seed in range(20):
        actions = np.random.default_rng(seed).integers(3, size=FEW)
        side_by_side("Acrobot-v1", actions, seed=seed, options=options)


def test_the_first_observation_is_of_float32_angles() -> None:
    fast = plyo.make("Acrobot-v1")
    for seed in range(200):
        # NumPy's float32 cosine is up to one unit in the last place off
        (expected,), _, _ = side_by_side("Acrobot-v1", [], seed=seed)
        observation, _ = fast.reset(seed=seed)
        assert (abs(observation - expected) <= np.spacing(abs(expected))).all()
        assert (observation[4:] == expected[4:]).all()


def test_velocities_are_bounded() -> None:
    largest = np.zeros(2, np.float32)
    for seed in range(20):
        # three steps: at this speed rounding grows fast
        observations, _, _ = side_by_side("Acrobot-v1", [2, 2, 2], seed=seed, options={"low": 5, "high": 20})
        largest = np.maximum(largest, abs(observations[1:, 4:]).max(axis=0))
    assert (largest == plyo.make("Acrobot-v1").observation_space.high[4:]).all()


def test_the_goal_ends_the_episode_without_a_cost() -> None:
    _, rewards, terminated = side_by_side("Acrobot-v1", [1] * 5, options={"low": 1.5, "high": 1.6})
    assert terminated.any()
    assert (rewards == np.where(terminated, 0, -1)).all()


@pytest.mark.parametrize("action", [-1, -3, 3])
def test_actions_are_no_indices(action: int) -> None:
    # Gymnasium takes a negative one for an index from the end
    env = plyo.make("Acrobot-v1")
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(error.InvalidAction, match=str(action)):
        env.step(action)
    assert env.get_state() == before
