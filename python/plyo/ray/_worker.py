"""A worker, as the process that sends it work sees it: an actor, and what a replacement needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ray
from ray import exceptions

from plyo import error
from plyo.ray._actor import ShardActor
from plyo.shards import Lanes, Part, ShardState
from plyo.shards.policies import SEED_STRIDE
from plyo.trajectory import Trajectory

#: How Ray reports that an actor, or the machine on which a result lay, is gone.
DEATHS = (
    exceptions.RayActorError,
    exceptions.WorkerCrashedError,
    exceptions.NodeDiedError,
    exceptions.ObjectLostError,
    exceptions.OutOfMemoryError,
)


@dataclass(frozen=True)
class Job:
    """What all workers have in common.

    Attributes:
        id: The task.
        make_kwargs: Arguments for the batch of all environments.
        actor_options: Options of Ray for the actors.
        max_restarts: The replacements in one call.
        restores: Whether a replacement continues from a snapshot.
    """

    id: Any
    make_kwargs: dict[str, Any]
    actor_options: dict[str, Any]
    max_restarts: int
    restores: bool


class Worker:
    """One worker.

    Calls go in three steps, so that those of several workers succeed or fail together: :meth:`begin` sends one,
    :meth:`receive` takes its result, and then :meth:`commit_rollout` or :meth:`commit_reset` counts it, or
    :meth:`abandon` takes it back.

    Args:
        job: What all workers have in common.
        index: The worker's number.
        lanes: Its environments.
        seed: The seed of the whole batch.

    Attributes:
        reference: Ray's reference to the result of the call that is under way.
    """

    def __init__(self, job: Job, index: int, lanes: Lanes, seed: int) -> None:
        self._job = job
        self._index = index
        self._lanes = lanes
        self._seed = seed
        self._state: ShardState | None = None
        self._number = 0  # rollouts since the lanes were seeded
        self._calls = 0
        self._call: tuple[str, tuple[Any, ...], dict[str, Any]] | None = None
        self._deaths = 0
        self._deaths_in_call = 0
        self._actor: Any = None
        self.reference: Any = None

    def begin(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Sends a call of a method of the actor, after starting the actor where there is none.

        Returns:
            Ray's reference to the result, :attr:`reference`.
        """
        self._call, self._deaths_in_call = (method, args, kwargs), 0
        return self._send()

    def receive(self) -> Any:
        """The result of the call, which Ray has reported as ready, or None if a replacement repeats the call.

        Raises:
            plyo.error.WorkerDiedError: The worker has died too often.
            Exception: What the call raised in the worker.
        """
        try:
            return ray.get(self.reference)
        except DEATHS as e:
            self._replace(e)
            return None
        except exceptions.RayTaskError as e:
            raise e.cause from e

    def commit_reset(self, result: tuple[None, ShardState | None], seed: int | None) -> None:
        """Counts a reset that :meth:`receive` returned the result of."""
        _, self._state = result
        self._calls += 1
        self.forget()
        if seed is not None:
            self._number, self._seed = 0, seed

    def commit_rollout(self, result: tuple[Trajectory, ShardState | None]) -> Part:
        """Counts a rollout that :meth:`receive` returned the result of."""
        trajectory, self._state = result
        self._calls += 1
        self._number += 1
        self.forget()
        return Part(trajectory, self._index, self._lanes.first, self._lanes.count, self._number - 1)

    def abandon(self) -> None:
        """Takes back the call that is under way, or was received."""
        if self._call is not None and self._actor is not None:
            # the actor runs one call after the other, so this one comes after what it takes back
            self._actor.undo.remote(self._calls)
        self.forget()

    def forget(self) -> None:
        """Nothing is under way any more; for calls that change nothing."""
        self._call = self.reference = None

    def close(self) -> None:
        """Ends the actor."""
        self.forget()
        if self._actor is not None and ray.is_initialized():
            ray.kill(self._actor)
        self._actor = None

    def _send(self) -> Any:
        assert self._call is not None
        method, args, kwargs = self._call
        if self._actor is None:
            self._actor = self._start()
        self.reference = getattr(self._actor, method).remote(self._calls, self._number, *args, **kwargs)
        return self.reference

    def _start(self) -> Any:
        """A new actor, which continues where the last complete call ended, or begins anew."""
        job = self._job
        restores = self._deaths == 0 or job.restores
        seed = self._seed if restores else self._seed + self._deaths * SEED_STRIDE
        actor: Any = ray.remote(ShardActor)
        return actor.options(**job.actor_options, max_restarts=0, max_task_retries=0).remote(
            job.restores,
            job.id,
            self._lanes,
            job.make_kwargs,
            seed=seed,
            state=self._state if restores else None,
        )

    def _replace(self, death: Exception) -> None:
        """Starts another actor, which repeats the call."""
        self._deaths += 1
        self._deaths_in_call += 1
        ray.kill(self._actor)  # where only a result was lost, it is still alive
        self._actor = None
        if self._deaths_in_call > self._job.max_restarts:
            self.forget()
            last = self._lanes.first + self._lanes.count - 1
            raise error.WorkerDiedError(
                f"worker {self._index}, of environments {self._lanes.first} to {last}, has died "
                f"{self._deaths_in_call} times in one call, and max_restarts={self._job.max_restarts}; the next call "
                f"starts it once more. Its last death: {death}"
            ) from death
        self._send()
