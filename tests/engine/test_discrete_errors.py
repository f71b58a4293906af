"""Bad actions for the tasks of integers, tapes and pictures; ``test_errors.py`` has the tests for all tasks.

Tuples with one part wrong, arrays of the wrong shape or type, values out of range: after each bad call the environment
continues as a twin without the call.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest
from bad_calls import assert_same_results, raises
from contract_helpers import action_tape, make_vec
from discrete_calls import (
    BOXES,
    DISCRETE,
    HUGE,
    INF,
    NAN,
    TUPLES,
    all_tasks,
    make_face,
    pair_of,
    tuple_tasks,
    with_part,
)

from plyo import error, policies


def test_there_are_tasks_of_every_kind() -> None:
    assert len(TUPLES) == 6
    assert len(BOXES) == 3
    assert len(DISCRETE) >= 12


# ---- actions ----


def bad_choices(size: int) -> dict[str, Any]:
    """Values that are no choice of a Discrete."""
    numbers = [size, -1, 2**62, -(2**63), HUGE, -HUGE, np.int64(-5)]
    others = [1.0, NAN, INF, np.float32(0), 1j, "0", b"0", None, [0], (0,), {}, np.array([0]), np.True_]
    return {repr(value): value for value in numbers + others}


@pytest.mark.parametrize("task_id", DISCRETE)
def test_choices_that_are_none(task_id: str) -> None:
    single = pair_of(task_id, "make")
    size = single.action_size
    for value in bad_choices(size).values():
        single.refuses(
            lambda env, value=value: env.step(value),
            error.InvalidAction,
            re.escape(f"{value!r} ({type(value)}) invalid: an action is an integer from 0 to {size - 1}"),
        )


@pytest.mark.parametrize("task_id", DISCRETE)
def test_batches_of_choices_that_are_none(task_id: str) -> None:
    batch = pair_of(task_id, "make_vec")
    for lane in range(5):
        for value in (batch.action_size, -1, 2**62, -(2**63)):
            action = batch.good_action()
            action[lane] = value
            batch.refuses(
                lambda env, action=action: env.step(action),
                error.InvalidAction,
                f"action {value} of environment {lane} is out of range: legal actions are 0 to {batch.action_size - 1}",
            )
    for action, part in bad_columns(batch.good_action()):
        text = batch.refuses(lambda env, action=action: env.step(action), error.InvalidAction, part)
        assert text.startswith("actions must be integers of shape (5,)")


def bad_columns(good: Any) -> list[tuple[Any, str]]:
    """Arrays that no batch of five accepts as choices, each with a part of the error's text."""
    return [
        (good[:-1], r"got shape \(4,\)"),
        (np.concatenate([good, good[:1]]), r"got shape \(6,\)"),
        (good[:, None], r"got shape \(5, 1\)"),
        (good[None], r"got shape \(1, 5\)"),
        (0, r"got shape \(\)"),
        (good.astype(np.float64), "got dtype float64"),
        (np.full(5, NAN), "got dtype float64.*nan"),
        (good.astype("U1"), "got dtype <U1"),
        (good.astype("M8[s]"), "got dtype datetime64"),
        (np.full(5, None), "got dtype object.*None"),
        (None, "got dtype object: None"),
        ([HUGE] * 5, f"got dtype object.*{HUGE}"),
        ([[0], [0, 0], 0, 0, 0], r"got \[\[0\], \[0, 0\]"),
    ]


@tuple_tasks
def test_tuples_with_one_part_wrong(task_id: str) -> None:
    pair = pair_of(task_id, "make")
    for k, leaf in enumerate(pair.task["action"]["parts"]):
        for value in bad_choices(leaf["size"]).values():
            bad = with_part(pair.good_action(), k, value)
            expected = f"invalid: in part {k} an action is an integer from 0 to {leaf['size'] - 1}"
            for action in (bad, list(bad)):
                pair.refuses(
                    lambda env, action=action: env.step(action),
                    error.InvalidAction,
                    re.escape(f"{value!r} ({type(value)}) {expected}"),
                )


@tuple_tasks
def test_batches_of_tuples_with_one_part_wrong(task_id: str) -> None:
    batch = pair_of(task_id, "make_vec")
    for k, leaf in enumerate(batch.task["action"]["parts"]):
        for lane in (0, 2, 4):
            for value in (leaf["size"], -1, -(2**63)):
                bad = batch.good_action()
                bad[k][lane] = value
                batch.refuses(
                    lambda env, bad=bad: env.step(bad),
                    error.InvalidAction,
                    f"part {k} of action {value} of environment {lane} is out of range: "
                    f"legal actions are 0 to {leaf['size'] - 1}",
                )
        for column, part in bad_columns(batch.good_action()[k]):
            bad = with_part(batch.good_action(), k, column)
            text = batch.refuses(lambda env, bad=bad: env.step(bad), error.InvalidAction, part)
            assert text.startswith(f"part {k} of the actions must be integers of shape (5,)")


@tuple_tasks
def test_what_is_no_tuple_of_three(task_id: str, face: str) -> None:
    pair = pair_of(task_id, face)
    good = pair.good_action()
    bad: list[Any] = [good[:2], (*good, good[0]), (), [], 0, None, "abc", {}, np.array(good), iter(good)]
    if pair.is_batch:
        bad += [np.array(good).T, [(0, 0, 0)] * 5]
    for action in bad:
        pair.refuses(
            lambda env, action=action: env.step(action),
            error.InvalidAction,
            "must be a tuple of 3 parts, got " + re.escape(repr(action)[:8]),
        )


