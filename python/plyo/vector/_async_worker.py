"""The code in the process of each environment."""

from __future__ import annotations

import contextlib
import math
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing import Queue, synchronize
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import SynchronizedArray
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.core import Env
from plyo.spaces import Box, Discrete, MultiBinary, MultiDiscrete, Space
from plyo.spaces.utils import is_space_dtype_shape_equiv
from plyo.vector._step_values import check_step_values
from plyo.vector.utils.shared_memory import write_to_shared_memory
from plyo.vector.vector_env import AutoresetMode

_RESERVED = ("reset", "step", "close", "_setattr", "_check_spaces")


def _async_worker(
    index: int,
    env_fn: Callable,  # type: ignore[type-arg]  # the texts are those that Gymnasium's error shows
    pipe: Connection,
    parent_pipe: Connection,
    shared_memory: SynchronizedArray | dict[str, Any] | tuple[Any, ...],  # type: ignore[type-arg]
    error_queue: Queue,  # type: ignore[type-arg]
    autoreset_mode: AutoresetMode,
    semaphore: synchronize.Semaphore | None,
) -> None:
    """Makes an environment and serves requests until it is asked to close, or the batch is gone.

    Requests are ``(command, data)``, replies ``(result, success)``. After an error, which is the result then, the
    worker ends.
    """
    parent_pipe.close()
    if threading.current_thread() is threading.main_thread():
        # Ctrl-C goes to all processes of a terminal: it is for the batch to end the workers
        signal.signal(signal.SIGINT, lambda *_: None)

    env = None
    try:
        try:
            env = env_fn()
            server = _Server(index, env, pipe, shared_memory, autoreset_mode, semaphore)
        except (KeyboardInterrupt, Exception) as e:
            pipe.recv()  # the reply must be one to something
            pipe.send((_describe(index, e), False))
            return
        try:
            server.serve()
        except _BatchGone:
            pass
        except (KeyboardInterrupt, Exception) as e:
            pipe.send((_describe(index, e), False))
    except (EOFError, ConnectionError):
        pass  # the batch is gone, and nobody to tell
    finally:
        if env is not None:
            env.close()


class _BatchGone(BaseException):
    """The other end of the pipe is closed."""


def _describe(index: int, error: BaseException) -> tuple[int, type[BaseException], object, str]:
    """An exception as it goes to the batch."""
    trace = traceback.format_exc()
    description = (index, type(error), error, trace)
    try:
        pickle.loads(pickle.dumps(description))
    except Exception:  # a local class, or one that cannot be made again from its arguments
        return index, RuntimeError, RuntimeError(f"{type(error).__name__}: {error}"), trace
    return description


