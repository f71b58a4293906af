"""Snapshots, forks and pickles of Atari batches continue exactly, or are refused by name."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from atari_batch_helpers import assert_same, play

from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.error import Error, ResetNeeded

#: Ten games: with and without lives, paddles, and memory that survives the end of a game.
QUICK = ("breakout",)
GAMES = (
    "ms_pacman", "tennis", "frogger", "pong", "seaquest", "space_invaders", "montezuma_revenge", "assault",
    "bank_heist",
)  # fmt: skip


def make(game: str, num_envs: int = 2, **arguments: object) -> AtariVectorEnv:
    return AtariVectorEnv(game, num_envs, engine="lanes", **arguments)


@pytest.mark.parametrize("sticky", [pytest.param(0, marks=pytest.mark.slow), 0.25])
@pytest.mark.parametrize("game", [*QUICK, *(pytest.param(game, marks=pytest.mark.slow) for game in GAMES)])
def test_snapshots_are_exact(game, sticky):
    count = 2 if game in QUICK else 1
    envs = make(game, count, repeat_action_probability=sticky, render_mode="rgb_array", max_episode_steps=60)
    envs.reset(seed=3)
    play(envs, 50)
    state, pictures = envs.get_state(), envs.render()
    # across the end of games
    expected = play(envs, 40, seed=1)
    envs.set_state(state)
    assert_same(envs.render(), pictures)
    assert_same(play(envs, 40, seed=1), expected)
    fresh = make(game, count, repeat_action_probability=sticky, render_mode="rgb_array", max_episode_steps=60)
    fresh.set_state(pickle.loads(pickle.dumps(state)))
    assert_same(fresh.render(), pictures)
    assert_same(play(fresh, 40, seed=1), expected)


@pytest.mark.parametrize("parity", [None, pytest.param("gymnasium", marks=pytest.mark.slow)])
def test_snapshots_keep_lives_that_end_episodes(parity):
    envs = make("breakout", 1, episodic_life="continue", parity=parity, autoreset_mode="same_step")
    envs.reset(seed=0)
    play(envs, 30)
    state = envs.get_state()
    expected = play(envs, 100)
    assert any(step[2][0] for step in expected)
    envs.set_state(state)
    assert_same(play(envs, 100), expected)


def test_one_saved_environment_fills_any():
    envs = make("pong", 3)
    envs.reset(seed=0)
    play(envs, 10)
    envs.set_state(envs.get_state([1]), [0, 2])
    observations, *_ = envs.step([3, 3, 3])
    np.testing.assert_array_equal(observations[0], observations[1])
    np.testing.assert_array_equal(observations[2], observations[1])


def test_forks_are_copies_with_other_random_numbers_if_seeded():
    envs = make("breakout", 2, repeat_action_probability=0.25)
    envs.reset(seed=0)
    play(envs, 20)
    twins = envs.fork([1], copies=2)
    others = envs.fork([1], copies=2, seed=7)
    actions = np.random.default_rng(0).integers(0, 4, size=40)
    rows = [[e.step([a] * 2)[0] for a in actions] for e in (envs, twins, others)]
    for ours, twin, _ in zip(*rows, strict=True):
        np.testing.assert_array_equal(twin, ours[[1, 1]])
    assert any((ours[1] != other[0]).any() for ours, _, other in zip(*rows, strict=True))


@pytest.mark.parametrize("game", ["qbert", pytest.param("tetris", marks=pytest.mark.slow)])
def test_states_that_fit_one_emulator_are_refused_by_name(game):
    envs, other = make(game, 1), make(game, 1)
    envs.reset(seed=0), other.reset(seed=0)
    play(envs, 5)
    state = envs.get_state()
    before = other.get_state()
    with pytest.raises(Error, match=game):
        other.set_state(state)
    assert other.get_state() == before
    with pytest.raises(Error, match=game):
        envs.fork()
    with pytest.raises(pickle.PicklingError, match=game):
        pickle.dumps(envs)
    expected = play(envs, 20)
    envs.set_state(state)
    assert_same(play(envs, 20), expected)


def test_snapshots_that_do_not_fit_change_nothing():
    envs, other = make("breakout", 2), make("breakout", 2, frameskip=2)
    with pytest.raises(ResetNeeded):
        envs.get_state()
    envs.reset(seed=0)
    state = envs.get_state()
    with pytest.raises(ValueError, match="frameskip=4"):
        other.set_state(state)
    for wrong, match in (
        (b"", "no snapshot"),
        (b"PLYOATARI1", "damaged"),
        (state[:-1], "damaged"),
        (state[:200] + b"x" + state[201:], "damaged"),
        (envs.get_state([0, 1, 0]), "3 environments"),
    ):
        with pytest.raises(ValueError, match=match):
            envs.set_state(wrong)
    with pytest.raises(TypeError, match="bytes"):
        envs.set_state("state")
    with pytest.raises(IndexError):
        envs.set_state(state, [0, 2])
    assert envs.get_state() == state


def test_copies_continue_where_lanes_stand():
    envs = make("pong", 1)
    again = copy.deepcopy(envs)
    envs.reset(seed=0), again.reset(seed=0)
    play(envs, 5), play(again, 5)
    pickled = pickle.loads(pickle.dumps(envs))
    expected = play(envs, 10)
    assert_same(play(again, 10), expected)
    assert_same(play(pickled, 10), expected)


def test_threads_have_no_snapshots():
    envs = AtariVectorEnv("pong", 1)
    envs.reset(seed=0)
    for call in (envs.get_state, envs.fork, envs.get_ram, lambda: envs.set_state(b"")):
        with pytest.raises(NotImplementedError, match='engine="lanes"'):
            call()
    assert envs.render() is None
    copied = pickle.loads(pickle.dumps(envs))
    with pytest.raises(ResetNeeded):
        copied.step([0])
