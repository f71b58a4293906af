"""Steps the retired tasks beside plain Python models of their old rules, on the same random stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import plyo


class Model:
    """A task under the old interface: ``reset()`` gives an observation, ``step()`` the old four values.

    Args:
        seed: Of the same stream as ``env.reset(seed=seed)``.
    """

    def __init__(self, seed: int) -> None:
        self.np_random = np.random.default_rng(seed)

    def reset(self) -> Any:
        """The first observation."""
        raise NotImplementedError

    def step(self, action: Any) -> tuple[Any, float, bool]:
        """Observation, reward, done."""
        raise NotImplementedError

    def info(self) -> dict[str, Any]:
        """The info of a step or reset."""
        return {}


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
    model_of: Callable[[int], Model],
    actions_of: Callable[[np.random.Generator, int], Any],
    num_steps: int,
    num_seeds: int = 200,
    **kwargs: Any,
) -> None:
    """Asserts that a task and its model agree step by step, with resets, streams at the end included.

    Args:
        task_id: The id.
        model_of: The model for a seed.
        actions_of: Gives that many actions.
        num_steps: Steps of each seed.
        num_seeds: Seeds, from 0 on.
        kwargs: For ``plyo.make``.
    """
    env = plyo.make(task_id, **kwargs)
    limit = env.spec.max_episode_steps
    for seed in range(num_seeds):
        model = model_of(seed)
        assert_same(env.reset(seed=seed), (model.reset(), model.info()), (task_id, seed))
        elapsed = 0
        for t, action in enumerate(actions_of(np.random.default_rng(seed), num_steps)):
            observation, reward, done = model.step(action)
            elapsed += 1
            expected = (observation, reward, done, elapsed == limit, model.info())
            assert_same(env.step(action), expected, (task_id, kwargs, seed, t))
            if done or elapsed == limit:
                elapsed = 0
                assert_same(env.reset(), (model.reset(), model.info()), (task_id, seed, t))
        assert env.np_random.bit_generator.state == model.np_random.bit_generator.state
