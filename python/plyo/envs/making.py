"""Making single environments."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import cache, partial
from typing import Any

from plyo import error, logger
from plyo._registry import specs
from plyo._registry.lookup import find_spec, load_env_creator
from plyo._registry.specs import EnvSpec
from plyo.checks.env_type import check_is_env
from plyo.core import Env
from plyo.envs.atari.registering import ENTRY_POINT
from plyo.envs.creators import Creator, is_native, tell_listeners

#: The value of `max_episode_steps` for no time limit.
NO_TIME_LIMIT = -1


def make(
    id: str | EnvSpec,
    max_episode_steps: int | None = None,
    disable_env_checker: bool | None = None,
    **kwargs: Any,
) -> Env[Any, Any]:
    """Makes an environment.

    An environment written in Python gets the wrappers :class:`~plyo.wrappers.PassiveEnvChecker`
    (unless disabled), :class:`~plyo.wrappers.OrderEnforcing` (if its spec says so),
    :class:`~plyo.wrappers.TimeLimit` (if there is a limit) and those of its spec, in this order
    from the inside. A native task checks its calls and its time limit by itself, so it gets only
    those of its spec. The wrapper for the render mode is the outermost: for ``"human"``
    :class:`~plyo.wrappers.HumanRendering` around an environment that only returns pictures, for
    ``"..._list"`` :class:`~plyo.wrappers.RenderCollection` around one that returns one at a time.

    Args:
        id: The id of a registered environment, without a version for the latest, after
            ``"module:"`` to import a module first; or a spec.
        max_episode_steps: The time limit in steps; ``None`` takes the spec's, -1 means no limit.
        disable_env_checker: Whether the passive checker is left out; ``None`` asks the spec. With
            native tasks the argument only goes into ``env.spec``.
        **kwargs: Arguments for the entry point, added to those of the spec; ``render_mode`` among them. With
            ``apply_api_compatibility=True`` the environment is one for Gym before 0.26, whose ``step`` returns four
            values: :class:`~plyo.wrappers.EnvCompatibility` around it gives it the API of today.

    Returns:
        The environment. ``make(env.spec)`` makes another like it.

    Raises:
        TypeError: ``id`` is neither a string nor a spec, the entry point does not take the
            arguments, or it does not make a :class:`plyo.Env`.
        ValueError: ``max_episode_steps`` is neither positive nor -1, a wrapper of the spec
            cannot be made again, or a native task is taken for one of Gym before 0.26.
        plyo.error.Error: The environment is not registered, or has no entry point.
    """
    if isinstance(id, EnvSpec):
        env_spec = id
        if not hasattr(env_spec, "additional_wrappers"):
            logger.warn(
                "The env spec passed to `make` does not have a `additional_wrappers`, "
                f"set it to an empty tuple. Env_spec={env_spec}"
            )
            env_spec.additional_wrappers = ()
    elif isinstance(id, str):
        env_spec = find_spec(id)
    else:
        raise TypeError(f"Expected id to be a string or EnvSpec, got {type(id)}")

    env_kwargs = {**deepcopy(env_spec.kwargs), **kwargs} if env_spec.kwargs else kwargs
    if env_spec.entry_point is None:
        raise error.Error(f"{env_spec.id} registered but entry_point is not specified")
    creator, env_kwargs = _modern(Creator(env_spec.entry_point), env_spec, env_kwargs)
    mode, around = _choose_render_mode(creator.call, env_kwargs.get("render_mode"))
    if around:
        env_kwargs = {**env_kwargs, "render_mode": mode}

    checks = not (env_spec.disable_env_checker if disable_env_checker is None else disable_env_checker)
    if creator.is_native:
        limit = resolve_time_limit(max_episode_steps, env_spec)
        env = _create(creator.call, env_spec, env_kwargs, around, max_episode_steps=limit)
        made_spec = _bare_spec(env_spec, env_kwargs)
        made_spec.max_episode_steps = limit
        made_spec.order_enforce = env_spec.order_enforce
        made_spec.disable_env_checker = not checks
        env.unwrapped.spec = made_spec
        env = _add_wrappers(env, env_spec, _count_prior_wrappers(env, env_spec))
        env = _add_rendering(env, around)
        tell_listeners(env)
        return env

    env = _create(creator.call, env_spec, env_kwargs, around)
    env.unwrapped.spec = _bare_spec(env_spec, env_kwargs)
    num_prior_wrappers = _count_prior_wrappers(env, env_spec)
    env = _add_checks(env, checks, env_spec.order_enforce, _chosen_limit(max_episode_steps, env_spec))
    env = _add_rendering(_add_wrappers(env, env_spec, num_prior_wrappers), around)
    tell_listeners(env)
    return env


def _modern(
    creator: Creator, env_spec: EnvSpec, env_kwargs: dict[str, Any]
) -> tuple[Creator, dict[str, Any]]:
    """What makes an environment with the API of today, and its arguments."""
    if "apply_api_compatibility" not in env_kwargs:
        return creator, env_kwargs
    if not env_kwargs["apply_api_compatibility"]:
        return creator, {k: v for k, v in env_kwargs.items() if k != "apply_api_compatibility"}
    if creator.is_native:
        raise ValueError(
            f"{env_spec.id} is native and has the API of today: make it without apply_api_compatibility=True"
        )
    return Creator(partial(_make_old, creator.call)), env_kwargs


def _make_old(
    creator: Any, *, apply_api_compatibility: bool, render_mode: str | None = None, **kwargs: Any
) -> Env[Any, Any]:
    """Makes an environment for Gym before 0.26 and gives it the API of today."""
    from plyo.wrappers.legacy import EnvCompatibility

    return EnvCompatibility(creator(**kwargs), render_mode)


def resolve_time_limit(max_episode_steps: int | None, env_spec: EnvSpec) -> int | None:
    """The time limit in force.

    Args:
        max_episode_steps: The requested limit: ``None`` for the spec's, -1 for no limit.
        env_spec: The spec of the environment.

    Returns:
        A positive number of steps, or ``None`` for no limit.

    Raises:
        TypeError: The limit is not an integer.
        ValueError: The limit is neither positive nor -1.
    """
    limit = _chosen_limit(max_episode_steps, env_spec)
    if limit is None:
        return None
    checked: int = _wrappers().check_max_episode_steps(limit)
    return checked


def _chosen_limit(max_episode_steps: int | None, env_spec: EnvSpec) -> int | None:
    """The requested limit or the spec's, unchecked; ``None`` for no limit."""
    if max_episode_steps is None:
        return env_spec.max_episode_steps
    return None if max_episode_steps == NO_TIME_LIMIT else max_episode_steps


