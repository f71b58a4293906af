"""CartPole: rewards at and after the fall."""

from __future__ import annotations

import numpy as np
import pytest
from side_by_side import side_by_side

NUM_STEPS = 60


@pytest.mark.parametrize(
    ("sutton_barto_reward", "upright", "fall", "beyond"), [(False, 1, 1, 0), (True, 0, -1, -1)]
)
def test_reward(sutton_barto_reward: bool, upright: float, fall: float, beyond: float) -> None:
    # Gymnasium warns when it is stepped after the fall, and so do we
    with pytest.warns(UserWarning, match="already returned terminated"):
        _, rewards, terminated = side_by_side(
            "CartPole-v1", [1] * NUM_STEPS, sutton_barto_reward=sutton_barto_reward
        )
    end = int(np.argmax(terminated))
    assert terminated[end:].all()
    assert rewards.tolist() == [upright] * end + [fall] + [beyond] * (NUM_STEPS - end - 1)


def test_a_pole_that_rises_again_stays_fallen() -> None:
    recovered = 0
    for seed in range(40):
        actions = np.random.default_rng(seed).integers(2, size=NUM_STEPS)
        with pytest.warns(UserWarning, match="already returned terminated"):
            _, rewards, terminated = side_by_side(
                "CartPole-v1", actions, seed=seed, options={"low": -0.6, "high": 0.6}
            )
        falls = np.flatnonzero(terminated & ~np.append(False, terminated[:-1]))
        assert (rewards[falls] == [1] + [0] * (len(falls) - 1)).all()
        recovered += len(falls) > 1
    assert recovered > 0


def test_starts_beyond_the_limits() -> None:
    observations, _, terminated = side_by_side("CartPole-v1", [0], options={"low": 3.0, "high": 3.0})
    assert (observations[0] == 3).all()
    assert terminated.all()
