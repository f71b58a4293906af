"""Bad ids, arguments, seeds, masks and states for the tasks of integers, tapes and pictures.

Where Gymnasium has the error, ours is the same; else the text names the value and the legal range. Afterwards the
environment continues as a twin without the call.
"""

from __future__ import annotations

import re
from typing import Any

import gymnasium
import numpy as np
import pytest
from bad_calls import Pair, raises
from contract_helpers import task_of
from discrete_calls import INF, NAN, TUPLES, all_tasks, make_face, outcome, pair_of, with_part
from task_choice import arguments_of, each_call

import plyo
from plyo import error

# ---- ids ----


@pytest.mark.parametrize(
    "bad_id",
    [
        "Taxi-v3",
        "CliffWalking-v0",
        "CliffWalkingSlippery-v0",
        "FrozenLake-v0",
        "FrozenLake8x8-v0",
        "Blackjack-v0",
        "Taxi-v5",
        "FrozenLake-v2",
        "taxi-v4",
        "Taxii-v4",
        "toy_text/Taxi-v4",
    ],
)
def test_ids_that_are_old_or_none_have_gymnasiums_errors(bad_id: str, face: str) -> None:
    ours, theirs = (outcome(lambda gym=gym: getattr(gym, face)(bad_id)) for gym in (plyo, gymnasium))
    assert ours[0] == theirs[0]
    assert ours[1].startswith(theirs[1])  # where to look follows


@pytest.mark.parametrize("bad_id", ["NChain-v1", "Copy-v1", "CubeCrash-v7", "KellyCoinflip-v2"])
def test_other_versions_of_retired_tasks_are_told_which_there_is(bad_id: str, face: str) -> None:
    raises(lambda: getattr(plyo, face)(bad_id), error.VersionNotFound, bad_id[-2:], r"\[ `v0` \]")


# ---- arguments ----

KINDS = {bool: "a bool", int: "an integer", float: "a number", str: "a string or None", tuple: "a sequence"}


@all_tasks
def test_unknown_arguments_name_the_legal_ones(task_id: str, face: str) -> None:
    names = ", ".join(p["name"] for p in task_of(task_id)["params"]) or "none"
    raises(
        lambda: make_face(face, task_id, wobble=1),
        TypeError,
        "unexpected keyword argument 'wobble'",
        f"its keyword arguments are: {names}",
    )


@each_call(
    "no_floats",
    "value",
    [{}, 1j, NAN, object(), {1, 2}, lambda: 1, ["x", 1], np.zeros((2, 2, 2))],
    arguments_of,
)
def test_ill_typed_arguments_are_named(task_id: str, face: str, value: Any) -> None:
    for param in task_of(task_id)["params"]:
        name, default = param["name"], param["default"]
        kind = "a list of strings or None" if default is None else KINDS[type(default)]
        raises(
            lambda name=name: make_face(face, task_id, **{name: value}),
            TypeError,
            f"'{name}' must be {kind}",
            re.escape(str(type(value))),
        )


