"""Whole episodes of a Box2D task beside Gymnasium's, in a fresh environment for each seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from contract_helpers import is_reference_platform

import plyo

needs_reference_platform = pytest.mark.skipif(
    not is_reference_platform(), reason="Gymnasium's bits come from the libm of Linux on x86-64"
)

#: Chooses an action: the environment, its observation, the step.
Pilot = Callable[[Any, Any, int], Any]


def random_pilot(space: Any, seed: int, hold: int = 1) -> Pilot:
    """Random actions, each held for some steps."""
    rng = np.random.default_rng(seed)
    held: list[Any] = [None]

    def act(env: Any, observation: Any, step: int) -> Any:
        if step % hold == 0:
            if isinstance(space, gymnasium.spaces.Discrete):
                held[0] = int(rng.integers(space.n))
            else:
                held[0] = rng.uniform(space.low * 1.2, space.high * 1.2).astype(np.float32)
        return held[0]

    return act


def assert_same_episode(
    task_id: str, pilot: Pilot, seed: int, num_steps: int, past_end: int = 0, **kwargs: Any
) -> tuple[list[float], bool]:
    """Asserts that an episode has Gymnasium's bits, some steps past its end included.

    Returns:
        The rewards, and whether it terminated.
    """
    theirs = gymnasium.make(task_id, disable_env_checker=True, **kwargs)
    ours = plyo.make(task_id, math="reference", **kwargs)
    observation, info = theirs.reset(seed=seed)
    ours_seen, ours_info = ours.reset(seed=seed)
    assert ours_seen.tobytes() == observation.tobytes()
    assert ours_info == info
    rewards: list[float] = []
    ended, left = False, past_end
    for step in range(num_steps):
        action = pilot(theirs, observation, step)
        observation, reward, terminated, truncated, info = theirs.step(action)
        ours_seen, ours_reward, *flags, ours_info = ours.step(action)
        np.testing.assert_array_equal(ours_seen, observation, err_msg=f"seed {seed}, step {step}")
        assert float(ours_reward) == float(reward), f"seed {seed}, step {step}"
        assert flags == [terminated, truncated], f"seed {seed}, step {step}"
        assert ours_info == info
        rewards.append(float(reward))
        ended |= terminated
        if terminated or truncated:
            left -= 1
            if left < 0:
                break
    theirs.close()
    return rewards, ended
