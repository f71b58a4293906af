"""Actions of every numeric type and layout: the bits of the engine's own type, the refusals of a wrong one."""

from __future__ import annotations

import threading
from array import array
from typing import Any

import numpy as np
import pytest
from contract_helpers import make_vec

from plyo import _native, error, policies

NUM_ENVS = 37
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"]
REALS = ["float16", "float32", "float64", "longdouble", "int8", "int64", "uint64"]


def twins(task_id: str, **kwargs: Any) -> tuple[Any, Any]:
    """Two batches in the same state."""
    both = make_vec(task_id, NUM_ENVS, **kwargs), make_vec(task_id, NUM_ENVS, **kwargs)
    for envs in both:
        envs.reset(seed=1)
    return both


def layouts(actions: Any) -> dict[str, Any]:
    """The same numbers, lying in memory in other ways."""
    wide = np.repeat(actions[..., None], 3, axis=-1)
    raw = np.zeros(actions.nbytes + 1, np.uint8)
    shifted = raw[1:].view(actions.dtype).reshape(actions.shape)
    shifted[...] = actions
    read_only = actions.copy()
    read_only.flags.writeable = False
    return {
        "plain": actions,
        "strided": wide[..., 1],
        "reversed": actions[::-1].copy()[::-1],
        "Fortran": np.asfortranarray(actions),
        "misaligned": shifted,
        "read-only": read_only,
        "swapped": actions.astype(actions.dtype.newbyteorder(">")),
        "a memory view": memoryview(actions),
        "a list": actions.tolist(),
    }


@pytest.mark.parametrize("dtype", INTEGERS)
def test_choices_of_every_type(dtype: str) -> None:
    envs, twin = twins("CartPole-v1")
    rng = np.random.default_rng(0)
    for _ in range(5):
        choices = rng.integers(0, 2, NUM_ENVS)
        for name, given in layouts(choices.astype(dtype)).items():
            assert (envs.step(given)[0] == twin.step(choices)[0]).all(), name
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("dtype", REALS)
def test_numbers_of_every_type(dtype: str) -> None:
    envs, twin = twins("Pendulum-v1")
    rng = np.random.default_rng(0)
    for _ in range(5):
        numbers = rng.uniform(0, 3, (NUM_ENVS, 1)).astype(dtype)
        for name, given in layouts(numbers).items():
            if dtype in ("float16", "longdouble") and name == "a memory view":
                continue
            assert (envs.step(given)[0] == twin.step(numbers.astype(np.float32))[0]).all(), name
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("task_id", ["Copy-v0", "DuplicatedInput-v0"])
def test_parts_of_a_tuple_may_differ_in_type(task_id: str) -> None:
    envs, twin = twins(task_id)
    envs.action_space.seed(0)
    for _ in range(10):
        actions = envs.action_space.sample()
        given = tuple(
            part.astype(dtype) for part, dtype in zip(actions, ["int32", "uint8", "uint64"], strict=True)
        )
        assert_same_states(envs, twin, given, actions)


def assert_same_states(envs: Any, twin: Any, given: Any, own: Any) -> None:
    envs.step(given)
    twin.step(own)
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("dtype", [d for d in INTEGERS if d != "bool"])
def test_choices_beyond_the_space_or_beyond_int64_are_told_as_given(dtype: str) -> None:
    envs, twin = twins("CartPole-v1")
    limits = np.iinfo(dtype)
    for value in (2, limits.max, limits.min):
        if value in (0, 1):
            continue
        choices = np.zeros(NUM_ENVS, dtype)
        choices[5] = value
        for given in (choices, np.repeat(choices[:, None], 2, axis=1)[:, 0]):
            with pytest.raises(
                error.InvalidAction, match=f"^action {value} of environment 5 is out of range"
            ):
                envs.step(given)
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e39"])
def test_numbers_that_are_not_finite_as_float32(dtype: str, value: str) -> None:
    envs, twin = twins("Pendulum-v1")
    with np.errstate(over="ignore"):
        number = np.array(value).astype(dtype)
    numbers = np.zeros((NUM_ENVS, 1), dtype)
    numbers[7] = number
    with np.errstate(all="raise"), pytest.raises(error.InvalidAction, match=r"of environment 7 is .*finite"):
        envs.step(numbers)
    assert envs.get_state() == twin.get_state()


