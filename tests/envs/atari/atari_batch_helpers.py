"""Playing batches of Atari games, and comparing what they return."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from plyo.envs.atari.vector_env import AtariVectorEnv

Step = tuple[Any, ...]
#: Whether soaks play all; without PLYO_ATARI_SOAK=1 they stay within some minutes.
IS_LONG = os.environ.get("PLYO_ATARI_SOAK") == "1"


def play(envs: Any, steps: int, seed: int = 0, count: int | None = None) -> list[Step]:
    """Steps a batch with random actions; returns what each step has."""
    count = envs.single_action_space.n if count is None else count
    actions = np.random.default_rng(seed).integers(0, count, size=(steps, envs.num_envs))
    return [envs.step(each) for each in actions]


def episodes(game: str, num_envs: int, steps: int, seed: int = 3, **arguments: Any) -> list[Step]:
    """A seeded reset of a new batch and random steps."""
    envs = AtariVectorEnv(game, num_envs, **arguments)
    try:
        return [envs.reset(seed=seed), *play(envs, steps)]
    finally:
        envs.close()


def assert_same(first: Any, second: Any, where: str = "") -> None:
    """Fails at the first value that differs, dtypes included."""
    assert type(first) is type(second), where
    if isinstance(first, dict):
        assert first.keys() == second.keys(), where
        for key in first:
            assert_same(first[key], second[key], f"{where}[{key!r}]")
    elif isinstance(first, (tuple, list)):
        assert len(first) == len(second), where
        for i, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_same(one, other, f"{where}[{i}]")
    elif isinstance(first, np.ndarray) and first.dtype == object:
        assert_same(list(first), list(second), where)
    elif isinstance(first, np.ndarray):
        assert first.dtype == second.dtype, where
        np.testing.assert_array_equal(first, second, err_msg=where)
    else:
        assert first == second, where
