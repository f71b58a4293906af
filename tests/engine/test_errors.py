"""Bad input: an error names the value, the legal range and the environment, and nothing has changed.

The calls go through ``plyo.make`` and ``plyo.make_vec``: all of them for one task of each kind of spaces, at least one
of each test for every id. After each bad call the same environment continues, bit for bit, as a twin without the call.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import signal
import threading
import time
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from bad_calls import Pair, assert_same_results, raises
from contract_helpers import action_tape, make, make_vec, native_ids, task_of
from task_choice import arguments_of, each_call

import plyo
from plyo import error, policies

#: Many of these calls hand in floats; test_leaves.py and tests/envs have calls of their own for all tasks.
pytestmark = pytest.mark.tasks("floats")

INF = float("inf")
NAN = float("nan")


@pytest.fixture
def pair(task_id: str, face: str) -> Pair:
    """An environment of every id behind either face, and its twin."""
    return Pair(task_id, face)


@pytest.fixture
def batch(task_id: str) -> Pair:
    """A batch of every id, and its twin."""
    return Pair(task_id, "make_vec")


def make_face(face: str, task_id: str, **kwargs: Any) -> Any:
    return (
        make_vec(task_id, kwargs.pop("num_envs", 3), **kwargs)
        if face == "make_vec"
        else make(task_id, **kwargs)
    )


# ---- ids ----


@pytest.mark.parametrize(
    "bad_id",
    [
        "CartPol-v1",
        "cartpole-v1",
        "Pendulun-v1",
        "Qwertyuiop-v0",
        "CartPole-v9",
        "Acrobot-v7",
        "Pendulum-v0",
        "Nowhere/CartPole-v1",
        "Nowhere/CartPole",
        "CartPole v1",
        "CartPole-v",
        "",
    ],
)
def test_unknown_ids_have_gymnasiums_errors(bad_id: str, face: str) -> None:
    def outcome(package: Any) -> tuple[str, str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(package.error.Error) as info:
                getattr(package, face)(bad_id)
        return info.type.__name__, str(info.value).replace("gymnasium", "plyo")

    (kind, text), (expected_kind, expected) = outcome(plyo), outcome(gymnasium)
    assert kind == expected_kind
    assert text.startswith(expected)  # where to look follows


def test_unknown_ids_have_classes_of_their_own(face: str) -> None:
    for bad_id, expected, hint in [
        ("CartPol-v1", error.NameNotFound, "Did you mean: `CartPole`"),
        ("CartPole-v9", error.VersionNotFound, "`v0`, `v1`"),
        ("Nowhere/CartPole-v1", error.NamespaceNotFound, "Namespace Nowhere not found"),
    ]:
        raises(lambda bad_id=bad_id: getattr(plyo, face)(bad_id), expected, hint)


@pytest.mark.parametrize("bad_id", [None, 5, b"CartPole-v1", ["CartPole-v1"]])
def test_ids_are_strings_or_specs(bad_id: Any, face: str) -> None:
    with pytest.raises((TypeError, error.Error), match=re.escape(str(type(bad_id)))):
        getattr(plyo, face)(bad_id)


# ---- arguments ----


def test_unknown_arguments_name_the_legal_ones(task_id: str, face: str) -> None:
    names = [p["name"] for p in task_of(task_id)["params"]]
    expected = ", ".join(names) or "none"
    raises(
        lambda: make_face(face, task_id, wobble=1),
        TypeError,
        "unexpected keyword argument 'wobble'",
        f"its keyword arguments are: {expected}",
    )


@each_call(
    "floats", "value", ["x", None, [1.0], {}, 1j, NAN, object(), 10**400, b"1", np.zeros(2)], arguments_of
)
def test_ill_typed_arguments_are_named(task_id: str, face: str, value: Any) -> None:
    for param in task_of(task_id)["params"]:
        kind = {bool: "a bool", int: "an integer", float: "a number"}[type(param["default"])]
        raises(
            lambda param=param: make_face(face, task_id, **{param["name"]: value}),
            TypeError,
            f"'{param['name']}' must be {kind}",
            re.escape(str(type(value))),
        )


def test_a_number_is_no_bool_and_a_bool_no_number(face: str) -> None:
    raises(lambda: make_face(face, "CartPole-v1", sutton_barto_reward=1), TypeError, "must be a bool, got 1")
    raises(lambda: make_face(face, "Pendulum-v1", g=True), TypeError, "must be a number, got True")
    for good in (9, 9.0, np.float32(9), np.int8(9), np.float64(9)):
        make_face(face, "Pendulum-v1", g=good)
    make_face(face, "CartPole-v1", sutton_barto_reward=np.True_)


@each_call(
    "floats",
    ("num_envs", "expected"),
    [
        (0, ValueError),
        (-1, ValueError),
        (-(2**70), ValueError),
        (1.0, TypeError),
        (2.5, TypeError),
        ("3", TypeError),
        (None, TypeError),
        (True, TypeError),
        ([3], TypeError),
        (np.float32(3), TypeError),
        (np.array([3, 4]), TypeError),
        (10**12, MemoryError),
        (2**60, MemoryError),
        (2**63, MemoryError),
        (2**64 + 1, MemoryError),
        (2**70, MemoryError),
    ],
)
def test_num_envs(task_id: str, num_envs: Any, expected: type[Exception]) -> None:
    text = raises(lambda: make_vec(task_id, num_envs), expected, "num_envs")
    assert str(num_envs) in text or repr(num_envs) in text
    if expected is not MemoryError:
        assert "an integer of at least 1" in text


@pytest.mark.parametrize(
    ("num_threads", "expected"), [(0, ValueError), (-2, ValueError), (1.5, TypeError), ("2", TypeError)]
)
def test_num_threads(num_threads: Any, expected: type[Exception]) -> None:
    raises(
        lambda: make_vec("CartPole-v1", 3, num_threads=num_threads),
        expected,
        f"num_threads must be an integer of at least 1, got {num_threads!r}",
    )


@pytest.mark.parametrize("num_threads", [1000, 2**40, 2**70])
def test_more_threads_than_there_are_work_too(num_threads: int) -> None:
    envs, twin = (
        make_vec("CartPole-v1", 3, num_threads=num_threads),
        make_vec("CartPole-v1", 3, num_threads=1),
    )
    for e in (envs, twin):
        e.reset(seed=1)
    actions = np.ones(3, np.int64)
    for _ in range(30):
        assert_same_results(envs.step(actions), twin.step(actions))


@pytest.mark.parametrize("mode", ["NEXT_STEP ", "nextstep", "", None, 5, [], "none"])
def test_autoreset_mode(mode: Any) -> None:
    raises(
        lambda: make_vec("CartPole-v1", 3, autoreset_mode=mode),
        ValueError,
        "'next_step', 'same_step' or 'disabled'",
        re.escape(repr(mode)),
    )


@pytest.mark.parametrize("math", ["libm", "", None, 5, ["fast"]])
def test_math(face: str, math: Any) -> None:
    raises(
        lambda: make_face(face, "CartPole-v1", math=math),
        ValueError,
        "'fast' or 'reference'",
        re.escape(repr(math)),
    )


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (0, ValueError),
        (-7, ValueError),
        (1.5, TypeError),
        ("9", TypeError),
        (2**31, ValueError),
        (2**70, ValueError),
    ],
)
def test_max_episode_steps(face: str, limit: Any, expected: type[Exception]) -> None:
    raises(lambda: make_face(face, "CartPole-v1", max_episode_steps=limit), expected, "max_episode_steps")
    assert make_face(face, "CartPole-v1", max_episode_steps=2**31 - 1).spec is not None


def test_flags_and_buffers(face: str) -> None:
    raises(
        lambda: make_face(face, "CartPole-v1", record_episode_statistics="yes"),
        TypeError,
        "record_episode_statistics must be True or False, got 'yes'",
    )
    for bad, expected in [(1, ValueError), (0, ValueError), (2.5, TypeError)]:
        raises(
            lambda bad=bad: make_vec("CartPole-v1", 3, num_buffers=bad), expected, "num_buffers", "at least 2"
        )


# ---- order ----


def test_a_step_before_the_reset(task_id: str, face: str) -> None:
    env, twin = make_face(face, task_id), make_face(face, task_id)
    space = env.action_space
    raises(
        lambda: env.step(space.sample()),
        error.ResetNeeded,
        r"Cannot call env.step\(\) before calling env.reset\(\)",
    )
    for e in (env, twin):
        e.reset(seed=4)
    assert env.get_state() == twin.get_state()


def test_a_step_before_the_reset_of_one_environment_names_it(task_id: str) -> None:
    envs = make_vec(task_id, 4)
    envs.reset(seed=1, options={"reset_mask": np.array([True, True, False, True])})
    before = envs.get_state()
    actions = action_tape(task_id, 1, 4)[0]
    raises(lambda: envs.step(actions), error.ResetNeeded, "environment 2 has not been reset")
    raises(lambda: envs.rollout(policies.Random(1), 5), error.ResetNeeded, "environment 2")
    raises(lambda: envs.rollout(lambda _: actions, 5), error.ResetNeeded, "environment 2")
    assert envs.get_state() == before
    envs.reset(options={"reset_mask": np.array([False, False, True, False])})
    envs.step(actions)


def test_a_step_after_the_end_without_autoreset() -> None:
    envs = make_vec("CartPole-v1", 4, autoreset_mode="disabled")
    envs.reset(seed=1)
    actions = np.ones(4, np.int64)
    terminated = np.zeros(4, bool)
    while not terminated.any():
        _, _, terminated, _, _ = envs.step(actions)
    before = envs.get_state()
    lane = int(np.argmax(terminated))
    for call in (
        lambda: envs.step(actions),
        lambda: envs.rollout(policies.Random(1), 3),
        lambda: envs.rollout(lambda _: actions, 3),
    ):
        raises(call, error.ResetNeeded, f"environment {lane} has ended", "reset_mask")
    assert envs.get_state() == before
    envs.reset(options={"reset_mask": terminated})
    envs.step(actions)


def test_everything_after_close(task_id: str, face: str) -> None:
    env = make_face(face, task_id)
    env.reset(seed=1)
    state = env.get_state()
    action = env.action_space.sample()
    env.close()
    env.close()  # twice is allowed
    calls = {
        "step": lambda: env.step(action),
        "bad step": lambda: env.step("rubbish"),
        "get_state": lambda: env.get_state(),
        "set_state": lambda: env.set_state(state),
    }
    if face == "make_vec":
        calls["reset"] = env.reset
        tape = action_tape(task_id, 2, 3)
        inputs, outputs = task_of(task_id)["observation"]["size"], task_of(task_id)["action"]["size"]
        for policy in (
            policies.Random(1),
            policies.Constant(env.single_action_space.sample()),
            policies.Sequence(tape),
            policies.Linear(np.zeros((outputs, inputs))),
            lambda _: tape[0],
        ):
            calls[f"rollout {policy}"] = lambda policy=policy: env.rollout(policy, 2)
    for call in calls.values():
        raises(call, error.ClosedEnvironmentError, "after a call to `close\\(\\)`")
    assert env.observation_space.shape is not None
    # a closed one pickles as a closed one
    copy = pickle.loads(pickle.dumps(env))
    raises(lambda: copy.step(action), error.ClosedEnvironmentError)


def test_close_within_a_python_policy() -> None:
    envs = make_vec("CartPole-v1", 3)
    envs.reset(seed=1)

    def policy(_: Any) -> Any:
        envs.close()
        return np.zeros(3, np.int64)

    envs.rollout(policy, 4)
    raises(envs.reset, error.ClosedEnvironmentError)


# ---- actions ----


def bad_actions(pair: Pair) -> dict[str, tuple[Any, str]]:
    """Illegal actions by name, each with a part of the error's text."""
    good = pair.good_action()
    n = pair.num_envs
    middle = n // 2
    bad: dict[str, tuple[Any, str]] = {
        "None": (None, "None"),
        "a string": ("left", "left"),
        "bytes": (b"\0\1", r"\\x00"),
        "an object": (object(), "object"),
        "a dict": ({0: 1}, "0: 1"),
        "a set": ({0, 1}, "0, 1"),
        "complex": (np.asarray(good, complex) + 1j, "1.?j"),
        "objects": (np.full(np.shape(good) or (1,), None), "None"),
        "dates": (np.zeros(np.shape(good) or (1,), "M8[s]"), "datetime64"),
        "an empty list": ([], ""),
        "too deep": (np.asarray(good)[None, None], r"1, 1|\[\["),
    }
    if not pair.discrete:  # False and True are choices
        bad["bools"] = (np.zeros(np.shape(good), bool), "bool|False")
    if pair.is_batch:
        bad["one too few"] = (good[:-1], rf"\({n - 1},")
        bad["one too many"] = (np.concatenate([good, good[:1]]), rf"\({n + 1},")
        bad["ragged"] = ([[0, 1], [1]] * n, r"\[\[0, 1\], \[1\]")
        bad["strings"] = (["a"] * n, "'a'")
        bad["a scalar"] = (np.float32(0), r"shape \(\)|dtype float32")
        bad["an integer"] = (0, r"shape \(\)")
        bad["text of numbers"] = (np.full(np.shape(good), "1"), "<U1")
    if pair.discrete:
        values: list[Any] = [pair.action_size, -1, 2**62, -(2**63), 2**63 - 1]
        for value in values:
            action: Any = value
            if pair.is_batch:
                action = good.copy()
                action[middle] = value
            where = f"action {value} of environment {middle} is out of range" if pair.is_batch else str(value)
            bad[f"out of range {value}"] = (action, f"(?s){where}.*0 to {pair.action_size - 1}")
        for value in (2**63, 2**64, 2**70, -(2**70)):
            bad[f"huge {value}"] = ([value, *([0] * (n - 1))] if pair.is_batch else value, str(value))
        bad["floats"] = (np.asarray(good, np.float64), "float64|invalid")
        bad["nan"] = (np.full(np.shape(good), NAN), "nan")
        bad["infinite"] = (np.full(np.shape(good), INF), "inf")
    else:
        low, high = (pair.task["action"][k][-1] for k in ("low", "high"))
        for name, value in {"nan": NAN, "inf": INF, "-inf": -INF, "beyond float32": 1e300}.items():
            for dtype in (np.float32, np.float64):
                with np.errstate(over="ignore"):
                    action = np.array(good, dtype)
                    action[(middle, -1) if pair.is_batch else -1] = value
                lane = middle if pair.is_batch else 0
                where = f"element {pair.action_size - 1} of environment {lane} is -?(nan|inf|1e.300)"
                bad[f"{name} {dtype.__name__}"] = (action, rf"{where}.*finite.*\[{low:g}, {high:g}\]")
        bad["one element too many"] = (np.repeat(good, 2, axis=-1), str(2 * pair.action_size))
        bad["huge integers"] = ([[10**400]] * n if pair.is_batch else [10**400], "10{400}")
        bad["flat"] = (np.ravel(good)[0] if not pair.is_batch else np.ravel(good), "shape")
    return bad


