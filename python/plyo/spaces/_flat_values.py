"""Elements of spaces as flat arrays, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from plyo.spaces._accelerate import accelerated
from plyo.spaces._batching import iterate
from plyo.spaces._composite import stack_elements
from plyo.spaces._dispatch import space_dispatch
from plyo.spaces._flat_spaces import flat_dtype, flatdim, flatten_space, parts_of
from plyo.spaces.box import Box
from plyo.spaces.dict import Dict
from plyo.spaces.discrete import Discrete
from plyo.spaces.graph import Graph, GraphInstance
from plyo.spaces.multi_binary import MultiBinary
from plyo.spaces.multi_discrete import MultiDiscrete
from plyo.spaces.oneof import OneOf
from plyo.spaces.sequence import Sequence
from plyo.spaces.space import Space
from plyo.spaces.text import Text
from plyo.spaces.tuple import Tuple

T = TypeVar("T")
FlatType: TypeAlias = NDArray[Any] | dict[str, Any] | tuple[Any, ...] | GraphInstance


@space_dispatch("plyo.spaces.utils")
def flatten(space: Space[Any], x: Any) -> Any:
    """Turns an element of a space into a flat array, as networks take them.

    Implementations for spaces of your own can be added with ``@flatten.register(MySpace)``.

    Args:
        space: The space.
        x: An element of it; this is not checked.

    Returns:
        A new array of shape ``(flatdim(space),)`` and of the dtype of ``flatten_space(space)``.
        Discrete values are one-hot codes, characters of a text indices into its character set.
        Where sizes vary, a tuple, dictionary or :class:`GraphInstance` of flat arrays.

    Raises:
        NotImplementedError: Nothing is registered for this type of space.

    Example:
        >>> flatten(Tuple((Box(0, 1, shape=(2,)), Discrete(3))), ((0.5, 0.25), 1))
        array([0.5 , 0.25, 0.  , 1.  , 0.  ])
    """
    raise NotImplementedError(f"Unknown space: `{space}`")


@space_dispatch("plyo.spaces.utils")
def unflatten(space: Space[Any], x: Any) -> Any:
    """Turns what :func:`flatten` returned back into the element.

    Implementations for spaces of your own can be added with ``@unflatten.register(MySpace)``.

    Args:
        space: The space that the element was flattened with.
        x: The flat array; a tuple, dictionary or :class:`GraphInstance` where sizes vary.

    Returns:
        The element; its arrays can be views of ``x``.

    Raises:
        NotImplementedError: Nothing is registered for this type of space.
        ValueError: A one-hot code is all zero.
        AssertionError: ``x`` is of another type.
    """
    raise NotImplementedError(f"Unknown space: `{space}`")


@flatten.register(Box)
@flatten.register(MultiBinary)
@accelerated("flatten_array")
def _flatten_array(space: Box[Any] | MultiBinary, x: Any) -> NDArray[Any]:
    return np.asarray(x, dtype=space.dtype).flatten()


@unflatten.register(Box)
@unflatten.register(MultiBinary)
@accelerated("unflatten_array")
def _unflatten_array(space: Box[Any] | MultiBinary, x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(x, dtype=space.dtype).reshape(space.shape)


@flatten.register(Discrete)
@accelerated("flatten_discrete")
def _flatten_discrete(space: Discrete[Any], x: Any) -> NDArray[Any]:
    code = np.zeros(space.n, dtype=space.dtype)
    code[x - space.start] = 1
    return code


@unflatten.register(Discrete)
@accelerated("unflatten_discrete")
def _unflatten_discrete(space: Discrete[Any], x: NDArray[Any]) -> Any:
    places = np.nonzero(x)[0]
    if len(places) == 0:
        raise _not_one_hot("a valid one-hot encoded vector", space, x)
    return space.start + places[0].astype(space.dtype)


def _not_one_hot(expected: str, space: Space[Any], x: object) -> ValueError:
    return ValueError(
        f"{x} is not {expected} and can not be unflattened to space {space}. "
        "Not all valid samples in a flattened space can be unflattened."
    )


@flatten.register(MultiDiscrete)
@accelerated("flatten_multi_discrete")
def _flatten_multi_discrete(space: MultiDiscrete[Any], x: NDArray[Any]) -> NDArray[Any]:
    offsets = _offsets(space)
    code = np.zeros(offsets[-1], dtype=space.dtype)
    code[offsets[:-1] + (x - space.start).flatten()] = 1
    return code


@unflatten.register(MultiDiscrete)
@accelerated("unflatten_multi_discrete")
def _unflatten_multi_discrete(space: MultiDiscrete[Any], x: NDArray[Any]) -> NDArray[Any]:
    (places,) = np.nonzero(x)
    if len(places) == 0:
        raise _not_one_hot("a concatenation of one-hot encoded vectors", space, x)
    numbers = np.asarray(places - _offsets(space)[:-1], dtype=space.dtype)
    element: NDArray[Any] = numbers.reshape(space.shape) + space.start
    return element


def _offsets(space: MultiDiscrete[Any]) -> NDArray[np.int64]:
    """Where the one-hot code of each number begins, and where the last one ends."""
    offsets = np.zeros(space.nvec.size + 1, dtype=np.int64)
    offsets[1:] = np.cumsum(space.nvec)
    return offsets


@flatten.register(Text)
@accelerated("flatten_text", Text)
def _flatten_text(space: Text, x: str) -> NDArray[np.int32]:
    # The number of characters stands for "no character".
    indices = np.full(space.max_length, len(space.character_set), dtype=np.int32)
    for i, character in enumerate(x):
        indices[i] = space.character_index(character)
    return indices


@unflatten.register(Text)
def _unflatten_text(space: Text, x: NDArray[np.int32]) -> str:
    padding = len(space.character_set)
    # Beside floats in one array, the indices are floats too.
    return "".join([space.character_list[int(index)] for index in x if index < padding])


@flatten.register(Tuple)
@accelerated("flatten_tuple", Tuple)
def _flatten_tuple(space: Tuple[Any], x: Iterable[Any]) -> NDArray[Any] | tuple[Any, ...]:
    flat = [flatten(part, item) for item, part in zip(x, space.spaces, strict=True)]
    return np.concatenate(flat) if space.is_np_flattenable else tuple(flat)


@unflatten.register(Tuple)
def _unflatten_tuple(space: Tuple[Any], x: Any) -> tuple[Any, ...]:
    if space.is_np_flattenable:
        assert isinstance(x, np.ndarray), (
            f"{space} is numpy-flattenable. Thus, you should only unflatten numpy arrays for this space. "
            f"Got a {type(x)}"
        )
        x = _split(space, x)
    assert isinstance(x, tuple), (
        f"{space} is not numpy-flattenable. Thus, you should only unflatten tuples for this space. "
        f"Got a {type(x)}"
    )
    return tuple([unflatten(part, item) for part, item in zip(space.spaces, x, strict=True)])


@flatten.register(Dict)
@accelerated("flatten_dict", Dict)
def _flatten_dict(space: Dict[Any], x: dict[str, Any]) -> NDArray[Any] | dict[str, Any]:
    if space.is_np_flattenable:
        return np.concatenate([flatten(part, x[key]) for key, part in space.spaces.items()])
    return {key: flatten(part, x[key]) for key, part in space.spaces.items()}


@unflatten.register(Dict)
def _unflatten_dict(space: Dict[Any], x: Any) -> dict[str, Any]:
    if space.is_np_flattenable:
        assert isinstance(x, np.ndarray), (
            "x must be a numpy array when unflattening a numpy-flattenable space"
        )
        x = dict(zip(space.spaces, _split(space, x), strict=True))
    assert isinstance(x, dict), (
        f"{space} is not numpy-flattenable. Thus, you should only unflatten dictionary for this space. "
        f"Got a {type(x)}"
    )
    return {key: unflatten(part, x[key]) for key, part in space.spaces.items()}


def _split(space: Tuple[Any] | Dict[Any], x: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The piece of a flat array that belongs to each part of a space."""
    pieces, start = [], 0
    for part in parts_of(space)[:-1]:
        end = start + flatdim(part)
        pieces.append(x[start:end])
        start = end
    pieces.append(x[start:])  # too much is left to the last part, which refuses it
    return tuple(pieces)


