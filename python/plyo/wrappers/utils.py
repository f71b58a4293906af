"""Functions that several wrappers need."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.error import CustomSpaceError
from plyo.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    GraphInstance,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Space,
    Text,
    Tuple,
)
from plyo.vector.utils import batch_space
from plyo.wrappers._rescaling import rescale_box as rescale_box
from plyo.wrappers._running_mean_std import RunningMeanStd, update_mean_var_count_from_moments

__all__ = ["RunningMeanStd", "create_zero_array", "update_mean_var_count_from_moments"]


@singledispatch
def create_zero_array(space: Space[Any]) -> Any:
    """Makes the element of a space that is nearest to zero.

    Unlike :func:`plyo.vector.utils.create_empty_array` it always makes a member of the space. Other
    kinds of spaces can be added with ``create_zero_array.register``.

    Args:
        space: The space.

    Returns:
        An element: zeros, moved to the nearest bound where the bounds leave zero out; the smallest
        element of a discrete space; an empty sequence; the shortest text of the first character.

    Raises:
        plyo.error.CustomSpaceError: No function is registered for this kind of space.
        TypeError: ``space`` is not a space.
    """
    if isinstance(space, Space):
        raise CustomSpaceError(
            f"Space of type `{type(space)}` doesn't have an registered `create_zero_array` function. "
            f"Register `{type(space)}` for `create_zero_array` to support it."
        )
    raise TypeError(
        "The space provided to `create_zero_array` is not a plyo Space instance, "
        f"type: {type(space)}, {space}"
    )


@create_zero_array.register(Box)
def _(space: Box[Any]) -> NDArray[Any]:
    zeros = np.zeros(space.shape, dtype=space.dtype)
    zeros = np.where(space.low > 0, space.low, zeros)
    return np.where(space.high < 0, space.high, zeros)


@create_zero_array.register(Discrete)
def _(space: Discrete[Any]) -> Any:
    return space.start


@create_zero_array.register(MultiDiscrete)
def _(space: MultiDiscrete[Any]) -> NDArray[Any]:
    return np.array(space.start, copy=True, dtype=space.dtype)


@create_zero_array.register(MultiBinary)
def _(space: MultiBinary) -> NDArray[Any]:
    return np.zeros(space.shape, dtype=space.dtype)


@create_zero_array.register(Text)
def _(space: Text) -> str:
    return space.characters[:1] * space.min_length


@create_zero_array.register(Tuple)
def _(space: Tuple[Any]) -> tuple[Any, ...]:
    return tuple(create_zero_array(subspace) for subspace in space.spaces)


@create_zero_array.register(Dict)
def _(space: Dict) -> dict[str, Any]:
    return {key: create_zero_array(subspace) for key, subspace in space.spaces.items()}


@create_zero_array.register(Sequence)
def _(space: Sequence) -> Any:
    return create_zero_array(space.stacked_feature_space) if space.stack else ()


@create_zero_array.register(Graph)
def _(space: Graph) -> GraphInstance:
    nodes = create_zero_array(batch_space(space.node_space, 1))
    if space.edge_space is None:
        return GraphInstance(nodes=nodes, edges=None, edge_links=None)
    edges = create_zero_array(batch_space(space.edge_space, 1))
    return GraphInstance(nodes=nodes, edges=edges, edge_links=np.zeros((1, 2), dtype=np.int64))


@create_zero_array.register(OneOf)
def _(space: OneOf[Any]) -> tuple[int, Any]:
    return 0, create_zero_array(space.spaces[0])