def test_float64_numbers_round_to_float32_whatever_numpy_is_told() -> None:
    envs, twin = twins("Pendulum-v1")
    numbers = np.full((NUM_ENVS, 1), 1 / 3)
    numbers[0] = 1e-300
    numbers[1] = -1e-42
    numbers[2] = np.nextafter(np.float64(np.float32(0.1)), 1)
    with np.errstate(all="raise"):
        envs.step(numbers)
    twin.step(numbers.astype(np.float32))
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize(
    ("task_id", "actions", "text"),
    [
        ("CartPole-v1", np.zeros(NUM_ENVS), "actions must be integers of shape .37,., got dtype float64"),
        ("CartPole-v1", np.full(NUM_ENVS, 0.5, np.float32), "got dtype float32"),
        ("CartPole-v1", np.zeros(NUM_ENVS, complex), "got dtype complex128"),
        ("CartPole-v1", np.zeros(NUM_ENVS, "m8[s]"), "got dtype timedelta64"),
        ("CartPole-v1", b"\0" * NUM_ENVS, r"got dtype \|S37"),
        ("Pendulum-v1", np.zeros((NUM_ENVS, 1), bool), "actions must be float32 numbers .*, got dtype bool"),
        ("Pendulum-v1", np.zeros((NUM_ENVS, 1), "U3"), "got dtype <U3"),
    ],
)
def test_other_types_are_refused(task_id: str, actions: Any, text: str) -> None:
    envs, twin = twins(task_id)
    with pytest.raises(error.InvalidAction, match=text):
        envs.step(actions)
    assert envs.get_state() == twin.get_state()


def test_bools_are_choices_in_policies_and_rollouts_too() -> None:
    envs, twin = twins("CartPole-v1")
    tape = np.random.default_rng(0).integers(0, 2, (8, NUM_ENVS))
    envs.rollout(policies.Sequence(tape.astype(bool)), 8)
    twin.rollout(policies.Sequence(tape), 8)
    assert envs.get_state() == twin.get_state()
    envs.rollout(lambda seen: seen[:, 2] > 0, 8)
    twin.rollout(lambda seen: (seen[:, 2] > 0).astype(int), 8)
    assert envs.get_state() == twin.get_state()


def test_buffers_of_other_kinds_stay_what_numpy_makes_of_them() -> None:
    envs, twin = twins("CartPole-v1")
    choices = np.ones(NUM_ENVS, np.int64)
    for given in (array("q", choices), bytearray(choices.astype(np.uint8)), tuple(choices.tolist())):
        assert_same_states(envs, twin, given, choices)


def test_actions_that_another_thread_writes_never_leave_the_space() -> None:
    envs, _ = twins("CartPole-v1")
    for dtype in ("int64", "int32", "uint64"):
        choices = np.zeros(NUM_ENVS, dtype)
        stop = threading.Event()

        def scribble(choices: Any = choices, stop: threading.Event = stop) -> None:
            while not stop.is_set():
                choices[:] = 1
                choices[3] = 77
                choices[:] = 0

        writer = threading.Thread(target=scribble)
        writer.start()
        refused = taken = 0
        for _ in range(300):
            try:
                observations = envs.step(choices)[0]
                taken += 1
            except error.InvalidAction:
                refused += 1
                continue
            assert np.isfinite(observations).all()
        stop.set()
        writer.join()
        assert taken + refused == 300


def test_array_view_knows_no_other_objects() -> None:
    for value in (None, 5, [1], "x", b"x", memoryview(b"x"), array("q", [1]), np.float32(1), object()):
        assert _native.array_view(value) is None
