"""Attributes of the retired tasks that are assigned: read by the next step or reset, as Gym's tasks read theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain_models import assert_same

import plyo
from plyo.envs.retired import CubeCrashEnv

#: Keyword arguments that Gym's step or reset reads, with values to assign.
ASSIGNED: dict[str, dict[str, Any]] = {
    "NChain-v0": {"slip": 0.6, "small": 0.5, "large": 7.0},
    "KellyCoinflip-v0": {"edge": 0.3, "initial_wealth": 60.0},
    "KellyCoinflipGeneralized-v0": {"edge_prior_alpha": 3, "edge_prior_beta": 9, "initial_wealth": 60.0},
    "CubeCrash-v0": {"use_shaped_reward": False, "use_black_screen": True},
}


@pytest.mark.parametrize("task_id", ASSIGNED)
def test_from_the_next_episode_on_it_is_the_argument(task_id: str) -> None:
    for assigned in [*({name: value} for name, value in ASSIGNED[task_id].items()), ASSIGNED[task_id]]:
        env, made = plyo.make(task_id), plyo.make(task_id, **assigned)
        env.reset(seed=99)
        env.step(0)
        for name, value in assigned.items():
            setattr(env.unwrapped, name, value)
            assert getattr(env.unwrapped, name) == value
        for seed in range(10):
            rng = np.random.default_rng(seed)
            assert_same(env.reset(seed=seed), made.reset(seed=seed), (task_id, assigned, seed))
            for t in range(60):
                action = int(rng.integers(made.action_space.n))
                expected = made.step(action)
                assert_same(env.step(action), expected, (task_id, assigned, seed, t))
                if expected[2]:
                    assert_same(env.reset(), made.reset(), (task_id, assigned, seed, t))


def test_the_next_step_reads_it() -> None:
    chain = plyo.make("NChain-v0", slip=0.0).unwrapped
    chain.reset(seed=0)
    chain.small = 3.5
    assert chain.step(1)[1] == 3.5
    chain.slip = 1.0
    assert chain.step(0)[:2] == (0, 3.5)
    coin = plyo.make("KellyCoinflip-v0").unwrapped
    coin.reset(seed=0)
    for edge, won in ((1.0, 1), (0.0, -1)):
        coin.edge, before = edge, coin.wealth
        coin.step(100)
        assert coin.wealth == before + won
    cube = plyo.make("CubeCrash-v0").unwrapped
    picture, _ = cube.reset(seed=0)
    cube.use_black_screen = True
    for _ in range(4):
        assert picture.any()
        picture = cube.step(0)[0]
    assert not picture.any()


@pytest.mark.parametrize(
    ("task_id", "name", "value"),
    [
        ("NChain-v0", "n", 7),
        ("KellyCoinflip-v0", "max_wealth", 300.0),
        ("KellyCoinflip-v0", "max_rounds", 7),
        ("KellyCoinflipGeneralized-v0", "max_wealth_m", 300.0),
        ("Roulette-v0", "n", 7),
        ("CubeCrash-v0", "use_random_colors", True),
        ("MemorizeDigits-v0", "use_random_colors", True),
    ],
)
def test_what_cannot_be_changed_is_refused(task_id: str, name: str, value: float) -> None:
    env = plyo.make(task_id).unwrapped
    with pytest.raises(AttributeError, match=rf"'{name}' of .* cannot be assigned.*make\("):
        setattr(env, name, value)


@pytest.mark.parametrize(
    ("task_id", "name", "value"),
    [
        ("NChain-v0", "slip", 1.5),
        ("NChain-v0", "large", float("inf")),
        ("KellyCoinflip-v0", "edge", -0.1),
        ("KellyCoinflip-v0", "initial_wealth", 250.5),
        ("KellyCoinflipGeneralized-v0", "edge_prior_alpha", 0),
        ("GuessingGame-v0", "range", -1.0),
        ("GuessingGame-v0", "guess_max", 0),
        ("HotterColder-v0", "range", 2000.0),
        ("HotterColder-v0", "bounds", 1000.0),
        ("HotterColder-v0", "bounds", float("nan")),
    ],
)
def test_illegal_values_change_nothing(task_id: str, name: str, value: float) -> None:
    env = plyo.make(task_id).unwrapped
    before = env.get_params()
    with pytest.raises((TypeError, ValueError), match=name):
        setattr(env, name, value)
    assert env.get_params() == before


def test_ranges_of_guesses() -> None:
    """The number is within the range; a guess wins within a hundredth of it; guess_max guesses end an episode."""
    env = plyo.make("GuessingGame-v0").unwrapped
    env.range, env.guess_max = 50, 3
    for seed in range(200):
        number = env.reset(seed=seed)[1]["number"]
        assert number == np.random.default_rng(seed).uniform(-50, 50)
        far, close = (np.array([number + offset], np.float32) for offset in (0.6, 0.4))
        assert env.step(far)[1:3] == (0, False)
        assert env.step(far)[1:3] == (0, False)
        guess, reward, over = (close, 1, True) if seed % 2 else (far, 0, True)
        assert env.step(guess)[1:3] == (reward, over)


def test_bounds_of_rewards() -> None:
    env = plyo.make("HotterColder-v0").unwrapped
    env.range, env.bounds, env.guess_max = 50, 100.0, 2
    for seed in range(200):
        number = env.reset(seed=seed)[1]["number"]
        assert abs(number) <= 50
        guess = np.float32(np.random.default_rng(seed).uniform(-50, 50))
        ratio = (min(guess, np.float32(number)) + 100) / (max(guess, np.float32(number)) + 100)
        _, reward, over, _, _ = env.step(np.array([guess]))
        assert reward == pytest.approx(ratio**2, rel=1e-5)
        assert not over
        assert env.step(np.array([guess]))[2]
    env.bounds, env.range = 2000.0, 1000.0
    while abs(env.reset()[1]["number"]) < 500:
        pass
    env.range = 100.0
    snapshot = env.get_state()
    with pytest.raises(ValueError, match="reset"):
        env.bounds = 200.0  # the number of this episode is further away
    assert env.get_state() == snapshot
    env.reset()
    env.bounds = 200.0


def test_attributes_of_a_class() -> None:
    class Black(CubeCrashEnv):  # type: ignore[misc, valid-type]
        use_black_screen = True

    assert (CubeCrashEnv.use_black_screen, Black.use_black_screen, Black().use_black_screen) == (
        False,
        True,
        True,
    )
    assert not CubeCrashEnv(use_shaped_reward=False).use_shaped_reward
