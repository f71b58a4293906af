"""Steps for trainers: compact results, steps and resets of some lanes, and forks have the bits of full steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contract_helpers import action_tape, make_vec

from plyo.vector import AutoresetMode

pytestmark = pytest.mark.tasks("all")

MODES = ["next_step", "same_step", "disabled"]
NUM_ENVS = 7
STEPS = 40

each_mode = pytest.mark.parametrize("mode", MODES)


def rows(value: Any, index: Any) -> Any:
    """Some rows of an array, of the parts of a tuple or of those of a dict."""
    if isinstance(value, dict):
        return {key: rows(part, index) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(rows(part, index) for part in value)
    return value[index]


def put_rows(value: Any, index: Any, new: Any) -> None:
    """Writes rows in the same way."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, tuple) else None
    if keys is None:
        value[index] = new
    else:
        for key in keys:
            put_rows(value[key], index, new[key])


def assert_same(ours: Any, theirs: Any) -> None:
    """Asserts that two values, nested or not, agree in every bit and in their types."""
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key in ours:
            assert_same(ours[key], theirs[key])
    elif isinstance(ours, tuple):
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)
    elif isinstance(ours, np.ndarray) and ours.dtype == object:
        assert ours.shape == theirs.shape
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)
    elif isinstance(ours, np.ndarray):
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        assert ours.tobytes() == theirs.tobytes()
    else:
        assert ours == theirs


def pair(task_id: str, mode: str, **kwargs: Any) -> tuple[Any, Any]:
    """Two batches with the same episodes, which end often."""
    both = tuple(
        make_vec(task_id, NUM_ENVS, autoreset_mode=mode, max_episode_steps=6, num_threads=threads, **kwargs)
        for threads in (1, 3)
    )
    for envs in both:
        envs.reset(seed=3)
    return both  # type: ignore[return-value]  # there are two


def masked_reset(envs: Any, ended: Any) -> Any:
    """Resets the environments whose episode has ended."""
    return envs.reset(options={"reset_mask": ended})[0]


def step_and_reset(envs: Any, actions: Any) -> Any:
    """A step, and in disabled mode the reset of the environments whose episode has ended."""
    result = envs.step(actions)
    ended = result[2] | result[3]
    if envs.autoreset_mode is AutoresetMode.DISABLED and ended.any():
        masked_reset(envs, ended)
    return result


@each_mode
def test_compact_steps_are_steps(task_id: str, mode: str) -> None:
    envs, twin = pair(task_id, mode)
    float32 = make_vec(task_id, NUM_ENVS, autoreset_mode=mode, max_episode_steps=6, reward_dtype="float32")
    float32.reset(seed=3)
    returns, lengths = np.zeros(NUM_ENVS), np.zeros(NUM_ENVS, int)
    num_ended = 0
    for actions in action_tape(task_id, STEPS, NUM_ENVS):
        observations, rewards, terminated, truncated, info = envs.step(actions)
        result = twin.step_compact(actions)
        assert_same(result.observations, observations)
        assert_same(tuple(result[1:4]), (rewards, terminated, truncated))
        assert_same(float32.step(actions)[1], rewards.astype(np.float32))
        ended = terminated | truncated
        ids = np.flatnonzero(ended)
        returns, lengths = returns + rewards, lengths + 1
        assert_same(result.dones, ended)
        assert_same(result.ended.ids, ids)
        assert_same(result.ended.truncated, ~terminated[ids])
        assert_same(result.ended.lengths, lengths[ids])
        assert_same(result.ended.returns, returns[ids])
        num_ended += len(ids)
        finals = rows(observations, ids)
        if mode == "same_step":
            for row, lane in enumerate(ids):
                put_rows(finals, row, info["final_obs"][lane])
            following = rows(observations, np.arange(NUM_ENVS))  # a copy
            put_rows(following, ids, finals)
            assert_same(result.next_observations, following)
        else:
            assert result.next_observations is result.observations
        assert_same(result.ended.final_observations, finals)
        last = info.get("final_info", info) if mode == "same_step" else info
        assert set(result.infos) == set(result.ended.infos)
        for name, values in result.ended.infos.items():
            if len(ids):
                assert_same(values, last[name][ids])
        for name, values in result.infos.items():
            if name in info and info[f"_{name}"].all():
                assert_same(values, info[name])
        # the next step is a reset
        returns[ids], lengths[ids] = 0, -1 if mode == "next_step" else 0
        if mode == "disabled" and ended.any():
            for each in (envs, twin, float32):
                masked_reset(each, ended)
    assert num_ended > NUM_ENVS
    assert envs.get_state() == twin.get_state() == float32.get_state()


