"""Pendulum: gravity, the initial range, a torque that is clipped before it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from side_by_side import side_by_side

import plyo

ACTIONS = np.random.default_rng(0).normal(0, 2, size=(250, 1)).astype(np.float32)


@pytest.mark.parametrize("g", [10, 9.81, 1.62, 0.0, -3.7])
def test_gravity(g: float) -> None:
    # 200 steps end the episode; later steps continue it
    _, _, terminated = side_by_side("Pendulum-v1", ACTIONS, seed=1, g=g)
    assert not terminated.any()


def test_the_cost_is_of_the_torque_after_clipping() -> None:
    torques = [2.0, 2.0000002, 5.0, 3e38, -2.0, -9.0, -0.0, 1e-30]
    for torque in torques:
        observations, rewards, _ = side_by_side("Pendulum-v1", np.array([[torque]], np.float32))
        limited = np.array([[np.clip(torque, -2, 2)]], np.float32)
        expected, expected_rewards, _ = side_by_side("Pendulum-v1", limited)
        assert (observations == expected).all()
        assert (rewards == expected_rewards).all()


@pytest.mark.parametrize(
    "options",
    [{"x_init": 0.3}, {"y_init": 0}, {"x_init": 0.0, "y_init": 0.0}, {"x_init": 30, "y_init": 20}, {}],
)
def test_reset_options(options: dict[str, float]) -> None:
    for seed in range(5):
        observations, _, _ = side_by_side("Pendulum-v1", ACTIONS[:50], seed=seed, options=options)
        assert abs(observations[0, 2]) <= options.get("y_init", 1)


@pytest.mark.parametrize(
    "options", [{"x_init": -1.0}, {"y_init": -0.1}, {"x_init": np.inf}, {"y_init": np.nan}]
)
def test_a_range_that_is_none(options: dict[str, Any]) -> None:
    # NumPy's generator, which Gymnasium leaves it to, does not say which option
    (name,) = options
    with pytest.raises(ValueError, match=name):
        plyo.make("Pendulum-v1").reset(options=options)


def test_the_reward_is_a_numpy_float64() -> None:
    env = plyo.make("Pendulum-v1")
    env.reset(seed=0)
    assert type(env.step(ACTIONS[0])[1]) is np.float64
