"""The two ends of the pipe between a batch and one of its workers.

Every request has a number, which its reply carries too: a reply that nobody waits for any more, because of a timeout
for example, is recognised and dropped. For users the ends are like any :class:`multiprocessing.connection.Connection`.

A signal handler may raise an exception between any two bytecodes. Therefore the result of a system call goes into a
list with no bytecode in between: ``results.extend(map(os.read, ...))`` calls and stores in one. Messages stay in lists
until they have been used, and to use one twice does no harm. After any exception, each method can be called again.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from plyo.vector._step_arrays import StepArrays

_HEADER = struct.Struct("<QQ")  # length in bytes, number of the request
_CHUNK = 1 << 16
_LARGE_CHUNK = 1 << 20
#: Whether pipes are file descriptors that can be polled, which they are not on Windows.
_HAS_POLL = hasattr(select, "poll")
_HUNG_UP = select.POLLHUP | select.POLLERR | select.POLLNVAL if _HAS_POLL else 0


def check_channels() -> None:
    """Checks that channels can be made.

    Raises:
        NotImplementedError: The system lacks what they need.
    """
    if not _HAS_POLL:
        raise NotImplementedError(
            f"AsyncVectorEnv talks to its processes through pipes by select.poll, which {sys.platform} does not have: "
            'make the batch with vectorization_mode="sync", or with SyncVectorEnv; batches of native tasks need no '
            "processes"
        )


def to_bytes(obj: object) -> bytes:
    """Pickles an object, with the reducers of :mod:`multiprocessing`."""
    try:
        return pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)
    except (TypeError, pickle.PicklingError):  # no more: it may be the exception of a signal handler
        return bytes(ForkingPickler.dumps(obj))


class _Channel(Connection):
    """One end of a pipe. It takes the place of a connection, which is closed."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(os.dup(connection.fileno()))
        connection.close()
        self._received: deque[bytes] = deque()  # bytes that were read and not yet used
        self.renew_poller()

    def renew_poller(self) -> None:
        """Makes a new poller: that of a call which a signal handler has interrupted cannot be used in the handler."""
        self._poller = select.poll()
        self._poller.register(self.fileno(), select.POLLIN)

    def fileno(self) -> int:
        """The descriptor."""
        handle: int | None = self._handle  # type: ignore[attr-defined]  # of multiprocessing's connections
        if handle is None:
            raise OSError("handle is closed")
        return handle

    def send(self, obj: Any) -> None:
        """Sends an object."""
        self.send_bytes(to_bytes(obj))

    def recv(self) -> Any:
        """Receives an object."""
        return pickle.loads(self.recv_bytes())

    def is_hung_up(self) -> bool:
        """Whether one of the two ends is closed."""
        if self.closed:
            return True
        poller = select.poll()
        poller.register(self.fileno(), select.POLLIN)
        return any(events & _HUNG_UP for _, events in poller.poll(0))

    def _read(self) -> None:
        """Reads some of the bytes that the other end has sent.

        Raises:
            EOFError, ConnectionError: The other end is closed.
        """
        received = self._received
        received.extend(map(os.read, (self.fileno(),), (_LARGE_CHUNK if received else _CHUNK,)))
        if not received[-1]:
            raise EOFError

    def _first_message(self) -> tuple[int, bytes, bytes] | None:
        """The number and the content of the first message, and the bytes after it; None if it is not complete."""
        received = self._received
        if not received:
            return None
        first = received[0]
        if len(first) < _HEADER.size:
            first = b"".join(received)
            if len(first) < _HEADER.size:
                return None
            received = deque([first])
        length, number = _HEADER.unpack_from(first)
        end = _HEADER.size + length
        if len(first) == end and len(received) == 1:
            return number, first[_HEADER.size :], b""
        size = sum(map(len, received))
        if size < end:
            return None
        if size == end:
            return number, b"".join((first[_HEADER.size :], *islice(received, 1, None))), b""
        whole = b"".join(received)
        return number, whole[_HEADER.size : end], whole[end:]

    def _drop_first_message(self, behind: bytes) -> None:
        """Removes the first message; the bytes after it remain."""
        # a new list, for a signal handler that closes the batch may do so while the old one is read
        self._received = deque([behind] if behind else ())


