"""Stacks of wrappers around a native batch, run by the engine in one call.

A wrapper that can be fused derives from :class:`Fusible` and describes itself as a stage. The outermost of such
wrappers runs all of them natively if nothing but such wrappers stand between it and a native batch. Their state stays
in their own attributes: the native code borrows it for a call. So the same wrapper may be run fused now and by itself
later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plyo._native import StageChain, stage_seconds
from plyo.policies import Policy
from plyo.spaces import Space
from plyo.trajectory import Trajectory, run_rollout, with_float32_rewards
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.vector_env import VectorEnv, VectorWrapper
from plyo.wrappers.vector import _snapshots

#: The types of observations that stages know.
STAGE_DTYPES = ("uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64")

_fuses: ContextVar[bool] = ContextVar("plyo_fuses", default=True)


@contextmanager
def unfused() -> Iterator[None]:
    """Within it, every wrapper runs by itself, in Python: to debug, or to compare.

    The results are the same, bit for bit. It holds for the steps of all batches in this thread, or this task of
    asyncio; rollouts are native all the same.
    """
    token = _fuses.set(False)
    try:
        yield
    finally:
        _fuses.reset(token)


class Stage(NamedTuple):
    """What the native code needs to know of a wrapper.

    Attributes:
        name: The stage.
        arguments: Its own arguments.
        shows: The dtype, its name and the shape of one observation, where the stage makes other observations.
        pins: Attributes that the stage has been made from, as (object, name, value): with another value it does not
            hold.
        info_key: A key that the stage adds to infos.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    shows: tuple[Any, str, tuple[int, ...]] | None = None
    pins: tuple[tuple[Any, str, Any], ...] = ()
    info_key: str | None = None


def shown(space: Space[Any]) -> tuple[Any, str, tuple[int, ...]]:
    """The observations of a space, as :class:`Stage` has them."""
    assert space.dtype is not None
    assert space.shape is not None
    return space.dtype, space.dtype.name, space.shape


class Chain:
    """The wrappers from one of them inwards to a native batch, and their native form."""

    def __init__(self, wrappers: list[Any], stages: list[Stage], batch: NativeVectorEnv) -> None:
        self.wrappers = wrappers
        self.batch = batch
        self.engine = batch._engine
        rows = [
            (stage.name, wrapper, stage.arguments, stage.shows, stage.pins)
            for wrapper, stage in zip(reversed(wrappers), reversed(stages), strict=True)
        ]
        self.native = StageChain(self.engine, rows)
        #: From the clock of the native code to that of :func:`time.perf_counter`, in seconds.
        self.clock_offset = time.perf_counter() - stage_seconds()

    def is_whole(self) -> bool:
        """Whether every wrapper has a native form for what it gets from those inside."""
        return self.native.size == len(self.wrappers)

    def holds(self) -> bool:
        """Whether these are still the wrappers around the batch, as they were."""
        return self.batch._engine is self.engine and bool(self.native.holds())

    def step(self, actions: Any, out: Any) -> Any:
        """Steps the batch; None if a wrapper must run by itself, with nothing changed."""
        batch = self.batch
        if batch._engine is not self.engine:
            return None
        ring = out is None and batch._ring
        if ring:
            out = batch._ring[batch._ring_position]
            if not self.native.keeps_arrays:
                out = (None, *out[1:])
        result = self.native.step(self.engine, actions, out, self.clock_offset)
        if ring and result is not None:
            batch._advance_ring()
        return result

    def rollout(
        self,
        policy: Any,
        num_steps: int,
        record: list[str],
        out: dict[str, Any],
        gamma: float,
        gae_lambda: float,
    ) -> Any:
        """Rolls the batch out; the arrays of the trajectory by field."""
        return self.native.rollout(
            self.engine, policy, num_steps, record, out, gamma, gae_lambda, self.clock_offset
        )


def _describe(wrapper: Any) -> Stage | None:
    """The stage of a wrapper; None for one that has none, as every subclass of Plyo's own wrappers."""
    if "_stage" not in type(wrapper).__dict__:
        return None
    stage: Stage | None = wrapper._stage()
    return stage


