"""The leaf spaces of the tests, and the comparison of a pair of them."""

from __future__ import annotations

from types import SimpleNamespace

import gymnasium.spaces
import gymnasium.vector.utils
import numpy as np
import pytest
from differential import assert_same, outcome

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
    "discrete-i16": lambda s: s.Discrete(7, start=-3, dtype=np.int16),
    "discrete-big": lambda s: s.Discrete(2**40),
    "multi": lambda s: s.MultiDiscrete([5, 2, 2]),
    "multi-start": lambda s: s.MultiDiscrete([5, 2, 2], start=[-1, 0, 7]),
    "multi-2d": lambda s: s.MultiDiscrete(np.array([[1, 2], [3, 4]])),
    "multi-2d-start": lambda s: s.MultiDiscrete(np.array([[1, 2], [3, 4]]), start=np.array([[0, 1], [2, 3]])),
    "multi-0d": lambda s: s.MultiDiscrete(np.array(4)),
    "multi-empty": lambda s: s.MultiDiscrete(np.zeros(0, int)),
    "multi-u8": lambda s: s.MultiDiscrete([3, 200], dtype=np.uint8),
    "binary": lambda s: s.MultiBinary(5),
    "binary-list": lambda s: s.MultiBinary([3, 2]),
    "binary-array": lambda s: s.MultiBinary(np.array([2, 1, 4])),
    "binary-0d": lambda s: s.MultiBinary(()),
    "text": lambda s: s.Text(5),
    "text-set": lambda s: s.Text(9, min_length=4, charset={"z", "a", "é"}),
    "text-order": lambda s: s.Text(3, min_length=0, charset="banana"),
    "text-fixed-length": lambda s: s.Text(np.int8(4), min_length=4, charset="01"),
    "text-one": lambda s: s.Text(3, charset="x"),
    "text-wide": lambda s: s.Text(4, charset="aé\u20ac\U0001f600"),
    "text-list": lambda s: s.Text(4, charset=["b", "a"]),
    "text-empty": lambda s: s.Text(0, min_length=0),
    "text-no-characters": lambda s: s.Text(4, min_length=0, charset=""),
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
    "multi-no-dtype": lambda s: s.MultiDiscrete([2], dtype=None),
    "multi-float-dtype": lambda s: s.MultiDiscrete([2], dtype=float),
    "multi-zero": lambda s: s.MultiDiscrete([2, 0]),
    "multi-start-shape": lambda s: s.MultiDiscrete([2, 2], start=[1]),
    "multi-ragged": lambda s: s.MultiDiscrete([[2, 2], [1]]),
    "multi-seed": lambda s: s.MultiDiscrete([2], seed="a"),
    "binary-zero": lambda s: s.MultiBinary(0),
    "binary-zeros": lambda s: s.MultiBinary([2, 0]),
    "binary-negative": lambda s: s.MultiBinary(-1),
    "binary-float": lambda s: s.MultiBinary(2.0),
    "binary-seed": lambda s: s.MultiBinary(3, seed=-1),
    "text-float": lambda s: s.Text(1.0),
    "text-float-min": lambda s: s.Text(3, min_length=2.0),
    "text-bool": lambda s: s.Text(True),
    "text-negative": lambda s: s.Text(1, min_length=-2),
    "text-short": lambda s: s.Text(1, min_length=2),
    "text-two-characters": lambda s: s.Text(3, charset=["ab", "c", ""]),
    "text-no-strings": lambda s: s.Text(3, charset=[("a",)]),
    "text-numbers": lambda s: s.Text(3, charset=[1]),
    "text-no-charset": lambda s: s.Text(3, charset=3),
    "text-seed": lambda s: s.Text(3, seed="a"),
}

each_space = pytest.mark.parametrize("make", SPACES.values(), ids=SPACES.keys())
# Gymnasium makes these, but drawing from them gives an error or a warning.
OVERFLOWING = ("box-lowered-overflow",)
each_sound_space = pytest.mark.parametrize("name", [name for name in SPACES if name not in OVERFLOWING])
each_broken = pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN.keys())


def quiet(make, spaces):
    """Makes a space; its warnings are compared elsewhere."""
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
    for name in ("min_length", "max_length", "character_set", "character_list", "characters"):
        if hasattr(space, name):
            facts[name] = getattr(space, name)
    for name in ("bounded_below", "bounded_above"):
        if hasattr(space, name):  # Gymnasium has scalars here for boxes of shape ()
            facts[name] = np.asarray(getattr(space, name))
    return facts


def i8(*values):
    return np.array(values, np.int8)


def f8(*values):
    return np.array(values, np.float64)
