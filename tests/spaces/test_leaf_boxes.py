"""Boxes against Gymnasium's, and improvements."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from differential import assert_same, assert_same_outcome
from leaf_cases import (
    INF,
    SPACES,
    attributes,
    pair,
    rng_state,
)

import plyo.spaces
from plyo.vector.utils import batch_space


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


@pytest.mark.parametrize("name", [n for n in SPACES if n.startswith("box")])
def test_is_bounded(name):
    ours, theirs = pair(SPACES[name])
    for manner in ((), ("both",), ("below",), ("above",), ("left",), (None,)):
        assert_same_outcome(lambda s, manner=manner: s.is_bounded(*manner), ours, theirs)


# Improvements over Gymnasium 1.4.0


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


def test_values_that_are_no_numbers_are_not_contained():
    for value in (np.timedelta64(1, "s"), np.array(1, "m8[s]")):
        assert value not in plyo.spaces.Discrete(3)