def _collect(outermost: Any) -> tuple[list[Any], list[Stage], NativeVectorEnv] | str:
    """The wrappers from one inwards, their stages and the native batch; or the reason against fusing them."""
    wrappers, stages = [], []
    env: Any = outermost
    while isinstance(env, VectorWrapper):
        stage = _describe(env)
        if stage is None or (stage.shows is not None and stage.shows[1] not in STAGE_DTYPES):
            return f"{type(env).__name__} has no native form here"
        wrappers.append(env)
        stages.append(stage)
        env = env.env
    kind = type(env)
    if not (isinstance(env, NativeVectorEnv) and kind.step is NativeVectorEnv.step):
        return f"{env} is not a native batch"
    if env.closed:
        return f"{env} is closed"
    keys = [stage.info_key for stage in stages if stage.info_key is not None]
    taken = _info_keys(env)
    if any(key in taken or f"_{key}" in taken for key in keys) or len({*keys}) < len(keys):
        return "the infos have a key already"
    return wrappers, stages, env


def _info_keys(batch: NativeVectorEnv) -> set[str]:
    """The keys that the infos of a batch may have."""
    names = [info["name"] for info in batch._engine.infos()]
    names += ["final_obs", "final_info"]
    if batch._arguments["record_episode_statistics"]:
        names.append("episode")
    return {*names, *(f"_{name}" for name in names)}


def _find_chain(outermost: Any) -> tuple[Chain | None, str]:
    """The chain of a wrapper and those inside; None with the reason if there is none."""
    found = _collect(outermost)
    if isinstance(found, str):
        return None, found
    chain = Chain(*found)
    if chain.is_whole():
        return chain, ""
    odd = chain.wrappers[len(chain.wrappers) - 1 - chain.native.size]
    return None, f"{type(odd).__name__} has no native form for these observations or actions"


