"""The native side of flatten, unflatten, concatenate and iterate: odd arguments give Gymnasium's results."""

from __future__ import annotations

import gc
import itertools
import pickle
import re
import sys
from collections import OrderedDict

import gymnasium.spaces
import gymnasium.vector.utils
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome
from leaf_cases import OURS, THEIRS, quiet

import plyo.spaces
from plyo.vector.utils import concatenate, iterate

for names, module in ((OURS, plyo.vector.utils), (THEIRS, gymnasium.vector.utils)):
    for name in ("concatenate", "iterate", "create_empty_array"):
        setattr(names, name, getattr(module, name))

TYPES = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8")


@pytest.mark.parametrize("first", TYPES)
def test_flat_vectors_have_the_common_type(first):
    for second, third in itertools.product(TYPES, repeat=2):

        def flat(s, dtypes=(first, second, third)):
            boxes = [quiet(lambda s, d=d: s.Box(0, 1, (1,), d), s) for d in dtypes]
            return s.flatten(s.Tuple(boxes), tuple(np.ones(1, d) for d in dtypes))

        assert_same(flat(OURS), flat(THEIRS))


def flat_and_back(make, x):
    """The results of a package for an element, in both directions."""

    def both(s):
        space = make(s)
        flat = outcome(lambda: s.flatten(space, x))
        back = outcome(lambda: s.unflatten(space, flat[0][1])) if flat[0][0] == "returned" else None
        return flat, back

    return both


BOXES = (
    np.float32([0, 1]),
    np.zeros(2),
    [0.0, 1.0],
    np.zeros((2, 2), "f4"),
    np.float32([0, 9, 1])[::2],
    3,
    "a",
    None,
)
DISCRETES = (
    0,
    1,
    4,
    5,
    -1,
    -7,
    np.int64(2),
    np.int8(2),
    np.array(3),
    np.array([3]),
    True,
    2.0,
    "a",
    None,
    2**70,
)
MULTIS = (
    np.array([0, 0]),
    np.array([2, 3]),
    np.array([3, 3]),
    np.array([-1, 0]),
    np.int8([1, 1]),
    [1, 1],
    1,
    None,
)
BINARIES = (
    np.int8([0, 1, 1]),
    np.array([0, 1, 1]),
    [0, 1, 1],
    np.array([True, False, True]),
    np.int8([[0, 1, 1]]),
    "a",
)
TEXTS = ("", "a", "ab", "bab", "baba", "c", 3, None, ["a", "b"])


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lambda s: s.Box(0, 1, (2,)), BOXES),
        (lambda s: s.Discrete(5), DISCRETES),
        (lambda s: s.Discrete(5, start=-1, dtype=np.int16), DISCRETES),
        (lambda s: s.MultiDiscrete([3, 4]), MULTIS),
        (lambda s: s.MultiDiscrete([3, 4], start=[-1, 2], dtype=np.int32), MULTIS),
        (lambda s: s.MultiBinary(3), BINARIES),
        (lambda s: s.Text(3, charset="ba"), TEXTS),
    ],
    ids=["box", "discrete", "discrete-start", "multi", "multi-start", "binary", "text"],
)
def test_odd_elements(make, values):
    space = make(OURS)
    for x in values:
        if outcome(lambda x=x: x in space)[0][1]:
            assert_same_outcome(flat_and_back(make, x), OURS, THEIRS)
        else:
            assert_refused_or_same(lambda s, x=x: s.flatten(make(s), x))


def assert_refused_or_same(convert):
    """Asserts that ours refuses a stranger, or gives Gymnasium's result."""
    (ours, _), (theirs, _) = outcome(lambda: convert(OURS)), outcome(lambda: convert(THEIRS))
    if ours[0] == "raised" and re.search(
        "is not (an element of|the code of|a concatenation of|a valid)", ours[2]
    ):
        assert ours[1] == "ValueError"
    else:
        assert_same(ours, theirs)


