"""CliffWalking: the cliff, and slippery ground."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest

import plyo
from beside_gymnasium import (
    MODES,
    SOAK_SEEDS,
    assert_same_batches,
    assert_same_episodes,
    assert_same_initial_states,
    assert_same_table,
    assert_same_texts,
)

IDS = ("CliffWalking-v1", "CliffWalkingSlippery-v1")


@pytest.mark.parametrize("task_id", IDS)
def test_episodes(task_id: str) -> None:
    assert_same_episodes(task_id, 20, 500)


@pytest.mark.slow
@pytest.mark.parametrize("task_id", IDS)
def test_many_episodes(task_id: str) -> None:
    assert_same_episodes(task_id, SOAK_SEEDS, 2000)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("task_id", IDS)
def test_batches(task_id: str, mode: str) -> None:
    assert_same_batches(task_id, mode, 7, 300, max_episode_steps=40)


@pytest.mark.parametrize("task_id", IDS)
def test_texts_and_table(task_id: str) -> None:
    assert_same_texts(task_id, 350)
    assert_same_table(task_id)


@pytest.mark.parametrize("task_id", IDS)
def test_initial_states(task_id: str) -> None:
    assert_same_initial_states(task_id)


def test_the_edge_and_the_goal() -> None:
    env = plyo.make("CliffWalking-v1")
    env.reset(seed=0)
    assert env.step(1)[:3] == (36, -100, False)
    assert env.step(0)[:3] == (24, -1, False)
    for _ in range(11):
        env.step(1)
    assert env.step(2)[:3] == (47, -1, True)


@pytest.mark.parametrize("name", ["s", "lastaction", "shape", "nS", "nA", "start_state_index", "is_slippery"])
def test_attributes(name: str) -> None:
    values: list[Any] = []
    for module in (plyo, gymnasium):
        env = module.make("CliffWalkingSlippery-v1").unwrapped
        env.reset(seed=1)
        values.append([getattr(env, name)])
        env.step(0)
        values[-1].append(getattr(env, name))
    assert values[0] == values[1]


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")
def test_old_id() -> None:
    with pytest.raises(plyo.error.DeprecatedEnv) as ours:
        plyo.make("CliffWalking-v0")
    with pytest.raises(gymnasium.error.DeprecatedEnv) as theirs:
        gymnasium.make("CliffWalking-v0")
    assert str(ours.value) == str(theirs.value)
