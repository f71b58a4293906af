"""Actions of an episode, kept in as few bytes as their space allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from plyo.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple

_INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.int32, np.int64)


class Column(Protocol):
    """One leaf of the actions, over time."""

    @property
    def nbytes(self) -> int:
        """The memory of the values in bytes."""

    def append(self, value: Any) -> None:
        """Adds a value, or raises and adds nothing."""

    def pop(self) -> None:
        """Removes the last value."""

    def __getitem__(self, t: int) -> Any:
        """The value of step ``t``, as the environment got it."""


class ArrayColumn:
    """Numbers of one shape, as bytes of the smallest type that holds them exactly."""

    def __init__(self, dtype: np.dtype[Any], shape: tuple[int, ...], exact: bool = True) -> None:
        """Begins empty.

        Args:
            dtype: The type to keep values in; one that does not hold them all becomes a larger one.
            shape: The shape of each value.
            exact: Whether a value that ``dtype`` would round needs a larger type.
        """
        self.dtype, self.shape, self.exact = dtype, shape, exact
        self.scalar: type | None = None  # of the values, if they are no arrays
        self.kind: np.dtype[Any] | None = None  # of the values as they came
        self._usual: Any = None  # the type of integers that are added as a byte
        self._data = bytearray()

    @property
    def nbytes(self) -> int:
        """The memory of the values in bytes."""
        return len(self._data)

    @property
    def _stride(self) -> int:
        return int(self.dtype.itemsize * np.prod(self.shape, dtype=int))

    def append(self, value: Any) -> None:
        """Adds a value.

        Raises:
            ValueError: It has another shape, or is not a number.
        """
        # most actions have the type of the one before
        if type(value) is np.ndarray:
            if value.dtype == self.dtype == self.kind and value.shape == self.shape:
                self._data += value.tobytes()
                return
        elif type(value) is self._usual and 0 <= value <= 255:
            self._data.append(int(value))
            return
        self._append_checked(value)

    def _append_checked(self, value: Any) -> None:
        """Adds a value of any kind."""
        array = np.asarray(value)
        if array.shape != self.shape or array.dtype.kind not in "biuf":
            raise ValueError(
                f"an action of shape {array.shape} and type {array.dtype} cannot be recorded: this action space has "
                f"numbers of shape {self.shape}"
            )
        if self.kind is None:
            self.kind = array.dtype
            self.scalar = type(value) if isinstance(value, (bool, int, float)) else None
            if self.dtype == np.uint8 and self.shape == () and isinstance(value, (int, np.integer)):
                self._usual = type(value)
        if self.exact or self.dtype.kind != "f":
            self._widen_for(array)
        self._data += array.astype(self.dtype).tobytes()

    def _widen_for(self, array: NDArray[Any]) -> None:
        """Changes to a type that is large enough."""
        if array.dtype == self.dtype:
            return
        with np.errstate(invalid="ignore", over="ignore"):
            packed = array.astype(self.dtype)
        if not np.array_equal(packed, array, equal_nan=array.dtype.kind == "f"):
            wider = np.dtype(np.float64 if "f" in (array.dtype.kind, self.dtype.kind) else np.int64)
            self._data = bytearray(self.array().astype(wider).tobytes())
            self.dtype = wider
            self._usual = None

    def pop(self) -> None:
        """Removes the last value."""
        del self._data[len(self._data) - self._stride :]

    def array(self) -> NDArray[Any]:
        """All values, ``(steps, *shape)``, of the type of the column."""
        return np.frombuffer(bytes(self._data), dtype=self.dtype).reshape(-1, *self.shape)

    def __getitem__(self, t: int) -> Any:
        """The value of step ``t``, of the type of the first value."""
        begin = t * self._stride
        value = np.frombuffer(bytes(self._data[begin : begin + self._stride]), dtype=self.dtype)
        value = value.astype(self.kind).reshape(self.shape)
        if self.shape:
            return value
        return value[()] if self.scalar is None else self.scalar(value[()])

    @classmethod
    def of(cls, array: NDArray[Any], kind: Any, scalar: str | None = None) -> ArrayColumn:
        """A column of values ``(steps, *shape)``.

        Args:
            array: The values.
            kind: The type in which they are read.
            scalar: ``"bool"``, ``"int"`` or ``"float"`` for numbers of Python.
        """
        column = cls(array.dtype, array.shape[1:])
        column.kind = np.dtype(kind)
        column.scalar = None if scalar is None else {"bool": bool, "int": int, "float": float}[scalar]
        column._data = bytearray(np.ascontiguousarray(array).tobytes())
        return column


class ObjectColumn:
    """Elements of a space that are not arrays: strings, sequences, graphs."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        """Takes the first values."""
        self.values = list(values)

    @property
    def nbytes(self) -> int:
        """The memory of the references in bytes; the values take more."""
        return 8 * len(self.values)

    def append(self, value: Any) -> None:
        """Adds a copy of a value."""
        self.values.append(deepcopy(value))

    def pop(self) -> None:
        """Removes the last value."""
        self.values.pop()

    def __getitem__(self, t: int) -> Any:
        """A copy of the value of step ``t``."""
        return deepcopy(self.values[t])


class ActionLog(Sequence[Any]):
    """The actions of an episode; reads as a sequence of them.

    Attributes:
        space: The action space.
        columns: Its leaves over time.
    """

    def __init__(self, space: Space[Any], columns: list[Column] | None = None, length: int = 0) -> None:
        """Begins a log.

        Args:
            space: The action space.
            columns: The actions so far; None for an empty log.
            length: The number of steps so far.
        """
        self.space = space
        self.columns = [empty_column(leaf) for leaf in leaves(space)] if columns is None else columns
        self._length = length
        self._simple = None if isinstance(space, (Tuple, Dict)) else self.columns[0]

    def append(self, action: Any) -> None:
        """Adds an action.

        Raises:
            ValueError: It does not fit the space; nothing is added.
        """
        if self._simple is not None:
            self._simple.append(action)
            self._length += 1
            return
        added: list[Column] = []
        try:
            for column, value in zip(self.columns, _parts(self.space, action), strict=True):
                column.append(value)
                added.append(column)
        except Exception:
            for column in added:
                column.pop()
            raise
        self._length += 1

    def pop(self) -> None:
        """Removes the last action."""
        for column in self.columns:
            column.pop()
        self._length -= 1

    @property
    def nbytes(self) -> int:
        """The memory of the actions in bytes."""
        return sum(column.nbytes for column in self.columns)

    def __len__(self) -> int:
        """The number of actions."""
        return self._length

    def __getitem__(self, t: Any) -> Any:
        """An action, as the environment got it; a list of actions for a slice.

        Raises:
            IndexError: There is no action of that number.
        """
        if isinstance(t, slice):
            return [self[i] for i in range(*t.indices(self._length))]
        if not -self._length <= t < self._length:
            raise IndexError(f"there are actions 0 to {self._length - 1}, got {t}")
        values = iter([column[t % self._length] for column in self.columns])
        return _assemble(self.space, values)


def leaves(space: Space[Any]) -> list[Space[Any]]:
    """The leaves of a space: the parts that are neither Tuple nor Dict."""
    if isinstance(space, Tuple):
        return [leaf for part in space.spaces for leaf in leaves(part)]
    if isinstance(space, Dict):
        return [leaf for part in space.spaces.values() for leaf in leaves(part)]
    return [space]


def empty_column(leaf: Space[Any], exact: bool = True) -> Column:
    """An empty column for the values of a leaf."""
    if isinstance(leaf, (Box, MultiBinary)):
        return ArrayColumn(np.dtype(leaf.dtype), leaf.shape, exact)
    if isinstance(leaf, Discrete):
        return ArrayColumn(smallest_integer(leaf.start, leaf.start + leaf.n - 1), ())
    if isinstance(leaf, MultiDiscrete):
        low, high = leaf.start.min(initial=0), (leaf.start + leaf.nvec - 1).max(initial=0)
        return ArrayColumn(smallest_integer(low, high), leaf.shape)
    return ObjectColumn()


def smallest_integer(low: Any, high: Any) -> np.dtype[Any]:
    """The smallest type that holds all integers from ``low`` to ``high``."""
    kinds = [k for k in _INTEGERS if np.iinfo(k).min <= int(low) and int(high) <= np.iinfo(k).max]
    return np.dtype(kinds[0] if kinds else np.int64)


def _parts(space: Space[Any], action: Any) -> Iterator[Any]:
    """The leaves of an action."""
    if isinstance(space, Tuple):
        if len(action) != len(space.spaces):
            raise ValueError(
                f"an action of {len(action)} parts cannot be recorded: this action space has {len(space.spaces)}"
            )
        for part, value in zip(space.spaces, action, strict=True):
            yield from _parts(part, value)
    elif isinstance(space, Dict):
        for name, part in space.spaces.items():
            yield from _parts(part, action[name])
    else:
        yield action


def _assemble(space: Space[Any], values: Iterator[Any]) -> Any:
    """An action from its leaves."""
    if isinstance(space, Tuple):
        return tuple(_assemble(part, values) for part in space.spaces)
    if isinstance(space, Dict):
        return {name: _assemble(part, values) for name, part in space.spaces.items()}
    return next(values)
