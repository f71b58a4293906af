"""Making batches of environments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from plyo import error, logger
from plyo._registry.lookup import find_spec
from plyo._registry.specs import EnvSpec
from plyo.basics.integers import check_integer, is_integer
from plyo.core import Env, Wrapper
from plyo.envs.batch_forms import batch_forms
from plyo.envs.creators import Creator, tell_listeners
from plyo.envs.making import make, resolve_time_limit
from plyo.tasks.parameters import lane_params

if TYPE_CHECKING:
    from plyo.vector import VectorEnv

_NATIVE = "native"
_Wrap = Callable[[Env[Any, Any]], Wrapper[Any, Any, Any, Any]]
_Wrappers = Sequence[_Wrap | tuple[Any, Mapping[str, Any]]]
#: Arguments of batches of single environments that a native batch has no use for.
_NOT_NATIVE = ("copy", "observation_mode")


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
    wrappers: _Wrappers | None = None,
    **kwargs: Any,
) -> VectorEnv:
    """Makes a batch of environments.

    Arguments of the same names in the ``kwargs`` of the spec win over those given here, as
    ``make_vec(envs.spec)`` needs.

    Args:
        id: The id of a registered environment, as for :func:`plyo.make`, or a spec.
        num_envs: The number of environments.
        vectorization_mode: ``"sync"`` makes a :class:`plyo.vector.SyncVectorEnv`, ``"async"`` a
            :class:`plyo.vector.AsyncVectorEnv`, ``"vector_entry_point"`` calls that of the spec,
            ``"native"`` does so for native tasks only. ``None`` calls it if the spec has one, else
            makes a synchronous batch; so it does for a native task too if ``wrappers`` without a form
            for batches, the spec's ``additional_wrappers``, ``vector_kwargs`` or a ``render_mode`` of
            windows or lists ask for single environments.
        vector_kwargs: Arguments for the batch besides those of its environments. Vector entry
            points take none, except those of native tasks.
        wrappers: Wrappers to put around each environment, for ``"sync"`` and ``"async"``: functions of an
            environment, or tuples of a wrapper's class and its keyword arguments. Around a native task, with the
            mode ``None``, these classes, alone, in :func:`functools.partial` or in such tuples, leave the batch
            native: ``ClipAction``, ``RescaleAction``, ``StickyAction``, ``FlattenObservation``,
            ``RescaleObservation``, ``DtypeObservation``, ``TimeLimit``, ``RepeatAction`` and
            ``MaxAndSkipObservation`` where nothing but time limits is inside them, and ``ClipReward`` and
            ``TransformReward`` with :class:`plyo.wrappers.Affine` where they leave a reward of 0 as it is.
        **kwargs: Arguments for the environments, as :func:`plyo.make` takes them, or for the
            vector entry point. ``max_episode_steps`` replaces the time limit of the spec, in steps;
            for native tasks ``None`` keeps it and -1 removes it. The ``autoreset_mode`` of a native
            task is the batch's in every mode.

    Returns:
        The batch. ``make_vec(envs.spec)`` makes another like it.

    Raises:
        ValueError: ``vectorization_mode`` is unknown, or ``num_envs`` or ``max_episode_steps`` out of range.
        TypeError: ``num_envs`` is not an integer, or the batch or its environments do not take the arguments.
        plyo.error.Error: The environment is not registered or cannot be batched in this mode, or
            ``vector_kwargs`` or ``wrappers`` cannot be used in it.
    """
    if isinstance(id, EnvSpec):
        env_spec = id
    elif isinstance(id, str):
        env_spec = find_spec(id)
    else:
        raise error.Error(f"Invalid id type: {type(id)}. Expected `str` or `EnvSpec`")

    env_spec = copy.deepcopy(env_spec)
    saved, env_spec.kwargs = env_spec.kwargs, {}
    num_envs = saved.pop("num_envs", num_envs)
    vectorization_mode = saved.pop("vectorization_mode", vectorization_mode)
    vector_kwargs = saved.pop("vector_kwargs", vector_kwargs) or {}
    wrappers = saved.pop("wrappers", wrappers) or []
    env_kwargs = {**saved, **kwargs}
    # integers that JSON can hold, for the spec
    if is_integer(limit := env_kwargs.get("max_episode_steps")):
        env_kwargs["max_episode_steps"] = int(limit)

    plan = _plan(env_spec, vectorization_mode, vector_kwargs, wrappers, env_kwargs.get("render_mode"))
    if plan.mode is VectorizeMode.VECTOR_ENTRY_POINT and hasattr(plan.creator.call, "beside_an_id"):
        env_kwargs = {**saved, **plan.creator.call.beside_an_id(kwargs)}
    if plan.mode is VectorizeMode.VECTOR_ENTRY_POINT:
        env = _call_entry_point(
            id,
            env_spec,
            plan.creator,
            num_envs,
            env_kwargs,
            vector_kwargs,
            plan.single,
            vectorization_mode == _NATIVE,
        )
        for wrap in plan.forms:
            env = wrap(env)
    else:
        env = _batch_single(plan.mode, env_spec, num_envs, env_kwargs, vector_kwargs, wrappers)

    env_spec = copy.deepcopy(env_spec)
    env_spec.kwargs = env_kwargs.copy()
    if num_envs != 1:
        env_spec.kwargs["num_envs"] = int(num_envs) if is_integer(num_envs) else num_envs
    if not plan.forms:  # else the mode depends on the wrappers
        is_named = vectorization_mode == _NATIVE and not plan.creator.is_native
        env_spec.kwargs["vectorization_mode"] = _NATIVE if is_named else plan.mode.value
    if vector_kwargs:
        env_spec.kwargs["vector_kwargs"] = vector_kwargs
    if wrappers:
        env_spec.kwargs["wrappers"] = wrappers
    env.unwrapped.spec = env_spec
    _check_autoreset_metadata(env)
    tell_listeners(env)
    return env


def vectorization_of(
    id: str | EnvSpec,
    vectorization_mode: VectorizeMode | str | None = None,
    vector_kwargs: dict[str, Any] | None = None,
    wrappers: _Wrappers | None = None,
    **kwargs: Any,
) -> str:
    """What kind of batch :func:`make_vec` makes of these arguments.

    Args:
        id: The id of a registered environment, or a spec.
        vectorization_mode: As :func:`make_vec` takes it, and so are the others.
        vector_kwargs: The same.
        wrappers: The same.
        **kwargs: The same.

    Returns:
        ``"native"``, ``"sync"``, ``"async"``, or ``"vector_entry_point"`` for one that is not native.

    Raises:
        ValueError: ``vectorization_mode`` is unknown.
        plyo.error.Error: The environment is not registered.
    """
    env_spec = id if isinstance(id, EnvSpec) else find_spec(id)
    given = {"vectorization_mode": vectorization_mode, "vector_kwargs": vector_kwargs, "wrappers": wrappers}
    asked = {**given, **kwargs, **env_spec.kwargs}
    plan = _plan(
        env_spec,
        asked["vectorization_mode"],
        asked["vector_kwargs"] or {},
        asked["wrappers"] or [],
        {**env_spec.kwargs, **kwargs}.get("render_mode"),
    )
    is_native = plan.mode is VectorizeMode.VECTOR_ENTRY_POINT and plan.creator.is_native
    return _NATIVE if is_native else plan.mode.value


class _Plan(NamedTuple):
    """How a batch is made.

    Attributes:
        mode: The way.
        creator: The vector entry point.
        forms: Functions of a batch that put the wrappers around it; () where they go around single environments.
        single: The wrappers that go around single environments.
    """

    mode: VectorizeMode
    creator: Creator
    forms: Sequence[Callable[[VectorEnv], VectorEnv]]
    single: _Wrappers


def _plan(
    env_spec: EnvSpec,
    mode: VectorizeMode | str | None,
    vector_kwargs: Mapping[str, Any],
    wrappers: _Wrappers,
    render_mode: str | None,
) -> _Plan:
    """Chooses how to make a batch."""
    creator = _vector_creator(env_spec, mode)
    forms = batch_forms(wrappers) if mode is None and creator.is_native else None
    single = wrappers if forms is None else []
    chosen = _choose_mode(env_spec, creator, mode, vector_kwargs, single, render_mode)
    if forms is None or chosen is not VectorizeMode.VECTOR_ENTRY_POINT:
        return _Plan(chosen, creator, (), wrappers)
    return _Plan(chosen, creator, forms, ())


def _vector_creator(env_spec: EnvSpec, mode: VectorizeMode | str | None) -> Creator:
    """What makes a batch: the vector entry point, or for ``"native"`` what the class of environments names instead."""
    if mode == _NATIVE and env_spec.vector_entry_point is None:
        return Creator(getattr(Creator(env_spec.entry_point).call, "native_batch", None))
    return Creator(env_spec.vector_entry_point)


def _choose_mode(
    env_spec: EnvSpec,
    batch_creator: Creator,
    mode: VectorizeMode | str | None,
    vector_kwargs: Mapping[str, Any],
    wrappers: Sequence[object],
    render_mode: str | None,
) -> VectorizeMode:
    """The requested mode, or the best one."""
    if mode == _NATIVE:
        return VectorizeMode.VECTOR_ENTRY_POINT
    if mode is not None:
        try:
            return VectorizeMode(mode)
        except ValueError as e:
            raise ValueError(
                f"Invalid vectorization mode: {mode!r}, "
                f"valid modes: {[*(m.value for m in VectorizeMode), _NATIVE]}"
            ) from e
    if batch_creator.entry_point is None:
        return VectorizeMode.SYNC
    needs_single = wrappers or env_spec.additional_wrappers or any(k in vector_kwargs for k in _NOT_NATIVE)
    # a wrapper around each environment makes these of its pictures
    needs_single = needs_single or render_mode == "human" or str(render_mode).endswith("_list")
    if needs_single and env_spec.entry_point is not None and batch_creator.is_native:
        return VectorizeMode.SYNC
    return VectorizeMode.VECTOR_ENTRY_POINT


def _batch_single(
    mode: VectorizeMode,
    env_spec: EnvSpec,
    num_envs: int,
    env_kwargs: dict[str, Any],
    vector_kwargs: dict[str, Any],
    wrappers: _Wrappers,
) -> VectorEnv:
    """Batches single environments."""
    from plyo import vector  # the package loads the native module

    if env_spec.entry_point is None:
        raise error.Error(
            f"Cannot create vectorized environment for {env_spec.id} because it doesn't have an entry "
            "point defined."
        )

    num_envs = check_integer("num_envs", num_envs, 1)
    single_kwargs, vector_kwargs = env_kwargs.copy(), vector_kwargs.copy()
    if "autoreset_mode" in single_kwargs and Creator(env_spec.entry_point).is_native:
        vector_kwargs.setdefault("autoreset_mode", single_kwargs.pop("autoreset_mode"))

    params: Any = single_kwargs.pop("params", None) if Creator(env_spec.entry_point).is_native else None
    each = [{} if params is None else {"params": lane_params(params, i, num_envs)} for i in range(num_envs)]
    kind: Any = vector.SyncVectorEnv if mode is VectorizeMode.SYNC else vector.AsyncVectorEnv
    env_fns = [partial(_make_single, env_spec, {**single_kwargs, **own}, wrappers) for own in each]
    env: VectorEnv = kind(env_fns=env_fns, **vector_kwargs)
    return env


def _make_single(env_spec: EnvSpec, kwargs: dict[str, Any], wrappers: _Wrappers) -> Env[Any, Any]:
    """One of the environments of a batch."""
    env = make(env_spec, **kwargs)
    for wrapper in wrappers:
        env = wrapper[0](env, **wrapper[1]) if isinstance(wrapper, tuple) else wrapper(env)
    return env


def _call_entry_point(
    id: str | EnvSpec,
    env_spec: EnvSpec,
    creator: Creator,
    num_envs: int,
    env_kwargs: dict[str, Any],
    vector_kwargs: dict[str, Any],
    wrappers: _Wrappers,
    only_native: bool,
) -> VectorEnv:
    """Calls the vector entry point; adds the time limit of the spec to the arguments."""
    native = creator.is_native
    if only_native and not (native or hasattr(creator.call, "beside_an_id")):
        raise error.Error(
            f"Cannot create vectorized environment for {env_spec.id} with "
            f"vectorization_mode={_NATIVE!r} because it is not a native task."
        )
    _refuse_unusable(env_spec, {} if native else vector_kwargs, wrappers)
    if creator.entry_point is None:
        raise error.Error(
            f"Cannot create vectorized environment for {id} because it doesn't have a vector entry point "
            "defined."
        )

    if env_spec.max_episode_steps is not None:
        env_kwargs.setdefault("max_episode_steps", env_spec.max_episode_steps)
    if not native:
        return creator.call(num_envs=num_envs, **env_kwargs)  # type: ignore[no-any-return]
    arguments = {name: value for name, value in env_kwargs.items() if name != "disable_env_checker"}
    arguments["max_episode_steps"] = resolve_time_limit(env_kwargs.get("max_episode_steps"), env_spec)
    return creator.call(num_envs=num_envs, **arguments, **vector_kwargs)  # type: ignore[no-any-return]


def _refuse_unusable(env_spec: EnvSpec, vector_kwargs: dict[str, Any], wrappers: Sequence[object]) -> None:
    """Raises for arguments that a vector entry point cannot take."""
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
    """Warns if a batch does not declare how it resets finished environments."""
    # Imported here because the package loads the native module.
    from plyo.vector import AutoresetMode

    if "autoreset_mode" not in env.metadata:
        logger.warn(f"The VectorEnv ({env}) is missing AutoresetMode metadata, metadata={env.metadata}")
    elif not isinstance(env.metadata["autoreset_mode"], AutoresetMode):
        logger.warn(
            f"The VectorEnv ({env}) metadata['autoreset_mode'] is not an instance of "
            f"AutoresetMode, {type(env.metadata['autoreset_mode'])}."
        )
