"""Checks of environments that only look at what passes by: the wrapper ``PassiveEnvChecker`` calls them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np

from plyo import error, logger, spaces

if TYPE_CHECKING:
    from plyo.core import Env, RenderFrame

__all__ = [
    "check_action_space",
    "check_observation_space",
    "env_render_passive_checker",
    "env_reset_passive_checker",
    "env_step_passive_checker",
]


# Spaces


def _check_box_observation_space(observation_space: spaces.Box) -> None:
    """Checks the bounds of an observation Box: their shapes, and that there is room between them."""
    low, high, shape = observation_space.low, observation_space.high, observation_space.shape
    assert low.shape == shape, (
        "The Box observation space shape and low shape have different shapes, "
        f"low shape: {low.shape}, box shape: {shape}"
    )
    assert high.shape == shape, (
        "The Box observation space shape and high shape have have different shapes, "
        f"high shape: {high.shape}, box shape: {shape}"
    )
    if np.any(low == high):
        logger.warn("A Box observation space maximum and minimum values are equal.")
    elif np.any(high < low):
        logger.warn("A Box observation space low value is greater than a high value.")


def _check_box_action_space(action_space: spaces.Box) -> None:
    """Checks the bounds of an action Box: their shapes, and that they differ."""
    low, high, shape = action_space.low, action_space.high, action_space.shape
    assert low.shape == shape, (
        "The Box action space shape and low shape have have different shapes, "
        f"low shape: {low.shape}, box shape: {shape}"
    )
    assert high.shape == shape, (
        "The Box action space shape and high shape have different shapes, "
        f"high shape: {high.shape}, box shape: {shape}"
    )
    if np.any(low == high):
        logger.warn("A Box action space maximum and minimum values are equal.")


def check_space(
    space: spaces.Space[Any], space_type: str, check_box_space_fn: Callable[[spaces.Box], None]
) -> None:
    """Checks that a space makes sense, those inside a Tuple or Dict included.

    Args:
        space: The space.
        space_type: ``"observation"`` or ``"action"``, for the messages.
        check_box_space_fn: What checks a Box.

    Raises:
        TypeError: It is not a :class:`plyo.spaces.Space`.
        AssertionError: It is empty, or its shape does not fit its bounds.
    """
    if not isinstance(space, spaces.Space):
        _refuse_non_space(space, space_type)
    elif isinstance(space, spaces.Box):
        check_box_space_fn(space)
    elif isinstance(space, spaces.Discrete):
        assert space.n > 0, (
            f"Discrete {space_type} space's number of elements must be positive, "
            f"actual number of elements: {space.n}"
        )
        assert space.shape == (), (
            f"Discrete {space_type} space's shape should be empty, actual shape: {space.shape}"
        )
    elif isinstance(space, spaces.MultiDiscrete):
        assert space.shape == space.nvec.shape, (
            f"Multi-discrete {space_type} space's shape must be equal to the nvec shape, "
            f"space shape: {space.shape}, nvec shape: {space.nvec.shape}"
        )
        assert np.all(space.nvec > 0), (
            f"Multi-discrete {space_type} space's all nvec elements must be greater than 0, "
            f"actual nvec: {space.nvec}"
        )
    elif isinstance(space, spaces.MultiBinary):
        assert np.all(np.asarray(space.shape) > 0), (
            f"Multi-binary {space_type} space's all shape elements must be greater than 0, "
            f"actual shape: {space.shape}"
        )
    elif isinstance(space, spaces.Tuple):
        assert len(space.spaces) > 0, f"An empty Tuple {space_type} space is not allowed."
        for subspace in space.spaces:
            check_space(subspace, space_type, check_box_space_fn)
    elif isinstance(space, spaces.Dict):
        assert len(space.spaces) > 0, f"An empty Dict {space_type} space is not allowed."
        for subspace in space.spaces.values():
            check_space(subspace, space_type, check_box_space_fn)


def _refuse_non_space(space: object, space_type: str) -> None:
    """Raises for an object in the place of a space; one of OpenAI Gym's is told from the others."""
    base = str(space.__class__.__base__)
    if base == "<class 'gym.spaces.space.Space'>":
        raise TypeError(
            f"Gym is incompatible with Plyo, please update the environment {space_type}_space "
            f"to `{base.replace('gym', 'plyo')}`."
        )
    raise TypeError(
        f"{space_type} space does not inherit from `plyo.spaces.Space`, actual type: {type(space)}"
    )


#: :func:`check_space` for observation spaces.
check_observation_space: Callable[[spaces.Space[Any]], None] = partial(
    check_space, space_type="observation", check_box_space_fn=_check_box_observation_space
)
#: :func:`check_space` for action spaces.
check_action_space: Callable[[spaces.Space[Any]], None] = partial(
    check_space, space_type="action", check_box_space_fn=_check_box_action_space
)


# Observations


