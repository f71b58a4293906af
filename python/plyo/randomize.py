"""Distributions of parameters, which every reset of an environment draws from by the environment's own stream.

``make_vec("Pendulum-v1", 1024, params={"g": Uniform(8, 12), "l": Choice([0.5, 1.0])})``.
The parameters are drawn in the order in which they were given, before the initial state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Choice", "Distribution", "LogUniform", "Uniform"]


class Distribution:
    """A distribution of a parameter: :class:`Uniform`, :class:`LogUniform` or :class:`Choice`."""

    _source = ""

    def _arguments(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._arguments()))})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


class Uniform(Distribution):
    """A real number in ``[low, high)``, or for an integer parameter one of the integers from ``low`` to ``high``.

    Args:
        low: The lower bound, or an array with one for each environment.
        high: The upper bound, in the same form.
    """

    _source = "uniform"

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high

    def _arguments(self) -> tuple[Any, ...]:
        return self.low, self.high


class LogUniform(Uniform):
    """A real number whose logarithm is uniform: one from 0.1 to 1 is as likely as one from 1 to 10.

    Args:
        low: The lower bound, which is positive, or an array with one for each environment.
        high: The upper bound, in the same form.
    """

    _source = "log_uniform"


class Choice(Distribution):
    """One of some values, all of them equally likely.

    Args:
        values: The values, at least one: numbers, or bools for a parameter that is True or False.
    """

    _source = "choice"

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values

    def _arguments(self) -> tuple[Any, ...]:
        return (self.values,)
