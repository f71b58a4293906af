"""Numbers at the ends of a type: nothing wraps, nothing is compared through floats, samples cover the space."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest

from plyo.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Text,
    Tuple,
    flatten,
    unflatten,
)
from plyo.vector.utils import batch_differing_spaces, batch_space

I64, U64 = np.iinfo(np.int64), np.iinfo(np.uint64)
INF = np.inf
WIDE = [np.int64, np.uint64]


def draw(low, high, dtype, n=3000):
    """Samples of one integer, as Python's."""
    space = Box(np.full(n, low, dtype), np.full(n, high, dtype), dtype=dtype, seed=1)
    sample = space.sample()
    assert sample.dtype == dtype
    assert space.contains(sample)
    return [int(x) for x in sample]


# Drawing


@pytest.mark.parametrize("dtype", WIDE)
@pytest.mark.parametrize("end", ["min", "max", "middle", "far"])
@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_samples_cover_a_few_integers_evenly(dtype, end, count):
    limits = np.iinfo(dtype)
    low = {"min": limits.min, "max": limits.max - count + 1, "middle": 2**60, "far": 2**52 + 1}[end]
    drawn = draw(low, low + count - 1, dtype)
    assert set(drawn) == set(range(low, low + count))
    if count > 1:
        expected = 3000 / count
        assert sum((drawn.count(low + i) - expected) ** 2 / expected for i in range(count)) < 2.5 * count + 12


@pytest.mark.parametrize("dtype", WIDE)
def test_samples_cover_wide_ranges(dtype):
    limits = np.iinfo(dtype)
    for low, high in ((limits.min, limits.max), (0, 2**60), (limits.min, 2**62), (5, limits.max)):
        drawn = draw(low, high, dtype)
        assert len(set(drawn)) > 2990
        assert 0.45 < np.mean([x % 2 for x in drawn]) < 0.55
        quarter = (high - low) // 4
        for i in range(4):
            assert any(low + i * quarter <= x <= low + (i + 1) * quarter for x in drawn)


def test_narrow_and_wide_integers_of_a_box_draw_on():
    """The elements that a float64 reaches are drawn as in a box of their own, beside any other elements."""
    alone = Box(np.array([0, -7]), np.array([9, 2**40]), dtype=np.int64, seed=5)
    low, high = np.array([0, I64.min, -7]), np.array([9, I64.max, 2**40])
    mixed = Box(low, high, dtype=np.int64, seed=5)
    assert mixed.sample()[0] == alone.sample()[0]
    bits = Box(low, high, dtype=np.int64, seed=np.random.default_rng(2))
    rng = np.random.default_rng(2)
    expected = np.floor(rng.random(3) * [10, 1, 2**40 + 8] + [0, 0, -7])
    sample = bits.sample()
    assert sample[[0, 2]].tolist() == expected[[0, 2]].tolist()


def test_half_bounded_integers_stay_exact_and_in_range():
    low = np.array([2.0**62, -INF, -(2.0**63), 2.0**63 - 1024])
    high = np.array([INF, 2.0**62, INF, INF])
    space = Box(low, high, dtype=np.int64, seed=3)
    drawn = np.array([space.sample() for _ in range(300)], dtype=object)
    assert all(space.contains(x.astype(np.int64)) for x in drawn)
    for i, (base, sign) in enumerate(((2**62, 1), (2**62, -1), (-(2**63), 1), (2**63 - 1024, 1))):
        steps = {(int(x) - base) * sign for x in drawn[:, i]}
        assert min(steps) == 0
        assert {0, 1, 2, 3} <= steps
        assert max(steps) < 20
    top = Box(I64.max - 1, INF, (200,), np.int64, seed=0)
    assert set(top.sample().tolist()) == {I64.max - 1, I64.max}
    bottom = Box(-INF, I64.min + 1, (200,), np.int64, seed=0)
    assert set(bottom.sample().tolist()) == {I64.min, I64.min + 1}


def test_floats_further_apart_than_the_largest_float_are_drawn():
    most = np.finfo(np.float64).max
    space = Box(np.array([-most, 0.0]), np.array([most, 1.0]), dtype=np.float64, seed=0)
    drawn = np.array([space.sample() for _ in range(500)])
    assert np.all(np.isfinite(drawn))
    assert all(space.contains(x) for x in drawn)
    assert drawn[:, 0].min() < -0.9 * most
    assert drawn[:, 0].max() > 0.9 * most
    assert np.all((drawn[:, 1] >= 0) & (drawn[:, 1] <= 1))


