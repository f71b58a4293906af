"""Batches against Gymnasium's wrapped environments, step by step."""

from __future__ import annotations

import ale_py
import gymnasium
import numpy as np
import pytest

from plyo.envs.atari.vector_env import AtariVectorEnv

gymnasium.register_envs(ale_py)
PLAIN = {"noop_max": 0, "use_fire_reset": False, "reward_clipping": False}


def wrapped(
    name: str, num_envs: int, padding: str = "zero", sticky: float = 0.0, stack: int = 4, **arguments
):
    def make():
        env = gymnasium.make(f"ALE/{name}-v5", frameskip=1, repeat_action_probability=sticky)
        env = gymnasium.wrappers.AtariPreprocessing(env, **arguments)
        return gymnasium.wrappers.FrameStackObservation(env, stack, padding_type=padding)

    return gymnasium.vector.SyncVectorEnv([make] * num_envs)


def compare(envs, theirs, steps, seed=0):
    """Fails at the first difference."""
    ours, expected = envs.reset(seed=seed), theirs.reset(seed=seed)
    np.testing.assert_array_equal(ours[0], expected[0])
    actions = np.random.default_rng(0).integers(0, envs.single_action_space.n, size=(steps, envs.num_envs))
    ends = 0
    for each in actions:
        ours, expected = envs.step(each), theirs.step(each)
        for one, other in zip(ours[:4], expected[:4], strict=True):
            np.testing.assert_array_equal(one, other)
        for key in ("lives", "episode_frame_number", "frame_number"):
            np.testing.assert_array_equal(ours[4][key], expected[4][key])
        ends += int((ours[2] | ours[3]).sum())
    envs.close()
    theirs.close()
    return ends


def soak(*case):
    return pytest.param(*case, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("game", "name", "engine", "options", "arguments", "steps"),
    [
        ("breakout", "Breakout", "threads", {"episodic_life": True}, {"terminal_on_life_loss": True}, 100),
        soak("ms_pacman", "MsPacman", "lanes", {"grayscale": False}, {"grayscale_obs": False}, 150),
        soak(
            "seaquest",
            "Seaquest",
            "lanes",
            {"frameskip": 2, "stack_num": 2},
            {"frame_skip": 2, "stack": 2},
            200,
        ),
        soak(
            "bank_heist", "BankHeist", "lanes", {"episodic_life": True}, {"terminal_on_life_loss": True}, 300
        ),
        soak("pong", "Pong", "lanes", {"screen_size": (60, 42)}, {"screen_size": (60, 42)}, 100),
        soak("pong", "Pong", "threads", {"screen_size": (160, 210)}, {"screen_size": (160, 210)}, 100),
        soak("montezuma_revenge", "MontezumaRevenge", "lanes", {"frameskip": 5}, {"frame_skip": 5}, 150),
    ],
)
def test_plain_batches_are_gymnasiums(game, name, engine, options, arguments, steps):
    envs = AtariVectorEnv(game, 1, engine=engine, **PLAIN, **options)
    ends = compare(envs, wrapped(name, 1, noop_max=0, **arguments), steps)
    assert ends or game not in ("breakout", "bank_heist")


@pytest.mark.parametrize(
    ("game", "name", "sticky", "arguments"),
    [
        ("breakout", "Breakout", 0.25, {}),
        soak("assault", "Assault", 0.1, {"terminal_on_life_loss": True}),
        soak("tennis", "Tennis", 0.0, {"noop_max": 7, "frame_skip": 3}),
    ],
)
def test_parity_has_gymnasiums_random_numbers(game, name, sticky, arguments):
    envs = AtariVectorEnv(game, 1, parity="gymnasium", repeat_action_probability=sticky, **arguments)
    compare(
        envs, wrapped(name, 1, "reset", sticky, **arguments), 150 if game == "breakout" else 500, seed=2**33
    )


@pytest.mark.slow
def test_raw_batches_are_gymnasiums():
    envs = AtariVectorEnv("breakout", 2, style="raw", frameskip=(2, 5), max_num_frames_per_episode=200)
    arguments = {"max_num_frames_per_episode": 200, "repeat_action_probability": 0.0, "frameskip": (2, 5)}
    theirs = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("ALE/Breakout-v5", **arguments)] * 2)
    assert compare(envs, theirs, 100) >= 2
