"""Draws from a :class:`plyo.spaces.Box`.

Samples are drawn as float64, as Gymnasium draws them: same seed, same sample. Where a float64 does not reach
every integer between the bounds, or their distance is no float64, the sample is put right afterwards, so that
the draws of the other elements stay the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.spaces._box_bounds import dtype_range
from plyo.spaces._exact import EXACT_IN_FLOAT64

#: Draws reach a single integer evenly up to this distance from zero, twice as far two of them, and so on.
_EVENLY = 2**40


def sample_box(box: Any) -> NDArray[Any]:
    """Draws an element of a :class:`plyo.spaces.Box`, in its dtype, with its generator."""
    if box.dtype.kind in "iu" and box.dtype.itemsize == 8:
        wide = _wide_integers(box)
        if np.any(wide):
            return _sample_wide_integers(box, wide)
    elif box.dtype.kind == "f" and box.dtype.itemsize >= 8:
        with np.errstate(over="ignore", invalid="ignore"):
            wide = box.bounded_below & box.bounded_above & ~np.isfinite(box.high - box.low)
        if np.any(wide):
            return _sample_wide_floats(box, wide)
    return _to_dtype(_draw(box, box.low, box.high), box.dtype, box.low, box.high)


def _draw(box: Any, low: NDArray[Any], high: NDArray[Any]) -> NDArray[np.float64]:
    """Draws float64 values; those of integer boxes lie below the upper bound plus one."""
    rng = box.np_random
    if box.dtype.kind != "f":
        high = high.astype(np.int64) + 1
    bounded = box.bounded_below & box.bounded_above
    # The order of the draws is part of the contract: same seed, same sample.
    sample = np.empty(box.shape)
    unbounded = ~box.bounded_below & ~box.bounded_above
    only_above = ~box.bounded_below & box.bounded_above
    only_below = box.bounded_below & ~box.bounded_above
    sample[unbounded] = rng.normal(size=np.count_nonzero(unbounded))
    sample[only_below] = rng.exponential(size=np.count_nonzero(only_below)) + low[only_below]
    sample[only_above] = -rng.exponential(size=np.count_nonzero(only_above)) + high[only_above]
    sample[bounded] = rng.uniform(low[bounded], high[bounded])
    return sample


def _to_dtype(
    sample: NDArray[np.float64], dtype: np.dtype[Any], low: NDArray[Any], high: NDArray[Any]
) -> NDArray[Any]:
    """The drawn numbers as elements of a dtype: integers are rounded down."""
    if dtype.kind == "f":
        return sample.astype(dtype)
    sample = np.floor(sample)
    if dtype.kind != "b":
        smallest, largest = dtype_range(dtype)
        if dtype.itemsize == 8:
            # The largest of these integers are no float64: they would round up to a value out of range.
            largest = float(np.nextafter(float(largest), 0))
        sample = sample.clip(min=smallest, max=largest)
    cast: NDArray[Any] = sample.astype(dtype)
    # A draw beside the upper end can be rounded onto it.
    return cast if dtype.kind == "b" else cast.clip(min=low, max=high).astype(dtype, copy=False)


def _wide_integers(box: Any) -> NDArray[np.bool_]:
    """Which 64-bit integers of a box are not all reached by the draws of float64 numbers."""
    low, high, below, above = box.low, box.high, box.bounded_below, box.bounded_above
    far_low, far_high = np.abs(low.astype(np.float64)), np.abs(high.astype(np.float64))
    count = (high - low).astype(np.uint64).astype(
        np.float64
    ) + 1  # a difference that wraps is right as uint64
    furthest = np.where(below, far_low, 0)
    furthest = np.maximum(furthest, np.where(above, far_high, 0))
    # The further away from zero, the more a draw is rounded: few integers are not reached evenly there.
    evenly = furthest <= _EVENLY * np.where(below & above, count, 1)
    reached = (furthest <= EXACT_IN_FLOAT64) & (~(below & above) | (count <= EXACT_IN_FLOAT64)) & evenly
    wide: NDArray[np.bool_] = ~reached & (below | above)
    return wide


def _sample_wide_integers(box: Any, wide: NDArray[np.bool_]) -> NDArray[Any]:
    """Draws an element whose integers under a mask are made with integers alone."""
    zero = box.dtype.type(0)
    low, high = np.where(wide, zero, box.low), np.where(wide, zero, box.high)
    drawn = _draw(box, low, high)
    sample = np.array(_to_dtype(np.where(wide, 0.0, drawn), box.dtype, low, high))
    both = box.bounded_below & box.bounded_above
    smallest, largest = dtype_range(box.dtype)

    from_low = wide & box.bounded_below & ~both
    distances = np.floor(drawn[from_low]).astype(np.int64).astype(object)
    sample[from_low] = np.minimum(box.low[from_low].astype(object) + distances, largest)
    from_high = wide & box.bounded_above & ~both
    distances = np.floor(drawn[from_high]).astype(np.int64).astype(object)
    sample[from_high] = np.maximum(box.high[from_high].astype(object) + distances, smallest)
    uniform = wide & both
    sample[uniform] = box.np_random.integers(
        box.low[uniform], box.high[uniform], dtype=box.dtype.type, endpoint=True
    )
    return sample


def _sample_wide_floats(box: Any, wide: NDArray[np.bool_]) -> NDArray[Any]:
    """Draws an element whose floats under a mask have bounds that are further apart than the largest float."""
    zero, one = box.dtype.type(0), box.dtype.type(1)
    # between 0 and 1 there, and from there to the bounds without taking their difference
    low, high = np.where(wide, zero, box.low), np.where(wide, one, box.high)
    share = _draw(box, low, high).astype(box.dtype)
    sample: NDArray[Any] = share.copy()
    sample[wide] = box.low[wide] * (1 - share[wide]) + box.high[wide] * share[wide]
    return sample