@each_mode
def test_lanes_step_apart_as_they_do_together(task_id: str, mode: str) -> None:
    envs, twin = pair(task_id, mode, record_episode_statistics=True)
    rng = np.random.default_rng(1)
    for actions in action_tape(task_id, STEPS, NUM_ENVS):
        observations, *flags, info = envs.step(actions)
        order = rng.permutation(NUM_ENVS)
        cut = rng.integers(0, NUM_ENVS + 1)
        for ids in (order[:cut], order[cut:].tolist()):
            ids_array = np.asarray(ids, int)
            seen, *some, some_info = twin.step_lanes(rows(actions, ids_array), ids)
            assert_same(seen, rows(observations, ids_array))
            assert_same(tuple(some), tuple(array[ids_array] for array in flags))
            assert_same_infos(some_info, info, ids_array)
        ended = flags[1] | flags[2]
        if mode == "disabled" and ended.any():
            fresh = masked_reset(envs, ended)
            ids_array = rng.permutation(np.flatnonzero(ended))
            assert_same(twin.reset_lanes(ids_array)[0], rows(fresh, ids_array))
        assert envs.get_state() == twin.get_state()


def assert_same_infos(some: dict[str, Any], whole: dict[str, Any], ids: Any) -> None:
    """Asserts that the infos of some environments are those of all; ``t`` is a time."""
    for key, value in some.items():
        if key.startswith("_") or key == "t":
            continue
        if isinstance(value, dict):
            assert_same_infos(value, whole[key], ids)
            continue
        mask = some.get(f"_{key}", np.ones(len(ids), bool))
        if f"_{key}" in some:
            assert_same(mask, whole[f"_{key}"][ids])
        assert_same(value[mask], whole[key][ids][mask])


@each_mode
def test_lanes_are_reset_apart_as_they_are_together(task_id: str, mode: str) -> None:
    envs, twin = pair(task_id, mode)
    mask = np.arange(NUM_ENVS) % 2 == 1
    ids = np.flatnonzero(mask)[::-1]
    for seed in (None, 9, [5, None, 7]):
        whole_seed: Any = seed
        if isinstance(seed, list):
            whole_seed = [None] * NUM_ENVS
            for lane, each in zip(ids, seed, strict=True):
                whole_seed[lane] = each
        whole, info = envs.reset(seed=whole_seed, options={"reset_mask": mask})
        some, some_info = twin.reset_lanes(ids, seed=seed)
        assert_same(some, rows(whole, ids))
        for key, value in some_info.items():
            assert_same(value, info[key][ids])
        assert envs.get_state() == twin.get_state()
        assert envs.np_random_seed == twin.np_random_seed


@each_mode
def test_forks_go_on_as_their_source(task_id: str, mode: str) -> None:
    envs, _ = pair(task_id, mode)
    tape = action_tape(task_id, 24, NUM_ENVS)
    for t in range(4):
        step_and_reset(envs, tape[t])
    ids = [5, 0, 5]
    lanes = np.repeat(ids, 2)
    before = envs.get_state()
    twin = envs.fork(ids, 2)
    assert type(twin) is type(envs)
    assert twin.num_envs == 6
    assert twin.get_state() == envs.get_state(lanes=lanes)
    assert twin.np_random_seed == tuple(envs.np_random_seed[lane] for lane in lanes)
    for t in range(4, 24):
        twin_result = step_and_reset(twin, rows(tape[t], lanes))
        if t == 4:
            assert envs.get_state() == before  # they do not touch their source
        result = step_and_reset(envs, tape[t])
        assert_same(twin_result[0], rows(result[0], lanes))
        assert_same(tuple(twin_result[1:4]), tuple(array[lanes] for array in result[1:4]))
    assert twin.get_state() == envs.get_state(lanes=lanes)
