"""Entry points of specs that have crossed from one library to the other."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec as GymnasiumEnvSpec

from plyo._registry.specs import EnvSpec
from plyo.envs.making import make
from plyo.envs.making_vec import make_vec
from plyo.gymnasium.converting import from_gymnasium, to_gymnasium


def make_from_plyo(spec: Any, **kwargs: Any) -> Any:
    """Makes an environment of Plyo and converts it.

    Args:
        spec: The spec of Plyo, or its JSON.
        **kwargs: Arguments of :func:`plyo.make`.
    """
    held = EnvSpec.from_json(spec) if isinstance(spec, str) else spec
    return to_gymnasium(make(held, **kwargs))


def make_vec_from_plyo(spec: Any, num_envs: int = 1, **kwargs: Any) -> Any:
    """Makes a batch of Plyo and converts it.

    Args:
        spec: The spec of Plyo, or its JSON.
        num_envs: The number of environments, unless the spec has one.
        **kwargs: Arguments of :func:`plyo.make_vec`.
    """
    held = EnvSpec.from_json(spec) if isinstance(spec, str) else spec
    return to_gymnasium(make_vec(held, num_envs=num_envs, **kwargs))


def make_from_gymnasium(spec: Any, **kwargs: Any) -> Any:
    """Makes an environment of Gymnasium and converts it.

    Args:
        spec: The spec of Gymnasium, or its JSON.
        **kwargs: Arguments of ``gymnasium.make``.
    """
    held = GymnasiumEnvSpec.from_json(spec) if isinstance(spec, str) else spec
    return from_gymnasium(gymnasium.make(held, **kwargs))


def make_vec_from_gymnasium(spec: Any, num_envs: int = 1, **kwargs: Any) -> Any:
    """Makes a batch of Gymnasium and converts it.

    Args:
        spec: The spec of Gymnasium, or its JSON.
        num_envs: The number of environments, unless the spec has one.
        **kwargs: Arguments of ``gymnasium.make_vec``.
    """
    held = GymnasiumEnvSpec.from_json(spec) if isinstance(spec, str) else spec
    return from_gymnasium(gymnasium.make_vec(held, num_envs=num_envs, **kwargs))
