"""Exceptions at chosen points of a call, as signal handlers may raise them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dis import opname
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import plyo

#: Bytecodes of the interpreter's own cleaning up, before which no signal handler runs.
CLEANUP = ("COPY", "POP_EXCEPT", "PUSH_EXC_INFO", "RERAISE")
FOLDER = str(Path(plyo.vector.__file__).parent)


class Interruption(Exception):
    """The exception raised in the middle of a call."""


class Clock(plyo.Env):
    """Its observation and info are the number of its steps, its reward is the action."""

    observation_space = plyo.spaces.Box(0, np.inf, (1,), np.float64)
    action_space = plyo.spaces.Discrete(100)
    render_mode = "ansi"

    def __init__(self, info: bool = False) -> None:
        self.info = info
        self.time = self.resets = 0
        self.value = 0

    def observe(self) -> Any:
        return np.full(1, float(self.time)), {"time": self.time, "odd": None} if self.info else {}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.resets += 1
        return self.observe()

    def step(self, action: Any) -> Any:
        self.time += 1
        observation, info = self.observe()
        return observation, float(action), False, False, info

    def render(self) -> str:
        return str(self.time)

    def count(self) -> int:
        """A call that changes something."""
        self.time += 1
        return self.time


def raise_interruption() -> None:
    """The default action in the middle of a call."""
    raise Interruption


def interrupt_at(
    number: int,
    call: Callable[[], Any],
    handler: Callable[[], None] = raise_interruption,
    folder: str = FOLDER,
) -> Any:
    """Runs a call, and a function before its n-th bytecode in the files of a folder: as a signal handler would run.

    Returns:
        The result of the call.

    Raises:
        NotReached: The call has fewer bytecodes.
        Interruption: The handler has raised it.
    """
    left = number
    has_run = False

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left, has_run
        if has_run or not frame.f_code.co_filename.startswith(folder):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and opname[frame.f_code.co_code[frame.f_lasti]] not in CLEANUP:
            if left == 0:
                has_run = True
                handler()
            left -= 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = call()
    finally:
        sys.settrace(before)
    assert not (has_run and handler is raise_interruption), "the exception was swallowed"
    if not has_run:
        raise NotReached(result)
    return result


class NotReached(Exception):
    """The call has fewer bytecodes.

    Attributes:
        result: The result of the call.
    """

    def __init__(self, result: Any) -> None:
        super().__init__("the call has fewer bytecodes")
        self.result = result
