"""A pool inside compiled programs of JAX: EnvPool's ``xla()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import io_callback

from plyo.adapters.envpool.spec import to_info, to_observations
from plyo.jax import JaxBatch


def make_functions(
    pool: Any,
) -> tuple[jax.Array, Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """EnvPool's handle and functions, all of which can be compiled: ``handle, recv, send, step``.

    A step of all environments is one native call. ``send`` and ``recv`` by themselves, and steps of some environments,
    call the pool in Python, which costs some hundred microseconds each.

    Args:
        pool: An :class:`plyo.adapters.envpool.EnvPool`.
    """
    batch = JaxBatch(pool._envs)

    def send(handle: jax.Array, action: Any, env_id: Any = None) -> jax.Array:
        def call(handle: Any, action: Any, env_id: Any) -> Any:
            pool.send(jax.tree.map(np.asarray, action), np.asarray(env_id))
            return handle

        ids = pool.all_env_ids if env_id is None else env_id
        result: jax.Array = io_callback(call, _shape(handle), handle, action, ids)
        return result

    def recv(handle: jax.Array) -> tuple[jax.Array, tuple[Any, ...]]:
        shapes = _received(pool)

        def call(handle: Any) -> Any:
            return handle, jax.tree.map(lambda array, to: array.astype(to.dtype), pool.recv(), shapes)

        result: tuple[jax.Array, tuple[Any, ...]] = io_callback(call, (_shape(handle), shapes), handle)
        return result

    def step(handle: jax.Array, action: Any, env_id: Any = None) -> tuple[jax.Array, tuple[Any, ...]]:
        if pool.is_async or env_id is not None:
            return recv(send(handle, action, env_id))
        handle, result = batch.step(handle, action)
        handle, elapsed = batch.elapsed_steps(handle)
        info = to_info(jnp.asarray(pool.all_env_ids), elapsed, result.infos)
        observations = to_observations(result.observations, jnp)
        return handle, (observations, result.rewards, result.terminated, result.truncated, info)

    return batch.lasting_handle, recv, send, step


def _shape(array: jax.Array) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def _received(pool: Any) -> tuple[Any, ...]:
    """The shapes and types of what ``recv`` returns, of 32 bits where JAX has no 64."""
    count = pool.config["batch_size"]
    specs = pool.spec.state_array_spec

    def array(name: str) -> jax.ShapeDtypeStruct:
        spec = specs[name]
        return jax.ShapeDtypeStruct((count, *spec.shape), jax.dtypes.canonicalize_dtype(spec.dtype))

    parts = [name.removeprefix("obs:") for name in specs if name.startswith("obs:")]
    observations = {part: array(f"obs:{part}") for part in parts} if parts else array("obs")
    names = [name.removeprefix("info:") for name in specs if name.startswith("info:")]
    infos = {name: array(f"info:{name}") for name in names if name not in ("env_id", "players.env_id")}
    info = to_info(array("info:env_id"), array("elapsed_step"), infos)
    return observations, array("reward"), array("done"), array("trunc"), info
