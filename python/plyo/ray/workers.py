"""Rollouts by the actors of a Ray cluster."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

import ray

from plyo import error
from plyo.basics.integers import check_integer, is_seed
from plyo.envs.registration import EnvSpec, spec
from plyo.policies import Policy
from plyo.ray._worker import Job, Worker
from plyo.shards import Lanes, Part
from plyo.vector._reset import check_mask

_ON_DEATH = ("restore", "reseed")

#: How long the results of some workers wait for those of the others before they are looked at, in seconds.
_PATIENCE = 0.5


class RolloutWorkers:
    """A batch of a native task whose environments are shared out among Ray actors.

    Environment i of all workers together has the seed ``seed + i``, and draws for policies from streams that follow
    from i too. So all workers together have the same episodes however many they are, bit for bit: those of one batch
    of ``num_workers * num_envs_each`` environments. The streams of a policy begin anew in every rollout: in rollout n
    since the last seed, environment i draws from the stream of ``policy.seed + n * 2**64 + i``.

    An actor that dies, with its machine or alone, is replaced, and its rollout is repeated. Ray must be able to start
    the replacement: until then the call waits.

    Args:
        id: The id of a registered native task, or a spec.
        num_workers: The number of actors, at least 1.
        num_envs_each: The number of environments of each, at least 1.
        seed: The seed of environment 0, a non-negative integer; None for one from the operating system.
        num_threads: The threads with which a worker steps its environments; None for as many as the processors that
            Ray sets aside for its actor (``actor_options["num_cpus"]``), at least 1.
        max_restarts: How often a worker is replaced in one call before its death is raised.
        on_death: ``"restore"``: a replacement continues from the snapshot that the dead worker's last complete call
            returned, so that a death changes no result. ``"reseed"``: it begins new episodes from a new seed, and no
            snapshots are sent.
        actor_options: Options of ``ray.remote`` for the actors, such as ``{"num_cpus": 4, "scheduling_strategy":
            "SPREAD"}``. ``num_cpus`` is 1 unless it is given.
        **make_kwargs: Arguments of :func:`plyo.make_vec` for the batch of all environments: arrays of parameters have
            a value for each of them.

    Attributes:
        num_workers: The number of actors.
        num_envs_each: The environments of each.
        num_envs: All environments.
        seed: The seed of environment 0.
        single_observation_space: The observation space of one environment.
        single_action_space: The action space of one environment.

    Raises:
        TypeError, ValueError: An argument does not fit.
        plyo.error.Error: The task is not registered, or is not native; the seed is no non-negative integer.
        plyo.error.WorkerDiedError: A worker died more than ``max_restarts`` times while it started.
    """

    def __init__(
        self,
        id: str | EnvSpec,
        num_workers: int,
        num_envs_each: int,
        *,
        seed: int | None = None,
        num_threads: int | None = None,
        max_restarts: int = 3,
        on_death: str = "restore",
        actor_options: Mapping[str, Any] | None = None,
        **make_kwargs: Any,
    ) -> None:
        self.num_workers = check_integer("num_workers", num_workers, 1)
        self.num_envs_each = check_integer("num_envs_each", num_envs_each, 1)
        self.num_envs = self.num_workers * self.num_envs_each
        if on_death not in _ON_DEATH:
            raise ValueError(f"on_death must be 'restore' or 'reseed', got {on_death!r}")
        options = _check_actor_options(actor_options)
        if num_threads is None:
            num_threads = max(1, int(options["num_cpus"]))
        self.seed = secrets.randbits(128) if seed is None else _check_seed(seed)
        job = Job(
            id=id if isinstance(id, EnvSpec) else spec(id),
            make_kwargs={**make_kwargs, "num_threads": check_integer("num_threads", num_threads, 1)},
            actor_options=options,
            max_restarts=check_integer("max_restarts", max_restarts, 0),
            restores=on_death == "restore",
        )
        each = self.num_envs_each
        self._workers: list[Worker] = []
        self._pending: dict[Any, Worker] = {}
        self._closed = False
        try:
            for i in range(self.num_workers):
                self._workers.append(Worker(job, i, Lanes(i * each, each, self.num_envs), self.seed))
            spaces = self._call_all("spaces")
        except BaseException:
            self.close()
            raise
        for worker in self._workers:
            worker.forget()
        self.single_observation_space, self.single_action_space = spaces[0]

    # Calls that all workers take part in.

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> None:
        """Begins new episodes in all environments.

        Args:
            seed: The seed of environment 0, from which rollouts are counted anew; None continues the random streams.
            options: As for :meth:`plyo.vector.NativeVectorEnv.reset`, with a value for each environment of all workers
                where that has one for each of its own.

        Raises:
            plyo.error.Error, TypeError, ValueError: The seed or the options do not fit; nothing has changed.
            plyo.error.AlreadyPendingCallError: A rollout is pending.
            plyo.error.WorkerDiedError: A worker died more than ``max_restarts`` times; nothing has changed.
            plyo.error.ClosedEnvironmentError: The workers are closed.
        """
        self._check_idle("reset")
        if seed is not None:
            seed = _check_seed(seed)
        if options is not None and "reset_mask" in options:
            check_mask(options["reset_mask"], self.num_envs)
        states = self._call_all("reset", seed=seed, options=options)
        for worker, state in zip(self._workers, states, strict=True):
            worker.commit_reset(state, seed)
        if seed is not None:
            self.seed = seed

    def rollout(
        self,
        policy: Policy | Callable[[Any], Any] | ray.ObjectRef,
        num_steps: int,
        *,
        record: Iterable[str] | None = None,
        **arguments: Any,
    ) -> list[Part]:
        """Steps all environments under a policy.

        Args:
            policy: A policy of :mod:`plyo.policies` for the batch of all environments; any function from observations
                to actions, which a worker calls with those of its own environments; or a reference to one of these in
                Ray's object store.
            num_steps: The number of steps, at least 1.
            record: The fields to record, as for :meth:`plyo.vector.NativeVectorEnv.rollout`.
            **arguments: Further arguments of that method, except ``out``.

        Returns:
            What each worker recorded, in their order. The arrays lie in Ray's object store on this machine and may not
            be written; the store is freed when the last of them is dropped. :func:`concatenate` copies them into one
            trajectory.

        Raises:
            plyo.error.InvalidAction, plyo.error.ResetNeeded, TypeError, ValueError: As from a batch of all
                environments, whose numbers they name; no worker has changed.
            plyo.error.AlreadyPendingCallError: An earlier rollout is pending.
            plyo.error.WorkerDiedError: A worker died more than ``max_restarts`` times; no worker has changed.
            plyo.error.ClosedEnvironmentError: The workers are closed.
            KeyboardInterrupt: Ctrl-C; the workers finish what they do and take it back.
        """
        self._check_idle("rollout")
        arguments = _check_arguments(record, arguments)
        results = self._call_all("rollout", _to_reference(policy), num_steps, **arguments)
        return [worker.commit_rollout(result) for worker, result in zip(self._workers, results, strict=True)]

    def _call_all(self, method: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Lets every worker run a method; returns the results of all of them, or raises and none has changed."""
        try:
            pending = {worker.begin(method, *args, **kwargs): worker for worker in self._workers}
            results: dict[Worker, Any] = {}
            errors: dict[Worker, Exception] = {}
            while pending:
                # fetches all results at once; a death is answered at the latest after this time
                ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=_PATIENCE)
                for reference in ready:
                    worker = pending.pop(reference)
                    try:
                        results[worker] = worker.receive()
                    except Exception as e:
                        errors[worker] = e
                        continue
                    if results[worker] is None:
                        pending[worker.reference] = worker
            for worker in self._workers:
                if worker in errors:
                    raise errors[worker]
        except BaseException:
            for worker in self._workers:
                worker.abandon()
            raise
        return [results[worker] for worker in self._workers]

    # One worker at a time.

    def rollout_async(
        self,
        policy: Policy | Callable[[Any], Any] | ray.ObjectRef,
        num_steps: int,
        *,
        record: Iterable[str] | None = None,
        **arguments: Any,
    ) -> int:
        """Starts a rollout of every worker that has none pending; :meth:`rollout_wait` returns what they record.

        Args:
            policy: As for :meth:`rollout`.
            num_steps: As for :meth:`rollout`.
            record: As for :meth:`rollout`.
            **arguments: As for :meth:`rollout`.

        Returns:
            The number of workers that have started.

        Raises:
            plyo.error.ClosedEnvironmentError: The workers are closed.
        """
        self._check_open("rollout_async")
        arguments = _check_arguments(record, arguments)
        pending = set(self._pending.values())
        idle = [worker for worker in self._workers if worker not in pending]
        if idle:
            reference = _to_reference(policy)
            for worker in idle:
                self._pending[worker.begin("rollout", reference, num_steps, **arguments)] = worker
        return len(idle)

    def rollout_wait(self, timeout: float | None = None) -> Part:
        """What one worker recorded: the first whose pending rollout is complete, among these the one begun first.

        Args:
            timeout: How long to wait, in seconds; None for as long as it takes.

        Raises:
            plyo.error.NoAsyncCallError: No rollout is pending.
            TimeoutError: None is complete yet; all of them remain pending.
            Exception: As from :meth:`rollout`, from one worker: this one has not changed and has nothing pending any
                more, the others remain as they are.
            plyo.error.ClosedEnvironmentError: The workers are closed.
        """
        self._check_open("rollout_wait")
        if not self._pending:
            raise error.NoAsyncCallError("Calling `rollout_wait` without a rollout pending.", "rollout_wait")
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            ready, _ = ray.wait(list(self._pending), num_returns=1, timeout=left)
            if not ready:
                raise TimeoutError(f"no worker has completed its rollout after {timeout} seconds")
            worker = self._pending.pop(ready[0])
            try:
                result = worker.receive()
            except BaseException:
                worker.abandon()
                raise
            if result is not None:
                return worker.commit_rollout(result)
            self._pending[worker.reference] = worker

    @property
    def num_pending(self) -> int:
        """The number of workers whose rollout is pending."""
        return len(self._pending)

    # Closing.

    @property
    def closed(self) -> bool:
        """Whether the workers are closed."""
        return self._closed

    def close(self) -> None:
        """Ends the actors; rollouts that are pending are lost."""
        self._closed = True
        self._pending.clear()
        for worker in self._workers:
            worker.close()

    def __enter__(self) -> RolloutWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self, name: str) -> None:
        if self._closed:
            raise error.ClosedEnvironmentError(
                f"Trying to operate on `{type(self).__name__}`, after a call to `close()`: `{name}`"
            )

    def _check_idle(self, name: str) -> None:
        self._check_open(name)
        if self._pending:
            raise error.AlreadyPendingCallError(
                f"Calling `{name}` while {len(self._pending)} rollouts that `rollout_async` began are pending; "
                "call `rollout_wait` for each of them first.",
                "rollout_async",
            )


