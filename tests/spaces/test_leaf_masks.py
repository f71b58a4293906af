"""Masks and probabilities of the leaf spaces against those of Gymnasium."""

from __future__ import annotations

import numpy as np
import pytest
from differential import assert_same, assert_same_outcome
from leaf_cases import (
    OURS,
    SEEDS,
    SPACES,
    THEIRS,
    f8,
    i8,
    pair,
    rng_state,
)


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


@pytest.mark.parametrize(
    "make", [lambda s: s.MultiBinary(3), lambda s: s.MultiBinary([3]), lambda s: s.MultiBinary((1, 3))]
)
@pytest.mark.parametrize(
    "kwargs",
    [
        {"mask": m}
        for m in (i8(0, 1, 2), i8(2, 2, 2), i8(0, 1, 3), i8(0, 1), f8(0, 1, 2), [0, 1, 2], i8(0, 1, 2)[None])
    ]
    + [
        {"probability": p}
        for p in (f8(0, 1, 0.5), f8(0.1, 0.5, 0.9), f8(0, 1, 1.5), f8(0.5), i8(0, 1, 1), (0.5,) * 3)
    ]
    + [{"probability": f8(0.1, 0.5, 0.9)[None]}, {"mask": i8(2, 2, 2), "probability": f8(0.5, 0.5, 0.5)}],
    ids=str,
)
def test_masks_of_multi_binary(make, kwargs):
    ours, theirs = pair(make)
    for seed in SEEDS:
        ours.seed(seed), theirs.seed(seed)
        assert_same_outcome(lambda s: s.sample(**kwargs), ours, theirs)
        assert_same(ours.sample(), theirs.sample())
    assert rng_state(ours) == rng_state(theirs)


@pytest.mark.parametrize(
    "make",
    [lambda s: s.Text(5, charset="ab"), lambda s: s.Text(4, min_length=0, charset="ba"), lambda s: s.Text(2)],
)
@pytest.mark.parametrize(
    "given",
    [
        (None, None),
        (2, None),
        (9, None),
        (2.0, None),
        (np.int8(2), None),
        (None, [1, 0]),
        3,
        (1,),
        (1, None, None),
    ]
    + [(None, w) for w in (i8(0, 1), i8(1, 1), i8(0, 0), i8(0, 2), i8(1), f8(0.5, 0.5), f8(0.25, 0.75))]
    + [(2, w) for w in (i8(1, 0), f8(1, 0), f8(0.5, 0.6), f8(-1, 2), f8(0.500004, 0.5), f8(1))],
    ids=str,
)
@pytest.mark.parametrize("name", ["mask", "probability"])
def test_masks_of_text(make, given, name):
    ours, theirs = pair(make)
    for seed in SEEDS:
        ours.seed(seed), theirs.seed(seed)
        assert_same_outcome(lambda s: s.sample(**{name: given}), ours, theirs)
        assert_same(ours.sample(), theirs.sample())
    assert rng_state(ours) == rng_state(theirs)


def test_text_takes_one_of_both():
    both = {"mask": (1, None), "probability": (1, None)}
    assert_same_outcome(lambda s: s.Text(3).sample(**both), OURS, THEIRS)
