"""get_state and set_state: whole batches, some lanes, one lane for many; and pickles across processes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract_helpers import (
    action_tape,
    assert_same_arrays,
    digest,
    drive,
    id_of,
    make,
    make_vec,
    native_tasks,
    warm_up,
)

from plyo import error

#: States are doubles that these tests move; test_leaves.py has all tasks.
pytestmark = pytest.mark.tasks("floats")

NUM_ENVS = 8
LIMIT = 13
NUM_STEPS = 40


def batch(
    task_id: str, mode: str = "next_step", num_envs: int = NUM_ENVS, seed: int = 5, past: int = 9
) -> Any:
    """A batch with a past, its lanes at different places of their episodes."""
    envs = make_vec(
        task_id, num_envs, autoreset_mode=mode, max_episode_steps=LIMIT, record_episode_statistics=True
    )
    envs.reset(seed=seed)
    warm_up(envs, action_tape(task_id, past, num_envs, seed=seed))
    return envs


def future(envs: Any, task_id: str, lanes: list[int] | None = None) -> dict[str, Any]:
    """The next steps of a batch; its lane i gets the actions of lane lanes[i]."""
    tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=11)
    return drive(envs, tape if lanes is None else tape[:, lanes])


def pick(log: dict[str, Any], lanes: list[int]) -> dict[str, Any]:
    return {name: np.ascontiguousarray(array[:, lanes]) for name, array in log.items()}


def test_whole_batch(task_id: str, mode: str) -> None:
    envs = batch(task_id, mode)
    state = envs.get_state()
    assert isinstance(state, bytes)
    expected = future(envs, task_id)
    assert (expected["lengths"] > 0).any(axis=0).all()
    # lengths that began before the snapshot: clocks and returns are in it
    assert (expected["lengths"].max(axis=0) <= LIMIT).all()
    envs.set_state(state)
    assert envs.get_state() == state
    assert_same_arrays(future(envs, task_id), expected)

    other = batch(task_id, mode, seed=99)
    assert other.get_state() != state
    other.set_state(state)
    assert other.get_state() == state
    assert_same_arrays(future(other, task_id), expected)


def test_clocks_and_returns_are_in_it(task_id: str) -> None:
    envs = make_vec(task_id, 1, max_episode_steps=LIMIT, record_episode_statistics=True)
    observations = envs.reset(seed=1)[0]
    tape = action_tape(task_id, LIMIT, 1, seed=1)
    rewards = []
    for row in tape[:4]:
        observations, reward, terminated, *_ = envs.step(row)
        rewards.append(reward[0])
        assert not terminated
    state = envs.get_state()
    envs.reset(seed=2)
    envs.set_state(state)
    assert envs._engine.observe().tobytes() == observations.tobytes()
    for row in tape[4:]:
        _, reward, terminated, truncated, info = envs.step(row)
        rewards.append(reward[0])
        if terminated | truncated:
            break
    assert info["episode"]["l"][0] == len(rewards)
    assert info["episode"]["r"][0] == np.cumsum(rewards)[-1]
    if not terminated:
        assert len(rewards) == LIMIT


@pytest.mark.parametrize("lanes", [[0], [7], [2, 5], [5, 2], [6, 0, 3, 1], list(range(NUM_ENVS))], ids=str)
def test_some_lanes(task_id: str, mode: str, lanes: list[int]) -> None:
    donor, envs = batch(task_id, mode), batch(task_id, mode, seed=50, past=6)
    before = envs.get_state()
    donor_future = future(copy.deepcopy(donor), task_id)
    own_future = future(copy.deepcopy(envs), task_id)
    # into the same places
    envs.set_state(donor.get_state(lanes), lanes)
    expected = {name: array.copy() for name, array in own_future.items()}
    for name, array in expected.items():
        array[:, lanes] = donor_future[name][:, lanes]
    if mode == "disabled":
        expected.pop("resets")  # these are rows of all lanes, whenever any lane was reset
    log = future(envs, task_id)
    if mode == "disabled":
        log.pop("resets")
    assert_same_arrays(log, expected)
    # into others, in the order of the list
    envs.set_state(before)
    targets = [(lane + 3) % NUM_ENVS for lane in lanes]
    envs.set_state(donor.get_state(lanes), targets)
    assert envs.get_state(targets) == donor.get_state(lanes)
    others = [lane for lane in range(NUM_ENVS) if lane not in targets]
    if others:
        untouched = batch(task_id, mode, seed=50, past=6)
        assert envs.get_state(others) == untouched.get_state(others)
    # any iterable of integers names lanes
    assert donor.get_state(np.array(lanes)) == donor.get_state(iter(lanes)) == donor.get_state(tuple(lanes))


def test_one_lane_for_many(task_id: str, mode: str) -> None:
    donor = batch(task_id, mode)
    one = donor.get_state([3])
    envs = batch(task_id, mode, seed=50, past=6)
    envs.set_state(one)
    log = future(envs, task_id, [3] * NUM_ENVS)
    expected = pick(future(donor, task_id), [3] * NUM_ENVS)
    if mode == "disabled":
        # the donor's other lanes are reset at other times
        log.pop("resets")
        expected.pop("resets")
    assert_same_arrays(log, expected)
    # forks of one lane under different actions part
    envs.set_state(one, [0, 2])
    assert envs.get_state([0]) == envs.get_state([2]) == one
    # a snapshot of one lane twice
    both = donor.get_state([1, 1])
    envs.set_state(both, [4, 5])
    assert envs.get_state([4]) == envs.get_state([5]) == donor.get_state([1])


def test_a_single_environment_and_a_lane_exchange_snapshots(task_id: str) -> None:
    env = make(task_id, max_episode_steps=LIMIT)
    env.reset(seed=3)
    tape = action_tape(task_id, 10, NUM_ENVS, seed=2)
    for action in tape[:3, 0]:
        env.step(action)
    envs = batch(task_id)
    envs.set_state(env.get_state(), [6])
    rows = np.repeat(tape[3:, :1], NUM_ENVS, axis=1)
    for row in rows:
        observations, rewards, terminated, truncated, _ = envs.step(row)
        observation, reward, *flags, _ = env.step(row[6])
        assert observations[6].tobytes() == observation.tobytes()
        assert (rewards[6], terminated[6], truncated[6]) == (reward, *flags)
        if any(flags):
            break
    env.set_state(envs.get_state([6]))
    assert env.get_state() == envs.get_state([6])


def test_never_reset_lanes_stay_so(task_id: str) -> None:
    blank = make_vec(task_id, 3)
    state = blank.get_state()
    envs = make_vec(task_id, 3)
    envs.reset(seed=0)
    envs.set_state(state)
    with pytest.raises(error.ResetNeeded):
        envs.step(action_tape(task_id, 1, 3)[0])
    donor = make_vec(task_id, 3)
    donor.reset(seed=0)
    envs.set_state(donor.get_state([0]), [0, 2])
    with pytest.raises(error.ResetNeeded, match="environment 1 "):
        envs.step(action_tape(task_id, 1, 3)[0])
    envs.set_state(donor.get_state([1]), [1])
    envs.step(action_tape(task_id, 1, 3)[0])


def test_state_words(task_id: str) -> None:
    donor = batch(task_id, "disabled")
    words = [donor._engine.state_words(lane) for lane in range(NUM_ENVS)]
    assert {len(w) for w in words} == {donor._description["state_bytes"]}
    assert len(set(words)) == NUM_ENVS
    # lanes that were never reset are in the middle of an episode once they have a state
    envs = make_vec(task_id, NUM_ENVS, autoreset_mode="disabled", max_episode_steps=3)
    row = action_tape(task_id, 1, NUM_ENVS)[0]
    for lane, w in enumerate(words):
        with pytest.raises(error.ResetNeeded, match=f"environment {lane} "):
            envs.step(row)
        envs._engine.set_state_words(lane, w)
        assert envs._engine.state_words(lane) == w
        # the state is not all of a lane: a task may draw in its steps
        envs._engine.set_stream_state(lane, donor._engine.stream_state(lane))
    assert envs._engine.observe().tobytes() == donor._engine.observe().tobytes()
    for ours, theirs in zip(envs.step(row)[:3], donor.step(row)[:3], strict=True):
        assert ours.tobytes() == theirs.tobytes()
    # and so are finished lanes; their clocks continue, so each step is beyond the limit
    for _ in range(3):
        for lane, w in enumerate(words):
            envs._engine.set_state_words(lane, w)
        *_, truncated, _ = envs.step(row)
    assert truncated.all()
    for bad in (words[0][:-1], words[0] + b"0", b""):
        with pytest.raises(ValueError, match=f"has {len(words[0])} bytes, got {len(bad)}"):
            envs._engine.set_state_words(0, bad)
    with pytest.raises(IndexError, match="environment 8 is out of range"):
        envs._engine.state_words(NUM_ENVS)


def test_streams_are_in_it(task_id: str) -> None:
    envs = batch(task_id)
    envs.np_random[2].integers(5)  # leaves half a word in the buffer
    state = envs.get_state()
    draws = [[g.random(), g.integers(5), g.integers(5)] for g in envs.np_random]
    first = envs.reset()[0]
    envs.set_state(state)
    assert [[g.random(), g.integers(5), g.integers(5)] for g in envs.np_random] == draws
    assert envs.reset()[0].tobytes() == first.tobytes()


# ---- errors ----


def test_errors_change_nothing(task_id: str, mode: str) -> None:
    envs = batch(task_id, mode)
    state = envs.get_state()
    other_task = next(id_of(task) for task in native_tasks() if not task_id.startswith(task + "-"))
    foreign = make_vec(other_task, NUM_ENVS)
    foreign.reset(seed=0)
    two = envs.get_state([0, 1])
    wrong_version = state[:8] + bytes([state[8] + 2]) + state[9:]
    without_its_parameters = state[:8] + bytes([state[8] + 1]) + state[9:]
    wrong_magic = b"X" + state[1:]
    calls: list[tuple[type[Exception], str, Callable[[], Any]]] = [
        (ValueError, "state is one of", lambda: envs.set_state(foreign.get_state())),
        (ValueError, "state is one of", lambda: envs.set_state(foreign.get_state([0]), [0])),
        (ValueError, "format version 3", lambda: envs.set_state(wrong_version)),
        (ValueError, "says 8 environments", lambda: envs.set_state(without_its_parameters)),
        (ValueError, "do not come from get_state", lambda: envs.set_state(wrong_magic)),
        (ValueError, "0 bytes", lambda: envs.set_state(b"")),
        (ValueError, "17 bytes", lambda: envs.set_state(state[:17])),
        (ValueError, "says 8 environments", lambda: envs.set_state(state[:-1])),
        (ValueError, "says 8 environments", lambda: envs.set_state(state + b"\0")),
        (ValueError, "holds 2 environments, 8 are to be set", lambda: envs.set_state(two)),
        (ValueError, "holds 2 environments, 3 are to be set", lambda: envs.set_state(two, [0, 1, 2])),
        (ValueError, "holds 8 environments, 2 are to be set", lambda: envs.set_state(state, [0, 1])),
        (IndexError, "environment 8 is out of range: .* 0 to 7", lambda: envs.set_state(two, [0, 8])),
        (IndexError, "environment -1 is out of range", lambda: envs.set_state(two, [0, -1])),
        (IndexError, "environment 8 is out of range", lambda: envs.get_state([8])),
        (IndexError, "environment -1 is out of range", lambda: envs.get_state([-1])),
        (ValueError, "at least one", lambda: envs.get_state([])),
        (ValueError, "at least one", lambda: envs.set_state(two, [])),
        (TypeError, ".", lambda: envs.get_state(["0"])),
        (TypeError, ".", lambda: envs.get_state([0.0])),
        (TypeError, ".", lambda: envs.get_state(3)),
        (TypeError, ".", lambda: envs.set_state("text")),
        (TypeError, ".", lambda: envs.set_state(None)),
    ]
    for kind, text, call in calls:
        with pytest.raises(kind, match=text):
            call()
        assert envs.get_state() == state
    twin = batch(task_id, mode)
    assert_same_arrays(future(envs, task_id), future(twin, task_id))


def test_damaged_snapshots_do_no_harm(task_id: str) -> None:
    # any byte of the header, and lengths in between: refused, or loaded as if it were of a lane that exists
    envs = batch(task_id, num_envs=2)
    state = envs.get_state()
    rng = np.random.default_rng(0)
    refused = 0
    for trial in range(400):
        damaged = bytearray(state)
        where = trial % 64 if trial < 128 else int(rng.integers(len(state)))
        damaged[where] ^= 1 << int(rng.integers(8))
        if trial % 5 == 4:
            damaged = damaged[: int(rng.integers(len(state)))]
        try:
            envs.set_state(bytes(damaged))
        except ValueError:
            refused += 1
            continue
        envs.get_state()
        envs.reset(seed=0)
        envs.step(action_tape(task_id, 1, 2)[0])
    assert refused > 120
    envs.set_state(state)
    assert envs.get_state() == state


# ---- pickles and copies ----


def test_pickle_keeps_everything_about_a_batch(task_id: str, mode: str) -> None:
    envs = batch(task_id, mode)
    envs.action_space.seed(4)
    for twin in (pickle.loads(pickle.dumps(envs)), copy.deepcopy(envs), copy.copy(envs)):
        assert type(twin) is type(envs)
        assert twin.get_state() == envs.get_state()
        assert twin.spec == envs.spec
        assert twin.metadata == envs.metadata
        assert twin.autoreset_mode is envs.autoreset_mode
        assert twin.np_random_seed == envs.np_random_seed
        assert twin.num_envs == NUM_ENVS
        assert not twin.closed
        own = copy.deepcopy(envs)
        assert (twin.action_space.sample() == own.action_space.sample()).all()
        # twins share nothing
        before = envs.get_state()
        future(twin, task_id)
        assert envs.get_state() == before


def test_pickle_of_closed_and_of_new_batches(task_id: str) -> None:
    envs = make_vec(task_id, 3)
    twin = pickle.loads(pickle.dumps(envs))
    with pytest.raises(error.ResetNeeded):
        twin.step(action_tape(task_id, 1, 3)[0])
    assert (twin.reset(seed=1)[0] == envs.reset(seed=1)[0]).all()
    envs.close()
    twin = pickle.loads(pickle.dumps(envs))
    assert twin.closed
    with pytest.raises(error.ClosedEnvironmentError):
        twin.reset()
    env = make(task_id)
    env.close()
    with pytest.raises(error.ClosedEnvironmentError):
        copy.deepcopy(env).step(env.action_space.sample())


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(task_id: str, protocol: int) -> None:
    envs = batch(task_id)
    assert pickle.loads(pickle.dumps(envs, protocol)).get_state() == envs.get_state()


_CHILD = """
import pickle, sys
sys.path.insert(0, sys.argv[2])
from contract_helpers import action_tape, digest, drive, play_single
for task_id, env, envs in pickle.load(open(sys.argv[1], "rb")):
    tape = action_tape(task_id, 40, envs.num_envs, seed=11)
    print(task_id, digest(drive(envs, tape)), digest(play_single(env, tape[:, 0]).arrays()))
"""


def test_pickles_cross_processes(tmp_path: Path) -> None:
    from contract_helpers import play_single

    pickled, expected = [], []
    for task in native_tasks():
        task_id = id_of(task)
        envs = batch(task_id, "same_step")
        env = make(task_id, max_episode_steps=LIMIT)
        env.reset(seed=8)
        if env.step(action_tape(task_id, 1, 1)[0, 0])[2]:  # some tasks may end at once
            env.reset()
        pickled.append((task_id, copy.deepcopy(env), copy.deepcopy(envs)))
        tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=11)
        own, single = drive(envs, tape), play_single(env, tape[:, 0])
        assert own["lengths"].any()
        assert single.ended.any()
        expected.append(f"{task_id} {digest(own)} {digest(single.arrays())}")
    path = tmp_path / "pickled"
    path.write_bytes(pickle.dumps(pickled))
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert child.stdout.splitlines() == expected
