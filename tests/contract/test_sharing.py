"""Every task: shards of a batch have together the episodes of the whole batch, also after one is made again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contract_helpers import action_tape, flat, id_of, make_vec, native_tasks, parts, same_bits

import plyo
from plyo.shards import Lanes, Part, Shard, concatenate

TOTAL = 6
STEPS = 24
LIMIT = 10


@pytest.fixture(params=[*native_tasks()])
def task_id(request: pytest.FixtureRequest) -> str:
    """One id of each task: its versions differ in their limits only, and the limit here is another."""
    return id_of(request.param)


def tape_of(task_id: str, seed: int) -> plyo.policies.Sequence:
    tape = action_tape(task_id, STEPS, TOTAL, seed=seed)
    return plyo.policies.Sequence(getattr(tape, "parts", tape))


def shard_of(task_id: str, lanes: Lanes, mode: str, **kwargs: Any) -> Shard:
    arguments = {"autoreset_mode": mode, "max_episode_steps": LIMIT, "num_threads": 1}
    return Shard(task_id, lanes, arguments, seed=5, **kwargs)


def assert_same(ours: plyo.Trajectory, theirs: plyo.Trajectory) -> None:
    for name, value in vars(theirs).items():
        mine = getattr(ours, name)
        assert (mine is None) == (value is None), name
        for a, b in zip(*(() if v is None else parts(v) for v in (mine, value)), strict=True):
            assert same_bits(a, b), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_shards_have_the_episodes_of_the_whole(task_id: str, mode: str) -> None:
    whole = make_vec(task_id, TOTAL, autoreset_mode=mode, max_episode_steps=LIMIT)
    whole.reset(seed=5)
    shards = [shard_of(task_id, Lanes(first, 2, TOTAL), mode) for first in (0, 2, 4)]
    for number in range(2):
        policy = tape_of(task_id, seed=number)
        expected = whole.rollout(policy, STEPS)
        if number == 1:  # as after a death
            shards[1] = shard_of(task_id, Lanes(2, 2, TOTAL), mode, state=shards[1].get_state())
        trajectories = [shard.rollout(number, number, policy, STEPS) for shard in shards]
        each = [Part(trajectory, i, 2 * i, 2, number) for i, trajectory in enumerate(trajectories)]
        assert_same(concatenate(each), expected)
        if mode == "disabled":
            whole.reset()
            for shard in shards:
                shard.reset(10 + number, seed=None, options=None)
    assert np.isfinite(flat(expected.rewards)).all()
