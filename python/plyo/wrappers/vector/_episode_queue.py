"""Queues of the statistics of the last episodes, which cost a step nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, TypeVar

from numpy.typing import NDArray

from plyo._native import WaitingNumbers

T = TypeVar("T")

#: How many numbers that are not kept may wait: dropping them costs more than adding others.
MOST_OUTDATED = 2_000


class EpisodeQueue(deque[T]):
    """A deque that takes in arrays of numbers, and makes objects of them only when somebody looks.

    A batch of thousands of environments ends hundreds of episodes a step, and making three objects of each would take
    longer than the step. The native code of :class:`RecordEpisodeStatistics` adds to ``_waiting`` itself.
    """

    def __init__(self, iterable: Iterable[T] = (), maxlen: int | None = None) -> None:
        #: Numbers that are still to be appended.
        self._waiting = WaitingNumbers(maxlen, MOST_OUTDATED)
        super().__init__(iterable, maxlen)

    def add(self, numbers: NDArray[Any]) -> None:
        """Appends the numbers of an array."""
        if not self._waiting.add(numbers):
            self.extend(numbers)

    def __reduce__(self) -> Any:
        """For pickles and copies."""
        return type(self), (list(self), self.maxlen)

    def __copy__(self) -> EpisodeQueue[T]:
        """A copy of its own."""
        return type(self)(self, self.maxlen)

    copy = __copy__


def _looking(name: str) -> Any:
    """A method of deque that takes in what waits before it looks or changes."""
    plain = getattr(deque, name)

    def method(self: EpisodeQueue[Any], *args: Any, **kwargs: Any) -> Any:
        if self._waiting:
            deque.extend(self, self._waiting.take())
        return plain(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


for _name in (
    *(
        "__len__",
        "__iter__",
        "__reversed__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__contains__",
        "__repr__",
    ),
    *(
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__add__",
        "__mul__",
        "__rmul__",
        "__iadd__",
    ),
    *("__imul__", "append", "appendleft", "clear", "count", "extend", "extendleft", "index", "insert", "pop"),
    *("popleft", "remove", "reverse", "rotate"),
):
    setattr(EpisodeQueue, _name, _looking(_name))
EpisodeQueue.__hash__ = None  # as of every deque