def check_obs(obs: Any, observation_space: spaces.Space[Any], method_name: str) -> None:
    """Warns if an observation is not what the space says.

    Args:
        obs: The observation.
        observation_space: Its space.
        method_name: The method that returned it, for the messages.

    Raises:
        AssertionError: The observation of a Dict or Tuple has other parts than the space.
    """
    pre = f"The obs returned by the `{method_name}()` method"
    if isinstance(observation_space, spaces.Discrete):
        if not isinstance(obs, (np.int64, int)):
            logger.warn(f"{pre} should be an int or np.int64, actual type: {type(obs)}")
    elif isinstance(observation_space, spaces.Box):
        if observation_space.shape != ():
            if not isinstance(obs, np.ndarray):
                logger.warn(f"{pre} was expecting a numpy array, actual type: {type(obs)}")
            elif obs.dtype != observation_space.dtype:
                logger.warn(
                    f"{pre} was expecting numpy array dtype to be {observation_space.dtype}, "
                    f"actual type: {obs.dtype}"
                )
    elif isinstance(observation_space, (spaces.MultiBinary, spaces.MultiDiscrete)):
        if not isinstance(obs, np.ndarray):
            logger.warn(f"{pre} was expecting a numpy array, actual type: {type(obs)}")
    elif isinstance(observation_space, spaces.Tuple):
        if not isinstance(obs, tuple):
            logger.warn(f"{pre} was expecting a tuple, actual type: {type(obs)}")
        assert len(obs) == len(observation_space.spaces), (
            f"{pre} length is not same as the observation space length, "
            f"obs length: {len(obs)}, space length: {len(observation_space.spaces)}"
        )
        for part, subspace in zip(obs, observation_space.spaces, strict=True):
            check_obs(part, subspace, method_name)
    elif isinstance(observation_space, spaces.Dict):
        assert isinstance(obs, dict), f"{pre} must be a dict, actual type: {type(obs)}"
        assert obs.keys() == observation_space.spaces.keys(), (
            f"{pre} observation keys is not same as the observation space keys, "
            f"obs keys: {list(obs.keys())}, space keys: {list(observation_space.spaces.keys())}"
        )
        for key, subspace in observation_space.spaces.items():
            check_obs(obs[key], subspace, method_name)

    try:
        inside = obs in observation_space
    except Exception as e:  # whatever a space raises for something so foreign
        logger.warn(f"{pre} is not within the observation space with exception: {e}")
    else:
        if not inside:
            logger.warn(f"{pre} is not within the observation space.")


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
    """Resets an environment and checks the signature of ``reset`` and what it returns.

    Args:
        env: The environment.
        **kwargs: Arguments for ``reset``.

    Returns:
        What ``env.reset`` returned.

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
    """Steps an environment and checks what ``step`` returns; the action is not looked at.

    Args:
        env: The environment.
        action: The action.

    Returns:
        What ``env.step`` returned.

    Raises:
        plyo.error.Error: It is neither a tuple of five nor one of four, as in old Gym.
        AssertionError: It is no tuple, the info is not a dictionary, or see :func:`check_obs`.
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


def _is_number(value: object) -> bool:
    """Whether a value is an integer or a float of Python or NumPy; a bool is none."""
    return np.issubdtype(type(value), np.integer) or np.issubdtype(type(value), np.floating)


def _check_reward(reward: Any) -> None:
    """Warns if a reward is no finite number."""
    if not _is_number(reward):
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


def _check_render_return(render_mode: str, render_return: Any) -> None:
    """Warns if a picture is not of the kind that the render mode names."""
    kind = type(render_return)
    if render_mode == "human":
        if render_return is not None:
            logger.warn(f"Human rendering should return `None`, got {kind}")
    elif render_mode == "rgb_array":
        if not isinstance(render_return, np.ndarray):
            logger.warn(f"RGB-array rendering should return a numpy array, got {kind}")
            return
        prefix = "RGB-array rendering should return a numpy array"
        if render_return.dtype != np.uint8:
            logger.warn(f"{prefix} with dtype uint8, got {render_return.dtype}")
        if render_return.ndim != 3:
            logger.warn(f"{prefix} with three axes, got {render_return.ndim}")
        elif render_return.shape[2] != 3:
            logger.warn(f"{prefix} in which the last axis has three dimensions, got {render_return.shape[2]}")
    elif render_mode == "depth_array":
        if not isinstance(render_return, np.ndarray):
            logger.warn(f"Depth-array rendering should return a numpy array, got {kind}")
        elif render_return.ndim != 2:
            logger.warn(
                f"Depth-array rendering should return a numpy array with two axes, got {render_return.ndim}"
            )
    elif render_mode in ("ansi", "ascii"):
        if not isinstance(render_return, str):
            logger.warn(f"ANSI/ASCII rendering should produce a string, got {kind}")
    elif render_mode.endswith("_list"):
        if not isinstance(render_return, list):
            logger.warn(f"Render mode `{render_mode}` should produce a list, got {kind}")
            return
        for picture in render_return:
            _check_render_return(render_mode.removesuffix("_list"), picture)


def _check_render_fps(render_fps: Any) -> None:
    """Checks the frame rate of an environment that can be rendered."""
    if render_fps is None:
        logger.warn(
            "No render fps was declared in the environment (env.metadata['render_fps'] is None or not "
            "defined), rendering may occur at inconsistent fps."
        )
    elif not _is_number(render_fps):
        logger.warn(
            "Expects the `env.metadata['render_fps']` to be an integer or a float, "
            f"actual type: {type(render_fps)}"
        )
    else:
        assert render_fps > 0, (
            f"Expects the `env.metadata['render_fps']` to be greater than zero, actual value: {render_fps}"
        )


def env_render_passive_checker(env: Env[Any, Any]) -> RenderFrame | list[RenderFrame] | None:
    """Renders an environment and checks the metadata about rendering and the picture.

    Args:
        env: The environment.

    Returns:
        What ``env.render`` returned.

    Raises:
        AssertionError: The render mode is none of those in the metadata, or the frame rate not positive.
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
            _check_render_fps(env.metadata.get("render_fps"))
            assert env.render_mode is None or env.render_mode in render_modes, (
                "The environment was initialized successfully however with an unsupported render mode. "
                f"Render mode: {env.render_mode}, modes: {render_modes}"
            )

    result = env.render()
    if env.render_mode is not None:
        _check_render_return(env.render_mode, result)
    return result