class _Server:
    """Serves the requests of a batch to an environment."""

    def __init__(
        self,
        index: int,
        env: Env[Any, Any],
        pipe: Any,
        shared_memory: Any,
        autoreset_mode: AutoresetMode,
        semaphore: synchronize.Semaphore | None,
    ) -> None:
        self._index = index
        self._env = env
        self._pipe = pipe
        self._mode = autoreset_mode
        self._permit: Any = contextlib.nullcontext() if semaphore is None else semaphore
        self._observation: Any = None
        self._autoreset = False
        self._shared_memory = shared_memory
        self._write: Callable[[Any], None] | None = None
        self._arrays: Any = getattr(pipe, "arrays", None)
        self._commands: dict[str, Callable[[Any], Any]] = {
            "reset": self._reset,
            "reset-noop": self._keep,
            "step": self._step,
            "_call": self._call,
            "_setattr": self._set_attribute,
            "_check_spaces": self._check_spaces,
        }

    def serve(self) -> None:
        """Answers requests until one is to close."""
        while True:
            try:
                request = self._pipe.recv_bytes()
            except (EOFError, ConnectionError):
                raise _BatchGone from None
            if request:
                command, data = pickle.loads(request)
                if command == "close":
                    self._reply((None, True))
                    return
                if command not in self._commands:
                    raise RuntimeError(
                        f"Received unknown command `{command}`. Must be one of "
                        "[`reset`, `step`, `close`, `_call`, `_setattr`, `_check_spaces`]."
                    )
                self._reply((self._commands[command](data), True))
            else:
                # the action lies in shared memory, and there goes the result if it can
                result = self._step(self._arrays.actions[self._index].copy())
                if self._store(*result):
                    self._send(b"")
                else:
                    self._reply((result, True))

    def _reply(self, reply: tuple[Any, bool]) -> None:
        try:
            self._pipe.send(reply)
        except (BrokenPipeError, ConnectionResetError):
            raise _BatchGone from None

    def _send(self, reply: bytes) -> None:
        try:
            self._pipe.send_bytes(reply)
        except (BrokenPipeError, ConnectionResetError):
            raise _BatchGone from None

    def _store(self, observation: Any, reward: Any, terminated: Any, truncated: Any, info: Any) -> bool:
        """Puts a result into shared memory; returns whether it has a place there."""
        if observation is not None or info != {}:
            return False
        index, arrays = self._index, self._arrays
        arrays.rewards[index] = reward
        arrays.flags[0, index] = terminated
        arrays.flags[1, index] = truncated
        return True

    def _publish(self, observation: Any) -> None:
        """Puts an observation into shared memory, or keeps it for the reply."""
        if self._shared_memory is None:
            self._observation = observation
            return
        if self._write is None:  # now, when it is known that the memory is made for this space
            self._write = _make_writer(self._env.observation_space, self._index, self._shared_memory)
        self._write(observation)

    def _reset(self, data: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        with self._permit:
            observation, info = self._env.reset(**data)
            self._publish(observation)
            self._autoreset = False
        return self._observation, info

    def _keep(self, data: None) -> tuple[Any, dict[str, Any]]:
        return self._observation, {}

    def _step(self, action: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        with self._permit:
            if self._autoreset:
                observation, info = self._env.reset()
                reward: Any = 0
                terminated = truncated = False
            else:
                observation, reward, terminated, truncated, info = self._env.step(action)
                reward, terminated, truncated = check_step_values(self._index, reward, terminated, truncated)
            if self._mode is AutoresetMode.NEXT_STEP:
                self._autoreset = terminated or truncated
            elif self._mode is AutoresetMode.SAME_STEP and (terminated or truncated):
                final = {"final_info": info, "final_obs": observation}
                observation, reset_info = self._env.reset()
                info = {**final, **reset_info}
            self._publish(observation)
        return self._observation, reward, terminated, truncated, info

    def _call(self, data: tuple[str, tuple[Any, ...], dict[str, Any]]) -> Any:
        name, args, kwargs = data
        if name in _RESERVED:
            raise ValueError(f"Trying to call function `{name}` with `call`, use `{name}` directly instead.")
        attribute = self._env.get_wrapper_attr(name)
        return attribute(*args, **kwargs) if callable(attribute) else attribute

    def _set_attribute(self, data: tuple[str, Any]) -> None:
        self._env.set_wrapper_attr(*data)

    def _check_spaces(self, data: tuple[Any, Space[Any], Space[Any]]) -> tuple[bool, bool]:
        mode, single_observation_space, single_action_space = data
        own = self._env.observation_space
        if mode == "same":
            same = single_observation_space == own
        else:
            same = is_space_dtype_shape_equiv(single_observation_space, own)
        return same, single_action_space == self._env.action_space


def _make_writer(space: Space[Any], index: int, memory: Any) -> Callable[[Any], None]:
    """A function that puts observations into shared memory; for numbers the place is looked up once."""
    if type(space) not in (Box, Discrete, MultiBinary, MultiDiscrete):
        return lambda value: write_to_shared_memory(space, index, value, memory)
    dtype = np.dtype(space.dtype)
    size = math.prod(space.shape or ())
    whole: NDArray[Any] = np.frombuffer(memory.get_obj(), dtype=dtype)
    place = whole[index * size : (index + 1) * size]

    def write(value: Any) -> None:
        np.copyto(place, np.asarray(value, dtype=dtype).ravel())

    return write
