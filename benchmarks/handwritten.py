"""The hand-written C++ loop (handwritten.cpp) as a contestant, and the check that it gives Plyo's results."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import plyo
from plyo.bench import Case, Contestant, Scenario
from plyo.bench.contestant import make_actions

TASKS = ("CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "Acrobot-v1")


class Handwritten(Contestant):
    """Steps in C++ with no engine and no Python: one call of ``run`` is one call into the library."""

    peer = "handwritten"
    scenario = Scenario.STEP
    package = "plyo"
    library: ClassVar[ctypes.CDLL]

    @classmethod
    def load(cls, path: Path) -> None:
        """Loads the shared library of handwritten.cpp."""
        library = ctypes.CDLL(str(path))
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        library.handwritten_make.argtypes = [ctypes.c_char_p, size, ctypes.c_char_p]
        library.handwritten_make.restype = pointer
        library.handwritten_free.argtypes = [pointer]
        library.handwritten_run.argtypes = [pointer, pointer, size, size]
        library.handwritten_read.argtypes = [pointer] * 5
        for name in ("free", "run", "read"):
            getattr(library, f"handwritten_{name}").restype = None
        cls.library = library

    def __init__(self, case: Case) -> None:
        isa = plyo._native.isa()
        self._handle = self.library.handwritten_make(case.task.encode(), case.num_envs, isa.encode())
        if not self._handle:
            raise RuntimeError(f"handwritten.cpp has no loop of {case.task} for {isa}")
        self._actions = np.stack(make_actions(case))
        self.steps_per_call = case.num_envs

    @classmethod
    def objection(cls, case: Case) -> str | None:
        if case.task not in TASKS:
            return "handwritten.cpp has no such task"
        return None if case.num_threads == 1 else "it has no threads"

    def run(self, calls: int) -> None:
        self.library.handwritten_run(self._handle, self._actions.ctypes.data, len(self._actions), calls)

    def read(self, like: tuple[Any, ...]) -> tuple[Any, ...]:
        """Copies of observations, rewards, terminated, truncated, in arrays such as `like`."""
        arrays = tuple(np.empty_like(array) for array in like)
        self.library.handwritten_read(self._handle, *(array.ctypes.data for array in arrays))
        return arrays

    def close(self) -> None:
        self.library.handwritten_free(self._handle)


def gives_same_results(task: str, num_envs: int = 300, num_steps: int = 600) -> bool:
    """Whether the loop and Plyo give the same bits from the same seeds and actions."""
    case = Case(task, num_envs)
    rows = make_actions(case)
    loop = Handwritten(case)
    envs = plyo.make_vec(task, num_envs=num_envs, num_threads=1)
    try:
        envs.reset(seed=0)
        for t in range(num_steps):
            expected = envs.step(rows[t % len(rows)])[:4]
            row = np.ascontiguousarray(rows[t % len(rows)])
            loop.library.handwritten_run(loop._handle, row.ctypes.data, 1, 1)
            seen = loop.read(expected)
            if any(a.tobytes() != b.tobytes() for a, b in zip(expected, seen, strict=True)):
                return False
    finally:
        envs.close()
        loop.close()
    return True
