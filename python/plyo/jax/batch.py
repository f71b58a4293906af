"""A batch of native environments as functions that JAX compiles."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from plyo import error
from plyo._native import Engine, xla_handlers
from plyo.envs import making_vec
from plyo.jax.leaves import Leaf, Tree, info_leaves, to_seeds
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.vector_env import AutoresetMode

for _name, _handler in xla_handlers().items():
    jax.ffi.register_ffi_target(_name, _handler, platform="cpu")


class Step(NamedTuple):
    """What a step of a batch returns, a pytree of arrays with one row an environment.

    Attributes:
        observations: What the next actions are chosen from; a tuple or dict of arrays for Tuple and Dict.
        rewards: float32.
        terminated: bool, whether the step has ended the episode.
        truncated: bool, whether the time limit has.
        next_observations: The observations that the step led to: of an episode that has ended its last one. Unlike
            ``observations`` only where the same step resets.
        episode_returns: float32, the sum of rewards of an episode that the step has ended, else 0.
        episode_lengths: int32, its steps, else 0.
        infos: A dict of the task's infos; 0 where the step reports none.
    """

    observations: Any
    rewards: jax.Array
    terminated: jax.Array
    truncated: jax.Array
    next_observations: Any
    episode_returns: jax.Array
    episode_lengths: jax.Array
    infos: dict[str, jax.Array]


class JaxBatch:
    """A batch whose :meth:`reset` and :meth:`step` can be called inside ``jax.jit`` and ``lax.scan``.

    The environments live outside JAX, so both take a *handle* and return the next one, which orders the calls: pass
    each call the handle of the call before it. A handle is good for one call.

    Errors in a compiled program (an action outside its space, a handle used twice) raise
    ``jax.errors.JaxRuntimeError`` with the engine's text, where the program's results are waited for. The batch stays
    usable: :attr:`handle` is a new handle.

    Args:
        envs: A batch of a native task, without wrappers. It may be used directly between programs.

    Raises:
        TypeError: ``envs`` is another kind of batch.
        plyo.error.ClosedEnvironmentError: It is closed.

    Attributes:
        envs: The batch.
        num_envs: The number of environments.
    """

    def __init__(self, envs: NativeVectorEnv) -> None:
        if not isinstance(envs, NativeVectorEnv):
            raise TypeError(
                "JaxBatch takes a batch of a native task without wrappers, as "
                f"plyo.make_vec(id, n, vectorization_mode='native') makes it, got {envs!r}"
            )
        _check_open(envs)
        engine = envs._engine
        kind = type(envs)
        if kind.step is not NativeVectorEnv.step or kind.reset is not NativeVectorEnv.reset:
            raise TypeError(
                f"{kind.__name__} has a step or reset of its own in Python, which JAX cannot call"
            )
        if type(engine).step is not Engine.step:
            raise TypeError(
                "a batch that observes a simulator's pictures draws them in Python, which JAX cannot call"
            )
        self.envs = envs
        self.num_envs = envs.num_envs
        self._observation = Tree("observations", engine.observation_space())
        self._action = Tree("actions", engine.action_space())
        self._infos = info_leaves(engine.infos())
        self._resets_at_once = envs.autoreset_mode is AutoresetMode.SAME_STEP

    @property
    def handle(self) -> jax.Array:
        """A handle for the next call: uint32 of shape ``(4,)``.

        Raises:
            RuntimeError: A compiled program is using the batch.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        return self._make_handle(any_number=False)

    @property
    def lasting_handle(self) -> jax.Array:
        """A handle that is good for any number of calls, which then are in the order that the program gives them."""
        return self._make_handle(any_number=True)

    def _make_handle(self, any_number: bool) -> jax.Array:
        _check_open(self.envs)
        words = self.envs._engine.xla_handle(any_number)
        # the calls run on the CPU, whatever other devices there are
        return (
            jnp.asarray(words)
            if jax.default_backend() == "cpu"
            else jax.device_put(words, jax.devices("cpu")[0])
        )

    def reset(
        self, handle: jax.Array, *, seed: Any = None, mask: Any = None
    ) -> tuple[jax.Array, Any, dict[str, jax.Array]]:
        """Begins new episodes. Can be compiled.

        Args:
            handle: The handle of the last call.
            seed: With an integer environment i starts its random stream from ``seed + i``; an array of shape
                ``(num_envs,)`` gives each its own; None continues the streams. A seed that the program computes has
                the bits of JAX's integers.
            mask: bool of shape ``(num_envs,)``: only these environments are reset, none perhaps. None for all.

        Returns:
            The next handle, the observations of all environments, and the infos of those that were reset, 0 for
            the others.

        Raises:
            TypeError, ValueError: A seed or the mask does not fit.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        _check_open(self.envs)
        chosen = jnp.ones(self.num_envs, bool) if mask is None else jnp.asarray(mask)
        if chosen.dtype != bool or chosen.shape != (self.num_envs,):
            raise ValueError(
                f"mask must be bool of shape ({self.num_envs},), got {chosen.dtype} of shape {chosen.shape}"
            )
        arguments = [chosen]
        if seed is not None:
            seeds = to_seeds(seed)
            if seeds.shape not in ((), (self.num_envs,)):
                raise ValueError(
                    f"seed must be one integer or {self.num_envs} of them, got shape {seeds.shape}"
                )
            arguments.append(seeds)
        results = self._call(
            "plyo_reset", handle, arguments, [*self._observation.leaves, *self._infos.values()]
        )
        count = len(self._observation.leaves)
        infos = dict(zip(self._infos, results[1 + count :], strict=True))
        return results[0], self._observation.unflatten(results[1 : 1 + count]), infos

    def step(self, handle: jax.Array, actions: Any) -> tuple[jax.Array, Step]:
        """Steps every environment. Can be compiled; gradients do not flow through it.

        Args:
            handle: The handle of the last call.
            actions: Integers of shape ``(num_envs,)`` for Discrete, real numbers of shape ``(num_envs, k)`` for Box, a
                tuple or dict of these for Tuple and Dict.

        Returns:
            The next handle, and what the step led to.

        Raises:
            TypeError, ValueError: The actions do not fit.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        _check_open(self.envs)
        given = zip(self._action.leaves, self._action.flatten(actions), strict=True)
        arguments = [jax.lax.stop_gradient(leaf.convert(values, self.num_envs)) for leaf, values in given]
        observations = self._observation.leaves
        finals = observations if self._resets_at_once else []
        results = self._call(
            "plyo_step", handle, arguments, [*observations, *_SCALARS, *self._infos.values(), *finals]
        )
        count, last = len(observations), len(results) - len(finals)
        rewards, terminated, truncated, returns, lengths = results[1 + count : 6 + count]
        present = self._observation.unflatten(results[1 : 1 + count])
        return results[0], Step(
            present,
            rewards,
            terminated,
            truncated,
            self._observation.unflatten(results[last:]) if finals else present,
            returns,
            lengths,
            dict(zip(self._infos, results[6 + count : last], strict=True)),
        )

    def elapsed_steps(self, handle: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The steps of each environment since its last reset. Can be compiled.

        Args:
            handle: The handle of the last call.

        Returns:
            The next handle, and int32 of shape ``(num_envs,)``, -1 for environments that were never reset.
        """
        _check_open(self.envs)
        next_handle, steps = self._call("plyo_elapsed_steps", handle, [], [_ELAPSED])
        return next_handle, steps

    def _call(self, name: str, handle: jax.Array, arguments: list[Any], results: list[Leaf]) -> Any:
        """Calls a native function with a handle and arrays; returns the next handle and the result arrays."""
        if getattr(handle, "dtype", None) != np.uint32 or handle.shape != (4,):
            raise TypeError(
                "the first argument must be a handle, as JaxBatch.handle and every call return it, got "
                f"{handle!r}"
            )
        types = [jax.ShapeDtypeStruct((4,), np.uint32), *(leaf.result(self.num_envs) for leaf in results)]
        return jax.ffi.ffi_call(name, types, has_side_effect=True)(handle, *arguments)

    def close(self) -> None:
        """Closes the batch; programs that call it raise."""
        self.envs.close()

    def __repr__(self) -> str:
        """The batch inside."""
        return f"JaxBatch({self.envs!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickling and copying: the batch, whose copy has handles of its own."""
        return type(self), (self.envs,)


_ELAPSED = Leaf("elapsed_steps", np.dtype(np.int32), ())
#: What every task's step returns beside observations and infos.
_SCALARS = [
    Leaf("rewards", np.dtype(np.float32), ()),
    Leaf("terminated", np.dtype(bool), ()),
    Leaf("truncated", np.dtype(bool), ()),
    Leaf("episode_returns", np.dtype(np.float32), ()),
    Leaf("episode_lengths", np.dtype(np.int32), ()),
]


def _check_open(envs: NativeVectorEnv) -> None:
    if envs.closed:
        raise error.ClosedEnvironmentError(
            f"the {type(envs).__name__} of this JaxBatch is closed; make another one"
        )


def make_vec(id: str, num_envs: int = 1, **kwargs: Any) -> JaxBatch:
    """Makes a batch for JAX: ``JaxBatch(plyo.make_vec(id, num_envs, vectorization_mode="native", **kwargs))``.

    Args:
        id: The id of a native task.
        num_envs: The number of environments.
        **kwargs: As for :func:`plyo.make_vec`: ``autoreset_mode``, ``num_threads``, the task's own arguments.

    Raises:
        plyo.error.Error: The id is unknown, or not of a native task.
        TypeError, ValueError: An argument does not fit.
    """
    envs = making_vec.make_vec(id, num_envs, vectorization_mode="native", **kwargs)
    assert isinstance(envs, NativeVectorEnv), "the mode asks for one"
    return JaxBatch(envs)
