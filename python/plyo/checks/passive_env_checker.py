"""Checks that only read the arguments and results of calls: the wrapper ``PassiveEnvChecker`` calls them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np

from plyo import error, logger
from plyo.checks.render_checks import check_render_fps, check_render_return, is_number
from plyo.checks.space_checks import check_action_space, check_obs, check_observation_space
from plyo.checks.space_checks import check_space as check_space  # of Gymnasium's API

if TYPE_CHECKING:
    from plyo.core import Env, RenderFrame

__all__ = [
    "check_action_space",
    "check_observation_space",
    "env_render_passive_checker",
    "env_reset_passive_checker",
    "env_step_passive_checker",
]


# Buffers that an environment hands out twice


def data_shares_objects(data_1: Any, data_2: Any) -> bool:
    """Whether a change to one value would change the other.

    Args:
        data_1: An observation or info.
        data_2: Another of the same structure.

    Returns:
        True if they have an array or dictionary in common, or arrays over the same memory. Immutable values and
        objects of unknown types do not count.
    """
    if type(data_1) is not type(data_2):
        return False
    if isinstance(data_1, dict):
        return data_1 is data_2 or any(
            data_shares_objects(data_1[key], data_2[key]) for key in data_1.keys() & data_2.keys()
        )
    if isinstance(data_1, tuple):
        return any(map(data_shares_objects, data_1, data_2))
    if isinstance(data_1, np.ndarray):
        if data_1.dtype == object:
            return data_1 is data_2 or any(map(data_shares_objects, data_1.flat, data_2.flat))
        return bool(np.shares_memory(data_1, data_2))  # views of one buffer are different objects
    return False


def env_data_reuse_passive_checker(
    previous_data: tuple[Any, dict[str, Any]],
    data: tuple[Any, dict[str, Any]],
    previous_source: str,
    source: str,
) -> None:
    """Warns if two calls returned observations or infos that share an object.

    Args:
        previous_data: Observation and info of the earlier call.
        data: Observation and info of the later one.
        previous_source: The earlier call, for the messages.
        source: The later call.
    """
    previous_obs, previous_info = previous_data
    obs, info = data
    for previous, present, plural, singular in (
        (previous_obs, obs, "observations", "observation"),
        (previous_info, info, "infos", "info"),
    ):
        if data_shares_objects(previous, present):
            logger.warn(
                f"The {plural} returned by `{previous_source}` and the following `{source}` share "
                "an object, therefore, modifying one will modify the other. Environments should return "
                f"new {singular} data on every call as users commonly keep the data returned to them."
            )


# Calls


def env_reset_passive_checker(env: Env[Any, Any], **kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """Resets an environment and checks the signature and the result of ``reset``.

    Args:
        env: The environment.
        **kwargs: Arguments for ``reset``.

    Returns:
        The result of ``env.reset``.

    Raises:
        AssertionError: The info is not a dictionary, or see :func:`check_obs`.
    """
    parameters = inspect.signature(env.reset).parameters
    if "seed" not in parameters and "kwargs" not in parameters:
        logger.deprecation(
            "Current plyo version requires that `Env.reset` can be passed a `seed` instead of using "
            "`Env.seed` for resetting the environment random number generator."
        )
    else:
        seed_parameter = parameters.get("seed")
        if seed_parameter is not None and seed_parameter.default is not None:
            logger.warn(
                "The default seed argument in `Env.reset` should be `None`, otherwise the environment will by "
                f"default always be deterministic. Actual default: {seed_parameter}"
            )
    if "options" not in parameters and "kwargs" not in parameters:
        logger.deprecation(
            "Current plyo version requires that `Env.reset` can be passed `options` to allow the environment "
            "initialisation to be passed additional information."
        )

    result = env.reset(**kwargs)
    if not isinstance(result, tuple):
        logger.warn(
            "The result returned by `env.reset()` was not a tuple of the form `(obs, info)`, where `obs` is a "
            "observation and `info` is a dictionary containing additional information. "
            f"Actual type: `{type(result)}`"
        )
    elif len(result) != 2:
        logger.warn(
            "The result returned by `env.reset()` should be `(obs, info)` by default, , where `obs` is a "
            "observation and `info` is a dictionary containing additional information."
        )
    else:
        obs, info = result
        check_obs(obs, env.observation_space, "reset")
        assert isinstance(info, dict), (
            f"The second element returned by `env.reset()` was not a dictionary, actual type: {type(info)}"
        )
    return result


def env_step_passive_checker(
    env: Env[Any, Any], action: Any
) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
    """Steps an environment and checks the result of ``step``; the action is not checked.

    Args:
        env: The environment.
        action: The action.

    Returns:
        The result of ``env.step``.

    Raises:
        plyo.error.Error: It is neither a tuple of five nor one of four, as in old Gym.
        AssertionError: It is not a tuple, the info is not a dictionary, or see :func:`check_obs`.
    """
    result: Any = env.step(action)
    assert isinstance(result, tuple), f"Expects step result to be a tuple, actual type: {type(result)}"
    if len(result) == 4:
        logger.deprecation(
            "Core environment is written in old step API which returns one bool instead of two. "
            "It is recommended to rewrite the environment with new step API. "
        )
        flags = {"done": result[2]}
    elif len(result) == 5:
        flags = {"terminated": result[2], "truncated": result[3]}
    else:
        raise error.Error(
            "Expected `Env.step` to return a four or five element tuple, "
            f"actual number of elements returned: {len(result)}."
        )
    obs, reward, info = result[0], result[1], result[-1]
    for name, flag in flags.items():
        if not isinstance(flag, (bool, np.bool_)):
            logger.warn(f"Expects `{name}` signal to be a boolean, actual type: {type(flag)}")

    check_obs(obs, env.observation_space, "step")
    _check_reward(reward)
    assert isinstance(info, dict), (
        f"The `info` returned by `step()` must be a python dictionary, actual type: {type(info)}"
    )
    return result  # type: ignore[no-any-return]


def _check_reward(reward: Any) -> None:
    """Warns if a reward is not a finite number."""
    if not is_number(reward):
        logger.warn(
            "The reward returned by `step()` must be a float, int, np.integer or np.floating, "
            f"actual type: {type(reward)}"
        )
        return
    if np.isnan(reward):
        logger.warn("The reward is a NaN value.")
    if np.isinf(reward):
        logger.warn("The reward is an inf value.")


# Rendering


def env_render_passive_checker(env: Env[Any, Any]) -> RenderFrame | list[RenderFrame] | None:
    """Renders an environment and checks the metadata about rendering and the picture.

    Args:
        env: The environment.

    Returns:
        The result of ``env.render``.

    Raises:
        AssertionError: The render mode is not in the metadata, or the frame rate not positive.
    """
    render_modes = env.metadata.get("render_modes")
    if render_modes is None:
        logger.warn(
            "No render modes was declared in the environment (env.metadata['render_modes'] is None or not "
            "defined), you may have trouble when calling `.render()`."
        )
    else:
        if not isinstance(render_modes, (list, tuple)):
            logger.warn(
                f"Expects the render_modes to be a sequence (i.e. list, tuple), actual type: {type(render_modes)}"
            )
        elif not all(isinstance(mode, str) for mode in render_modes):
            logger.warn(
                f"Expects all render modes to be strings, actual types: {[type(mode) for mode in render_modes]}"
            )
        if len(render_modes) == 0:
            assert env.render_mode is None, (
                f"With no render_modes, expects the Env.render_mode to be None, actual value: {env.render_mode}"
            )
        else:
            check_render_fps(env.metadata.get("render_fps"))
            assert env.render_mode is None or env.render_mode in render_modes, (
                "The environment was initialized successfully however with an unsupported render mode. "
                f"Render mode: {env.render_mode}, modes: {render_modes}"
            )

    result = env.render()
    if env.render_mode is not None:
        check_render_return(env.render_mode, result)
    return result
