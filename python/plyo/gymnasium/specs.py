"""Specs that cross from one library to the other: :mod:`plyo.gymnasium.making` makes and converts again."""

from __future__ import annotations

from typing import Any

from gymnasium.envs.registration import EnvSpec as GymnasiumEnvSpec

from plyo._registry.specs import EnvSpec

_MAKING = "plyo.gymnasium.making"


def to_gymnasium_spec(spec: EnvSpec | None) -> Any:
    """A spec from which ``gymnasium.make`` or ``gymnasium.make_vec`` makes a converted environment or batch.

    Args:
        spec: A spec of Plyo; None for none.
    """
    if spec is None:
        return None
    return _crossed(spec, GymnasiumEnvSpec, f"{_MAKING}:make_from_plyo", f"{_MAKING}:make_vec_from_plyo")


def from_gymnasium_spec(spec: Any) -> EnvSpec | None:
    """A spec from which :func:`plyo.make` or :func:`plyo.make_vec` makes a converted environment or batch.

    Args:
        spec: A spec of Gymnasium; None for none.
    """
    if spec is None:
        return None
    crossed: EnvSpec = _crossed(
        spec, EnvSpec, f"{_MAKING}:make_from_gymnasium", f"{_MAKING}:make_vec_from_gymnasium"
    )
    return crossed


def _crossed(spec: Any, target: Any, entry_point: str, vector_entry_point: str) -> Any:
    """A spec of the other library that holds a spec, as JSON where that is possible."""
    try:
        held: Any = spec.to_json()
    except (TypeError, ValueError):
        held = spec
    return target(
        id=spec.id,
        entry_point=entry_point,
        vector_entry_point=vector_entry_point,
        reward_threshold=spec.reward_threshold,
        nondeterministic=spec.nondeterministic,
        max_episode_steps=spec.max_episode_steps,
        order_enforce=False,
        disable_env_checker=True,
        kwargs={"spec": held},
    )
