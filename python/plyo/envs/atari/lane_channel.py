"""The way between a batch and a worker process: byte strings over a socket."""

from __future__ import annotations

import os
import select
import socket
import struct

#: The bytes of the length that goes before a message.
_HEADER = 4
#: The longest message, which its length has room for.
_MOST = 2 ** (8 * _HEADER) - 1
#: The memory of a :class:`plyo._native.LaneBell`, and of as much as keeps what follows in lines of the cache.
BELL_BYTES = 128
#: How long the end of :func:`make_channel` waits for a message at a time, in seconds.
PATIENCE = 0.2


class Channel:
    """One end.

    Args:
        descriptor: The number of a connected socket, which the channel owns from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poller = select.poll()
        self._poller.register(descriptor, select.POLLIN)

    def send(self, message: bytes) -> None:
        """Sends a message.

        Raises:
            OSError: The other end is closed.
            ValueError: It is longer than 4 GiB.
        """
        if len(message) > _MOST:
            raise ValueError(f"a message to a worker has at most {_MOST} bytes, got {len(message)}")
        rest = memoryview(len(message).to_bytes(_HEADER, "little") + message)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def receive(self) -> bytes:
        """The next message.

        Raises:
            BlockingIOError: None has come within :data:`PATIENCE`, at the end that waits no longer.
            EOFError, OSError: The other end is closed.
        """
        header = self._complete(os.read(self._descriptor, _HEADER), _HEADER)
        return self._complete(b"", int.from_bytes(header, "little"))

    def _complete(self, read: bytes, size: int) -> bytes:
        """So many bytes, of which some are read already."""
        parts, left = [read], size - len(read)
        while left:
            try:
                parts.append(os.read(self._descriptor, left))
            except BlockingIOError:  # its beginning has come: the rest will
                continue
            if not parts[-1]:
                raise EOFError("the other end is closed")
            left -= len(parts[-1])
        return b"".join(parts)

    def has_message(self) -> bool:
        """Whether a message is there; the end of the other end counts as one."""
        return bool(self._poller.poll(0))

    def close(self) -> None:
        """Closes this end; may be called again."""
        if self._descriptor >= 0:
            self._poller.unregister(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def make_channel() -> tuple[Channel, socket.socket]:
    """One end for this process, which waits :data:`PATIENCE` at a time, and the socket of the other for a new one."""
    own, other = socket.socketpair()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(PATIENCE * 1e6)))
    return Channel(own.detach()), other
