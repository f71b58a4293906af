"""Batches of environments that run in processes of their own."""

from __future__ import annotations

import inspect
import multiprocessing
from collections.abc import Callable, Sequence
from copy import deepcopy
from enum import Enum
from typing import Any, Generic

import numpy as np
import numpy.typing as npt

from plyo import logger
from plyo.core import ActType, Env, ObsType, RenderFrame
from plyo.error import (
    AlreadyPendingCallError,
    ClosedEnvironmentError,
    CustomSpaceError,
    NoAsyncCallError,
    WorkerDiedError,
)
from plyo.spaces import Box, MultiDiscrete
from plyo.vector._async_worker import _async_worker
from plyo.vector._batching import (
    ObservationMode,
    batch_metadata,
    choose_observation_spaces,
    spread_values,
    to_autoreset_mode,
)
from plyo.vector._channel import StepArrays, to_bytes
from plyo.vector._reset import split_mask, spread_seeds
from plyo.vector._workers import Workers, load_results, stop_when_gone
from plyo.vector.utils import (
    CloudpickleWrapper,
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    iterate,
    read_from_shared_memory,
)
from plyo.vector.vector_env import AutoresetMode, VectorEnv

__all__ = ["AsyncState", "AsyncVectorEnv"]

_StepResult = tuple[
    ObsType, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_], dict[str, Any]
]


class AsyncState(Enum):
    """What a batch waits for."""

    DEFAULT = "default"
    WAITING_RESET = "reset"
    WAITING_STEP = "step"
    WAITING_CALL = "call"


