"""Spaces whose attributes Python code has changed behave as Gymnasium's."""

from __future__ import annotations

import numpy as np
import pytest
from differential import assert_same_outcome
from leaf_cases import pair


def change(space, name):
    """A change that Python code may make to a space."""
    match name:
        case "low[0]":
            space.low[0] = -7
        case "low":
            space.low = np.full(2, -9, np.float32)
        case "low-f64":
            space.low = np.full(2, -9.5)
        case "low-list":
            space.low = [0.0, 0.0]
        case "low-above":
            space.low = np.full(2, 9, np.float32)
        case "low-nan":
            space.low[1] = np.nan
        case "low-shape":
            space.low = np.zeros(3, np.float32)
        case "strided":
            space.high = np.ones(4, np.float32)[::2]
        case "swapped":
            space.high = np.ones(2, ">f4")
        case "unbounded":
            space.bounded_below = np.array([False, True])
        case "dtype":
            space.dtype = np.dtype("f8")
        case "dtype-int":
            space.dtype = np.dtype("i4")
        case "no-dtype":
            del space.dtype
        case "no-low":
            del space.low
        case "shape":
            space._shape = (3,)
        case "huge":
            space.low, space.high = np.float32([-3e38, 0]), np.float32([3e38, 1])
        case "one-sided-huge":
            space.bounded_below = np.array([False, False])
            space.high = np.float32([-3e38, 3e38])


CHANGES = [
    "low[0]", "low", "low-f64", "low-list", "low-above", "low-nan", "low-shape", "strided", "swapped",
    "unbounded", "dtype", "dtype-int", "no-dtype", "no-low", "shape", "huge", "one-sided-huge",
]  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_changed_boxes(name):
    ours, theirs = pair(lambda s: s.Box(-1, 1, (2,)), seed=1)
    for space in (ours, theirs):
        space.sample()
        change(space, name)
    for x in (np.float32([0, 0]), np.float32([-8, 0]), np.float32([-6, 0.5]), np.zeros(2), np.zeros(3, "f4")):
        assert_same_outcome(lambda s, x=x: s.contains(x), ours, theirs)
    for _ in range(5):
        assert_same_outcome(lambda s: s.sample(), ours, theirs)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 5), ("n", np.int64(9)), ("n", np.int32(9)), ("n", 0), ("n", np.int64(0)), ("n", -3), ("n", 2.5),
        ("start", 4), ("start", np.int64(2**63 - 2)), ("start", 0.5), ("dtype", np.dtype("i1")),
        ("dtype", np.dtype("f4")), ("dtype", np.dtype(">i8")), ("_np_random", None),
    ],
)  # fmt: skip
def test_changed_discretes(name, value):
    ours, theirs = pair(lambda s: s.Discrete(4, start=-1), seed=1)
    setattr(ours, name, value), setattr(theirs, name, value)
    for x in (0, -1, 3, 7, np.int64(2), np.int8(2), 2**70, np.array(2), np.array([2])):
        assert_same_outcome(lambda s, x=x: s.contains(x), ours, theirs)
    if name == "_np_random":
        assert ours.sample() in ours
        return
    for _ in range(5):
        assert_same_outcome(lambda s: s.sample(), ours, theirs)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nvec", np.array([9, 1])), ("nvec", np.array([0, -3])), ("nvec", np.array([2.5, 3.0])), ("nvec", [3, 4]),
        ("nvec", np.array([[3], [4]])), ("start", np.array([2**63 - 1, 0])), ("dtype", np.dtype("i2")),
        ("_shape", (2, 1)), ("_shape", [2]),
    ],
)  # fmt: skip
def test_changed_multi_discretes(name, value):
    ours, theirs = pair(lambda s: s.MultiDiscrete([3, 4]), seed=1)
    setattr(ours, name, value), setattr(theirs, name, value)
    for x in (np.array([0, 0]), np.array([2, 3]), np.array([8, 0]), np.int8([1, 1]), [1, 1]):
        assert_same_outcome(lambda s, x=x: s.contains(x), ours, theirs)
    for _ in range(5):
        assert_same_outcome(lambda s: s.sample(), ours, theirs)


@pytest.mark.parametrize(
    "change", [("n", 4), ("n", (2, 2)), ("n", 3.0), ("_shape", (5,)), ("dtype", np.dtype("u1"))]
)
def test_changed_multi_binaries(change):
    ours, theirs = pair(lambda s: s.MultiBinary(3), seed=1)
    setattr(ours, *change), setattr(theirs, *change)
    for _ in range(5):
        assert_same_outcome(lambda s: s.sample(), ours, theirs)
        assert_same_outcome(lambda s: s.contains(np.zeros(3)), ours, theirs)
        assert_same_outcome(lambda s: s.contains(np.array([0.5, 1, 1])), ours, theirs)


@pytest.mark.parametrize(
    "change", [("min_length", 9), ("min_length", -1), ("max_length", 2.0), ("min_length", np.int64(2))]
)
def test_changed_texts(change):
    ours, theirs = pair(lambda s: s.Text(3, charset="ab"), seed=1)
    setattr(ours, *change), setattr(theirs, *change)
    for x in ("", "a", "ab", "aba", "abab", "c"):
        assert_same_outcome(lambda s, x=x: s.contains(x), ours, theirs)
    for _ in range(5):
        assert_same_outcome(lambda s: s.sample(), ours, theirs)