class Fusible:
    """A wrapper of batches that can be run natively, alone and together with others.

    A subclass defines :meth:`_stage`, and puts :func:`fused` around its ``step``. One with memory tells it by
    :meth:`_lane_memory` and :meth:`_shared_memory`.
    """

    #: The chain that this wrapper is the outermost of, or the batch inside for which there is none.
    _fused: Chain | None = None
    _alone_around: VectorEnv[Any, Any, Any] | None = None

    env: Any
    num_envs: int

    def _stage(self) -> Stage | None:
        """How the native code runs this wrapper; None if it cannot."""
        raise NotImplementedError

    def _lane_memory(self) -> dict[str, NDArray[Any]]:
        """What the wrapper remembers of each environment: arrays of ``num_envs`` rows, which may be written."""
        return {}

    def _shared_memory(self) -> dict[str, NDArray[Any]]:
        """What it remembers of all of them together."""
        return {}

    def _set_shared_memory(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Takes what :meth:`_shared_memory` of another wrapper of this class returned."""

    def _begin_again(self, lanes: NDArray[np.intp]) -> None:
        """Environments have been put into another state, with their memory."""

    def _chain(self) -> Chain | None:
        """The native form of this wrapper and all inside."""
        if self._fused is not None:
            return self._fused
        if self._alone_around is self.env:
            return None
        self._fused, _ = _find_chain(self)
        if self._fused is None:
            self._alone_around = self.env
        return self._fused

    def _new_chain(self) -> Chain | None:
        """The native form after wrappers or the batch have been exchanged."""
        self._fused = self._alone_around = None
        return self._chain()

    def rollout(
        self,
        policy: Policy | Callable[[Any], Any],
        num_steps: int,
        *,
        record: Iterable[str] | None = None,
        out: Mapping[str, NDArray[Any]] | None = None,
        gamma: float = 0.99,
        gae_lambda: float = 0.95,
    ) -> Trajectory:
        """Steps the wrapped batch many times under a policy: see :meth:`plyo.vector.NativeVectorEnv.rollout`.

        Observations and rewards are those of this wrapper, and so are the values, advantages and returns that follow
        from them; actions are in its action space. An environment that rests in ``disabled`` mode changes nothing in
        any wrapper, and its reward is 0. Returns and lengths of episodes are the task's own. If the rollout fails or is
        interrupted, batch, policy and wrappers are as they were before.

        Raises:
            TypeError: A wrapper inside has no native form, or the batch is no native one.
            Exception: As the native batch.
        """
        chain = self._chain()
        if chain is None or not chain.holds():
            innermost: Any = self
            while isinstance(innermost, VectorWrapper):
                innermost = innermost.env
            if isinstance(innermost, NativeVectorEnv) and innermost.closed:
                return innermost.rollout(policy, num_steps)  # raises the error
            chain = self._new_chain()
        if chain is None:
            _, reason = _find_chain(self)
            raise TypeError(f"{type(self).__name__}.rollout needs wrappers that can be fused: {reason}")

        def run(*arguments: Any) -> Any:
            result = chain.rollout(*arguments)
            if result is None:
                raise TypeError(
                    f"{self} cannot be rolled out: an attribute of a wrapper has another type than it makes itself"
                )
            return result

        roll_out = partial(
            run_rollout,
            chain.engine,
            chain.batch._description,
            policy,
            num_steps,
            record,
            gamma=gamma,
            gae_lambda=gae_lambda,
            run=run,
        )
        if chain.batch._arguments["reward_dtype"] == "float64":
            return roll_out(out)
        return with_float32_rewards(roll_out, (num_steps, self.num_envs), out)

    def get_state(self, lanes: Iterable[int] | None = None) -> bytes:
        """A snapshot of the batch and of what this wrapper and those inside remember.

        Args:
            lanes: The environments to save, in this order; None for all. What a wrapper remembers of all environments
                together (running moments, queues of statistics) is always in it.

        Raises:
            AttributeError: A batch or wrapper inside has no snapshots.
            IndexError: There is no such environment.
        """
        return _snapshots.save(self, lanes)

    def set_state(self, state: bytes, lanes: Iterable[int] | None = None) -> None:
        """Restores a snapshot.

        Args:
            state: A result of :meth:`get_state`, of a batch with the same wrappers. One saved environment fills any
                number of them.
            lanes: The environments to restore, in the order of the snapshot; None for all. With a list, what wrappers
                remember of all environments together stays as it is.

        Raises:
            TypeError, ValueError: These are not such bytes; nothing has changed.
            IndexError: There is no such environment.
        """
        _snapshots.load(self, state, lanes)

    def __getstate__(self) -> dict[str, Any]:
        """For pickles and copies, which find their native form themselves."""
        return {name: value for name, value in vars(self).items() if name not in ("_fused", "_alone_around")}

    def __repr__(self) -> str:
        """The class, around the text of the inner batch; ``fused`` before a class that the engine runs."""
        mark = "fused " if _fuses.get() and self._chain() is not None else ""
        return f"<{mark}{type(self).__name__}, {self.env}>"


def fused(step: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a wrapper's ``step`` run in the native chain where there is one; else the method itself runs."""

    @wraps(step)
    def run(self: Any, actions: Any, out: Any = None) -> Any:
        if _fuses.get():
            chain = self._fused or self._chain()
            if chain is not None:
                result = chain.step(actions, out)
                if result is None and not chain.holds():
                    chain = self._new_chain()
                    result = None if chain is None else chain.step(actions, out)
                if result is not None:
                    return result
        result = step(self, actions)
        return result if out is None else copy_out(result, out)

    return run


def copy_out(result: tuple[Any, ...], out: Any) -> tuple[Any, ...]:
    """Copies the results of a step into the caller's arrays; None stands for the array that there is."""
    if not isinstance(out, (tuple, list)) or len(out) != 4:
        raise TypeError(
            f"out must be (observations, rewards, terminated, truncated), each an array or None, got {out!r}"
        )
    return (*(_copy(value, target) for value, target in zip(result[:4], out, strict=True)), result[4])


def _copy(value: Any, target: Any) -> Any:
    if target is None:
        return value
    if isinstance(value, dict):
        return {key: _copy(part, target[key]) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(_copy(part, place) for part, place in zip(value, target, strict=True))
    np.copyto(target, value, casting="equiv")
    return target