def test_odd_flat_vectors():
    vectors = [
        np.zeros(5),
        np.ones(5),
        np.eye(5)[2],
        np.eye(5, dtype="i4")[4],
        np.array([0, np.nan, 0, 0, 1]),
        [0, 1, 0, 0, 0],
    ]
    vectors += [
        np.eye(4)[1],
        np.eye(6)[5],
        np.eye(5)[::-1, ::-1][1],
        np.array([0, 1, 0, 1, 0]),
        np.zeros(0),
        np.eye(5),
    ]
    for x in vectors:
        for make in (
            lambda s: s.Discrete(5, start=2),
            lambda s: s.MultiDiscrete([2, 3], dtype=np.int8),
            lambda s: s.Box(0, 1, (5,), np.float64),
            lambda s: s.Box(0, 1, (1, 5), np.float32),
            lambda s: s.MultiBinary([5, 1]),
        ):
            assert_refused_or_same(lambda s, x=x, make=make: s.unflatten(make(s), x))


def test_odd_nested_elements():
    def make(s):
        return s.Dict(a=s.Discrete(3), b=s.Tuple((s.Box(0, 1, (2,)), s.MultiBinary(2))))

    part = (np.float32([0, 1]), np.int8([1, 0]))
    values = [
        {"a": 1, "b": part}, {"b": part, "a": 1}, {"a": 1}, {"a": 1, "b": part, "c": 3}, {"a": 7, "b": part},
        OrderedDict(a=1, b=part), {"a": 1, "b": list(part)}, {"a": 1, "b": part[:1]}, 3, None,
    ]  # fmt: skip
    for x in values:
        assert_refused_or_same(lambda s, x=x: s.flatten(make(s), x))
    refused = [outcome(lambda x=x: OURS.flatten(make(OURS), x))[0][0] == "raised" for x in values]
    assert refused == [False, False, True, True, True, False, False, True, True, True]


def test_spaces_of_ones_own_are_flattened_in_their_way():
    class Ones(plyo.spaces.Discrete):
        pass

    class Half(plyo.spaces.Box):
        is_np_flattenable = False

    plyo.spaces.flatten.register(Ones, lambda space, x: np.ones(2))
    ones, half = Ones(3), Half(0, 1, (2,))
    tree = plyo.spaces.Dict(a=ones, b=plyo.spaces.Discrete(2))
    assert_same(plyo.spaces.flatten(tree, {"a": 1, "b": 1}), np.array([1.0, 1, 0, 1]))
    tree = plyo.spaces.Tuple((half, ones))
    flat = plyo.spaces.flatten(tree, (np.float32([0, 1]), 1))
    assert_same(flat, (np.float32([0, 1]), np.ones(2)))


ITEMS = {
    "box": (lambda s: s.Box(0, 1, (2,)), [np.float32([0, 1]), np.float32([1, 0])]),
    "box-others": (lambda s: s.Box(0, 1, (2,)), [np.zeros(2), [0.0, 1.0]]),
    "box-shapes": (lambda s: s.Box(0, 1, (2,)), [np.zeros(2, "f4"), np.zeros(3, "f4")]),
    "box-shape": (lambda s: s.Box(0, 1, (2,)), [np.zeros(3, "f4"), np.zeros(3, "f4")]),
    "box-0d": (lambda s: s.Box(np.array(0.0), np.array(1.0), dtype=float), [np.array(0.5), np.float64(0.25)]),
    "box-empty": (lambda s: s.Box(0, 1, (0,)), [np.zeros(0, "f4")] * 2),
    "discrete": (lambda s: s.Discrete(5), [np.int64(3), 4]),
    "discrete-mixed": (lambda s: s.Discrete(5), [np.array(3), np.int64(1)]),
    "discrete-narrow": (lambda s: s.Discrete(5, dtype=np.int8), [np.int8(3), np.int8(4)]),
    "discrete-wide-item": (lambda s: s.Discrete(5, dtype=np.int8), [np.int8(3), 4]),
    "discrete-unsigned": (lambda s: s.Discrete(5, dtype=np.uint64), [np.uint64(3), np.uint64(2**64 - 1)]),
    "discrete-float": (lambda s: s.Discrete(5), [1.5, 2]),
    "discrete-huge": (lambda s: s.Discrete(5), [2**70, 1]),
    "discrete-bool": (lambda s: s.Discrete(5), [True, 1]),
    "multi": (lambda s: s.MultiDiscrete([2, 3]), [np.array([0, 1]), np.array([1, 2])]),
    "binary": (lambda s: s.MultiBinary(2), [np.int8([0, 1]), np.int8([1, 1])]),
    "binary-bools": (lambda s: s.MultiBinary(2), [np.array([False, True])] * 2),
    "text": (lambda s: s.Text(3), ["a", "b"]),
    "dict": (lambda s: s.Dict(a=s.Discrete(2), b=s.Box(0, 1)), [{"a": 1, "b": np.zeros(1, "f4")}] * 2),
    "dict-missing": (lambda s: s.Dict(a=s.Discrete(2), b=s.Box(0, 1)), [{"a": 1}] * 2),
    "tuple": (lambda s: s.Tuple((s.Discrete(2), s.Text(2))), [(1, "a"), [0, "b"]]),
    "tuple-short": (lambda s: s.Tuple((s.Discrete(2), s.Text(2))), [(1,)] * 2),
}


