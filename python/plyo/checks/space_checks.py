"""Checks of spaces and of observations, for :mod:`plyo.utils.passive_env_checker`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from plyo import logger, spaces


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
    """Checks that a space makes sense, and every space inside a Tuple or Dict.

    Args:
        space: The space.
        space_type: ``"observation"`` or ``"action"``, for the messages.
        check_box_space_fn: The function that checks a Box.

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
    """Raises for an object that is not a space; the text names OpenAI Gym if it is a space of Gym."""
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
    """Warns if an observation does not fit the space.

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
    except Exception as e:  # of any kind: a space may raise anything for a foreign value
        logger.warn(f"{pre} is not within the observation space with exception: {e}")
    else:
        if not inside:
            logger.warn(f"{pre} is not within the observation space.")


def check_space_limit(space: spaces.Space[Any], space_type: str) -> None:
    """Warns of Boxes without bounds, and of actions that are not normalised.

    Args:
        space: The space; for a Tuple or Dict, the parts are checked.
        space_type: ``"observation"`` or ``"action"``.
    """
    if isinstance(space, spaces.Box):
        if np.any(np.equal(space.low, -np.inf)):
            logger.warn(f"A Box {space_type} space minimum value is -infinity. This is probably too low.")
        if np.any(np.equal(space.high, np.inf)):
            logger.warn(f"A Box {space_type} space maximum value is infinity. This is probably too high.")
        if space_type == "action" and len(space.shape) == 1 and not _is_normalised(space):
            logger.warn(
                "For Box action spaces, we recommend using a symmetric and normalized space (range=[-1, 1] or "
                "[0, 1]). See https://stable-baselines3.readthedocs.io/en/master/guide/rl_tips.html for more "
                "information."
            )
    elif isinstance(space, spaces.Tuple):
        for subspace in space.spaces:
            check_space_limit(subspace, space_type)
    elif isinstance(space, spaces.Dict):
        for subspace in space.spaces.values():
            check_space_limit(subspace, space_type)


def _is_normalised(space: spaces.Box) -> bool:
    """Whether every element has bounds within [-1, 1] that begin at 0 or lie symmetrically around it."""
    zero_based = space.low == np.zeros_like(space.low)
    symmetric = np.abs(space.low) == np.abs(space.high)
    return bool(np.all(zero_based | symmetric) and np.all(space.low >= -1) and np.all(space.high <= 1))
