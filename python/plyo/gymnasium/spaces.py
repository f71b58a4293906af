"""Spaces of Plyo as spaces of Gymnasium, and the other way round; their elements too, where the types differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gymnasium.spaces
from gymnasium.spaces.graph import GraphInstance as GymnasiumGraphInstance

import plyo.spaces
from plyo.spaces._generators import copy_generator
from plyo.spaces.graph import GraphInstance

__all__ = [
    "ForeignSpace",
    "PlyoSpace",
    "Translate",
    "from_gymnasium_space",
    "from_gymnasium_value",
    "to_gymnasium_space",
    "to_gymnasium_value",
]

#: A function that translates elements; None where they are the same on both sides.
Translate = Callable[[Any], Any] | None

#: Where `plyo run` stands in for Gymnasium there is nothing to convert.
_SAME = gymnasium.spaces.Space is plyo.spaces.Space


def to_gymnasium_space(space: Any) -> Any:
    """Converts a space to Gymnasium's type.

    The new space is independent and draws the same samples. A subclass of ``Box`` and the like becomes the class of
    Gymnasium itself; a space of a type that Gymnasium lacks becomes a :class:`PlyoSpace` around it.

    Args:
        space: A space of Plyo; one of Gymnasium is returned as it is.

    Returns:
        A space that is an instance of ``gymnasium.spaces.Space``.

    Raises:
        TypeError: ``space`` is no space.
    """
    if _SAME or isinstance(space, gymnasium.spaces.Space):
        return space
    if isinstance(space, ForeignSpace):
        return space.space
    if not isinstance(space, plyo.spaces.Space):
        raise TypeError(f"Expected a space of Plyo or Gymnasium, got {type(space)}")
    converted = _convert(space, plyo.spaces, gymnasium.spaces, to_gymnasium_space)
    return PlyoSpace(space) if converted is None else converted


def from_gymnasium_space(space: Any) -> Any:
    """Converts a space of Gymnasium to Plyo's type.

    The new space is independent and draws the same samples. A subclass of ``Box`` and the like becomes the class of
    Plyo itself; a space of another type, such as a package's own, becomes a :class:`ForeignSpace` around it.

    Args:
        space: A space of Gymnasium; one of Plyo is returned as it is.

    Returns:
        A :class:`plyo.spaces.Space`.

    Raises:
        TypeError: ``space`` is no space.
    """
    if isinstance(space, plyo.spaces.Space):
        return space
    if isinstance(space, PlyoSpace):
        return space.space
    if not isinstance(space, gymnasium.spaces.Space):
        raise TypeError(f"Expected a space of Gymnasium or Plyo, got {type(space)}")
    converted = _convert(space, gymnasium.spaces, plyo.spaces, from_gymnasium_space)
    return ForeignSpace(space) if converted is None else converted


def _convert(space: Any, source: Any, target: Any, part: Callable[[Any], Any]) -> Any:
    """The same space of another library, None for a type that is not known.

    Args:
        space: The space.
        source: The module of its class.
        target: The module with the new class.
        part: The function that converts the spaces inside.
    """
    new: Any
    if isinstance(space, source.Box):
        new = target.Box(space.low, space.high, space.shape, space.dtype)
        # integers that were given as infinite have finite bounds, and are drawn otherwise
        new.bounded_below, new.bounded_above = space.bounded_below.copy(), space.bounded_above.copy()
    elif isinstance(space, source.Discrete):
        new = target.Discrete(space.n, start=space.start, dtype=space.dtype.type)
    elif isinstance(space, source.MultiDiscrete):
        new = target.MultiDiscrete(space.nvec, dtype=space.dtype.type, start=space.start)
    elif isinstance(space, source.MultiBinary):
        new = target.MultiBinary(space.n)
    elif isinstance(space, source.Text):
        charset = "".join(space.character_list)
        new = target.Text(space.max_length, min_length=space.min_length, charset=charset)
    elif isinstance(space, source.Dict):
        new = target.Dict([(key, part(inner)) for key, inner in space.spaces.items()])
        new.sort_keys = getattr(space, "sort_keys", True)
    elif isinstance(space, source.Tuple):
        new = target.Tuple([part(inner) for inner in space.spaces])
    elif isinstance(space, source.OneOf):
        new = target.OneOf([part(inner) for inner in space.spaces])
    elif isinstance(space, source.Sequence):
        new = target.Sequence(part(space.feature_space), stack=space.stack)
    elif isinstance(space, source.Graph):
        edges = None if space.edge_space is None else part(space.edge_space)
        new = target.Graph(part(space.node_space), edges)
    else:
        return None
    if space._np_random is not None:
        new._np_random = copy_generator(space._np_random)
    return new


def to_gymnasium_value(space: Any) -> Translate:
    """How elements of a space of Plyo become those of the converted space.

    Args:
        space: A space of Plyo.

    Returns:
        A function from an element to an element, None if they are the same.
    """
    return None if _SAME else _translation(space, plyo.spaces, GymnasiumGraphInstance)


def from_gymnasium_value(space: Any) -> Translate:
    """How elements of a space of Gymnasium become those of the converted space.

    Args:
        space: A space of Gymnasium.

    Returns:
        A function from an element to an element, None if they are the same.
    """
    return None if _SAME else _translation(space, gymnasium.spaces, GraphInstance)


def _translation(space: Any, source: Any, graph: Any) -> Translate:
    """The function for one element: only graphs have a type of their own, alone or inside another space."""
    if isinstance(space, source.Graph):
        nodes = _batch_translation(space.node_space, source, graph)
        edges = None if space.edge_space is None else _batch_translation(space.edge_space, source, graph)
        return lambda value: graph(_apply(nodes, value[0]), _apply(edges, value[1]), value[2])
    if isinstance(space, source.OneOf):
        each = [_translation(inner, source, graph) for inner in space.spaces]
        return (lambda value: (value[0], _apply(each[value[0]], value[1]))) if any(each) else None
    if isinstance(space, source.Sequence):
        if space.stack:
            return _batch_translation(space.feature_space, source, graph)
        return _for_each(_translation(space.feature_space, source, graph))
    return _for_parts(space, source, lambda inner: _translation(inner, source, graph))


def _batch_translation(space: Any, source: Any, graph: Any) -> Translate:
    """The function for a batch of elements, which is a tuple for spaces whose elements have no fixed size."""
    if isinstance(space, (source.Graph, source.OneOf, source.Sequence)):
        return _for_each(_translation(space, source, graph))
    return _for_parts(space, source, lambda inner: _batch_translation(inner, source, graph))


def _for_parts(space: Any, source: Any, part: Callable[[Any], Translate]) -> Translate:
    """The function for a dictionary or tuple from those of its parts."""
    if isinstance(space, source.Dict):
        named = {key: part(inner) for key, inner in space.spaces.items()}
        if any(named.values()):
            return lambda value: {key: _apply(named.get(key), v) for key, v in value.items()}
    if isinstance(space, source.Tuple):
        each = [part(inner) for inner in space.spaces]
        if any(each):
            return lambda value: tuple(map(_apply, each, value))
    return None


def _for_each(one: Translate) -> Translate:
    """The function for a tuple of elements of one space."""
    return None if one is None else lambda value: tuple(one(v) for v in value)


def _apply(translate: Translate, value: Any) -> Any:
    """A value, translated if it needs that; None stays None, as the edges of a graph without any."""
    return value if translate is None or value is None else translate(value)


class _Around:
    """A space around one of another library, which does everything.

    Args:
        space: The space inside.
    """

    def __init__(self, space: Any) -> None:
        self.space = space
        self._shape = space.shape
        self.dtype = space.dtype

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of an element, None where elements are not arrays."""
        shape: tuple[int, ...] | None = self.space.shape
        return shape

    @property
    def np_random(self) -> Any:
        """The generator of the space inside."""
        return self.space.np_random

    @property
    def _np_random(self) -> Any:
        return self.space._np_random

    @property
    def is_np_flattenable(self) -> bool:
        """False: the functions that flatten know only the types of their library."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> Any:
        """Draws an element, as the space inside does."""
        if mask is None and probability is None:
            return self.space.sample()  # a space of the user need not take more
        return self.space.sample(mask, probability)

    def seed(self, seed: Any = None) -> Any:
        """Restarts the sampler of the space inside."""
        return self.space.seed(seed)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is an element of the space inside."""
        return bool(self.space.contains(x))

    def to_jsonable(self, sample_n: Sequence[Any]) -> Any:
        """Converts elements to values that :mod:`json` can write."""
        return self.space.to_jsonable(sample_n)

    def from_jsonable(self, sample_n: Iterable[Any]) -> Any:
        """Converts values read by :mod:`json` back to elements."""
        return self.space.from_jsonable(sample_n)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and bool(self.space == other.space)

    __hash__ = None  # type: ignore[assignment]  # as spaces of both libraries have it

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.space!r})"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class PlyoSpace(_Around, gymnasium.spaces.Space):  # type: ignore[misc]  # Gymnasium is not installed for the check
    """A space of Plyo of a type that Gymnasium lacks, as a space of Gymnasium.

    Attributes:
        space: The space of Plyo.
    """


class ForeignSpace(_Around, plyo.spaces.Space[Any]):  # type: ignore[misc, override]  # any space may be inside
    """A space of Gymnasium of a type that Plyo lacks, such as a package's own, as a space of Plyo.

    Attributes:
        space: The space of Gymnasium.
    """