def _choose_render_mode(creator: Any, render_mode: str | None) -> tuple[str | None, str | None]:
    """Finds the render mode of an environment, and the wrapper that turns it into the requested mode.

    Args:
        creator: The callable that makes the environment; its metadata are checked.
        render_mode: The requested mode.

    Returns:
        The mode, and the name of a wrapper in :mod:`plyo.wrappers`, or ``None``.
    """
    if not hasattr(creator, "metadata") or isinstance(creator.metadata, property):
        return render_mode, None  # a function has no metadata; the class of a wrapper has a property
    render_modes = _checked_render_modes(creator.metadata)
    if render_mode is None or render_modes is None:
        return render_mode, None
    shown = next((m for m in ("rgb_array", "rgb_array_list") if m in render_modes), None)
    shows_itself = "human" in render_modes and getattr(creator, "shows_itself", False)
    if render_mode == "human" and shown is not None and is_native(creator) and not shows_itself:
        return shown, "HumanRendering"  # native tasks draw, and windows are opened in Python
    if render_mode in render_modes:
        return render_mode, None
    if render_mode == "human" and shown is not None:
        logger.warn(
            "You are trying to use 'human' rendering for an environment that doesn't natively support it. "
            "The HumanRendering wrapper is being applied to your environment."
        )
        return shown, "HumanRendering"
    if render_mode.endswith("_list") and render_mode.removesuffix("_list") in render_modes:
        return render_mode.removesuffix("_list"), "RenderCollection"
    logger.warn(
        f"The environment is being initialised with render_mode={render_mode!r} "
        f"that is not in the possible render_modes ({render_modes})."
    )
    return render_mode, None


def _checked_render_modes(metadata: Any) -> Any:
    """The render modes in metadata, ``None`` without them; warns of illegal ones."""
    if not isinstance(metadata, dict):
        raise error.InvalidMetadata(
            f"Expect the environment metadata to be dict, actual type: {type(metadata)}"
        )
    render_modes = metadata.get("render_modes")
    if render_modes is None:
        logger.warn(
            "The environment creator metadata doesn't include `render_modes`, "
            f"contains: {list(metadata.keys())}"
        )
    elif not isinstance(render_modes, Iterable):
        logger.warn(
            "Expects the environment metadata render_modes to be a Iterable, "
            f"actual type: {type(render_modes)}"
        )
    return render_modes


