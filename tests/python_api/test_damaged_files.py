"""Damaged files: each has the same contents as the whole one, or a ValueError names it."""

from __future__ import annotations

import contextlib
import random
import warnings

import pytest
from file_kinds import LOADERS, Labels

import plyo
from plyo import Replay

COUNT = 150  # damaged copies of each kind of file in the quick tests
SOAK = 800


@pytest.fixture(autouse=True)
def registered():
    plyo.register("Labels-v0", entry_point=Labels, max_episode_steps=30)
    yield
    del plyo.registry["Labels-v0"]


def facts_of(loaded):
    """The contents of a loaded file, as comparable values."""
    if isinstance(loaded, Replay):
        spec = loaded.id if isinstance(loaded.id, str) else loaded.id.to_json()
        actions = [repr(action) for action in loaded.actions]
        return spec, loaded.seed, loaded.snapshot, loaded.options, loaded.kwargs, loaded.recorded, actions
    hidden = ("_native", "seed")
    return {name: repr(value) for name, value in vars(loaded).items() if name not in hidden}


def said_by(call, argument):
    """The result of a call, or the ValueError that it raises."""
    try:
        return call(argument)
    except ValueError as e:
        return e


def damaged(data, count, seed=0):
    """Copies of some bytes: one changed, cut off, one lost, one too many."""
    rng = random.Random(seed)
    for i in range(count):
        at, copy = rng.randrange(len(data)), bytearray(data)
        if i % 10 == 7:
            del copy[at:]
        elif i % 10 == 8:
            del copy[at]
        elif i % 10 == 9:
            copy.insert(at, rng.randrange(256))
        else:
            copy[at] ^= rng.randrange(1, 256)
        yield bytes(copy)


def check_damaged_files(kind, folder, count):
    """Every damaged copy of a file has the contents of the whole file, or is refused by its name."""
    make, load = LOADERS[kind]
    path, other = folder / "whole.npz", folder / "damaged.npz"
    make().save(path)
    whole = facts_of(load(path))
    refused = 0
    for data in damaged(path.read_bytes(), count):
        other.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's about odd headers
            said = said_by(load, other)
        if isinstance(said, ValueError):
            assert str(other) in str(said)
            refused += 1
        else:
            assert facts_of(said) == whole
    assert refused > count / 3  # others have changed dates, for example


@pytest.mark.parametrize("kind", LOADERS)
def test_damaged_files(kind, tmp_path):
    check_damaged_files(kind, tmp_path, COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LOADERS)
def test_many_damaged_files(kind, tmp_path):
    check_damaged_files(kind, tmp_path, SOAK)


def check_damaged_snapshots(make, count):
    """Every damaged snapshot is refused and changes nothing, or is a state from which the episode continues."""
    env = make()
    env.reset(seed=5)
    target = env if hasattr(env, "num_envs") else env.unwrapped
    actions = env.action_space.sample()
    whole = target.get_state()
    for data in damaged(whole, count):
        target.set_state(whole)
        said = said_by(target.set_state, data)
        if isinstance(said, ValueError):
            assert "set_state" in str(said)
            assert target.get_state() == whole
        else:
            with warnings.catch_warnings(), contextlib.suppress(plyo.error.ResetNeeded):
                warnings.simplefilter("ignore")  # a step after the end
                env.step(actions)
            env.reset()
    env.close()


TASKS = ["CartPole-v1", "FrozenLake-v1", "Taxi-v4", "Blackjack-v1", "Pendulum-v1", "Reverse-v0", "NChain-v0"]


def snapshot_makers():
    for task in (task for task in TASKS if task in plyo.registry):
        yield pytest.param(lambda task=task: plyo.make(task), id=f"make {task}")
        yield pytest.param(
            lambda task=task: plyo.make_vec(task, 3, autoreset_mode="next_step"), id=f"make_vec {task}"
        )


@pytest.mark.parametrize("make", list(snapshot_makers()))
def test_damaged_snapshots(make):
    check_damaged_snapshots(make, COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("make", list(snapshot_makers()))
def test_many_damaged_snapshots(make):
    check_damaged_snapshots(make, SOAK)
