"""Wrappers of single environments that have the same form for a whole batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plyo.vector import VectorEnv

#: Those that treat every environment alike and remember nothing of others.
_ALIKE = (
    *(
        "ClipAction",
        "ClipReward",
        "DtypeObservation",
        "FlattenObservation",
        "RescaleAction",
        "RescaleObservation",
    ),
    *("StickyAction", "TimeLimit", "TransformReward"),
)
#: Those that step some environments more often than others: no other wrapper but a time limit is inside them.
_INNERMOST = ("MaxAndSkipObservation", "RepeatAction")


def batch_forms(wrappers: Sequence[Any]) -> list[Callable[[Any], VectorEnv]] | None:
    """The forms for batches of wrappers for single environments, in their order.

    Args:
        wrappers: Classes, ``functools.partial`` of classes, or tuples of a class and keyword arguments; or anything
            else that makes a wrapper.

    Returns:
        Functions of a batch. None if a wrapper has no such form, or one that would return something else: in a step
        that only resets an environment the reward is 0 in spite of wrappers inside a batch.
    """
    if not wrappers:
        return []
    import plyo.wrappers

    singles = {getattr(plyo.wrappers, name): name for name in (*_ALIKE, *_INNERMOST)}
    forms: list[Callable[[Any], VectorEnv]] = []
    inside: set[str] = set()
    for wrapper in wrappers:
        kind, kwargs = _open(wrapper)
        name = singles.get(kind) if isinstance(kind, type) else None
        if name is None or kwargs is None or not _keeps_zero(name, kwargs):
            return None
        if name in _INNERMOST and not inside <= {"TimeLimit"}:
            return None
        if name == "TimeLimit" and inside & {*_INNERMOST}:
            return None  # that of a batch counts the steps of the task
        inside.add(name)
        forms.append(partial(getattr(plyo.wrappers.vector, name), **kwargs))
    return forms


def _open(wrapper: Any) -> tuple[Any, dict[str, Any] | None]:
    """The class and the keyword arguments of a wrapper; None for others."""
    if isinstance(wrapper, tuple) and len(wrapper) == 2 and isinstance(wrapper[1], Mapping):
        return wrapper[0], dict(wrapper[1])
    if type(wrapper) is partial:
        return wrapper.func, None if wrapper.args else dict(wrapper.keywords)
    return wrapper, {}


def _keeps_zero(name: str, kwargs: dict[str, Any]) -> bool:
    """Whether a reward of 0 stays, with its sign."""
    from plyo.wrappers.transform_reward import Affine

    if name == "TransformReward":
        func = kwargs.get("func")
        return type(func) is Affine and func.shift == 0 and 0 < func.scale < math.inf
    if name == "ClipReward":
        low, high = kwargs.get("min_reward"), kwargs.get("max_reward")
        if not all(bound is None or type(bound) in (int, float) for bound in (low, high)):
            return False
        return (low is None or low <= 0) and (high is None or high >= 0)
    return True
