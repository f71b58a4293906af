"""Worker processes: their code, and their ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Any

from plyo.vector._channel import WorkerEnd
from plyo.vector._step_arrays import StepArrays

#: Workers that do not end by themselves are terminated, and killed if that does not help within this time.
GRACE_SECONDS = 1.0


def run_worker(
    target: Callable[..., None],
    inherited: Sequence[Connection],
    pipe: Connection,
    arrays: StepArrays | None,
    index: int,
    env_fn: Callable[[], Any],
    *rest: Any,
) -> None:
    """The work of a worker process.

    Args:
        target: The worker function.
        inherited: The batch's ends of the pipes that a forked process has copies of. They are closed: else no
            worker would notice that the batch is gone.
        pipe: The worker's end of its pipe.
        arrays: The arrays through which steps may go.
        index: The number of the environment.
        env_fn: The function that makes it.
        *rest: Further arguments of the worker function, from ``shared_memory`` on.
    """
    for connection in inherited:
        connection.close()
    # worker functions close the batch's end of the pipe, which is closed already
    closed, other = Pipe()
    closed.close()
    other.close()
    target(index, env_fn, WorkerEnd(pipe, arrays), closed, *rest)


def end_processes(processes: Sequence[Any]) -> None:
    """Terminates running processes, and kills those that do not end."""
    for method in ("terminate", "kill"):
        living = [process for process in processes if process.is_alive()]
        for process in living:
            getattr(process, method)()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in living:
            process.join(max(deadline - time.monotonic(), 0.0))


def describe_end(exit_code: int | None) -> str:
    """How a worker process has come to its end, for an error text."""
    if exit_code is None:
        return "has closed its pipe"
    if exit_code < 0:
        return f"was killed by signal {-exit_code} ({_signal_name(-exit_code)})"
    return f"has ended with exit code {exit_code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
