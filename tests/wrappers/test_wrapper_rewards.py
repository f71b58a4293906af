"""Rewards that are arrays of one element are as good as numbers, in every wrapper that adds them up."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import wrappers as w
from plyo.spaces import Box, Discrete


class _Rewarding(plyo.Env):
    """Ends after 6 steps; its rewards are 1.5 in some form."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30}  # noqa: RUF012  # as environments declare it
    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    render_mode = "rgb_array"

    def __init__(self, reward: Any) -> None:
        self.reward, self.count = reward, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.count += 1
        return np.zeros(1, np.float32), self.reward, self.count == 6, False, {}

    def render(self):
        return np.zeros((8, 8, 3), np.uint8)


FORMS = [np.array([1.5]), np.array([[1.5]]), np.array(1.5), np.float32(1.5)]


def _rewards(env: Any) -> list[float]:
    env.reset(seed=1)
    over, rewards = False, []
    while not over:
        _, reward, over, _, _ = env.step(0)
        rewards.append(np.ravel(reward).item())
    return rewards


@pytest.mark.parametrize("form", FORMS, ids=["(1,)", "(1, 1)", "()", "float32"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda env: w.RepeatAction(env, 4),
        lambda env: w.MaxAndSkipObservation(env, 4),
        w.NormalizeReward,
        lambda env: w.ArrayConversion(env, np, np),
        lambda env: w.NormalizeReward(w.RepeatAction(env, 2)),
    ],
    ids=["RepeatAction", "MaxAndSkipObservation", "NormalizeReward", "ArrayConversion", "both"],
)
def test_arrays_of_one_reward_are_that_reward(wrap, form):
    assert _rewards(wrap(_Rewarding(form))) == _rewards(wrap(_Rewarding(1.5)))


@pytest.mark.parametrize("form", FORMS, ids=["(1,)", "(1, 1)", "()", "float32"])
def test_returns_of_recordings_are_numbers(form, tmp_path):
    env = w.RecordVideo(_Rewarding(form), str(tmp_path / "videos"), episode_trigger=lambda _: True)
    _rewards(env)
    env.close()
    (line,) = (tmp_path / "videos" / "videos.jsonl").read_text().splitlines()
    assert json.loads(line)["return"] == 9.0


@pytest.mark.parametrize("wrap", [lambda env: w.RepeatAction(env, 2), w.NormalizeReward])
@pytest.mark.parametrize("bad", [np.array([1.0, 2.0]), np.array([]), None, "x", 1j])
def test_what_is_no_single_reward_is_refused(wrap, bad):
    env = wrap(_Rewarding(bad))
    env.reset()
    with pytest.raises((TypeError, ValueError)):
        env.step(0)
