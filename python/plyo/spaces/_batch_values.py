"""Batches of elements, for each type of space."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.error import CustomSpaceError
from plyo.spaces._accelerate import accelerated
from plyo.spaces._batching import concatenate, create_empty_array, iterate
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


@iterate.register(Discrete)
def _iterate_discrete(space: Discrete[Any], items: Any) -> Iterator[Any]:
    raise TypeError("Unable to iterate over a space of type `Discrete`.")


@iterate.register(Box)
@iterate.register(MultiDiscrete)
@iterate.register(MultiBinary)
@accelerated("iterate_array")
def _iterate_array(space: Space[Any], items: NDArray[Any]) -> Iterator[Any]:
    try:
        return iter(items)
    except TypeError as e:
        raise TypeError(f"Unable to iterate over the following elements: {items}") from e


@iterate.register(Tuple)
@accelerated("iterate_tuple")
def _iterate_tuple(space: Tuple[Any], items: Any) -> Iterator[Any]:
    unregistered = [type(part) for part in space.spaces if type(part) not in iterate.registry]
    if not unregistered:
        parts = [iterate(part, items[i]) for i, part in enumerate(space.spaces)]
        return zip(*parts, strict=True)
    # A tuple with others in it is the batch of one of these: its items are the elements.
    try:
        return iter(items)
    except Exception as e:
        raise CustomSpaceError(
            f"Could not iterate through {space} as no custom iterate function is registered for "
            f"{unregistered} and `iter(items)` raised the following error: {e}."
        ) from e


@iterate.register(Dict)
@accelerated("iterate_dict")
def _iterate_dict(space: Dict[Any], items: Any) -> Iterator[dict[str, Any]]:
    parts = [iterate(part, items[key]) for key, part in space.spaces.items()]
    for values in zip(*parts, strict=True):
        yield dict(zip(space.spaces, values, strict=True))


@concatenate.register(Box)
@concatenate.register(Discrete)
@concatenate.register(MultiDiscrete)
@concatenate.register(MultiBinary)
@accelerated("concatenate_arrays")
def _concatenate_arrays(space: Space[Any], items: Iterable[Any], out: NDArray[Any]) -> NDArray[Any]:
    return np.stack(list(items), axis=0, out=out)


@concatenate.register(Tuple)
@accelerated("concatenate_tuple")
def _concatenate_tuples(space: Tuple[Any], items: Iterable[Any], out: tuple[Any, ...]) -> tuple[Any, ...]:
    items = list(items)
    return tuple(
        [concatenate(part, [item[i] for item in items], out[i]) for i, part in enumerate(space.spaces)]
    )


@concatenate.register(Dict)
@accelerated("concatenate_dict")
def _concatenate_dicts(space: Dict[Any], items: Iterable[Any], out: dict[str, Any]) -> dict[str, Any]:
    items = list(items)
    return {
        key: concatenate(part, [item[key] for item in items], out[key]) for key, part in space.spaces.items()
    }


@concatenate.register(Graph)
@concatenate.register(Text)
@concatenate.register(Sequence)
@concatenate.register(OneOf)
@concatenate.register(Space)
def _concatenate_others(space: Space[Any], items: Iterable[Any], out: object) -> tuple[Any, ...]:
    return tuple(items)


@create_empty_array.register(Box)
@create_empty_array.register(Discrete)
@create_empty_array.register(MultiDiscrete)
@create_empty_array.register(MultiBinary)
def _empty_array(
    space: Box[Any] | MultiBinary, n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros
) -> NDArray[Any]:
    return fn((n, *space.shape), dtype=space.dtype)


@create_empty_array.register(Tuple)
def _empty_tuple(
    space: Tuple[Any], n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros
) -> tuple[Any, ...]:
    return tuple([create_empty_array(part, n=n, fn=fn) for part in space.spaces])


@create_empty_array.register(Dict)
def _empty_dict(space: Dict[Any], n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros) -> dict[str, Any]:
    return {key: create_empty_array(part, n=n, fn=fn) for key, part in space.spaces.items()}


@create_empty_array.register(Graph)
def _empty_graphs(
    space: Graph, n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros
) -> tuple[GraphInstance, ...]:
    return tuple([_empty_graph(space, fn) for _ in range(n)])


def _empty_graph(space: Graph, fn: Callable[..., NDArray[Any]]) -> GraphInstance:
    """A graph of one node and, if there is an edge space, one edge."""
    nodes, edges, links = create_empty_array(space.node_space, n=1, fn=fn), None, None
    if space.edge_space is not None:
        edges = create_empty_array(space.edge_space, n=1, fn=fn)
        links = fn((1, 2), dtype=np.int64)
    return GraphInstance(nodes, edges, links)


@create_empty_array.register(Text)
def _empty_texts(space: Text, n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros) -> tuple[str, ...]:
    return (space.characters[:1] * space.min_length,) * n


@create_empty_array.register(Sequence)
def _empty_sequences(
    space: Sequence, n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros
) -> tuple[Any, ...]:
    if space.stack:
        return tuple([create_empty_array(space.feature_space, n=1, fn=fn) for _ in range(n)])
    return ((),) * n


@create_empty_array.register(OneOf)
def _empty_sums(space: OneOf[Any], n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros) -> tuple[Any, ...]:
    return ((),) * n


@create_empty_array.register(Space)
def _empty_other(space: Space[Any], n: int = 1, fn: Callable[..., NDArray[Any]] = np.zeros) -> None:
    return None