#: Task, argument, value, and the legal range as the text has it.
ILLEGAL: list[tuple[str, str, Any, str]] = [
    ("FrozenLake-v1", "map_name", "5x5", "'4x4' or '8x8', got '5x5'"),
    ("FrozenLake-v1", "map_name", "", "'4x4' or '8x8', got ''"),
    ("FrozenLake8x8-v1", "map_name", "4X4", "'4x4' or '8x8', got '4X4'"),
    ("FrozenLake-v1", "desc", ["SF", "G"], r"one length, of at least 1, got \['SF', 'G'\]"),
    ("FrozenLake-v1", "desc", ["S", "FG"], r"one length, of at least 1, got \['S', 'FG'\]"),
    ("FrozenLake-v1", "desc", [["S", "F"], ["G"]], r"one length, of at least 1, got \['SF', 'G'\]"),
    ("FrozenLake-v1", "desc", ["", ""], r"one length, of at least 1, got \['', ''\]"),
    ("FrozenLake-v1", "desc", [], r"at least one row, got \[\]"),
    ("FrozenLake-v1", "desc", np.array([], "U1"), r"at least one row, got array\(\[\]"),
    ("FrozenLake-v1", "desc", ["FF", "FG"], r"must have a start, S, got \['FF', 'FG'\]"),
    ("FrozenLake-v1", "desc", ["sf", "fg"], r"must have a start, S, got \['sf', 'fg'\]"),
    ("FrozenLake-v1", "desc", ["Sé", "éG"], r"single ASCII letters, got \['Sé', 'éG'\]"),
    ("FrozenLake-v1", "desc", [["SF", "FG"]], r"single ASCII letters, got \[\['SF', 'FG'\]\]"),
    ("FrozenLake-v1", "success_rate", 1.5, "from 0 to 1, got 1.5"),
    ("FrozenLake-v1", "success_rate", -1e-9, "from 0 to 1, got -1e-09"),
    ("FrozenLake-v1", "success_rate", INF, "from 0 to 1, got inf"),
    ("FrozenLake-v1", "reward_schedule", (1, 0), r"three numbers.* got \(1"),
    ("FrozenLake-v1", "reward_schedule", (1, 0, 0, 0), r"three numbers.* got \(1"),
    ("FrozenLake-v1", "reward_schedule", (), r"three numbers.* got \(\)"),
    ("Taxi-v4", "rainy_probability", 1.25, "from 0 to 1, got 1.25"),
    ("Taxi-v4", "rainy_probability", -INF, "from 0 to 1, got -inf"),
    ("Taxi-v4", "fickle_probability", -0.5, "from 0 to 1, got -0.5"),
    ("Taxi-v4", "fickle_probability", 2, "from 0 to 1, got 2"),
    ("NChain-v0", "slip", 1.5, "from 0 to 1, got 1.5"),
    ("NChain-v0", "n", 0, "from 1 to .*, got 0"),
    ("Roulette-v0", "spots", 0, "from 1 to .*, got 0"),
    ("KellyCoinflip-v0", "edge", -0.25, "from 0 to 1, got -0.25"),
    ("KellyCoinflip-v0", "max_rounds", 0, "from 1 to .*, got 0"),
    ("KellyCoinflipGeneralized-v0", "edge_prior_alpha", 65, "from 1 to 64, got 65"),
    *((task, "base", base, f"from 1 to 16|{base}") for task in TUPLES for base in (0, -3, 17, 2**40)),
    ("DuplicatedInput-v0", "duplication", 0, "0"),
    ("ReversedAddition-v0", "rows", 0, "0"),
    ("ReversedAddition-v0", "rows", 99, "99"),
]


@pytest.mark.parametrize(("task_id", "name", "value", "part"), ILLEGAL)
def test_illegal_arguments_say_what_is_legal(
    task_id: str, face: str, name: str, value: Any, part: str
) -> None:
    raises(lambda: make_face(face, task_id, **{name: value}), ValueError, name, part)


def test_letters_that_mean_nothing_are_ice_as_in_gymnasium() -> None:
    for desc in (["SX", "xG"], ["S ", ".G"], ["Sf", "hG"]):
        ours, theirs = (gym.make("FrozenLake-v1", desc=desc).unwrapped.P for gym in (plyo, gymnasium))
        assert ours == theirs


# ---- seeds, options, masks, arrays to write into ----


@all_tasks
def test_seeds_and_options(task_id: str, face: str) -> None:
    pair = pair_of(task_id, face)
    pair.refuses(lambda env: env.reset(seed=-1), error.Error, "greater or equal to zero, actual value: -1")
    for seed in (1.5, "5", True, NAN):
        pair.refuses(lambda env, seed=seed: env.reset(seed=seed), error.Error, "must be a python integer")
    for key in ("low", "s", 5, None):
        pair.refuses(lambda env, key=key: env.reset(seed=3, options={key: 1}), ValueError, "unknown option")
    pair.refuses(lambda env: env.reset(options=5), TypeError, "options must be a dictionary.*5")


@each_call(
    "no_floats",
    "mask",
    [np.zeros(5, bool), np.ones(4, bool), np.ones((5, 1), bool), np.ones(5, np.int8), [True] * 5, None],
)
def test_reset_masks_have_gymnasiums_errors(task_id: str, mask: Any) -> None:
    reference = gymnasium.make_vec(
        "Blackjack-v1",
        num_envs=5,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": gymnasium.vector.AutoresetMode.DISABLED},
    )
    reference.reset(seed=1)
    with pytest.raises((TypeError, ValueError)) as info:
        reference.reset(options={"reset_mask": mask})
    batch = Pair(task_id, "make_vec")
    text = batch.refuses(lambda env: env.reset(seed=1, options={"reset_mask": mask}), info.type)
    assert text == str(info.value)


