"""Leaf spaces against those of Gymnasium: same text, same errors, same samples bit for bit."""

from __future__ import annotations

import copy
import json
import pickle
from fractions import Fraction

import gymnasium.spaces
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, neutral, outcome
from leaf_cases import (
    INF,
    NAN,
    OURS,
    SEEDS,
    SPACES,
    THEIRS,
    attributes,
    each_broken,
    each_sound_space,
    each_space,
    pair,
    quiet,
    rng_state,
)

import plyo.spaces


@each_space
def test_construction(make):
    def facts(spaces):
        return attributes(make(spaces))

    ours, our_warnings = outcome(lambda: facts(OURS))
    theirs, their_warnings = outcome(lambda: facts(THEIRS))
    assert ours[0] == "returned"
    assert_same(ours, theirs)
    assert our_warnings == their_warnings


@each_broken
def test_broken_arguments(make):
    assert outcome(lambda: make(OURS))[0][0] == "raised"
    assert_same_outcome(make, OURS, THEIRS)


@each_space
def test_samples(make):
    ours, theirs = pair(make)
    for seed in SEEDS:
        assert_same(ours.seed(seed), theirs.seed(seed))
        for _ in range(3):
            assert_same_outcome(lambda s: s.sample(), ours, theirs)
        assert rng_state(ours) == rng_state(theirs)


@each_space
def test_seed_arguments(make):
    for seed in (0, 7, 2**100, True):
        ours, theirs = pair(make)
        assert_same(ours.seed(seed), theirs.seed(seed))
        assert rng_state(ours) == rng_state(theirs)
    for seed in (-1, 1.0, "a", [1]):
        assert_same_outcome(lambda s, seed=seed: s.seed(seed), *pair(make))


def test_unseeded_space_takes_entropy_once():
    space = plyo.spaces.Discrete(2**40)
    assert space._np_random is None
    rng = space.np_random
    assert space.np_random is rng
    entropy = space.seed()
    first = space.sample()
    assert entropy != space.seed()
    space.seed(entropy)
    assert space.sample() == first


@pytest.mark.parametrize("name", ["Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text"])
def test_generator_as_seed_is_shared(name):
    arguments = {"Box": (0, 1), "MultiDiscrete": ([9, 9],)}.get(name, (9,))
    rng, other = np.random.default_rng(3), np.random.default_rng(3)
    ours = getattr(plyo.spaces, name)(*arguments, seed=rng)
    theirs = getattr(gymnasium.spaces, name)(*arguments, seed=other)
    assert ours.np_random is rng
    assert_same(ours.sample(), theirs.sample())
    assert rng.bit_generator.state == other.bit_generator.state


ODD_VALUES = [
    0, 1, -2, 3, 150, 2**70, -(2**70), True, False, 0.0, 0.5, NAN, INF, 1j, Fraction(1, 2),
    None, "1", b"1", (), [], {}, {0: 1}, range(3), object(),
    [0], [1, 1], [0, 0, 0], [0.5, 0.5], [[0, 1], [2, 3]], [[1], [2, 3]], ["a"], [None], (0, 0, 0),
    np.int8(1), np.int64(2), np.uint64(3), np.float32(1), np.bool_(True),
    np.array(1), np.array(1.0), np.array([1]), np.array([], int), np.array(["a", "b"]),
    np.array([None, None]), np.array([True, False, True]),
    np.array([0, 1, 1]), np.array([-1, 0, 7]), np.array([5, 2, 2]), np.int8([4, 1, 8]), np.uint8([0, 1, 1]),
    np.float32([0, 0]), np.float32([2, 4]), np.float32([2.1, 4]), np.float32([NAN, 0]), np.float32([0, INF]),
    np.float64([0, 0]), np.float16([0, 0]), np.int8([0, 0]), np.int64([1, 1]), np.uint8([200]),
    np.int16([-3]), np.zeros((2, 3), np.float32), np.zeros((2, 2), int), np.zeros((3, 4), np.uint8),
    np.zeros((0, 3), np.float32),
]  # fmt: skip


