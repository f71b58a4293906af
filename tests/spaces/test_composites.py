"""Composite spaces: errors for wrong arguments, construction, changes and restoring."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import typing
from collections import OrderedDict, UserDict, UserList
from collections.abc import Mapping, Sequence

import gymnasium
import gymnasium.vector.utils
import numpy as np
import pytest
from both_packages import same
from differential import assert_same, assert_same_outcome

import plyo
from plyo.spaces import Box, Dict, Discrete, MultiBinary, Text, Tuple

BROKEN = {
    "tuple-of-others": lambda s: s.Tuple([s.Discrete(2), 3]),
    "tuple-of-nothing-iterable": lambda s: s.Tuple(3),
    "tuple-seed-negative": lambda s: s.Tuple([s.Discrete(2)], seed=-1),
    "tuple-seed-type": lambda s: s.Tuple([s.Discrete(2)], seed=1.5),
    "tuple-seed-short": lambda s: s.Tuple([s.Discrete(2)] * 2).seed([1]),
    "tuple-seed-item": lambda s: s.Tuple([s.Discrete(2)]).seed(["a"]),
    "tuple-mask-and-probability": lambda s: s.Tuple([s.Discrete(2)]).sample(
        mask=(None,), probability=(None,)
    ),
    "tuple-mask-type": lambda s: s.Tuple([s.Discrete(2)]).sample(mask=[None]),
    "tuple-mask-length": lambda s: s.Tuple([s.Discrete(2)]).sample(mask=(None, None)),
    "tuple-mask-of-part": lambda s: s.Tuple([s.Discrete(2)]).sample(mask=(np.ones(3, np.int8),)),
    "tuple-probability-type": lambda s: s.Tuple([s.Discrete(2)]).sample(probability=[None]),
    "tuple-probability-length": lambda s: s.Tuple([s.Discrete(2)]).sample(probability=()),
    "tuple-probability-of-box": lambda s: s.Tuple([s.Box(0, 1)]).sample(probability=(np.ones(1),)),
    "tuple-index": lambda s: s.Tuple([s.Discrete(2)])[1],
    "tuple-hash": lambda s: hash(s.Tuple([s.Discrete(2)])),
    "tuple-json-short": lambda s: s.Tuple([s.Discrete(2)] * 2).to_jsonable([(0,)]),
    "tuple-json-uneven": lambda s: s.Tuple([s.Discrete(2)] * 2).from_jsonable([[0], [0, 1]]),
    "dict-type": lambda s: s.Dict(3),
    "dict-iterator": lambda s: s.Dict(iter([("a", s.Discrete(2))])),
    "dict-text": lambda s: s.Dict("ab"),
    "dict-of-others": lambda s: s.Dict({"a": 3}),
    "dict-keyword-of-others": lambda s: s.Dict(a=3),
    "dict-twice": lambda s: s.Dict({"a": s.Discrete(2)}, a=s.Discrete(3)),
    "dict-seed-negative": lambda s: s.Dict(a=s.Discrete(2), seed=-1),
    "dict-seed-type": lambda s: s.Dict({"a": s.Discrete(2)}, seed="a"),
    "dict-seed-keys": lambda s: s.Dict(a=s.Discrete(2)).seed({"b": 1}),
    "dict-mask-and-probability": lambda s: s.Dict(a=s.Discrete(2)).sample({"a": None}, {"a": None}),
    "dict-mask-type": lambda s: s.Dict(a=s.Discrete(2)).sample(mask=(None,)),
    "dict-mask-keys": lambda s: s.Dict(a=s.Discrete(2)).sample(mask={"b": None}),
    "dict-probability-type": lambda s: s.Dict(a=s.Discrete(2)).sample(probability=[None]),
    "dict-probability-keys": lambda s: s.Dict(a=s.Discrete(2)).sample(probability={}),
    "dict-set": lambda s: s.Dict(a=s.Discrete(2)).__setitem__("b", 3),
    "dict-get": lambda s: s.Dict(a=s.Discrete(2))["b"],
    "dict-hash": lambda s: hash(s.Dict(a=s.Discrete(2))),
    "sequence-of-others": lambda s: s.Sequence("a"),
    "sequence-seed-length": lambda s: s.Sequence(s.Discrete(2)).seed((1, 2, 3)),
    "sequence-seed-type": lambda s: s.Sequence(s.Discrete(2)).seed("a"),
    "sequence-seed-negative": lambda s: s.Sequence(s.Discrete(2), seed=-2),
    "sequence-both": lambda s: s.Sequence(s.Discrete(2)).sample((None, None), (None, None)),
    "sequence-mask-short": lambda s: s.Sequence(s.Discrete(2)).sample(mask=()),
    "sequence-mask-negative": lambda s: s.Sequence(s.Discrete(2)).sample(mask=(-1, None)),
    "sequence-mask-float": lambda s: s.Sequence(s.Discrete(2)).sample(mask=(1.0, None)),
    "sequence-mask-bool": lambda s: s.Sequence(s.Discrete(2)).sample(mask=(True, None)),
    "sequence-mask-list": lambda s: s.Sequence(s.Discrete(2)).sample(probability=([1, 2], None)),
    "sequence-mask-axes": lambda s: s.Sequence(s.Discrete(2)).sample(mask=(np.ones((1, 1), int), None)),
    "sequence-mask-negative-array": lambda s: s.Sequence(s.Discrete(2)).sample(
        mask=(np.array([1, -1]), None)
    ),
    "sequence-mask-float-array": lambda s: s.Sequence(s.Discrete(2)).sample(probability=(np.ones(2), None)),
    "sequence-mask-empty-array": lambda s: s.Sequence(s.Discrete(2)).sample(mask=(np.ones(0, int), None)),
    "sequence-empty-stack": lambda s: s.Sequence(s.Discrete(2), stack=True).sample(mask=(0, None)),
    "sequence-mask-of-feature": lambda s: s.Sequence(s.Discrete(2)).sample(mask=(1, 3)),
    "sequence-hash": lambda s: hash(s.Sequence(s.Discrete(2))),
    "graph-of-others": lambda s: s.Graph(3, None),
    "graph-of-other-edges": lambda s: s.Graph(s.Discrete(2), "a"),
    "graph-no-edges": lambda s: s.Graph(s.Discrete(2)),
    "graph-seed-two": lambda s: s.Graph(s.Discrete(2), s.Discrete(2)).seed((1, 2)),
    "graph-seed-three": lambda s: s.Graph(s.Discrete(2), None).seed([1, 2, 3]),
    "graph-seed-type": lambda s: s.Graph(s.Discrete(2), None).seed({}),
    "graph-seed-negative": lambda s: s.Graph(s.Discrete(2), None, seed=-5),
    "graph-no-nodes": lambda s: s.Graph(s.Discrete(2), None).sample(num_nodes=0),
    "graph-negative-edges": lambda s: s.Graph(s.Discrete(2), s.Discrete(2)).sample(num_edges=-1),
    "graph-both": lambda s: s.Graph(s.Discrete(2), None).sample((None, None), (None, None)),
    "graph-mask-short": lambda s: s.Graph(s.Discrete(2), None).sample(mask=(None,)),
    "graph-mask-of-box": lambda s: s.Graph(s.Box(0, 1), None).sample(mask=(np.ones(2), None)),
    "graph-mask-count": lambda s: s.Graph(s.Discrete(2), None).sample(mask=((np.ones(2, np.int8),), None)),
    "graph-hash": lambda s: hash(s.Graph(s.Discrete(2), None)),
    "oneof-of-nothing-iterable": lambda s: s.OneOf(3),
    "oneof-empty": lambda s: s.OneOf([]),
    "oneof-of-others": lambda s: s.OneOf([s.Discrete(2), "a"]),
    "oneof-seed-length": lambda s: s.OneOf([s.Discrete(2)]).seed((1,)),
    "oneof-seed-type": lambda s: s.OneOf([s.Discrete(2)]).seed({1}),
    "oneof-seed-negative": lambda s: s.OneOf([s.Discrete(2)], seed=-1),
    "oneof-both": lambda s: s.OneOf([s.Discrete(2)]).sample((None,), (None,)),
    "oneof-mask-type": lambda s: s.OneOf([s.Discrete(2)]).sample(mask=[None]),
    "oneof-mask-length": lambda s: s.OneOf([s.Discrete(2)]).sample(mask=(None, None)),
    "oneof-probability-type": lambda s: s.OneOf([s.Discrete(2)]).sample(probability={}),
    "oneof-probability-length": lambda s: s.OneOf([s.Discrete(2)]).sample(probability=()),
    "oneof-hash": lambda s: hash(s.OneOf([s.Discrete(2)])),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_errors(broken):
    def attempt(gym):
        found = broken(gym.spaces)
        return found if isinstance(found, bool) else repr(found)

    assert_same_outcome(attempt, plyo, gymnasium)


def test_graph_with_edges_but_no_edge_space_warns():
    def facts(gym):
        graph = gym.spaces.Graph(gym.spaces.Discrete(3), None, seed=1)
        return graph.sample(num_edges=4), graph.sample(num_nodes=1), graph.sample(num_nodes=1, num_edges=0)

    same(facts)


def test_elements_that_are_cast_warn():
    def facts(gym):
        s = gym.spaces
        space = s.Dict(a=s.Tuple([s.Box(0, 1, (2,)), s.Discrete(3)]), b=s.MultiBinary(2))
        return [
            x in space
            for x in (
                {"a": ([0.5, 0.5], 1), "b": [0, 1]},
                {"a": [np.float32([0.5, 0.5]), 1], "b": (0, 1)},
                {"a": np.array([0, 0]), "b": (0, 1)},
                OrderedDict(b=[1, 1], a=((0, 0), 1)),
                UserDict(a=((0, 0), 1), b=[1, 1]),
                {"a": ((0, 0), 1)},
            )
        ]

    same(facts)


def order(space):
    return list(space), list(space.spaces), list(space.keys()), repr(space), list(space.sample())


def test_order_of_dict_keys():
    def facts(gym):
        s = gym.spaces
        pairs = [("b", s.Discrete(2)), ("a", s.Discrete(3)), ("c", s.Discrete(4))]
        unsortable = {2: s.Discrete(2), "a": s.Discrete(3), (1,): s.Discrete(4)}
        return [
            order(space)
            for space in (
                s.Dict(dict(pairs)),
                s.Dict(UserDict(pairs)),
                s.Dict(OrderedDict(pairs)),
                s.Dict(pairs),
                s.Dict(tuple(pairs)),
                s.Dict(UserList(pairs)),
                s.Dict(**dict(pairs)),
                s.Dict(dict(pairs), z=s.Discrete(5), y=s.Discrete(6)),
                s.Dict(dict(pairs), sort_keys=False),
                s.Dict(OrderedDict(pairs), sort_keys=True),
                s.Dict(unsortable),
                s.Dict(s.Dict(pairs)),
                s.Dict({5: s.Discrete(2), 3: s.Discrete(1)}),
                s.Dict(),
            )
        ]

    same(facts)


def test_dict_is_a_mapping():
    def facts(gym):
        s = gym.spaces
        space = s.Dict(b=s.Discrete(2), a=s.Box(0, 1))
        space["c"] = s.MultiBinary(2)
        space.spaces["d"] = s.Text(3)
        unequal = s.Dict(a=s.Box(0, 1), b=s.Discrete(2))
        return [
            isinstance(space, Mapping),
            len(space),
            repr(space["c"]),
            repr(space.get("e")),
            repr(list(space.items())),
            repr(list(space.values())),
            repr(space.keys() - {"a"}),
            "b" in space,
            {**space}.keys() == space.keys(),
            space == unequal,
            unequal == s.Dict(a=s.Box(0, 1), b=s.Discrete(2)),
            unequal == dict(unequal),
            repr(space.seed({"d": 1, "a": 2, "b": 3, "c": 4})),
            space.sample(),
            space.sort_keys,
        ]

    same(facts)


def test_tuple_is_a_sequence():
    def facts(gym):
        s = gym.spaces
        space = s.Tuple(iter([s.Discrete(2), s.Box(0, 1), s.Discrete(2)]))
        return [
            isinstance(space, Sequence),
            len(space),
            repr(space[1]),
            repr(space[-1]),
            repr(space[:2]),
            repr(list(space)),
            repr(list(reversed(space))),
            space.count(s.Discrete(2)),
            space.index(s.Box(0, 1)),
            space == s.Tuple(list(space)),
            space == tuple(space),
            s.Tuple([]).sample(),
            () in s.Tuple([]),
            repr(s.Tuple([])),
            repr(s.OneOf(space.spaces)[1]),
            len(s.OneOf(space.spaces)),
        ]

    same(facts)


def test_subclasses_and_type_arguments():
    def facts(gym):
        s = gym.spaces
        bases = {name: [c.__name__ for c in getattr(s, name).__mro__] for name in ("Dict", "Tuple", "OneOf")}
        subscripts = [repr(kind[int]) for kind in (s.Tuple, s.Dict, s.OneOf)]
        hints = typing.get_type_hints(s.GraphInstance)
        return bases, subscripts, list(hints), s.GraphInstance._fields

    same(facts)


@pytest.mark.parametrize(
    "name", [n for n in gymnasium.spaces.__all__ if isinstance(getattr(plyo.spaces, n), type)]
)
def test_signatures(name):
    """Methods have the same parameters with the same defaults, and the same attributes are properties."""

    def facts(gym):
        found = {}
        kind = getattr(gym.spaces, name)
        for attribute in sorted(set(dir(kind)) - set(dir(object)) | {"__init__"}):
            value = inspect.getattr_static(kind, attribute)
            if isinstance(value, property):
                found[attribute] = "property"
            elif attribute[0] != "_" or attribute in ("__init__", "__getitem__", "__len__", "__setstate__"):
                parameters = inspect.signature(value).parameters.values() if callable(value) else ()
                # how the base classes of the standard library do it is theirs
                found[attribute] = [(p.name, p.kind.name, repr(p.default)) for p in parameters]
        return found

    same(facts)


def test_changes_are_seen_at_once():
    """Nothing is remembered of the parts: they can be changed at any time."""

    def facts(gym):
        s, u, v = gym.spaces, gym.spaces.utils, gym.vector.utils
        rng = np.random.default_rng(1)  # without one of their own they would seed their parts anew
        pair = s.Tuple([s.Discrete(3, seed=2), s.MultiBinary(2, seed=3)], seed=rng)
        space = s.Dict(a=s.Box(0, 1, (2,), seed=1), b=pair, seed=rng)
        found = []

        def look():
            x = space.sample()
            flat = u.flatten(space, x)
            items = [space.sample(), x]
            batch = v.batch_space(space, 2)
            values = v.concatenate(space, items, v.create_empty_array(space, 2))
            found.extend([x, x in space, flat, u.unflatten(space, flat), u.flatdim(space), repr(space)])
            found.extend([repr(u.flatten_space(space)), repr(batch), values, list(v.iterate(batch, values))])

        look()
        space["a"] = s.Box(-5, 5, (1,), dtype=np.float64, seed=4)
        look()
        space.spaces["0"] = s.Discrete(4, seed=5)
        look()
        space["b"].spaces = (s.Discrete(2, start=1, seed=6), s.OneOf([s.Discrete(2, seed=9)], seed=rng))
        look()
        space["b"].spaces[0].n = np.int64(9)
        space["a"].low = np.array([4.0])
        look()
        del space.spaces["0"]
        look()
        space["b"].spaces += (s.Sequence(s.Discrete(2, seed=9), seed=rng),)
        try:
            look()
        except ValueError as e:
            found.append(str(e))
        return found

    same(facts)


def test_generators_as_seeds():
    """A generator given as seed is used as it is and seeds none of the parts."""

    def facts(gym):
        s = gym.spaces
        found = []
        for make in (
            lambda part, seed: s.Tuple([part], seed=seed),
            lambda part, seed: s.Dict({"a": part}, seed=seed),
            lambda part, seed: s.Sequence(part, seed=seed),
            lambda part, seed: s.Graph(part, None, seed=seed),
            lambda part, seed: s.OneOf([part, s.Discrete(100, seed=5)], seed=seed),
        ):
            rng = np.random.default_rng(3)
            space = make(s.Discrete(100, seed=4), rng)
            found += [space.np_random is rng, space.sample(), space.sample(), rng.integers(100)]
        return found

    same(facts)


def test_legacy_states():
    """Attributes that early releases pickled under public names are understood."""

    def facts(gym):
        s = gym.spaces
        found = []
        for space in (s.Tuple([s.Discrete(9)]), s.Dict(a=s.Discrete(9)), s.OneOf([s.Discrete(9)])):
            space.seed(3)
            state = dict(vars(space))
            state["shape"], state["np_random"] = state.pop("_shape"), state.pop("_np_random")
            given = dict(state)
            restored = type(space).__new__(type(space))
            restored.__setstate__(given)
            found += [restored == space, restored.shape, given.keys() == state.keys()]
            found += [restored.np_random is space.np_random, restored.sample()]
        return found

    same(facts)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_unseeded_spaces(duplicate):
    s = plyo.spaces
    space = s.Dict(a=s.Tuple([s.Box(0, 1), s.Text(3)]), b=s.OneOf([s.Sequence(s.Discrete(2))]))
    other = duplicate(space)
    assert other == space
    assert other.sample() in space


def test_json_with_keys_that_are_no_texts():
    parts = {2: Discrete(3), None: Box(0, 1, (2,)), True: MultiBinary(2), 1.5: Text(3), "a": Discrete(2)}
    space = Dict({**parts, "deep": Dict({7: Tuple([Dict({8: Discrete(4)})])})}, seed=1)
    elements = [space.sample() for _ in range(3)]
    back = space.from_jsonable(json.loads(json.dumps(space.to_jsonable(elements))))
    assert_same([space.to_jsonable([x]) for x in back], [space.to_jsonable([x]) for x in elements])
    assert all(x in space for x in back)
    pairs = Dict({(1, 2): Discrete(3)})  # JSON has no such keys
    assert pairs.from_jsonable(pairs.to_jsonable([{(1, 2): 1}])) == [{(1, 2): 1}]
    assert Dict({}).from_jsonable({}) == []


def test_json_of_iterators():
    """Samples can come from any iterable, as the signature says."""
    s = plyo.spaces
    for space in (
        s.Tuple([s.Discrete(4), s.Discrete(5)], seed=1),
        s.Dict(a=s.Discrete(4), b=s.Discrete(5), seed=1),
    ):
        samples = [space.sample() for _ in range(3)]
        assert space.to_jsonable(iter(samples)) == space.to_jsonable(samples)
