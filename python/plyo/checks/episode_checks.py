"""Checks of ``reset`` and ``step``, for :mod:`plyo.utils.env_checker`."""

from __future__ import annotations

import inspect
from copy import deepcopy
from itertools import combinations
from typing import Any

import numpy as np

from plyo import error, logger
from plyo.checks.passive_env_checker import data_shares_objects
from plyo.core import Env

_TOLERANCE = 1e-5


def data_equivalence(data_1: Any, data_2: Any, exact: bool = False) -> bool:
    """Whether two observations, actions or infos are equal in type, structure and values.

    Args:
        data_1: One of them.
        data_2: The other.
        exact: Whether numbers in arrays must be equal, not only close to each other (1e-5, relative and absolute).
    """
    if type(data_1) is not type(data_2):
        return False
    if isinstance(data_1, dict):
        return data_1.keys() == data_2.keys() and all(
            data_equivalence(value, data_2[key], exact) for key, value in data_1.items()
        )
    if isinstance(data_1, (tuple, list)):
        return len(data_1) == len(data_2) and all(
            data_equivalence(part_1, part_2, exact) for part_1, part_2 in zip(data_1, data_2, strict=True)
        )
    if isinstance(data_1, np.ndarray):
        if data_1.shape != data_2.shape or data_1.dtype != data_2.dtype:
            return False
        if data_1.dtype == object:
            return all(
                data_equivalence(part_1, part_2, exact) for part_1, part_2 in zip(data_1, data_2, strict=True)
            )
        if exact:
            return bool(np.all(data_1 == data_2))
        return np.allclose(data_1, data_2, rtol=_TOLERANCE, atol=_TOLERANCE)
    return bool(data_1 == data_2)  # NumPy's scalars answer with their own kind of bool


def _takes(env: Env[Any, Any], argument: str) -> bool:
    """Whether ``reset`` takes an argument, by name or in ``**kwargs``."""
    parameters = inspect.signature(env.reset).parameters
    if argument in parameters:
        return True
    return "kwargs" in parameters and parameters["kwargs"].kind is inspect.Parameter.VAR_KEYWORD


def _stream_state(env: Env[Any, Any]) -> Any:
    """A copy of the state of the environment's random numbers."""
    return deepcopy(env.unwrapped._np_random).bit_generator.state  # type: ignore[union-attr]


# reset


def _reset_into_space(env: Env[Any, Any], call: str, **kwargs: Any) -> Any:
    """Resets, and returns the observation, which must be in its space."""
    obs, _ = env.reset(**kwargs)
    assert obs in env.observation_space, (
        f"The observation returned by `{call}` is not within the observation space."
    )
    return obs


def _reset_with_seeds(env: Env[Any, Any]) -> None:
    """Resets with and without seeds and compares observations and random numbers."""
    seeded, unseeded = "env.reset(seed=123)", "env.reset()"
    # some environments change a returned observation later
    obs_1 = deepcopy(_reset_into_space(env, seeded, seed=123))
    assert env.unwrapped._np_random is not None, (
        "Expects the random number generator to have been generated given a seed was passed to reset. "
        "Most likely the environment reset function does not call `super().reset(seed=seed)`."
    )
    stream_1 = _stream_state(env)
    obs_2 = deepcopy(_reset_into_space(env, unseeded))
    obs_3 = _reset_into_space(env, seeded, seed=123)
    stream_3 = _stream_state(env)
    obs_4 = _reset_into_space(env, unseeded)

    if env.spec is not None and env.spec.nondeterministic is False:
        pairs = {
            f"`{seeded}`": (obs_1, obs_3),
            f"`{seeded}` then `{unseeded}`": (obs_2, obs_4),
        }
        for call, pair in pairs.items():
            assert data_equivalence(*pair), (
                f"Using {call} is non-deterministic as the observations are not equivalent."
            )
        for call, pair in pairs.items():
            if not data_equivalence(*pair, exact=True):
                logger.warn(f"Using {call} observations are not equal although similar.")

    assert stream_1 == stream_3, (
        "Most likely the environment reset function does not call `super().reset(seed=seed)` as the random "
        "generates are not same when the same seeds are passed to `env.reset`."
    )
    _reset_into_space(env, "env.reset(seed=456)", seed=456)
    assert _stream_state(env) != stream_1, (
        "Most likely the environment reset function does not call `super().reset(seed=seed)` as the random "
        "number generators are not different when different seeds are passed to `env.reset`."
    )


def check_reset_seed_determinism(env: Env[Any, Any]) -> None:
    """Checks that the seed of ``reset`` determines the episode.

    Args:
        env: The environment.

    Raises:
        plyo.error.Error: ``reset`` takes no seed.
        AssertionError: The seed does not restart the random numbers, equal seeds lead to different observations, or
            an observation is not in its space.
    """
    if not _takes(env, "seed"):
        raise error.Error("The `reset` method does not provide a `seed` or `**kwargs` keyword argument.")
    try:
        _reset_with_seeds(env)
    except TypeError as e:
        raise AssertionError(
            "The environment cannot be reset with a random seed, even though `seed` or `kwargs` appear in the "
            f"signature. This should never happen, please report this issue. The error was: {e}"
        ) from e
    parameter = inspect.signature(env.reset).parameters.get("seed")
    if parameter is not None and parameter.default is not None:
        logger.warn(
            "The default seed argument in reset should be `None`, otherwise the environment will by default "
            f"always be deterministic. Actual default: {parameter.default}"
        )


