"""The flat spaces of spaces: their sizes, their dtypes, and the spaces themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from plyo.spaces._dispatch import space_dispatch
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


def parts_of(space: Tuple[Any] | Dict[Any] | OneOf[Any]) -> tuple[Space[Any], ...]:
    """The parts of a composite space, in order."""
    return tuple(space.spaces.values()) if isinstance(space, Dict) else space.spaces


@space_dispatch("plyo.spaces.utils")
def flatdim(space: Space[Any]) -> int:
    """The number of elements of the arrays that :func:`flatten` makes for a space.

    Implementations for spaces of your own can be added with ``@flatdim.register(MySpace)``.

    Args:
        space: A space whose elements flatten to arrays of a fixed size.

    Returns:
        The size of the array: one-hot codes take a place for every value, a :class:`Text` takes its
        maximal length, a :class:`OneOf` the index and its largest part.

    Raises:
        ValueError: The space cannot be flattened to an array.
        NotImplementedError: Nothing is registered for this type of space.

    Example:
        >>> flatdim(Dict({"position": Discrete(2), "velocity": Discrete(3)}))
        5
    """
    if space.is_np_flattenable is False:
        raise _not_flattenable(space)
    raise NotImplementedError(f"Unknown space: `{space}`")


def _not_flattenable(space: Space[Any]) -> ValueError:
    return ValueError(
        f"{space} cannot be flattened to a numpy array, "
        "probably because it contains a `Graph` or `Sequence` subspace"
    )


@flatdim.register(Box)
@flatdim.register(MultiBinary)
def _flatdim_array(space: Box[Any] | MultiBinary) -> int:
    return math.prod(space.shape)


@flatdim.register(Discrete)
def _flatdim_discrete(space: Discrete[Any]) -> int:
    return int(space.n)


@flatdim.register(MultiDiscrete)
def _flatdim_multi_discrete(space: MultiDiscrete[Any]) -> int:
    return int(np.sum(space.nvec))


@flatdim.register(Text)
def _flatdim_text(space: Text) -> int:
    return space.max_length


@flatdim.register(Tuple)
@flatdim.register(Dict)
def _flatdim_product(space: Tuple[Any] | Dict[Any]) -> int:
    if not space.is_np_flattenable:
        raise _not_flattenable(space)
    return sum(flatdim(part) for part in parts_of(space))


@flatdim.register(OneOf)
def _flatdim_one_of(space: OneOf[Any]) -> int:
    return 1 + max(flatdim(part) for part in space.spaces)


@flatdim.register(Graph)
def _flatdim_graph(space: Graph) -> int:
    raise ValueError("Cannot get flattened size as the Graph Space has a dynamic size.")


@space_dispatch("plyo.spaces.utils")
def flat_dtype(space: Space[Any]) -> np.dtype[Any]:
    """The dtype of the arrays that elements flatten to, without making the flat space.

    Args:
        space: A space whose elements flatten to arrays.

    Returns:
        ``flatten_space(space).dtype``.

    Raises:
        ValueError: The space has no dtype.
    """
    if space.dtype is None:
        raise ValueError(
            f"{space} does not have a dtype, therefore, it cannot be flattened to a numpy array, "
            "probably because it contains a `Graph` or `Sequence` subspace."
        )
    return space.dtype


@flat_dtype.register(Text)
def _flat_dtype_text(space: Text) -> np.dtype[Any]:
    return np.dtype(np.int32)


@flat_dtype.register(Tuple)
@flat_dtype.register(Dict)
def _flat_dtype_product(space: Tuple[Any] | Dict[Any]) -> np.dtype[Any]:
    return np.result_type(*[flat_dtype(part) for part in parts_of(space)])


@flat_dtype.register(OneOf)
def _flat_dtype_one_of(space: OneOf[Any]) -> np.dtype[Any]:
    dtype = np.result_type(*[flat_dtype(part) for part in space.spaces])
    # The index of the part is in the same array and must fit.
    largest_index = len(space.spaces) - 1
    largest_value = 1 if dtype.kind == "b" else np.iinfo(dtype).max if dtype.kind in "iu" else None
    if largest_value is not None and largest_index > largest_value:
        return np.result_type(dtype, np.min_scalar_type(largest_index))
    return dtype


@space_dispatch("plyo.spaces.utils")
def flatten_space(space: Space[Any]) -> Box[Any] | Dict[Any] | Sequence | Tuple[Any] | Graph:
    """The space of flattened elements of a space.

    Implementations for spaces of your own can be added with ``@flatten_space.register(MySpace)``.

    Args:
        space: Any space.

    Returns:
        A :class:`Box` of shape ``(flatdim(space),)``; where sizes vary, a :class:`Graph`,
        :class:`Sequence`, :class:`Tuple` or :class:`Dict` of flat boxes. Not every element of it is
        a flattened element of ``space``.

    Raises:
        NotImplementedError: Nothing is registered for this type of space.

    Example:
        >>> flatten_space(Dict({"position": Discrete(2), "velocity": Box(0, 1, shape=(2, 2))}))
        Box(0.0, 1.0, (6,), float64)
    """
    raise NotImplementedError(f"Unknown space: `{space}`")


@flatten_space.register(Box)
def _flatten_space_box(space: Box[Any]) -> Box[Any]:
    return Box(space.low.flatten(), space.high.flatten(), dtype=space.dtype)


@flatten_space.register(Discrete)
@flatten_space.register(MultiBinary)
@flatten_space.register(MultiDiscrete)
def _flatten_space_one_hot(space: Discrete[Any] | MultiBinary | MultiDiscrete[Any]) -> Box[Any]:
    dtype: Any = space.dtype
    return Box(low=0, high=1, shape=(flatdim(space),), dtype=dtype)


@flatten_space.register(Text)
def _flatten_space_text(space: Text) -> Box[Any]:
    return Box(low=0, high=len(space.character_set), shape=(space.max_length,), dtype=np.int32)


@flatten_space.register(Tuple)
def _flatten_space_tuple(space: Tuple[Any]) -> Box[Any] | Tuple[Any]:
    flat = [flatten_space(part) for part in space.spaces]
    return _joined(flat) if space.is_np_flattenable else Tuple(flat)


@flatten_space.register(Dict)
def _flatten_space_dict(space: Dict[Any]) -> Box[Any] | Dict[Any]:
    flat = {key: flatten_space(part) for key, part in space.spaces.items()}
    if space.is_np_flattenable:
        return _joined(list(flat.values()))
    return Dict(flat, sort_keys=space.sort_keys)


def _joined(boxes: list[Any]) -> Box[Any]:
    """The box of elements of several flat boxes one after another."""
    return Box(
        low=np.concatenate([box.low for box in boxes]),
        high=np.concatenate([box.high for box in boxes]),
        dtype=np.result_type(*[box.dtype for box in boxes]),
    )


@flatten_space.register(OneOf)
def _flatten_space_one_of(space: OneOf[Any]) -> Box[Any]:
    size = flatdim(space)
    boxes: list[Any] = [flatten_space(part) for part in space.spaces]
    # Every part can stand in every place after the index.
    low = np.min(np.array([np.min(box.low) for box in boxes]))
    high = np.max(np.array([np.max(box.high) for box in boxes]))
    return Box(
        low=np.concatenate([[0], np.full(size - 1, low)]),
        high=np.concatenate([[len(boxes) - 1], np.full(size - 1, high)]),
        shape=(size,),
        dtype=flat_dtype(space),
    )


@flatten_space.register(Sequence)
def _flatten_space_sequence(space: Sequence) -> Sequence:
    return Sequence(flatten_space(space.feature_space), stack=space.stack)


@flatten_space.register(Graph)
def _flatten_space_graph(space: Graph) -> Graph:
    return Graph(
        node_space=flatten_space(space.node_space),
        edge_space=None if space.edge_space is None else flatten_space(space.edge_space),
    )