@pytest.mark.parametrize("dtype", WIDE)
def test_counts_that_no_float_reaches_are_drawn_evenly(dtype):
    count = np.iinfo(dtype).max
    drawn = [int(x) for x in MultiDiscrete(np.full(3000, count, dtype), dtype=dtype, seed=1).sample()]
    assert len(set(drawn)) > 2990
    assert 0.45 < np.mean([x % 2 for x in drawn]) < 0.55
    one = Discrete(count, dtype=dtype, seed=1)
    assert len({int(one.sample()) for _ in range(100)}) == 100
    with_start = MultiDiscrete(np.full(2000, 3), start=np.full(2000, I64.max - 2), seed=1)
    assert set(with_start.sample().tolist()) == {I64.max - 2, I64.max - 1, I64.max}


def test_masks_and_probabilities_at_the_ends():
    start = U64.max - 2
    one = Discrete(3, start=start, dtype=np.uint64, seed=0)
    many = MultiDiscrete([3], start=[start], dtype=np.uint64, seed=0)
    mask, probability = np.int8([0, 0, 1]), np.array([0.0, 1.0, 0.0])
    assert one.sample(mask=mask) == U64.max
    assert one.sample(probability=probability) == U64.max - 1
    assert many.sample(mask=(mask,)).tolist() == [U64.max]
    assert many.sample(probability=(probability,)).tolist() == [U64.max - 1]


# Bounds and counts that do not fit


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [
        (0, 2**63, np.int64),
        (0.0, 2.0**63, np.int64),
        (0, np.float64(2**63), np.int64),
        (np.zeros(1), np.full(1, 2.0**63), np.int64),
        (np.array([-INF]), np.full(1, 2.0**63), np.int64),
        (0, np.float32(2**63), np.int64),
        (np.zeros(1, "f4"), np.full(1, 2**63, "f4"), np.int64),
        (np.zeros(1), np.full(1, 2.0**64), np.uint64),
        (0, np.float64(2**64), np.uint64),
        (-(2**64), 0, np.int64),
        (np.int64(-1), 3, np.uint64),
        (0, np.uint64(2**63), np.int64),
        (np.zeros(1, np.uint64), np.full(1, U64.max), np.int64),
        (0, 1e39, np.float32),
        (0, 10**400, np.float64),
        (-(10**40), 0, np.float32),
        (0, np.float64(70000), np.float16),
        (np.zeros(1, "f4"), np.full(1, 1e39), np.float32),
        (0, 2, np.bool_),
        (2**62, 2**63, np.int32),
        (np.float64(2**63), 5, np.int64),
        (np.full(1, 2.0**63), np.full(1, 5.0), np.int64),
        (np.array([2**40, -np.inf]), np.array([5.0, 5.0]), np.int32),
        (INF, INF, np.int32),
        (0, -300, np.int8),
        (np.zeros(1), np.full(1, -1.0), np.uint8),
        (np.nan, 1, np.int64),
        (0, np.float32("nan"), np.uint8),
        (np.array([0.0, np.nan]), np.array([1.0, 1.0]), np.int32),
    ],
)
def test_bounds_outside_the_dtype_are_refused(low, high, dtype):
    with pytest.raises(ValueError, match=r"out of bounds of the dtype range|np\.nan"):
        Box(low, high, dtype=dtype)


def test_bounds_at_the_ends_are_kept_exactly():
    for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, *WIDE):
        limits = np.iinfo(dtype)
        space = Box(limits.min, limits.max, (2,), dtype)
        assert [int(space.low[0]), int(space.high[0])] == [limits.min, limits.max]
        again = Box(space.low, space.high, dtype=dtype)
        assert again == space == pickle.loads(pickle.dumps(space)) == copy.deepcopy(space)
        assert repr(space) == f"Box({limits.min}, {limits.max}, (2,), {np.dtype(dtype)})"
        batch = batch_space(space, 3)
        assert int(batch.high.max()) == limits.max
        elements = [space.low, space.high]
        assert all(space.contains(x) and batch.contains(np.stack([x] * 3)) for x in elements)
        restored = space.from_jsonable(json.loads(json.dumps(space.to_jsonable(elements))))
        assert all(np.array_equal(a, b) and a.dtype == dtype for a, b in zip(elements, restored, strict=True))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Discrete(2**63),
        lambda: Discrete(np.uint64(2**63)),
        lambda: Discrete(np.int64(300), dtype=np.int8),
        lambda: Discrete(256, dtype=np.uint8),
        lambda: Discrete(3, start=I64.max - 1),
        lambda: Discrete(3, start=np.uint64(2**63)),
        lambda: Discrete(100, start=100, dtype=np.int8),
        lambda: Discrete(3, start=-1, dtype=np.uint8),
        lambda: Discrete(U64.max, start=2, dtype=np.uint64),
        lambda: MultiDiscrete([300], dtype=np.uint8),
        lambda: MultiDiscrete(np.array([3, 300]), dtype=np.uint8),
        lambda: MultiDiscrete(np.uint64([2**63])),
        lambda: MultiDiscrete([2**63]),
        lambda: MultiDiscrete([2**70]),
        lambda: MultiDiscrete([100], start=[100], dtype=np.int8),
        lambda: MultiDiscrete([[2, 2], [2, 3]], start=[[0, 0], [0, I64.max - 1]]),
        lambda: MultiDiscrete([2], start=np.array([-1]), dtype=np.uint16),
        lambda: MultiDiscrete(np.array(4), start=np.array(I64.max - 2)),
        lambda: MultiDiscrete([1e30]),
    ],
)
def test_counts_outside_the_dtype_are_refused(make):
    with pytest.raises(
        ValueError, match=r"does not fit the dtype: u?int\d+ holds -?\d+ to \d+, got"
    ) as caught:
        make()
    assert isinstance(caught.value, OverflowError)