def test_bad_actions(pair: Pair) -> None:
    for name, (action, part) in bad_actions(pair).items():
        text = pair.refuses(lambda env, action=action: env.step(action), error.InvalidAction, part)
        assert "integer" in text or "0 to" in text or "float32" in text or "finite" in text, (name, text)


def test_bad_actions_of_large_batches(task_id: str) -> None:
    # the checks run on several threads
    pair = Pair(task_id, "make_vec", num_envs=20_000, num_threads=2)
    good = pair.good_action()
    for lanes in ([19_999], [11_111], [0], [7000, 3000, 15_000]):
        action = good.copy()
        action[lanes] = 77 if pair.discrete else NAN
        pair.refuses(lambda env, a=action: env.step(a), error.InvalidAction, f"environment {min(lanes)} is")


def test_the_actions_of_lanes_that_are_reset_are_not_looked_at(task_id: str) -> None:
    envs, twin = (make_vec(task_id, 4, max_episode_steps=3) for _ in range(2))
    tape = action_tape(task_id, 8, 4)
    for e in (envs, twin):
        e.reset(seed=1)
        for actions in tape[:3]:
            e.step(actions)
    rubbish = tape[3].copy()
    rubbish[...] = 99 if rubbish.dtype.kind == "i" else NAN
    assert_same_results(envs.step(rubbish), twin.step(tape[3]))
    assert_same_results(envs.step(tape[4]), twin.step(tape[4]))
    raises(lambda: envs.step(rubbish), error.InvalidAction, "environment 0")
    assert envs.get_state() == twin.get_state()


