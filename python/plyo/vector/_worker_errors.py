"""Exceptions of workers, raised in the process of the batch."""

from __future__ import annotations

from typing import Any


class RemoteTraceback(Exception):
    """Tells where in a worker an exception was raised; the cause of the exception in this process."""

    def __init__(self, index: int, trace: str) -> None:
        super().__init__(f"in the worker of environment {index}:\n{trace}")


def to_exception(index: int, error: Any) -> BaseException:
    """The exception for a worker's report."""
    if error is None or error[1] is None:
        return RuntimeError(f"The worker of environment {index} has failed and has not told why.")
    _, kind, value, trace = error
    try:
        exception = kind(value)
    except Exception:  # not every type takes one argument
        exception = value if isinstance(value, BaseException) else RuntimeError(f"{kind}: {value}")
    exception.__cause__ = RemoteTraceback(index, trace)
    return exception  # type: ignore[no-any-return]
