"""Conversion of environments and batches between Plyo and Gymnasium."""

from __future__ import annotations

from typing import Any

import gymnasium

from plyo.core import Env
from plyo.gymnasium.incoming import ForeignEnv, ForeignVectorEnv
from plyo.gymnasium.outgoing import GymnasiumEnv, GymnasiumVectorEnv
from plyo.gymnasium.specs import from_gymnasium_spec, to_gymnasium_spec
from plyo.vector import VectorEnv

__all__ = ["from_gymnasium", "to_gymnasium"]


def to_gymnasium(env: Any) -> Any:
    """Converts an environment or batch to Gymnasium's type.

    Observations, actions and infos are passed on as they are; only elements of ``Graph`` spaces have a type of their
    own. Attributes that Gymnasium's class has not are those of ``env``. ``env`` must not be used beside it.

    Args:
        env: A :class:`plyo.Env` or :class:`plyo.vector.VectorEnv`, with its wrappers. What is of Gymnasium's type, such
            as ``gymnasium.make("plyo/CartPole-v1")``, is returned as it is.

    Returns:
        A ``gymnasium.Env`` or ``gymnasium.vector.VectorEnv``, with spaces, spec and autoreset mode of Gymnasium.
        ``gymnasium.make(env.spec)`` makes another like it.

    Raises:
        TypeError: ``env`` is neither.
    """
    if isinstance(env, (gymnasium.Env, gymnasium.vector.VectorEnv)):
        return env
    if isinstance(env, (ForeignEnv, ForeignVectorEnv)):
        return env.env
    if isinstance(env, Env):
        return GymnasiumEnv(env, to_gymnasium_spec(env.spec))
    if isinstance(env, VectorEnv):
        return GymnasiumVectorEnv(env, to_gymnasium_spec(env.spec))
    raise TypeError(f"Expected a plyo.Env or a plyo.vector.VectorEnv, got {type(env)}")


def from_gymnasium(env: Any) -> Any:
    """Converts an environment or batch of Gymnasium, such as a third party's task, to Plyo's type.

    Observations, actions and infos are passed on as they are; only elements of ``Graph`` spaces have a type of their
    own. Attributes that Plyo's class has not are those of ``env``. ``env`` must not be used beside it.

    Args:
        env: A ``gymnasium.Env`` or ``gymnasium.vector.VectorEnv``, with its wrappers. What is of Plyo's type alone is
            returned as it is.

    Returns:
        A :class:`plyo.Env` or :class:`plyo.vector.VectorEnv`, with spaces, spec and autoreset mode of Plyo.
        ``plyo.make(env.spec)`` makes another like it.

    Raises:
        TypeError: ``env`` is neither.
    """
    if isinstance(env, (GymnasiumEnv, GymnasiumVectorEnv)):
        return env.env
    same = gymnasium.Env is Env  # under `plyo run`
    if isinstance(env, gymnasium.Env) and not same:
        return ForeignEnv(env, from_gymnasium_spec(env.spec))
    if isinstance(env, gymnasium.vector.VectorEnv) and not same:
        return ForeignVectorEnv(env, from_gymnasium_spec(env.spec))
    if isinstance(env, (Env, VectorEnv)):
        return env
    raise TypeError(f"Expected a gymnasium.Env or a gymnasium.vector.VectorEnv, got {type(env)}")
