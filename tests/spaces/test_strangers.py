"""Values in no space: `contains` answers, `flatten` refuses, and equal spaces flatten alike."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import pytest
from differential import outcome

import plyo
from plyo.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    GraphInstance,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Text,
    Tuple,
    flatten,
    flatten_space,
    unflatten,
)


class Hostile:
    """An object that nothing can be done with."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array")

    def __len__(self):
        raise RuntimeError("no length")

    def __iter__(self):
        raise RuntimeError("no items")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None  # type: ignore[assignment]  # nothing to hash


ragged = [[1, 2], [3]]
STRANGERS = [
    None, object(), Hostile(), [Hostile()], (Hostile(),), {"a": Hostile()}, Ellipsis, NotImplemented, print, int,
    "", "a", "12", b"1", bytearray(b"1"), "\udc80", ragged, (1, ragged), {}, {"a": 1}, {1: 2}, set(), {1}, range(2),
    iter([1]), 2**64, -(2**64), 2**5000, -1, 10**20, 1.5, np.nan, np.inf, -np.inf, 1e300, 1j, Fraction(1, 3),
    True, np.bool_(True), np.nan * np.ones(2), np.full(2, np.inf), np.full(3, -1), np.full(3, 2**62),
    np.array(None), np.array([None, 1]), np.array(["a", "b"]), np.array([b"a"]),
    np.array(1, "m8[s]"), np.array([1, 2], "M8[s]"), np.timedelta64(1, "s"), np.datetime64("2020"), np.void(b"1"),
    np.zeros(2, [("a", "i4")]), np.zeros((0,)), np.zeros((2, 0)), np.zeros((1,) * 20), np.array(1), np.array([2**63]),
    np.ma.masked, np.ma.masked_all(2), np.zeros(2, complex), np.zeros(3, np.longdouble),
    [2**70], [[]], [None], [[None]],
    [np.nan], ["1", "0"], GraphInstance(None, None, None), GraphInstance(3, None, None), GraphInstance(ragged, 1, 2),
    GraphInstance(np.zeros((2, 1), "f4"), np.array([1]), "links"), GraphInstance(Hostile(), Hostile(), Hostile()),
    (0,), (0, None), (-1, 1), (5, 1), (2**70, 1), (True, None), (np.nan, 1), ("0", 1), (None, None), ((), ()),
]  # fmt: skip

SPACES = [
    Box(0, 1, (2,)),
    Box(-np.inf, np.inf, (2,), np.float64),
    Box(0, 255, (3,), np.uint8),
    Box(-(2**63), 2**63 - 1, (3,), np.int64),
    Box(0, 1, (2,), bool),
    Box(0, 1, ()),
    Box(0, 1, (0,)),
    Discrete(3),
    Discrete(3, start=-1, dtype=np.int8),
    Discrete(9, start=2**63, dtype=np.uint64),
    MultiDiscrete([2, 3]),
    MultiDiscrete([[2, 3]], start=[[-1, 5]], dtype=np.int8),
    MultiBinary(2),
    MultiBinary((1, 2)),
    Text(3, charset="ab1"),
    Tuple([Discrete(3), Box(0, 1, (2,))]),
    Tuple([]),
    Dict(a=Discrete(3), b=MultiBinary(2)),
    Dict(),
    OneOf([Discrete(3), Text(3)]),
    Sequence(Discrete(3)),
    Sequence(Box(0, 1, (2,)), stack=True),
    Sequence(Dict(a=Discrete(3)), stack=True),
    Sequence(Text(2), stack=True),
    Graph(Box(0, 1, (1,)), Discrete(3)),
    Graph(Text(2), None),
]
each_space = pytest.mark.parametrize("space", SPACES, ids=map(str, SPACES))