def check_reset_options(env: Env[Any, Any]) -> None:
    """Checks that ``reset`` takes options.

    Args:
        env: The environment.

    Raises:
        plyo.error.Error: It takes no options.
        AssertionError: It has the argument, but a call with it raises a ``TypeError``.
    """
    if not _takes(env, "options"):
        raise error.Error("The `reset` method does not provide an `options` or `**kwargs` keyword argument.")
    try:
        env.reset(options={})
    except TypeError as e:
        raise AssertionError(
            "The environment cannot be reset with options, even though `options` or `**kwargs` appear in the "
            f"signature. This should never happen, please report this issue. The error was: {e}"
        ) from e


def check_reset_return_info_deprecation(env: Env[Any, Any]) -> None:
    """Warns if ``reset`` has the argument ``return_info`` of old Gym."""
    if "return_info" in inspect.signature(env.reset).parameters:
        logger.warn(
            "`return_info` is deprecated as an optional argument to `reset`. `reset`"
            "should now always return `obs, info` where `obs` is an observation, and `info` is a dictionary"
            "containing additional information."
        )


def check_seed_deprecation(env: Env[Any, Any]) -> None:
    """Warns if the environment has the method ``seed`` of old Gym."""
    if callable(getattr(env, "seed", None)):
        logger.warn(
            "Official support for the `seed` function is dropped. "
            "Standard practice is to reset plyo environments using `env.reset(seed=<desired seed>)`"
        )


def check_reset_return_type(env: Env[Any, Any]) -> None:
    """Checks that ``reset`` returns an observation of the space and an info.

    Args:
        env: The environment.

    Raises:
        AssertionError: It returns something else.
    """
    result: Any = env.reset()
    assert isinstance(result, tuple), (
        "The result returned by `env.reset()` was not a tuple of the form `(obs, info)`, where `obs` is a "
        "observation and `info` is a dictionary containing additional information. "
        f"Actual type: `{type(result)}`"
    )
    assert len(result) == 2, (
        f"Calling the reset method did not return a 2-tuple, actual length: {len(result)}"
    )
    obs, info = result
    assert obs in env.observation_space, (
        "The first element returned by `env.reset()` is not within the observation space."
    )
    assert isinstance(info, dict), (
        f"The second element returned by `env.reset()` was not a dictionary, actual type: {type(info)}"
    )


# step


def check_step_determinism(env: Env[Any, Any], seed: int = 123) -> None:
    """Checks that a step after a seeded reset gives the same result twice.

    Args:
        env: The environment; nothing is checked if its spec says that it is not deterministic.
        seed: The seed of the resets and of the action.

    Raises:
        AssertionError: The steps differ, or the environment truncates its first step.
    """
    if env.spec is not None and env.spec.nondeterministic is True:
        return
    env.action_space.seed(seed)
    action = env.action_space.sample()

    steps = []
    streams = []
    for _ in range(2):
        env.reset(seed=seed)
        obs, reward, terminated, truncated, info = env.step(action)
        steps.append((deepcopy(obs), reward, terminated, truncated, info))
        assert env.unwrapped._np_random is not None, "env.reset() should have initialized env._np_random"
        streams.append(_stream_state(env))
    (
        (obs_0, reward_0, terminated_0, truncated_0, info_0),
        (obs_1, reward_1, terminated_1, truncated_1, info_1),
    ) = steps
    assert streams[0] == streams[1], "The `.np_random` is not properly been updated after step."

    _check_same("observations", obs_0, obs_1)
    _check_same("rewards", reward_0, reward_1)
    assert data_equivalence(terminated_0, terminated_1, exact=True), (
        "Deterministic step termination are not equivalent for the same seed and action"
    )
    assert truncated_0 is False and truncated_1 is False, (  # noqa: PT018 - one complaint for both
        "Environment truncates after 1 step, something has gone very wrong."
    )
    _check_same("info", info_0, info_1)


def _check_same(what: str, value_0: Any, value_1: Any) -> None:
    """Compares a part of two steps that should be the same, and warns if it is only similar."""
    assert data_equivalence(value_0, value_1), (
        f"Deterministic step {what} are not equivalent for the same seed and action"
    )
    if not data_equivalence(value_0, value_1, exact=True):
        logger.warn(f"Step {what} are not equal although similar given the same seed and action")


def check_returned_data_not_reused(env: Env[Any, Any], seed: int = 123) -> None:
    """Checks that every call returns observations and infos of its own.

    Identity is compared, not value: an environment must copy even a constant observation.

    Args:
        env: The environment.
        seed: The seed of the resets and of the actions.

    Raises:
        AssertionError: Two calls returned data that share an object.
    """
    env.action_space.seed(seed)
    calls: list[tuple[str, tuple[Any, Any]]] = [("env.reset() (call 1)", env.reset(seed=seed))]
    for _ in range(2):
        obs, _, terminated, truncated, info = env.step(env.action_space.sample())
        calls.append((f"env.step() (call {len(calls) + 1})", (obs, info)))
        if terminated or truncated:
            break
    calls.append((f"env.reset() (call {len(calls) + 1})", env.reset(seed=seed)))

    for (source_1, data_1), (source_2, data_2) in combinations(calls, 2):
        names = (("observations", "observation"), ("infos", "info"))
        for part_1, part_2, (plural, singular) in zip(data_1, data_2, names, strict=True):
            assert not data_shares_objects(part_1, part_2), (
                f"The {plural} returned by `{source_1}` and `{source_2}` share an object, therefore, "
                f"modifying one will modify the other. Environments must return new {singular} data on "
                "every call as users keep the data returned to them."
            )
