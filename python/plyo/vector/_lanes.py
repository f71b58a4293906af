"""The attributes that the environments of a native batch would have one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from plyo.spaces import Space
from plyo.tasks.parameters import live_fields, shown


class NativeBatch(Protocol):
    """The part of :class:`plyo.vector.NativeVectorEnv` that this module uses."""

    num_envs: int
    render_mode: str | None
    _engine: Any
    _arguments: dict[str, Any]
    _description: dict[str, Any]

    @property
    def single_observation_space(self) -> Space[Any]:
        """The space of one observation."""

    @property
    def single_action_space(self) -> Space[Any]:
        """The space of one action."""


def _limit(envs: NativeBatch, lane: int) -> int:
    limit: int | None = envs._arguments["max_episode_steps"]
    if limit is None:
        raise _no_attribute(envs, "_max_episode_steps")
    return limit


def _elapsed(envs: NativeBatch, lane: int) -> int | None:
    if envs._arguments["max_episode_steps"] is None:
        raise _no_attribute(envs, "_elapsed_steps")
    return envs._engine.elapsed_steps(lane)  # type: ignore[no-any-return]


def _has_reset(envs: NativeBatch, lane: int) -> bool:
    return envs._engine.elapsed_steps(lane) is not None


_GETTERS: dict[str, Callable[[NativeBatch, int], Any]] = {
    "state": lambda envs, lane: envs._engine.variables(lane) if _has_reset(envs, lane) else None,
    "has_reset": _has_reset,
    "_elapsed_steps": _elapsed,
    "_max_episode_steps": _limit,
    "render_mode": lambda envs, lane: envs.render_mode,
    "observation_space": lambda envs, lane: envs.single_observation_space,
    "action_space": lambda envs, lane: envs.single_action_space,
}


def has_getter(envs: NativeBatch, name: str) -> bool:
    """Whether the engine itself knows an attribute of every lane."""
    declared = (attribute["name"] for attribute in envs._description["attributes"])
    live = live_fields(envs._description)
    return name in ("np_random", "np_random_seed", *declared, *live, *_GETTERS)


def get_lane_attribute(envs: NativeBatch, name: str) -> tuple[Any, ...]:
    """An attribute of every environment that :func:`has_getter` knows.

    Raises:
        AttributeError: There is no attribute of that name.
    """
    if name in ("np_random", "np_random_seed"):
        return tuple(getattr(envs, name))
    live = live_fields(envs._description)
    if name in live:
        return tuple(shown(envs._engine.param(live[name], lane)) for lane in range(envs.num_envs))
    getter = _GETTERS.get(name)
    if getter is None:
        return tuple(envs._engine.attribute(name, lane) for lane in range(envs.num_envs))
    return tuple(getter(envs, lane) for lane in range(envs.num_envs))


def _no_attribute(envs: NativeBatch, name: str) -> AttributeError:
    return AttributeError(f"{envs._description['class_name']!r} object has no attribute {name!r}")
