"""Composite spaces call their parts: a user's replacements take effect."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from both_packages import attempt, same


def trees(s, part):
    """A space of every composite type with a part in it, below and beside others."""
    # A generator of their own keeps them from seeding their parts anew.
    rng = np.random.default_rng(1)
    return [
        s.Tuple([s.Box(0, 1, (2,), seed=1), part], seed=rng),
        s.Dict(a=s.Discrete(3, seed=1), b=part, seed=rng),
        s.Tuple([s.Dict({"a": s.Tuple([part], seed=rng)}, seed=rng)], seed=rng),
        s.Sequence(part, seed=rng),
        s.OneOf([part], seed=rng),
    ]


def results(gym, part):
    """The behaviour of a part inside other spaces."""
    u, v, found = gym.spaces.utils, gym.vector.utils, []
    for space in trees(gym.spaces, part):
        x = space.sample()
        found += [x, x in space, attempt(lambda space=space, x=x: space.to_jsonable([x])), repr(space)]
        if space.is_np_flattenable:
            found += [u.flatten(space, x), u.flatdim(space)]
            if not isinstance(part, gym.spaces.Text):  # Gymnasium cannot restore those beside floats
                found.append(u.unflatten(space, u.flatten(space, x)))
        found.append(v.concatenate(space, [x, x], v.create_empty_array(space, 2)))
    return found


@pytest.mark.parametrize("name", ["Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text", "Tuple", "Dict"])
def test_subclasses(name):
    """Methods and properties of a subclass are used."""

    def facts(gym):
        s = gym.spaces
        calls = []

        class Mine(getattr(s, name)):
            def sample(self, *args, **kwargs):
                calls.append("sample")
                return super().sample(*args, **kwargs)

            def contains(self, x):
                calls.append("contains")
                return not super().contains(x)

            @property
            def is_np_flattenable(self):
                calls.append("is_np_flattenable")
                return super().is_np_flattenable

            def to_jsonable(self, sample_n):
                calls.append("to_jsonable")
                return super().to_jsonable(sample_n)

            def __repr__(self):
                return f"Mine({super().__repr__()})"

        arguments = {
            "Box": (0, 1, (2,)),
            "Discrete": (4,),
            "MultiDiscrete": ([3, 4],),
            "MultiBinary": (3,),
            "Text": (3,),
            "Tuple": ([s.Discrete(3)],),
            "Dict": ({"x": s.Discrete(3)},),
        }
        part = Mine(*arguments[name])
        part.seed(2)
        # flattening asks its properties in another order and number
        return results(gym, part), {call: calls.count(call) for call in ("sample", "contains", "to_jsonable")}

    same(facts)


def test_methods_of_single_spaces():
    def facts(gym):
        part = gym.spaces.Box(0, 1, (2,), seed=3)
        part.sample = lambda *args, **kwargs: np.full(2, 0.25, np.float32)
        part.contains = lambda x: False
        return results(gym, part)

    same(facts)


@pytest.mark.parametrize("name", ["Box", "Discrete", "MultiBinary", "Dict", "Tuple"])
def test_methods_of_the_types(name, monkeypatch):
    def facts(gym):
        s = gym.spaces
        kind = getattr(s, name)
        part = {
            "Box": lambda: s.Box(0, 1, (2,), seed=4),
            "Discrete": lambda: s.Discrete(4, seed=4),
            "MultiBinary": lambda: s.MultiBinary(3, seed=4),
            "Dict": lambda: s.Dict(q=s.Discrete(3, seed=4)),
            "Tuple": lambda: s.Tuple([s.Discrete(3, seed=4)]),
        }[name]()
        own = part.sample()
        with monkeypatch.context() as patch:
            before = kind.sample
            patch.setattr(
                kind, "sample", lambda self, *a, **k: own if self is part else before(self, *a, **k)
            )
            patch.setattr(kind, "contains", lambda self, x: x is not own)
            patched = [space.sample() for space in trees(s, part)]
            inside = [x in space for x, space in zip(patched, trees(s, part), strict=True)]
        return patched, inside, [space.sample() for space in trees(s, part)]

    same(facts)


@contextmanager
def registered(function, kind, implementation):
    """Registers an implementation in the place of that of the package for a while."""
    own = function.registry[kind]
    function.register(kind, implementation)
    try:
        yield
    finally:
        function.register(kind, own)


@pytest.mark.parametrize("name", ["Box", "Discrete"])
def test_implementations_for_types_of_the_package(name):
    def facts(gym):
        s, u, v = gym.spaces, gym.spaces.utils, gym.vector.utils
        kind = getattr(s, name)

        def look():
            part = s.Box(0, 1, (2,), seed=1) if name == "Box" else s.Discrete(3, seed=1)
            found = []
            for space in trees(s, part)[:3]:
                x = space.sample()
                flat = u.flatten(space, x)
                batch = v.batch_space(space, 2)
                values = v.concatenate(space, [x, x], v.create_empty_array(space, 2))
                found += [
                    x,
                    flat,
                    u.unflatten(space, flat),
                    u.flatdim(space),
                    values,
                    list(v.iterate(batch, values)),
                ]
                found += [repr(batch), repr(u.flatten_space(space))]
            return found

        found = look()
        with (
            registered(u.flatten, kind, lambda space, x: np.array([1, 2, 3], space.dtype)),
            registered(u.flatdim, kind, lambda space: 3),
            registered(u.unflatten, kind, lambda space, x: x.sum()),
            registered(u.flatten_space, kind, lambda space: s.Box(0, 5, (3,), space.dtype)),
        ):
            found += look()
        with (
            registered(v.create_empty_array, kind, lambda space, n=1, fn=np.zeros: [fn(1)] * n),
            registered(v.concatenate, kind, lambda space, items, out: np.array([7, len(list(items))])),
        ):
            found += look()
        with registered(v.iterate, s.Box, lambda space, items: iter([1, 2])):
            found += look() if name == "Box" else []
        return found + look()

    same(facts)


def test_generators_of_other_kinds():
    """Parts that draw from another bit generator, or share one, give the same draws as with Gymnasium."""

    def facts(gym):
        s = gym.spaces
        found = []
        for bits in (np.random.MT19937, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64):
            rng = np.random.Generator(bits(5))
            space = s.Dict(
                a=s.Box(-1, np.inf, (3,), seed=rng),
                b=s.Discrete(7, seed=rng),
                c=s.MultiBinary(5, seed=rng),
                seed=rng,
            )
            found += [space.sample(), space.sample(), rng.random(), space.sample()]
            batch = gym.vector.utils.batch_space(space, 2)
            found += [batch.sample(), space.sample(), batch.sample()]
        shared = np.random.default_rng(3)
        space = s.Tuple(
            [s.Discrete(100, seed=shared), s.MultiDiscrete([9, 9], seed=shared), s.Text(4, seed=shared)]
        )
        found += [space.sample(), shared.integers(10, dtype=np.int32), space.sample(), shared.random()]
        space[0]._np_random = np.random.default_rng(8)
        return [*found, space.sample(), shared.bit_generator.state["state"]]

    same(facts)


def test_children_of_generators_are_copied():
    """A copied generator spawns the same generators as the original."""

    def facts(gym):
        space = gym.spaces.Box(0, 1, seed=np.random.default_rng([1, 2]))
        space.np_random.spawn(2)
        batch = gym.vector.utils.batch_space(space, 3)
        return [rng.random() for one in (batch, space, batch) for rng in one.np_random.spawn(2)]

    same(facts)
