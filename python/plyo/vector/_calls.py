"""The calls of a batch to its workers: which may begin, which is under way, and their results."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plyo.error import AlreadyPendingCallError, NoAsyncCallError
from plyo.vector._step_arrays import StepArrays
from plyo.vector._workers import Workers

_Result = TypeVar("_Result")

#: The name of calls that users cannot wait for; only an interruption leaves one under way.
_UNNAMED = ""


class Calls:
    """The calls of a batch. At most one is under way, until its result is complete.

    After the exception of a signal handler, everything here can be called again.
    """

    def __init__(self, workers: Workers, arrays: StepArrays | None) -> None:
        """Begins with no call.

        Args:
            workers: The workers.
            arrays: Where the results of steps may lie.
        """
        self._workers = workers
        self._arrays = arrays

    @property
    def pending(self) -> str | None:
        """The name of the call under way, None without such a call or name."""
        call = self._workers.call
        return None if call is None or call.name == _UNNAMED else call.name

    @property
    def is_announced(self) -> bool:
        """Whether a call is under way of which the caller knows: it was not interrupted."""
        call = self._workers.call
        return call is not None and call.announced

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """The environments that the reset which is under way resets."""
        call = self._workers.call
        return None if call is None else call.mask

    def check_idle(self, method: str, full_stop: str = ".") -> None:
        """Raises if a call is under way, except for an interrupted one that has no name: that is completed now.

        Args:
            method: The method of the next call.
            full_stop: How the text of the error ends.

        Raises:
            plyo.error.AlreadyPendingCallError: A call is under way.
        """
        call = self._workers.call
        if call is None:
            return
        if call.name == _UNNAMED:
            self._complete()
            return
        text = f"Calling `{method}` while waiting for a pending call to `{call.name}` to complete{full_stop}"
        if not call.announced:
            text += (
                f" It was interrupted: `{call.name}_wait()` returns its result, and `close()` ends the batch."
            )
        raise AlreadyPendingCallError(text, call.name)

    def begin(
        self,
        name: str,
        requests: Sequence[bytes],
        actions: NDArray[Any] | None = None,
        mask: NDArray[np.bool_] | None = None,
    ) -> None:
        """Begins a call that is waited for by its name; the arguments are those of :meth:`Workers.ask`."""
        self._workers.ask(name, requests, actions, mask).announced = True

    def make(self, requests: Sequence[bytes]) -> list[Any]:
        """Makes a call without a name; returns the result of each worker."""
        self._workers.ask(_UNNAMED, requests)
        return self._complete()

    def _complete(self) -> list[Any]:
        results = self.load(self._workers.gather())
        self._workers.finish()
        return results

    def begin_and_wait(self, begin: Callable[[], None], wait: Callable[[], _Result]) -> _Result:
        """Begins a call and waits for it. If that is interrupted, the caller does not know of the call.

        An interruption after the end of the call, when its result is about to be returned, takes the end back.
        """
        before, finished_before = self._workers.call, self._workers.finished
        try:
            begin()
            return wait()
        except BaseException:
            finished = self._workers.finished
            if self._workers.call is None and finished is not finished_before:
                self._workers.call = finished
            call = self._workers.call
            if call is not None and call is not before:
                call.announced = False
            raise

    def gather(self, name: str, timeout: float | None) -> list[bytes]:
        """The replies to the call that is under way, which ends with :meth:`finish`.

        Args:
            name: The name of the call.
            timeout: How long to wait, in seconds; None for as long as it takes.

        Raises:
            plyo.error.NoAsyncCallError: No call of this name is under way.
            multiprocessing.TimeoutError: Not all replies came in time; the call has ended.
            plyo.error.WorkerDiedError: A worker is gone; the call has ended.
        """
        call = self._workers.call
        if call is None or call.name != name:
            raise NoAsyncCallError(f"Calling `{name}_wait` without any prior call to `{name}_async`.", name)
        call.announced = False
        try:
            return self._workers.gather(timeout)
        except multiprocessing.TimeoutError:
            if self._workers.call is call:
                raise  # that of a signal handler
            raise multiprocessing.TimeoutError(
                f"The call to `{name}_wait` has timed out after {timeout} second(s)."
            ) from None

    def load(self, replies: Sequence[bytes]) -> list[Any]:
        """The results in replies; an empty reply means that the result of a step is in shared memory.

        Raises:
            Exception: The error of a worker; the call has ended.
        """
        arrays = self._arrays
        loaded: list[tuple[Any, bool]] = []
        for i, reply in enumerate(replies):
            if reply:
                loaded.append(pickle.loads(reply))
            else:
                assert arrays is not None
                loaded.append(((None, arrays.rewards[i], *arrays.flags[:, i], {}), True))
        self._workers.raise_errors(loaded)
        return [result for result, _ in loaded]

    def wait(self, name: str, timeout: float | None) -> list[Any]:
        """The results of the call that is under way: :meth:`gather` and :meth:`load`."""
        return self.load(self.gather(name, timeout))

    def give_up(self) -> None:
        """Ends the call under way and drops its result."""
        self._workers.call = None

    def finish(self) -> None:
        """Ends the call that is under way: its result is complete."""
        self._workers.finish()