def _bare_spec(env_spec: EnvSpec, env_kwargs: dict[str, Any]) -> EnvSpec:
    """The spec of an environment without wrappers: each of them adds its own part."""
    return EnvSpec(
        id=env_spec.id,
        entry_point=env_spec.entry_point,
        reward_threshold=env_spec.reward_threshold,
        nondeterministic=env_spec.nondeterministic,
        max_episode_steps=None,
        order_enforce=False,
        disable_env_checker=True,
        kwargs=env_kwargs,
        additional_wrappers=(),
        vector_entry_point=env_spec.vector_entry_point,
    )


def _create(
    creator: Any, env_spec: EnvSpec, env_kwargs: dict[str, Any], around: str | None, **engine_kwargs: Any
) -> Env[Any, Any]:
    """Calls the creator; adds the id and the arguments to its errors about arguments."""
    try:
        env: Env[Any, Any] = creator(**engine_kwargs, **env_kwargs)
    except TypeError as e:
        if around == "HumanRendering" and "got an unexpected keyword argument 'render_mode'" in str(e):
            raise error.Error(
                f"You passed render_mode='human' although {env_spec.id} doesn't implement human-rendering natively. "
                "Gym tried to apply the HumanRendering wrapper but it looks like your environment is using the old "
                "rendering API, which is not supported by the HumanRendering wrapper."
            ) from e
        where = f"was raised from the environment creator for {env_spec.id} with kwargs ({env_kwargs})"
        complaint, advice = getattr(e, "complaint", e), getattr(e, "advice", None)
        if advice is None and not is_native(creator):
            advice = _advice_on_arguments(env_spec, str(e), env_kwargs)
        if advice is None:
            raise type(e)(f"{complaint} {where}") from e
        raise TypeError(f"{complaint} {where}. {advice}") from e
    check_is_env(env)
    return env


def _advice_on_arguments(env_spec: EnvSpec, complaint: str, given: Iterable[str]) -> str | None:
    """What to do about arguments that an environment written in Python has refused; None where that is unknown."""
    if env_spec.entry_point == ENTRY_POINT:
        from plyo.envs.atari.unknown_names import advice_on

        return advice_on(complaint)
    from plyo.tasks.unknown_names import of_native_tasks

    return of_native_tasks(complaint, given)


def _count_prior_wrappers(env: Env[Any, Any], env_spec: EnvSpec) -> int:
    """The number of wrappers that the creator itself has put around the environment.

    Raises:
        ValueError: They are not the first wrappers of the spec.
    """
    assert env.spec is not None  # it was set on the unwrapped environment
    prior = env.spec.additional_wrappers
    expected = env_spec.additional_wrappers[: len(prior)]
    # A creator may put more wrappers around it than the spec, which was never made, has.
    if len(prior) == len(expected):
        for made, saved in zip(prior, expected, strict=True):
            if made != saved:
                raise ValueError(
                    f"The environment's wrapper spec {made} is different from the saved `EnvSpec` "
                    f"additional wrapper {saved}"
                )
    return len(prior)


def _add_checks(env: Env[Any, Any], checks: bool, in_order: bool, limit: int | None) -> Env[Any, Any]:
    """Puts the wrappers that check its calls around an environment."""
    wrappers = _wrappers()
    if checks:
        env = wrappers.PassiveEnvChecker(env)
    if in_order:
        env = wrappers.OrderEnforcing(env)
    if limit is not None:
        env = wrappers.TimeLimit(env, limit)
    return env


@cache
def _wrappers() -> Any:
    """The module of these wrappers, loaded when they are first needed."""
    from plyo.wrappers import common

    return common


def _add_wrappers(env: Env[Any, Any], env_spec: EnvSpec, num_prior_wrappers: int) -> Env[Any, Any]:
    """Puts the wrappers of the spec around the environment, except for the first few."""
    for wrapper in env_spec.additional_wrappers[num_prior_wrappers:]:
        if wrapper.kwargs is None:
            raise ValueError(
                f"{wrapper.name} wrapper does not inherit from "
                "`plyo.utils.RecordConstructorArgs`, therefore, the wrapper cannot be recreated."
            )
        env = load_env_creator(wrapper.entry_point)(env=env, **wrapper.kwargs)
    return env


def _add_rendering(env: Env[Any, Any], wrapper: str | None) -> Env[Any, Any]:
    """Puts the wrapper around an environment that its render mode needs, if any."""
    if wrapper is None:
        return env
    from plyo.wrappers import rendering

    wrapped: Env[Any, Any] = getattr(rendering, wrapper)(env)
    return wrapped


specs.maker = make
