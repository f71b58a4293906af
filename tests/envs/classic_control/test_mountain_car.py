"""MountainCar: the goal's velocity, the wall, starts of the user's choice."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from side_by_side import side_by_side

import plyo


def swing(observation: Any) -> int:
    """Accelerates the way the car is going."""
    return 2 if observation[1] >= 0 else 0


@pytest.mark.parametrize("goal_velocity", [0, 0.02, 0.05, 0.07])
def test_goal_velocity(goal_velocity: float) -> None:
    ends = []
    for seed in range(10):
        observations, rewards, terminated = side_by_side(
            "MountainCar-v0", swing, 260, seed=seed, goal_velocity=goal_velocity
        )
        assert (rewards == -1).all()
        position, velocity = observations[1:].T
        arrived = (position >= 0.5) & (velocity >= np.float32(goal_velocity))
        assert (terminated == arrived).all()
        ends.append(terminated.any())
    assert any(ends)


def test_the_wall_stops_the_car() -> None:
    # swing up the right hill, then push the car back down
    observations, _, _ = side_by_side("MountainCar-v0", lambda o: 0 if o[0] > 0 else swing(o), 200)
    at_wall = observations[:, 0] == np.float32(-1.2)
    assert at_wall.any()
    assert (observations[at_wall, 1] == 0).all()


@pytest.mark.parametrize(
    "options", [{"low": -0.9}, {"high": 0.55}, {"low": 0.3, "high": 0.3}, {"low": -5}, {}]
)
def test_reset_options(options: dict[str, Any]) -> None:
    side_by_side("MountainCar-v0", swing, 50, seed=3, options=options)


@pytest.mark.parametrize(
    "task_id", ["MountainCar-v0", "MountainCarContinuous-v0", "CartPole-v1", "Acrobot-v1"]
)
@pytest.mark.parametrize(
    "options", [{"low": 1.0}, {"low": 0.5, "high": -0.5}, {"high": "far"}, {"low": None}]
)
def test_bounds_that_are_none(task_id: str, options: dict[str, Any]) -> None:
    theirs, ours = gymnasium.make(task_id, disable_env_checker=True), plyo.make(task_id)
    with pytest.raises(ValueError, match=r"Lower bound|could not be converted") as expected:
        theirs.reset(options=options)
    with pytest.raises(ValueError, match=r"Lower bound|could not be converted") as raised:
        ours.reset(options=options)
    assert str(raised.value) == str(expected.value)


def test_keys() -> None:
    pygame = pytest.importorskip("pygame")
    keys = plyo.make("MountainCar-v0").unwrapped.get_keys_to_action()
    assert keys == {(): 1, (pygame.K_LEFT,): 0, (pygame.K_RIGHT,): 2, (pygame.K_RIGHT, pygame.K_LEFT): 1}
