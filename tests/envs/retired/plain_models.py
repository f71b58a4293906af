"""Steps the retired tasks beside their rules in plain Python (`benchmarks/python_tasks`), on the same streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import plyo
from python_tasks import TASKS


def assert_same(ours: Any, expected: Any, where: object) -> None:
    """Asserts that two values have the same type and the same value, all the way down."""
    if isinstance(expected, np.ndarray):
        assert type(ours) is np.ndarray, where
        assert (ours.dtype, ours.shape) == (expected.dtype, expected.shape), where
        assert ours.tobytes() == expected.tobytes(), (where, ours, expected)
        return
    assert type(ours) is type(expected), (where, ours, expected)
    if isinstance(expected, tuple):
        assert len(ours) == len(expected), where
        for i, (a, b) in enumerate(zip(ours, expected, strict=True)):
            assert_same(a, b, (where, i))
    else:
        assert ours == expected, (where, ours, expected)


def assert_same_episodes(
    task_id: str,
    actions_of: Callable[[np.random.Generator, int], Any],
    num_steps: int,
    num_seeds: int = 200,
    **kwargs: Any,
) -> None:
    """Asserts that a task and its rules agree step by step, with resets, streams at the end included.

    Args:
        task_id: The id.
        actions_of: Gives that many actions.
        num_steps: Steps of each seed.
        num_seeds: Seeds, from 0 on.
        kwargs: For ``plyo.make`` and the plain task.
    """
    env, plain = plyo.make(task_id, **kwargs), TASKS[task_id](**kwargs)
    limit = env.spec.max_episode_steps
    for seed in range(num_seeds):
        assert_same(env.reset(seed=seed), plain.reset(seed=seed), (task_id, seed))
        elapsed = 0
        for t, action in enumerate(actions_of(np.random.default_rng(seed), num_steps)):
            observation, reward, terminated, _, info = plain.step(action)
            elapsed += 1
            expected = (observation, reward, terminated, elapsed == limit, info)
            assert_same(env.step(action), expected, (task_id, kwargs, seed, t))
            if terminated or elapsed == limit:
                elapsed = 0
                assert_same(env.reset(), plain.reset(), (task_id, seed, t))
        assert env.np_random.bit_generator.state == plain.np_random.bit_generator.state
