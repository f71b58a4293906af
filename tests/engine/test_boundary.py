"""The boundary of the native module: conversions, their errors, seeds, snapshots, interpreters, forks."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from contract_helpers import make_vec
from test_signals_and_forks import POSIX, environment, output_of

import plyo
from plyo import policies
from plyo.error import InvalidAction

# ---- actions of other types ----


@pytest.mark.parametrize("value", [2**63, 2**64 - 1, 2])
def test_an_unsigned_action_beyond_the_space_is_named_as_it_was_given(value: int) -> None:
    envs = make_vec("CartPole-v1", 2)
    envs.reset(seed=0)
    actions = np.array([0, value], np.uint64)
    for call in (
        lambda: envs.step(actions),
        lambda: envs.rollout(lambda _: actions, 2),
    ):
        with pytest.raises(
            InvalidAction, match=rf"action {value} of environment 1 is out of range: legal actions are 0 to 1"
        ):
            call()
    with pytest.raises(InvalidAction, match="environment 1 is out of range"):
        envs.rollout(policies.Sequence(actions[None]), 1)
    single = plyo.make("CartPole-v1")
    single.reset(seed=0)
    with pytest.raises(InvalidAction, match=str(value)):
        single.step(np.uint64(value))


@pytest.mark.parametrize("value", [1e39, -1e300])
def test_a_number_beyond_float32_is_named_as_it_was_given(value: float) -> None:
    envs, single = make_vec("Pendulum-v1", 2), plyo.make("Pendulum-v1")
    envs.reset(seed=0)
    single.reset(seed=0)
    before = envs.get_state()
    said = f"of environment 1 is {np.float64(value)}: it must be finite as a float32".replace("+", r"\+")
    actions = np.array([[0.0], [value]])
    for call in (lambda: envs.step(actions), lambda: envs.rollout(lambda _: actions, 2)):
        with pytest.raises(InvalidAction, match=said):
            call()
    for call in (
        lambda: single.step(np.array([value])),
        lambda: envs.rollout(policies.Constant(np.array([value])), 1),
    ):
        with pytest.raises(InvalidAction, match=said.replace("environment 1", "environment 0")):
            call()
    for bad in (np.inf, -np.inf, np.nan):
        with pytest.raises(InvalidAction, match=f"is {bad}: it must be finite"):
            envs.step(np.array([[0.0], [bad]]))
    assert envs.get_state() == before


def test_errors_that_numpy_is_told_to_raise_are_not_raised_by_conversions() -> None:
    envs, single = make_vec("Pendulum-v1", 2), plyo.make("Pendulum-v1")
    envs.reset(seed=0)
    single.reset(seed=0)
    with np.errstate(all="raise"):
        envs.step(np.array([[1e-50], [1.0]]))
        single.step(np.array([1e-50]))
        with pytest.raises(InvalidAction, match=r"1e\+300"):
            single.step(np.array([1e300]))


# ---- options, seeds ----


def test_an_unknown_option_is_told_about_the_mask() -> None:
    envs = make_vec("CartPole-v1", 2)
    with pytest.raises(ValueError, match="'mask'; the options of CartPole are: low, high, reset_mask"):
        envs.reset(options={"mask": np.array([True, False])})
    with pytest.raises(ValueError, match=r"'mask'; the options of CartPole are: low, high$"):
        plyo.make("CartPole-v1").reset(options={"mask": True})


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint32, np.uint64])
def test_numpy_integers_are_seeds_of_batches_and_environments(kind: Any) -> None:
    envs, twin = make_vec("CartPole-v1", 3), make_vec("CartPole-v1", 3)
    expected = twin.reset(seed=5)[0]
    for seed in (kind(5), np.array(5, kind), np.array([5, 6, 7], kind), [kind(5), kind(6), kind(7)]):
        assert np.array_equal(envs.reset(seed=seed)[0], expected)
        assert envs.np_random_seed == (5, 6, 7)
    single = plyo.make("CartPole-v1")
    for seed in (kind(5), np.array(5, kind)):
        assert np.array_equal(single.reset(seed=seed)[0], expected[0])
        assert single.unwrapped.np_random_seed == 5


@pytest.mark.parametrize(
    "seed", [np.array(5.0), np.float64(3), np.bool_(True), np.array("a"), "5", b"5", 5.0, {3, 4, 5}]
)
def test_what_is_no_seed_is_refused_in_words(seed: Any) -> None:
    envs = make_vec("CartPole-v1", 3)
    envs.reset(seed=0)
    before = envs.get_state()
    with pytest.raises(plyo.error.Error, match="Seed must be a python integer"):
        envs.reset(seed=seed)
    assert envs.get_state() == before
    assert envs.np_random_seed == (0, 1, 2)


@pytest.mark.parametrize("lengths", [(5000, 1), (5000, 5001), (5000, 0)])
def test_seeds_that_change_their_length(lengths: tuple[int, int]) -> None:
    class Seeds(list):
        asked = 0

        def __len__(self) -> int:
            self.asked += 1
            return lengths[min(self.asked, 2) - 1]

        def __getitem__(self, index: Any) -> Any:
            return 1

    envs = make_vec("CartPole-v1", 5000)
    with pytest.raises(ValueError, match="length must match num_envs=5000"):
        envs.reset(seed=Seeds())


# ---- snapshots ----


def test_a_snapshot_with_a_damaged_name_is_refused_in_words() -> None:
    envs = make_vec("CartPole-v1", 2)
    envs.reset(seed=0)
    state = envs.get_state()
    place = state.index(b"CartPole")
    for damage in (b"\xff", b"\xc3", b"\x00", b"\n", b"\x80\x81"):
        damaged = state[:place] + damage + state[place + len(damage) :]
        with pytest.raises(ValueError, match="set_state: the state is one of "):
            envs.set_state(damaged)
    assert envs.get_state() == state


# ---- interpreters and processes ----


def test_a_subinterpreter_is_refused() -> None:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        pytest.skip("this Python has no _xxsubinterpreters")
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
try:
    import plyo._native
except ImportError as e:
    assert "subinterpreter" in str(e), e
else:
    raise AssertionError("imported")
"""
    script = f"""
import _xxsubinterpreters as interpreters
interpreters.run_string(interpreters.create(), {code!r})
print("refused")
"""
    assert interpreters is not None
    found = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert found.stdout.split() == ["refused"]


