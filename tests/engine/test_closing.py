"""What closed environments do: a reset opens a single one again, and goes on as if it had never been closed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import plyo

TASKS = {
    "CartPole-v1": {},
    "Blackjack-v1": {},
    "FrozenLake-v1": {"is_slippery": True},
    "Pendulum-v1": {"max_episode_steps": 3},
}
COPIES: dict[str, Any] = {
    "itself": lambda env: env,
    "deepcopy": copy.deepcopy,
    "pickle": lambda env: pickle.loads(pickle.dumps(env)),
}


def follow(env: Any, twin: Any, steps: int = 5) -> None:
    """Two environments take the same steps."""
    for _ in range(steps):
        action = twin.action_space.sample()
        one, other = env.step(action), twin.step(action)
        assert all(np.array_equal(*pair) for pair in zip(one[:4], other[:4], strict=True))
        if one[2] or one[3]:
            assert np.array_equal(env.reset()[0], twin.reset()[0])


@pytest.mark.parametrize("again", COPIES)
@pytest.mark.parametrize("id", TASKS)
def test_a_reset_opens_it_again(id: str, again: str) -> None:
    env, twin = (plyo.make(id, **TASKS[id]) for _ in range(2))
    for each in (env, twin):
        each.reset(seed=3)
    follow(env, twin)
    env.close()
    env.close()
    opened = COPIES[again](env)
    with pytest.raises(plyo.error.ClosedEnvironmentError, match=r"after a call to `close\(\)`"):
        opened.step(twin.action_space.sample())
    assert np.array_equal(opened.reset()[0], twin.reset()[0])
    follow(opened, twin)
    opened.close()
    assert np.array_equal(opened.reset(seed=5)[0], twin.reset(seed=5)[0])
    follow(opened, twin)


@pytest.mark.parametrize("again", COPIES)
def test_a_generator_that_was_assigned_goes_on(again: str) -> None:
    env, twin = plyo.make("CartPole-v1").unwrapped, plyo.make("CartPole-v1").unwrapped
    for each in (env, twin):
        each.np_random = np.random.default_rng(4)
        each.reset()
    env.close()
    opened = COPIES[again](env)
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        opened.step(0)
    assert np.array_equal(opened.reset()[0], twin.reset()[0])
    assert opened.np_random.random() == twin.np_random.random()
    opened.close()
    assert np.array_equal(opened.reset(seed=1)[0], twin.reset(seed=1)[0])


def test_parameters_and_limits_stay() -> None:
    env = plyo.make("CartPole-v1", max_episode_steps=4)
    env.reset(seed=0)
    env.unwrapped.set_params({"gravity": 5.0})
    env.close()
    env.reset(options={"low": -0.01, "high": 0.01})
    assert env.unwrapped.get_params()["gravity"] == 5.0
    assert [env.step(0)[3] for _ in range(4)] == [False, False, False, True]


def test_a_reset_that_fails_leaves_it_closed() -> None:
    env = plyo.make("CartPole-v1")
    env.close()
    for wrong in ({"seed": -1}, {"options": {"nothing": 1}}):
        with pytest.raises((plyo.error.Error, ValueError)):
            env.reset(**wrong)
        with pytest.raises(plyo.error.ClosedEnvironmentError):
            env.step(0)


def test_a_batch_stays_closed() -> None:
    envs = plyo.make_vec("CartPole-v1", 2)
    envs.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.reset()