def takes_clipped_actions(task_id: str) -> bool:
    """Whether a task clips the elements of its actions; MuJoCo clips forces, after their cost was taken."""
    task = task_of(task_id)
    return task["action"]["kind"] == "box" and not task["needs"]


@pytest.mark.parametrize("box_id", list(filter(takes_clipped_actions, native_ids())))
def test_box_actions_out_of_bounds_are_clipped_by_the_task(box_id: str, face: str) -> None:
    pair = Pair(box_id, face)
    good = np.asarray(pair.good_action())
    for value in (1e6, -1e6, float(np.finfo(np.float32).max)):
        result = pair.env.step(np.full_like(good, value))
        limit = pair.task["action"]["high" if value > 0 else "low"][0]
        expected = pair.twin.step(np.full_like(good, limit))
        # MountainCarContinuous computes in float64 with a clipped force, else in float32
        np.testing.assert_allclose(result[0], expected[0], rtol=1e-6, atol=1e-9)
        assert np.isfinite(result[1]).all()
        pair.twin.set_state(pair.env.get_state())  # the returns differ: effort is charged before clipping


def test_actions_of_other_layouts_and_types_mean_the_same(pair: Pair) -> None:
    good = np.asarray(pair.good_action())

    def misaligned(a: Any) -> Any:
        raw = np.zeros(a.nbytes + 1, np.uint8)
        view = raw[1:].view(a.dtype).reshape(a.shape)
        view[...] = a
        assert a.dtype.itemsize == 1 or not view.flags.aligned
        return view

    def strided(a: Any) -> Any:
        wide = np.full((*a.shape, 3), 99, a.dtype)
        wide[..., 1] = a
        return wide[..., 1]

    def read_only(a: Any) -> Any:
        a = a.copy()
        a.flags.writeable = False
        return a

    forms = [lambda a: a, strided, misaligned, read_only, lambda a: a[::-1][::-1], lambda a: a.tolist()]
    dtypes = (
        ["i1", "u1", "i2", ">i4", "i8", ">i8", "u8"] if pair.discrete else ["f4", ">f4", "f8", ">f8", "g"]
    )
    if not pair.is_batch and pair.discrete:
        forms = [lambda a: a, lambda a: int(a), lambda a: np.asarray(a), lambda a: np.asarray(a)[()]]
    for form in forms:
        for dtype in dtypes:
            if not pair.is_batch:
                for env in (pair.env, pair.twin):
                    env.reset()
            action = form(good.astype(dtype))
            assert_same_results(pair.env.step(action), pair.twin.step(good if good.ndim else int(good)))
    pair.go_on()


def test_lists_and_integers_are_actions_of_a_box(face: str) -> None:
    pair = Pair("Pendulum-v1", face)
    for action, same in [([1], [1.0]), ([0], [0.0]), ([-2], [-2.0])]:
        ours = [action] * pair.num_envs if pair.is_batch else action
        theirs = np.array([same] * pair.num_envs if pair.is_batch else same, np.float32)
        assert_same_results(pair.env.step(ours), pair.twin.step(theirs))


# ---- seeds ----


@each_call("floats", "seed", [-1, -(2**70), 1.5, 1.0, NAN, "5", b"abc", True, np.True_, {1: 2}, object(), 1j])
def test_bad_seeds(pair: Pair, seed: Any) -> None:
    negative = isinstance(seed, int) and not isinstance(seed, bool)
    expected = (
        "greater or equal to zero, actual value: " + str(seed) if negative else "must be a python integer"
    )
    pair.refuses(lambda env: env.reset(seed=seed), error.Error, f"Seed {expected}|Seed must be {expected}")
    pair.refuses(lambda env: env.reset(seed=seed, options={"low": 0.0}), error.Error)