@flatten.register(OneOf)
def _flatten_one_of(space: OneOf[Any], x: tuple[int, Any]) -> NDArray[Any]:
    index, item = x
    flat: NDArray[Any] = flatten(space.spaces[index], item)
    missing = flatdim(space) - 1 - flat.size
    dtype = flat_dtype(space)
    pieces = [np.array([index], dtype=dtype), flat.astype(dtype, copy=False)]
    if missing > 0:
        # Filled up with the first number, which lies in the bounds of the flat space.
        pieces.append(np.full(missing, flat[0], dtype=dtype))
    return np.concatenate(pieces)


@unflatten.register(OneOf)
def _unflatten_one_of(space: OneOf[Any], x: NDArray[Any]) -> tuple[np.int64, Any]:
    index = np.int64(x[0])
    part = space.spaces[index]
    return index, unflatten(part, x[1 : 1 + flatdim(part)].astype(flat_dtype(part)))


@flatten.register(Sequence)
def _flatten_sequence(space: Sequence, x: Any) -> Any:
    if space.stack:
        return _flatten_batch(space.feature_space, space.stacked_feature_space, x)
    return tuple([flatten(space.feature_space, item) for item in x])


@unflatten.register(Sequence)
def _unflatten_sequence(space: Sequence, x: Any) -> Any:
    if space.stack:
        return _unflatten_batch(space.feature_space, x)
    return tuple([unflatten(space.feature_space, item) for item in x])


@flatten.register(Graph)
def _flatten_graph(space: Graph, x: GraphInstance) -> GraphInstance:
    nodes, edges = _flatten_batch(space.node_space, space.batch_node_space, x.nodes), None
    if x.edges is not None:
        assert space.edge_space is not None
        edges = _flatten_batch(space.edge_space, space.batch_edge_space, x.edges)
    return GraphInstance(nodes, edges, x.edge_links)


@unflatten.register(Graph)
def _unflatten_graph(space: Graph, x: GraphInstance) -> GraphInstance:
    nodes, edges = _unflatten_batch(space.node_space, x.nodes), None
    if x.edges is not None:
        assert space.edge_space is not None
        edges = _unflatten_batch(space.edge_space, x.edges)
    return GraphInstance(nodes, edges, x.edge_links)


def _flatten_batch(space: Space[Any], batch_space: Space[Any] | None, x: Any) -> Any:
    """Flattens each element of a batch on its own, and stacks the results."""
    items = iterate(batch_space, x)
    return stack_elements(flatten_space(space), [flatten(space, item) for item in items])


def _unflatten_batch(space: Space[Any], x: Any) -> Any:
    """Turns a stack of flattened elements back into a batch."""
    items = iterate(flatten_space(space), x)
    return stack_elements(space, [unflatten(space, item) for item in items])
