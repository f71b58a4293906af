"""Taxi: rain, fickle passengers, the mask, and the meaning of states."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from identical import assert_identical

import plyo
from beside_gymnasium import (
    MODES,
    SOAK_SEEDS,
    assert_same_after_assignments,
    assert_same_batches,
    assert_same_episodes,
    assert_same_initial_states,
    assert_same_table,
    assert_same_texts,
)

VARIANTS: list[dict[str, Any]] = [
    {},
    {"is_rainy": True},
    {"is_rainy": True, "rainy_probability": 0.3},
    {"fickle_passenger": True},
    {"fickle_passenger": True, "fickle_probability": 1.0},
    {"is_rainy": True, "fickle_passenger": True, "fickle_probability": 0.9},
]


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_episodes(kwargs: dict[str, Any]) -> None:
    assert_same_episodes("Taxi-v4", 10, 400, **kwargs)


@pytest.mark.parametrize("is_rainy", [False, True])
def test_passengers_that_are_made_fickle(is_rainy: bool) -> None:
    changes = {"fickle_passenger": [True, True, False], "fickle_probability": [0.0, 0.5, 1.0]}
    assert_same_after_assignments("Taxi-v4", changes, 20, 600, is_rainy=is_rainy)


@pytest.mark.parametrize("stays_fickle", [False, True])
def test_a_passenger_can_be_made_steadfast(stays_fickle: bool) -> None:
    """In the taxi, on its way: whether the destination changes is decided by what the attribute is then."""
    changed = set()
    for seed in range(20):
        for module in (plyo, gymnasium):
            env = module.make("Taxi-v4", fickle_passenger=True, fickle_probability=1.0).unwrapped
            env.reset(seed=seed)
            env.s = env.encode(2, 2, 4, 1)
            env.fickle_passenger = stays_fickle
            changed.add(env.step(0)[0] % 4 != 1)
            assert env.fickle_step is not stays_fickle
    assert changed == {stays_fickle}


def test_what_only_the_constructor_reads_is_refused() -> None:
    env = plyo.make("Taxi-v4", is_rainy=True).unwrapped
    with pytest.raises(AttributeError, match=r"make\(\.\.\., rainy_probability=.*set_params"):
        env.rainy_probability = 0.5
    env.set_params({"rainy_probability": 0.5})
    assert env.rainy_probability == 0.5
    with pytest.raises(AttributeError, match=r"locs.*compiled"):
        env.locs = []
    envs = plyo.make_vec("Taxi-v4", 2)
    with pytest.raises(AttributeError, match=r"rainy_probability.*set_params"):
        envs.set_attr("rainy_probability", 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", VARIANTS)
def test_many_episodes(kwargs: dict[str, Any]) -> None:
    assert_same_episodes("Taxi-v4", SOAK_SEEDS, 2000, **kwargs)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kwargs", [VARIANTS[0], VARIANTS[-1]])
def test_batches(mode: str, kwargs: dict[str, Any]) -> None:
    assert_same_batches("Taxi-v4", mode, 7, 450, **kwargs)


@pytest.mark.parametrize("kwargs", VARIANTS[:3])
def test_texts_and_table(kwargs: dict[str, Any]) -> None:
    assert_same_texts("Taxi-v4", 350, **kwargs)
    assert_same_table("Taxi-v4", **kwargs)


def test_initial_states() -> None:
    assert_same_initial_states("Taxi-v4")
    assert_same_initial_states("Taxi-v4", is_rainy=True, fickle_passenger=True)


def test_every_state_is_drawn_as_gymnasium_draws_it() -> None:
    ours, theirs = (m.make("Taxi-v4", render_mode="ansi").unwrapped for m in (plyo, gymnasium))
    ours.reset(seed=0)
    theirs.reset(seed=0)
    for state in range(500):
        ours.s = theirs.s = state
        assert ours.render() == theirs.render()


def test_states_and_masks() -> None:
    ours, theirs = (m.make("Taxi-v4").unwrapped for m in (plyo, gymnasium))
    for state in range(500):
        parts = ours.decode(state)
        assert parts == theirs.decode(state)
        assert ours.encode(*parts) == state
        assert_identical(ours.action_mask(state), theirs.action_mask(state), state)
    assert ours.encode(taxi_row=3, taxi_col=1, pass_loc=2, dest_idx=0) == 328
    assert (ours.desc == theirs.desc).all()
    assert (ours.max_row, ours.max_col) == (theirs.max_row, theirs.max_col)
    for method, arguments in ((ours.decode, (500,)), (ours.action_mask, (-1,))):
        with pytest.raises(ValueError, match="are out of range"):
            method(*arguments)
    with pytest.raises(TypeError, match=r"encode\(\) takes 4 arguments, got 1"):
        ours.encode(3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'row'"):
        ours.decode(1, row=2)


def test_masks_of_a_batch_say_what_changes_the_state() -> None:
    envs = plyo.make_vec("Taxi-v4", 64)
    states, info = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    table = plyo.make("Taxi-v4").unwrapped.P
    for _ in range(100):
        mask = info["action_mask"]
        assert mask.dtype == np.int8
        assert mask.shape == (64, 6)
        for state, row in zip(states.tolist(), mask.tolist(), strict=True):
            assert [int(table[state][a][0][1] != state) for a in range(6)] == row
        states, *_, info = envs.step(rng.integers(6, size=64))


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")
def test_old_id() -> None:
    with pytest.raises(plyo.error.DeprecatedEnv) as ours:
        plyo.make("Taxi-v3")
    with pytest.raises(gymnasium.error.DeprecatedEnv) as theirs:
        gymnasium.make("Taxi-v3")
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("name", ["rainy_probability", "fickle_probability"])
@pytest.mark.parametrize("value", [-0.5, 1.25])
def test_probabilities_out_of_range(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be from 0 to 1, got {value}"):
        plyo.make("Taxi-v4", **{name: value})
