"""Flattening and batching: errors for wrong arguments, and spaces of the user's own."""

from __future__ import annotations

import inspect
import pickle

import gymnasium
import gymnasium.vector.utils
import numpy as np
import pytest
from both_packages import same
from differential import assert_same_outcome

import plyo

SPACE_FUNCTIONS = ["flatdim", "flatten", "unflatten", "flatten_space", "is_space_dtype_shape_equiv"]
VECTOR_FUNCTIONS = ["batch_space", "batch_differing_spaces", "concatenate", "create_empty_array", "iterate"]


def functions(gym):
    """All functions of spaces by their names."""
    found = {name: getattr(gym.spaces.utils, name) for name in SPACE_FUNCTIONS}
    return found | {name: getattr(gym.vector.utils, name) for name in VECTOR_FUNCTIONS}


WRONG = {
    "flatdim-of-no-space": lambda s, u, v: u.flatdim(3),
    "flatdim-without": lambda s, u, v: u.flatdim(),
    "flatdim-keyword": lambda s, u, v: u.flatdim(space=s.Discrete(2)),
    "flatdim-sequence": lambda s, u, v: u.flatdim(s.Sequence(s.Discrete(2))),
    "flatdim-graph": lambda s, u, v: u.flatdim(s.Graph(s.Discrete(2), None)),
    "flatdim-tuple": lambda s, u, v: u.flatdim(s.Tuple([s.Sequence(s.Discrete(2))])),
    "flatdim-dict": lambda s, u, v: u.flatdim(s.Dict(a=s.Graph(s.Discrete(2), None))),
    "flatdim-oneof": lambda s, u, v: u.flatdim(s.OneOf([s.Sequence(s.Discrete(2))])),
    "flatten-no-space": lambda s, u, v: u.flatten("a", 3),
    "flatten-tuple-empty": lambda s, u, v: u.flatten(s.Tuple([]), ()),
    "flatten-oneof-sequence": lambda s, u, v: u.flatten(s.OneOf([s.Sequence(s.Discrete(2))]), (0, (1,))),
    "unflatten-no-space": lambda s, u, v: u.unflatten(None, 3),
    "unflatten-discrete": lambda s, u, v: u.unflatten(s.Discrete(2), np.zeros(2)),
    "unflatten-multi-discrete": lambda s, u, v: u.unflatten(s.MultiDiscrete([2, 2]), np.zeros(4)),
    "unflatten-multi-discrete-twice": lambda s, u, v: u.unflatten(s.MultiDiscrete([2, 2]), np.ones(4)),
    "unflatten-tuple": lambda s, u, v: u.unflatten(s.Tuple([s.Discrete(2)]), [1, 0]),
    "unflatten-tuple-of-sequences": lambda s, u, v: u.unflatten(s.Tuple([s.Sequence(s.Discrete(2))]), [()]),
    "unflatten-dict": lambda s, u, v: u.unflatten(s.Dict(a=s.Discrete(2)), {}),
    "unflatten-dict-of-sequences": lambda s, u, v: u.unflatten(s.Dict(a=s.Sequence(s.Discrete(2))), [()]),
    "unflatten-short": lambda s, u, v: u.unflatten(s.Tuple([s.Box(0, 1, (2,)), s.Box(0, 1, (2,))]), np.zeros(3)),
    "unflatten-long": lambda s, u, v: u.unflatten(s.Tuple([s.Box(0, 1, (2,)), s.Box(0, 1, (2,))]), np.zeros(5)),
    "flatten_space-no-space": lambda s, u, v: u.flatten_space([]),
    "flatten_space-oneof-graph": lambda s, u, v: u.flatten_space(s.OneOf([s.Graph(s.Discrete(2), None)])),
    "equivalence-of-space": lambda s, u, v: u.is_space_dtype_shape_equiv(s.Space(), s.Discrete(2)),
    "equivalence-no-space": lambda s, u, v: u.is_space_dtype_shape_equiv(3, s.Discrete(2)),
    "equivalence-no-second-space": lambda s, u, v: u.is_space_dtype_shape_equiv(s.Space(), 3),
    "batch-no-space": lambda s, u, v: v.batch_space("a", 2),
    "batch-negative": lambda s, u, v: v.batch_space(s.Discrete(2), -1),
    "batch-text-negative": lambda s, u, v: v.batch_space(s.Text(2), -1),
    "differ-none": lambda s, u, v: v.batch_differing_spaces([]),
    "differ-types": lambda s, u, v: v.batch_differing_spaces([s.Discrete(2), s.Box(0, 1)]),
    "differ-box-dtypes": lambda s, u, v: v.batch_differing_spaces([s.Box(0, 1), s.Box(0, 1, dtype=float)]),
    "differ-box-shapes": lambda s, u, v: v.batch_differing_spaces([s.Box(0, 1), s.Box(0, 1, (2,))]),
    "differ-discrete-dtypes": lambda s, u, v: repr(
        v.batch_differing_spaces([s.Discrete(2, dtype=np.int8), s.Discrete(3, start=2), s.Discrete(3)])
    ),
    "differ-multi-dtypes": lambda s, u, v: v.batch_differing_spaces(
        [s.MultiDiscrete([2]), s.MultiDiscrete([2], dtype=np.int8)]
    ),
    "differ-multi-shapes": lambda s, u, v: v.batch_differing_spaces(
        [s.MultiDiscrete([2]), s.MultiDiscrete([2, 2])]
    ),
    "differ-binary-shapes": lambda s, u, v: v.batch_differing_spaces([s.MultiBinary(2), s.MultiBinary(3)]),
    "differ-tuples": lambda s, u, v: v.batch_differing_spaces(
        [s.Tuple([s.Discrete(2)]), s.Tuple([s.Discrete(2), s.Discrete(3)])]
    ),
    "differ-tuple-parts": lambda s, u, v: v.batch_differing_spaces(
        [s.Tuple([s.Discrete(2)]), s.Tuple([s.Box(0, 1)])]
    ),
    "differ-dict-keys": lambda s, u, v: v.batch_differing_spaces(
        [s.Dict(a=s.Discrete(2)), s.Dict(b=s.Discrete(2))]
    ),
    "iterate-no-space": lambda s, u, v: v.iterate(3, []),
    "iterate-discrete": lambda s, u, v: v.iterate(s.Discrete(3), 2),
    "iterate-box-scalar": lambda s, u, v: v.iterate(s.Box(0, 1, ()), np.float32(1)),
    "iterate-text": lambda s, u, v: v.iterate(s.Text(3), "abc"),
    "iterate-graph": lambda s, u, v: v.iterate(s.Graph(s.Discrete(2), None), None),
    "iterate-tuple-uneven": lambda s, u, v: list(
        v.iterate(s.Tuple([s.MultiBinary(2), s.MultiBinary(3)]), (np.zeros(2), np.zeros(3)))
    ),
    "iterate-tuple-of-texts": lambda s, u, v: v.iterate(s.Tuple([s.Text(2), s.Box(0, 1)]), 3),
    "iterate-dict-key": lambda s, u, v: next(v.iterate(s.Dict(a=s.MultiBinary(2)), {"b": np.zeros(2)})),
    "concatenate-no-space": lambda s, u, v: v.concatenate(3, [], None),
    "concatenate-nothing": lambda s, u, v: v.concatenate(s.Discrete(2), [], np.zeros(0, int)),
    "concatenate-shape": lambda s, u, v: v.concatenate(s.Box(0, 1), [np.zeros(1)] * 2, np.zeros((3, 1), "f4")),
    "concatenate-dtype": lambda s, u, v: v.concatenate(s.Discrete(2), [np.float64(1)], np.zeros(1, int)),
    "concatenate-ragged": lambda s, u, v: v.concatenate(
        s.Box(0, 1), [np.zeros(1, "f4"), np.zeros(2, "f4")], np.zeros((2, 1), "f4")
    ),
    "concatenate-tuple-short": lambda s, u, v: v.concatenate(s.Tuple([s.Discrete(2)] * 2), [(1,)], None),
    "concatenate-dict-key": lambda s, u, v: v.concatenate(s.Dict(a=s.Discrete(2)), [{"b": 1}], {}),
    "create-no-space": lambda s, u, v: v.create_empty_array(None, 2),
    "create-negative": lambda s, u, v: v.create_empty_array(s.Discrete(2), -1),
    "create-with-ones": lambda s, u, v: v.create_empty_array(
        s.Dict(a=s.Tuple([s.Box(0, 1), s.Discrete(2)]), b=s.Graph(s.MultiBinary(2), s.Discrete(2))), n=2, fn=np.ones
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_errors(wrong):
    assert_same_outcome(lambda gym: wrong(gym.spaces, gym.spaces.utils, gym.vector.utils), plyo, gymnasium)


def test_type_without_batch_of_differing_spaces():
    class Plain(plyo.Space):
        pass

    message = "Requires the Space type to have a registered `batch_differing_space`, current list: .*Box"
    with pytest.raises(TypeError, match=message):
        plyo.vector.utils.batch_differing_spaces([Plain()])


def library_classes(function):
    """The names of the registered classes, except those of other tests and of the documentation."""
    packages = ("builtins", "gymnasium", "plyo")
    return {kind.__name__ for kind in function.registry if kind.__module__.split(".")[0] in packages}


def test_names_and_signatures():
    for name, theirs in functions(gymnasium).items():
        ours = functions(plyo)[name]
        assert ours.__name__ == ours.__qualname__ == name
        assert ours.__module__ == theirs.__module__.replace("gymnasium", "plyo")
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
        assert library_classes(ours) == library_classes(theirs)
        assert pickle.loads(pickle.dumps(ours)) is ours
    assert set(gymnasium.vector.utils.__all__) == set(plyo.vector.utils.__all__)
    assert set(gymnasium.spaces.__all__) == set(plyo.spaces.__all__)
    assert set(dir(plyo.vector.utils)) >= set(plyo.vector.utils.__all__)
    assert plyo.vector.utils.misc.CloudpickleWrapper is plyo.vector.utils.CloudpickleWrapper
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = plyo.vector.utils.nonsense


def make_odd_space(gym):
    """A space of one's own: odd numbers below a limit."""

    class Odd(gym.Space):
        def __init__(self, limit, seed=None):
            super().__init__(None, None, seed)
            self.limit = limit

        is_np_flattenable = property(lambda self: True)

        def sample(self):
            return 2 * int(self.np_random.integers(self.limit // 2)) + 1

        def contains(self, x):
            return isinstance(x, int) and x % 2 == 1 and 0 < x < self.limit

        def __repr__(self):
            return f"Odd({self.limit})"

        def __eq__(self, other):
            return isinstance(other, Odd) and self.limit == other.limit

    return Odd


def nested(gym, kind):
    s = gym.spaces
    return s.Dict(a=kind(9), b=s.Tuple([s.Discrete(2), kind(5)]))


def test_unregistered_spaces():
    """Spaces that nothing is registered for can be sampled and batched, but not flattened."""

    def facts(gym):
        kind = make_odd_space(gym)
        space, u, v = nested(gym, kind), gym.spaces.utils, gym.vector.utils
        found = [space.seed(3), space.sample(), space.sample() in space, space == nested(gym, kind)]
        batch = v.batch_space(space, 2)
        items = [space.sample(), space.sample()]
        out = v.create_empty_array(space, 2)
        values = v.concatenate(space, items, out)
        found += [repr(batch), batch.sample(), out, values]
        for call in (
            lambda: list(v.iterate(batch, values)),
            lambda: v.iterate(kind(3), [1]),
            lambda: list(v.iterate(batch["a"], 3)),
            lambda: v.batch_differing_spaces([space, space]),
            lambda: u.flatdim(space),
            lambda: u.flatten(space, items[0]),
            lambda: u.unflatten(space, np.zeros(3)),
            lambda: u.flatten_space(space),
            lambda: u.is_space_dtype_shape_equiv(space, space),
        ):
            try:
                found.append(call())
            except Exception as e:
                text = str(e)
                if "current list" in text or "make_odd_space" in text:  # has addresses of functions in it
                    text = text.split("current list")[0].replace("tests.spaces.", "")
                found.append((type(e).__name__, text))
        return found

    same(facts)


def test_registered_spaces():
    """Every function takes implementations for types of one's own, and uses them inside other spaces."""

    def facts(gym):
        kind = make_odd_space(gym)
        f = functions(gym)
        f["flatdim"].register(kind, lambda space: 2)
        f["flatten"].register(kind, lambda space, x: [x, -x])
        f["unflatten"].register(kind, lambda space, x: int(x[0]))
        f["flatten_space"].register(kind, lambda space: gym.spaces.Box(-9, 9, (2,), dtype=np.int8))
        f["is_space_dtype_shape_equiv"].register(kind, lambda one, two: type(one) is type(two))
        f["batch_space"].register(
            kind, lambda space, n=1: gym.spaces.MultiDiscrete([space.limit] * n, seed=1)
        )
        f["batch_differing_spaces"].register(kind, lambda spaces: gym.spaces.MultiDiscrete([2] * len(spaces)))
        f["create_empty_array"].register(kind, lambda space, n=1, fn=np.zeros: fn(n, dtype=np.int16))
        f["concatenate"].register(kind, lambda space, items, out: np.array(items, out.dtype))
        f["iterate"].register(kind, lambda space, items: iter(items))

        class Derived(kind):
            pass

        found = []
        for each in (kind, Derived):
            space = nested(gym, each)
            space.seed(5)
            x = space.sample()
            flat = f["flatten"](space, x)
            items = [space.sample(), x]
            values = f["concatenate"](space, items, f["create_empty_array"](space, 2))
            found += [x, f["flatdim"](space), flat, f["unflatten"](space, flat), values]
            found += [repr(f["flatten_space"](space)), repr(f["batch_space"](space, 2))]
            found += [f["is_space_dtype_shape_equiv"](space, nested(gym, each))]
            found += [
                list(f["iterate"](f["batch_space"](space, 2), values)),
                f["iterate"].dispatch(each)(0, [1]) is None,
            ]
        found.append(repr(f["batch_differing_spaces"]([nested(gym, kind)] * 2)))
        return found

    same(facts)


def test_registration_replaces_and_covers_subclasses():
    """A later implementation replaces an earlier one, also where that has been used before."""

    class Base(plyo.Space):
        pass

    class Derived(Base):
        pass

    flatdim = plyo.spaces.utils.flatdim
    flatdim.register(Base, lambda space: 1)
    assert (flatdim(Base()), flatdim(Derived())) == (1, 1)
    flatdim.register(Derived, lambda space: 2)
    assert (flatdim(Base()), flatdim(Derived())) == (1, 2)
    flatdim.register(Derived)(lambda space: 3)
    assert flatdim(Derived()) == 3
    assert flatdim.dispatch(Derived) is flatdim.registry[Derived]


class Mine(plyo.Space):
    """The class that the annotation below names."""


def test_registration_by_annotation():
    @plyo.spaces.utils.flatdim.register
    def _(space: Mine) -> int:
        return 7

    assert plyo.spaces.utils.flatdim(Mine()) == 7


def test_samples_of_a_batch_are_independent_of_the_space():
    def facts(gym):
        s = gym.spaces
        found = []
        for make in (
            s.Text,
            s.Discrete,
            lambda n: s.Dict(a=s.Discrete(n)),
            lambda n: s.OneOf([s.Discrete(n)]),
        ):
            space = make(50)
            space.seed(2)
            batch = gym.vector.utils.batch_space(space, 3)
            found += [batch.sample(), space.sample(), batch.sample(), space.sample()]
        return found

    same(facts)


def test_arrays_of_concatenate_are_those_given():
    s, v = plyo.spaces, plyo.vector.utils
    space = s.Dict(a=s.Box(0, 1, (2,)), b=s.Tuple([s.Discrete(2), s.Text(2)]))
    out = v.create_empty_array(space, 2)
    values = v.concatenate(space, iter([space.sample(), space.sample()]), out)
    assert values["a"] is out["a"]
    assert values["b"][0] is out["b"][0]
    assert len(values["b"][1]) == 2
    views = list(v.iterate(v.batch_space(space, 2), values))
    assert np.shares_memory(views[1]["a"], out["a"])


def test_texts_beside_floats_are_restored():
    s, u = plyo.spaces, plyo.spaces.utils
    space = s.Tuple(
        [s.Box(0, 1, (2,)), s.Dict(a=s.Text(5, min_length=0)), s.OneOf([s.Text(3), s.Discrete(2)])]
    )
    space.seed(4)
    for _ in range(20):
        x = space.sample()
        back = u.unflatten(space, u.flatten(space, x))
        assert back in space
        assert back[1:] == x[1:]
        assert np.array_equal(back[0], x[0])


def test_unflattened_boxes_are_views():
    s, u = plyo.spaces, plyo.spaces.utils
    flat = np.zeros(4, np.float32)
    assert np.shares_memory(u.unflatten(s.Box(0, 1, (2, 2)), flat), flat)
    x = np.zeros((2, 2), np.float32)
    assert not np.shares_memory(u.flatten(s.Box(0, 1, (2, 2)), x), x)