WRAPS = {
    "list": list,
    "tuple": tuple,
    "iter": iter,
    "fewer": lambda items: items[:1],
    "more": lambda items: [*items, items[0]],
}
# Gymnasium takes everything out of an iterator for the first part of a tree.
WRAPPED = [
    (name, wrap)
    for name, wrap in itertools.product(ITEMS, WRAPS)
    if wrap != "iter" or not name.startswith(("dict", "tuple"))
]


@pytest.mark.parametrize(("name", "wrap"), WRAPPED)
def test_concatenated_items(name, wrap):
    make, items = ITEMS[name]

    def batch(s):
        out = s.create_empty_array(make(s), 2)
        return s.concatenate(make(s), WRAPS[wrap](items), out), out

    assert_same_outcome(batch, OURS, THEIRS)


@pytest.mark.parametrize(
    "out",
    [np.zeros((2, 2), "f4"), np.zeros((2, 2)), np.zeros((2, 2), "i4"), np.zeros((3, 2), "f4"), np.zeros(4, "f4"),
     np.zeros((2, 2), "f4").T, np.zeros((4, 2), "f4")[::2], np.zeros((2, 2), ">f4"), None, [0, 0]],
)  # fmt: skip
def test_where_batches_are_written_to(out):
    items = [np.float32([0, 1]), np.float32([1, 0.5])]

    def batch(s):
        here = out.copy() if isinstance(out, np.ndarray) else out
        result = s.concatenate(s.Box(0, 1, (2,)), items, here)
        return result, here, result is here, s.concatenate(s.Box(0, 1, (2,)), items=items, out=here)

    ours, theirs = outcome(lambda: batch(OURS)), outcome(lambda: batch(THEIRS))
    assert ours[0][:2][0] == theirs[0][:2][0]
    assert_same(ours, theirs)
    locked = np.zeros((2, 2), "f4")
    locked.flags.writeable = False
    assert_same_outcome(lambda s: s.concatenate(s.Box(0, 1, (2,)), items, locked), OURS, THEIRS)


def test_items_can_be_rows_of_the_batch():
    def batch(s):
        out = np.arange(6, dtype=np.float32).reshape(3, 2)
        return s.concatenate(s.Box(0, 9, (2,)), [out[2], out[0], out[1]], out)

    assert_same(batch(OURS), batch(THEIRS))


def test_refused_items_leave_the_batch_as_it_was():
    out = np.full((2, 2), 7, np.float32)
    with pytest.raises(ValueError, match="all input arrays must have the same shape"):
        concatenate(plyo.spaces.Box(0, 1, (2,)), [np.zeros(2, "f4"), np.zeros(3, "f4")], out)
    assert (out == 7).all()