@pytest.mark.parametrize("nvec", [[2.5], [np.nan], [INF], ["2"], [None], [1 + 0j]])
def test_counts_that_are_no_integers_are_refused(nvec):
    with pytest.raises(ValueError, match="must consist of integers"):
        MultiDiscrete(nvec)


def test_counts_that_fit_are_taken_in_any_type():
    assert MultiDiscrete(np.uint8([3, 255])).nvec.tolist() == [3, 255]
    assert MultiDiscrete(np.array([3.0, 4.0])).nvec.dtype == np.int64
    assert MultiDiscrete(np.array([200]), dtype=np.uint8, start=np.array([56])).start.dtype == np.uint8
    assert int(Discrete(I64.max).n) == I64.max
    assert int(Discrete(1, start=I64.max).start) == I64.max
    assert Discrete(2, start=I64.min) == Discrete(np.int8(2), start=np.int64(I64.min))
    batch = batch_differing_spaces([Discrete(200, dtype=np.uint8), Discrete(3, start=-2, dtype=np.int8)])
    assert (batch.nvec.tolist(), batch.start.tolist(), batch.dtype) == ([200, 3], [0, -2], np.dtype(np.int16))
    last = Discrete(28, start=100, dtype=np.int8)
    assert batch_space(last, 2).contains(np.int8([127, 100]))
    assert batch_space(MultiDiscrete([28], start=[100], dtype=np.int8), 2).high.tolist() == [[127], [127]]


@pytest.mark.parametrize(
    "n", [True, False, np.True_, 2.0, "34", "3", [2.5], [True, 2], np.array([3.0]), np.array(3.0)]
)
def test_lengths_of_bits_are_integers(n):
    with pytest.raises(ValueError, match="Expected n to be an int or a sequence of ints"):
        MultiBinary(n)


def test_numpy_integers_are_lengths():
    for n in (3, np.int64(3), np.uint8(3)):
        space = MultiBinary(n)
        assert space == MultiBinary(3)
        assert type(space.n) is int
        assert space.contains(space.sample())
    assert MultiBinary(np.array([2, 3], np.uint8)) == MultiBinary((2, np.int16(3)))
    assert Box(0, 1, (np.int8(2), np.uint64(3))).shape == (2, 3)
    with pytest.raises(TypeError, match="shape elements to be integer"):
        Box(0, 1, (True, 2))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Discrete(9),
        lambda: Tuple([Discrete(9), Box(0, 1)]),
        lambda: Dict(a=Discrete(9)),
        lambda: OneOf([Discrete(9), Box(0, 1)]),
        lambda: Sequence(Discrete(9)),
        lambda: Graph(Discrete(9), Box(0, 1)),
    ],
)
@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.int32])
def test_numpy_integers_are_seeds(make, kind):
    one, other = make(), make()
    assert repr(one.seed(kind(3))) == repr(other.seed(3))
    assert repr(one.sample()) == repr(other.sample())


def test_narrow_integers_are_numbers_of_nodes():
    """The greatest number of edges is a product, which must not wrap around in the type of the argument."""
    space, twin = Graph(Discrete(9), Discrete(9), seed=0), Graph(Discrete(9), Discrete(9), seed=0)
    for kind in (np.uint8, np.int8, np.int64):
        assert repr(space.sample(num_nodes=kind(20))) == repr(twin.sample(num_nodes=20))
        assert repr(space.sample(num_nodes=kind(3), num_edges=kind(2))) == repr(
            twin.sample(num_nodes=3, num_edges=2)
        )
    for bad in ({"num_nodes": True}, {"num_nodes": 2.0}, {"num_nodes": 2, "num_edges": False}):
        with pytest.raises(TypeError, match="must be an integer, got"):
            space.sample(**bad)


