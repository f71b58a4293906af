"""Elements of spaces as flat arrays, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from plyo.spaces._accelerate import accelerated
from plyo.spaces._batching import iterate
from plyo.spaces._composite import items_of, stack_elements
from plyo.spaces._dispatch import space_dispatch
from plyo.spaces._exact import all_between, integer_limits
from plyo.spaces._flat_spaces import flat_dtype, flatdim, flatten_space, parts_of
from plyo.spaces.box import Box
from plyo.spaces.dict import Dict
from plyo.spaces.discrete import Discrete
from plyo.spaces.graph import Graph, GraphInstance, are_links
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
        x: An element of it. Numbers of a :class:`Box` may lie beyond its bounds, as long as its dtype holds
            them.

    Returns:
        A new array of shape ``(flatdim(space),)`` and of the dtype of ``flatten_space(space)``.
        Discrete values are one-hot codes, characters of a text indices into its character set.
        Where sizes vary, a tuple, dictionary or :class:`GraphInstance` of flat arrays.

    Raises:
        ValueError: ``x`` is not an element.
        NotImplementedError: Nothing is registered for this type of space.

    Example:
        >>> flatten(Tuple((Box(0, 1, shape=(2,)), Discrete(3))), ((0.5, 0.25), 1))
        array([0.5 , 0.25, 0.  , 1.  , 0.  ])
    """
    raise NotImplementedError(f"Unknown space: `{space}`")


@space_dispatch("plyo.spaces.utils")
def unflatten(space: Space[Any], x: Any) -> Any:
    """Turns the result of :func:`flatten` back into the element.

    Implementations for spaces of your own can be added with ``@unflatten.register(MySpace)``.

    Args:
        space: The space that the element was flattened with.
        x: The flat array; a tuple, dictionary or :class:`GraphInstance` where sizes vary.

    Returns:
        The element; its arrays can be views of ``x``.

    Raises:
        NotImplementedError: Nothing is registered for this type of space.
        ValueError: ``x`` is the code of no element: a one-hot code is all zero, a number does not fit its dtype.
        AssertionError: ``x`` is of another type.
    """
    raise NotImplementedError(f"Unknown space: `{space}`")


def _stranger(space: Space[Any], x: object) -> ValueError:
    """The error for a value outside a space, which might otherwise get the code of another element."""
    return ValueError(f"{x!r} is not an element of {space}, so it cannot be flattened")


def _numbers(space: Space[Any], x: Any, kinds: str) -> NDArray[Any]:
    """A possible element, as an array.

    Raises:
        ValueError: It has another shape (a box takes any shape of its size), or consists of other things than
            numbers of these kinds of dtypes.
    """
    try:
        numbers = np.asarray(x)
    except Exception:  # of any kind: no array can be made of the object
        raise _stranger(space, x) from None
    fits = numbers.shape == space.shape or (isinstance(space, Box) and numbers.size == math.prod(space.shape))
    if not fits or numbers.dtype.kind not in kinds:
        raise _stranger(space, x)
    return numbers


@flatten.register(Box)
@accelerated("flatten_array")
def _flatten_box(space: Box[Any], x: Any) -> NDArray[Any]:
    numbers = _numbers(space, x, "biuf")
    with np.errstate(all="ignore"):
        cast: NDArray[Any] = numbers.astype(space.dtype)
    # Numbers beyond the bounds stay as they are; numbers that the dtype cannot hold would become others.
    may_change = space.dtype.kind != "f" and not np.can_cast(numbers.dtype, space.dtype)
    if may_change and not np.array_equal(cast.astype(object), numbers.astype(object)):
        raise _stranger(space, x)
    return cast.flatten()


@flatten.register(MultiBinary)
@accelerated("flatten_bits")
def _flatten_bits(space: MultiBinary, x: Any) -> NDArray[Any]:
    bits = _numbers(space, x, "biufcO")
    if not MultiBinary.contains(space, bits):
        raise _stranger(space, x)
    ones: NDArray[Any] = (bits == 1).astype(space.dtype)
    return ones.flatten()


@unflatten.register(Box)
@unflatten.register(MultiBinary)
@accelerated("unflatten_array")
def _unflatten_array(space: Box[Any] | MultiBinary, x: NDArray[Any]) -> NDArray[Any]:
    may_change = isinstance(x, np.ndarray) and space.dtype.kind in "iu" and x.dtype.kind in "iuf"
    if may_change and not np.can_cast(x.dtype, space.dtype):
        return _unflatten_integers(space, np.asarray(x).reshape(space.shape))
    return np.asarray(x, dtype=space.dtype).reshape(space.shape)


def _unflatten_integers(space: Box[Any] | MultiBinary, code: NDArray[Any]) -> NDArray[Any]:
    """Integers that were flattened beside numbers of another type; fractions are cut off.

    Raises:
        ValueError: The dtype of the space cannot hold a number, or one is NaN.
    """
    least, most = integer_limits(space.dtype)
    if code.dtype.kind == "f":
        numbers = np.trunc(code)
        low, high = (space.low, space.high) if isinstance(space, Box) else (0, 1)
        # An end of a range that is not a float of this type has been rounded, perhaps to beyond the range.
        ends = [np.asarray(end, dtype=space.dtype) for end in (low, high, least, most)]
        at_ends = [numbers == end.astype(code.dtype) for end in ends]
        inside = (numbers > code.dtype.type(least)) & (numbers < code.dtype.type(most))
        if np.all(inside | at_ends[2] | at_ends[3]):
            return np.select(at_ends, ends, np.where(inside, numbers, 0).astype(space.dtype))
    elif not code.size or (least <= int(code.min()) and int(code.max()) <= most):
        return code.astype(space.dtype)
    raise ValueError(
        f"{code} is not the code of an element of {space}, as {space.dtype} holds {least} to {most}"
    )


