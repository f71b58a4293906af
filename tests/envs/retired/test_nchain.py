"""NChain: a slippery chain with a small reward for going back and a large one at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain_models import assert_same_episodes

import plyo


@pytest.mark.parametrize(
    "kwargs",
    [{}, {"n": 2, "slip": 0.5}, {"n": 9, "slip": 0.01, "small": 0.5, "large": 7.5}, {"n": 1, "slip": 0.0}],
)
def test_rules(kwargs: dict[str, Any]) -> None:
    """With prob slip the action flips; 1 = back: reward small, state 0; 0 = forward: reward 0, state + 1, or at
    n - 1 reward large and stay; never done; reset -> 0. One random number a step, before the move."""

    def actions(rng: np.random.Generator, count: int) -> list[int]:
        return (rng.random(count) < 0.2).astype(int).tolist()

    assert_same_episodes("NChain-v0", actions, 100, 190, **kwargs)
    assert_same_episodes("NChain-v0", actions, 1500, 10, **kwargs)


def test_a_patient_player_earns_the_maximum_where_nothing_slips() -> None:
    env = plyo.make("NChain-v0", slip=0.0)
    env.reset(seed=0)
    results = [env.step(0) for _ in range(1000)]
    assert [r[0] for r in results[:5]] == [1, 2, 3, 4, 4]
    assert sum(r[1] for r in results) == 996 * 10
    assert [r[3] for r in results] == [False] * 999 + [True]
    assert not any(r[2] for r in results)


def test_table() -> None:
    env = plyo.make("NChain-v0", n=3).unwrapped
    assert env.P[2][0] == [(0.8, 2, 10, False), (pytest.approx(0.2), 0, 2, False)]
    assert env.P[1][1] == [(0.8, 0, 2, False), (0.2, 2, 0, False)]
    env.reset(seed=0)
    env.s = 2
    assert env.s == 2
    with pytest.raises(ValueError, match="3"):
        env.s = 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 0),
        ("n", 2**31),
        ("slip", -0.1),
        ("small", -1e300),
        ("large", 1e300),
    ],
)
def test_illegal_parameters(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        plyo.make("NChain-v0", **{name: value})
