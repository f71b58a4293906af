"""Functions of spaces: flattening, and whether two spaces have elements of the same form."""

from __future__ import annotations

from typing import Any

from plyo.spaces._dispatch import space_dispatch
from plyo.spaces._flat_spaces import flatdim, flatten_space
from plyo.spaces._flat_values import FlatType, flatten, unflatten
from plyo.spaces.box import Box
from plyo.spaces.dict import Dict
from plyo.spaces.discrete import Discrete
from plyo.spaces.graph import Graph
from plyo.spaces.multi_binary import MultiBinary
from plyo.spaces.multi_discrete import MultiDiscrete
from plyo.spaces.oneof import OneOf
from plyo.spaces.sequence import Sequence
from plyo.spaces.space import Space
from plyo.spaces.text import Text
from plyo.spaces.tuple import Tuple

__all__ = ["FlatType", "flatdim", "flatten", "flatten_space", "is_space_dtype_shape_equiv", "unflatten"]


@space_dispatch("plyo.spaces.utils")
def is_space_dtype_shape_equiv(space_1: Space[Any], space_2: Space[Any]) -> bool:
    """Whether elements of two spaces have the same form, so that they can share an array.

    Bounds and counts do not matter. Implementations for spaces of your own can be added with
    ``@is_space_dtype_shape_equiv.register(MySpace)``.

    Args:
        space_1: A space, whose type chooses the implementation.
        space_2: Another one.

    Returns:
        Whether types, dtypes and shapes agree, and with them the lengths and characters of texts,
        the keys and numbers of parts, and the parts themselves.

    Raises:
        NotImplementedError: Nothing is registered for the type of ``space_1``.
        TypeError: An argument is not a space.
    """
    if isinstance(space_1, Space) and isinstance(space_2, Space):
        raise NotImplementedError("`check_dtype_shape_equivalence` doesn't support Generic Plyo Spaces, ")
    raise TypeError()


@is_space_dtype_shape_equiv.register(Box)
@is_space_dtype_shape_equiv.register(Discrete)
@is_space_dtype_shape_equiv.register(MultiDiscrete)
@is_space_dtype_shape_equiv.register(MultiBinary)
def _equivalent_arrays(space_1: Space[Any], space_2: Space[Any]) -> bool:
    return (
        type(space_1) is type(space_2) and space_1.shape == space_2.shape and space_1.dtype == space_2.dtype
    )


@is_space_dtype_shape_equiv.register(Text)
def _equivalent_texts(space_1: Text, space_2: Space[Any]) -> bool:
    return (
        isinstance(space_2, Text)
        and space_1.max_length == space_2.max_length
        and space_1.character_set == space_2.character_set
    )


@is_space_dtype_shape_equiv.register(Dict)
def _equivalent_dicts(space_1: Dict[Any], space_2: Space[Any]) -> bool:
    return (
        isinstance(space_2, Dict)
        and space_1.keys() == space_2.keys()
        and all(is_space_dtype_shape_equiv(part, space_2[key]) for key, part in space_1.spaces.items())
    )


@is_space_dtype_shape_equiv.register(Tuple)
def _equivalent_tuples(space_1: Tuple[Any], space_2: Space[Any]) -> bool:
    return isinstance(space_2, Tuple) and _equivalent_parts(space_1, space_2)


@is_space_dtype_shape_equiv.register(OneOf)
def _equivalent_sums(space_1: OneOf[Any], space_2: Space[Any]) -> bool:
    return isinstance(space_2, OneOf) and _equivalent_parts(space_1, space_2)


def _equivalent_parts(space_1: Tuple[Any] | OneOf[Any], space_2: Tuple[Any] | OneOf[Any]) -> bool:
    if len(space_1) != len(space_2):
        return False
    parts = zip(space_1.spaces, space_2.spaces, strict=True)
    return all(is_space_dtype_shape_equiv(part_1, part_2) for part_1, part_2 in parts)


@is_space_dtype_shape_equiv.register(Sequence)
def _equivalent_sequences(space_1: Sequence, space_2: Space[Any]) -> bool:
    return (
        isinstance(space_2, Sequence)
        and space_1.stack is space_2.stack
        and is_space_dtype_shape_equiv(space_1.feature_space, space_2.feature_space)
    )


@is_space_dtype_shape_equiv.register(Graph)
def _equivalent_graphs(space_1: Graph, space_2: Space[Any]) -> bool:
    if not isinstance(space_2, Graph) or not is_space_dtype_shape_equiv(
        space_1.node_space, space_2.node_space
    ):
        return False
    if space_1.edge_space is None or space_2.edge_space is None:
        return space_1.edge_space is space_2.edge_space
    return is_space_dtype_shape_equiv(space_1.edge_space, space_2.edge_space)