@flatten.register(Discrete)
@accelerated("flatten_discrete")
def _flatten_discrete(space: Discrete[Any], x: Any) -> NDArray[Any]:
    place = _numbers(space, x, "biu").item() - int(space.start)
    if not 0 <= place < int(space.n):
        raise _stranger(space, x)
    code = np.zeros(space.n, dtype=space.dtype)
    code[place] = 1
    return code


@unflatten.register(Discrete)
@accelerated("unflatten_discrete")
def _unflatten_discrete(space: Discrete[Any], x: NDArray[Any]) -> Any:
    places = np.nonzero(x)[0]
    if len(places) == 0 or places[0] >= space.n:
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
    digits = _numbers(space, x, "biu")
    if not all_between(space.start, digits, space.start + (space.nvec - 1)):
        raise _stranger(space, x)
    offsets = _offsets(space)
    code = np.zeros(offsets[-1], dtype=space.dtype)
    # The digits fit the space's dtype, and so do their distances from the start.
    code[offsets[:-1] + (digits.astype(space.dtype) - space.start).astype(np.int64).flatten()] = 1
    return code


@unflatten.register(MultiDiscrete)
@accelerated("unflatten_multi_discrete")
def _unflatten_multi_discrete(space: MultiDiscrete[Any], x: NDArray[Any]) -> NDArray[Any]:
    (places,) = np.nonzero(x)
    offsets = _offsets(space)
    digits = places - offsets[:-1] if len(places) else np.array([-1])
    if np.any(digits < 0) or np.any(digits >= np.diff(offsets)):
        raise _not_one_hot("a concatenation of one-hot encoded vectors", space, x)
    numbers = np.asarray(digits, dtype=space.dtype)
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
    if not isinstance(x, str) or not space.min_length <= len(x) <= space.max_length:
        raise _stranger(space, x)
    if not all(character in space.character_set for character in x):
        raise _stranger(space, x)
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
def _flatten_tuple(space: Tuple[Any], x: Any) -> NDArray[Any] | tuple[Any, ...]:
    is_sequence = isinstance(x, (tuple, list)) or (isinstance(x, np.ndarray) and x.ndim > 0)
    if not is_sequence or len(x) != len(space.spaces):
        raise _stranger(space, x)
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
    if not isinstance(x, Mapping) or x.keys() != space.spaces.keys():
        raise _stranger(space, x)
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
    pieces.append(x[start:])  # the last part gets the excess, and refuses it
    return tuple(pieces)


@flatten.register(OneOf)
def _flatten_one_of(space: OneOf[Any], x: tuple[int, Any]) -> NDArray[Any]:
    if not isinstance(x, (tuple, list)) or len(x) != 2 or not isinstance(x[0], (int, np.integer)):
        raise _stranger(space, x)
    index, item = x
    if not 0 <= index < len(space.spaces):
        raise _stranger(space, x)
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
    if index < 0:
        raise ValueError(
            f"{x} is not the code of an element of {space}: it begins with the number of a space, "
            f"0 to {len(space.spaces) - 1}"
        )
    part = space.spaces[index]
    return index, unflatten(part, x[1 : 1 + flatdim(part)].astype(flat_dtype(part)))


@flatten.register(Sequence)
def _flatten_sequence(space: Sequence, x: Any) -> Any:
    if space.stack:
        return _flatten_all(space.feature_space, _items(space, space.stacked_feature_space, x))
    if not isinstance(x, (tuple, list)):
        raise _stranger(space, x)
    return tuple([flatten(space.feature_space, item) for item in x])


@unflatten.register(Sequence)
def _unflatten_sequence(space: Sequence, x: Any) -> Any:
    if space.stack:
        return _unflatten_batch(space.feature_space, x)
    return tuple([unflatten(space.feature_space, item) for item in x])


@flatten.register(Graph)
def _flatten_graph(space: Graph, x: GraphInstance) -> GraphInstance:
    if not isinstance(x, GraphInstance):
        raise _stranger(space, x)
    nodes = _items(space, space.batch_node_space, x.nodes)
    edges = None if x.edges is None else _items(space, space.batch_edge_space, x.edges)
    if not are_links(x.edge_links, len(nodes), None if edges is None else len(edges)):
        raise _stranger(space, x)
    flat_edges = None
    if edges is not None:
        if space.edge_space is None:
            raise _stranger(space, x)
        flat_edges = _flatten_all(space.edge_space, edges)
    return GraphInstance(_flatten_all(space.node_space, nodes), flat_edges, x.edge_links)


@unflatten.register(Graph)
def _unflatten_graph(space: Graph, x: GraphInstance) -> GraphInstance:
    nodes, edges = _unflatten_batch(space.node_space, x.nodes), None
    if x.edges is not None:
        assert space.edge_space is not None
        edges = _unflatten_batch(space.edge_space, x.edges)
    return GraphInstance(nodes, edges, x.edge_links)


def _items(space: Space[Any], batch_space: Space[Any] | None, x: Any) -> list[Any]:
    """The elements of a batch in an element of a space.

    Raises:
        ValueError: There is no such batch, or it is not a batch.
    """
    items = items_of(batch_space, x)
    if items is None:
        raise _stranger(space, x)
    return items


def _flatten_all(space: Space[Any], items: list[Any]) -> Any:
    """Flattens each element of a batch on its own, and stacks the results."""
    return stack_elements(flatten_space(space), [flatten(space, item) for item in items])


def _unflatten_batch(space: Space[Any], x: Any) -> Any:
    """Turns a stack of flattened elements back into a batch."""
    items = iterate(flatten_space(space), x)
    return stack_elements(space, [unflatten(space, item) for item in items])
