"""Steps and resets of some environments of an Atari batch: the same as of a batch that has these alone."""

from __future__ import annotations

import numpy as np
import pytest
from atari_batch_helpers import assert_same, play

from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.error import InvalidAction, ResetNeeded
from plyo.policies import Constant
from plyo.vector._rows import rows

OPTIONS = {"max_episode_steps": 7, "repeat_action_probability": 0.25}


def pair(mode: str, **options: object) -> tuple[AtariVectorEnv, list[AtariVectorEnv]]:
    """A batch, and one of a single environment for each of its, which play the same."""
    envs = AtariVectorEnv("breakout", 3, autoreset_mode=mode, **OPTIONS, **options)
    alone = [AtariVectorEnv("breakout", 1, autoreset_mode=mode, engine="lanes", **OPTIONS) for _ in range(3)]
    envs.reset(seed=5)
    for lane, each in enumerate(alone):
        each.reset(seed=5 + lane)
    return envs, alone


def check_rows(results: tuple, expected: list[tuple]) -> None:
    """Compares rows with the results of single environments; numbers of environments aside."""
    for row, single in enumerate(expected):
        for one, other in zip(results[:-1], single[:-1], strict=True):
            np.testing.assert_array_equal(one[row], other[0])
        for key, values in single[-1].items():
            if key not in ("env_id", "final_info"):
                assert_same(rows(results[-1][key], row), rows(values, 0), key)


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("next_step", {"engine": "lanes"}),
        ("next_step", {"num_workers": 2}),
        pytest.param("same_step", {"engine": "lanes"}, marks=pytest.mark.slow),
    ],
)
def test_some_environments_step_as_they_would_alone(mode, options):
    envs, alone = pair(mode, **options)
    rng = np.random.default_rng(0)
    for step in range(30):
        ids = rng.permutation(3)[: 1 + step % 3]
        actions = rng.integers(0, 4, len(ids))
        results = envs.step_lanes(actions, ids)
        np.testing.assert_array_equal(results[-1]["env_id"], ids)
        expected = [alone[lane].step([action]) for lane, action in zip(ids, actions, strict=True)]
        # the score of a game is there in a step of several that ends another one
        known = set.intersection(*(set(single[-1]) for single in expected))
        check_rows(results, [(*single[:-1], {key: single[-1][key] for key in known}) for single in expected])
    actions = rng.integers(0, 4, 3)
    whole = envs.step(actions)
    for lane, action in enumerate(actions):
        single = alone[lane].step([action])
        np.testing.assert_array_equal(whole[0][lane], single[0][0])
    envs.close()


def test_some_environments_are_reset_as_they_would_alone():
    envs, alone = pair("next_step", engine="lanes")
    observations, infos = envs.reset_lanes([2, 0], seed=[None, 9])
    for row, (lane, seed) in enumerate(((2, None), (0, 9))):
        expected, expected_infos = alone[lane].reset(seed=seed)
        np.testing.assert_array_equal(observations[row], expected[0])
        assert infos["episode_frame_number"][row] == expected_infos["episode_frame_number"][0]
    observations, _ = envs.reset_lanes([1], seed=20)
    np.testing.assert_array_equal(observations, alone[1].reset(seed=21)[0])


def test_steps_of_some_environments_that_do_not_fit_change_nothing():
    envs = AtariVectorEnv("pong", 3, engine="lanes", autoreset_mode="disabled", max_episode_steps=4)
    with pytest.raises(ResetNeeded):
        envs.step_lanes([0], [0])
    with pytest.raises(ResetNeeded):
        envs.reset_lanes([0])
    envs.reset(seed=0)
    before = envs.get_state()
    for actions, ids, error in (
        ([0], [3], IndexError),
        ([0, 0], [1, 1], ValueError),
        ([0], [], ValueError),
        ([0], [0.5], TypeError),
        ([0, 0], [1], InvalidAction),
        (0, [1], InvalidAction),
        ([6], [1], InvalidAction),
        ([0.5], [1], InvalidAction),
        ([[0]], [1], InvalidAction),
    ):
        with pytest.raises(error):
            envs.step_lanes(actions, ids)
    with pytest.raises(InvalidAction, match="environment 2"):
        envs.step_lanes([0, 9], [0, 2])
    for ids, seed, options, error in (
        ([0, 1], [1], None, ValueError),
        ([0], None, {"reset_mask": np.ones(3, bool)}, ValueError),
        ([0], None, 3, TypeError),
        ([0, 0], None, None, ValueError),
    ):
        with pytest.raises(error):
            envs.reset_lanes(ids, seed, options)
    assert envs.get_state() == before
    for _ in range(4):
        envs.step_lanes([0, 0], [0, 2])
    with pytest.raises(ResetNeeded, match="environment 2"):
        envs.step_lanes([0, 0], [1, 2])
    envs.step_lanes([0], [1])
    threads = AtariVectorEnv("pong", 1)
    threads.reset(seed=0)
    with pytest.raises(NotImplementedError, match='engine="lanes"'):
        threads.step_lanes([0], [0])


def test_environments_rest_in_rollouts_without_autoreset():
    envs = AtariVectorEnv("pong", 2, engine="lanes", autoreset_mode="disabled", max_episode_steps=6)
    other = AtariVectorEnv("pong", 2, engine="lanes", max_episode_steps=6)
    for each in (envs, other):
        each.reset(seed=0)
    envs.step_lanes([0, 0], [0, 1])
    envs.step_lanes([0], [0])
    fields = ["observations", "rewards", "terminated", "truncated", "valid", "last_observations", "episodes"]
    trajectory = envs.rollout(Constant(0), 7, record=fields)
    expected = [step[0] for step in play(other, 6, count=1)]
    np.testing.assert_array_equal(trajectory.valid.T, [[1] * 4 + [0] * 3, [1] * 5 + [0] * 2])
    np.testing.assert_array_equal(np.flatnonzero(trajectory.truncated[:, 0]), [3])
    np.testing.assert_array_equal(np.flatnonzero(trajectory.truncated[:, 1]), [4])
    # what is seen before each step, and then what is left
    assert isinstance(trajectory.observations, np.ndarray)
    for step in range(7):
        np.testing.assert_array_equal(trajectory.observations[step, 0], expected[min(1 + step, 5)][0])
        np.testing.assert_array_equal(trajectory.observations[step, 1], expected[min(step, 5)][1])
    np.testing.assert_array_equal(trajectory.last_observations, expected[-1])
    assert trajectory.episode_lengths.tolist() == [6, 6]
    assert trajectory.episode_lanes.tolist() == [0, 1]
    with pytest.raises(ResetNeeded):
        envs.rollout(Constant(0), 1)
    threads = AtariVectorEnv("pong", 1, autoreset_mode="disabled")
    threads.reset(seed=0)
    with pytest.raises(ValueError, match='engine="lanes"'):
        threads.rollout(Constant(0), 1)
