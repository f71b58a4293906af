"""Checks an environment by using it: spaces, ``reset``, ``step``, rendering and closing.

:func:`check_env` runs all of them. Checks that only watch are in :mod:`plyo.utils.passive_env_checker`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from plyo import logger
from plyo.checks.env_type import check_is_env
from plyo.checks.episode_checks import (
    check_reset_options,
    check_reset_return_info_deprecation,
    check_reset_return_type,
    check_reset_seed_determinism,
    check_returned_data_not_reused,
    check_seed_deprecation,
    check_step_determinism,
)
from plyo.checks.episode_checks import data_equivalence as data_equivalence  # of Gymnasium's API
from plyo.checks.passive_env_checker import (
    check_action_space,
    check_observation_space,
    env_render_passive_checker,
    env_reset_passive_checker,
    env_step_passive_checker,
)
from plyo.checks.space_checks import check_space_limit
from plyo.core import Env
from plyo.envs.creators import is_native

_HELP = "See https://gymnasium.farama.org/introduction/create_custom_env/ for more info."


def check_env(
    env: Env[Any, Any],
    warn: bool | None = None,
    skip_render_check: bool = False,
    skip_close_check: bool = False,
) -> None:
    """Checks that an environment behaves as training code expects.

    Spaces, ``reset``, ``step`` and the random numbers are checked on the environment itself, rendering and closing on
    copies made from its spec, if it has one.

    Args:
        env: The environment, without wrappers.
        warn: Ignored.
        skip_render_check: Whether to leave out rendering.
        skip_close_check: Whether to leave out closing twice.

    Raises:
        TypeError: It is not a :class:`plyo.Env`, or a space is not a :class:`plyo.spaces.Space`.
        AttributeError: It has no action or observation space.
        plyo.error.Error: ``reset`` takes no seed or no options, or ``step`` does not return five values.
        AssertionError: Another fault. Bad practice only gives a warning.
    """
    if warn is not None:
        logger.warn("`check_env(warn=...)` parameter is now ignored.")
    _check_is_env(env)
    env = _with_numpy_data(env)
    for name in ("action", "observation"):
        if not hasattr(env, f"{name}_space"):
            raise AttributeError(f"The environment must specify an {name} space. {_HELP}")
        check = check_action_space if name == "action" else check_observation_space
        space = getattr(env, f"{name}_space")
        check(space)
        if not is_native(
            type(env.unwrapped)
        ):  # a hint to authors; a native task has the bounds of its reference
            check_space_limit(space, name)

    check_seed_deprecation(env)
    check_reset_return_info_deprecation(env)
    check_reset_return_type(env)
    check_reset_seed_determinism(env)
    check_reset_options(env)

    env_reset_passive_checker(env)
    env_step_passive_checker(env, env.action_space.sample())
    check_step_determinism(env)
    check_returned_data_not_reused(env)

    if not skip_render_check:
        _check_rendering(env)
    if not skip_close_check and env.spec is not None:
        _check_closing(env)


def _check_is_env(env: Any) -> None:
    """Raises for an object that is not an environment, and warns of a wrapped one."""
    check_is_env(env)
    if env.unwrapped is not env:
        logger.warn(
            f"The environment ({env}) is different from the unwrapped version ({env.unwrapped}). This could "
            "effect the environment checker as the environment most likely has a wrapper applied to it. We "
            "recommend using the raw environment for `check_env` using `env.unwrapped`."
        )


def _with_numpy_data(env: Env[Any, Any]) -> Env[Any, Any]:
    """The environment, with NumPy arrays in place of JAX's or PyTorch's if its metadata names these."""
    if env.metadata.get("jax", False):
        from plyo.wrappers import JaxToNumpy

        return JaxToNumpy(env)
    if env.metadata.get("torch", False):
        from plyo.wrappers import ArrayConversion

        return ArrayConversion(env, env_xp=import_module("torch"), target_xp=np)
    return env


def _check_rendering(env: Env[Any, Any]) -> None:
    """Renders the environment, and one made for each of its render modes."""
    if env.render_mode is not None:
        env_render_passive_checker(env)
    if env.spec is None:
        logger.warn(
            "Not able to test alternative render modes due to the environment not having a spec. "
            "Try instantiating the environment through `plyo.make`"
        )
        return
    for render_mode in env.metadata["render_modes"]:
        other = env.spec.make(render_mode=render_mode)
        other.reset()
        env_render_passive_checker(other)
        other.close()


def _check_closing(env: Env[Any, Any]) -> None:
    """Closes an environment made from the spec twice."""
    assert env.spec is not None
    other = env.spec.make()
    other.close()
    try:
        other.close()
    except Exception as e:
        logger.warn(
            f"Calling `env.close()` on the closed environment should be allowed, but it raised an exception: {e}"
        )
