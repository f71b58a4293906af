"""Gymnasium's loop over single environments."""

from __future__ import annotations

from importlib import import_module

from plyo.bench.contestant import BatchContestant, Case

#: Each environment is a Python object: making many takes seconds, and the rate per step is the same.
_MOST_ENVS = 1024


class GymnasiumSync(BatchContestant):
    """``gymnasium.vector.SyncVectorEnv``. It has no threads."""

    peer = "gymnasium-sync"
    package = "gymnasium"

    def __init__(self, case: Case) -> None:
        gymnasium = import_module("gymnasium")
        self._envs = gymnasium.make_vec(case.task, num_envs=case.num_envs, vectorization_mode="sync")
        self._envs.reset(seed=0)
        self._start(case, self._envs.step)

    def close(self) -> None:
        """Frees the environments."""
        self._envs.close()

    @classmethod
    def objection(cls, case: Case) -> str | None:
        """The reason: Gymnasium has no such task, or there are too many environments."""
        if case.task not in import_module("gymnasium").registry:
            return "gymnasium has no such task"
        if case.num_envs > _MOST_ENVS:
            return f"one Python object an environment: measured up to {_MOST_ENVS}"
        return None