def contains(space, x):
    """Whether it is an element, without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return space.contains(x)


@each_space
def test_contains_answers(space):
    answers = [contains(space, x) for x in STRANGERS]
    assert all(type(answer) is bool for answer in answers)
    nested = [
        Dict(x=space),
        Tuple([space]),
        OneOf([space]),
        Sequence(space),
        plyo.vector.utils.batch_space(space, 2),
    ]
    for x in STRANGERS:
        for around, item in zip(nested, ({"x": x}, (x,), (0, x), (x, x), x), strict=True):
            assert type(contains(around, item)) is bool
    space.seed(0)
    assert contains(space, space.sample())


@each_space
def test_flatten_refuses_strangers(space):
    """No stranger gets a code; a box takes what its dtype holds, in any shape of its size."""
    for x in STRANGERS:
        if contains(space, x):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (kind, *result), _ = outcome(lambda x=x: flatten(space, x))
        if kind == "raised":
            assert result[0] == "ValueError"
            assert "is not an element of" in result[1]
        elif isinstance(space, Box):
            assert result[0].shape == flatten_space(space).shape
            if space.dtype.kind != "f":
                assert result[0].astype(object).tolist() == np.ravel(x).astype(object).tolist()
        else:  # integers of another type
            assert contains(space, np.asarray(x, dtype=space.dtype))


@pytest.mark.parametrize(
    ("space", "x"),
    [
        (Discrete(5), -1),
        (Discrete(5), 5),
        (Discrete(5, start=3), 2),
        (Discrete(5, start=3), np.int64(-2)),
        (Discrete(5, start=-4, dtype=np.int8), np.int8(1)),
        (Discrete(5), 2.0),
        (Discrete(5), np.array([2])),
        (Discrete(2, start=2**62), 2**62 + 2),
        (MultiDiscrete([2, 3]), np.array([2, 0])),
        (MultiDiscrete([2, 3]), np.array([-1, 0])),
        (MultiDiscrete([2, 3], start=[1, 1]), np.array([0, 1])),
        (MultiDiscrete([2, 3], dtype=np.uint8), np.array([257, 0])),
        (MultiDiscrete([2, 3], dtype=np.uint8, start=[250, 250]), np.uint8([0, 250])),
        (MultiDiscrete([2, 3]), np.array([1.0, 2.0])),
        (MultiDiscrete([2, 3]), np.array([1, 2, 0])),
        (MultiDiscrete([2, 3]), [1]),
        (MultiBinary(3), np.int8([0, 1, 2])),
        (MultiBinary(3), np.array([0, 257, 1])),
        (MultiBinary(3), np.array([0, 0.5, 1])),
        (MultiBinary(3), np.int8([0, 1])),
        (Box(0, 9, (2,), np.uint8), np.array([-1, 2])),
        (Box(0, 9, (2,), np.uint8), np.array([256, 2])),
        (Box(0, 9, (2,), np.uint8), [1.5, 2]),
        (Box(0, 9, (2,), np.int64), np.uint64([2**63, 1])),
        (Box(0, 9, (2,), np.int64), np.array([np.nan, 1])),
        (Box(0, 9, (2,)), np.zeros(3, "f4")),
        (Box(0, 9, (2,)), np.zeros((2, 2), "f4")),
        (Text(3, charset="ab"), "abc"),
        (Text(3, charset="ab"), "abab"),
        (Text(3, min_length=2, charset="ab"), "a"),
        (Text(3, charset="ab"), ["a", "b"]),
        (Text(3, charset="ab"), b"ab"),
        (Tuple([Discrete(2), Discrete(2)]), (1,)),
        (Tuple([Discrete(2), Discrete(2)]), (1, 0, 1)),
        (Tuple([Text(1), Text(1)]), "ab"),
        (Tuple([Discrete(2), Discrete(2)]), {0: 1, 1: 0}),
        (Tuple([Sequence(Discrete(2))]), ((5,),)),
        (Dict(a=Discrete(2)), {}),
        (Dict(a=Discrete(2)), {"a": 1, "b": 1}),
        (Dict(a=Discrete(2)), {"b": 1}),
        (Dict(a=Discrete(2)), [1]),
        (Dict(a=Sequence(Discrete(2))), {"a": (0,), "b": 1}),
        (OneOf([Discrete(2), Discrete(3)]), (-1, 1)),
        (OneOf([Discrete(2), Discrete(3)]), (2, 1)),
        (OneOf([Discrete(2), Discrete(3)]), (0, 2)),
        (OneOf([Discrete(2), Discrete(3)]), (1.0, 2)),
        (OneOf([Discrete(2), Discrete(3)]), 1),
        (Sequence(Discrete(2)), (0, 2)),
        (Sequence(Discrete(2)), 1),
        (Sequence(Text(2)), "ab"),
        (Sequence(Discrete(2), stack=True), np.array([0, 2])),
        (Sequence(Discrete(2), stack=True), 1),
        (Graph(Discrete(2), None), GraphInstance(np.array([0, 2]), None, None)),
        (Graph(Discrete(2), None), GraphInstance(np.array([0, 1]), np.array([0]), np.array([[0, 0]]))),
        (Graph(Discrete(2), Discrete(2)), GraphInstance(np.array([0, 1]), np.array([2]), np.array([[0, 0]]))),
        (Graph(Discrete(2), Discrete(2)), GraphInstance(np.array([0, 1]), np.array([1]), np.array([[0, 2]]))),
        (Graph(Discrete(2), Discrete(2)), GraphInstance(np.array([0, 1]), np.array([1]), None)),
        (Graph(Discrete(2), Discrete(2)), (np.array([0, 1]), None, None)),
    ],
)
def test_nothing_gets_the_code_of_something_else(space, x):
    with pytest.raises(ValueError, match="is not an element of"):
        flatten(space, x)
    with pytest.raises(ValueError, match="is not an element of"):
        flatten(Dict(a=Discrete(2), b=Tuple([space])), {"a": 0, "b": (x,)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not space.contains(x)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64])
def test_codes_of_every_integer_type(dtype):
    space = MultiDiscrete([2, 3], dtype=dtype, start=[5, 100])
    for x in ([5, 100], [6, 102]):
        flat = flatten(space, np.array(x, dtype))
        assert flat.dtype == dtype
        assert unflatten(space, flat).tolist() == x
    one = Discrete(4, start=100, dtype=dtype)
    assert [int(unflatten(one, flatten(one, dtype(x)))) for x in range(100, 104)] == list(range(100, 104))


def test_numbers_beyond_the_bounds_of_a_box_stay_what_they_are():
    assert flatten(Box(0, 1, (2,)), np.float32([5, -3])).tolist() == [5.0, -3.0]
    assert flatten(Box(0, 1, (2,), np.int64), np.array([7, -9])).tolist() == [7, -9]


@pytest.mark.filterwarnings("ignore:.*precision lowered")  # of the flat space of a OneOf
def test_equal_spaces_flatten_alike():
    box = [Box(0, top, (1,)) for top in (1, 2)]
    pairs = [
        (Dict({1: box[0], "a": box[1]}), Dict({"a": box[1], 1: box[0]})),
        (Dict({"b": box[0], "a": box[1]}, sort_keys=False), Dict({"b": box[0], "a": box[1]})),
        (Dict(OrderedDict(b=box[0], a=box[1])), Dict({"b": box[0], "a": box[1]})),
        (Dict([("b", box[0]), ("a", box[1])]), Dict(a=box[1], b=box[0])),
        (Text(3, charset="ab"), Text(3, charset="ba")),
        (Text(3, charset="ab"), Text(3, charset={"b", "a"})),
        (Text(3, charset="aab"), Text(3, charset=["a", "b"])),
        (Tuple([Discrete(3)]), Tuple((Discrete(np.int8(3)),))),
        (Discrete(3), Discrete(3, dtype="int64", start=np.uint8(0))),
        (Discrete(3), Discrete(3, dtype=np.int32)),
        (Box(0, 1, (2,)), Box(np.zeros(2, "f4"), np.ones(2, "f4"))),
        (MultiBinary(np.int64(3)), MultiBinary(3)),
        (MultiDiscrete([2, 3]), MultiDiscrete(np.uint8([2, 3]), start=[0, 0])),
    ]
    for one, other in pairs:
        for around in (
            lambda s: s,
            lambda s: Tuple([Discrete(2), s]),
            lambda s: Dict(z=s),
            lambda s: OneOf([s]),
        ):
            first, second = around(one), around(other)
            first.seed(0)
            if first == second:
                x = first.sample()
                assert flatten(first, x).tolist() == flatten(second, x).tolist()
                assert flatten_space(first) == flatten_space(second)
    equal = [one == other for one, other in pairs]
    assert equal == [False, False, False, False, False, True, True, True, True, False, True, True, True]
    assert pairs[5][0] == Text(3, charset=frozenset("ba"))
    assert Dict(a=box[0], b=box[1]) == Dict({"b": box[1], "a": box[0]})  # the keys of a mapping are sorted


@pytest.mark.parametrize(
    ("space", "code"),
    [
        (Discrete(3), [0, 0, 0, 1]),
        (Discrete(3, start=5), [0, 0, 0, 0, 1.0]),
        (MultiDiscrete([2, 3]), [0, 0, 0, 0, 1]),
        (MultiDiscrete([2, 3]), [1, 1, 0, 0, 0]),
        (MultiDiscrete([2, 3]), [1, 0, 0, 0]),
        (MultiDiscrete([2, 3], dtype=np.uint64), [0, 0, 1, 1, 0]),
        (Box(0, 100, (1,), np.uint8), [300.0]),
        (Box(0, 100, (1,), np.uint8), [-1.0]),
        (Box(0, 100, (1,), np.uint8), [np.nan]),
        (Box(0, 100, (1,), np.int64), [np.inf]),
        (Box(0, 100, (1,), np.int64), [1e30]),
        (Box(0, 100, (1,), np.int8), np.array([200])),
        (Box(0, 100, (1,), np.int64), np.array([2**63], np.uint64)),
        (MultiBinary(2), [0.0, 500.0]),
        (OneOf([Discrete(2), Box(0, 1, (1,))]), [-1.0, 1.0, 0.0]),
    ],
)
def test_codes_of_no_element_are_refused(space, code):
    with pytest.raises(ValueError, match=r"is not (the code of|a valid|a concatenation of)"):
        unflatten(space, np.asarray(code))
