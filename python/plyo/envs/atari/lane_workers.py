"""Worker processes that play the lanes of a batch, seen from the process that made them.

A worker is a new Python that imports this package; nothing of the program that made the batch runs in it. Actions and
results lie in shared memory, with a bell that asks for steps; other requests and all other answers go through a socket.
A worker whose batch is gone ends by itself.
"""

from __future__ import annotations

import mmap
import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from plyo._native import LaneBell
from plyo.envs.atari.lane_arrays import bytes_of
from plyo.envs.atari.lane_channel import BELL_BYTES, PATIENCE, Channel, make_channel
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.error import WorkerDiedError
from plyo.vector._processes import GRACE_SECONDS, describe_end

_PROGRAM = "from plyo.envs.atari.lane_worker import main; main()"
#: How long Ctrl-C waits for the end of a step, in seconds: it takes milliseconds.
_STEP_SECONDS = 5.0


class LaneWorkers:
    """The workers of a batch.

    Attributes:
        memory: What the arrays of all lanes lie in.
    """

    def __init__(self, settings: LaneSettings, num_envs: int, count: int) -> None:
        """Starts the processes; none remains after an error.

        Args:
            settings: The settings of every lane.
            num_envs: The number of lanes.
            count: The number of workers, each of which plays about as many consecutive lanes.
        """
        size = BELL_BYTES + bytes_of(settings, num_envs)
        self._pid = os.getpid()
        self._channels: list[Channel] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._owed: list[int] = []
        self._is_stepping = False
        self._dead: str | None = None
        bounds = [num_envs * i // count for i in range(count + 1)]
        self._lanes = [range(low, high) for low, high in pairwise(bounds)]
        descriptor = os.memfd_create("plyo-atari")
        try:
            os.ftruncate(descriptor, size)
            whole = mmap.mmap(descriptor, size)
            self.memory, self._bell = memoryview(whole)[BELL_BYTES:], LaneBell(whole)
            self._finalizer = weakref.finalize(
                self, _end, self._channels, self._bell, self._processes, self._pid
            )
            for lanes in self._lanes:
                self._start(descriptor, (settings, num_envs, lanes.start, len(lanes)))
        except BaseException:
            self.close()
            raise
        finally:
            os.close(descriptor)

    def _start(self, descriptor: int, share: tuple[Any, ...]) -> None:
        own, other = make_channel()
        try:
            self._channels.append(own)
            numbers = (other.fileno(), descriptor)
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *map(str, numbers)],
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                # Ctrl-C goes to all processes of a terminal: it is for the batch to end the workers
                start_new_session=True,
            )
            self._processes.append(process)
        finally:
            other.close()
        own.send(pickle.dumps(share))

    # Asking

    def step(self, interrupt: Any) -> None:
        """Lets all workers step their lanes."""
        self._settle(interrupt)
        self._is_stepping = True
        if not self._bell.ask(len(self._channels), PATIENCE):
            self._wait_for_step(interrupt, _STEP_SECONDS)
        if failed := self._end_step():
            self._take(failed, interrupt, _STEP_SECONDS)

    def _end_step(self) -> list[int]:
        """The workers that owe the error that they had, once all have stepped."""
        self._is_stepping = False
        if not self._bell.has_failed:
            return []
        failed = [worker for worker, channel in enumerate(self._channels) if channel.has_message()]
        self._owed += failed
        return failed

    def _wait_for_step(self, interrupt: Any, patience: float) -> None:
        """Waits until all workers have stepped."""
        waited = PATIENCE
        while True:
            for worker, process in enumerate(self._processes):
                if process.poll() is not None:
                    self._bury(worker)
            if interrupt.was_asked and waited > patience:
                raise KeyboardInterrupt
            if self._bell.wait(PATIENCE):
                return
            waited += PATIENCE

    def reset(self, seeds: dict[int, int | None], interrupt: Any) -> None:
        """Lets workers begin episodes; ``seeds`` has a seed or None for each lane by its number."""
        self._ask(self._shares("reset", seeds), interrupt)

    def call(self, name: str, argument: dict[int, Any], interrupt: Any) -> dict[int, Any]:
        """See :meth:`plyo.envs.atari.lane_group.LaneGroup.call`."""
        patience = _STEP_SECONDS if name == "step_lane" else 0
        answers = self._ask(self._shares(name, argument), interrupt, patience)
        return {number: value for answer in answers for number, value in answer.items()}

    def _shares(self, name: str, argument: dict[int, Any]) -> dict[int, bytes]:
        """The request to each worker that plays some of the lanes."""
        shares = {
            worker: {number: argument[number] for number in lanes if number in argument}
            for worker, lanes in enumerate(self._lanes)
        }
        return {worker: pickle.dumps((name, share)) for worker, share in shares.items() if share}

    def _ask(self, requests: dict[int, bytes], interrupt: Any, patience: float = 0) -> list[Any]:
        """Sends requests and waits for the answers, in the order of the workers.

        Args:
            requests: The request to each worker.
            interrupt: The :class:`~plyo._native.CallGuard` of the call.
            patience: How long Ctrl-C waits for the answers, in seconds.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; the next call takes the answers that are still to come.
            plyo.error.WorkerDiedError: A worker has died. All are ended.
            Exception: One that a worker has raised.
        """
        self._settle(interrupt)
        for worker, request in requests.items():
            try:
                self._channels[worker].send(request)
            except OSError:
                self._bury(worker)
            self._owed.append(worker)
        self._bell.call()
        return self._take(requests, interrupt, patience)

    def _settle(self, interrupt: Any) -> None:
        """Takes the answers that are still to come of a call that Ctrl-C has ended."""
        if self._dead is not None:
            raise WorkerDiedError(f"{self._dead} Close the batch and make a new one.")
        if self._is_stepping:
            self._wait_for_step(interrupt, 0)
            self._end_step()
        while self._owed:
            self._answer(self._owed[0], interrupt, 0)

    def _take(self, workers: Iterable[int], interrupt: Any, patience: float) -> list[Any]:
        """The answers of some workers."""
        replies = [self._answer(worker, interrupt, patience) for worker in workers]
        # all are taken before one raises
        answers = [pickle.loads(reply) for reply in replies]
        for is_answer, value in answers:
            if not is_answer:
                raise value
        return [value for _, value in answers]

    def _answer(self, worker: int, interrupt: Any, patience: float) -> bytes:
        """The next answer of a worker."""
        waited = 0.0
        while True:
            try:
                answer = self._channels[worker].receive()
                break
            except BlockingIOError:
                waited += PATIENCE
                if interrupt.was_asked and waited > patience:
                    raise KeyboardInterrupt from None
            except (EOFError, OSError):
                self._bury(worker)
        self._owed.remove(worker)
        return answer

    def _bury(self, worker: int) -> None:
        """Raises for a worker that has died."""
        process, lanes = self._processes[worker], self._lanes[worker]
        try:
            code: int | None = process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        names = f"{lanes.start}" if len(lanes) == 1 else f"{lanes.start} to {lanes.stop - 1}"
        self._dead = f"The worker process of the environments {names} {describe_end(code)}."
        self.close()
        raise WorkerDiedError(f"{self._dead} Close the batch and make a new one.")

    def close(self) -> None:
        """Ends the processes; may be called again."""
        if self._dead is None:
            self._dead = "The workers were ended."
        self._finalizer()


def _environment() -> dict[str, str]:
    """The environment variables of a worker.

    It finds the modules that this process finds. The GNU C library asks Linux for large pages, which save a fiftieth
    of a step; what is set already stays.
    """
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if "glibc.malloc.hugetlb" not in tunables:
        tunables = f"{tunables}:glibc.malloc.hugetlb=1".lstrip(":")
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, "PYTHONPATH": paths, "GLIBC_TUNABLES": tunables}


def _end(channels: list[Channel], bell: LaneBell, processes: list[subprocess.Popen[bytes]], pid: int) -> None:
    """Closes the channels, at which the workers end; kills those that do not."""
    if os.getpid() != pid:  # a forked child has only copies of them
        return
    for channel in channels:
        channel.close()
    bell.call()
    for process in processes:
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
