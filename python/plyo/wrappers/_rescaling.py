"""Linear maps between boxes and other bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.spaces import Box
from plyo.spaces._exact import to_integers

Transform = Callable[[NDArray[Any]], NDArray[Any]]
Bounds = tuple[NDArray[Any], NDArray[Any]]


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


def _as_floats(bound: NDArray[Any]) -> NDArray[Any]:
    """A bound whose differences do not wrap."""
    return bound if bound.dtype.kind == "f" else bound.astype(np.float64)


def _old_bounds(box: Box[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The bounds of a box, infinite where it has none; those of integers as floats."""
    if box.dtype.kind == "f":
        return box.low, box.high
    low, high = box.low.astype(np.float64), box.high.astype(np.float64)
    return np.where(box.bounded_below, low, -np.inf), np.where(box.bounded_above, high, np.inf)


def _check_bounds(
    low: NDArray[Any], high: NDArray[Any], new_min: NDArray[Any], new_max: NDArray[Any]
) -> None:
    """Checks that infinite bounds stay and that no bound crosses the other."""
    for new, old in ((new_min, low), (new_max, high)):
        if not np.all((new == old)[np.isinf(new) | np.isinf(old)]):
            raise ValueError(
                "For unbounded components, the target bounds must match the original infinity bounds."
            )
    if not np.all(new_min <= new_max):
        raise ValueError(f"Expected new_min to be less than or equal to new_max, got {new_min} and {new_max}")
    if not np.all(low <= high):
        raise ValueError(f"Expected box.low to be less than or equal to box.high, got {low} and {high}")


def rescale_box(
    box: Box[Any],
    new_min: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
    new_max: np.floating[Any] | np.integer[Any] | NDArray[Any] | float,
) -> tuple[Box[Any], Transform, Transform]:
    """Maps a box linearly onto other bounds.

    A component without a bound keeps it infinite; one bounded on one side only is shifted, and so is one
    whose bounds are equal. A box of integers becomes one of floats; the way back rounds to the nearest integer.

    Args:
        box: The box.
        new_min: Its new lower bound, a number or an array of the box's shape.
        new_max: Its new upper bound, in the same form.

    Returns:
        The new box, the function from the old box to the new one, and its inverse.

    Raises:
        TypeError: ``box`` is not a Box, or a bound neither a number nor an array.
        ValueError: A bound has another shape, is NaN, is finite where the box's is not or the other way
            round, or the lower bound exceeds the upper one; or the map does not fit the dtype.
    """
    if not isinstance(box, Box):
        raise TypeError(f"Expected box to be a Box space, got {type(box)}")
    new_min = _to_bound(new_min, "new_min", box)
    new_max = _to_bound(new_max, "new_max", box)
    low, high = _old_bounds(box)
    _check_bounds(low, high, new_min, new_max)
    dtype: Any = box.dtype if box.dtype.kind == "f" else np.result_type(box.dtype, np.float32)
    if box.dtype.kind == "f":
        new_box: Box[Any] = Box(low=new_min, high=new_max, shape=box.shape, dtype=dtype)
    else:  # the type is not the caller's choice, so there is no warning of its precision
        new_box = Box(low=new_min.astype(dtype), high=new_max.astype(dtype), shape=box.shape, dtype=dtype)

    gradient, intercept, constant = _coefficients(low, high, _as_floats(new_min), _as_floats(new_max), dtype)
    forward: Transform = partial(_forward, gradient, intercept)
    backward: Transform = partial(_backward, gradient, intercept)
    if np.any(constant):
        backward = partial(_backward_with_constants, gradient, intercept, constant, low.astype(dtype))
    old_bounds, new_bounds = (low, high), (new_box.low, new_box.high)
    if box.dtype.kind == "f":
        backward = _without_overflow(old_bounds, new_bounds, backward)
        forward = _without_overflow(new_bounds, old_bounds, forward)
    else:
        backward = partial(_rounded, backward, box.low, box.high)
        forward = partial(_inside, new_bounds, old_bounds, forward)
    return new_box, forward, backward


def _without_overflow(targets: Bounds, sources: Bounds, function: Transform) -> Transform:
    """A map between boxes of floats that does not leave the type of its results at the ends of the old bounds.

    Rounding may lead beyond the new bounds by a last bit, as in Gymnasium; at the ends of a type that is infinite.
    """
    for target, source in zip(targets, sources, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            end = function(source).astype(target.dtype)
        if np.any(np.isfinite(target) & ~np.isfinite(end)):
            return partial(_inside, targets, sources, function)
    return function


def _coefficients(
    low: NDArray[Any], high: NDArray[Any], new_min: NDArray[Any], new_max: NDArray[Any], dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """The gradient and the intercept of each component, and which are constant in the old box alone."""
    above, below = np.isfinite(new_min), np.isfinite(new_max)
    both = above & below
    constant: NDArray[np.bool_] = both & (low == high)
    scaled = both & ~constant
    # in extended precision, because the difference of two float64 bounds may overflow
    extent = np.array(high[scaled], dtype=np.longdouble) - np.array(low[scaled], dtype=np.longdouble)
    gradient = np.ones_like(new_min, dtype=dtype)
    intercept = np.zeros_like(new_min, dtype=dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        new_extent = new_max[scaled] - new_min[scaled]
        gradient[scaled] = new_extent / extent
        intercept[below] = new_max[below] - high[below]
        intercept[above] = gradient[above] * -low.astype(dtype)[above] + new_min[above]
    vanished = (gradient[scaled] == 0) & (new_extent != 0)
    if not (np.all(np.isfinite(gradient)) and np.all(np.isfinite(intercept))) or np.any(vanished):
        raise ValueError(
            f"The map from the bounds {low} and {high} to {new_min} and {new_max} does not fit {dtype}: "
            "choose bounds that are closer together"
        )
    return gradient, intercept, constant


def _forward(gradient: NDArray[Any], intercept: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    result: NDArray[Any] = gradient * value + intercept
    return result


def product_of(function: Callable[..., Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """The gradient and the intercept of a map to the new bounds that is nothing but ``gradient * x + intercept``."""
    return _arguments_of(function, _forward)


def division_of(function: Callable[..., Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Those of a map back that is nothing but ``(x - intercept) / gradient``."""
    return _arguments_of(function, _backward)


def _arguments_of(function: Any, kind: Any) -> tuple[NDArray[Any], NDArray[Any]] | None:
    if not isinstance(function, partial) or function.func is not kind or len(function.args) != 2:
        return None
    gradient, intercept = function.args
    return gradient, intercept


def _backward(gradient: NDArray[Any], intercept: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    result: NDArray[Any] = (value - intercept) / gradient
    return result


def _backward_with_constants(
    gradient: NDArray[Any],
    intercept: NDArray[Any],
    constant: NDArray[np.bool_],
    low: NDArray[Any],
    value: NDArray[Any],
) -> NDArray[Any]:
    """The inverse where some components of the old box have one value only."""
    return np.where(constant, low, _backward(gradient, intercept, value))


def _inside(targets: Bounds, sources: Bounds, function: Transform, value: NDArray[Any]) -> NDArray[Any]:
    """A map that stays within the new bounds; what lies beyond the old ones stays beyond the new ones."""
    with np.errstate(over="ignore"):
        result = function(value)
    from_inside = (value >= sources[0]) & (value <= sources[1])
    return np.where(from_inside, np.minimum(np.maximum(result, targets[0]), targets[1]), result)


def _rounded(backward: Transform, low: NDArray[Any], high: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    """The inverse to a box of integers."""
    return to_integers(backward(np.asarray(value)), low, high)