@each_space
def test_contains_odd_values(make):
    ours, theirs = pair(make)
    for value in ODD_VALUES:
        answer, warnings = outcome(lambda value=value: ours.contains(value))
        assert answer == outcome(lambda value=value: value in ours)[0]
        their_answer, their_warnings = outcome(lambda value=value: theirs.contains(value))
        if their_answer[0] == "raised":  # ours answers
            their_answer = ("returned", False)
        elif their_answer == ("returned", True) and answer == ("returned", False):
            # Gymnasium makes another value of this one, a text or a fraction, and finds that in the space
            given = np.asarray(value)
            assert given.dtype.kind in "US" or not np.array_equal(given, given.astype(ours.dtype))
            continue
        assert_same(answer, their_answer)
        assert warnings == [warning for warning in their_warnings if warning[0] == "UserWarning"]


def neighbour(x, shift):
    """Another value of the same type, or the same for a shift of 0."""
    if isinstance(x, str):
        return x[:shift] if shift < 0 else x + "0?x"[:shift]
    if x.dtype.kind == "b":
        return x ^ bool(shift)
    with np.errstate(all="ignore"):
        return (x + np.array(shift, "i8")).astype(x.dtype)


@each_sound_space
def test_contains_own_samples_and_neighbours(name):
    ours, theirs = pair(SPACES[name], seed=5)
    for _ in range(20):
        x, _ = ours.sample(), theirs.sample()
        for shift in (0, 1, -1, 300):
            y = neighbour(x, shift)
            assert_same_outcome(lambda s, y=y: y in s, ours, theirs)


@each_sound_space
def test_json_round_trip(name):
    ours, theirs = pair(SPACES[name], seed=1)
    batch = [ours.sample() for _ in range(3)]
    text = json.dumps(ours.to_jsonable(batch))
    assert text == json.dumps(theirs.to_jsonable(batch))
    back = ours.from_jsonable(json.loads(text))
    assert_same(back, theirs.from_jsonable(json.loads(text)))
    if "empty" not in name:  # no list can have the shape (0, 3)
        assert_same([np.asarray(x) for x in back], [np.asarray(x) for x in batch])


@each_space
@pytest.mark.parametrize("clone", [lambda s: pickle.loads(pickle.dumps(s)), copy.deepcopy, copy.copy])
def test_copies_go_on_alike(make, clone):
    ours, theirs = pair(make, seed=2)
    twin = clone(ours)
    assert twin == ours
    assert_same(attributes(twin), attributes(ours))
    if clone is not copy.copy:  # a shallow copy shares the generator
        outcome(ours.sample)
    assert_same(outcome(twin.sample), outcome(theirs.sample))


def test_legacy_states():
    def restore(s, name, state):
        space = getattr(s, name).__new__(getattr(s, name))
        before = dict(state)
        space.__setstate__(state)
        assert state.keys() == before.keys()
        return repr(space), space.shape, space.sample()

    rng = np.random.default_rng
    box = {"low": np.zeros(2, "f4"), "high": np.ones(2, "f4"), "bounded_below": np.ones(2, bool)}
    box |= {"bounded_above": np.ones(2, bool), "shape": (2,), "dtype": np.dtype("f4")}
    discrete = {"n": np.int64(4), "_shape": (), "dtype": np.dtype("i8")}
    multi = {"nvec": np.array([4, 5]), "_shape": (2,), "dtype": np.dtype("i8")}
    for name, state in (("Box", box), ("Discrete", discrete), ("MultiDiscrete", multi)):
        ours = restore(OURS, name, {**state, "np_random": rng(1)})
        assert_same(ours, restore(THEIRS, name, {**state, "np_random": rng(1)}))
        items = list({**state, "_np_random": rng(2)}.items())
        space = getattr(OURS, name).__new__(getattr(OURS, name))
        space.__setstate__(items)
        assert repr(space) == ours[0]


