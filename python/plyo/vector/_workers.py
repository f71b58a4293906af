"""The worker processes of a batch: starting, asking, watching and ending them."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing import TimeoutError, util
from multiprocessing.connection import Connection, Pipe
from typing import Any, NoReturn

from plyo import logger
from plyo.error import WorkerDiedError
from plyo.vector._channel import BatchEnd, StepArrays, WorkerEnd, to_bytes
from plyo.vector.utils.misc import clear_mpi_env_vars

#: Whether a worker still lives is looked at this often, in seconds. Mostly its pipe tells at once.
_WATCH_SECONDS = 0.25
#: Workers that do not end by themselves are terminated, and killed if that does not help within this time.
_GRACE_SECONDS = 1.0


class RemoteTraceback(Exception):
    """Tells where in a worker an exception was raised; the cause of the exception in this process."""

    def __init__(self, index: int, trace: str) -> None:
        super().__init__(f"in the worker of environment {index}:\n{trace}")


def run_worker(
    target: Callable[..., None],
    inherited: Sequence[Connection],
    pipe: Connection,
    arrays: StepArrays | None,
    index: int,
    env_fn: Callable[[], Any],
    *rest: Any,
) -> None:
    """What a worker process does.

    Args:
        target: The worker function.
        inherited: The batch's ends of the pipes that a forked process has copies of. They are closed: else no
            worker would notice that the batch is gone.
        pipe: The worker's end of its pipe.
        arrays: The arrays through which steps may go.
        index: The number of the environment.
        env_fn: What makes it.
        *rest: Further arguments of the worker function, from ``shared_memory`` on.
    """
    for connection in inherited:
        connection.close()
    # worker functions close the batch's end of the pipe, which is closed already
    closed, other = Pipe()
    closed.close()
    other.close()
    target(index, env_fn, WorkerEnd(pipe, arrays), closed, *rest)


class Workers:
    """The processes, and the pipes to them.

    Attributes:
        pipes: The batch's end of the pipe to each worker, None if it has stopped after an error.
        processes: The processes.
        error_queue: Where custom workers put their errors, as ``(index, type, exception, traceback)``.
    """

    def __init__(
        self,
        ctx: Any,
        env_fns: Sequence[Callable[[], Any]],
        target: Callable[..., None],
        name: str,
        daemon: bool,
        max_concurrency: int | None,
        arrays: StepArrays | None,
        shared_memory: Any,
        autoreset_mode: Any,
    ) -> None:
        """Starts the processes; if that fails, none remains."""
        self._pid = os.getpid()
        self._stopped = False
        self.pipes: list[BatchEnd | None] = []
        self.processes: list[Any] = []
        self.error_queue: Any = ctx.Queue()
        self._semaphore = None if max_concurrency is None else ctx.BoundedSemaphore(max_concurrency)
        self._replies: list[bytes | None] = []
        try:
            with clear_mpi_env_vars():
                for index, env_fn in enumerate(env_fns):
                    rest = (shared_memory, self.error_queue, autoreset_mode, self._semaphore)
                    self._start(ctx, f"{name}-{index}", daemon, target, arrays, index, env_fn, *rest)
        except BaseException:
            self.stop(terminate=True)
            raise

    def _start(
        self,
        ctx: Any,
        name: str,
        daemon: bool,
        target: Callable[..., None],
        arrays: StepArrays | None,
        *args: Any,
    ) -> None:
        batch_end, worker_end = ctx.Pipe()
        try:
            self.pipes.append(BatchEnd(batch_end))
            inherited = list(self.pipes) if ctx.get_start_method() == "fork" else []
            process = ctx.Process(
                target=run_worker,
                name=name,
                args=(target, inherited, worker_end, arrays, *args),
                daemon=daemon,
            )
            self.processes.append(process)
            process.start()
        finally:
            worker_end.close()

    # Asking

    def ask(self, requests: Sequence[bytes]) -> None:
        """Sends every worker a request.

        Raises:
            WorkerDiedError: A worker is gone; the others may have been asked, their replies are not waited for.
        """
        if None in self.pipes:
            raise WorkerDiedError(
                f"The worker of environment {self.pipes.index(None)} has stopped after an error. "
                "Close the batch and make a new one."
            )
        each = list(zip(self.pipes, requests, strict=True))
        self._replies = [None] * len(self.pipes)
        for index, (pipe, request) in enumerate(each):
            assert pipe is not None
            try:
                pipe.send_bytes(request)
            except OSError:  # the worker is gone, or the last request was interrupted half-way
                self._bury(index)

    def gather(self, timeout: float | None = None) -> list[bytes]:
        """The reply of every worker to the last request.

        After an interruption, by Ctrl-C for example, it can be called again.

        Args:
            timeout: How long to wait, in seconds; None for as long as it takes.

        Raises:
            multiprocessing.TimeoutError: Not all have replied in time.
            WorkerDiedError: A worker is gone.
        """
        replies = self._replies
        end = None if timeout is None else time.monotonic() + timeout
        # the last was asked last: when it has replied, most others have, and one wait was enough
        for index in reversed(range(len(replies))):
            pipe = self.pipes[index]
            while replies[index] is None:
                assert pipe is not None
                left = _WATCH_SECONDS if end is None else max(end - time.monotonic(), 0.0)
                if pipe.poll(min(left, _WATCH_SECONDS)):
                    replies[index] = self._receive(index, pipe)
                else:
                    self._watch()
                    if end is not None and time.monotonic() >= end:
                        raise TimeoutError
        return replies  # type: ignore[return-value]

    def _receive(self, index: int, pipe: BatchEnd) -> bytes:
        try:
            return pipe.recv_bytes()
        except (EOFError, ConnectionError):
            self._bury(index)

    # Watching

    def _watch(self) -> None:
        """Raises if a worker has died that has not replied an error."""
        for index, (process, pipe) in enumerate(zip(self.processes, self.pipes, strict=True)):
            if pipe is None or process.is_alive():
                continue
            reply = self._replies[index]
            if reply is None and pipe.poll(0.0):
                reply = self._replies[index] = self._receive(index, pipe)
            if not reply or pickle.loads(reply)[1]:
                self._bury(index)

    def _bury(self, index: int) -> NoReturn:
        """Raises for a worker that has died."""
        process = self.processes[index]
        process.join(_GRACE_SECONDS)
        self.retire(index)
        if self._semaphore is not None:
            # it may have died with a permit, which the others would wait for
            with contextlib.suppress(ValueError):
                self._semaphore.release()
        code = process.exitcode
        if code is None:
            how = "has closed its pipe"
        elif code < 0:
            how = f"was killed by signal {-code} ({_signal_name(-code)})"
        else:
            how = f"has ended with exit code {code}"
        raise WorkerDiedError(f"The worker process of environment {index} {how}.")

    def retire(self, index: int) -> None:
        """Closes the pipe to a worker that has stopped."""
        pipe, self.pipes[index] = self.pipes[index], None
        if pipe is not None:
            pipe.close()

    def raise_errors(self, results: Sequence[tuple[Any, bool]]) -> None:
        """Raises the last of the exceptions that workers have replied, and warns of all.

        Args:
            results: What each worker has replied, and whether it has succeeded.
        """
        failed = [index for index, (_, success) in enumerate(results) if not success]
        if not failed:
            return
        errors = {index: results[index][0] for index in failed}
        for _ in range(sum(error is None for error in errors.values())):
            error = self._next_error()
            errors[error[0]] = error
        for index in failed:
            self.retire(index)
        for index in failed:
            trace = errors[index][3] if errors[index] is not None else "The worker has not told its error."
            logger.error(f"Received the following error from Worker-{index} - Shutting it down")
            logger.error(f"{trace}".replace("%", "%%"))
        logger.error("Raising the last exception back to the main process.")
        raise _to_exception(failed[-1], errors[failed[-1]])

    def _next_error(self) -> Any:
        """The next error of a custom worker."""
        try:
            return self.error_queue.get(timeout=5 * _GRACE_SECONDS)
        except queue.Empty:
            return (-1, None, None, None)

    # Ending

    def stop(self, timeout: float | None = None, terminate: bool = False) -> None:
        """Ends the processes and frees everything; may be called again.

        Args:
            timeout: How long the workers may take to close their environments, in seconds; those that take longer
                are terminated. None for as long as it takes.
            terminate: Whether they are terminated at once.
        """
        if self._stopped or os.getpid() != self._pid:
            return
        end = None if timeout is None else time.monotonic() + timeout
        started = [process for process in self.processes if process.pid is not None]
        try:
            if not terminate:
                self._ask_to_close(end)
            for index in range(len(self.pipes)):
                self.retire(index)
            if not terminate:
                for process in started:
                    process.join(None if end is None else max(end - time.monotonic(), 0.0))
        finally:
            _end_processes(started)
            for index in range(len(self.pipes)):
                self.retire(index)
            self.error_queue.close()  # frees its semaphores with the last reference to it
            self.error_queue._reader.close()
            self.error_queue._writer.close()
            self.error_queue = self._semaphore = None
            for process in started:  # frees the descriptors; exit codes remain
                process._popen.close()
            self._stopped = True

    def _ask_to_close(self, end: float | None) -> None:
        """Asks the workers to close their environments, and waits until they are about to."""
        request = to_bytes(("close", None))
        for pipe in self.pipes:
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)  # a worker that hangs may have a full pipe
                with contextlib.suppress(OSError):
                    pipe.send_bytes(request)
                os.set_blocking(pipe.fileno(), True)
        for process, pipe in zip(self.processes, self.pipes, strict=True):
            if pipe is None:
                continue
            while not pipe.poll(
                _WATCH_SECONDS if end is None else min(_WATCH_SECONDS, max(end - time.monotonic(), 0))
            ):
                if not process.is_alive() or (end is not None and time.monotonic() >= end):
                    break


def _end_processes(processes: Sequence[Any]) -> None:
    """Terminates what still runs, and kills what does not end then."""
    for method in ("terminate", "kill"):
        living = [process for process in processes if process.is_alive()]
        for process in living:
            getattr(process, method)()
        deadline = time.monotonic() + _GRACE_SECONDS
        for process in living:
            process.join(max(deadline - time.monotonic(), 0.0))


def _to_exception(index: int, error: Any) -> BaseException:
    """The exception to raise for what a worker has reported."""
    if error is None or error[1] is None:
        return RuntimeError(f"The worker of environment {index} has failed and has not told why.")
    _, kind, value, trace = error
    try:
        exception = kind(value)
    except Exception:  # not every type takes one argument
        exception = value if isinstance(value, BaseException) else RuntimeError(f"{kind}: {value}")
    exception.__cause__ = RemoteTraceback(index, trace)
    return exception  # type: ignore[no-any-return]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def stop_when_gone(owner: object, workers: Workers) -> Any:
    """Ends the workers when their owner is collected, or when the interpreter exits.

    Returns:
        What does so; to be called once at most.
    """
    # before multiprocessing joins the processes, which would wait for them for ever
    return util.Finalize(owner, workers.stop, kwargs={"timeout": _GRACE_SECONDS}, exitpriority=10)


def load_results(replies: Sequence[bytes]) -> list[tuple[Any, bool]]:
    """What each worker has replied, and whether it has succeeded."""
    return [pickle.loads(reply) for reply in replies]
