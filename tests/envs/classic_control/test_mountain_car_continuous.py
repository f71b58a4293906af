"""MountainCarContinuous: NumPy's promotion rules, and the cost of an action beyond its bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from side_by_side import side_by_side

BEYOND = [1.0000001, -1.0000001, 2.5, -7.0, 1e10, -1e10]
WITHIN = [0.0, -0.0, 1.0, -1.0, 0.99999994, 1e-45, 0.3]


def swing(observation: Any) -> Any:
    """Full power the way the car is going."""
    return np.array([1.0 if observation[1] >= 0 else -1.0], np.float32)


def column(values: list[float]) -> Any:
    return np.array(values, np.float32)[:, np.newaxis]


@pytest.mark.parametrize("first", BEYOND + WITHIN)
def test_the_first_step_is_float64_and_the_others_float32(first: float) -> None:
    # a clipped action counts as float64 in every step
    rng = np.random.default_rng(1)
    for seed in range(5):
        side_by_side("MountainCarContinuous-v0", column([first, *rng.normal(0, 1.5, 60)]), seed=seed)


def test_the_reward_is_of_the_action_before_clipping() -> None:
    observations, rewards, _ = side_by_side("MountainCarContinuous-v0", column([3.0]))
    limited, limited_rewards, _ = side_by_side("MountainCarContinuous-v0", column([1.0]))
    np.testing.assert_allclose(observations, limited, rtol=1e-6)
    assert (rewards[0], limited_rewards[0]) == (-0.9, -0.1)


# two float64 neighbours of the speed limit that are the same float32: the limit itself is compared in float64
@pytest.mark.parametrize("goal_velocity", [0, 0.02, 0.07, 0.0700000001, 0.0699999999, -0.01])
def test_goal_velocity(goal_velocity: float) -> None:
    observations, rewards, terminated = side_by_side(
        "MountainCarContinuous-v0", swing, 200, seed=2, goal_velocity=goal_velocity
    )
    assert terminated.any() == (goal_velocity <= 0.07)
    assert (rewards == np.where(terminated, 99.9, -0.1)).all()
    assert (observations[1:][terminated, 0] >= 0.45).all()


@pytest.mark.parametrize("options", [{"low": 0.44, "high": 0.46}, {"low": -1.3, "high": -1.1}, {"high": 0.7}])
def test_reset_options(options: dict[str, float]) -> None:
    actions = column(np.random.default_rng(0).normal(size=40).tolist())
    for seed in range(20):
        side_by_side("MountainCarContinuous-v0", actions, seed=seed, options=options)
