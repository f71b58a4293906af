"""Elements that `sample` does not make: other dtypes, layouts, types and sizes."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest
from both_packages import attempt, same
from differential import assert_same, outcome

import plyo


class Labelled(np.ndarray):
    """An array type of the user's."""


def variants(x):
    """The same numbers, and nearly the same, in other forms."""
    if isinstance(x, str):
        return [
            x,
            x * 9,
            "",
            "?",
            np.str_(x),
            np.array(x),
            list(x),
            x.encode(),
            None,
            3,
            [],
            np.zeros(2),
            x[:1],
        ]
    x = np.asarray(x)
    wide = np.zeros((*x.shape, 2), x.dtype)
    wide[..., 0] = x
    read_only = x.copy()
    read_only.flags.writeable = False
    swapped = x.astype(x.dtype.newbyteorder())
    forms = [
        x,
        np.asfortranarray(x),
        wide[..., 0],
        x[::-1][::-1] if x.ndim else x,
        read_only,
        swapped,
        x.view(Labelled),
        x.tolist(),
        tuple(x.tolist()) if x.ndim else x.item(),
        x[()],
        np.ma.masked_array(x),
        x.astype(object),
        x.astype("U8"),
        x.reshape(-1),
        x[None],
        x[..., None],
        x[:0] if x.ndim else x,
    ]
    with np.errstate(all="ignore"):
        forms += [x.astype(kind) for kind in ("?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "c8")]
        forms += [x + 1, x - 1, x.astype("f8") + 0.5, x.astype("f8") * np.nan, x.astype("f8") - np.inf]
    return [*forms, None, "a", b"a", {}, [], (), 2**70, -1, True, 1.5, np.float64(1), np.bool_(True), object]


SPACES = {
    "box-f4": lambda s: s.Box(-1, 2, (2, 3)),
    "box-f8": lambda s: s.Box(-np.inf, 2, (3,), np.float64),
    "box-f2": lambda s: s.Box(-1, 2, (3,), np.float16),
    "box-i1": lambda s: s.Box(-5, 5, (2, 2), np.int8),
    "box-u1": lambda s: s.Box(0, 255, (2, 2), np.uint8),
    "box-i8": lambda s: s.Box(-5, 5, (3,), np.int64),
    "box-bool": lambda s: s.Box(0, 1, (3,), bool),
    "box-0d": lambda s: s.Box(-1, 2, ()),
    "box-0d-i4": lambda s: s.Box(-1, 2, (), np.int32),
    "box-empty": lambda s: s.Box(-1, 2, (0, 2)),
    "discrete": lambda s: s.Discrete(5, start=-2),
    "discrete-i1": lambda s: s.Discrete(5, dtype=np.int8),
    "discrete-u8": lambda s: s.Discrete(5, start=3, dtype=np.uint64),
    "multi": lambda s: s.MultiDiscrete([3, 4], start=[-1, 2]),
    "multi-2d-u1": lambda s: s.MultiDiscrete([[3, 4], [2, 2]], dtype=np.uint8),
    "binary": lambda s: s.MultiBinary(4),
    "binary-2d": lambda s: s.MultiBinary((2, 3)),
    "text": lambda s: s.Text(4, charset="ab"),
}


def is_error(found):
    """Whether an attempt has raised."""
    return isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], str)


def plain(x):
    """Gives array types of others by their names, which have no bytes to compare."""
    if isinstance(x, np.ndarray) and (type(x) is not np.ndarray or x.dtype == object):
        return type(x).__name__, str(x.dtype), repr(x.tolist())
    return x


@pytest.mark.parametrize("make", SPACES.values(), ids=SPACES.keys())
def test_functions(make):
    def facts(gym):
        s, v = gym.spaces, gym.vector.utils
        space = make(s)
        space.seed(1)
        own = space.sample()
        nested = s.Dict(a=space, b=s.Tuple([space, s.Discrete(2)]))
        batch = v.batch_space(space, 2)
        found = []
        for x in variants(own):
            tree = {"a": x, "b": (x, 1)}
            calls = [
                lambda x=x: v.concatenate(space, [x, own], v.create_empty_array(space, 2)),
                lambda x=x: v.concatenate(space, (x, x), v.create_empty_array(space, 2, np.ones)),
                lambda x=x: v.concatenate(space, [own, own], x),
                lambda x=x: [plain(item) for item in v.iterate(batch, x)],
                lambda tree=tree: v.concatenate(nested, [tree, tree], v.create_empty_array(nested, 2)),
            ]
            found += [attempt(call) for call in calls]
        return found

    same(facts)


@pytest.mark.parametrize("make", SPACES.values(), ids=SPACES.keys())
def test_strangers(make):
    """`contains` never raises, `flatten` refuses with a ValueError; both packages agree on accepted elements."""

    def facts(gym):
        s, u = gym.spaces, gym.spaces.utils
        space = make(s)
        space.seed(1)
        nested = s.Dict(a=space, b=s.Tuple([space, s.Discrete(2)]))
        found = []
        for x in variants(space.sample()):
            tree = {"a": x, "b": (x, 1)}
            found.append(attempt(lambda x=x: x in space))
            found.append(attempt(lambda tree=tree: tree in nested))
            found.append(attempt(lambda x=x: plain(u.flatten(space, x))))
            found.append(attempt(lambda tree=tree: u.flatten(nested, tree)))
        return found

    with np.errstate(all="ignore"):
        (_, ours), _ = outcome(lambda: facts(plyo))
        (_, theirs), _ = outcome(lambda: facts(gymnasium))
    space = make(plyo.spaces)
    space.seed(1)
    values = variants(space.sample())
    for i, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        if i % 4 < 2:
            assert isinstance(our, bool)
            assert our is their or not our  # Gymnasium raises, or casts the value to something else
        elif is_error(our):
            assert our[0] == "ValueError"
            assert "is not an element of" in our[1]
            assert not ours[i - 2]
        elif is_error(their):  # integers of another type, which mean the same
            if i % 4 == 2:
                assert np.array_equal(plyo.spaces.unflatten(space, our), values[i // 4])
        else:
            assert_same(our, their)


@pytest.mark.parametrize("name", sorted(SPACES.keys() - {"text"}))  # Gymnasium takes no floats for texts
def test_unflatten(name):
    def facts(gym):
        s, u = gym.spaces, gym.spaces.utils
        space = SPACES[name](s)
        space.seed(1)
        nested = s.Tuple([s.Discrete(2, seed=1), space])
        found = []
        for one in (space, nested):
            flat = u.flatten(one, one.sample())
            found += [attempt(lambda x=x, one=one: plain(u.unflatten(one, x))) for x in variants(flat)]
        return found

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of NumPy, where numbers do not fit
        pairs = list(zip(facts(plyo), facts(gymnasium), strict=True))
    for our, their in pairs:
        if is_error(our) and "is not the code of an element" in our[1]:
            assert our[0] == "ValueError"  # Gymnasium's is another element, or none
        else:
            assert_same(our, their)
