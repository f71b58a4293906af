"""FrozenLake: maps, slipperiness, rewards."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.toy_text import frozen_lake as theirs

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
from plyo.envs.toy_text import frozen_lake as ours

VARIANTS: list[dict[str, Any]] = [
    {},
    {"is_slippery": False},
    {"success_rate": 0.8},
    {"success_rate": 0.0},
    {"success_rate": 1.0},
    {"reward_schedule": (10, -3, -1)},
    {"reward_schedule": (1.5, -0.5, 0.25)},
    {"desc": ["SFS", "FHG"], "reward_schedule": (0, 0, -1)},
    {"desc": ["SSSSSS", "SXSHSG"]},
    {"desc": np.array([["S", "F"], ["H", "G"]])},
    {"desc": theirs.generate_random_map(12, 0.9, seed=4)},
]


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_episodes(kwargs: dict[str, Any]) -> None:
    assert_same_episodes("FrozenLake-v1", 10, 300, **kwargs)


def test_episodes_of_the_large_map() -> None:
    assert_same_episodes("FrozenLake8x8-v1", 10, 300)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", VARIANTS)
def test_many_episodes(kwargs: dict[str, Any]) -> None:
    assert_same_episodes("FrozenLake-v1", SOAK_SEEDS, 2000, **kwargs)


@pytest.mark.slow
def test_many_episodes_of_the_large_map() -> None:
    assert_same_episodes("FrozenLake8x8-v1", SOAK_SEEDS, 2000)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kwargs", [{}, {"is_slippery": False}])
def test_batches(mode: str, kwargs: dict[str, Any]) -> None:
    assert_same_batches("FrozenLake-v1", mode, 7, 300, **kwargs)


def test_texts() -> None:
    assert_same_texts("FrozenLake-v1", 350)
    assert_same_texts("FrozenLake-v1", 60, desc=["SFF", "FFG"])
    assert_same_texts("FrozenLake8x8-v1", 350)


@pytest.mark.parametrize("kwargs", [variant for variant in VARIANTS if "reward_schedule" not in variant])
def test_table(kwargs: dict[str, Any]) -> None:
    assert_same_table("FrozenLake-v1", **kwargs)


@pytest.mark.parametrize("kwargs", [*VARIANTS, {"map_name": "8x8"}, {"desc": ["SFFS", "FSHG"]}])
def test_initial_states(kwargs: dict[str, Any]) -> None:
    assert_same_initial_states("FrozenLake-v1", **kwargs)


def test_attributes() -> None:
    for kwargs in VARIANTS:
        a, b = (m.make("FrozenLake-v1", **kwargs).unwrapped for m in (plyo, gymnasium))
        a.reset(seed=3)
        b.reset(seed=3)
        assert a.desc.dtype == b.desc.dtype
        assert (a.desc == b.desc).all()
        assert (a.nrow, a.ncol, a.s, a.lastaction) == (b.nrow, b.ncol, b.s, b.lastaction)
        assert a.reward_range == b.reward_range
        a.step(2)
        assert a.lastaction == 2
    env = plyo.make("FrozenLake-v1", is_slippery=False).unwrapped
    env.reset(seed=0)
    env.s = 14
    assert env.step(2)[:3] == (15, 1, True)
    assert env.P is env.P
    for bad in (-1, 16):
        with pytest.raises(ValueError, match=f"{bad} is no legal value of the attribute 's' of FrozenLake"):
            env.s = bad
    with pytest.raises(AttributeError):
        env.nrow = 3


def test_maps() -> None:
    assert ours.MAPS == theirs.MAPS
    assert [ours.LEFT, ours.DOWN, ours.RIGHT, ours.UP] == [0, 1, 2, 3]
    for seed in range(20):
        for size, p in ((8, 0.8), (4, 0.5), (3, 1), (20, 0.9)):
            rows = ours.generate_random_map(size, p, seed)
            assert rows == theirs.generate_random_map(size, p, seed)
            assert ours.is_valid(rows, size)
    assert not ours.is_valid(["SH", "HG"], 2)


@pytest.mark.parametrize("size", [1, 0, -3, np.int64(1)])
def test_maps_without_room_are_refused(size: Any) -> None:
    with pytest.raises(ValueError, match="size must be an integer of at least 2, got"):
        ours.generate_random_map(size)


@pytest.mark.parametrize("size", [True, 2.0, "4", None])
def test_sizes_that_are_no_integers_are_refused(size: Any) -> None:
    with pytest.raises(TypeError, match="size must be an integer of at least 2, got"):
        ours.generate_random_map(size)


@pytest.mark.parametrize("p", [0, 0.0, -0.5, float("nan"), float("inf")])
def test_maps_without_ice_are_refused(p: float) -> None:
    with pytest.raises(ValueError, match="p must be above 0 and finite, got"):
        ours.generate_random_map(4, p)


@pytest.mark.parametrize(("size", "p"), [(8, 1e-3), (8, 0.05), (4, 1e-300), (30, 0.2), (60, 0.3)])
def test_maps_whose_goal_is_next_to_never_reached_are_refused(size: int, p: float) -> None:
    with pytest.raises(
        ValueError, match=f"Maps of size {size} with p={p} have next to never a way to the goal"
    ):
        ours.generate_random_map(size, p, seed=1)


def test_numpy_integers_are_sizes() -> None:
    assert ours.generate_random_map(np.uint8(5), 2.0, np.int64(3)) == theirs.generate_random_map(5, 1.0, 3)


def test_without_a_map_a_random_one_is_drawn() -> None:
    env = plyo.make("FrozenLake-v1", map_name=None)
    assert env.unwrapped.desc.shape == (8, 8)
    for twin in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
        assert (twin.unwrapped.desc == env.unwrapped.desc).all()
    other = plyo.make("FrozenLake-v1", map_name=None)
    third = plyo.make("FrozenLake-v1", map_name=None)
    assert len({e.unwrapped.desc.tobytes() for e in (env, other, third)}) > 1


def test_a_map_of_256_by_256() -> None:
    desc = theirs.generate_random_map(256, 0.95, seed=1)
    assert_same_episodes("FrozenLake-v1", 2, 200, desc=desc)
    envs = plyo.make_vec("FrozenLake-v1", 50, desc=desc)
    assert envs.single_observation_space.n == 65536
    envs.reset(seed=1)
    envs.rollout(plyo.policies.Random(0), 300)
    twin = pickle.loads(pickle.dumps(envs))
    actions = np.arange(50) % 4
    assert (twin.step(actions)[0] == envs.step(actions)[0]).all()


def test_spec_keeps_the_arguments() -> None:
    desc = ["SFF", "HFG"]
    env = plyo.make("FrozenLake-v1", desc=desc, reward_schedule=(5, 0, -1))
    assert env.spec.kwargs == {"map_name": "4x4", "desc": desc, "reward_schedule": (5, 0, -1)}
    again = plyo.make(env.spec)
    assert (again.unwrapped.desc == env.unwrapped.desc).all()
    assert plyo.spec("FrozenLake8x8-v1").kwargs == {"map_name": "8x8"}
    for twin in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        assert twin.unwrapped.nrow == 2
        assert twin.observation_space == env.observation_space


@pytest.mark.parametrize(
    ("kwargs", "kind", "text"),
    [
        ({"map_name": "5x5"}, ValueError, "map_name must be '4x4' or '8x8', got '5x5'"),
        ({"desc": ["SF", "G"]}, ValueError, "the rows of desc must have one length"),
        ({"desc": ["FF", "FG"]}, ValueError, "desc must have a start, S, got"),
        ({"desc": ["", ""]}, ValueError, "the rows of desc must have one length"),
        ({"desc": "SFFG"}, TypeError, "'desc' must be a list of strings or None, got 'SFFG'"),
        ({"desc": [1, 2]}, TypeError, "'desc' must be a list of strings or None"),
        ({"desc": 3}, TypeError, "'desc' must be a list of strings or None, got 3"),
        ({"map_name": 4}, TypeError, "'map_name' must be a string or None, got 4"),
        ({"success_rate": 1.5}, ValueError, "success_rate must be from 0 to 1, got 1.5"),
        ({"success_rate": -0.1}, ValueError, "success_rate must be from 0 to 1, got -0.1"),
        ({"success_rate": float("nan")}, TypeError, "'success_rate' must be a number"),
        ({"reward_schedule": (1, 0)}, ValueError, "reward_schedule must be three numbers"),
        ({"reward_schedule": 1}, TypeError, "'reward_schedule' must be a sequence of numbers, got 1"),
        ({"reward_schedule": ("a", 0, 0)}, TypeError, "'reward_schedule' must be a sequence of numbers"),
        ({"is_slippery": 1}, TypeError, "'is_slippery' must be a bool"),
    ],
)
def test_bad_arguments(kwargs: dict[str, Any], kind: type[Exception], text: str) -> None:
    for make in (plyo.make, lambda task_id, **kw: plyo.make_vec(task_id, 3, **kw)):
        with pytest.raises(kind) as caught:
            make("FrozenLake-v1", **kwargs)
        assert text in str(caught.value)
