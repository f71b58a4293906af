"""Rollouts of Atari batches equal single steps, and keep each picture once."""

from __future__ import annotations

import numpy as np
import pytest
from atari_batch_helpers import assert_same

import plyo
from plyo.envs.atari.stacked_frames import StackedFrames
from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.policies import MLP, Constant, Random, Sequence

FIELDS = (
    "observations",
    "actions",
    "rewards",
    "terminated",
    "truncated",
    "last_observations",
    "valid",
    "episodes",
)


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        pytest.param({}, "next_step", marks=pytest.mark.slow),
        ({"engine": "lanes"}, "next_step"),
        pytest.param({"engine": "lanes", "parity": "gymnasium"}, "same_step", marks=pytest.mark.slow),
        pytest.param(
            {"engine": "lanes", "episodic_life": "continue", "grayscale": False},
            "same_step",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_rollouts_equal_steps(options, mode):
    batches = [
        AtariVectorEnv("breakout", 2, autoreset_mode=mode, max_episode_steps=15, **options) for _ in range(2)
    ]
    envs, other = batches
    for each in batches:
        each.reset(seed=1)
        observations = each.step([1, 2])[0]
    record = [*FIELDS, *(["final_observations"] if mode == "same_step" else [])]
    parts = [
        envs.rollout(Random(5), 3, record=record),
        envs.rollout(lambda seen: seen[:, -1, 0, 0, ...].ravel()[:2] % 4, 40, record=record),
    ]
    for part in parts:
        seen, steps = [], []
        for actions in part.actions:
            seen.append(observations)
            steps.append(other.step(actions))
            observations = steps[-1][0]
        np.testing.assert_array_equal(np.asarray(part.observations), np.array(seen))
        for i, name in enumerate(("rewards", "terminated", "truncated"), 1):
            np.testing.assert_array_equal(getattr(part, name), np.array([step[i] for step in steps]))
        np.testing.assert_array_equal(part.last_observations, observations)
        infos = [step[4] for step in steps]
        scores = [score for info in infos if "_score" in info for score in info["score"][info["_score"]]]
        assert part.episode_returns.tolist() == scores
        if mode == "same_step":
            final = [
                each
                for info in infos
                if "final_obs" in info
                for each in info["final_obs"]
                if each is not None
            ]
            np.testing.assert_array_equal(
                part.final_observations, np.array(final).reshape(-1, *seen[0].shape[1:])
            )
    assert len(parts[1].episode_returns) >= 2


def test_stacks_are_read_like_an_array():
    pictures = np.random.default_rng(0).integers(0, 255, size=(3 + 6, 5, 7, 8), dtype=np.uint8)
    ages = np.random.default_rng(1).integers(0, 4, size=(6, 5))
    for repeats in (False, True):
        frames = StackedFrames(pictures, ages, 4, repeats)
        whole = np.asarray(frames)
        assert (frames.shape, frames.dtype, frames.ndim, len(frames)) == (
            whole.shape,
            whole.dtype,
            whole.ndim,
            6,
        )
        assert frames.size == whole.size
        for t, lane, place in np.ndindex(6, 5, 4):
            back = 3 - place
            expected = pictures[t + 3 - min(back, ages[t, lane])][lane]
            if back > ages[t, lane] and not repeats:
                expected = np.zeros_like(expected)
            np.testing.assert_array_equal(whole[t, lane, place], expected)
        mask = ages > 1
        keys = [
            2,
            -1,
            slice(1, 5, 2),
            (3, 4),
            (slice(None), 1),
            ([1, 2], [3, 0]),
            mask,
            (..., 0),
            (1, ..., slice(2, 4)),
        ]
        keys += [
            (None, 2),
            (np.array([0, 5]), slice(1, 3), -1),
            [0, 3],
            (Ellipsis,),
            (2, 1, 0, 3, 4),
            mask[:, 0],
        ]
        for key in keys:
            assert_same(frames[key], whole[key], str(key))
        with pytest.raises(IndexError):
            frames[6]
        with pytest.raises(ValueError, match="copy"):
            frames.__array__(copy=False)
        assert np.asarray(frames, dtype=np.float32).dtype == np.float32


def test_memory_is_a_quarter():
    pictures = np.zeros((3 + 1000, 64, 2, 2), dtype=np.uint8)
    frames = StackedFrames(pictures, np.zeros((1000, 64), dtype=np.uint16), 4, False)
    # of pictures of 84 x 84
    held = pictures.size * 84 * 84 / 4 + frames.ages.nbytes
    assert held / (1000 * 64 * 4 * 84 * 84) <= 0.3


@pytest.fixture(scope="module")
def envs():
    made = AtariVectorEnv("pong", 2)
    made.reset(seed=0)
    yield made
    made.close()


def test_native_policies(envs):
    assert (envs.rollout(Constant(3), 4).actions == 3).all()
    given = np.array([[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(envs.rollout(Sequence(given), 3).actions, given)
    policy = Random(7)
    drawn = np.concatenate([envs.rollout(policy, 2).actions, envs.rollout(policy, 3).actions])
    spaces = [plyo.spaces.Discrete(6, seed=7 + lane) for lane in range(2)]
    np.testing.assert_array_equal(drawn, [[space.sample() for space in spaces] for _ in range(5)])


def test_fields_are_listed_once(envs):
    with pytest.raises(ValueError, match="Did you mean 'rewards'") as raised:
        envs.rollout(Constant(0), 1, record=["reward"])
    assert str(raised.value).count("valid,") == 1


def test_arrays_to_record_into(envs):
    out = {"observations": np.zeros((3, 2, 4, 84, 84), dtype=np.uint8), "rewards": np.zeros((3, 2))}
    trajectory = envs.rollout(Constant(0), 3, out=out, record=["truncated"])
    assert trajectory.observations is out["observations"]
    assert trajectory.rewards is out["rewards"]
    assert trajectory.actions is None
    assert out["observations"].any()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((Constant(0), 0), ValueError),
        ((Constant(0), 1.5), TypeError),
        ((Constant, 1), TypeError),
        ((3, 1), TypeError),
        ((MLP([(np.zeros((6, 4)), np.zeros(6))], head="categorical"), 1), TypeError),
        ((Sequence(np.zeros((2, 2), dtype=int)), 3), ValueError),
        ((Constant(0), 1, {"record": ["values"]}), ValueError),
        ((Constant(0), 1, {"record": ["reward"]}), ValueError),
        ((Constant(0), 1, {"out": {"rewards": np.zeros((1, 2), dtype=np.float32)}}), TypeError),
        ((Constant(0), 1, {"out": {"rewards": np.zeros((2, 2))}}), ValueError),
        ((Constant(0), 1, {"out": {"rewards": [0, 0]}}), TypeError),
    ],
)
def test_rollouts_are_refused(envs, arguments, error):
    before = envs.reset(options={"reset_mask": np.array([True, True])})[1]["frame_number"]
    *positional, keywords = (*arguments, {}) if len(arguments) == 2 else arguments
    with pytest.raises(error):
        envs.rollout(*positional, **keywords)
    assert envs.step([0, 0])[4]["frame_number"].tolist() == (before + 4).tolist()
