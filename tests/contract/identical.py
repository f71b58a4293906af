"""Comparing results with Gymnasium's: the same types, the same order of keys, the same bits (all NaNs are one)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["assert_identical", "assert_within"]

#: How far a value may be off, by the last key on the way to it, in units in the last place of its type.
Ulps = Mapping[Any, int]


def assert_identical(ours: Any, theirs: Any, where: object = "", ulps: Ulps | None = None) -> None:
    """Asserts that two values have the same type, the same shape and the same bits, all the way down.

    Args:
        ours: Plyo's.
        theirs: Gymnasium's: dicts (the order of keys counts), tuples, lists, arrays, scalars.
        where: What the message names.
        ulps: Keys of dicts and indices of tuples whose floating-point values may be some units off.
    """
    _compare(ours, theirs, (where,), ulps or {}, 0)


def _compare(ours: Any, theirs: Any, where: tuple[Any, ...], ulps: Ulps, bound: int) -> None:
    if isinstance(theirs, np.ndarray):
        _compare_arrays(ours, theirs, where, ulps, bound)
        return
    assert type(ours) is type(theirs), (*where, ours, theirs)
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), (*where, ours, theirs)
        for key, value in theirs.items():
            _compare(ours[key], value, (*where, key), ulps, ulps.get(key, bound))
    elif isinstance(theirs, tuple | list):
        assert len(ours) == len(theirs), (*where, ours, theirs)
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            _compare(a, b, (*where, i), ulps, ulps.get(i, bound) if len(where) == 1 else bound)
    elif isinstance(theirs, float | np.floating):
        _compare_arrays(np.asarray(ours), np.asarray(theirs), where, ulps, bound)
    else:
        assert ours == theirs, (*where, ours, theirs)


def _compare_arrays(ours: Any, theirs: Any, where: tuple[Any, ...], ulps: Ulps, bound: int) -> None:
    assert type(ours) is np.ndarray, (*where, type(ours))
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), (*where, ours, theirs)
    if theirs.dtype == object:
        _compare(ours.tolist(), theirs.tolist(), where, ulps, bound)
    elif bound and theirs.dtype.kind == "f":
        assert_within(ours, theirs, bound * np.spacing(np.abs(theirs)), where)
    elif ours.tobytes() != theirs.tobytes():
        at = np.argwhere(_differ(ours, theirs))
        assert not len(at), (*where, f"first at {at[0].tolist()}, {len(at)} of {ours.size}", ours, theirs)


def _differ(ours: Any, theirs: Any) -> Any:
    """Where two arrays of a type differ in their bits; all NaNs are one."""
    if theirs.dtype.kind != "f":
        return np.asarray(ours != theirs)
    same = (ours == theirs) & (np.signbit(ours) == np.signbit(theirs))
    return ~(same | (np.isnan(ours) & np.isnan(theirs)))


def assert_within(ours: Any, theirs: Any, bound: Any, where: object = "") -> None:
    """Asserts that numbers differ by at most a bound; NaN equals NaN."""
    close = (np.abs(ours - theirs) <= bound) | (np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)
    assert close.all(), (where, ours, theirs)
