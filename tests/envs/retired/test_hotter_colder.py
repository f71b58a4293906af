"""HotterColder: a number in [-1000, 1000), and rewards that grow towards it."""

from __future__ import annotations

from typing import Any

import numpy as np
from plain_models import assert_same_episodes

import plyo


def test_rules() -> None:
    """Reward = ((min(a, num) + 2000) / (max(a, num) + 2000))²; done only at 200 guesses; number
    uniform(-1000, 1000)."""

    def actions(rng: np.random.Generator, count: int) -> Any:
        return rng.uniform(-2000, 2000, (count, 1)).astype(np.float32)

    assert_same_episodes("HotterColder-v0", actions, 450)


def test_who_knows_the_number_earns_the_maximum() -> None:
    env = plyo.make("HotterColder-v0")
    for seed in range(20):
        number = env.reset(seed=seed)[1]["number"]
        results = [env.step(np.array([number], np.float32)) for _ in range(200)]
        assert all(r[:2] == (2, 1.0) for r in results)
        assert [r[2] for r in results] == [r[3] for r in results] == [False] * 199 + [True]


def test_closer_is_hotter() -> None:
    env = plyo.make("HotterColder-v0")
    number = env.reset(seed=1)[1]["number"]
    for side in (-1, 1):
        rewards = [env.step(np.array([number + side * d], np.float32))[1] for d in (900, 500, 100, 1)]
        assert rewards == sorted(rewards)
        assert 0 < rewards[0] < rewards[-1] < 1
