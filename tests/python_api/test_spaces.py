"""Spaces against those of Gymnasium: same text, same errors, same samples bit for bit."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import tracemalloc
from fractions import Fraction
from types import SimpleNamespace

import gymnasium.spaces
import gymnasium.vector.utils
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, neutral, outcome

import plyo.spaces
from plyo.vector.utils import batch_space

OURS = SimpleNamespace(**vars(plyo.spaces), batch_space=batch_space)
THEIRS = SimpleNamespace(**vars(gymnasium.spaces), batch_space=gymnasium.vector.utils.batch_space)
INF, NAN = np.inf, np.nan
SEEDS = range(40)

# Constructors of spaces, in all dtypes and ways of being bounded.
SPACES = {
    "box-scalar": lambda s: s.Box(-1.5, 2.5),
    "box-shape": lambda s: s.Box(-1, 1, (2, 3)),
    "box-shape-list-of-np": lambda s: s.Box(0.0, 1.0, [np.int32(2), np.int64(1)]),
    "box-np-scalars": lambda s: s.Box(np.float32(-3), np.int8(4), (2,)),
    "box-0d": lambda s: s.Box(np.array(1.0, np.float32), np.array(2.0, np.float32)),
    "box-empty": lambda s: s.Box(0, 1, (0, 3)),
    "box-empty-arrays": lambda s: s.Box(np.zeros((0, 3), np.float32), np.ones((0, 3), np.float32)),
    "box-arrays": lambda s: s.Box(np.float32([-1, -2]), np.float32([2, 4])),
    "box-array-and-scalar": lambda s: s.Box(np.float32([-1, -2]), 5),
    "box-scalar-and-array": lambda s: s.Box(-5, np.float32([-1, -2])),
    "box-unbounded": lambda s: s.Box(-INF, INF, (3,)),
    "box-above": lambda s: s.Box(-INF, 2, (3,)),
    "box-below": lambda s: s.Box(-2, INF, (3,)),
    "box-mixed": lambda s: s.Box(
        np.float32([[-INF, -1, 0], [-INF, 3, -INF]]), np.float32([[INF, 1, INF], [0, 3, 2]])
    ),
    "box-infinite-low": lambda s: s.Box(INF, INF, (2,)),
    "box-fortran": lambda s: s.Box(
        np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.asfortranarray(np.full((2, 3), 9.0)), dtype=float
    ),
    "box-f64": lambda s: s.Box(-1e30, 1e30, (2,), np.float64),
    "box-f64-widest": lambda s: s.Box(-1.7e308, 1.7e308, (2,), np.float64),
    "box-f16": lambda s: s.Box(-1, 1, (4,), np.float16),
    "box-lowered": lambda s: s.Box(np.array([-0.1]), np.array([0.1])),
    "box-lowered-overflow": lambda s: s.Box(np.array([-INF, -1e300]), np.array([INF, 3.0])),
    "box-float-to-int": lambda s: s.Box(np.array([-2.7]), np.array([3.9]), dtype=np.int16),
    "box-u8": lambda s: s.Box(0, 255, (3, 4), np.uint8),
    "box-i8": lambda s: s.Box(-128, 127, (9,), np.int8),
    "box-i32-infinite": lambda s: s.Box(-INF, INF, (3,), np.int32),
    "box-i32-infinite-arrays": lambda s: s.Box(np.array([-INF, 0]), np.array([INF, INF]), dtype=np.int32),
    "box-i64": lambda s: s.Box(-7, 7, (5,), np.int64),
    "box-i64-infinite": lambda s: s.Box(-INF, INF, (3,), np.int64),
    "box-i64-widest": lambda s: s.Box(-(2**63), 2**63 - 2, (3,), np.int64),
    "box-i64-narrow-top": lambda s: s.Box(2**62 + 1, 2**62 + 3, (3,), np.int64),
    "box-bool": lambda s: s.Box(0, 1, (6,), bool),
    "box-bool-arrays": lambda s: s.Box(np.array([False, True]), np.array([True, True]), dtype=bool),
    "box-large": lambda s: s.Box(-3, 5, (600, 2)),
    "box-large-int": lambda s: s.Box(-3, 5, (600, 2), np.int32),
    "box-large-rows": lambda s: s.Box(
        np.tile(np.float32([-1, -2]), (700, 1)), np.tile(np.float32([1, 5]), (700, 1))
    ),
    "box-large-common-low": lambda s: s.Box(-2, np.arange(2000, dtype=np.float32)),
    "discrete": lambda s: s.Discrete(5),
    "discrete-one": lambda s: s.Discrete(1),
    "discrete-start": lambda s: s.Discrete(4, start=-2),
    "discrete-np": lambda s: s.Discrete(np.int32(6), start=np.int8(3)),
    "discrete-i32": lambda s: s.Discrete(7, dtype=np.int32),
    "discrete-u8": lambda s: s.Discrete(200, start=20, dtype="uint8"),
    "discrete-i8-wraps": lambda s: s.Discrete(100, start=100, dtype=np.int8),
    "discrete-i16": lambda s: s.Discrete(7, start=-3, dtype=np.int16),
    "discrete-big": lambda s: s.Discrete(2**40),
    "multi": lambda s: s.MultiDiscrete([5, 2, 2]),
    "multi-start": lambda s: s.MultiDiscrete([5, 2, 2], start=[-1, 0, 7]),
    "multi-2d": lambda s: s.MultiDiscrete(np.array([[1, 2], [3, 4]])),
    "multi-2d-start": lambda s: s.MultiDiscrete(np.array([[1, 2], [3, 4]]), start=np.array([[0, 1], [2, 3]])),
    "multi-0d": lambda s: s.MultiDiscrete(np.array(4)),
    "multi-empty": lambda s: s.MultiDiscrete(np.zeros(0, int)),
    "multi-u8": lambda s: s.MultiDiscrete([3, 200], dtype=np.uint8),
    "multi-i8-wraps": lambda s: s.MultiDiscrete([100], dtype="int8", start=[100]),
    "multi-bools-are-counts": lambda s: s.MultiDiscrete([True, True]),
}  # fmt: skip

BROKEN = {
    "box-no-dtype": lambda s: s.Box(0, 1, dtype=None),
    "box-complex-dtype": lambda s: s.Box(0, 1, dtype=complex),
    "box-object-dtype": lambda s: s.Box(0, 1, dtype=object),
    "box-shape-int": lambda s: s.Box(0, 1, 3),
    "box-shape-floats": lambda s: s.Box(0, 1, (2.0, 3)),
    "box-no-shape": lambda s: s.Box([0], [1]),
    "box-no-shape-bools": lambda s: s.Box(False, True),
    "box-list": lambda s: s.Box([0], [1], (1,)),
    "box-list-high": lambda s: s.Box(0, [1], (1,)),
    "box-bool-low": lambda s: s.Box(True, 3, (1,)),
    "box-string-arrays": lambda s: s.Box(np.array(["a"]), 1),
    "box-string-array-high": lambda s: s.Box(0, np.array(["a"])),
    "box-shapes-differ": lambda s: s.Box(np.zeros(2), np.zeros(3)),
    "box-low-shape": lambda s: s.Box(np.float32([0, 0]), 1, (3,)),
    "box-high-shape": lambda s: s.Box(0, np.float32([1, 1]), (3,)),
    "box-nan": lambda s: s.Box(NAN, 1, (2,)),
    "box-nan-high": lambda s: s.Box(0, NAN, (2,)),
    "box-nan-array": lambda s: s.Box(np.float32([0, NAN]), 1),
    "box-nan-and-infinity": lambda s: s.Box(np.float32([-INF, NAN]), 1),
    "box-nan-high-array": lambda s: s.Box(0, np.float32([NAN, 0])),
    "box-unsigned-infinite": lambda s: s.Box(-INF, 1, (2,), np.uint8),
    "box-unsigned-infinite-high": lambda s: s.Box(0, INF, (2,), np.uint8),
    "box-unsigned-infinite-array": lambda s: s.Box(np.array([-INF, 0]), 1, dtype=np.uint8),
    "box-unsigned-infinite-high-array": lambda s: s.Box(0, np.array([INF, 0]), dtype=np.uint16),
    "box-bool-infinite": lambda s: s.Box(-INF, INF, (2,), bool),
    "box-range": lambda s: s.Box(-1, 5, (2,), np.uint8),
    "box-range-high": lambda s: s.Box(0, 256, (2,), np.uint8),
    "box-range-array": lambda s: s.Box(np.array([-1, 0]), 5, dtype=np.uint8),
    "box-range-high-array": lambda s: s.Box(0, np.array([300.0, 0]), dtype=np.uint8),
    "box-range-float": lambda s: s.Box(-1e39, 1, (2,)),
    "box-range-float-array": lambda s: s.Box(np.array([-1e39]), 1),
    "box-range-i64": lambda s: s.Box(0, 2**63, (1,), np.int64),
    "box-huge-integer": lambda s: s.Box(0, 2**70, (1,)),
    "box-low-above-high": lambda s: s.Box(2, 1, (2,)),
    "box-low-above-high-once": lambda s: s.Box(np.float32([0, 2]), np.float32([1, 1])),
    "box-seed": lambda s: s.Box(0, 1, seed=-1),
    "box-seed-type": lambda s: s.Box(0, 1, seed=1.0),
    "box-bad-dtype": lambda s: s.Box(0, 1, dtype="nonsense"),
    "discrete-float": lambda s: s.Discrete(2.0),
    "discrete-bool": lambda s: s.Discrete(True),
    "discrete-zero": lambda s: s.Discrete(0),
    "discrete-negative": lambda s: s.Discrete(-3),
    "discrete-start-float": lambda s: s.Discrete(3, start=0.5),
    "discrete-no-dtype": lambda s: s.Discrete(3, dtype=None),
    "discrete-float-dtype": lambda s: s.Discrete(3, dtype=np.float32),
    "discrete-too-many": lambda s: s.Discrete(300, dtype=np.uint8),
    "discrete-start-too-low": lambda s: s.Discrete(3, start=-1, dtype=np.uint8),
    "discrete-seed": lambda s: s.Discrete(3, seed=np.int64(3)),
    "multi-no-dtype": lambda s: s.MultiDiscrete([2], dtype=None),
    "multi-float-dtype": lambda s: s.MultiDiscrete([2], dtype=float),
    "multi-zero": lambda s: s.MultiDiscrete([2, 0]),
    "multi-start-shape": lambda s: s.MultiDiscrete([2, 2], start=[1]),
    "multi-ragged": lambda s: s.MultiDiscrete([[2, 2], [1]]),
    "multi-overflow": lambda s: s.MultiDiscrete([300], dtype=np.uint8),
    "multi-seed": lambda s: s.MultiDiscrete([2], seed="a"),
}

each_space = pytest.mark.parametrize("make", SPACES.values(), ids=SPACES.keys())
# Gymnasium makes these, but drawing from them overflows with an error or a warning.
OVERFLOWING = ("box-f64-widest", "box-lowered-overflow", "discrete-i8-wraps")
each_sound_space = pytest.mark.parametrize("name", [name for name in SPACES if name not in OVERFLOWING])
each_broken = pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN.keys())


def quiet(make, spaces):
    """Makes a space; what it warns of is compared elsewhere."""
    (kind, value, *_), _ = outcome(lambda: make(spaces))
    assert kind == "returned", value
    return value


def pair(make, seed=None):
    """The same space of both packages, seeded."""
    both = quiet(make, OURS), quiet(make, THEIRS)
    if seed is not None:
        assert_same(both[0].seed(seed), both[1].seed(seed))
    return both


def rng_state(space):
    return space.np_random.bit_generator.state


def attributes(space):
    """All public facts of a space."""
    facts = {"repr": repr(space), "str": str(space), "shape": space.shape, "dtype": space.dtype}
    facts["is_np_flattenable"] = space.is_np_flattenable
    for name in ("low", "high", "n", "start", "nvec", "low_repr", "high_repr"):
        if hasattr(space, name):
            facts[name] = getattr(space, name)
    for name in ("bounded_below", "bounded_above"):
        if hasattr(space, name):  # Gymnasium has scalars here for boxes of shape ()
            facts[name] = np.asarray(getattr(space, name))
    return facts


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


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "?"])
def test_samples_of_random_boxes(dtype):
    dtype = np.dtype(dtype)
    for seed in range(60):
        rng = np.random.default_rng([seed, dtype.num])
        shape = tuple(rng.integers(1, 5, size=rng.integers(1, 4)))
        bounds = np.sort(rng.integers(0, 2 if dtype.kind == "b" else 100, size=(2, *shape)), axis=0)
        low, high = bounds.astype("f4" if dtype.kind == "f" or dtype.itemsize < 4 else "f8")
        if dtype.kind in "fi" and dtype.itemsize < 8:
            low[rng.random(shape) < 0.3] = -INF
            high[rng.random(shape) < 0.3] = INF

        def make(s, low=low, high=high):
            return s.Box(low.astype("f8"), high.astype("f8"), dtype=dtype)

        ours, theirs = pair(make, seed)
        assert_same(attributes(ours), attributes(theirs))
        for _ in range(3):
            x = ours.sample()
            assert_same(x, theirs.sample())
            assert_same(ours.contains(x), theirs.contains(x))
        assert_same(rng_state(ours)["state"], rng_state(theirs)["state"])


@each_space
def test_seed_arguments(make):
    for seed in (0, 7, 2**100, True):
        ours, theirs = pair(make)
        assert_same(ours.seed(seed), theirs.seed(seed))
        assert rng_state(ours) == rng_state(theirs)
    for seed in (-1, 1.0, "a", np.int64(3), [1]):
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


@pytest.mark.parametrize("name", ["Box", "Discrete", "MultiDiscrete"])
def test_generator_as_seed_is_shared(name):
    arguments = {"Box": (0, 1), "Discrete": (9,), "MultiDiscrete": ([9, 9],)}[name]
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
        assert_same_outcome(lambda s, value=value: s.contains(value), ours, theirs)
        assert_same_outcome(lambda s, value=value: value in s, ours, theirs)


@each_sound_space
def test_contains_own_samples_and_neighbours(name):
    ours, theirs = pair(SPACES[name], seed=5)
    for _ in range(20):
        x, _ = ours.sample(), theirs.sample()
        for shift in (0, 1, -1, 300):
            with np.errstate(all="ignore"):
                y = (
                    x ^ bool(shift)
                    if ours.dtype.kind == "b"
                    else (x + np.array(shift, "i8")).astype(ours.dtype)
                )
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
            same = outcome(lambda i=i, j=j: bool(ours[i] == ours[j]))
            assert same == outcome(lambda i=i, j=j: bool(theirs[i] == theirs[j])), (a, b)
    assert plyo.spaces.Box(0, 1) == plyo.spaces.Box(0, 1 + 1e-7)
    assert plyo.spaces.Discrete(2) != 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(ours[0])


@pytest.mark.parametrize("name", [n for n in SPACES if n.startswith("box")])
def test_is_bounded(name):
    ours, theirs = pair(SPACES[name])
    for manner in ((), ("both",), ("below",), ("above",), ("left",), (None,)):
        assert_same_outcome(lambda s, manner=manner: s.is_bounded(*manner), ours, theirs)


def i8(*values):
    return np.array(values, np.int8)


def f8(*values):
    return np.array(values, np.float64)


@pytest.mark.parametrize("make", [lambda s: s.Discrete(4), lambda s: s.Discrete(4, start=-2, dtype=np.int16)])
@pytest.mark.parametrize(
    "kwargs",
    [{"mask": m} for m in (i8(1, 1, 1, 1), i8(0, 1, 0, 1), i8(0, 0, 1, 0), i8(0, 0, 0, 0))]
    + [
        {"mask": m}
        for m in (i8(0, 1, 2, 0), i8(1, 1), f8(1, 1, 1, 1), [1, 1, 1, 1], np.ones((1, 4), np.int8))
    ]
    + [{"probability": p} for p in (f8(0.25, 0.25, 0.25, 0.25), f8(0, 0, 1, 0), f8(0.1, 0.2, 0.3, 0.4))]
    + [{"probability": p} for p in (f8(0.5, 0.1, 0, 0), f8(2, -1, 0, 0), f8(1), i8(0, 0, 0, 1), (1.0,))]
    + [{"mask": i8(1, 1, 1, 1), "probability": f8(1, 0, 0, 0)}],
    ids=str,
)
def test_masks_of_discrete(make, kwargs):
    ours, theirs = pair(make)
    for seed in SEEDS:
        ours.seed(seed), theirs.seed(seed)
        assert_same_outcome(lambda s: s.sample(**kwargs), ours, theirs)
    assert rng_state(ours) == rng_state(theirs)


@pytest.mark.parametrize(
    "make", [lambda s: s.MultiDiscrete([2, 3]), lambda s: s.MultiDiscrete([2, 3], np.int8, start=[-1, 4])]
)
@pytest.mark.parametrize(
    "kwargs",
    [{"mask": m} for m in ((i8(1, 1), i8(1, 0, 1)), (i8(0, 0), i8(0, 0, 0)), (i8(0, 1), i8(0, 1, 1)))]
    + [{"mask": m} for m in ((i8(1, 2), i8(1, 0, 1)), (i8(1, 1),), (i8(1), i8(1, 1, 1)))]
    + [{"mask": (f8(1, 1), i8(1, 1, 1))}]
    + [{"mask": m} for m in ([i8(1, 1), i8(1, 0, 1)], ([1, 1], [1, 1, 1]), np.ones((2, 3), np.int8))]
    + [{"probability": p} for p in ((f8(0.5, 0.5), f8(0.1, 0.2, 0.7)), (f8(0, 1), f8(1, 0, 0)))]
    + [{"probability": (p, f8(1, 0, 0))} for p in (f8(0.333333, 0.666666), f8(0.5, 0.1), f8(2, -1), i8(0, 1))]
    + [{"mask": (i8(1, 1), i8(1, 1, 1)), "probability": (f8(1, 0), f8(1, 0, 0))}],
    ids=str,
)
def test_masks_of_multi_discrete(make, kwargs):
    ours, theirs = pair(make)
    for seed in SEEDS:
        ours.seed(seed), theirs.seed(seed)
        assert_same_outcome(lambda s: s.sample(**kwargs), ours, theirs)
    assert rng_state(ours) == rng_state(theirs)


def test_nested_masks_of_multi_discrete():
    masks = ((i8(1, 1), i8(1, 0, 1)), (i8(0, 0), i8(0, 1, 1)))
    for seed in SEEDS:
        ours, theirs = pair(lambda s: s.MultiDiscrete(np.array([[2, 3], [2, 3]])), seed)
        assert_same(ours.sample(mask=masks), theirs.sample(mask=masks))


@pytest.mark.parametrize("kwargs", [{"mask": 1}, {"probability": 1}, {"mask": 1, "probability": 2}], ids=str)
def test_boxes_take_no_mask(kwargs):
    assert_same_outcome(lambda s: s.sample(**kwargs), *pair(SPACES["box-shape"]))


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


@each_space
@pytest.mark.parametrize("n", [1, 3, 0])
def test_batch_space(make, n):
    def batch(s):
        single = make(s)
        single.seed(11)
        batched = s.batch_space(single, n)
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


def test_batch_space_of_a_custom_space():
    class Words(plyo.spaces.Space[str]):
        pass

    assert [type(part) for part in batch_space(Words(), 2)] == [Words, Words]

    batch_space.register(Words, lambda space, n=1: plyo.spaces.Discrete(n))
    assert batch_space(Words(), 2) == plyo.spaces.Discrete(2)


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


# What Plyo does better than Gymnasium 1.4.0


def test_bounds_given_are_not_changed():
    low, high = np.array([-INF, 0.0]), np.array([INF, 1.0])
    box = plyo.spaces.Box(low, high, dtype=np.int32)
    assert_same(low, np.array([-INF, 0.0]))
    assert_same(high, np.array([INF, 1.0]))
    exact = np.zeros(2, np.float32)
    box = plyo.spaces.Box(exact, exact + 1)
    exact[:] = 5
    assert not box.low.any()


@pytest.mark.parametrize("bounds", ["f4", "f8"])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_infinite_bounds_of_integers_become_the_ends_of_the_dtype(bounds, dtype):
    box = plyo.spaces.Box(np.array([-INF], bounds), np.array([INF], bounds), dtype=dtype)
    assert box.low == np.iinfo(dtype).min
    assert box.high == np.iinfo(dtype).max
    assert not box.is_bounded("below")
    assert not box.is_bounded("above")


def test_out_of_range_beside_infinite_bound_of_integers():
    with pytest.raises(ValueError, match="Box low is out of bounds of the dtype range"):
        plyo.spaces.Box(np.array([-INF, -1e300]), 0, dtype=np.int32)


def test_samples_at_the_top_of_int64_do_not_overflow():
    box = plyo.spaces.Box(2**63 - 10, INF, (4,), np.int64, seed=0)
    assert_same(box.sample(), np.full(4, 2**63 - 10))


def test_half_precision_bounds_do_not_warn():
    box = plyo.spaces.Box(np.float16([-3]), np.float16([3]), dtype=np.float32)
    assert repr(box) == "Box(-3.0, 3.0, (1,), float32)"


def peak_bytes(call):
    gc.collect()
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del result
    return peak


def test_large_boxes_take_little_more_memory_than_they_hold():
    lanes, width = 100_000, 4
    held = lanes * width * (4 + 4 + 1 + 1)  # low, high and where they are finite
    low, high = np.full((lanes, width), -1, np.float32), np.full((lanes, width), 1, np.float32)
    scratch = lanes * width + 100_000
    assert held <= peak_bytes(lambda: plyo.spaces.Box(low, high)) < held + scratch
    assert held <= peak_bytes(lambda: plyo.spaces.Box(-1, 1, (lanes, width))) < held + scratch
    one = plyo.spaces.Box(-1, 1, (width,), seed=0)
    assert held <= peak_bytes(lambda: batch_space(one, lanes)) < held + scratch