def test_equality_of_all_pairs():
    ours = [quiet(make, OURS) for make in SPACES.values()]
    theirs = [quiet(make, THEIRS) for make in SPACES.values()]
    for i, a in enumerate(SPACES):
        for j, b in enumerate(SPACES):
            equal = bool(theirs[i] == theirs[j])
            if a.startswith("text") and equal:  # in Gymnasium the order of the characters does not count
                equal = theirs[i].character_list == theirs[j].character_list
            assert bool(ours[i] == ours[j]) == equal, (a, b)
    assert plyo.spaces.Box(0, 1) == plyo.spaces.Box(0, 1 + 1e-7)
    assert plyo.spaces.Discrete(2) != 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(ours[0])


@pytest.mark.parametrize("name", [n for n in SPACES if n.startswith("multi")])
def test_parts_of_multi_discrete(name):
    for index in (0, -1, 1, (0, 0), (1, 0), (0,), slice(0, 2), 99, "a"):
        ours, theirs = pair(SPACES[name], seed=4)
        assert_same(
            outcome(lambda i=index, s=ours: repr(s[i])), outcome(lambda i=index, s=theirs: repr(s[i]))
        )
        assert_same_outcome(lambda s, i=index: [s[i].sample(), s[i].sample()], ours, theirs)
        assert_same_outcome(len, ours, theirs)
        assert rng_state(ours) == rng_state(theirs)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("n", [1, 3, 0])
def test_batch_space(name, n):
    def batch(s):
        single = SPACES[name](s)
        single.seed(11)
        batched = s.batch_space(single, n)
        if (
            name == "box-i64-infinite"
        ):  # bounded by the ends of int64, of which Gymnasium draws one value only
            return attributes(batched)
        samples = [batched.sample(), batched.sample()]
        return (
            type(batched).__name__,
            attributes(batched),
            samples,
            single.sample(),
            batched.seed(3),
            batched.sample(),
        )

    assert_same_outcome(batch, OURS, THEIRS)


def test_batch_space_arguments():
    for n in ((), (-1,), (2.0,), ("a",)):
        assert_same_outcome(lambda s, n=n: repr(s.batch_space(s.Box(0, 1), *n)), OURS, THEIRS)
        assert_same_outcome(lambda s, n=n: repr(s.batch_space(s.Discrete(2), *n)), OURS, THEIRS)
    assert_same_outcome(lambda s: s.batch_space("no space", 2), OURS, THEIRS)
    assert_same_outcome(lambda s: s.batch_space(None), OURS, THEIRS)


def test_batch_space_looks_at_changed_bounds():
    def batch(s):
        box = s.Box(-INF, INF, (2,), seed=1)
        box.low[0] = -1
        return attributes(s.batch_space(box, 2)), s.batch_space(box, 2).sample()

    assert_same_outcome(batch, OURS, THEIRS)


def test_base_space():
    def facts(s):
        space = s.Space((2,), "f4", 3)
        return (
            space.shape,
            space.dtype,
            space.np_random.random(),
            space.to_jsonable((1, 2)),
            space.from_jsonable([3]),
        )

    assert_same_outcome(facts, OURS, THEIRS)
    assert_same_outcome(lambda s: (s.Space().shape, s.Space().dtype), OURS, THEIRS)
    for call in (
        lambda s: s.Space().sample(),
        lambda s: s.Space().contains(1),
        lambda s: 1 in s.Space(),
        lambda s: s.Space().is_np_flattenable,
        lambda s: setattr(s.Space(), "shape", (3,)),
    ):
        assert outcome(lambda call=call: call(OURS))[0][0] == "raised"
        ours, theirs = outcome(lambda call=call: call(OURS)), outcome(lambda call=call: call(THEIRS))
        assert ours == theirs

    class Unseedable(plyo.spaces.Space[int]):
        def seed(self, seed=None):
            return seed

    assert isinstance(Unseedable().np_random, np.random.Generator)


def test_names():
    ours = set(plyo.spaces.__all__)
    assert ours <= set(gymnasium.spaces.__all__)
    assert all(neutral(getattr(THEIRS, name).__module__) == getattr(OURS, name).__module__ for name in ours)
