"""Outputs belong to the caller: fresh arrays, recycled only after their last reference, or the caller's own."""

from __future__ import annotations

import gc
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract_helpers import action_tape, id_of, make, make_vec, native_tasks

from plyo import policies

#: Tasks whose arrays show shared memory; test_leaves.py has all tasks.
pytestmark = pytest.mark.tasks("floats")

NUM_ENVS = 6
LIMIT = 9


@pytest.fixture(autouse=True, scope="module")
def short_collections() -> Iterator[None]:
    """Leaves what other tests have loaded out of the collections of these: MuJoCo and others hold a million objects."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def batch(task_id: str, mode: str = "next_step", **kwargs: Any) -> Any:
    envs = make_vec(task_id, NUM_ENVS, **{"autoreset_mode": mode, "max_episode_steps": LIMIT, **kwargs})
    envs.reset(seed=0)
    return envs


def leaves(result: Any) -> list[Any]:
    """All arrays of a step's or reset's result, those inside its info included."""
    arrays: list[Any] = []
    for part in result:
        if isinstance(part, dict):
            arrays += leaves(part.values())
        elif isinstance(part, np.ndarray) and part.dtype == object:
            arrays += [row for row in part if row is not None]
        elif isinstance(part, np.ndarray):
            arrays.append(part)
    return arrays


def address(array: Any) -> int:
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_what_was_returned_never_changes(task_id: str, mode: str) -> None:
    envs = batch(task_id, mode, record_episode_statistics=True)
    kept = [*leaves(envs.reset(seed=1))]
    copies = [array.copy() for array in kept]
    for row in action_tape(task_id, 120, NUM_ENVS):
        arrays = leaves(envs.step(row))
        kept += arrays
        copies += [array.copy() for array in arrays]
        kept.append(envs._engine.observe())
        copies.append(kept[-1].copy())
    envs.reset()
    envs.rollout(policies.Sequence(action_tape(task_id, 50, NUM_ENVS)), 50)
    assert len(kept) > 600
    for array, copy in zip(kept, copies, strict=True):
        assert array.tobytes() == copy.tobytes()
    # no two of them share memory
    spans = sorted((address(array), address(array) + array.nbytes) for array in kept)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_what_was_returned_is_the_callers_to_change(task_id: str) -> None:
    envs, untouched = batch(task_id), batch(task_id)
    for row in action_tape(task_id, 40, NUM_ENVS):
        result, expected = envs.step(row), untouched.step(row)
        for ours, theirs in zip(result[:4], expected[:4], strict=True):
            assert ours.tobytes() == theirs.tobytes()
            assert ours.flags.writeable
            assert ours.flags.aligned
            ours[...] = 1
    env, plain = make(task_id), make(task_id)
    env.reset(seed=0)[0][...] = 77
    plain.reset(seed=0)
    for action in action_tape(task_id, 9, 1)[:, 0]:
        observation, expected_observation = env.step(action)[0], plain.step(action)[0]
        assert observation.tobytes() == expected_observation.tobytes()
        observation[...] = 77


@pytest.mark.parametrize("num_envs", [1, 6, 5000])
def test_memory_is_used_again_after_the_last_reference(task_id: str, num_envs: int) -> None:
    envs = make_vec(task_id, num_envs)
    envs.reset(seed=0)
    row = action_tape(task_id, 1, min(num_envs, 6))[0]
    row = np.resize(row, (num_envs, *row.shape[1:]))
    # three ways to hold on to an array
    held = {
        "array": (lambda array: array),
        "view": (lambda array: array[-1:]),
        "view of a view": (lambda array: array.ravel()[::2][:1]),
        "memoryview": (lambda array: memoryview(array)),
    }
    for hold in held.values():
        observations = envs.step(row)[0]
        where, size = address(observations), observations.nbytes
        before = observations.copy()
        reference = hold(observations)
        held_bytes = bytes(np.asarray(reference).tobytes())
        del observations
        others = [envs.step(row)[0] for _ in range(5)]
        for other in others:
            assert address(other) + other.nbytes <= where or where + size <= address(other)
        assert np.asarray(reference).tobytes() == held_bytes
        assert np.isin(np.asarray(reference).ravel(), before.ravel()).all()
        # the last reference goes: the memory comes back, so it is recycled at all
        del reference, others, other
        again = {address(envs.step(row)[0]) for _ in range(8)}
        more = {address(envs.step(row)[0]) for _ in range(8)}
        assert more <= again, "a step that nobody keeps costs no new memory"


def test_arrays_outlive_their_batch(task_id: str, mode: str) -> None:
    for end in ("delete", "close"):
        envs = batch(task_id, mode, record_episode_statistics=True)
        kept = []
        for row in action_tape(task_id, 8, NUM_ENVS):
            result = envs.step(row)
            kept += leaves(result)
            mask = result[2] | result[3]
            if mode == "disabled" and mask.any():
                kept += leaves(envs.reset(options={"reset_mask": mask}))
        if mode != "disabled":
            trajectory = envs.rollout(policies.Sequence(action_tape(task_id, 20, NUM_ENVS)), 20)
            kept += [array for array in vars(trajectory).values() if array is not None]
        copies = [array.copy() for array in kept]
        if end == "close":
            envs.close()
        del envs
        gc.collect()
        # another batch of the same sizes must not get memory in use
        other = batch(task_id, mode)
        for row in action_tape(task_id, 8, NUM_ENVS, seed=1):
            _, _, terminated, truncated, _ = other.step(row)
            if mode == "disabled" and (terminated | truncated).any():
                other.reset()
        for array, copy in zip(kept, copies, strict=True):
            assert array.tobytes() == copy.tobytes()


# ---- the caller's arrays ----


def step_arrays(envs: Any) -> tuple[Any, ...]:
    space = envs.single_observation_space
    n = envs.num_envs
    return (np.ones((n, *space.shape), space.dtype), np.ones(n), np.ones(n, bool), np.ones(n, bool))


def test_out(task_id: str, mode: str) -> None:
    envs, plain = batch(task_id, mode), batch(task_id, mode)
    out = step_arrays(envs)
    assert envs.reset(seed=3, out=out[0])[0] is out[0]
    assert out[0].tobytes() == plain.reset(seed=3)[0].tobytes()
    for row in action_tape(task_id, 30, NUM_ENVS):
        result, expected = envs.step(row, out=out), plain.step(row)
        for ours, given, theirs in zip(result[:4], out, expected[:4], strict=True):
            assert ours is given
            assert ours.tobytes() == theirs.tobytes()
        assert list(result[4]) == list(expected[4])
        mask = expected[2] | expected[3]
        if mode == "disabled" and mask.any():
            # lanes outside the mask get their present observation
            out[0][...] = 1
            envs.reset(options={"reset_mask": mask}, out=out[0])
            assert out[0].tobytes() == plain.reset(options={"reset_mask": mask})[0].tobytes()


def test_out_may_name_some(task_id: str) -> None:
    row = action_tape(task_id, 1, NUM_ENVS)[0]
    expected = batch(task_id).step(row)
    for chosen in range(4):
        envs = batch(task_id)
        given = step_arrays(envs)[chosen]
        out: list[Any] = [None] * 4
        out[chosen] = given
        result = envs.step(row, out=out)
        assert result[chosen] is given
        for ours, theirs in zip(result[:4], expected[:4], strict=True):
            assert ours.tobytes() == theirs.tobytes()


def test_bad_out_changes_nothing(task_id: str) -> None:
    envs = batch(task_id)
    row = action_tape(task_id, 1, NUM_ENVS)[0]
    before = envs.get_state()
    good = step_arrays(envs)
    names = ("observations", "rewards", "terminated", "truncated")
    for i, name in enumerate(names):
        read_only = good[i].copy()
        read_only.flags.writeable = False
        strided = np.repeat(good[i], 2, axis=0)[::2]
        bad_arrays: list[tuple[type[Exception], str, Any]] = [
            (ValueError, "read-only", read_only),
            (ValueError, "not C-contiguous", strided),
            (ValueError, "shape", good[i][1:]),
            (ValueError, "shape", good[i][np.newaxis]),
            (TypeError, "dtype", good[i].astype(np.int16)),
            (TypeError, "must be a writable", good[i].tolist()),
        ]
        for kind, text, array in bad_arrays:
            out: list[Any] = list(good)
            out[i] = array
            with pytest.raises(kind, match=f"'{name}'.*{text}"):
                envs.step(row, out=out)
            if i == 0:
                with pytest.raises(kind, match=f"'{name}'.*{text}"):
                    envs.reset(seed=9, out=array)
    for out in (good[:3], 5, good[0]):
        with pytest.raises(TypeError, match="out must be"):
            envs.step(row, out=out)
    assert envs.get_state() == before
    assert all((array == 1).all() for array in good)


@pytest.mark.parametrize("num_buffers", [2, 3, 7])
def test_ring_of_buffers(task_id: str, num_buffers: int) -> None:
    envs, plain = batch(task_id, num_buffers=num_buffers), batch(task_id)
    tape = action_tape(task_id, 6 * num_buffers, NUM_ENVS)
    results = []
    for t, row in enumerate(tape):
        result, expected = envs.step(row), plain.step(row)
        for ours, theirs in zip(result[:4], expected[:4], strict=True):
            assert ours.tobytes() == theirs.tobytes()
        # a set of arrays comes back num_buffers steps later, and not before
        for back in range(1, min(t, num_buffers) + 1):
            for ours, earlier in zip(result[:4], results[-back], strict=True):
                assert (ours is earlier) == (back == num_buffers)
        results.append(result[:4])
    observations = envs.reset()[0]
    assert any(observations is result[0] for result in results)


def test_a_ring_has_at_least_two(task_id: str) -> None:
    for bad, kind in ((1, ValueError), (0, ValueError), (-3, ValueError), ("2", TypeError), (2.0, TypeError)):
        with pytest.raises(kind, match="num_buffers"):
            make_vec(task_id, 3, num_buffers=bad)


# ---- leaks ----


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_1e5_steps_do_not_grow(mode: str) -> None:
    # every task takes its part of the steps, with all that a step can return
    tasks = [name for name, task in native_tasks().items() if not task["needs"]]
    batches = [batch(id_of(task), mode, record_episode_statistics=True) for task in tasks]
    per_task = 100_000 // len(batches)

    def run(num_steps: int) -> None:
        for task, envs in zip(tasks, batches, strict=True):
            rows = list(action_tape(id_of(task), 40, NUM_ENVS))
            for t in range(num_steps):
                _, _, terminated, truncated, _ = envs.step(rows[t % 40])
                if mode == "disabled":
                    mask = terminated | truncated
                    if mask.any():
                        envs.reset(options={"reset_mask": mask})

    run(500)
    gc.collect()
    before = resident_bytes()
    run(per_task)
    gc.collect()
    # a leak of a single array of 64 bytes a step would be 6.4 MB
    assert resident_bytes() - before < 3_000_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_making_rolling_and_saving_do_not_grow(task_id: str) -> None:
    def run(times: int) -> None:
        for _ in range(times):
            envs = make_vec(task_id, 500, autoreset_mode="same_step", max_episode_steps=LIMIT)
            envs.reset(seed=0)
            envs.rollout(policies.Sequence(action_tape(task_id, 20, 500)), 20)
            envs.set_state(envs.get_state())
            few = make_vec(task_id, 5)
            few.reset(seed=0)
            few.np_random[3].random()
            env = make(task_id)
            env.reset(seed=0)
            env.np_random.random()
            for action in action_tape(task_id, 20, 500)[:10, 0]:
                env.step(action)

    run(20)
    gc.collect()
    before = resident_bytes()
    run(100)
    gc.collect()
    # a leak of one batch of 500 lanes would be 5 MB and more
    assert resident_bytes() - before < 4_000_000
