"""The program of a worker process, which plays some lanes of a batch."""

from __future__ import annotations

import mmap
import os
import pickle
import sys
from typing import Any

from plyo.envs.atari.lane_arrays import LaneArrays, bytes_of
from plyo.envs.atari.lane_channel import Channel
from plyo.envs.atari.lane_group import LaneGroup

#: A request to step all lanes, and the answer that it is done: the results lie in shared memory.
STEP = b""


def main() -> None:
    """Serves requests until the batch is gone; the numbers of the socket and of the memory are arguments."""
    number, descriptor = map(int, sys.argv[1:3])
    channel = Channel(number)
    try:
        settings, num_envs, first, count = pickle.loads(channel.receive())
        memory = mmap.mmap(descriptor, bytes_of(settings, num_envs))
        os.close(descriptor)
        group = LaneGroup(settings, LaneArrays(settings, num_envs, memory), first, count)
        while True:
            request = channel.receive()
            if request == STEP:
                answer = _answer(group, channel, "step", None)
                channel.send(STEP if answer[0] else pickle.dumps(answer))
            else:
                channel.send(pickle.dumps(_answer(group, channel, *pickle.loads(request))))
    except (EOFError, OSError, KeyboardInterrupt):
        pass  # the batch is gone, and nobody to tell


def _answer(group: LaneGroup, channel: Channel, name: str, argument: Any) -> tuple[bool, Any]:
    """Whether a request has succeeded, and its result or exception."""
    try:
        if name == "step":
            group.step()
            return True, None
        if name == "reset":
            # another request or the end of the channel comes only from a batch that waits no longer
            return True, group.reset(argument, channel.has_message)
        return True, group.call(name, argument)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # one that cannot be made again from its arguments
            return False, RuntimeError(f"{type(error).__name__}: {error}")
        return False, error
