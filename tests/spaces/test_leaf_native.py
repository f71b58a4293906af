"""The native methods of spaces: calls that they leave to Python give the results of Python alone."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import sys
import threading
import types
import weakref

import gymnasium.spaces
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome
from leaf_cases import INF, OURS, SPACES, THEIRS, pair, quiet, rng_state

import plyo.spaces
from plyo import _native

ACCELERATED = {
    plyo.spaces.Space: ["__contains__"],
    plyo.spaces.Box: ["sample", "contains"],
    plyo.spaces.Discrete: ["sample", "contains"],
    plyo.spaces.MultiDiscrete: ["sample", "contains"],
    plyo.spaces.MultiBinary: ["sample", "contains"],
    plyo.spaces.Text: ["sample", "contains"],
    plyo.spaces.Dict: ["sample", "contains"],
    plyo.spaces.Tuple: ["sample", "contains"],
}
METHODS = [(cls, name) for cls, names in ACCELERATED.items() for name in names]
BIT_GENERATORS = ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"]
DRAWN = ("box-mixed", "box-i8", "discrete", "discrete-i16", "multi", "binary", "text")

each_method = pytest.mark.parametrize(
    ("cls", "name"), METHODS, ids=[f"{cls.__name__}.{name}" for cls, name in METHODS]
)


@each_method
def test_methods_look_like_those_of_python(cls, name):
    method = vars(cls)[name]
    python = inspect.unwrap(method)
    assert inspect.isfunction(python)
    assert method.__doc__ == python.__doc__
    assert method.__doc__
    assert method.__qualname__ == f"{cls.__name__}.{name}"
    assert method.__module__ == cls.__module__
    assert inspect.signature(method) == inspect.signature(python)
    assert inspect.getsource(method) == inspect.getsource(python)
    assert repr(method) == repr(python)
    assert inspect.ismethoddescriptor(method)
    assert method.__annotations__ is python.__annotations__


def test_bound_methods_are_methods():
    space = plyo.spaces.Discrete(3, seed=1)
    bound = space.sample
    assert isinstance(bound, types.MethodType)
    assert bound.__self__ is space
    assert list(inspect.signature(bound).parameters) == ["mask", "probability"]
    copied = pickle.loads(pickle.dumps(bound))
    assert_same(copied(), bound())
    assert_same(copy.deepcopy(bound)(), bound())
    assert plyo.spaces.Discrete.sample(space) in space


def test_functions_pickle_by_name():
    for function in (plyo.spaces.flatten, plyo.vector.utils.concatenate):
        assert pickle.loads(pickle.dumps(function)) is function
        assert copy.deepcopy(function) is function


def test_wrong_arguments_are_refused_as_by_python():
    space = plyo.spaces.Discrete(3)
    with pytest.raises(TypeError, match=r"Discrete.sample\(\) takes from 1 to 3 positional arguments but 4"):
        space.sample(1, 2, 3)
    with pytest.raises(TypeError, match=r"Discrete.contains\(\) missing 1 required positional argument: 'x'"):
        space.contains()
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'y'"):
        space.contains(y=3)
    with pytest.raises(ValueError, match="there is no native function of the name nothing"):
        _native.accelerate(len, "nothing")
    assert space.contains(x=2)


@pytest.mark.parametrize("bit_generator", BIT_GENERATORS)
@pytest.mark.parametrize("name", DRAWN)
def test_draws_from_every_bit_generator_of_numpy(name, bit_generator):
    ours, theirs = pair(SPACES[name])
    for space in (ours, theirs):
        space._np_random = np.random.Generator(getattr(np.random, bit_generator)(3))
    for _ in range(30):
        assert_same(ours.sample(), theirs.sample())
    assert_same(ours.np_random.random(3), theirs.np_random.random(3))


class Halves(np.random.Generator):
    """A generator with a method of its own."""

    def integers(self, *args, **kwargs):
        return super().integers(*args, **kwargs) * 0

    def random(self, *args, **kwargs):
        return super().random(*args, **kwargs) * 0


class Doubled(np.random.PCG64):
    """A bit generator of another class."""


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(
    "make", [lambda: Halves(np.random.PCG64(1)), lambda: np.random.Generator(Doubled(1))], ids=["own", "bits"]
)
def test_draws_from_generators_of_other_classes(name, make):
    ours, theirs = pair(SPACES[name])
    ours._np_random, theirs._np_random = make(), make()
    for _ in range(20):
        assert_same(ours.sample(), theirs.sample())
    assert rng_state(ours) == rng_state(theirs)


def test_draws_alternate_with_those_of_numpy():
    ours, theirs = pair(SPACES["discrete-i32"], seed=3)
    box = plyo.spaces.Box(-1, INF, (3,), seed=ours.np_random)
    other = gymnasium.spaces.Box(-1, INF, (3,), seed=theirs.np_random)
    for _ in range(20):
        assert_same(ours.sample(), theirs.sample())
        assert_same(ours.np_random.integers(9, dtype=np.int32), theirs.np_random.integers(9, dtype=np.int32))
        assert_same(box.sample(), other.sample())
        assert_same(ours.np_random.random(), theirs.np_random.random())
    assert rng_state(ours) == rng_state(theirs)


def test_generator_with_another_bit_generator():
    space = plyo.spaces.Discrete(100, seed=1)
    space.sample()
    space.np_random.__init__(np.random.MT19937(5))
    expected = np.random.Generator(np.random.MT19937(5))
    assert [space.sample() for _ in range(9)] == [expected.integers(100) for _ in range(9)]


def test_threads_draw_every_value_once():
    count, threads = 2000, 4
    rng = np.random.default_rng(5)
    space = plyo.spaces.Box(0, 1, (100,), np.float64, seed=rng)
    drawn = [[] for _ in range(threads)]

    def draw(out, numpy):
        for _ in range(count):
            out.append(rng.random(100) if numpy else space.sample())

    workers = [threading.Thread(target=draw, args=(out, i % 2)) for i, out in enumerate(drawn)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    everything = np.sort(np.concatenate([row for out in drawn for row in out]))
    expected = np.sort(np.random.default_rng(5).random(count * threads * 100))
    assert_same(everything, expected)


def test_subclasses_are_asked():
    def build(s):
        class Even(s.Discrete):
            def sample(self, mask=None, probability=None):
                return super().sample(mask, probability) // 2 * 2

            def contains(self, x):
                return super().contains(x) and x % 2 == 0

        class Fixed(s.Box):
            @property
            def np_random(self):
                return np.random.default_rng(4)

        class Wide(s.MultiDiscrete):
            shape = (3,)

        even, fixed, wide = Even(9, seed=1), Fixed(0, 1, (2,)), Wide([2, 2], seed=1)
        both = s.Dict(even=even, fixed=fixed, pair=s.Tuple((even, s.Discrete(2))), seed=3)
        return (
            [even.sample() for _ in range(9)],
            [x in even for x in range(4)],
            [fixed.sample(), fixed.sample()],
            outcome(wide.sample),
            wide.contains(np.zeros(2, int)),
            [both.sample() for _ in range(5)],
            both.contains({"even": 3, "fixed": np.zeros(2, "f4"), "pair": (2, 1)}),
            both.contains({"even": 4, "fixed": np.zeros(2, "f4"), "pair": (2, 1)}),
            both.contains({"even": 4, "fixed": np.zeros(2, "f4"), "pair": (3, 1)}),
        )

    assert_same(build(OURS), build(THEIRS))


def test_methods_of_instances_are_asked():
    def build(s):
        leaf = s.Discrete(3)
        leaf.sample = lambda: 7
        leaf.contains = lambda x: x == 7
        tree = s.Dict(a=leaf, b=s.Tuple((leaf,)))
        return tree.sample(), {"a": 7, "b": (7,)} in tree, {"a": 1, "b": (7,)} in tree, 7 in leaf

    assert_same(build(OURS), build(THEIRS))


def test_dictionaries_of_other_classes_and_changed_parts():
    class Ordered(dict):
        pass

    def build(s):
        tree = s.Dict(a=s.Discrete(3), b=s.Discrete(4), seed=1)
        results = [
            tree.contains(Ordered(a=1, b=2)),
            tree.contains(Ordered(a=1)),
            tree.contains({"a": 1, "c": 2}),
        ]
        tree["c"] = s.Discrete(5, seed=2)
        tree.spaces["a"] = s.Box(0, 1, seed=3)
        results += [tree.sample(), tree.sample(), tree.contains({"a": 1, "b": 2})]
        tree.spaces = Ordered(tree.spaces)
        results += [tree.sample(), tree.contains({"a": np.float32([1]), "b": 2, "c": 3})]
        pair = s.Tuple([s.Discrete(3), s.Discrete(2)], seed=1)
        results += [x in pair for x in ((1, 1), [1, 1], (1, 2), (1,), np.array([1, 1]), 3)]
        pair.spaces = list(pair.spaces)
        return [*results, pair.sample(), (1, 1) in pair]

    assert_same(build(OURS), build(THEIRS))


def test_errors_of_parts_come_through():
    class Broken(plyo.spaces.Space):
        def sample(self, mask=None, probability=None):
            raise KeyError("broken")

        def contains(self, x):
            raise KeyError("broken")

    tree = plyo.spaces.Dict(a=plyo.spaces.Discrete(2), b=plyo.spaces.Tuple((Broken(),)))
    with pytest.raises(KeyError, match="broken"):
        tree.sample()
    with pytest.raises(KeyError, match="broken"):
        tree.contains({"a": 1, "b": (1,)})
    assert not tree.contains({"a": 2, "b": (1,)})


def test_parts_that_change_their_dictionary():
    class Growing(plyo.spaces.Discrete):
        def sample(self, mask=None, probability=None):
            tree[f"more-{len(tree)}"] = plyo.spaces.Discrete(2)
            return 0

    tree = plyo.spaces.Dict(a=Growing(2), b=plyo.spaces.Discrete(2))
    with pytest.raises(RuntimeError, match="dictionary changed size during iteration"):
        tree.sample()


def test_spaces_in_themselves_end_in_a_recursion_error():
    tree = plyo.spaces.Dict(a=plyo.spaces.Discrete(2))
    tree["self"] = tree
    with pytest.raises(RecursionError):
        tree.sample()
    value = {"a": 1}
    value["self"] = value
    with pytest.raises(RecursionError):
        tree.contains(value)


TYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">i4", "U1"]


@pytest.mark.parametrize("to", TYPES)
@pytest.mark.parametrize("from_", TYPES)
def test_arrays_and_scalars_of_other_types(from_, to):
    x = np.array([0, 1]).astype(from_)
    if np.dtype(to).kind in "iufb":
        ours, theirs = (quiet(lambda s: s.Box(0, 1, (2,), to), s) for s in (OURS, THEIRS))
        assert_same_outcome(lambda s: s.contains(x), ours, theirs)
    if np.dtype(to).kind in "iu":
        for make in (lambda s: s.Discrete(2, dtype=to), lambda s: s.MultiDiscrete([2, 2], dtype=to)):
            ours, theirs = make(OURS), make(THEIRS)
            for value in (x, x[1], x[:1], x[1:].reshape(())):
                assert_same_outcome(lambda s, v=value: s.contains(v), ours, theirs)
    assert_same_outcome(lambda s: s.MultiBinary(2).contains(x), OURS, THEIRS)


def test_samples_are_fresh_arrays():
    space = plyo.spaces.Box(0, 1, (3,), seed=1)
    first, second = space.sample(), space.sample()
    assert not np.shares_memory(first, second)
    assert first.flags.writeable
    assert first.flags.owndata


def test_nothing_leaks():
    tree = plyo.spaces.Dict(
        a=plyo.spaces.Box(-INF, 1, (3,)),
        b=plyo.spaces.Tuple((plyo.spaces.Discrete(3), plyo.spaces.Text(4))),
        seed=1,
    )
    dtype, rng = tree["a"].dtype, tree["a"].np_random
    for _ in range(10):
        tree.contains(tree.sample())
    counts = [
        sys.getrefcount(x) for x in (dtype, rng, tree["a"].low, rng.bit_generator, rng.bit_generator.lock)
    ]
    for _ in range(1000):
        x = tree.sample()
        assert tree.contains(x)
        plyo.spaces.flatten(tree["a"], x["a"])
    del x
    after = [
        sys.getrefcount(x) for x in (dtype, rng, tree["a"].low, rng.bit_generator, rng.bit_generator.lock)
    ]
    assert after == counts


def test_accelerated_classes_can_go():
    def make():
        class Box(plyo.spaces.Box):
            def sample(self, mask=None, probability=None):
                return super().sample(mask, probability)

            def contains(self, x):
                return super().contains(x)

        _native.accelerate_class(Box)
        assert Box(0, 1).sample() in Box(0, 1)
        return weakref.ref(Box)

    cls = make()
    gc.collect()
    assert cls() is None
