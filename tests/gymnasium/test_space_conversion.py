"""Conversion of spaces between the libraries: kinds, bounds, samples, elements, random streams."""

from __future__ import annotations

import pickle
import warnings

import gymnasium
import gymnasium.spaces
import gymnasium.vector.utils
import numpy as np
import pytest
from differential import assert_same, outcome
from leaf_cases import OURS, SPACES, THEIRS
from random_spaces import build, plan

import plyo.spaces
from plyo.gymnasium.spaces import (
    ForeignSpace,
    PlyoSpace,
    from_gymnasium_space,
    from_gymnasium_value,
    to_gymnasium_space,
    to_gymnasium_value,
)

warnings.filterwarnings("ignore", ".*Box low's precision.*")


def made(name: str, package):
    """A space of the list, None where the package has no such space."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return SPACES[name](package)
        except (ValueError, OverflowError):
            return None


@pytest.mark.parametrize("name", SPACES)
def test_leaves_become_those_of_the_other_library(name):
    for package, convert, back in (
        (OURS, to_gymnasium_space, from_gymnasium_space),
        (THEIRS, from_gymnasium_space, to_gymnasium_space),
    ):
        space = made(name, package)
        if space is None:
            continue
        other = convert(space)
        assert type(other).__name__ == type(space).__name__
        assert type(other).__module__.split(".")[0] != type(space).__module__.split(".")[0]
        assert back(other) == space
        assert (other.shape, other.dtype) == (space.shape, space.dtype)
        for bound in ("bounded_below", "bounded_above"):
            assert_same(getattr(other, bound, None), getattr(space, bound, None))
        space.seed(3)
        other.seed(3)
        theirs = outcome(other.sample if package is OURS else space.sample)
        if theirs[0][0] == "returned":  # Gymnasium cannot draw from the widest boxes
            assert_same(outcome(other.sample if package is THEIRS else space.sample), theirs)


# Gymnasium looks at the elements of an array of scalars one by one
@pytest.mark.filterwarnings("ignore:.*Casting input x to numpy array")
@pytest.mark.parametrize("number", range(60))
def test_nested_spaces_draw_the_same_elements(number):
    for package, convert, back, translate, untranslate in (
        (plyo.spaces, to_gymnasium_space, from_gymnasium_space, to_gymnasium_value, from_gymnasium_value),
        (
            gymnasium.spaces,
            from_gymnasium_space,
            to_gymnasium_space,
            from_gymnasium_value,
            to_gymnasium_value,
        ),
    ):
        space = build(package, plan(number))
        other = convert(space)
        assert back(other) == space
        space.seed(number)
        other.seed(number)
        there, home = translate(space), untranslate(other)
        for _ in range(5):
            value, expected = space.sample(), other.sample()
            assert_same(value, expected)
            moved = value if there is None else there(value)
            assert moved in other
            assert (moved if home is None else home(moved)) in space


@pytest.mark.parametrize("number", range(10, 20))
def test_batched_elements_are_translated_too(number):
    space = build(plyo.spaces, plan(number))
    batch = plyo.vector.utils.batch_space(space, 3)
    batch.seed(1)
    value = batch.sample()
    translate = to_gymnasium_value(batch)
    moved = value if translate is None else translate(value)
    assert moved in gymnasium.vector.utils.batch_space(to_gymnasium_space(space), 3)


def test_the_random_stream_is_copied_not_shared():
    space = plyo.spaces.Dict(a=plyo.spaces.Discrete(1000), b=plyo.spaces.Box(0, 1, (3,)), seed=5)
    other = to_gymnasium_space(space)
    first = space.sample()
    assert_same(other.sample(), first)
    other.seed(0)
    again = to_gymnasium_space(space)
    assert_same(again.sample(), space.sample())


def test_unordered_dicts_keep_their_order_and_the_wish():
    space = gymnasium.spaces.Dict(
        {"z": gymnasium.spaces.Discrete(2), "a": gymnasium.spaces.Discrete(3)}, sort_keys=False
    )
    ours = from_gymnasium_space(space)
    assert list(ours.spaces) == ["z", "a"]
    assert ours.sort_keys is False
    assert list(to_gymnasium_space(ours).spaces) == ["z", "a"]


class Mission(gymnasium.spaces.Space):
    """A package's own space, as MiniGrid has it."""

    def __init__(self) -> None:
        super().__init__(None, str)

    def sample(self, mask=None, probability=None):
        return f"go to {self.np_random.integers(10)}"

    def contains(self, x):
        return isinstance(x, str) and x.startswith("go to ")

    def __eq__(self, other):
        return isinstance(other, Mission)


class Even(plyo.spaces.Space):
    """A user's space of Plyo."""

    def __init__(self) -> None:
        super().__init__((), np.int64)

    def sample(self, mask=None, probability=None):
        return 2 * int(self.np_random.integers(50))

    def contains(self, x):
        return x % 2 == 0


def test_a_space_of_another_type_is_wrapped():
    theirs = gymnasium.spaces.Dict(mission=Mission(), image=gymnasium.spaces.Box(0, 255, (7, 7, 3), np.uint8))
    ours = from_gymnasium_space(theirs)
    assert type(ours["mission"]) is ForeignSpace
    assert isinstance(ours["mission"], plyo.spaces.Space)
    assert to_gymnasium_space(ours) == theirs
    assert from_gymnasium_space(theirs) == ours
    copied = pickle.loads(pickle.dumps(ours))
    assert copied == ours
    ours["mission"].seed(4)
    copied["mission"].seed(4)
    assert ours["mission"].sample() == copied["mission"].sample()
    assert "go to 3" in ours["mission"]
    assert "stay" not in ours["mission"]

    batch = plyo.vector.utils.batch_space(ours, 2)
    assert batch.sample() in batch

    even = to_gymnasium_space(Even())
    assert type(even) is PlyoSpace
    assert isinstance(even, gymnasium.spaces.Space)
    assert (even.shape, even.dtype) == ((), np.int64)
    assert type(from_gymnasium_space(even)) is Even
    assert gymnasium.spaces.Tuple([even, even], seed=1).sample() in gymnasium.spaces.Tuple([even, even])
    assert repr(even).startswith("PlyoSpace(<")


def test_spaces_of_the_wanted_library_are_left_alone():
    space = gymnasium.spaces.Discrete(3)
    assert to_gymnasium_space(space) is space
    ours = plyo.spaces.Discrete(3)
    assert from_gymnasium_space(ours) is ours


@pytest.mark.parametrize("convert", [to_gymnasium_space, from_gymnasium_space])
@pytest.mark.parametrize("wrong", [None, 3, "Box", int])
def test_what_is_no_space_is_refused(convert, wrong):
    with pytest.raises(TypeError, match="Expected a space of"):
        convert(wrong)
