"""The program of a worker process, which plays some lanes of a batch."""

from __future__ import annotations

import mmap
import os
import pickle
import sys
from multiprocessing.connection import Connection
from typing import Any

from plyo.envs.atari.lane_arrays import LaneArrays, bytes_of
from plyo.envs.atari.lane_group import LaneGroup

#: A request to step all lanes, and the answer that it is done: the results lie in shared memory.
STEP = b""


def main() -> None:
    """Serves requests until the batch is gone; the numbers of the socket and of the memory are arguments."""
    number, descriptor = map(int, sys.argv[1:3])
    pipe = Connection(number)
    try:
        settings, num_envs, first, count = pipe.recv()
        memory = mmap.mmap(descriptor, bytes_of(settings, num_envs))
        os.close(descriptor)
        group = LaneGroup(settings, LaneArrays(settings, num_envs, memory), first, count)
        while True:
            request = pipe.recv_bytes()
            if request == STEP:
                answer = _answer(group, pipe, "step", None)
                pipe.send_bytes(STEP if answer[0] else pickle.dumps(answer))
            else:
                pipe.send_bytes(pickle.dumps(_answer(group, pipe, *pickle.loads(request))))
    except (EOFError, OSError, KeyboardInterrupt):
        pass  # the batch is gone, and nobody to tell


def _answer(group: LaneGroup, pipe: Connection, name: str, argument: Any) -> tuple[bool, Any]:
    """Whether a request has succeeded, and its result or exception."""
    try:
        if name == "step":
            group.step()
            return True, None
        if name == "reset":
            # another request or the end of the pipe comes only from a batch that waits no longer
            return True, group.reset(argument, pipe.poll)
        return True, group.call(name, argument)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # one that cannot be made again from its arguments
            return False, RuntimeError(f"{type(error).__name__}: {error}")
        return False, error
