"""Random nested spaces of all ten types, and masks, probabilities and wrong elements for them.

A plan describes a space. The form of a plan depends on its number alone; its bounds and counts
on its variant as well, so that variants of a plan are spaces that can be batched together.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

LEAVES = ["Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text"]
ARRAYS = LEAVES[:4]
COMPOSITES = ["Tuple", "Dict", "Sequence", "Graph", "OneOf"]
KINDS = LEAVES + COMPOSITES
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
# The infinite bounds of int64 wrap around in Gymnasium.
BOUNDED = [*INTEGERS[3:], "bool"]
FLOATS = ["float16", "float32", "float64"]
SHAPES = [(), (1,), (3,), (2, 3), (2, 1, 2), (0,)]
CHARSETS = ["abc", "zyxwyx", frozenset("Plyo"), "é∂x"]
DEPTH = 3


@dataclass
class Plan:
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    parts: list[Plan] = field(default_factory=list)


class Draw:
    """Two generators: one for the form of a plan, one for its numbers."""

    def __init__(self, number: int, variant: int) -> None:
        self.form = np.random.default_rng([number, 1])
        self.numbers = np.random.default_rng([number, 2, variant])

    def pick(self, choices: list[Any]) -> Any:
        return choices[self.form.integers(len(choices))]


@cache
def plan(number: int, variant: int = 0) -> Plan:
    """The plan of a space; the type at the top goes through all ten."""
    return _plan(Draw(number, variant), KINDS[number % len(KINDS)], DEPTH - 1)


def _plan(draw: Draw, kind: str, depth: int) -> Plan:
    if kind in LEAVES:
        return Plan(
            kind, {"Box": _box, "Text": _text, "MultiBinary": _multi_binary}.get(kind, _discrete)(draw, kind)
        )

    def parts(count: int) -> list[Plan]:
        kinds = KINDS if depth > 0 else LEAVES
        if kind == "Graph" and depth < DEPTH - 1:  # batches of anything else are slow to make
            kinds = ARRAYS
        return [_plan(draw, draw.pick(kinds), depth - 1) for _ in range(count)]

    if kind == "Sequence":
        return Plan(kind, {"stack": bool(draw.form.integers(2))}, parts(1))
    if kind == "Graph":
        return Plan(kind, {}, parts(draw.pick([1, 2, 2])))
    if kind == "OneOf":
        return Plan(kind, {}, parts(draw.pick([1, 2, 3])))
    children = parts(draw.pick([1, 2, 3]))
    if kind == "Tuple":
        return Plan(kind, {}, children)
    names = draw.pick([["b", "a", "c"], ["b", "a", "c"], ["x y", "", "é"], [2, "two", 1]])
    form = draw.pick(["mapping", "ordered", "pairs", "keywords", "unsorted"])
    return Plan(kind, {"names": names[: len(children)], "form": form}, children)


def _box(draw: Draw, kind: str) -> dict[str, Any]:
    dtype = draw.pick(FLOATS + FLOATS + INTEGERS + ["bool"])
    shape = draw.pick(SHAPES)
    bounds = draw.pick(["scalar", "arrays", "arrays", "ends"] + ["infinite"] * (dtype not in BOUNDED))
    if bounds == "ends" and dtype.endswith("64"):  # from these Gymnasium draws one value only
        bounds = "scalar"
    if dtype == "bool":
        return {
            "low": np.asarray(draw.numbers.random(shape) < 0.3),
            "high": np.ones(shape, bool),
            "dtype": dtype,
        }
    least = 0 if dtype[0] == "u" else -20
    low = draw.numbers.integers(least, 30, shape)
    high = low + draw.numbers.integers(0, 50, shape)
    if dtype[0] == "f":
        low, high = low / 4, high / 4
    if bounds == "scalar":
        first, last = int(draw.numbers.integers(least, 5)), int(draw.numbers.integers(5, 60))
        return {"low": first, "high": last, "shape": shape, "dtype": dtype}
    if bounds == "ends" and dtype[0] != "f":
        info = np.iinfo(dtype)
        return {"low": int(info.min), "high": int(info.max), "shape": shape, "dtype": dtype}
    type_of_bounds = "float64" if bounds == "infinite" and dtype[0] != "f" else dtype
    low, high = np.asarray(low, type_of_bounds), np.asarray(high, type_of_bounds)
    if bounds == "infinite":
        low[draw.form.random(shape) < 0.4] = -np.inf
        high[draw.form.random(shape) < 0.4] = np.inf
    return {"low": low, "high": high, "dtype": dtype}


def _discrete(draw: Draw, kind: str) -> dict[str, Any]:
    dtype = draw.pick(["int64", *INTEGERS])
    if kind == "MultiDiscrete" and dtype == "uint64":  # which Gymnasium cannot flatten
        dtype = "uint32"
    shape = () if kind == "Discrete" else draw.pick([(1,), (2,), (3,), (2, 2)])
    counts = draw.numbers.integers(1, 7, shape)
    start = draw.numbers.integers(0 if dtype[0] == "u" else -9, 9, shape) * draw.form.integers(2)
    return {"counts": counts, "start": start, "dtype": dtype}


def _multi_binary(draw: Draw, kind: str) -> dict[str, Any]:
    return {"n": draw.pick([1, 4, (2, 3), [3]])}


def _text(draw: Draw, kind: str) -> dict[str, Any]:
    least = int(draw.form.integers(0, 3))
    longest = least + int(draw.form.integers(0 if least else 1, 4))
    return {"min_length": least, "max_length": longest, "charset": draw.pick(CHARSETS)}


def build(s: Any, p: Plan) -> Any:
    """The space of a plan, made with the module ``s``."""
    parts = [build(s, part) for part in p.parts]
    o = p.options
    if p.kind == "Discrete":
        return s.Discrete(int(o["counts"]), start=int(o["start"]), dtype=np.dtype(o["dtype"]).type)
    if p.kind == "MultiDiscrete":
        return s.MultiDiscrete(o["counts"], start=o["start"], dtype=np.dtype(o["dtype"]).type)
    if p.kind in LEAVES:
        return getattr(s, p.kind)(**o)
    if p.kind == "Sequence":
        return s.Sequence(parts[0], stack=o["stack"])
    if p.kind == "Graph":
        return s.Graph(parts[0], parts[1] if len(parts) > 1 else None)
    if p.kind == "Dict":
        pairs = list(zip(o["names"], parts, strict=True))
        if o["form"] == "keywords" and all(isinstance(name, str) for name in o["names"]):
            return s.Dict(**dict(pairs))
        if o["form"] == "unsorted":
            return s.Dict(dict(pairs), sort_keys=False)
        return s.Dict({"ordered": OrderedDict, "pairs": list}.get(o["form"], dict)(pairs))
    return getattr(s, p.kind)(parts)


def kinds_in(p: Plan) -> set[str]:
    """The types of space in a plan, at any depth."""
    return {p.kind}.union(*map(kinds_in, p.parts))


def weights(p: Plan, rng: np.random.Generator, kind: str, n: int | None = None) -> Any:
    """A mask or probabilities for a space, or for a batch of ``n`` elements of it.

    ``kind`` is ``"mask"`` or ``"probability"``.
    """
    if p.kind == "Box" or (n is not None and p.kind in ("MultiDiscrete", "MultiBinary")):
        return None
    if n is not None and p.kind not in ("Tuple", "Dict"):  # batches of these have a part for each element
        return tuple(weights(p, rng, kind) for _ in range(n))
    o = p.options
    if p.kind == "Discrete":
        return _choice_weights(int(o["counts"]), rng, kind)
    if p.kind == "MultiDiscrete":
        return _tree_of_weights(o["counts"], rng, kind)
    if p.kind == "MultiBinary":
        shape = (o["n"],) if isinstance(o["n"], int) else tuple(o["n"])
        return rng.integers(0, 3, shape, dtype=np.int8) if kind == "mask" else rng.random(shape)
    if p.kind == "Text":
        length = [None, int(rng.integers(o["min_length"], o["max_length"] + 1))][rng.integers(2)]
        characters = len(set(o["charset"]))
        return length, [None, _choice_weights(characters, rng, kind)][rng.integers(2)]
    if p.kind == "Sequence":
        length = [None, 2, np.array([1, 3]), np.int8(1)][rng.integers(4)]
        return length, weights(p.parts[0], rng, kind)
    if p.kind == "Graph":
        edges = weights(p.parts[1], rng, kind) if len(p.parts) > 1 else None
        return weights(p.parts[0], rng, kind, 10), edges
    parts = [weights(part, rng, kind, n) for part in p.parts]
    return dict(zip(o["names"], parts, strict=True)) if p.kind == "Dict" else tuple(parts)


def _choice_weights(count: int, rng: np.random.Generator, kind: str) -> Any:
    if kind == "mask":
        return rng.integers(0, 2, count, dtype=np.int8)
    drawn = rng.random(count) * (rng.random(count) < 0.8)
    drawn[rng.integers(count)] += 0.5
    return drawn / drawn.sum()


def _tree_of_weights(counts: Any, rng: np.random.Generator, kind: str) -> Any:
    if counts.ndim == 0:
        return _choice_weights(int(counts), rng, kind)
    return tuple(_tree_of_weights(part, rng, kind) for part in counts)


def spoil(x: Any, rng: np.random.Generator) -> Any:
    """Something like ``x`` that may or may not be an element of the same space."""
    how = rng.integers(8)
    if isinstance(x, dict):
        if how == 0:
            return dict(list(x.items())[1:])
        if how == 1:
            return {**x, "more": 0}
        key = list(x)[rng.integers(len(x))]
        return {**x, key: spoil(x[key], rng)}
    if isinstance(x, tuple):
        if how == 0 or not x:
            return list(x)
        if how == 1:
            return x[:-1]
        which = int(rng.integers(len(x)))
        items = [spoil(item, rng) if i == which else item for i, item in enumerate(x)]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, str):
        return [x + "?", x[:-1], x * 2, x.encode(), None, x[::-1], "", 3][how]
    if x is None or not isinstance(x, (np.ndarray, np.generic)):
        return [None, 0, (), "a", 1.5, {}, np.zeros(2), True][how]
    with np.errstate(all="ignore"):
        changed = [
            lambda: x + x.dtype.type(1),
            lambda: x * x.dtype.type(0),
            lambda: x[None],
            lambda: x.astype("f8"),
            lambda: x.astype("i1"),
            lambda: x.tolist(),
            lambda: None,
            lambda: x.astype("f4") + 0.5,
        ]
        return changed[how]()
