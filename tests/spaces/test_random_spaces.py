"""200 random nested spaces behave as Gymnasium's, bit for bit; the quick tests take about 40 of them."""

from __future__ import annotations

import copy
import itertools
import json
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import gymnasium
import gymnasium.vector.utils
import numpy as np
import pytest
from both_packages import answers, attempt, same
from random_spaces import KINDS, build, kinds_in, plan, spoil, weights
from task_choice import one_of_each

import plyo

SPACES = 200
SEEDS = 100


def places_in(number: int) -> set[tuple[str, str]]:
    """The types in a space, each with the type of the whole."""
    whole = plan(number)
    return {(whole.kind, kind) for part in (whole, *whole.parts) for kind in kinds_in(part)}


#: The spaces that are the first with a type in a place, and every fourteenth; the soak takes the rest.
QUICK = {*one_of_each(range(SPACES), places_in), *range(0, SPACES, 14)}

each_space = pytest.mark.parametrize(
    "number", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in range(SPACES)]
)


def assert_both(number: int, facts: Callable[[Any, Any], Any]) -> None:
    """Asserts that ``facts(package, space)`` comes to the same with both packages."""
    same(lambda gym: facts(gym, build(gym.spaces, plan(number))))


def few(number: int, many: int) -> range:
    """That many times, but fewer where batches of spaces are made for each graph."""
    return range(max(1, many // 10) if "Graph" in kinds_in(plan(number)) else many)


def draw(number: int, space: Any) -> Any:
    """An element, with few nodes if it is a graph."""
    return space.sample(num_nodes=1 + number % 4) if plan(number).kind == "Graph" else space.sample()


def anatomy(value: Any) -> Any:
    """The parts of a space, as nested tuples; other values are returned as they are."""
    if isinstance(value, (list, tuple)):
        return tuple(map(anatomy, value))
    if isinstance(value, dict):
        return {key: anatomy(part) for key, part in value.items()}
    if isinstance(value, np.bool_):  # Gymnasium keeps a scalar where the bound of a box has no axes
        return np.asarray(value)
    if not isinstance(value, (plyo.Space, gymnasium.Space)):
        return value
    public = {name: anatomy(part) for name, part in sorted(vars(value).items()) if name[0] != "_"}
    return type(value).__name__, repr(value), value.shape, value.is_np_flattenable, public


def test_the_plans_cover_every_type_in_every_place():
    plans = [plan(number) for number in range(SPACES)]
    assert {p.kind for p in plans} == set(KINDS)
    for kind in set(KINDS) - {"Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text"}:
        below = set().union(*(kinds_in(part) for p in plans if p.kind == kind for part in p.parts))
        assert below >= set(KINDS) - {"Sequence", "Graph", "OneOf"}, kind


@each_space
def test_samples(number):
    def facts(gym, space):
        drawn = [anatomy(space)]
        for seed in few(number, SEEDS):
            drawn += [space.seed(seed), draw(number, space)]
        return drawn

    assert_both(number, facts)


@each_space
def test_samples_with_weights(number):
    def facts(gym, space):
        drawn = []
        rng = np.random.default_rng(number)
        for seed, kind in itertools.product(few(number, 4), ("mask", "probability")):
            given = weights(plan(number), rng, kind)
            space.seed(seed)
            drawn.append(attempt(lambda kind=kind, given=given: space.sample(**{kind: given})))
        return drawn

    assert_both(number, facts)


@each_space
def test_seeds_can_be_given_back(number):
    def facts(gym, space):
        seeds = space.seed(number)
        samples = [draw(number, space), draw(number, space)]
        again = space.seed(seeds)
        return seeds, again, samples, [draw(number, space), draw(number, space)]

    assert_both(number, facts)


@each_space
def test_elements(number):
    def facts(gym):
        space = build(gym.spaces, plan(number))
        space.seed(number)
        rng = np.random.default_rng(number)
        samples = [draw(number, space) for _ in few(number, 8)]
        spoiled = [spoil(x, rng) for x in samples for _ in range(3)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [attempt(lambda x=x: x in space) for x in samples + spoiled]

    ours, theirs = facts(plyo), facts(gymnasium)
    assert all(isinstance(answer, bool) for answer in ours)
    assert all(ours[: len(few(number, 8))])
    # Gymnasium raises, or casts a list of fractions to integers and finds these in the space.
    others = [(our, their) for our, their in zip(ours, theirs, strict=True) if our is not their]
    assert not any(our for our, _ in others)
    assert sum(their is True for _, their in others) <= 4


@each_space
def test_flat_forms(number):
    def facts(gym, space):
        space.seed(number)
        u = gym.spaces.utils
        found = [attempt(lambda: u.flatdim(space)), anatomy(attempt(lambda: u.flatten_space(space)))]
        for _ in range(3):
            x = draw(number, space)
            flat = attempt(lambda x=x: u.flatten(space, x))
            back = attempt(lambda flat=flat: u.unflatten(space, flat))
            # Gymnasium cannot restore texts that were flattened beside floats.
            if gym is gymnasium and "tuple indices must be integers or slices, not numpy.float" in str(back):
                back = x
            found += [flat, back]
        return found

    assert_both(number, facts)


@each_space
def test_batches(number):
    def facts(gym, space):
        space.seed(number)
        u = gym.vector.utils
        batch = u.batch_space(space, 3)
        items = [draw(number, space) for _ in range(3)]
        out = attempt(lambda: u.create_empty_array(space, 3))
        return [
            anatomy(batch),
            [batch.sample() for _ in few(number, 2)],
            out,
            attempt(lambda: u.concatenate(space, items, copy.deepcopy(out))),
            attempt(lambda: list(u.iterate(batch, u.concatenate(space, items, copy.deepcopy(out))))),
            attempt(lambda: list(u.iterate(space, items[0]))),
            batch.seed(number),
        ]

    assert_both(number, facts)


@each_space
def test_batches_of_differing_spaces(number):
    def facts(gym, space):
        spaces = [build(gym.spaces, plan(number, variant)) for variant in range(3)]
        for seed, one in enumerate(spaces):
            one.seed(seed)
        batch = attempt(lambda: gym.vector.utils.batch_differing_spaces(spaces))
        return anatomy(batch), [batch.seed(number), batch.sample()] if isinstance(batch, gym.Space) else None

    assert_both(number, facts)


@each_space
def test_json(number):
    def facts(gym, space):
        space.seed(number)
        samples = [draw(number, space) for _ in range(3)]
        converted = attempt(lambda: space.to_jsonable(samples))
        text = attempt(lambda: json.dumps(converted))
        back = attempt(lambda: space.from_jsonable(json.loads(text)))
        if (
            gym is gymnasium and isinstance(back, tuple) and back[0] == "KeyError"
        ):  # of a key that JSON has made a text of
            back = attempt(lambda: space.from_jsonable(converted))
        return converted, text, back

    assert_both(number, facts)


@each_space
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(number, duplicate):
    def facts(gym, space):
        space.seed(number)
        draw(number, space)
        other = duplicate(space)
        assert other == space
        return [anatomy(other), *(draw(number, one) for one in (space, other, other, space))]

    assert_both(number, facts)


def test_comparisons():
    """Every space against every other, and against another of its form."""

    def table(gym):
        equivalent = gym.spaces.utils.is_space_dtype_shape_equiv
        spaces = [build(gym.spaces, plan(number)) for number in range(SPACES)]
        variants = [build(gym.spaces, plan(number, 1)) for number in range(SPACES)]
        return [
            (a == b, equivalent(a, b)) for a, b in itertools.product(spaces, spaces[::7] + variants[::7])
        ] + [(a == b, equivalent(a, b)) for a, b in zip(spaces, variants, strict=True)]

    assert table(plyo) == table(gymnasium)


def test_foreign_elements():
    """Elements of every space are tried in every other."""

    def table(gym):
        spaces = [build(gym.spaces, plan(number)) for number in range(0, SPACES, 4)]
        for seed, space in enumerate(spaces):
            space.seed(seed)
        samples = [space.sample() for space in spaces]
        found = [attempt(lambda a=a, x=x: x in a) for a, x in itertools.product(spaces, samples)]
        assert gym is gymnasium or found == answers(found)
        return answers(found)

    same(table)