@POSIX
def test_a_batch_in_use_when_the_process_was_forked_says_so() -> None:
    lines = output_of(
        """
        envs = batch(2000, num_threads=1)
        generator = envs.np_random[0]
        thread = threading.Thread(target=lambda: envs.rollout(policies.Random(1), 20_000, record=[]), daemon=True)
        thread.start()
        while True:
            try:
                envs.get_state([0])
            except RuntimeError as e:
                assert "in use by another thread; give" in str(e), e
                break
        child = os.fork()
        if child == 0:
            code = 0
            for call in (lambda: envs.step(np.zeros(2000, np.int64)), generator.random, envs.get_state):
                try:
                    call()
                    code = 1
                except RuntimeError as e:
                    code |= "when this process was forked, and stands half-way" not in str(e)
            envs.close()
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        thread.join()
        envs.step(np.zeros(2000, np.int64))
        """
    )
    assert lines == ["0"]
    assert os.name == "posix"


@pytest.mark.parametrize(
    ("task_id", "name", "values"),
    [
        ("Taxi-v4", "s", [7, [2, 3], 9]),
        ("FrozenLake-v1", "s", [1, 2, 10**30]),
        ("CartPole-v1", "state", [[0.1] * 4, [0.2] * 4, [0.3] * 5]),
        ("Pendulum-v1", "state", [[0.1, 0.2], [0.3, 0.4], ["x", "y"]]),
    ],
)
def test_an_illegal_value_of_one_environment_sets_none(task_id: str, name: str, values: list[Any]) -> None:
    envs = make_vec(task_id, 3)
    envs.reset(seed=1)
    before = envs.get_state()
    with pytest.raises((TypeError, ValueError, OverflowError)):
        envs.set_attr(name, values)
    assert envs.get_state() == before
