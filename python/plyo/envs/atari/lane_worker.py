"""The program of a worker process, which plays some lanes of a batch."""

from __future__ import annotations

import mmap
import os
import pickle
import sys
from typing import Any

from plyo._native import LaneBell
from plyo.envs.atari.lane_arrays import LaneArrays, bytes_of
from plyo.envs.atari.lane_channel import BELL_BYTES, Channel
from plyo.envs.atari.lane_group import LaneGroup


def main() -> None:
    """Serves requests until the batch is gone; the numbers of the socket and of the memory are arguments."""
    number, descriptor = map(int, sys.argv[1:3])
    channel = Channel(number)
    try:
        settings, num_envs, first, count = pickle.loads(channel.receive())
        whole = mmap.mmap(descriptor, BELL_BYTES + bytes_of(settings, num_envs))
        os.close(descriptor)
        arrays = LaneArrays(settings, num_envs, memoryview(whole)[BELL_BYTES:])
        group, bell = LaneGroup(settings, arrays, first, count), LaneBell(whole)
        while True:
            try:
                group.serve(bell)
            except Exception as error:
                channel.send(pickle.dumps((False, _portable(error))))
                bell.done(True)
            while channel.has_message():
                channel.send(pickle.dumps(_answer(group, channel, *pickle.loads(channel.receive()))))
    except (EOFError, OSError, KeyboardInterrupt):
        pass  # the batch is gone, and nobody to tell


def _answer(group: LaneGroup, channel: Channel, name: str, argument: Any) -> tuple[bool, Any]:
    """Whether a request has succeeded, and its result or exception."""
    try:
        if name == "reset":
            # another request or the end of the channel comes only from a batch that waits no longer
            return True, group.reset(argument, channel.has_message)
        return True, group.call(name, argument)
    except Exception as error:
        return False, _portable(error)


def _portable(error: Exception) -> Exception:
    """An exception as it is, or as one that another process can make again."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # it cannot be made from its arguments
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
