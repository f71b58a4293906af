"""EnvPool in synchronous mode."""

from __future__ import annotations

from importlib import import_module

from plyo.bench.contestant import BatchContestant, Case

#: EnvPool's ids of tasks that have a newer id in Plyo.
_NAMES = {"Taxi-v4": "Taxi-v3"}


class EnvPool(BatchContestant):
    """``envpool.make(..., env_type="gymnasium")``: all environments in every step, the same number of threads."""

    peer = "envpool"
    package = "envpool"
    action_dtype = "int32"

    def __init__(self, case: Case) -> None:
        envpool = import_module("envpool")
        self._envs = envpool.make(
            _name(case.task),
            env_type="gymnasium",
            num_envs=case.num_envs,
            num_threads=case.num_threads,
            seed=0,
        )
        self._envs.reset()
        self._start(case, self._envs.step)

    def close(self) -> None:
        """Frees the environments and joins the threads."""
        self._envs.close()

    @classmethod
    def objection(cls, case: Case) -> str | None:
        """The reason: EnvPool has no such task."""
        known = import_module("envpool").list_all_envs()
        return None if _name(case.task) in known else "envpool has no such task"


def _name(task: str) -> str:
    return _NAMES.get(task, task)