def test_bad_seed_lists(batch: Pair) -> None:
    for bad in ([1, 2], [], list(range(6)), (1,), np.arange(4)):
        batch.refuses(
            lambda env, bad=bad: env.reset(seed=bad),
            ValueError,
            re.escape(f"the length must match num_envs=5 but got length={len(bad)}"),
        )
    for entry, part in [
        (-3, "value: -3"),
        (1.5, "float"),
        ("x", "str"),
        (True, "bool"),
        ([1], "list"),
        (NAN, "float"),
    ]:
        batch.refuses(lambda env, entry=entry: env.reset(seed=[1, 2, None, entry, 5]), error.Error, part)
    mask = np.array([True, False, False, False, False])
    # the entry of an environment that is not reset is checked all the same
    batch.refuses(
        lambda env: env.reset(seed=[1, 2, 3, -4, 5], options={"reset_mask": mask}), error.Error, "-4"
    )


def test_a_seed_of_any_size_is_good(face: str) -> None:
    pair = Pair("CartPole-v1", face)
    for seed in (0, 2**32, 2**64, 2**128 + 1, 2**2000, np.int64(7), np.uint64(2**64 - 1)):
        pair.env.reset(seed=seed)
        pair.twin.reset(seed=int(seed))
        pair.go_on()
        assert pair.env.np_random_seed == pair.twin.np_random_seed


# ---- reset options ----


def test_unknown_options_name_the_legal_ones(pair: Pair) -> None:
    names = ", ".join(o["name"] for o in pair.task["reset_options"])
    for key in ("lower", "", "Low", 5, None, ("low",)):
        pair.refuses(
            lambda env, key=key: env.reset(seed=3, options={key: 0.1}), ValueError, "unknown option", names
        )


@each_call("floats", "value", ["x", None, [0.1], {}, 1j, object(), b"\xff", 10**400, np.zeros(2)])
def test_options_that_are_no_numbers(pair: Pair, value: Any) -> None:
    for option in pair.task["reset_options"]:
        pair.refuses(
            lambda env, option=option: env.reset(seed=3, options={option["name"]: value}),
            ValueError,
            re.escape(f"An option ({value}) could not be converted to a float."),
        )


@each_call("floats", "value", [NAN, INF, -INF, np.float32(NAN)])
def test_options_that_are_not_finite(pair: Pair, value: Any) -> None:
    for option in pair.task["reset_options"]:
        pair.refuses(
            lambda env, option=option: env.reset(options={option["name"]: value}),
            ValueError,
            f"'{option['name']}' must be finite, got",
        )


@each_call("floats", "value", [9e307, -9e307, 1.7e308, np.finfo(np.float64).max, -(10**308)])
def test_options_whose_distance_may_not_be_finite(pair: Pair, value: Any) -> None:
    for option in pair.task["reset_options"]:
        pair.refuses(
            lambda env, option=option: env.reset(options={option["name"]: value}),
            ValueError,
            f"'{option['name']}' must be from -8.9e307 to 8.9e307, got",
        )


@each_call(
    "floats",
    ("low", "high"),
    [(1, 0), (0.5, -1.25), (0.1, 0.1 - 1e-9), (1e20, 1e-7), (-3e-5, -4e15), (5e-324, 0), ("2", "1")],
)
def test_low_above_high_has_gymnasiums_text(pair: Pair, low: Any, high: Any) -> None:
    options = {"low": low, "high": high}
    if "low" not in [o["name"] for o in pair.task["reset_options"]]:
        pair.refuses(lambda env: env.reset(options={"x_init": -0.5}), ValueError, r"x_init \(-0.5\)")
        return
    reference = gymnasium.make(pair.task["variants"][-1]["id"]).unwrapped
    with pytest.raises(ValueError, match="Lower bound") as info:
        reference.reset(options=options)
    text = pair.refuses(lambda env: env.reset(seed=8, options=options), ValueError)
    assert text == str(info.value)


@each_call("floats", "options", [5, "low", ["low"], [("low", 0.1)], True, 0.5])
def test_options_that_are_no_dictionary(pair: Pair, options: Any) -> None:
    pair.refuses(
        lambda env: env.reset(options=options),
        TypeError,
        "options must be a dictionary",
        re.escape(repr(options)),
    )


def test_options_are_not_changed_and_no_options_are_none(pair: Pair) -> None:
    name = pair.task["reset_options"][0]["name"]
    options = {name: pair.task["reset_options"][0]["default"]}
    before = dict(options)
    pair.env.reset(seed=1, options=options)
    assert options == before
    pair.twin.reset(seed=1, options={})
    pair.go_on()


# ---- masks ----


@each_call(
    "floats",
    "mask",
    [
        np.zeros(5, bool),
        np.ones(4, bool),
        np.ones(6, bool),
        np.ones((5, 1), bool),
        np.ones((), bool),
        np.ones(5, np.int64),
        np.ones(5, np.uint8),
        np.ones(5, object),
        [True] * 5,
        (True,) * 5,
        None,
        5,
        "xxxxx",
    ],
)
def test_masks_have_gymnasiums_errors(batch: Pair, mask: Any) -> None:
    reference = gymnasium.make_vec(
        "CartPole-v1",
        num_envs=5,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": gymnasium.vector.AutoresetMode.DISABLED},
    )
    reference.reset(seed=1)
    with pytest.raises((TypeError, ValueError)) as info:
        reference.reset(options={"reset_mask": mask})
    text = batch.refuses(lambda env: env.reset(seed=1, options={"reset_mask": mask}), info.type)
    assert text == str(info.value)


def test_masks_of_any_layout_are_read_and_not_changed(batch: Pair) -> None:
    wide = np.zeros((5, 3), bool)
    wide[[1, 4], 1] = True
    mask = wide[:, 1]
    before = mask.copy()
    batch.env.reset(seed=9, options={"reset_mask": mask})
    batch.twin.reset(seed=9, options={"reset_mask": before.copy()})
    assert (mask == before).all()
    assert not wide[:, 0].any()
    batch.go_on()


def test_a_good_mask_with_bad_options_resets_nothing(batch: Pair) -> None:
    mask = np.ones(5, bool)
    batch.refuses(lambda env: env.reset(options={"reset_mask": mask, "wobble": 1}), ValueError, "wobble")
    batch.refuses(lambda env: env.reset(seed=-1, options={"reset_mask": mask}), error.Error, "-1")


def test_a_single_environment_has_no_mask(task_id: str) -> None:
    Pair(task_id, "make").refuses(
        lambda env: env.reset(options={"reset_mask": np.ones(1, bool)}),
        ValueError,
        "unknown option 'reset_mask'",
    )


# ---- snapshots ----