BATCHES = [
    np.zeros((3, 2), "f4"), np.zeros(3), np.zeros((0, 2), "f4"), np.zeros((2, 0)), np.array(3.0), [1, 2], (3, 4), "ab",
    np.zeros((4, 2), "f4")[::2], np.asfortranarray(np.arange(6.0).reshape(3, 2)), np.arange(3, dtype=">i4"),
    np.array(["a", "b"]), np.arange(4, dtype=np.uint8), np.array([True, False]),
]  # fmt: skip


@pytest.mark.parametrize("items", BATCHES, ids=str)
def test_iterated_batches(items):
    for make in (
        lambda s: s.Box(0, 1, (3, 2)),
        lambda s: s.MultiDiscrete([2, 2]),
        lambda s: s.MultiBinary(3),
    ):
        assert_same_outcome(lambda s, make=make: list(s.iterate(make(s), items)), OURS, THEIRS)


def test_parts_of_iterators_are_put_together():
    items = [(1, "a"), (0, "b")]
    space = plyo.spaces.Tuple((plyo.spaces.Discrete(2), plyo.spaces.Text(2)))
    assert_same(concatenate(space, iter(items), (np.zeros(2, int), ())), (np.array([1, 0]), ("a", "b")))


def test_iterated_rows_are_views():
    batch = np.zeros((3, 2), np.float32)
    for i, row in enumerate(iterate(plyo.spaces.Box(0, 1, (3, 2)), batch)):
        assert row.base is batch
        row[:] = i
    assert_same(batch, np.float32([[0, 0], [1, 1], [2, 2]]))
    batch.flags.writeable = False
    assert not next(iterate(plyo.spaces.Box(0, 1, (3, 2)), batch)).flags.writeable


def test_iterated_trees():
    def trees(s):
        single = s.Dict(a=s.Discrete(3), b=s.Tuple((s.Box(0, 1, (2,)), s.MultiBinary(2))))
        batched = s.batch_space(single, 2)
        boxes = np.arange(4, dtype="f4").reshape(2, 2)
        whole = {"a": np.array([1, 2]), "b": (boxes, np.int8([[0, 1], [1, 1]]))}
        yield lambda: list(s.iterate(batched, whole))
        yield lambda: list(s.iterate(batched, {"a": whole["a"]}))
        yield lambda: [next(s.iterate(batched, whole)), 3]
        yield lambda: list(s.iterate(s.Dict(a=s.Discrete(2)), {"a": 1}))
        yield lambda: list(s.iterate(s.Tuple((s.Text(2), s.Discrete(3))), ("a", 1)))
        yield lambda: list(s.iterate(s.Tuple(()), ()))

    for ours, theirs in zip(trees(OURS), trees(THEIRS), strict=True):
        assert_same(outcome(ours), outcome(theirs))


def test_trees_are_iterated_over_as_generators_do():
    batched = plyo.spaces.Dict(a=plyo.spaces.Discrete(2))
    rows = iterate(batched, {"a": 1})  # the error comes with the first step
    with pytest.raises(TypeError, match="Unable to iterate over a space of type `Discrete`"):
        next(rows)
    assert list(rows) == []
    assert iter(rows) is rows


def test_iterators_leak_nothing_and_are_collected():
    batch = np.zeros((3, 2), np.float32)
    space = plyo.spaces.Dict(a=plyo.spaces.Box(0, 1, (3, 2)))
    before = sys.getrefcount(batch)
    for _ in range(100):
        list(iterate(space, {"a": batch}))
        next(iterate(space, {"a": batch}))
        rows = iterate(space, {"a": batch})
        cycle = [rows]
        cycle.append(cycle)
    del rows, cycle
    gc.collect()
    assert sys.getrefcount(batch) == before


def test_functions_look_like_those_of_python():
    for function in (plyo.spaces.flatten, plyo.spaces.unflatten, concatenate, iterate):
        assert function.__name__ in repr(function)
        assert pickle.loads(pickle.dumps(function)) is function
        implementation = function.registry[plyo.spaces.Box]
        assert function.dispatch(plyo.spaces.Box) is implementation
        assert implementation.__name__.startswith("_")
    with pytest.raises(TypeError, match="flatten requires at least 1 positional argument"):
        plyo.spaces.flatten()