@tuple_tasks
def test_the_first_wrong_environment_of_a_large_batch_is_named(task_id: str) -> None:
    pair = pair_of(task_id, "make_vec", num_envs=5000, num_threads=2)
    for lanes in ([4999], [0], [2700, 1300, 3800]):
        bad = pair.good_action()
        bad[1][lanes] = 2
        pair.refuses(
            lambda env, bad=bad: env.step(bad),
            error.InvalidAction,
            f"environment {min(lanes)} is out of range",
        )


@all_tasks
def test_the_actions_of_lanes_that_are_reset_mean_nothing(task_id: str) -> None:
    for seed in range(5):
        envs, twin = (make_vec(task_id, 4, max_episode_steps=1) for _ in range(2))
        tape = action_tape(task_id, 4, 4, seed=seed)
        for e in (envs, twin):
            e.reset(seed=seed)
            e.step(tape[0])
        rubbish = copy.deepcopy(tape[1])
        for part in rubbish if isinstance(rubbish, tuple) else (rubbish,):
            part[...] = -7 if part.dtype.kind == "i" else NAN
        assert_same_results(envs.step(rubbish), twin.step(tape[1]))
        assert envs.get_state() == twin.get_state()
        raises(lambda: envs.step(rubbish), error.InvalidAction, "environment 0")  # noqa: B023
        assert_same_results(envs.step(tape[2]), twin.step(tape[2]))
        assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("task_id", BOXES)
def test_guesses_that_are_no_numbers(task_id: str, face: str) -> None:
    pair = pair_of(task_id, face)
    where = "element 0 of environment " + ("2" if pair.is_batch else "0")
    for value in (NAN, INF, -INF):
        action = np.array(pair.good_action())
        action[(2, 0) if pair.is_batch else 0] = value
        pair.refuses(lambda env, a=action: env.step(a), error.InvalidAction, f"{where} is {value}.*finite")
    for bad in (None, "5", 5.0, np.zeros(()), np.zeros((5, 2), np.float32), [["a"]] * 5, np.full((5, 1), 1j)):
        pair.refuses(lambda env, bad=bad: env.step(bad), error.InvalidAction, "float32")


# ---- rollouts ----


@tuple_tasks
def test_rollouts_with_tuples_that_are_wrong_in_the_middle(task_id: str) -> None:
    batch = pair_of(task_id, "make_vec")
    tape = tuple(part.copy() for part in action_tape(task_id, 12, 5, seed=5).parts)
    last = batch.task["action"]["parts"][2]["size"]
    for lane in (0, 3):
        bad = with_part(tape, 2, tape[2].copy())
        bad[2][7, lane] = last
        where = f"part 2 of action {last} of environment {lane} is out of range"
        rows = [tuple(part[t] for part in bad) for t in range(12)]
        queue = iter(rows)
        for policy in (policies.Sequence(bad), lambda _, queue=queue: next(queue)):
            batch.refuses(lambda env, p=policy: env.rollout(p, 12), error.InvalidAction, where)
    for bad, part in [
        (tape[:2], "tuple of 3 parts"),
        (with_part(tape, 1, tape[1][:, :4]), r"part 1 of the actions .* got shape \(12, 4\)"),
        (with_part(tape, 0, tape[0].astype(np.float32)), "part 0 of the actions .* got dtype float32"),
    ]:
        batch.refuses(lambda env, b=bad: env.rollout(policies.Sequence(b), 12), error.InvalidAction, part)
    for constant in ((0, 0), (0, 0, last), (0, 0.5, 0), 0, (0, None, 0)):
        batch.refuses(lambda env, c=constant: env.rollout(policies.Constant(c), 5), error.InvalidAction)


@all_tasks
def test_networks_do_not_fit(task_id: str) -> None:
    batch = pair_of(task_id, "make_vec")
    batch.refuses(
        lambda env: env.rollout(policies.Linear(np.zeros((2, 3))), 5),
        ValueError,
        rf"{batch.task['name']}",
    )


@pytest.mark.parametrize("task_id", ["Blackjack-v1", "KellyCoinflipGeneralized-v0"])
def test_arrays_for_tuples_of_observations(task_id: str) -> None:
    batch = pair_of(task_id, "make_vec")
    good = copy.deepcopy(batch.env.reset(seed=1)[0])
    batch.twin.reset(seed=1)
    wrong = [good[:-1], good[0], 5, *(with_part(good, k, good[k][:-1]) for k in range(len(good)))]
    wrong += [with_part(good, k, good[k].astype(np.float16)) for k in range(len(good))]
    for out in wrong:
        for call in (
            lambda env, out=out: env.reset(seed=5, out=out),
            lambda env, out=out: env.step(batch.good_action(), out=(out, None, None, None)),
        ):
            before = batch.env.get_state()
            with pytest.raises((TypeError, ValueError), match="out: 'observations"):
                call(batch.env)
            assert batch.env.get_state() == before
    batch.go_on()


@all_tasks
def test_tasks_before_their_first_reset_and_after_the_last(task_id: str, face: str) -> None:
    env = make_face(face, task_id)
    action = env.action_space.sample()
    raises(lambda: env.step(action), error.ResetNeeded, "before calling env.reset")
    env.reset(seed=1)
    state = env.get_state()
    env.close()
    for call in (
        lambda: env.step(action),
        lambda: env.get_state(),
        lambda: env.set_state(state),
    ):
        raises(call, error.ClosedEnvironmentError, "after a call to `close\\(\\)`")
