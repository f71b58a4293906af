"""Functions that several wrappers need."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, singledispatch
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
from plyo.wrappers._running_mean_std import RunningMeanStd, update_mean_var_count_from_moments

__all__ = ["RunningMeanStd", "create_zero_array", "update_mean_var_count_from_moments"]

Transform = Callable[[NDArray[Any]], NDArray[Any]]


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
    return space.characters[0] * space.min_length


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


def _to_bound(bound: Any, name: str, box: Box[Any]) -> NDArray[Any]:
    """A new bound as an array of the box's shape."""
    if not isinstance(bound, np.ndarray):
        if not (np.issubdtype(type(bound), np.integer) or np.issubdtype(type(bound), np.floating)):
            raise TypeError(f"Expected {name} to be an integer, float, or numpy array, got {type(bound)}")
        bound = np.full(box.shape, bound)
    if bound.shape != box.shape:
        raise ValueError(f"Expected {name}.shape to be {box.shape}, got {bound.shape}")
    checked: NDArray[Any] = bound
    return checked


def _check_bounds(box: Box[Any], new_min: NDArray[Any], new_max: NDArray[Any]) -> None:
    """Checks that infinite bounds stay and that no bound crosses the other."""
    for new, old in ((new_min, box.low), (new_max, box.high)):
        if not np.all((new == old)[np.isinf(new) | np.isinf(old)]):
            raise ValueError(
                "For unbounded components, the target bounds must match the original infinity bounds."
            )
    if not np.all(new_min <= new_max):
        raise ValueError(f"Expected new_min to be less than or equal to new_max, got {new_min} and {new_max}")
    if not np.all(box.low <= box.high):
        raise ValueError(
            f"Expected box.low to be less than or equal to box.high, got {box.low} and {box.high}"
        )


def rescale_box(
    box: Box[Any],
    new_min: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
    new_max: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
) -> tuple[Box[Any], Transform, Transform]:
    """Maps a box linearly onto other bounds.

    A component without a bound keeps it infinite; one bounded on one side only is shifted.

    Args:
        box: The box.
        new_min: Its new lower bound, a number or an array of the box's shape.
        new_max: Its new upper bound, likewise.

    Returns:
        The new box, the function from the old box to the new one, and its inverse.

    Raises:
        TypeError: ``box`` is not a Box, or a bound neither a number nor an array.
        ValueError: A bound has another shape, is finite where the box's is not or the other way
            round, or the lower bound exceeds the upper one.
    """
    if not isinstance(box, Box):
        raise TypeError(f"Expected box to be a Box space, got {type(box)}")
    new_min = _to_bound(new_min, "new_min", box)
    new_max = _to_bound(new_max, "new_max", box)
    _check_bounds(box, new_min, new_max)

    above, below = np.isfinite(new_min), np.isfinite(new_max)
    both = above & below
    # in extended precision, because the difference of two float64 bounds may overflow
    extent = np.array(box.high[both], dtype=np.longdouble) - np.array(box.low[both], dtype=np.longdouble)
    gradient = np.ones_like(new_min, dtype=box.dtype)
    gradient[both] = (new_max[both] - new_min[both]) / extent
    intercept = np.zeros_like(new_min, dtype=box.dtype)
    intercept[below] = new_max[below] - box.high[below]
    intercept[above] = gradient[above] * -box.low[above] + new_min[above]

    new_box = Box(low=new_min, high=new_max, shape=box.shape, dtype=box.dtype)
    return new_box, partial(_forward, gradient, intercept), partial(_backward, gradient, intercept)


def _forward(gradient: NDArray[Any], intercept: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    result: NDArray[Any] = gradient * value + intercept
    return result


def _backward(gradient: NDArray[Any], intercept: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    result: NDArray[Any] = (value - intercept) / gradient
    return result