def test_states_of_others_are_refused(pair: Pair, task_id: str) -> None:
    n = pair.num_envs
    good = pair.env.get_state()
    other_id = "Pendulum-v1" if "Pendulum" not in task_id else "Acrobot-v1"
    other = task_of(other_id)["name"]
    elsewhere = make_vec(other_id, n)
    elsewhere.reset(seed=1)
    larger = make_vec(task_id, n + 1)
    larger.reset(seed=1)
    version = good[:8] + b"\x63" + good[9:]
    length = good[:12] + b"\x63" + good[13:]
    for state, parts in [
        (elsewhere.get_state(), (f"one of {other}", f"batch is of {pair.task['name']}")),
        (larger.get_state(), (f"holds {n + 1} environments", f"{n} are to be set")),
        (version, ("format version 99", "reads versions 1 and 2")),
        (length, ("bytes each",)),
        (good + b"\0", ("bytes each",)),
        (good[:-1], ("bytes each",)),
        (good[: len(good) // 2], ("bytes",)),
        (b"", ("0 bytes are no state",)),
        (b"rubbish" * 100, ("do not come from get_state",)),
        (bytes(len(good)), ("do not come from get_state",)),
        (good[::-1], ("do not come from get_state",)),
    ]:
        pair.refuses(lambda env, state=state: env.set_state(state), ValueError, "set_state", *parts)


@each_call("floats", "state", [None, 5, "PLYOSNAP", bytearray(b"PLYOSNAP"), memoryview(b"PLYOSNAP"), [1], {}])
def test_states_are_bytes(pair: Pair, state: Any) -> None:
    pair.refuses(
        lambda env: env.set_state(state), TypeError, "bytes that get_state returned", type(state).__name__
    )


@each_call(
    "floats",
    ("lanes", "expected", "part"),
    [
        ([], ValueError, "at least one environment"),
        ([5], IndexError, "environment 5 is out of range: the batch has environments 0 to 4"),
        ([0, -1], IndexError, "environment -1"),
        ([2**70], IndexError, "0 to 4"),
        ([0.5], TypeError, r"lanes must be a list of environments by number, got \[0\.5\]"),
        (["0"], TypeError, r"got \['0'\]"),
        (3, TypeError, "got 3"),
        ([True], TypeError, r"got \[True\]"),
    ],
)
def test_lanes_of_snapshots(batch: Pair, lanes: Any, expected: type[Exception], part: str) -> None:
    state = batch.env.get_state([0])
    batch.refuses(lambda env: env.get_state(lanes), expected, part)
    batch.refuses(lambda env: env.set_state(state, lanes), expected, part)
    batch.refuses(
        lambda env: env.set_state(batch.env.get_state([0, 1]), [1, 2, 3]), ValueError, "2 environments, 3"
    )


@pytest.mark.parametrize("task_id", native_ids())
def test_any_payload_is_refused_or_a_state_that_can_be_stepped(task_id: str) -> None:
    # most tasks do not check the bytes after a correct header: they must not crash, and a reset must mend them
    envs, twin = make_vec(task_id, 4), make_vec(task_id, 4)
    envs.reset(seed=1)
    good = envs.get_state()
    header = len(good) - (len(make_vec(task_id, 5).get_state()) - len(good)) * 4
    rng = np.random.default_rng(0)
    tape = action_tape(task_id, 20, 4)
    for _ in range(200):
        before = envs.get_state()
        try:
            envs.set_state(good[:header] + rng.bytes(len(good) - header))
            for actions in tape:
                envs.step(actions)
        except error.ResetNeeded:
            continue
        except ValueError:  # refused: nothing has changed
            assert envs.get_state() == before
    for e in (envs, twin):
        e.reset(seed=3)
    for actions in tape:
        assert_same_results(envs.step(actions), twin.step(actions))


# ---- arrays to write into ----


def outputs(pair: Pair) -> list[Any]:
    size = pair.task["observation"]["size"]
    n = pair.num_envs
    return [np.zeros((n, size), np.float32), np.zeros(n), np.zeros(n, bool), np.zeros(n, bool)]


NAMES = ["observations", "rewards", "terminated", "truncated"]


def bad_arrays(good: Any) -> dict[str, tuple[Any, type[Exception], str]]:
    """Arrays that cannot replace a good one, each with its error and a part of the text."""
    read_only = good.copy()
    read_only.flags.writeable = False
    wide = np.zeros((*good.shape, 2), good.dtype)
    raw = np.zeros(good.nbytes + 1, np.uint8)
    bad: dict[str, tuple[Any, type[Exception], str]] = {
        "read-only": (read_only, ValueError, "got a read-only one"),
        "too long": (np.zeros((good.shape[0] + 1, *good.shape[1:]), good.dtype), ValueError, "got shape"),
        "too short": (good[:-1], ValueError, "got shape"),
        "too deep": (good[None], ValueError, "got shape"),
        "empty": (np.zeros(0, good.dtype), ValueError, "got shape"),
        "strided": (wide[..., 0], ValueError, "not C-contiguous"),
        "reversed": (good[::-1], ValueError, "not C-contiguous"),
        "another type": (good.astype(np.float16), TypeError, "got dtype float16"),
        "objects": (good.astype(object), TypeError, "got dtype object"),
        "a list": (good.tolist(), TypeError, "got <class 'list'>"),
        "a number": (5, TypeError, "got <class 'int'>"),
        "text": ("x", TypeError, "got <class 'str'>"),
    }
    if good.dtype.itemsize > 1:
        bad["misaligned"] = (raw[1:].view(good.dtype).reshape(good.shape), ValueError, "not aligned")
        bad["swapped"] = (good.astype(good.dtype.newbyteorder(">")), TypeError, "got dtype >")
    if good.ndim > 1:
        bad["Fortran"] = (np.asfortranarray(good), ValueError, "not C-contiguous")
    return bad


def test_bad_output_arrays_of_a_step(batch: Pair) -> None:
    good = outputs(batch)
    for i, name in enumerate(NAMES):
        for bad, expected, part in bad_arrays(good[i]).values():
            out = [*good[:i], bad, *good[i + 1 :]]
            text = batch.refuses(lambda env, out=out: env.step(batch.good_action(), out=out), expected, part)
            assert f"out: '{name}' must be a writable C-contiguous numpy array of {good[i].dtype}" in text
            assert str(good[i].shape) in text


def test_bad_output_arrays_of_a_reset(batch: Pair) -> None:
    for bad, expected, part in bad_arrays(outputs(batch)[0]).values():
        batch.refuses(lambda env, bad=bad: env.reset(seed=1, out=bad), expected, part, "out: 'observations'")


def test_output_arrays_that_share_memory(batch: Pair) -> None:
    good = outputs(batch)
    flags = np.zeros(6, bool)
    for out in (
        [good[0], good[1], good[2], good[2]],
        [good[0], good[1], flags[:5], flags[1:]],
        [good[0], good[1], good[1].view(bool)[:5], None],
        [good[0], good[0].reshape(-1)[: 2 * len(good[1])].view(np.float64)[: len(good[1])], None, None],
    ):
        batch.refuses(lambda env, out=out: env.step(batch.good_action(), out=out), ValueError, "share memory")
    if not batch.discrete:
        action = batch.good_action()
        memory = np.zeros((5, batch.task["observation"]["size"]), np.float32)
        shared = memory.reshape(-1)[: action.size].reshape(action.shape)
        batch.refuses(
            lambda env: env.step(shared, out=(memory, None, None, None)),
            ValueError,
            "'actions' and 'observations'",
        )


@each_call(
    "floats",
    "out",
    [5, (), (None,) * 3, (None,) * 5, {}, {0: None, 1: None, 2: None, 3: None}, object(), "abc"],
)
def test_output_tuples(batch: Pair, out: Any) -> None:
    batch.refuses(
        lambda env: env.step(batch.good_action(), out=out),
        TypeError,
        "observations, rewards, terminated, truncated",
    )


def test_good_output_arrays_are_written_and_returned(batch: Pair) -> None:
    out = outputs(batch)
    action = batch.good_action()
    result = batch.env.step(action, out=tuple(out))
    for given, got in zip(out, result, strict=False):
        assert np.shares_memory(given, got)
    assert_same_results(result, batch.twin.step(action))
    batch.env.step(action, out=[None, out[1], None, None])
    batch.twin.step(action)
    batch.go_on()


def test_a_failed_call_uses_up_no_buffer_of_the_ring() -> None:
    envs = make_vec("CartPole-v1", 3, num_buffers=2)
    envs.reset(seed=1)
    actions = np.ones(3, np.int64)
    first = envs.step(actions)
    kept = first[0].copy()
    for _ in range(3):
        raises(lambda: envs.step(actions * 7), error.InvalidAction)
        raises(lambda: envs.reset(seed=-1), error.Error)
    second = envs.step(actions)
    assert not np.shares_memory(first[0], second[0])
    assert (first[0] == kept).all()
    assert np.shares_memory(first[0], envs.step(actions)[0])


# ---- rollouts ----


@each_call(
    "floats",
    ("num_steps", "expected"),
    [
        (0, ValueError),
        (-1, ValueError),
        (-(2**70), ValueError),
        (2**63, ValueError),
        (2**70, ValueError),
        (1.0, TypeError),
        (2.5, TypeError),
        ("3", TypeError),
        (None, TypeError),
        ([3], TypeError),
    ],
)
def test_num_steps_of_a_rollout(batch: Pair, num_steps: Any, expected: type[Exception]) -> None:
    tape = action_tape(batch.task["variants"][0]["id"], 4, 5)
    for policy in (policies.Random(1), lambda _: tape[0], policies.Sequence(tape)):
        batch.refuses(
            lambda env, policy=policy: env.rollout(policy, num_steps),
            expected,
            f"num_steps must be an integer from 1 to .*got {re.escape(repr(num_steps))}",
        )


@each_call("floats", "num_steps", [10**12, 2**46, 2**48])
def test_rollouts_beyond_memory(batch: Pair, num_steps: int) -> None:
    row = batch.good_action()
    for policy in (policies.Random(1), lambda _: row):
        batch.refuses(
            lambda env, policy=policy: env.rollout(policy, num_steps),
            MemoryError,
            f"record of {num_steps} steps does not fit into memory",
        )


@each_call(
    "floats",
    ("record", "expected", "part"),
    [
        (["rewards", "wobble"], ValueError, "'wobble'.*observations, actions, rewards"),
        ("wobble", ValueError, "'wobble'"),
        ([5], ValueError, "5"),
        ([["rewards"]], ValueError, "rewards"),
        (5, TypeError, "record must name fields.*got 5"),
    ],
)
def test_unknown_fields_of_a_rollout(batch: Pair, record: Any, expected: type[Exception], part: str) -> None:
    row = batch.good_action()
    for policy in (policies.Random(1), lambda _: row):
        batch.refuses(lambda env, policy=policy: env.rollout(policy, 3, record=record), expected, part)


def test_bad_output_arrays_of_a_rollout(batch: Pair) -> None:
    row = batch.good_action()
    steps = [np.stack([a] * 4) for a in outputs(batch)]
    good = {
        **dict(zip(NAMES, steps, strict=True)),
        "actions": np.stack([row] * 4),
        "last_observations": steps[0][0].copy(),
    }
    for policy in (policies.Random(1), lambda _: row):
        for name, array in good.items():
            for bad, expected, part in bad_arrays(array).values():
                batch.refuses(
                    lambda env, bad=bad, name=name, policy=policy: env.rollout(
                        policy, 4, out={**good, name: bad}
                    ),
                    expected,
                    part,
                    f"out: '{name}'",
                )
        for out, expected, part in [
            ({"final_observations": steps[0]}, ValueError, "unknown field 'final_observations'"),
            ({"wobble": steps[0]}, ValueError, "unknown field 'wobble'"),
            ([1], TypeError, "out must be a dictionary"),
            (5, TypeError, "out must be a dictionary"),
        ]:
            batch.refuses(lambda env, out=out, policy=policy: env.rollout(policy, 4, out=out), expected, part)


def bad_policies(pair: Pair) -> dict[str, tuple[Any, type[Exception], str]]:
    """Policies that do not fit a batch of five, with their errors."""
    inputs, outs = pair.task["observation"]["size"], pair.action_size
    weights = np.zeros((outs, inputs), np.float32)
    wrong_head = "mean" if pair.discrete else "argmax"
    tape = action_tape(pair.task["variants"][0]["id"], 6, 5)
    name = pair.task["name"]
    bad: dict[str, tuple[Any, type[Exception], str]] = {
        "nothing": (None, TypeError, "policy must be a policy of plyo.policies or a function, got None"),
        "a number": (5, TypeError, "got 5"),
        "a string": ("random", TypeError, "'random'"),
        "the base class": (policies.Policy(), NotImplementedError, "Policy is not a policy"),
        "inputs": (
            policies.Linear(np.zeros((outs, inputs + 1))),
            ValueError,
            f"{inputs + 1} inputs.*{name}.*{inputs}",
        ),
        "outputs": (
            policies.Linear(np.zeros((outs + 1, inputs))),
            ValueError,
            f"{outs + 1} outputs.*{name}.*{outs}",
        ),
        "head": (policies.Linear(weights, head=wrong_head), ValueError, f"head does not fit.*{name}"),
        "population": (
            policies.Linear(np.zeros((2, outs, inputs))),
            ValueError,
            "population of 2.*5.*multiple",
        ),
        "large population": (policies.Linear(np.zeros((10, outs, inputs))), ValueError, "population of 10"),
        "layers": (
            policies.MLP([(np.zeros((3, inputs)), None), (np.zeros((outs + 1, 3)), None)]),
            ValueError,
            "outputs",
        ),
        "short": (policies.Sequence(tape[:5]), ValueError, "5 steps.*6"),
        "empty": (policies.Sequence(tape[:0]), ValueError, "0 steps"),
        "narrow": (policies.Sequence(tape[:, :4]), error.InvalidAction, r"\(6, 5.*shape \(6, 4"),
        "strings": (policies.Sequence(tape.astype(str)), error.InvalidAction, "<U"),
        "constant string": (policies.Constant("x"), error.InvalidAction, "'x'"),
        "constant batch": (policies.Constant(np.concatenate([tape[0]] * 2)), error.InvalidAction, "invalid"),
        "negative seed": (policies.Linear(weights, seed=-1), error.Error, "-1"),
    }
    if pair.discrete:
        bad["constant out of range"] = (
            policies.Constant(pair.action_size),
            error.InvalidAction,
            f"0 to {outs - 1}",
        )
    else:
        bad["constant nan"] = (policies.Constant([NAN] * outs), error.InvalidAction, "nan.*finite")
        bad["constant too wide"] = (
            policies.Constant([0.0] * (outs + 1)),
            error.InvalidAction,
            rf"shape \({outs},\)",
        )
    return bad


def test_policies_that_do_not_fit(batch: Pair) -> None:
    for policy, expected, part in bad_policies(batch).values():
        batch.refuses(lambda env, policy=policy: env.rollout(policy, 6), expected, part)


def test_policies_refuse_bad_arguments() -> None:
    for make_policy, expected, part in [
        (lambda: policies.Random(-1), error.Error, "-1"),
        (lambda: policies.Random(1.5), error.Error, "float"),
        (lambda: policies.Random("x"), error.Error, "str"),
        (lambda: policies.Sequence([1, 2]), ValueError, r"\(2,\)"),
        (lambda: policies.Linear(np.zeros(4)), ValueError, r"\(4,\)"),
        (lambda: policies.Linear(np.zeros((0, 4))), ValueError, r"\(0, 4\)"),
        (lambda: policies.Linear(np.full((2, 4), NAN)), ValueError, "finite"),
        (lambda: policies.Linear(np.zeros((2, 4)), np.zeros(3)), ValueError, "bias"),
        (lambda: policies.Linear(np.zeros((2, 4)), np.full(2, INF)), ValueError, "bias.*finite"),
        (lambda: policies.Linear(np.zeros((2, 4)), head="softmax"), ValueError, "'softmax'"),
        (lambda: policies.Linear(np.zeros((2, 4)), head="gaussian"), ValueError, "log_std"),
        (lambda: policies.Linear(np.zeros((2, 4)), log_std=[0.0, 0.0]), ValueError, "log_std"),
        (
            lambda: policies.Linear(np.zeros((2, 4)), head="gaussian", log_std=np.zeros(3)),
            ValueError,
            "log_std|shape",
        ),
        (lambda: policies.MLP([]), ValueError, "at least one layer"),
        (lambda: policies.MLP([(np.zeros((3, 4)), None), (np.zeros((2, 5)), None)]), ValueError, "layer 1"),
        (lambda: policies.MLP([(np.zeros((2, 4)), None)], activation="gelu"), ValueError, "'gelu'"),
    ]:
        raises(make_policy, expected, part)


def test_given_actions_that_are_illegal_in_the_middle(task_id: str) -> None:
    for num_envs, threads in [(5, 1), (1000, 2)]:
        # in the other modes a lane that has ended ignores an action
        batch = Pair(task_id, "make_vec", num_envs=num_envs, num_threads=threads, autoreset_mode="same_step")
        tape = action_tape(task_id, 20, num_envs, seed=5).copy()
        for lane in (0, num_envs // 2, num_envs - 1):
            bad = tape.copy()
            bad[13, lane] = 50 if batch.discrete else NAN
            record = {"rewards": np.zeros((20, num_envs))}
            batch.refuses(
                lambda env, bad=bad, record=record: env.rollout(policies.Sequence(bad), 20, out=record),
                error.InvalidAction,
                f"environment {lane} is",
            )
            batch.refuses(
                lambda env, bad=bad: env.rollout(iter_policy(bad), 20),
                error.InvalidAction,
                f"environment {lane} is",
            )
            # up to there they are legal
            for e in (batch.env, batch.twin):
                e.rollout(policies.Sequence(bad), 13)
            batch.go_on()


def iter_policy(tape: Any) -> Any:
    rows = iter(tape)
    return lambda _: next(rows)


def test_illegal_actions_of_lanes_that_begin_with_their_reset(task_id: str) -> None:
    envs, twin = (make_vec(task_id, 4, max_episode_steps=3) for _ in range(2))
    tape = action_tape(task_id, 10, 4).copy()
    for e in (envs, twin):
        e.reset(seed=1)
        e.rollout(policies.Sequence(tape), 3)
    rubbish = 50 if tape.dtype.kind == "i" else NAN
    bad = tape.copy()
    bad[2, 1] = rubbish
    before = envs.get_state()
    raises(lambda: envs.rollout(policies.Sequence(bad), 6), error.InvalidAction, "environment 1")
    assert envs.get_state() == before
    ignored = tape.copy()
    ignored[0] = rubbish
    ours, theirs = envs.rollout(policies.Sequence(ignored), 3), twin.rollout(policies.Sequence(tape), 3)
    assert_same_results(ours.observations, theirs.observations)
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_python_policies_that_fail_in_the_middle(task_id: str, mode: str) -> None:
    batch = Pair(
        task_id, "make_vec", autoreset_mode=mode, max_episode_steps=1000 if mode == "disabled" else 20
    )
    if mode == "disabled":
        for e in (batch.env, batch.twin):
            e.reset(seed=5)
    good = batch.good_action()

    class OwnError(BaseException):
        pass

    def failing(then: Any) -> Any:
        calls = 0

        def policy(_: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls < 4:
                return good
            if isinstance(then, BaseException):
                raise then
            return then

        return policy

    out_of_range = good.copy()
    out_of_range[3] = 77 if batch.discrete else INF
    for then, expected, part in [
        (ZeroDivisionError("by zero"), ZeroDivisionError, "by zero"),
        (KeyboardInterrupt(), KeyboardInterrupt, ""),
        (OwnError("mine"), OwnError, "mine"),
        (StopIteration(), StopIteration, ""),
        (None, error.InvalidAction, "None"),
        ("left", error.InvalidAction, "left"),
        (good[:-1], error.InvalidAction, r"of shape \(5,.*got shape \(4,"),
        (np.stack([good, good]), error.InvalidAction, "got shape"),
        ([[0, 1], [2]], error.InvalidAction, r"\[\[0, 1\], \[2\]\]"),
        (good.astype(complex), error.InvalidAction, "complex"),
        (out_of_range, error.InvalidAction, "environment 3 is"),
    ]:
        call = lambda env, then=then: env.rollout(failing(then), 9)  # noqa: E731
        before = batch.env.get_state()
        raises(lambda call=call: call(batch.env), expected, part)
        assert batch.env.get_state() == before
    if mode != "disabled":
        batch.go_on()
    raises(lambda: batch.env.rollout(lambda: good, 3), TypeError, "positional argument")
    assert batch.env.get_state() == batch.twin.get_state()


def test_python_policies_let_ended_environments_rest_as_native_ones_do() -> None:
    envs, twin = (make_vec("CartPole-v1", 6, autoreset_mode="disabled") for _ in range(2))
    for e in (envs, twin):
        e.reset(seed=2)
    actions = np.ones((40, 6), np.int64)
    record = (
        "observations",
        "actions",
        "rewards",
        "terminated",
        "truncated",
        "last_observations",
        "episodes",
    )
    ours = envs.rollout(iter_policy(actions), 40, record=record)
    theirs = twin.rollout(policies.Sequence(actions), 40, record=record)
    assert theirs.terminated.sum() == 6
    for name in (*record[:-1], "episode_times", "episode_lanes", "episode_returns", "episode_lengths"):
        assert_same_results(getattr(ours, name), getattr(theirs, name))
    assert envs.get_state() == twin.get_state()


def test_a_python_policy_may_look_at_its_batch_but_not_change_it() -> None:
    envs, twin = make_vec("CartPole-v1", 4), make_vec("CartPole-v1", 4)
    for e in (envs, twin):
        e.reset(seed=2)
    actions = np.ones(4, np.int64)
    state = envs.get_state()
    refused = []

    def meddling(_: Any) -> Any:
        assert len(envs.get_state()) == len(state)
        assert len(pickle.dumps(envs)) > len(state)
        for call in (
            lambda: envs.step(actions),
            lambda: envs.reset(seed=5),
            lambda: envs.set_state(state),
            lambda: envs.rollout(policies.Random(1), 3),
            lambda: envs.rollout(lambda _: actions, 3),
        ):
            refused.append(raises(call, RuntimeError, "middle of a rollout"))
        return actions

    ours = envs.rollout(meddling, 5)
    theirs = twin.rollout(policies.Sequence(np.stack([actions] * 5)), 5)
    assert len(refused) == 25
    assert_same_results(ours.observations, theirs.observations)
    assert envs.get_state() == twin.get_state()
    envs.step(actions)


def test_a_policy_of_another_batch_is_refused() -> None:
    for policy, task in [
        (policies.Random(1), "CartPole-v1"),
        (policies.Linear(np.zeros((2, 4)), head="categorical", seed=1), "CartPole-v1"),
        (policies.Linear(np.zeros((1, 3)), head="gaussian", log_std=[0.0], seed=1), "Pendulum-v1"),
    ]:
        pair = Pair(task, "make_vec")
        for e in (pair.env, pair.twin):
            e.rollout(type(policy)(1) if isinstance(policy, policies.Random) else policy.member(0), 4)
        other = make_vec(task, 9)
        other.reset(seed=1)
        other.rollout(policy, 4)
        pair.refuses(lambda env, p=policy: env.rollout(p, 4), ValueError, "9 environments.*5")


# ---- threads ----


def run_threads(*targets: Any) -> list[BaseException]:
    """Runs functions at the same time; returns their errors."""
    raised: list[BaseException] = []

    def guarded(target: Any) -> None:
        try:
            target()
        except BaseException as e:
            raised.append(e)

    threads = [threading.Thread(target=guarded, args=(t,)) for t in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive(), "deadlock"
    return raised


@pytest.mark.parametrize("num_threads", [1, 3])
def test_two_threads_that_step_one_batch(num_threads: int) -> None:
    n = 50_000
    envs, twin = (make_vec("CartPole-v1", n, num_threads=num_threads) for _ in range(2))
    for e in (envs, twin):
        e.reset(seed=3)
    actions = np.ones(n, np.int64)
    taken, refused = [], []

    def step() -> None:
        for i in range(3000):
            if i > 40 and refused:
                break
            try:
                envs.step(actions)
                taken.append(1)
            except RuntimeError as e:
                assert "is in use by another thread" in str(e)  # noqa: PT017
                refused.append(1)

    assert run_threads(step, step, step) == []
    assert refused
    assert taken
    for _ in taken:
        twin.step(actions)
    assert envs.get_state() == twin.get_state()


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs POSIX signals")
def test_every_call_is_refused_while_another_thread_rolls_out() -> None:
    class DoneError(Exception):
        pass

    def stop(*_: Any) -> None:
        raise DoneError

    n = 2000
    envs = make_vec("CartPole-v1", n, num_threads=1)
    envs.reset(seed=3)
    before = envs.get_state()
    actions = np.ones(n, np.int64)
    calls = {
        "step": lambda: envs.step(actions),
        "reset": lambda: envs.reset(seed=1),
        "get_state": lambda: envs.get_state(),
        "set_state": lambda: envs.set_state(before),
        "rollout": lambda: envs.rollout(policies.Random(2), 2),
        "function": lambda: envs.rollout(lambda _: actions, 2),
        "pickle": lambda: pickle.dumps(envs),
        "stream": lambda: envs.np_random[0].bit_generator.state,
    }
    refused = []

    def meddle() -> None:
        try:
            with contextlib.suppress(RuntimeError):
                while True:  # until the rollout has begun
                    time.sleep(0.05)
                    envs.get_state([0])
            for name, call in calls.items():
                try:
                    call()
                except RuntimeError as e:
                    assert "in use by another thread" in str(e)  # noqa: PT017
                    refused.append(name)
        finally:
            os.kill(os.getpid(), signal.SIGUSR1)

    meddler = threading.Thread(target=meddle)
    previous = signal.signal(signal.SIGUSR1, stop)
    try:
        meddler.start()
        with pytest.raises(DoneError):
            # hours, were it not stopped
            envs.rollout(policies.Random(1), 10**11, record=[])
    finally:
        meddler.join()
        signal.signal(signal.SIGUSR1, previous)
    assert refused == list(calls)
    assert envs.get_state() == before
    envs.step(actions)


def test_one_policy_in_two_rollouts_at_once() -> None:
    n = 2000
    policy = policies.Random(5)
    batches = [make_vec("CartPole-v1", n, num_threads=1) for _ in range(2)]
    for envs in batches:
        envs.reset(seed=3)
    taken, refused = [], []

    def roll_out(envs: Any) -> Any:
        def run() -> None:
            for i in range(500):
                if i > 12 and refused:
                    break
                before = envs.get_state()
                try:
                    envs.rollout(policy, 400, record=[])
                    taken.append(1)
                except RuntimeError as e:
                    assert "this policy is in use by another thread" in str(e)  # noqa: PT017
                    refused.append(1)
                    assert envs.get_state() == before

        return run

    assert run_threads(*map(roll_out, batches)) == []
    assert taken
    assert refused
    # the policy continues as one that made only the accepted rollouts
    twin_policy = policies.Random(5)
    twin = make_vec("CartPole-v1", n)
    twin.reset(seed=3)
    for _ in taken:
        twin.rollout(twin_policy, 400, record=[])
    a, b = (make_vec("CartPole-v1", n) for _ in range(2))
    for e in (a, b):
        e.reset(seed=1)
    ours, theirs = a.rollout(policy, 3).actions, b.rollout(twin_policy, 3).actions
    assert_same_results(ours, theirs)