class AsyncVectorEnv(VectorEnv[ObsType, ActType, np.ndarray], Generic[ObsType, ActType]):
    """A batch that steps its environments at the same time, each in a process of its own.

    The processes end when the batch is closed, when it is collected, and when this process ends in whatever way.

    An exception in a worker is warned of with its traceback and raised again here, as a new exception of the same type.
    The worker ends; the batch can only be closed then. So it is if a worker dies, which raises
    :class:`plyo.error.WorkerDiedError`.

    Attributes:
        env_fns: What made the environments.
        shared_memory, copy, context, daemon, worker, observation_mode, max_concurrency: As given.
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
            env_fns: What makes each environment, in its process.
            shared_memory: Whether observations come back through memory that the processes share; else they are
                pickled.
            copy: Whether :meth:`reset` and :meth:`step` return a copy of the observations; without, each call
                overwrites the arrays of the one before.
            context: How processes are started: ``"fork"``, ``"spawn"`` or ``"forkserver"``; None for Python's default.
            daemon: Whether the processes are daemonic, which may not have child processes themselves.
            worker: What runs in each process instead of the default: a function of ``(index, env_fn, pipe,
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
        """
        self.env_fns = env_fns
        self.shared_memory = shared_memory
        self.copy = copy
        self.context = context
        self.daemon = daemon
        self.worker = worker
        self.observation_mode = observation_mode
        self.autoreset_mode = to_autoreset_mode(autoreset_mode)
        _check_max_concurrency(max_concurrency)
        self.max_concurrency = max_concurrency
        if worker is not None:
            _check_worker(worker)

        self.num_envs = len(env_fns)
        self._learn_spaces()
        ctx = multiprocessing.get_context(context)
        memory = self._make_observations(ctx)
        self._arrays = StepArrays(ctx, self.num_envs, self._action_type()) if worker is None else None
        self._autoreset_envs = np.zeros(self.num_envs, dtype=np.bool_)

        self._workers = Workers(
            ctx=ctx,
            env_fns=[CloudpickleWrapper(env_fn) for env_fn in env_fns],
            target=worker or _async_worker,
            name=f"Worker<{type(self).__name__}>",
            daemon=daemon,
            max_concurrency=max_concurrency,
            arrays=self._arrays,
            shared_memory=memory,
            autoreset_mode=self.autoreset_mode,
        )
        self._finalizer = stop_when_gone(self, self._workers)
        self.parent_pipes = self._workers.pipes
        self.processes = self._workers.processes
        self._state = AsyncState.DEFAULT
        try:
            self._check_spaces()
        except BaseException:
            self._workers.stop(terminate=True)
            self.closed = True
            raise

    # Construction

    def _learn_spaces(self) -> None:
        """Asks an environment for what all have in common."""
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
            found.append(env.observation_space)
            env.close()
        return found

    def _make_observations(self, ctx: Any) -> Any:
        """Makes the arrays of observations; returns the shared memory, if they lie there."""
        self._memory = None  # what has to be read again after each call
        if not self.shared_memory:
            self.observations: Any = create_empty_array(
                self.single_observation_space, n=self.num_envs, fn=np.zeros
            )
            return None
        try:
            memory = create_shared_memory(self.single_observation_space, n=self.num_envs, ctx=ctx)
            self.observations = read_from_shared_memory(
                self.single_observation_space, memory, n=self.num_envs
            )
        except CustomSpaceError as e:
            raise ValueError(
                "Using `AsyncVector(..., shared_memory=True)` caused an error, you can disable this feature "
                "with `shared_memory=False` however this is slower."
            ) from e
        if not _shares_memory(self.observations):
            self._memory = memory
        return memory

    def _action_type(self) -> tuple[np.dtype[Any], tuple[int, ...]] | None:
        """The dtype and shape of batched actions that are one array."""
        space = self.action_space
        if type(space) not in (Box, MultiDiscrete):
            return None
        return np.dtype(space.dtype), space.shape  # type: ignore[return-value]

    def _check_spaces(self) -> None:
        """Raises if the spaces of the environments do not fit together."""
        spaces = (self.observation_mode, self.single_observation_space, self.single_action_space)
        self._workers.ask([to_bytes(("_check_spaces", spaces))] * self.num_envs)
        same_observations, same_actions = zip(*self._results(None), strict=True)
        if not all(same_observations):
            if self.observation_mode == "same":
                raise RuntimeError(
                    "AsyncVectorEnv(..., observation_mode='same') however some of the sub-environments "
                    "observation spaces are not equivalent. If this is intentional, use "
                    "`observation_mode='different'` instead."
                )
            raise RuntimeError(
                "AsyncVectorEnv(..., observation_mode='different' or custom space) however the "
                "sub-environment's observation spaces do not share a common shape and dtype."
            )
        if not all(same_actions):
            raise RuntimeError(
                f"Some environments have an action space different from `{self.single_action_space}`. "
                "In order to batch actions, the action spaces from all environments must be equal."
            )

    @property
    def error_queue(self) -> Any:
        """Where custom workers put their errors; None when the batch is closed."""
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
        self.reset_async(seed=seed, options=options)
        return self.reset_wait()

    def reset_async(
        self, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> None:
        """Begins to reset the environments.

        Args:
            seed: With an integer, environment i gets ``seed + i``; a list has one for each.
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
        if self._state is not AsyncState.DEFAULT:  # the only one of these texts without a full stop
            raise AlreadyPendingCallError(
                f"Calling `reset_async` while waiting for a pending call to `{self._state.value}` to complete",
                self._state.value,
            )
        mask, options = split_mask(options, self.num_envs)
        chosen = np.ones(self.num_envs, dtype=np.bool_) if mask is None else mask
        self._workers.ask(
            [
                to_bytes(("reset", {"seed": seed, "options": options}) if reset else ("reset-noop", None))
                for seed, reset in zip(seeds, chosen, strict=True)
            ]
        )
        self._state = AsyncState.WAITING_RESET
        self._autoreset_envs[chosen] = False

    def reset_wait(self, timeout: float | None = None) -> tuple[ObsType, dict[str, Any]]:
        """Waits for what :meth:`reset_async` has begun.

        Args:
            timeout: How long to wait, in seconds; None for as long as it takes.

        Returns:
            The batched observations and the infos.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.NoAsyncCallError: :meth:`reset_async` was not called.
            multiprocessing.TimeoutError: Not all environments were reset in time; the result is lost.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        results = self._wait_for(AsyncState.WAITING_RESET, timeout)
        infos: dict[str, Any] = {}
        for i, (_, info) in enumerate(results):
            infos = self._add_info(infos, info, i)
        return self._update_observations([observation for observation, _ in results]), infos

    # Stepping

    def step(self, actions: ActType) -> _StepResult[ObsType]:
        """Steps the environments: :meth:`step_async` and :meth:`step_wait`."""
        self.step_async(actions)
        return self.step_wait()

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
        self._assert_is_idle("step_async")
        if self.worker is None and self._autoreset_envs.any():
            raise AssertionError(f"{self._autoreset_envs=}")
        if self._arrays is not None and self._arrays.take_actions(actions):
            requests = [b""] * self.num_envs
        else:
            requests = [to_bytes(("step", action)) for action in iterate(self.action_space, actions)]
        self._workers.ask(requests)
        self._state = AsyncState.WAITING_STEP

    def step_wait(self, timeout: float | None = None) -> _StepResult[ObsType]:
        """Waits for what :meth:`step_async` has begun.

        Args:
            timeout: How long to wait, in seconds; None for as long as it takes.

        Returns:
            The batched observations; rewards (float64), terminations and truncations (bool) of shape
            ``(num_envs,)``; the infos.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.NoAsyncCallError: :meth:`step_async` was not called.
            multiprocessing.TimeoutError: Not all environments have stepped in time; the result is lost.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        replies = self._gather(AsyncState.WAITING_STEP, timeout)
        infos: dict[str, Any] = {}
        if not any(replies):
            assert self._arrays is not None
            rewards = self._arrays.rewards.copy()
            terminations, truncations = self._arrays.flags.copy()
            observations: Sequence[Any] = ()
        else:
            results = self._load_steps(replies)
            observations, *columns, all_infos = zip(*results, strict=True)
            rewards = np.array(columns[0], dtype=np.float64)
            terminations, truncations = (np.array(column, dtype=np.bool_) for column in columns[1:])
            for i, info in enumerate(all_infos):
                infos = self._add_info(infos, info, i)
        if self.autoreset_mode is AutoresetMode.DISABLED:
            self._autoreset_envs = np.logical_or(terminations, truncations)
        return self._update_observations(observations), rewards, terminations, truncations, infos

    def _load_steps(self, replies: Sequence[bytes]) -> list[Any]:
        """The results of a step, of which some may lie in shared memory."""
        arrays = self._arrays
        loaded: list[tuple[Any, bool]] = []
        for i, reply in enumerate(replies):
            if reply:
                loaded += load_results([reply])
            else:
                assert arrays is not None
                loaded.append(((None, arrays.rewards[i], *arrays.flags[:, i], {}), True))
        self._workers.raise_errors(loaded)
        return [result for result, _ in loaded]

    def _update_observations(self, parts: Sequence[Any]) -> Any:
        """The batched observations after a call that has returned these."""
        if not self.shared_memory:
            self.observations = concatenate(self.single_observation_space, parts, self.observations)
        elif self._memory is not None:
            self.observations = read_from_shared_memory(
                self.single_observation_space, self._memory, n=self.num_envs
            )
        return deepcopy(self.observations) if self.copy else self.observations

    # Calling

    def render(self) -> tuple[RenderFrame, ...] | None:
        """Draws the environments, one frame for each."""
        return self.call("render")

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Calls a method of every environment: :meth:`call_async` and :meth:`call_wait`."""
        self.call_async(name, *args, **kwargs)
        return self.call_wait()

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
        self._assert_is_idle("call_async")
        self._workers.ask([to_bytes(("_call", (name, args, kwargs)))] * self.num_envs)
        self._state = AsyncState.WAITING_CALL

    def call_wait(self, timeout: float | None = None) -> tuple[Any, ...]:
        """Waits for what :meth:`call_async` has begun.

        Args:
            timeout: How long to wait, in seconds; None for as long as it takes.

        Returns:
            The result of each environment.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
            plyo.error.NoAsyncCallError: :meth:`call_async` was not called.
            multiprocessing.TimeoutError: Not all calls have returned in time; the result is lost.
            plyo.error.WorkerDiedError: A worker is gone.
        """
        return tuple(self._wait_for(AsyncState.WAITING_CALL, timeout))

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """The attribute of every environment; what can be called is called."""
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
        self._assert_is_idle("set_attr")
        self._workers.ask([to_bytes(("_setattr", (name, value))) for value in each])
        self._results(None)

    # Closing

    def close_extras(  # type: ignore[override]
        self, timeout: float | None = None, terminate: bool = False
    ) -> None:
        """Closes the environments and ends the processes. A call that is under way is waited for, with a warning.

        Args:
            timeout: How long that may take, in seconds; then the processes are terminated. None for as long as it
                takes.
            terminate: Whether the processes are terminated at once; environments are not closed then.

        Raises:
            Exception: What the call that was under way raises; the batch is closed nevertheless.
        """
        try:
            if self._state is not AsyncState.DEFAULT and not self.closed:
                logger.warn(
                    f"Calling `close` while waiting for a pending call to `{self._state.value}` to complete."
                )
                self._wait_for(self._state, 0 if terminate else timeout)
        except multiprocessing.TimeoutError:
            terminate = True
        finally:
            self._workers.stop(timeout, terminate)
            self._memory = None
            self.closed = True

    def __del__(self) -> None:
        """Ends the processes."""
        if hasattr(self, "_finalizer"):
            self._finalizer()

    # Waiting

    def _wait_for(self, state: AsyncState, timeout: float | None) -> list[Any]:
        """The results of a call that is under way."""
        results = load_results(self._gather(state, timeout))
        self._workers.raise_errors(results)
        return [result for result, _ in results]

    def _gather(self, state: AsyncState, timeout: float | None) -> list[bytes]:
        """The replies to a call that is under way."""
        self._assert_is_running()
        if self._state is not state:
            raise NoAsyncCallError(
                f"Calling `{state.value}_wait` without any prior call to `{state.value}_async`.", state.value
            )
        try:
            replies = self._workers.gather(timeout)
        except multiprocessing.TimeoutError:
            self._state = AsyncState.DEFAULT
            raise multiprocessing.TimeoutError(
                f"The call to `{state.value}_wait` has timed out after {timeout} second(s)."
            ) from None
        except WorkerDiedError:
            self._state = AsyncState.DEFAULT
            raise
        self._state = AsyncState.DEFAULT
        return replies

    def _results(self, timeout: float | None) -> list[Any]:
        """The results of a request that no call is made of."""
        results = load_results(self._workers.gather(timeout))
        self._workers.raise_errors(results)
        return [result for result, _ in results]

    def _assert_is_running(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError(
                f"Trying to operate on `{type(self).__name__}`, after a call to `close()`."
            )

    def _assert_is_idle(self, method: str) -> None:
        if self._state is not AsyncState.DEFAULT:
            raise AlreadyPendingCallError(
                f"Calling `{method}` while waiting for a pending call to `{self._state.value}` to complete.",
                self._state.value,
            )


def _shares_memory(observations: Any) -> bool:
    """Whether batched observations are arrays only; others have to be read again."""
    if isinstance(observations, dict):
        return all(_shares_memory(part) for part in observations.values())
    if isinstance(observations, tuple):
        return all(_shares_memory(part) for part in observations)
    return isinstance(observations, np.ndarray)


def _check_max_concurrency(value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, (int, np.integer)):
        raise ValueError(f"`max_concurrency` must be an integer or None, got {type(value)}.")
    if value < 1:
        raise ValueError(f"`max_concurrency` must be a positive or None, got {value}.")


def _check_worker(worker: Callable[..., None]) -> None:
    try:
        inspect.signature(worker).bind(*(None,) * 8)
    except TypeError as e:
        raise ValueError(
            "A custom `worker` must accept 8 arguments. Got the signature "
            f"{inspect.signature(worker)} which should match {inspect.signature(_async_worker)}."
        ) from e
