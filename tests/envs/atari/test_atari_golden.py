"""The hashes of Gymnasium's episodes of some games: observations, rewards and flags of 200 steps of random actions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plyo

GOLDEN = json.loads((Path(__file__).parent / "atari_golden.json").read_text())["golden"]


def wrapped(name: str) -> Any:
    env = plyo.wrappers.AtariPreprocessing(plyo.make(f"ALE/{name}-v5", frameskip=1))
    return plyo.wrappers.FrameStackObservation(env, stack_size=4)


MAKERS = {
    "make_v5": lambda name: plyo.make(f"ALE/{name}-v5"),
    "make_noframeskip_v4": lambda name: plyo.make(f"{name}NoFrameskip-v4"),
    "wrapped_v5": wrapped,
}
CASES = [
    pytest.param(name, int(seed), kind, marks=[pytest.mark.slow] if seed != "0" else [])
    for name, seeds in GOLDEN.items()
    for seed, kinds in seeds.items()
    for kind in kinds
    if kind in MAKERS
]


@pytest.mark.parametrize(("name", "seed", "kind"), CASES)
def test_golden_episodes(name, seed, kind):
    expected = GOLDEN[name][str(seed)][kind]
    env = MAKERS[kind](name)
    assert env.action_space.n == expected["actions"]
    observation, info = env.reset(seed=seed)
    observations, flags = hashlib.sha256(np.asarray(observation).tobytes()), hashlib.sha256()
    assert observations.hexdigest() == expected["reset_obs"]
    assert info["episode_frame_number"] == expected["reset_episode_frame"]
    total, ends, ended = 0.0, 0, False
    for action in np.random.default_rng(seed).integers(0, env.action_space.n, size=200):
        if ended:
            observation, info = env.reset()
            reward, terminated, truncated = 0.0, False, False
        else:
            observation, reward, terminated, truncated, info = env.step(action)
        ended = terminated or truncated
        total, ends = total + reward, ends + ended
        observations.update(np.asarray(observation).tobytes())
        flags.update(np.float64(reward).tobytes() + np.bool_([terminated, truncated]).tobytes())
    env.close()
    got = (observations.hexdigest(), flags.hexdigest(), total, ends)
    assert got == tuple(expected[key] for key in ("obs", "rew_term_trunc", "reward_sum", "dones"))
    last = (info["frame_number"], info["lives"])
    assert last == (expected["last_frame_number"], expected["last_lives"])
