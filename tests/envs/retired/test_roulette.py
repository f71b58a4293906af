"""Roulette: a wheel that pays for the zero and for the right parity, and a way out."""

from __future__ import annotations

import numpy as np
import pytest
from plain_models import assert_same_episodes

import plyo


@pytest.mark.parametrize("spots", [37, 1, 2, 100])
def test_rules(spots: int) -> None:
    """The last action: reward 0, done. Else spin v in 0..spots - 1; v == a == 0 -> + (spots - 1); both non-zero and
    same parity -> +1.0; else -1.0; observation 0."""

    def actions(rng: np.random.Generator, count: int) -> list[int]:
        # half of them on the zero
        return (rng.integers(spots + 1, size=count) * rng.integers(2, size=count)).tolist()

    assert_same_episodes("Roulette-v0", actions, 200, 200, spots=spots)


def test_zero_pays_36_and_a_spin_of_100_steps_ends() -> None:
    env = plyo.make("Roulette-v0")
    assert (env.action_space.n, env.observation_space.n) == (38, 1)
    env.reset(seed=0)
    results = [env.step(0) for _ in range(100)]
    assert {r[1] for r in results} == {36.0, -1.0}
    assert [r[3] for r in results] == [False] * 99 + [True]


def test_who_walks_away_loses_nothing() -> None:
    # every other bet is expected to lose 1/37
    env = plyo.make("Roulette-v0")
    env.reset(seed=0)
    assert env.step(37) == (0, 0.0, True, False, {})


@pytest.mark.parametrize("spots", [0, -1, 2**31 - 1])
def test_illegal_parameters(spots: int) -> None:
    with pytest.raises(ValueError, match="spots must be"):
        plyo.make("Roulette-v0", spots=spots)
