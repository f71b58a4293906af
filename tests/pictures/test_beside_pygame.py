"""The pictures of classic control beside those that Gymnasium draws with pygame."""

from __future__ import annotations

import os
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo

pytest.importorskip("pygame")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

NUM_STATES = 60
#: Levels by which a pixel may differ, and how many of all may differ by more.
LEVELS = 16
MOST = 0.003

#: The range of the variables of the dynamics.
RANGES = {
    "CartPole-v1": (2.4, 1.0, 0.3, 1.0),
    "Acrobot-v1": (np.pi, np.pi, 1.0, 1.0),
    "MountainCar-v0": (0.6, 0.05),
    "MountainCarContinuous-v0": (0.6, 0.05),
    "Pendulum-v1": (np.pi, 8.0),
}
MIDDLES = {"MountainCar-v0": -0.5, "MountainCarContinuous-v0": -0.5}


@pytest.fixture(scope="module", params=list(RANGES))
def pictures(request: pytest.FixtureRequest) -> Any:
    """Ours and theirs of random states, ``(n, height, width, 3)`` each."""
    ours = plyo.make(request.param, render_mode="rgb_array")
    theirs = gymnasium.make(request.param, render_mode="rgb_array")
    rng = np.random.default_rng(8)
    ours.reset(seed=0)
    ours.action_space.seed(0)
    theirs.reset(seed=0)
    ranges = np.array(RANGES[request.param])
    pairs = []
    for _ in range(NUM_STATES):
        state = rng.uniform(-ranges, ranges)
        state[0] += MIDDLES.get(request.param, 0)
        # a step, because some pictures show the last action
        for env in (ours, theirs):
            env.reset()
            env.unwrapped.state = state.copy()
        action = ours.action_space.sample()
        theirs.step(action)
        ours.step(action)
        pairs.append((ours.render(), theirs.render()))
    theirs.close()
    return tuple(np.stack(column) for column in zip(*pairs, strict=True))


def test_pictures_are_those_of_gymnasium(pictures: Any) -> None:
    ours, theirs = pictures
    assert ours.shape == theirs.shape
    difference = np.abs(ours.astype(int) - theirs.astype(int)).max(axis=-1)
    parts = (difference > LEVELS).mean(axis=(1, 2))
    assert parts.max() <= MOST, f"{parts.max():.4%} of the pixels, picture {parts.argmax()}"
    # the compared pictures differ from each other
    assert len({picture.tobytes() for picture in theirs}) > NUM_STATES * 0.9