def bad_masks(space: Any) -> list[Any]:
    """Sample masks of the wrong length, type and value for an action space."""
    if isinstance(space, gymnasium.spaces.Tuple):
        inner = [with_part((None,) * 3, k, np.ones(9, np.int8)) for k in range(3)]
        return [*inner, (None,) * 2, (None,) * 4, [None] * 3, np.ones(3, np.int8), (5, None, None)]
    if isinstance(space, gymnasium.spaces.MultiDiscrete):
        row = np.ones(space.nvec[0], np.int8)
        return [
            (row,) * 2,
            (row[:-1],) * 3,
            np.stack([row] * 3),
            (row, row, None, row),
            (row.astype(bool),) * 3,
        ]
    ones = np.ones(space.n, np.int8)
    return [ones[:-1], np.ones(space.n + 1, np.int8), ones[None], ones.astype(bool), ones * 2, ones.tolist()]


@pytest.mark.parametrize("task_id", [*TUPLES, "Taxi-v4", "FrozenLake-v1", "Blackjack-v1", "CubeCrash-v0"])
def test_sample_masks_have_gymnasiums_errors(task_id: str, face: str) -> None:
    ours = make_face(face, task_id).action_space
    parts = task_of(task_id)["action"]
    leaves = [gymnasium.spaces.Discrete(leaf["size"]) for leaf in parts.get("parts", [parts])]
    theirs = gymnasium.spaces.Tuple(leaves) if len(leaves) > 1 else leaves[0]
    if face == "make_vec":
        theirs = gymnasium.vector.utils.batch_space(theirs, 3)
    for mask in bad_masks(theirs):
        said = [outcome(lambda space=space, mask=mask: space.sample(mask=mask)) for space in (ours, theirs)]
        assert said[0] == said[1]


# ---- members of the tasks beside stepping ----


@pytest.mark.parametrize(
    ("task_id", "size"),
    [
        ("Taxi-v4", 500),
        ("FrozenLake-v1", 16),
        ("FrozenLake8x8-v1", 64),
        ("CliffWalking-v1", 48),
        ("NChain-v0", 5),
    ],
)
def test_states_that_are_none(task_id: str, size: int) -> None:
    pair = pair_of(task_id, "make")
    for value in (size, -1, 2**31, 2**62, -(2**63)):
        pair.refuses(
            lambda env, value=value: setattr(env.unwrapped, "s", value),
            ValueError,
            f"{value} is no legal value",
        )
    for value in (1.5, None, "1", [1], NAN):
        pair.refuses(
            lambda env, value=value: setattr(env.unwrapped, "s", value), TypeError, re.escape(repr(value))
        )


def test_taxis_functions_of_integers() -> None:
    pair = pair_of("Taxi-v4", "make")
    for name in ("decode", "action_mask"):
        for value in (500, -1, 2**40):
            pair.refuses(
                lambda env, name=name, value=value: getattr(env.unwrapped, name)(value),
                ValueError,
                rf"\({value},\) of {name}\(\) are out of range",
            )
        for value in (1.5, None, "1", NAN):
            pair.refuses(
                lambda env, name=name, value=value: getattr(env.unwrapped, name)(value),
                TypeError,
                re.escape(type(value).__name__),
            )
    for arguments in ((2**62, 0, 0, 0), (0, -(2**62), 0, 0)):
        # the state would not fit into 64 bits
        pair.refuses(
            lambda env, a=arguments: env.unwrapped.encode(*a), ValueError, r"encode\(\) are out of range"
        )
    for arguments, keywords, part in [
        ((1,), {}, "encode.* takes 4 arguments, got 1"),
        ((1, 2, 3, 0, 0), {}, "encode.* takes 4 arguments, got 5"),
        ((1.5, 0, 0, 0), {}, "float"),
        ((0, 0, 0, None), {}, "NoneType"),
        ((0, 0, 0), {"row": 1}, "unexpected keyword argument 'row'"),
        ((0, 0, 0), {"pass_loc": 1, "dest_idx": 0}, "multiple values for argument 'pass_loc'"),
    ]:
        pair.refuses(lambda env, a=arguments, k=keywords: env.unwrapped.encode(*a, **k), TypeError, part)
