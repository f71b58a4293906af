"""Steps MuJoCo tasks beside Gymnasium's: everything must be identical, types and order of keys included."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from identical import Ulps, assert_identical

import plyo

Actions = npt.NDArray[np.float32]


def make_pair(task_id: str, **kwargs: Any) -> tuple[Any, Any]:
    """The environment of Plyo and that of Gymnasium."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return plyo.make(task_id, **kwargs), gymnasium.make(task_id, disable_env_checker=True, **kwargs)


def actions_of(space: Any, num_steps: int, seed: int) -> Actions:
    """Actions ``(num_steps, n)`` of one of five kinds.

    Random; held for up to 30 steps; beyond the bounds, where Gymnasium does not clip; small, which keeps tasks
    upright for longer; none.
    """
    rng = np.random.default_rng([seed, 1])
    kind = seed % 5
    low, high = (np.asarray(bound, np.float64) for bound in (space.low, space.high))
    rows = low + rng.random((num_steps, *space.shape)) * (high - low)
    if kind == 1:
        rows = rows[np.repeat(np.arange(num_steps), rng.integers(1, 30, num_steps))[:num_steps]]
    scale = (1.0, 1.0, 1.8, 0.05, 0.0)[kind]
    return (rows * scale).astype(np.float32)


def assert_same_spaces(ours: Any, theirs: Any) -> None:
    """Asserts that the spaces agree in bounds, dtypes and shapes, and that the metadata and the specs agree."""
    for name in ("observation_space", "action_space"):
        assert_same_space(getattr(ours, name), getattr(theirs, name))
    assert_identical(dict(ours.metadata), dict(theirs.metadata), "metadata")
    assert ours.render_mode == theirs.render_mode
    assert ours.spec.max_episode_steps == theirs.spec.max_episode_steps
    assert ours.spec.reward_threshold == theirs.spec.reward_threshold


def assert_same_space(ours: Any, theirs: Any) -> None:
    """Asserts that two spaces agree, parts included."""
    assert type(ours).__name__ == type(theirs).__name__
    assert str(ours) == str(theirs)
    if hasattr(theirs, "low"):
        for bound in ("low", "high"):
            assert_identical(getattr(ours, bound), getattr(theirs, bound), bound)
    for key, part in getattr(theirs, "spaces", {}).items():
        assert_same_space(ours[key], part)


def assert_same_episodes(
    ours: Any, theirs: Any, num_seeds: int, num_steps: int, ulps: Ulps | None = None, first_seed: int = 0
) -> int:
    """Asserts that two environments agree in resets and steps, with resets by hand where episodes end.

    Returns:
        The number of episodes that ended.
    """
    ended = 0
    for seed in range(first_seed, first_seed + num_seeds):
        assert_identical(ours.reset(seed=seed), theirs.reset(seed=seed), (seed, "reset"), ulps)
        for t, action in enumerate(actions_of(theirs.action_space, num_steps, seed)):
            result = theirs.step(action)
            assert_identical(ours.step(action), result, (seed, t), ulps)
            if result[2] or result[3]:
                ended += 1
                assert_identical(ours.reset(), theirs.reset(), (seed, t, "reset"), ulps)
        assert ours.np_random.bit_generator.state == theirs.np_random.bit_generator.state
    return ended


def make_batches(task_id: str, num_envs: int, mode: str, **kwargs: Any) -> tuple[Any, Any]:
    """Plyo's batch and Gymnasium's `SyncVectorEnv`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        ours = plyo.make_vec(task_id, num_envs, autoreset_mode=mode, **kwargs)
        theirs = gymnasium.make_vec(
            task_id,
            num_envs,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": gymnasium.vector.AutoresetMode[mode.upper()]},
            **kwargs,
        )
    return ours, theirs


def assert_same_batches(ours: Any, theirs: Any, mode: str, num_steps: int, ulps: Ulps | None = None) -> int:
    """Asserts that two batches agree, infos and their masks included.

    Returns:
        The number of episodes that ended.
    """
    assert_same_space(ours.observation_space, theirs.observation_space)
    assert_same_space(ours.action_space, theirs.action_space)
    assert_identical(ours.reset(seed=11), theirs.reset(seed=11), (mode, "reset"), ulps)
    tapes = [actions_of(theirs.single_action_space, num_steps, lane) for lane in range(theirs.num_envs)]
    count = 0
    for t, actions in enumerate(np.stack(tapes, axis=1)):
        result = theirs.step(actions)
        assert_identical(ours.step(actions), result, (mode, t), ulps)
        ended = result[2] | result[3]
        count += int(ended.sum())
        if mode == "disabled" and ended.any():
            ours_reset, theirs_reset = (
                env.reset(options={"reset_mask": ended.copy()}) for env in (ours, theirs)
            )
            assert_identical(ours_reset, theirs_reset, (mode, t, "reset"), ulps)
    return count
