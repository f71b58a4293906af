"""Batches against Gymnasium's wrapped environments, step by step."""

from __future__ import annotations

import re

import ale_py
import gymnasium
import numpy as np
import pytest
from atari_batch_helpers import IS_LONG

from plyo.envs.atari.vector_env import AtariVectorEnv

gymnasium.register_envs(ale_py)
PLAIN = {"noop_max": 0, "use_fire_reset": False, "reward_clipping": False}


#: Options of Gymnasium's environment; those of its wrapper are the others.
OF_ENVIRONMENTS = ("full_action_space", "max_num_frames_per_episode")


def wrapped(
    name: str, num_envs: int, padding: str = "zero", sticky: float = 0.0, stack: int = 4, **arguments
):
    own = {key: arguments.pop(key) for key in OF_ENVIRONMENTS if key in arguments}

    def make():
        env = gymnasium.make(f"ALE/{name}-v5", frameskip=1, repeat_action_probability=sticky, **own)
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


#: Names of games in ids, which are those of their cartridges in lower case with underscores.
SIX = ("Pong", "Breakout", "SpaceInvaders", "MontezumaRevenge", "Seaquest", "MsPacman")
LIVES = ({"episodic_life": True}, {"terminal_on_life_loss": True})
COLOUR = ({"grayscale": False}, {"grayscale_obs": False})
#: Widths and heights; a batch and Gymnasium's wrapper both take them in this order.
SIZES = ((160, 210), (80, 105), (64, 64), (96, 96), (42, 42), (128, 128), (200, 240), (110, 84))


def of_size(size, colour=False):
    ours, theirs = COLOUR if colour else ({}, {})
    return {"screen_size": size, **ours}, {"screen_size": size, **theirs}


def of_frames(frameskip, stack):
    return {"frameskip": frameskip, "stack_num": stack}, {"frame_skip": frameskip, "stack": stack}


def of_limit(frames):
    return {"max_num_frames_per_episode": frames}, {"max_num_frames_per_episode": frames}


#: What one environment and both engines were found to agree in: the game, options of ours and of Gymnasium's, steps.
TABLE = [
    *((name, ({}, {}), 400) for name in SIX),
    *((name, COLOUR, 150) for name in SIX),
    *((name, ({"full_action_space": True},) * 2, 150) for name in SIX[:3]),
    *((name, LIVES, 400) for name in (*SIX, "BankHeist", "Frogger", "Atlantis2", "Assault")),
    *(("Breakout", of_size(size), 100) for size in SIZES),
    *(("Breakout", of_size(size, colour=True), 100) for size in ((64, 64), (96, 96), (200, 240))),
    *(("Seaquest", of_frames(frameskip, 4), 200) for frameskip in (1, 2, 3, 5)),
    *(("Pong", of_frames(4, stack), 100) for stack in (1, 2, 8)),
    *(("Breakout", of_limit(frames), 80) for frames in (101, 102, 103)),
]
#: The cases of a run without PLYO_ATARI_SOAK=1, by engine; the first is quick.
CHOSEN = [
    ("Breakout", "threads", LIVES, 100),
    soak("MsPacman", "lanes", COLOUR, 150),
    soak("Seaquest", "lanes", of_frames(2, 2), 200),
    soak("BankHeist", "lanes", LIVES, 300),
    soak("Pong", "lanes", of_size((60, 42)), 100),
    soak("Pong", "threads", of_size((160, 210)), 100),
    soak("MontezumaRevenge", "lanes", of_frames(5, 4), 150),
]
if IS_LONG:
    CHOSEN += [
        soak(name, engine, options, steps)
        for name, options, steps in TABLE
        for engine in ("threads", "lanes")
    ]


@pytest.mark.parametrize(("name", "engine", "options", "steps"), CHOSEN)
def test_plain_batches_are_gymnasiums(name, engine, options, steps):
    ours, theirs = options
    game = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()
    envs = AtariVectorEnv(game, 2, engine=engine, **PLAIN, **ours)
    ends = compare(envs, wrapped(name, 2, noop_max=0, **theirs), steps)
    if "max_num_frames_per_episode" in ours:
        assert ends == 6
    assert ends or options is not LIVES or name not in ("Breakout", "BankHeist")


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