def test_texts_need_a_character():
    with pytest.raises(ValueError, match="charset must have a character where the min_length is 1"):
        Text(4, charset="")
    with pytest.raises(ValueError, match="got none"):
        Text(4, min_length=2, charset=frozenset())
    assert Text(4, min_length=0, charset="").sample() == ""


# Membership and equality, exactly


def test_integers_are_compared_exactly():
    far = 2**53
    for dtype in WIDE:
        space = Box(0, far, (1,), dtype)
        assert space.contains(np.array([far], dtype))
        assert not space.contains(np.array([far + 1], dtype))
        assert space != Box(0, far + 1, (1,), dtype)
        assert Box(10**9, 10**12, (1,), dtype) != Box(10**9, 10**12 + 1, (1,), dtype)
    floats = Box(0, float(far), (1,), np.float64)
    for number in (np.array([far + 1]), np.uint64([far + 1]), [far + 1], [float(far + 2)]):
        assert not contains(floats, number)
    for number in (np.array([far]), np.uint64([far]), [far], [float(far)]):
        assert contains(floats, number)
    whole = Box(-INF, INF, (1,), np.float64)
    assert contains(whole, np.uint64([U64.max]))
    assert Box(-3e38, 3e38, (1,)) != Box(3e38, 3e38, (1,))
    most = np.finfo(np.float64).max
    assert Box(-most, most, (1,), np.float64) != Box(most, most, (1,), np.float64)
    assert Discrete(far + 1) != Discrete(far)
    assert far + 1 not in Discrete(far + 1)
    assert U64.max not in Discrete(5)
    assert np.array([far + 1]) not in MultiDiscrete([far + 1])
    assert np.array([far]) in MultiDiscrete([far + 1])


def contains(space, x):
    """Whether it is an element; a box warns that it casts values that are not arrays."""
    if isinstance(x, np.ndarray) or not isinstance(space, Box):
        return space.contains(x)
    with pytest.warns(UserWarning, match="Casting input x to numpy array"):
        return space.contains(x)


def test_casts_do_not_make_elements_of_strangers():
    byte = Box(0, 255, (1,), np.uint8)
    for x in (
        [300],
        [-1],
        [256.0],
        [300.0],
        [-1.0],
        [0.5],
        [np.nan],
        [INF],
        [2**70],
        ["1"],
        "1",
        [None],
        [[1], [2, 3]],
    ):
        assert contains(byte, x) is False
    assert contains(byte, [255.0])
    assert not contains(Box(0, 1, (), bool), 2)
    assert not contains(Box(0, 1, ()), "0.5")
    assert not contains(Box(I64.min, I64.max, (1,), np.int64), [2.0**63])


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
@pytest.mark.parametrize("beside", [Box(0, 1, (1,)), Box(0, 1, (1,), np.int8), Box(0, 1, (1,), np.float64)])
def test_integers_flattened_beside_other_numbers_come_back_inside_their_bounds(dtype, beside):
    limits = np.iinfo(dtype)
    low, high = limits.min + 1, limits.max - 5
    for box in (Box(limits.min, limits.max, (2,), dtype), Box(low, high, (2,), dtype)):
        space = Dict(a=box, b=beside)
        for end in (box.low, box.high):
            x = {"a": end, "b": beside.high}
            back = unflatten(space, flatten(space, x))
            assert back["a"].dtype == dtype
            assert back["a"].tolist() == end.tolist()
            assert space.contains(back)
        assert unflatten(space, flatten(space, {"a": np.full(2, 7, dtype), "b": beside.low}))[
            "a"
        ].tolist() == [7, 7]


@pytest.mark.parametrize(
    "counts", [[2, True], [[2, 3], [np.True_, 4]], (False, 3), np.array([True, True]), True]
)
def test_booleans_are_no_counts_of_values(counts):
    with pytest.raises(ValueError, match="nvec must consist of integers"):
        MultiDiscrete(counts)
    if np.ndim(counts) and not isinstance(counts, np.ndarray):
        with pytest.raises(ValueError, match="start must consist of integers"):
            MultiDiscrete(np.full(np.shape(counts), 5), start=counts)


def test_counts_beyond_int64_stay_exact_beside_small_ones():
    """NumPy makes floats of a list of both."""
    space = MultiDiscrete([U64.max, 3], dtype=np.uint64, start=[0, 2**63])
    assert space.nvec.tolist() == [U64.max, 3]
    assert space.start.tolist() == [0, 2**63]
    assert space.contains(np.uint64([U64.max - 1, 2**63 + 2]))
    with pytest.raises(ValueError, match=f"uint64 holds 0 to {U64.max}, got {2**64}"):
        MultiDiscrete([2**64, 3], dtype=np.uint64)
