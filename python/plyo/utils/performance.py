"""Measuring how fast environments are."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from plyo.core import Env
from plyo.vector.vector_env import AutoresetMode, VectorEnv


def _rate(count_once: Callable[[], int], target_duration: float) -> float:
    """Calls a function until the time is over; the sum of what it counted, per second.

    Raises:
        ValueError: The time is never over: the duration is infinite or NaN.
    """
    if not target_duration < inf:
        raise ValueError(f"target_duration must be a finite number of seconds, got {target_duration}")
    count = 0
    start = time.time()
    while True:
        count += count_once()
        elapsed = time.time() - start
        if elapsed > target_duration:
            return count / elapsed


def benchmark_step(env: Env[Any, Any], target_duration: int = 5, seed: int | None = None) -> float:
    """Measures steps with random actions; drawing these and resetting after episodes count as well.

    Args:
        env: The environment.
        target_duration: How long to measure, in seconds; the last step ends a little later.
        seed: The seed of the first reset.

    Returns:
        Steps per second.

    Raises:
        ValueError: ``target_duration`` is infinite or NaN.
    """
    env.reset(seed=seed)
    env.action_space.sample()

    def step() -> int:
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
        return 1

    return _rate(step, target_duration)


def benchmark_vector_step(env: VectorEnv, target_duration: int = 5, seed: int | None = None) -> float:
    """Measures steps of a batch with random actions.

    A reset that takes the place of a step (``AutoresetMode.NEXT_STEP``) is not counted; environments that do not reset
    themselves are reset.

    Args:
        env: The batch.
        target_duration: How long to measure, in seconds; the last step ends a little later.
        seed: The seed of the first reset and of the actions.

    Returns:
        Steps of single environments per second.

    Raises:
        ValueError: ``target_duration`` is infinite or NaN.
    """
    env.action_space.seed(seed)
    env.reset(seed=seed)
    env.step(env.action_space.sample())  # whatever is made or compiled on first use
    env.reset(seed=seed)
    mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
    resetting = np.zeros(env.num_envs, dtype=np.bool_)

    def step() -> int:
        nonlocal resetting
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        done = np.logical_or(terminated, truncated)
        steps = env.num_envs
        if mode == AutoresetMode.NEXT_STEP:
            steps -= int(np.count_nonzero(resetting))
            resetting = done
        elif mode == AutoresetMode.DISABLED and np.any(done):
            env.reset(options={"reset_mask": done})
        return steps

    return _rate(step, target_duration)


def benchmark_init(
    env_lambda: Callable[[], Env[Any, Any]], target_duration: int = 5, seed: int | None = None
) -> float:
    """Measures making an environment and resetting it for the first time.

    Args:
        env_lambda: The function that makes the environment.
        target_duration: How long to measure, in seconds; the last reset ends a little later.
        seed: The seed of the resets.

    Returns:
        Environments per second.

    Raises:
        ValueError: ``target_duration`` is infinite or NaN.
    """

    def init() -> int:
        env_lambda().reset(seed=seed)
        return 1

    return _rate(init, target_duration)


def benchmark_render(env: Env[Any, Any], target_duration: int = 5) -> float:
    """Measures rendering; not for the render mode ``"human"``.

    Args:
        env: The environment.
        target_duration: How long to measure, in seconds; the last picture ends a little later.

    Returns:
        Pictures per second.

    Raises:
        ValueError: ``target_duration`` is infinite or NaN.
    """

    def render() -> int:
        env.render()
        return 1

    return _rate(render, target_duration)
