"""Gymnasium's own vector environments: CartPoleVectorEnv, in NumPy."""

from __future__ import annotations

from importlib import import_module

from plyo.bench.contestant import BatchContestant, Case


class GymnasiumVector(BatchContestant):
    """A task's own vector environment of Gymnasium. It has no threads."""

    peer = "gymnasium-vector"
    package = "gymnasium"

    def __init__(self, case: Case) -> None:
        gymnasium = import_module("gymnasium")
        self._envs = gymnasium.make_vec(
            case.task, num_envs=case.num_envs, vectorization_mode="vector_entry_point"
        )
        self._envs.reset(seed=0)
        self._start(case, self._envs.step)

    def close(self) -> None:
        """Frees the environments."""
        self._envs.close()

    @classmethod
    def objection(cls, case: Case) -> str | None:
        """The reason: the task has no vector environment of its own."""
        spec = import_module("gymnasium").registry.get(case.task)
        if spec is not None and spec.vector_entry_point is not None:
            return None
        return "gymnasium has no vector environment of this task's own"
