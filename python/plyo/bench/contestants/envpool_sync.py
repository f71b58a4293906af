"""EnvPool in synchronous mode."""

from __future__ import annotations

from importlib import import_module

from plyo.bench.contestant import BatchContestant, Case


class EnvPool(BatchContestant):
    """``envpool.make(..., env_type="gymnasium")``: every environment in every step, as many threads as Plyo."""

    peer = "envpool"
    package = "envpool"
    action_dtype = "int32"

    def __init__(self, case: Case) -> None:
        envpool = import_module("envpool")
        self._envs = envpool.make(
            case.task, env_type="gymnasium", num_envs=case.num_envs, num_threads=case.num_threads, seed=0
        )
        self._envs.reset()
        self._start(case, self._envs.step)

    def close(self) -> None:
        """Frees the environments and joins the threads."""
        self._envs.close()

    @classmethod
    def objection(cls, case: Case) -> str | None:
        """Why it sits out: EnvPool has no such task."""
        return None if case.task in import_module("envpool").list_all_envs() else "envpool has no such task"