def _check_seed(seed: Any) -> int:
    """A seed as an integer; raises as environments do."""
    if not is_seed(seed):
        raise error.Error(f"Seed must be a python integer, actual type: {type(seed)}")
    if seed < 0:
        raise error.Error(f"Seed must be greater or equal to zero, actual value: {seed}")
    return int(seed)


def _check_actor_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options of actors, with the processors that they take."""
    checked = {"num_cpus": 1, **(options or {})}
    for name in ("max_restarts", "max_task_retries", "max_concurrency"):
        if name in checked:
            raise ValueError(
                f"actor_options cannot have {name!r}: the workers are replaced with their environments, "
                "as max_restarts and on_death say"
            )
    return checked


def _check_arguments(record: Iterable[str] | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a batch's rollout, as they are sent."""
    if "out" in arguments:
        raise TypeError("a rollout of workers takes no out: their arrays come through Ray's object store")
    names = record if record is None or isinstance(record, str) else list(record)
    return {"record": names, **arguments}


def _to_reference(policy: Any) -> Any:
    """A reference to a policy, so that it is sent once for all workers."""
    if isinstance(policy, ray.ObjectRef):
        return policy
    if not isinstance(policy, Policy) and not callable(policy):
        raise TypeError(f"policy must be a policy of plyo.policies or a function, got {policy!r}")
    return ray.put(policy)
