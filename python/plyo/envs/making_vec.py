"""Making batches of environments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from plyo import error, logger
from plyo.core import Env, Wrapper
from plyo.envs.lookup import find_spec, load_env_creator
from plyo.envs.making import is_native, resolve_time_limit
from plyo.envs.specs import EnvSpec

if TYPE_CHECKING:
    from plyo.vector import VectorEnv

_NATIVE = "native"
_ONLY_NATIVE = (
    "Only native tasks and environments with a `vector_entry_point` can be batched in this version "
    "of Plyo; `plyo.make` makes a single environment of any kind."
)


class VectorizeMode(Enum):
    """The ways in which :func:`make_vec` batches environments."""

    ASYNC = "async"
    SYNC = "sync"
    VECTOR_ENTRY_POINT = "vector_entry_point"


def make_vec(
    id: str | EnvSpec,
    num_envs: int = 1,
    vectorization_mode: VectorizeMode | str | None = None,
    vector_kwargs: dict[str, Any] | None = None,
    wrappers: Sequence[Callable[[Env[Any, Any]], Wrapper[Any, Any, Any, Any]]] | None = None,
    **kwargs: Any,
) -> VectorEnv:
    """Makes a batch of environments.

    Arguments of the same names in the ``kwargs`` of the spec win over those given here, as
    ``make_vec(envs.spec)`` needs.

    Args:
        id: The id of a registered environment, as for :func:`plyo.make`, or a spec.
        num_envs: The number of environments; its legal range is the entry point's to say.
        vectorization_mode: ``None`` or ``"vector_entry_point"`` uses the spec's vector entry point,
            ``"native"`` does so for native tasks only. Batches of Python environments (``"sync"``
            and ``"async"``) cannot be made yet.
        vector_kwargs: More arguments for a native task; must be empty for other entry points.
        wrappers: Must be empty: a batch cannot take wrappers of single environments.
        **kwargs: Arguments for the vector entry point. ``max_episode_steps`` replaces the time
            limit of the spec, in steps; for native tasks ``None`` keeps it and -1 removes it.

    Returns:
        The batch. ``make_vec(envs.spec)`` makes another like it.

    Raises:
        ValueError: ``vectorization_mode`` is unknown, or ``max_episode_steps`` out of range.
        TypeError: The vector entry point does not take the arguments.
        plyo.error.Error: The environment is not registered or cannot be batched, or
            ``vector_kwargs`` or ``wrappers`` cannot be used with it.
    """
    if isinstance(id, EnvSpec):
        env_spec = id
    elif isinstance(id, str):
        env_spec = find_spec(id)
    else:
        raise error.Error(f"Invalid id type: {type(id)}. Expected `str` or `EnvSpec`")

    env_spec = copy.deepcopy(env_spec)
    saved = env_spec.kwargs
    num_envs = saved.pop("num_envs", num_envs)
    vectorization_mode = saved.pop("vectorization_mode", vectorization_mode)
    vector_kwargs = saved.pop("vector_kwargs", vector_kwargs) or {}
    wrappers = saved.pop("wrappers", wrappers) or []
    env_kwargs = {**saved, **kwargs}

    creator = _load_vector_creator(env_spec, vectorization_mode)
    native = is_native(creator)
    _refuse_unusable(env_spec, {} if native else vector_kwargs, wrappers)

    if env_spec.max_episode_steps is not None:
        env_kwargs.setdefault("max_episode_steps", env_spec.max_episode_steps)
    if native:
        limit = resolve_time_limit(env_kwargs.get("max_episode_steps"), env_spec)
        arguments = {**env_kwargs, "max_episode_steps": limit}
        env: VectorEnv = creator(num_envs=num_envs, **arguments, **vector_kwargs)
    else:
        env = creator(num_envs=num_envs, **env_kwargs)

    env_spec.kwargs = env_kwargs.copy()
    if num_envs != 1:
        env_spec.kwargs["num_envs"] = num_envs
    env_spec.kwargs["vectorization_mode"] = VectorizeMode.VECTOR_ENTRY_POINT.value
    if vector_kwargs:
        env_spec.kwargs["vector_kwargs"] = vector_kwargs
    env.unwrapped.spec = env_spec
    _check_autoreset_metadata(env)
    return env


def _load_vector_creator(env_spec: EnvSpec, mode: VectorizeMode | str | None) -> Any:
    """Loads the vector entry point, if the mode allows for it."""
    if mode in (None, _NATIVE):
        resolved = VectorizeMode.VECTOR_ENTRY_POINT
    else:
        try:
            resolved = VectorizeMode(mode)
        except ValueError as e:
            raise ValueError(
                f"Invalid vectorization mode: {mode!r}, "
                f"valid modes: {[*(m.value for m in VectorizeMode), _NATIVE]}"
            ) from e
    if resolved is not VectorizeMode.VECTOR_ENTRY_POINT:
        raise error.Error(
            f"Cannot create vectorized environment for {env_spec.id} with "
            f"vectorization_mode={resolved.value!r}. {_ONLY_NATIVE}"
        )

    entry_point = env_spec.vector_entry_point
    if entry_point is None:
        raise error.Error(
            f"Cannot create vectorized environment for {env_spec.id} because it doesn't have a "
            f"vector entry point defined. {_ONLY_NATIVE}"
        )
    creator = entry_point if callable(entry_point) else load_env_creator(entry_point)
    if mode == _NATIVE and not is_native(creator):
        raise error.Error(
            f"Cannot create vectorized environment for {env_spec.id} with "
            f"vectorization_mode={_NATIVE!r} because it is not a native task."
        )
    return creator


def _refuse_unusable(env_spec: EnvSpec, vector_kwargs: dict[str, Any], wrappers: Sequence[object]) -> None:
    """Raises if there is anything that a vector entry point cannot take."""
    if vector_kwargs:
        raise error.Error(
            "Custom vector environment can be passed arguments only through kwargs and "
            f"`vector_kwargs` is not empty ({vector_kwargs})"
        )
    if wrappers:
        raise error.Error(
            f"Cannot use `vector_entry_point` vectorization mode with the wrappers argument ({wrappers})."
        )
    if env_spec.additional_wrappers:
        raise error.Error(
            "Cannot use `vector_entry_point` vectorization mode with the additional_wrappers "
            f"parameter in spec being not empty ({env_spec.additional_wrappers})."
        )


def _check_autoreset_metadata(env: VectorEnv) -> None:
    """Warns if a batch does not say how it resets finished environments."""
    # Imported here because the package loads the native module.
    from plyo.vector import AutoresetMode

    if "autoreset_mode" not in env.metadata:
        logger.warn(f"The VectorEnv ({env}) is missing AutoresetMode metadata, metadata={env.metadata}")
    elif not isinstance(env.metadata["autoreset_mode"], AutoresetMode):
        logger.warn(
            f"The VectorEnv ({env}) metadata['autoreset_mode'] is not an instance of "
            f"AutoresetMode, {type(env.metadata['autoreset_mode'])}."
        )
