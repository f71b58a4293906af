"""The two ends of the pipe between a batch and one of its workers.

Every request has a number, which the reply carries too: a reply that nobody waits for any more, because of a timeout or
of Ctrl-C, is recognised and dropped. For those who use them the ends are like any
:class:`multiprocessing.connection.Connection`.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import time
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<QI")  # length in bytes, number of the request
_CHUNK = 1 << 16
_LARGE_CHUNK = 1 << 20
#: Messages up to this length are sent as a whole or not at all.
_ATOMIC = 4096


class StepArrays:
    """Shared arrays through which steps go whose actions are one array and whose infos are empty.

    Attributes:
        actions: The batched actions, None if they have to be sent.
        rewards: float64 of shape ``(num_envs,)``.
        flags: terminated and truncated, bool of shape ``(2, num_envs)``.
    """

    def __init__(
        self, ctx: Any, num_envs: int, action_type: tuple[np.dtype[Any], tuple[int, ...]] | None
    ) -> None:
        self._parts = [(np.dtype(np.float64), (num_envs,)), (np.dtype(np.bool_), (2, num_envs))]
        if action_type is not None:
            self._parts.append(action_type)
        sizes = [dtype.itemsize * int(np.prod(shape)) for dtype, shape in self._parts]
        self._memories = [ctx.RawArray("B", size) for size in sizes]
        self._make_views()

    def _make_views(self) -> None:
        views: list[NDArray[Any]] = [
            np.frombuffer(memory, dtype=dtype).reshape(shape)
            for memory, (dtype, shape) in zip(self._memories, self._parts, strict=True)
        ]
        self.rewards, self.flags = views[:2]
        self.actions = views[2] if len(views) > 2 else None

    def take_actions(self, actions: Any) -> bool:
        """Copies batched actions of the very form of :attr:`actions`; returns whether they are."""
        place = self.actions
        if (
            place is None
            or type(actions) is not np.ndarray
            or actions.dtype != place.dtype
            or actions.shape != place.shape
        ):
            return False
        np.copyto(place, actions)
        return True

    def __getstate__(self) -> dict[str, Any]:
        """What a spawned process needs: the memory."""
        return {"_parts": self._parts, "_memories": self._memories}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes the arrays on the same memory."""
        self.__dict__.update(state)
        self._make_views()


def to_bytes(obj: object) -> bytes:
    """Pickles an object; what needs the help of :mod:`multiprocessing` gets it."""
    try:
        return pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)
    except Exception:
        return bytes(ForkingPickler.dumps(obj))


class _Channel(Connection):
    """One end of a pipe. It takes the place of a connection, which is closed."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(os.dup(connection.fileno()))
        connection.close()
        self._request = 0
        self._received = bytearray()  # the beginning of the next message
        self._poller = select.poll()
        self._poller.register(self.fileno(), select.POLLIN)

    def send(self, obj: Any) -> None:
        """Sends an object."""
        self.send_bytes(to_bytes(obj))

    def recv(self) -> Any:
        """Receives an object."""
        return pickle.loads(self.recv_bytes())

    def _write_message(self, payload: Any) -> None:
        message: Any = _HEADER.pack(len(payload), self._request) + payload
        handle = self.fileno()
        try:
            written = os.write(handle, message)
            if written < len(message):
                rest = memoryview(message)
                while written < len(message):
                    written += os.write(handle, rest[written:])
        except BaseException:
            if len(message) > _ATOMIC:  # nobody could make anything of what follows half a message
                self.close()
            raise

    def _has_message(self) -> bool:
        received = self._received
        return (
            len(received) >= _HEADER.size and len(received) >= _HEADER.size + _HEADER.unpack_from(received)[0]
        )

    def _read_message(self) -> tuple[int, bytes]:
        """The number and the content of the next message.

        Raises:
            EOFError, ConnectionError: The other end is closed.
        """
        handle = self.fileno()
        if not self._received:
            data = os.read(handle, _CHUNK)
            if not data:
                raise EOFError
            if len(data) >= _HEADER.size:
                length, request = _HEADER.unpack_from(data)
                if len(data) == _HEADER.size + length:
                    return request, data[_HEADER.size :]
            self._received = bytearray(data)
        while not self._has_message():
            data = os.read(handle, _LARGE_CHUNK)
            if not data:
                raise EOFError
            self._received += data
        length, request = _HEADER.unpack_from(self._received)
        end = _HEADER.size + length
        payload = bytes(self._received[_HEADER.size : end])
        del self._received[:end]
        return request, payload


class BatchEnd(_Channel):
    """The end that asks. Only the reply to the last request is received."""

    _reply: bytes | None = None

    def send_bytes(self, buf: Any, offset: int = 0, size: int | None = None) -> None:
        """Sends a request."""
        self._reply = None
        self._request = (self._request + 1) & 0xFFFFFFFF
        self._write_message(_part(buf, offset, size))

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        """Receives the reply; waits for it if need be."""
        reply, self._reply = self._reply, None
        while reply is None:
            request, payload = self._read_message()
            if request == self._request:
                reply = payload
        return reply

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether the reply, or the end of the other process, comes within a time in seconds; None for ever."""
        end = None if timeout is None else time.monotonic() + timeout
        while self._reply is None:
            if not self._has_message():
                left = None if end is None else max(end - time.monotonic(), 0.0) * 1000.0
                if not self._poller.poll(left):
                    return False
            try:
                request, payload = self._read_message()
            except (EOFError, ConnectionError):
                return True  # receiving will say so again
            if request == self._request:
                self._reply = payload
        return True


class WorkerEnd(_Channel):
    """The end that answers. What it sends is the reply to the last request that it received.

    Attributes:
        arrays: The arrays through which steps may go.
    """

    def __init__(self, connection: Connection, arrays: StepArrays | None) -> None:
        super().__init__(connection)
        self.arrays = arrays

    def send_bytes(self, buf: Any, offset: int = 0, size: int | None = None) -> None:
        """Sends a reply."""
        self._write_message(_part(buf, offset, size))

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        """Receives a request."""
        self._request, payload = self._read_message()
        return payload

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether a request comes within a time in seconds; None for ever."""
        return self._has_message() or bool(self._poller.poll(None if timeout is None else timeout * 1000.0))


def _part(buf: Any, offset: int, size: int | None) -> Any:
    """The bytes to send."""
    if type(buf) is bytes and offset == 0 and size is None:
        return buf
    data = memoryview(buf).cast("B")
    return bytes(data[offset:] if size is None else data[offset : offset + size])
