"""Batches of environments that run in processes of their own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from enum import Enum
from typing import Any, Generic

import numpy as np
import numpy.typing as npt

from plyo import logger
from plyo.core import ActType, Env, ObsType, RenderFrame
from plyo.error import (
    ClosedEnvironmentError,
)
from plyo.vector._async_setup import (
    ObservationStore,
    check_max_concurrency,
    check_spaces,
    check_worker,
    shared_action_type,
)
from plyo.vector._async_worker import _async_worker
from plyo.vector._batching import (
    ObservationMode,
    batch_metadata,
    choose_observation_spaces,
    spread_values,
    to_autoreset_mode,
)
from plyo.vector._calls import Calls
from plyo.vector._channel import check_channels, to_bytes
from plyo.vector._reset import split_mask, spread_seeds
from plyo.vector._step_arrays import StepArrays
from plyo.vector._step_values import check_step_values
from plyo.vector._workers import Workers, stop_when_gone
from plyo.vector.utils import CloudpickleWrapper, batch_space, iterate
from plyo.vector.vector_env import AutoresetMode, VectorEnv

__all__ = ["AsyncState", "AsyncVectorEnv"]

_StepResult = tuple[
    ObsType, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_], dict[str, Any]
]
#: The time for closing after an interruption without a ``timeout``, in seconds.
_INTERRUPTED_SECONDS = 5.0


class AsyncState(Enum):
    """The call that a batch waits for."""

    DEFAULT = "default"
    WAITING_RESET = "reset"
    WAITING_STEP = "step"
    WAITING_CALL = "call"


class AsyncVectorEnv(VectorEnv[ObsType, ActType, np.ndarray], Generic[ObsType, ActType]):
    """A batch that steps its environments at the same time, each in a process of its own.

    The processes end when the batch is closed, when it is collected, and when this process ends in any way.

    An exception in a worker gives a warning with its traceback, and is raised again here as a new exception of the same
    type. The worker ends, and the batch can only be closed. A worker that dies raises
    :class:`plyo.error.WorkerDiedError`; the batch can only be closed then too.

    Attributes:
        env_fns: The functions that made the environments.
        shared_memory, copy, context, daemon, worker, observation_mode, max_concurrency: The arguments.
        autoreset_mode: When a finished episode is followed by the next one.
        observations: The latest observations.
        parent_pipes: The ends of the pipes to the workers, None for one that has stopped after an error.
        processes: The processes.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], Env[Any, Any]]],
        shared_memory: bool = True,
        copy: bool = True,
        context: str | None = None,
        daemon: bool = True,
        worker: Callable[..., None] | None = None,
        observation_mode: ObservationMode = "same",
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        max_concurrency: int | None = None,
    ) -> None:
        """Makes one environment to learn the spaces, closes it again, and starts the processes.

        Args:
            env_fns: A function for each environment that makes it, in its process.
            shared_memory: Whether observations return through memory that the processes share; else they are
                pickled.
            copy: Whether :meth:`reset` and :meth:`step` return a copy of the observations; otherwise each call
                overwrites the arrays of the one before.
            context: How processes are started: ``"fork"``, ``"spawn"`` or ``"forkserver"``; None for Python's default.
            daemon: Whether the processes are daemonic; such processes may not have children.
            worker: The function to run in each process instead of the default, of ``(index, env_fn, pipe,
                parent_pipe, shared_memory, error_queue, autoreset_mode, semaphore)``. It receives ``(command, data)``
                from ``pipe`` and sends ``(result, True)`` back, or ``(None, False)`` after it has put
                ``(index, exception type, exception, traceback)`` into ``error_queue``.
            observation_mode: ``"same"`` if all observation spaces are equal, ``"different"`` if they agree in shape
                and dtype only, or the pair ``(observation_space, single_observation_space)``.
            autoreset_mode: When a finished episode is followed by the next one.
            max_concurrency: How many environments may reset or step at the same time; None for all.

        Raises:
            RuntimeError: The spaces of the environments do not fit together.
            ValueError: There is no such ``observation_mode`` or ``autoreset_mode``, ``max_concurrency`` is not a
                positive integer, ``worker`` does not take eight arguments, or the observations cannot be shared.
            TypeError: Elements of the observation space have no fixed size and cannot be shared, or the pair for
                ``observation_mode`` does not consist of spaces.
            NotImplementedError: The system has no pipes that can be polled, as Windows has not.
        """
        check_channels()
        self.env_fns = env_fns
        self.shared_memory = shared_memory
        self.copy = copy
        self.context = context
        self.daemon = daemon
        self.worker = worker
        self.observation_mode = observation_mode
        self.autoreset_mode = to_autoreset_mode(autoreset_mode)
        check_max_concurrency(max_concurrency)
        self.max_concurrency = max_concurrency
        if worker is not None:
            check_worker(worker)

        self.num_envs = len(env_fns)
        self._learn_spaces()
        ctx = multiprocessing.get_context(context)
        self._store = ObservationStore(
            self.single_observation_space, self.num_envs, ctx if shared_memory else None
        )
        self._arrays = None
        if worker is None:
            self._arrays = StepArrays(ctx, self.num_envs, shared_action_type(self.action_space))
        self._autoreset_envs = np.zeros(self.num_envs, dtype=np.bool_)

        self._workers = Workers(
            ctx=ctx,
            env_fns=[CloudpickleWrapper(env_fn) for env_fn in env_fns],
            target=worker or _async_worker,
            name=f"Worker<{type(self).__name__}>",
            daemon=daemon,
            max_concurrency=max_concurrency,
            arrays=self._arrays,
            shared_memory=self._store.memory,
            autoreset_mode=self.autoreset_mode,
        )
        self._calls = Calls(self._workers, self._arrays)
        self._finalizer = stop_when_gone(self, self._workers)
        self.parent_pipes = self._workers.pipes
        self.processes = self._workers.processes
        try:
            self._check_spaces()
        except BaseException:
            self._workers.stop(terminate=True)
            self.closed = True
            raise

    # Construction

    def _learn_spaces(self) -> None:
        """Asks an environment for the properties that all have in common."""
        env = self.env_fns[0]()
        try:
            self.metadata = batch_metadata(env, self.autoreset_mode)
            self.render_mode = env.render_mode
            self.single_action_space = env.action_space
            self.action_space = batch_space(self.single_action_space, self.num_envs)
            self.observation_space, self.single_observation_space = choose_observation_spaces(
                self.observation_mode, env.observation_space, self._all_observation_spaces, self.num_envs
            )
        finally:
            env.close()

    def _all_observation_spaces(self) -> list[Any]:
        found = []
        for env_fn in self.env_fns:
            env = env_fn()
            try:
                found.append(env.observation_space)
            finally:
                env.close()
        return found

    def _check_spaces(self) -> None:
        """Raises if the spaces of the environments do not fit together."""
        spaces = (self.observation_mode, self.single_observation_space, self.single_action_space)
        same = self._calls.make([to_bytes(("_check_spaces", spaces))] * self.num_envs)
        check_spaces(self.observation_mode, self.single_action_space, same)

    @property
    def observations(self) -> Any:
        """The latest observations."""
        return self._store.observations

    @property
    def error_queue(self) -> Any:
        """The queue for errors of custom workers; None when the batch is closed."""
        return self._workers.error_queue

    # Random streams

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """Copies of the generators of the environments."""
        return self.get_attr("np_random")

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seeds of the environments' generators."""
        return self.get_attr("np_random_seed")

    # Resetting

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the environments: :meth:`reset_async` and :meth:`reset_wait`."""
        return self._calls.begin_and_wait(
            lambda: self.reset_async(seed=seed, options=options), self.reset_wait
        )

    def reset_async(
        self, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> None:
        """Begins to reset the environments.

        Args:
            seed: With an integer, environment i gets ``seed + i``; a list has a seed for each.
            options: The options for every environment, and ``"reset_mask"``, a bool array of shape ``(num_envs,)``:
                only these are reset, the others keep their last observation. The dictionary is not changed.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.AlreadyPendingCallError: Another call is under way.
            plyo.error.WorkerDiedError: A worker is gone.
            ValueError, TypeError: The seeds or the mask do not fit; nothing has changed.
        """
        self._assert_is_running()
        seeds = spread_seeds(seed, self.num_envs)
        self._calls.check_idle("reset_async", full_stop="")  # the only such text without a full stop
        mask, options = split_mask(options, self.num_envs)
        chosen = np.ones(self.num_envs, dtype=np.bool_) if mask is None else mask.copy()
        requests = [
            to_bytes(("reset", {"seed": seed, "options": options}) if reset else ("reset-noop", None))
            for seed, reset in zip(seeds, chosen, strict=True)
        ]
        self._calls.begin(AsyncState.WAITING_RESET.value, requests, mask=chosen)
        self._autoreset_envs[chosen] = False

    def reset_wait(self, timeout: float | None = None) -> tuple[ObsType, dict[str, Any]]:
        """Waits for the call that :meth:`reset_async` has begun.

        Args:
            timeout: The longest wait in seconds; None for no limit.

        Returns:
            The batched observations and the infos.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.NoAsyncCallError: :meth:`reset_async` was not called.
            multiprocessing.TimeoutError: Not all environments were reset in time; the result is lost.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        self._assert_is_running()
        results = self._calls.wait(AsyncState.WAITING_RESET.value, timeout)
        self._autoreset_envs[self._calls.mask] = (
            False  # reset_async may have been interrupted before it did so
        )
        infos: dict[str, Any] = {}
        for i, (_, info) in enumerate(results):
            infos = self._add_info(infos, info, i)
        observations = self._update_observations([observation for observation, _ in results])
        self._calls.finish()
        return observations, infos

    # Stepping

    def step(self, actions: ActType) -> _StepResult[ObsType]:
        """Steps the environments: :meth:`step_async` and :meth:`step_wait`."""
        return self._calls.begin_and_wait(lambda: self.step_async(actions), self.step_wait)

    def step_async(self, actions: ActType) -> None:
        """Begins to step the environments.

        Args:
            actions: An element of :attr:`action_space`.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.AlreadyPendingCallError: Another call is under way.
            plyo.error.WorkerDiedError: A worker is gone.
            AssertionError: Autoreset is disabled and an episode has ended; nothing has changed.
        """
        self._assert_is_running()
        self._calls.check_idle("step_async")
        if self.worker is None and self._autoreset_envs.any():
            raise AssertionError(f"{self._autoreset_envs=}")
        shared = None
        # a late worker must still read the actions of an earlier step
        if self._arrays is not None and not self._workers.is_late and self._arrays.fits(actions):
            shared = actions.copy()  # type: ignore[attr-defined]  # fitting actions are an array
            requests = [b""] * self.num_envs
        else:
            requests = [to_bytes(("step", action)) for action in iterate(self.action_space, actions)]
        self._calls.begin(AsyncState.WAITING_STEP.value, requests, shared)

    def step_wait(self, timeout: float | None = None) -> _StepResult[ObsType]:
        """Waits for the call that :meth:`step_async` has begun.

        Args:
            timeout: The longest wait in seconds; None for no limit.

        Returns:
            The batched observations; rewards (float64), terminations and truncations (bool) of shape
            ``(num_envs,)``; the infos.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.NoAsyncCallError: :meth:`step_async` was not called.
            multiprocessing.TimeoutError: Not all environments have stepped in time; the result is lost.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        self._assert_is_running()
        replies = self._calls.gather(AsyncState.WAITING_STEP.value, timeout)
        infos: dict[str, Any] = {}
        if not any(replies):
            assert self._arrays is not None
            rewards = self._arrays.rewards.copy()
            terminations, truncations = self._arrays.flags.copy()
            parts: Sequence[Any] = ()
        else:
            parts, *columns, all_infos = zip(*self._calls.load(replies), strict=True)
            if self.worker is not None:
                columns = self._check_columns(*columns)
            rewards = np.array(columns[0], dtype=np.float64)
            terminations, truncations = (np.array(column, dtype=np.bool_) for column in columns[1:])
            for i, info in enumerate(all_infos):
                infos = self._add_info(infos, info, i)
        if self.autoreset_mode is AutoresetMode.DISABLED:
            self._autoreset_envs = np.logical_or(terminations, truncations)
        observations = self._update_observations(parts)
        self._calls.finish()
        return observations, rewards, terminations, truncations, infos

    def _check_columns(self, *columns: Sequence[Any]) -> list[Any]:
        """The rewards and flags that custom workers have sent, one value for each environment."""
        try:
            each = [check_step_values(i, *values) for i, values in enumerate(zip(*columns, strict=True))]
        except ValueError:
            self._calls.give_up()
            raise
        return list(zip(*each, strict=True))

    def _update_observations(self, parts: Sequence[Any]) -> Any:
        """The batched observations after a call that has returned these."""
        observations = self._store.update(parts)
        return deepcopy(observations) if self.copy else observations

    # Calling

    def render(self) -> tuple[RenderFrame, ...] | None:
        """Draws the environments, one frame for each."""
        return self.call("render")

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Calls a method of every environment: :meth:`call_async` and :meth:`call_wait`."""
        return self._calls.begin_and_wait(lambda: self.call_async(name, *args, **kwargs), self.call_wait)

    def call_async(self, name: str, /, *args: object, **kwargs: object) -> None:
        """Begins to call a method of every environment.

        Args:
            name: The method, or an attribute, which is returned instead.
            *args: Arguments for the method.
            **kwargs: Keyword arguments for the method.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.AlreadyPendingCallError: Another call is under way.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        self._assert_is_running()
        self._calls.check_idle("call_async")
        request = to_bytes(("_call", (name, args, kwargs)))
        self._calls.begin(AsyncState.WAITING_CALL.value, [request] * self.num_envs)

    def call_wait(self, timeout: float | None = None) -> tuple[Any, ...]:
        """Waits for the call that :meth:`call_async` has begun.

        Args:
            timeout: The longest wait in seconds; None for no limit.

        Returns:
            The result of each environment.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.NoAsyncCallError: :meth:`call_async` was not called.
            multiprocessing.TimeoutError: Not all calls have returned in time; the result is lost.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        self._assert_is_running()
        results = tuple(self._calls.wait(AsyncState.WAITING_CALL.value, timeout))
        self._calls.finish()
        return results

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """The attribute of every environment; callable ones are called."""
        return self.call(name)

    def set_attr(self, name: str, values: list[Any] | tuple[Any, ...] | object) -> None:
        """Sets an attribute of every environment.

        Args:
            name: The attribute.
            values: A list or tuple with one value for each environment; anything else goes to all.

        Raises:
            ValueError: There are more or fewer values than environments.
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.AlreadyPendingCallError: Another call is under way.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        self._assert_is_running()
        each = spread_values(values, self.num_envs)
        self._calls.check_idle("set_attr")
        self._calls.make([to_bytes(("_setattr", (name, value))) for value in each])

    # Closing

    def close_extras(  # type: ignore[override]
        self, timeout: float | None = None, terminate: bool = False
    ) -> None:
        """Closes the environments and ends the processes. A call that is under way is waited for, with a warning.

        If the call was interrupted, by Ctrl-C for example, there is no warning and no error of the call, and the
        workers are terminated after five seconds, or after ``timeout``.

        Args:
            timeout: The longest wait in seconds; then the processes are terminated. None for no limit.
            terminate: Whether the processes are terminated at once; environments are not closed then.

        Raises:
            Exception: An error of the call that was under way; the batch is closed nevertheless.
        """
        end = None if timeout is None else time.monotonic() + timeout
        try:
            if self._calls.is_announced:
                pending = self._state.value
                logger.warn(f"Calling `close` while waiting for a pending call to `{pending}` to complete.")
                self._calls.wait(pending, 0 if terminate else timeout)
            elif self._workers.call is not None and timeout is None:
                end = time.monotonic() + _INTERRUPTED_SECONDS
        except multiprocessing.TimeoutError:
            terminate = True
        finally:
            self._workers.stop(None if end is None else max(end - time.monotonic(), 0.0), terminate)
            self._store.free()
            self.closed = True

    def __del__(self) -> None:
        """Ends the processes."""
        if hasattr(self, "_finalizer"):
            self._finalizer()

    # Waiting

    @property
    def _state(self) -> AsyncState:
        """The call that the batch waits for."""
        pending = self._calls.pending
        return AsyncState.DEFAULT if pending is None else AsyncState(pending)

    def _assert_is_running(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError(
                f"Trying to operate on `{type(self).__name__}`, after a call to `close()`."
            )
