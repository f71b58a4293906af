"""One result: the same bits for any number of lanes and threads, any instruction set and any way."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from contract_helpers import (
    Log,
    action_tape,
    assert_same_arrays,
    assert_same_log,
    drive,
    make,
    make_vec,
    network,
    play,
    play_single,
    task_of,
)

from plyo import _native, policies

SEED = 77
MAX_LANES = 1000
#: Networks drive the rollouts; test_leaves.py has all tasks.
pytestmark = pytest.mark.tasks("floats")

NUM_STEPS = 120
#: A time limit under which every lane of every task ends episodes in NUM_STEPS steps.
LIMIT = 50


@cache
def tape_of(task_id: str) -> Any:
    return action_tape(task_id, NUM_STEPS, MAX_LANES)


@cache
def canonical(task_id: str) -> Log:
    """The results of 1000 lanes, on one thread, reset by hand."""
    envs = make_vec(task_id, MAX_LANES, num_threads=1, autoreset_mode="disabled", max_episode_steps=LIMIT)
    envs.reset(seed=SEED)
    log = play(envs, tape_of(task_id))
    # an equal log of something that never ends or never moves would show nothing
    assert log.ended.any(axis=0).all()
    assert len(np.unique(log.observations[10], axis=0)) > MAX_LANES // 2
    assert (np.ptp(log.observations, axis=0) > 0).any(axis=-1).all()
    return log


@pytest.mark.parametrize("num_threads", [1, 2, 5])
@pytest.mark.parametrize("num_envs", [1, 7, 64, 1000])
def test_lanes_and_threads(task_id: str, mode: str, num_envs: int, num_threads: int) -> None:
    envs = make_vec(task_id, num_envs, num_threads=num_threads, autoreset_mode=mode, max_episode_steps=LIMIT)
    envs.reset(seed=SEED)
    log = play(envs, tape_of(task_id)[:, :num_envs])
    assert_same_log(log, canonical(task_id)[:num_envs])


def test_threads_that_really_share_a_batch(task_id: str, mode: str) -> None:
    # the steps above are too short to be worth more than one thread: 20 us of work are the least
    num_envs, num_steps = 40_000, 12
    actions = np.tile(action_tape(task_id, num_steps, 400), (1, 100, *(1,) * (tape_of(task_id).ndim - 2)))
    digests = []
    for num_threads in (1, 2, 5):
        envs = make_vec(task_id, num_envs, num_threads=num_threads, autoreset_mode=mode, max_episode_steps=5)
        assert envs._engine.num_threads == num_threads
        parts = [envs.reset(seed=SEED)[0].tobytes()]
        for row in actions:
            observations, rewards, terminated, truncated, _ = envs.step(row)
            parts += [a.tobytes() for a in (observations, rewards, terminated, truncated)]
            if mode == "disabled" and (terminated | truncated).any():
                mask = terminated | truncated
                parts.append(envs.reset(options={"reset_mask": mask})[0].tobytes())
        digests.append(b"".join(parts))
    assert digests[0] == digests[1] == digests[2]
    assert _native.num_workers() >= 4


def test_single_environment_is_a_lane(task_id: str) -> None:
    env = make(task_id, max_episode_steps=LIMIT)
    for lane in (0, 1, 5, 63, 999):
        env.reset(seed=SEED + lane)
        assert_same_log(play_single(env, tape_of(task_id)[:, lane]), canonical(task_id)[[lane]])


def test_any_lane_may_have_any_seed(task_id: str, mode: str) -> None:
    # the place in the batch means nothing: the lanes in another order, some twice
    order = [999, 3, 500, 3, 0, 64, 7]
    envs = make_vec(task_id, len(order), autoreset_mode=mode, max_episode_steps=LIMIT)
    envs.reset(seed=[SEED + lane for lane in order])
    assert_same_log(play(envs, tape_of(task_id)[:, order]), canonical(task_id)[order])


def test_masks(task_id: str, mode: str) -> None:
    # a reset of some lanes, in the middle of their episodes, is nothing to the others
    rng = np.random.default_rng(4)
    masks = rng.random((NUM_STEPS, 64)) < 0.05
    masks[:, [0, 3]] = False
    masks[::6, 1] = True  # every batch has a lane to reset
    logs = []
    for num_envs, num_threads in ((64, 1), (7, 5)):
        envs = make_vec(
            task_id, num_envs, num_threads=num_threads, autoreset_mode=mode, max_episode_steps=LIMIT
        )
        envs.reset(seed=SEED)
        rows = []
        for t, actions in enumerate(tape_of(task_id)[:, :num_envs]):
            observations, rewards, terminated, truncated, _ = envs.step(actions)
            ended = terminated | truncated
            mask = masks[t, :num_envs] | (ended if mode == "disabled" else False)
            after = envs.reset(options={"reset_mask": mask})[0] if mask.any() else observations
            assert after[~mask].tobytes() == observations[~mask].tobytes()
            rows.append([observations, rewards, terminated, truncated, after])
        logs.append([np.stack(column) for column in zip(*rows, strict=True)])
    for large, small in zip(*logs, strict=True):
        assert large[:, :7].tobytes() == small.tobytes()
    if mode == "disabled":
        # the lanes that no mask named
        untouched = canonical(task_id)[[0, 3]]
        assert logs[0][0][:, [0, 3]].tobytes() == untouched.observations.tobytes()


# ---- rollouts ----


def record_of(trajectory: Any) -> dict[str, Any]:
    return dict(vars(trajectory))


ALL_FIELDS = (
    "observations",
    "actions",
    "rewards",
    "terminated",
    "truncated",
    "last_observations",
    "final_observations",
    "episodes",
)


def drawing_policy(task_id: str) -> policies.MLP:
    action = task_of(task_id)["action"]
    if action["kind"] == "discrete":
        return policies.MLP(network(task_id), head="categorical", seed=3)
    return policies.MLP(network(task_id), head="gaussian", log_std=np.full(action["size"], -0.5), seed=3)


def first_lanes(record: dict[str, Any], num_lanes: int) -> dict[str, Any]:
    """A trajectory without the lanes from num_lanes on."""
    kept = record["episode_lanes"] < num_lanes
    cut = {}
    for name, array in record.items():
        if array is None:
            cut[name] = None
        elif name.startswith("episode_") or name == "final_observations":
            cut[name] = array[kept]
        elif name == "last_observations":
            cut[name] = array[:num_lanes]
        else:
            cut[name] = np.ascontiguousarray(array[:, :num_lanes])
    return cut


@cache
def canonical_rollout(task_id: str, mode: str) -> dict[str, Any]:
    envs = make_vec(task_id, MAX_LANES, num_threads=1, autoreset_mode=mode, max_episode_steps=LIMIT)
    envs.reset(seed=SEED)
    record = record_of(envs.rollout(drawing_policy(task_id), NUM_STEPS, record=ALL_FIELDS))
    assert len(record["episode_times"]) >= MAX_LANES
    assert (np.ptp(record["actions"], axis=0) > 0).mean() > 0.9
    return record


@pytest.mark.parametrize("num_threads", [1, 2, 5])
@pytest.mark.parametrize("num_envs", [1, 7, 64, 1000])
def test_rollouts(task_id: str, mode: str, num_envs: int, num_threads: int) -> None:
    envs = make_vec(task_id, num_envs, num_threads=num_threads, autoreset_mode=mode, max_episode_steps=LIMIT)
    envs.reset(seed=SEED)
    record = record_of(envs.rollout(drawing_policy(task_id), NUM_STEPS, record=ALL_FIELDS))
    assert_same_arrays(record, first_lanes(canonical_rollout(task_id, mode), num_envs))


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_stepped_is_rolled_out(task_id: str, mode: str) -> None:
    # the actions that a network drew, taken one by one
    expected = first_lanes(canonical_rollout(task_id, mode), 40)
    envs = make_vec(task_id, 40, autoreset_mode=mode, max_episode_steps=LIMIT)
    observations, _ = envs.reset(seed=SEED)
    log = drive(envs, expected["actions"])
    for name in ("rewards", "terminated", "truncated"):
        assert log[name].tobytes() == expected[name].tobytes()
    assert observations.tobytes() == expected["observations"][0].tobytes()
    assert log["observations"][:-1].tobytes() == expected["observations"][1:].tobytes()
    assert log["observations"][-1].tobytes() == expected["last_observations"].tobytes()


# ---- half way ----


def through_state(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    """A snapshot into another batch, with another past and other threads."""
    other = make_vec(task_id, envs.num_envs, num_threads=2, **kwargs)
    other.reset(seed=1)
    other.set_state(envs.get_state())
    return other


def through_pickle(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    return pickle.loads(pickle.dumps(envs))


def through_deepcopy(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    return copy.deepcopy(envs)


def through_lanes(envs: Any, task_id: str, kwargs: dict[str, Any]) -> Any:
    """A batch that never was reset, filled lane by lane, from the last one on."""
    other = make_vec(task_id, envs.num_envs, **kwargs)
    for lane in reversed(range(envs.num_envs)):
        other.set_state(envs.get_state([lane]), [lane])
    return other


@pytest.mark.parametrize("way", [through_state, through_pickle, through_deepcopy, through_lanes])
@pytest.mark.parametrize("num_envs", [1, 33])
def test_half_way(task_id: str, mode: str, num_envs: int, way: Callable[..., Any]) -> None:
    kwargs = {"autoreset_mode": mode, "max_episode_steps": LIMIT, "record_episode_statistics": True}
    actions = tape_of(task_id)[:, :num_envs]
    envs = make_vec(task_id, num_envs, **kwargs)
    envs.reset(seed=SEED)
    whole = drive(envs, actions)
    assert (whole["lengths"].max(axis=0) > 0).all()

    # the middle of an episode, and a step after which lanes of next_step wait for their reset
    ended = whole["terminated"] | whole["truncated"]
    for half in (NUM_STEPS // 2, int(np.flatnonzero(ended.any(axis=1))[0]) + 1):
        envs = make_vec(task_id, num_envs, **kwargs)
        envs.reset(seed=SEED)
        before = drive(envs, actions[:half])
        twin = way(envs, task_id, kwargs)
        after = drive(twin, actions[half:])
        halves = {name: np.concatenate([before[name], after[name]]) for name in before}
        assert_same_arrays(halves, whole)
        # the original was not touched, and its twin does not touch it
        again = drive(envs, actions[half:])
        assert_same_arrays(again, after)


@pytest.mark.parametrize("way", ["state", "pickle", "deepcopy"])
def test_half_way_of_a_single_environment(task_id: str, way: str) -> None:
    tape = tape_of(task_id)[:, 2]
    env = make(task_id, max_episode_steps=LIMIT)
    env.reset(seed=SEED + 2)
    half = NUM_STEPS // 2 + 7
    before = play_single(env, tape[:half])
    if way == "state":
        twin = make(task_id, max_episode_steps=LIMIT)
        twin.reset(seed=0)
        twin.set_state(env.get_state())
    else:
        twin = pickle.loads(pickle.dumps(env)) if way == "pickle" else copy.deepcopy(env)
    after = play_single(twin, tape[half:])
    halves = {name: np.concatenate([array, after.arrays()[name]]) for name, array in before.arrays().items()}
    assert_same_arrays(halves, canonical(task_id)[[2]].arrays())
    assert_same_log(play_single(env, tape[half:]), after)


def test_reference_math_is_one_result_too(task_id: str) -> None:
    # its bits belong to this machine, so only the parts that are the same on all machines are compared
    logs = []
    for num_envs, num_threads in ((1, 1), (7, 2), (64, 5)):
        envs = make_vec(task_id, num_envs, num_threads=num_threads, math="reference", max_episode_steps=LIMIT)
        envs.reset(seed=SEED)
        logs.append(play(envs, tape_of(task_id)[:, :num_envs]))
    assert_same_log(logs[0], logs[2][[0]])
    assert_same_log(logs[1], logs[2][:7])
    fast = canonical(task_id)[:64]
    assert (np.abs(logs[2].observations[:3] - fast.observations[:3]) < 1e-4).all()
