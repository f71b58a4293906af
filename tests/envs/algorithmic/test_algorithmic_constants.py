"""When the inputs of the algorithmic tasks become longer: constants of Gym's classes that may be assigned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plain_algorithmic import Plain

import plyo
from plyo.envs.algorithmic import CopyEnv, ReverseEnv
from python_tasks.algorithmic import RULES


@pytest.mark.parametrize("task_id", RULES)
@pytest.mark.parametrize(("last", "shortfall"), [(3, -1.5), (4, -0.1), (2, float("-inf"))])
def test_promotions(task_id: str, last: int, shortfall: float) -> None:
    env = plyo.make(task_id).unwrapped
    env.last, env.MIN_REWARD_SHORTFALL_FOR_PROMOTION = last, shortfall
    model = Plain(replace(RULES[task_id], window=last, shortfall=shortfall), 5)
    assert env.reset(seed=5)[0] == model.reset()
    for episode in range(60):
        terminated = False
        while not terminated:
            action: Any = model.right_action()
            if episode % 4 == 3 and model.write_head_position == len(model.target) - 1:
                action = (1, 1, (action[2] + 1) % model.rules.base)  # misses by 1.5
            observation, reward, terminated, _, _ = env.step(action)
            assert (observation, reward, terminated) == model.step(action)
        assert env.reset()[0] == model.reset()
        assert env.min_length == model.min_length
    assert (env.min_length > RULES[task_id].min_length) == (last < 4)


def test_attributes_of_a_class() -> None:
    class Easy(CopyEnv):  # type: ignore[misc, valid-type]
        MIN_REWARD_SHORTFALL_FOR_PROMOTION = -5.0

    assert CopyEnv.MIN_REWARD_SHORTFALL_FOR_PROMOTION == -1.0
    assert ReverseEnv.MIN_REWARD_SHORTFALL_FOR_PROMOTION == -0.1
    assert Easy().MIN_REWARD_SHORTFALL_FOR_PROMOTION == -5.0


@pytest.mark.parametrize("last", [0, -1, 1_000_001])
def test_illegal_windows(last: int) -> None:
    env = plyo.make("Copy-v0").unwrapped
    with pytest.raises(ValueError, match="last must be from 1 to 1000000"):
        env.last = last
    assert env.last == 10


def test_rows_count_from_the_next_episode_on() -> None:
    env = plyo.make("ReversedAddition-v0").unwrapped
    env.reset(seed=3)
    env.rows = 3
    other = plyo.make("ReversedAddition3-v0")
    for seed in range(20):
        assert env.reset(seed=seed) == other.reset(seed=seed)
        for action in [(3, 0, 0), (3, 0, 0), (1, 1, seed % 3)]:
            assert env.step(action) == other.step(action)
    with pytest.raises(ValueError, match=r"base \(3\) must be from rows \(4\)"):
        env.rows = 4


@pytest.mark.parametrize("duplication", [1, 3, 32])
def test_duplication_counts_from_the_next_episode_on(duplication: int) -> None:
    task_id = "DuplicatedInput-v0"
    env, other = plyo.make(task_id).unwrapped, plyo.make(task_id, duplication=duplication)
    env.reset(seed=7)
    env.duplication = duplication
    for seed in range(20):
        assert env.reset(seed=seed) == other.reset(seed=seed)
        for t in range(5):
            action = (1, t % 2, seed % 5)
            result = env.step(action)
            assert result == other.step(action)
            if result[2]:
                break
