"""The worker processes of a batch: starting, asking, watching and ending them."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import queue
import time
from collections.abc import Callable, Sequence
from multiprocessing import TimeoutError, util
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.error import ClosedEnvironmentError, WorkerDiedError
from plyo.vector._channel import BatchEnd, to_bytes
from plyo.vector._processes import GRACE_SECONDS, describe_end, end_processes, run_worker
from plyo.vector._step_arrays import StepArrays
from plyo.vector._worker_errors import to_exception
from plyo.vector.utils.misc import clear_mpi_env_vars

#: The time between two checks whether a worker lives, in seconds. Usually its pipe shows its end at once.
_WATCH_SECONDS = 0.25


class Call:
    """A call that is under way: something is asked of every worker.

    Attributes:
        name: Its name.
        number: The number of its requests.
        requests: The request to each worker.
        actions: Actions that go through shared memory.
        mask: The environments that a call to reset resets.
        delivered: Whether all requests are sent.
        announced: Whether the caller knows that the call is under way, because a function that begins calls has
            returned and none that waits has been called. Others were interrupted, or are about to be waited for.
    """

    __slots__ = ("actions", "announced", "delivered", "mask", "name", "number", "requests")

    def __init__(
        self,
        name: str,
        number: int,
        requests: Sequence[bytes],
        actions: NDArray[Any] | None,
        mask: NDArray[np.bool_] | None,
    ) -> None:
        self.name = name
        self.number = number
        self.requests = requests
        self.actions = actions
        self.mask = mask
        self.delivered = False
        self.announced = False


class Workers:
    """The processes, and the pipes to them.

    Attributes:
        pipes: The batch's end of the pipe to each worker, None if it has stopped after an error.
        processes: The processes.
        error_queue: Where custom workers put their errors, as ``(index, type, exception, traceback)``.
        call: The call under way, or None.
        finished: The last call whose result was complete.
        is_late: Whether workers may still be at an earlier call, whose result nobody waited for.
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
        """Starts the processes; none remains after an error."""
        self._pid = os.getpid()
        self._stopped = self._is_ending = False
        self.pipes: list[BatchEnd | None] = []
        self.processes: list[Any] = []
        self.error_queue: Any = ctx.Queue()
        self._semaphore = None if max_concurrency is None else ctx.BoundedSemaphore(max_concurrency)
        self._error_was_lost = False
        self._arrays = arrays
        self._numbers = itertools.count(1)
        self.call: Call | None = None
        self.finished: Call | None = None
        self.is_late = False
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
            self.pipes.append(BatchEnd(batch_end, self._numbers))
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

    def ask(
        self,
        name: str,
        requests: Sequence[bytes],
        actions: NDArray[Any] | None = None,
        mask: NDArray[np.bool_] | None = None,
    ) -> Call:
        """Sends every worker a request. The call is under way from the first request on, even after an exception.

        Args:
            name: The name of the call.
            requests: The request to each worker.
            actions: Actions that go through shared memory.
            mask: The environments that a call to reset resets.

        Raises:
            WorkerDiedError: A worker is gone, and no call is under way.
            ValueError: There are more or fewer requests than workers.
        """
        if None in self.pipes:
            raise self._stopped_after_error(self.pipes.index(None))
        if len(requests) != len(self.pipes):
            list(zip(self.pipes, requests, strict=True))  # raises the error
        call = self.call = Call(name, next(self._numbers), requests, actions, mask)
        self._deliver(call, None)
        return call

    def gather(self, timeout: float | None = None) -> list[bytes]:
        """The reply of every worker to the call that is under way, and is so until :meth:`finish`.

        After an interruption, by Ctrl-C for example, it can be called again.

        Args:
            timeout: How long to wait, in seconds; None for as long as it takes.

        Raises:
            multiprocessing.TimeoutError: Not all have replied in time, and no call is under way any more.
            WorkerDiedError: A worker is gone, and no call is under way any more.
        """
        call = self.call
        if call is None:  # a signal handler may have closed the batch
            raise self._no_worker("No worker has been asked anything.")
        end = None if timeout is None else time.monotonic() + timeout
        if not call.delivered:
            self._deliver(call, end)
        replies = [b""] * len(self.pipes)
        # the last was asked last: when it has replied, most others have, and one wait was enough
        for index in reversed(range(len(replies))):
            while (reply := self._pipe(index).reply) is None:
                pipe = self._pipe(index)
                if not pipe.poll(_slice(end)):
                    self._watch(end)
                elif pipe.reply is None:
                    self._bury(index)
            replies[index] = reply
        return replies

    def finish(self) -> None:
        """Ends the call that is under way: its result is complete."""
        self.is_late = False
        self.finished = self.call
        self.call = None

    def _deliver(self, call: Call, end: float | None) -> None:
        """Sends the requests of a call as far as they are not sent yet."""
        if call.actions is not None:
            assert self._arrays is not None
            assert self._arrays.actions is not None
            np.copyto(self._arrays.actions, call.actions)
        for index, request in enumerate(call.requests):
            pipe = self._pipe(index)
            if pipe.number != call.number:
                pipe.ask(call.number, request)
            try:
                while not pipe.flush():
                    pipe.wait_for_room(_slice(end))
                    self._watch(end)
            except WorkerDiedError:
                raise
            except (EOFError, OSError):
                if not pipe.is_hung_up():
                    raise  # the exception of a signal handler
                self._bury(index)
        call.delivered = True

    def _pipe(self, index: int) -> BatchEnd:
        """The pipe to a worker, of which there should be one."""
        pipe = self.pipes[index]
        if pipe is None:
            self.call = None
            raise self._stopped_after_error(index)
        return pipe

    def _no_worker(self, text: str) -> Exception:
        """The error for a missing worker, with the reason, if the batch is not closed."""
        if self._is_ending:
            return ClosedEnvironmentError("The batch was closed while a call was under way.")
        return WorkerDiedError(text)

    def _stopped_after_error(self, index: int) -> Exception:
        return self._no_worker(
            f"The worker of environment {index} has stopped after an error. "
            "Close the batch and make a new one."
        )

    # Watching

    def _watch(self, end: float | None) -> None:
        """Raises if a worker has died that has not replied an error, or if the time is over."""
        for index, (process, pipe) in enumerate(zip(self.processes, self.pipes, strict=True)):
            if pipe is None or process.is_alive():
                continue
            pipe.poll(0.0)
            if not pipe.reply or pickle.loads(pipe.reply)[1]:
                self._bury(index)
        if end is not None and time.monotonic() >= end:
            self.is_late = True
            self.call = None
            raise TimeoutError

    def _bury(self, index: int) -> NoReturn:
        """Raises for a worker that has died."""
        process = self.processes[index]
        process.join(GRACE_SECONDS)
        if self._semaphore is not None:
            # it may have died with a permit, which the others would wait for
            with contextlib.suppress(ValueError):
                self._semaphore.release()
        self.retire(index)
        self.call = None
        raise self._no_worker(f"The worker process of environment {index} {describe_end(process.exitcode)}.")

    def retire(self, index: int) -> None:
        """Closes the pipe to a worker that has stopped."""
        pipe, self.pipes[index] = self.pipes[index], None
        if pipe is not None:
            pipe.close()

    def raise_errors(self, results: Sequence[tuple[Any, bool]]) -> None:
        """Raises the last of the exceptions that workers have replied, and warns of all. No call is under way then.

        Args:
            results: The reply of each worker, and whether it has succeeded.
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
        self.call = None
        for index in failed:
            trace = errors[index][3] if errors[index] is not None else "The worker has not told its error."
            logger.error(f"Received the following error from Worker-{index} - Shutting it down")
            logger.error(f"{trace}".replace("%", "%%"))
        logger.error("Raising the last exception back to the main process.")
        raise to_exception(failed[-1], errors[failed[-1]])

    def _next_error(self) -> Any:
        """The next error of a custom worker."""
        nothing = (-1, None, None, None)
        if self._error_was_lost:
            return nothing
        self._error_was_lost = True  # if this is interrupted: the rest of an error cannot be read
        try:
            error = self.error_queue.get(timeout=5 * GRACE_SECONDS)
        except queue.Empty:
            error = nothing
        self._error_was_lost = False
        return error

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
        self._is_ending = True
        self.call = None
        try:
            if not terminate:
                self._ask_to_close(end)
            for index in range(len(self.pipes)):
                self.retire(index)
            if not terminate:
                for process in started:
                    process.join(None if end is None else max(end - time.monotonic(), 0.0))
        finally:
            end_processes(started)
            for index in range(len(self.pipes)):
                self.retire(index)
            self._free(started)
            self._stopped = True

    def _free(self, ended: Sequence[Any]) -> None:
        """Frees semaphores and descriptors; exit codes remain."""
        if self.error_queue is not None:
            self.error_queue.close()  # frees its semaphores with the last reference to it
            self.error_queue._reader.close()
            self.error_queue._writer.close()
        self.error_queue = self._semaphore = None
        for process in ended:
            process._popen.close()

    def _ask_to_close(self, end: float | None) -> None:
        """Asks the workers to close their environments, and waits until they are about to."""
        number, request = next(self._numbers), to_bytes(("close", None))
        living = {index: pipe for index, pipe in enumerate(self.pipes) if pipe is not None}
        for pipe in living.values():
            pipe.renew_poller()  # this may be called by a signal handler
            pipe.ask(number, request)
        for index, pipe in living.items():
            try:
                while not pipe.flush() and self._may_reply(index, end):
                    pipe.wait_for_room(_slice(end))
                while not pipe.poll(_slice(end)) and self._may_reply(index, end):
                    pass
            except (EOFError, OSError):
                if not pipe.is_hung_up():
                    raise  # the exception of a signal handler

    def _may_reply(self, index: int, end: float | None) -> bool:
        """Whether it makes sense to wait for a worker that is to close."""
        return self.processes[index].is_alive() and (end is None or time.monotonic() < end)


def _slice(end: float | None) -> float:
    """How long to wait, in seconds, before it is looked at whether workers live: at most until a time."""
    return _WATCH_SECONDS if end is None else min(max(end - time.monotonic(), 0.0), _WATCH_SECONDS)


def stop_when_gone(owner: object, workers: Workers) -> Any:
    """Ends the workers when their owner is collected, or when the interpreter exits.

    Returns:
        What does so; to be called once at most.
    """
    # before multiprocessing joins the processes, which would wait for them for ever
    return util.Finalize(owner, workers.stop, kwargs={"timeout": GRACE_SECONDS}, exitpriority=10)