class BatchEnd(_Channel):
    """The end that asks. Only the reply to the last request is received.

    Attributes:
        number: The number of the last request, -1 before there is one.
        reply: The reply to the last request, None if it has not come.
    """

    def __init__(self, connection: Connection, numbers: Iterator[int]) -> None:
        """Takes the place of a connection.

        Args:
            connection: The connection, which is closed.
            numbers: Where requests by :meth:`send` get their numbers from.
        """
        super().__init__(connection)
        os.set_blocking(self.fileno(), False)  # a worker that hangs may have a full pipe
        self._numbers = numbers
        self._outbox: deque[tuple[int, bytes, list[int]]] = (
            deque()
        )  # messages, and how much of them was written
        self._reply = (-2, b"")
        self.number = -1

    @property
    def reply(self) -> bytes | None:
        number, content = self._reply
        return content if number == self.number else None

    def ask(self, number: int, content: bytes) -> None:
        """Takes a request over, which :meth:`flush` sends; after an interruption it can be called again."""
        outbox = self._outbox
        if not outbox or outbox[-1][0] != number:
            outbox.append((number, _HEADER.pack(len(content), number) + content, []))
        self.number = number

    def flush(self) -> bool:
        """Sends as much as the pipe has room for; returns whether all requests are sent.

        Raises:
            ConnectionError: The other end is closed.
        """
        outbox = self._outbox
        for first in tuple(outbox):
            _, message, written = first
            rest = memoryview(message)[sum(written) :] if written else message
            if rest:
                try:
                    written.extend(map(os.write, (self.fileno(),), (rest,)))
                except BlockingIOError:
                    return False
            if rest and written[-1] != len(rest):
                return False
            try:  # noqa: SIM105 - quicker than `suppress`
                outbox.remove(first)
            except ValueError:
                pass  # a signal handler that closes the batch has removed it
        return True

    def wait_for_room(self, timeout: float | None) -> None:
        """Waits until the pipe has room, for a time in seconds at most; None for ever.

        Reads arriving bytes meanwhile: the worker may be writing too, and reads nothing before it has finished.

        Raises:
            EOFError, ConnectionError: The other end is closed.
        """
        poller = select.poll()
        poller.register(self.fileno(), select.POLLIN | select.POLLOUT)
        for _, events in poller.poll(None if timeout is None else timeout * 1000.0):
            if events & ~select.POLLOUT:
                self._read()

    def send_bytes(self, buf: Any, offset: int = 0, size: int | None = None) -> None:
        """Sends a request."""
        self.ask(next(self._numbers), _part(buf, offset, size))
        while not self.flush():
            self.wait_for_room(None)

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        """Receives the reply; waits for it if need be."""
        while self.reply is None:
            if self.poll(None) and self.reply is None:
                self._read()  # raises that the other end is closed
        _, content = self._reply
        self._reply = (-2, b"")
        return content

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether the reply, or the end of the other process, comes within a time in seconds; None for ever."""
        end = None
        while self._reply[0] != self.number:
            message = self._first_message() if self._received else None
            if message is not None:
                number, content, behind = message
                if number == self.number:
                    self._reply = (number, content)
                self._drop_first_message(behind)
                continue
            if end is None and timeout is not None:
                end = time.monotonic() + timeout
            elif end is not None:
                timeout = max(end - time.monotonic(), 0.0)
            if not self._poller.poll(None if timeout is None else timeout * 1000.0):
                return False
            try:
                self._read()
            except (EOFError, OSError):
                if self.is_hung_up():
                    return True  # receiving will say so again
                raise
        return True


class WorkerEnd(_Channel):
    """The end that answers. It sends the reply to the last request that it received.

    Attributes:
        arrays: The arrays through which steps may go.
    """

    def __init__(self, connection: Connection, arrays: StepArrays | None) -> None:
        super().__init__(connection)
        self.arrays = arrays
        self._number = 0

    def send_bytes(self, buf: Any, offset: int = 0, size: int | None = None) -> None:
        """Sends a reply."""
        content = _part(buf, offset, size)
        message = _HEADER.pack(len(content), self._number) + content
        written = os.write(self.fileno(), message)
        while written < len(message):
            written += os.write(self.fileno(), memoryview(message)[written:])

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        """Receives a request; waits for it if need be."""
        while (message := self._first_message()) is None:
            self._read()
        self._number, content, behind = message
        self._drop_first_message(behind)
        return content

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether a request comes within a time in seconds; None for ever."""
        if self._first_message() is not None:
            return True
        return bool(self._poller.poll(None if timeout is None else timeout * 1000.0))


def _part(buf: Any, offset: int, size: int | None) -> Any:
    """The bytes to send."""
    if type(buf) is bytes and offset == 0 and size is None:
        return buf
    data = memoryview(buf).cast("B")
    return bytes(data[offset:] if size is None else data[offset : offset + size])
