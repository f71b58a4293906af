"""GuessingGame: a number in [-1000, 1000), to be guessed to within 10."""

from __future__ import annotations

from typing import Any

import numpy as np
from plain_models import assert_same_episodes

import plyo


def test_rules() -> None:
    """Number uniform(-1000, 1000); observation 1 below, 2 equal, 3 above, 0 after reset; reward 1 and done if
    number - 10 < a < number + 10; done at guess_count >= 200; info {number, guesses}."""

    def actions(rng: np.random.Generator, count: int) -> Any:
        return rng.uniform(-1200, 1200, (count, 1)).astype(np.float32)

    assert_same_episodes("GuessingGame-v0", actions, 300)


def test_the_last_guess() -> None:
    env = plyo.make("GuessingGame-v0")
    env.reset(seed=0)
    results = [env.step(np.array([5000], np.float32)) for _ in range(200)]
    assert all(r[:2] == (3, 0) for r in results)
    assert [r[2] for r in results] == [r[3] for r in results] == [False] * 199 + [True]
    assert results[-1][4]["guesses"] == env.unwrapped.guess_count == env.unwrapped.guess_max == 200


def test_edges_of_a_right_guess() -> None:
    env = plyo.make("GuessingGame-v0")
    for offset, right in ((0, 1), (9.9, 1), (-9.9, 1), (10.1, 0), (-10.1, 0)):
        number = env.reset(seed=4)[1]["number"]
        assert number == env.unwrapped.number
        observation, reward, terminated, _, _ = env.step(np.array([number + offset], np.float32))
        assert observation == (2 if offset == 0 else 1 if offset < 0 else 3)
        assert (reward, terminated) == (right, bool(right))


def test_halving_finds_every_number() -> None:
    env = plyo.make("GuessingGame-v0")
    for seed in range(200):
        env.reset(seed=seed)
        low, high, total = -1000.0, 1000.0, 0
        for _ in range(8):
            middle = (low + high) / 2
            observation, reward, terminated, _, _ = env.step(np.array([middle], np.float32))
            total += reward
            if terminated:
                break
            low, high = (middle, high) if observation == 1 else (low, middle)
        assert total == 1
