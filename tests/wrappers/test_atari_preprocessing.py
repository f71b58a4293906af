"""AtariPreprocessing around an environment with the interface of ale_py's, beside Gymnasium's."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome

import plyo

pytest.importorskip("cv2", reason="AtariPreprocessing needs OpenCV")

HEIGHT, WIDTH = 42, 32


class Emulator:
    """The part of `ale_py.ALEInterface` that the wrapper uses: lives, and a random screen."""

    def __init__(self):
        self.left, self.screen = 3, np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    def lives(self):
        return self.left

    def getScreenRGB(self, out):
        out[:] = self.screen

    def getScreenGrayscale(self, out):
        out[:] = self.screen[..., 1]


def game_class(p: Any) -> type:
    class Game(p.Env):
        def __init__(self, frameskip=1, meanings=("NOOP", "FIRE"), fragile=False):
            self.ale = Emulator()
            self._frameskip, self.meanings, self.fragile = frameskip, meanings, fragile
            self.observation_space = p.spaces.Box(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
            self.action_space = p.spaces.Discrete(2)

        def get_action_meanings(self):
            return list(self.meanings)

        def draw(self):
            self.ale.screen = self.np_random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.ale.left, self.frames = 3, 0
            self.draw()
            return self.ale.screen, {"frames": 0}

        def step(self, action):
            self.draw()
            self.frames += 1
            if self.np_random.random() < (0.3 if self.fragile else 0.02):
                self.ale.left -= 1
            info = {"frames": self.frames, "lives": self.ale.left}
            return self.ale.screen, float(action), self.ale.left <= 0, self.frames >= 200, info

    Game.__qualname__ = f"{p.__name__.capitalize()}Game"
    return Game


PlyoGame, GymnasiumGame = game_class(plyo), game_class(gymnasium)
GAMES = {plyo: PlyoGame, gymnasium: GymnasiumGame}

VARIANTS = [
    {},
    {"frame_skip": 1},
    {"frame_skip": 2, "noop_max": 0},
    {"screen_size": 20, "terminal_on_life_loss": True},
    {"screen_size": (24, 10), "grayscale_newaxis": True},
    {"grayscale_obs": False, "scale_obs": True},
    {"grayscale_obs": False, "grayscale_newaxis": True, "screen_size": (10, 24)},
    {"scale_obs": True, "noop_max": 5, "screen_size": 16},
    {"screen_size": (WIDTH, HEIGHT)},
]


def attributes(env: Any) -> list[Any]:
    names = (
        "noop_max",
        "frame_skip",
        "screen_size",
        "terminal_on_life_loss",
        "grayscale_obs",
        "lives",
        "game_over",
    )
    return [getattr(env, name) for name in (*names, "grayscale_newaxis", "scale_obs", "_saved_kwargs")]


@pytest.mark.parametrize("arguments", VARIANTS, ids=str)
@pytest.mark.parametrize("fragile", [False, True])
def test_steps(arguments, fragile):
    ours, theirs = (
        p.wrappers.AtariPreprocessing(GAMES[p](fragile=fragile), **arguments) for p in (plyo, gymnasium)
    )
    assert str(ours.observation_space) == str(theirs.observation_space)
    assert_same(ours.reset(seed=1), theirs.reset(seed=1))
    for step in range(200):
        result = theirs.step(step % 2)
        assert_same(ours.step(step % 2), result)
        ended = result[2] or result[3]
        assert_same(attributes(ours), attributes(theirs))
        assert ours.observation_space.contains(result[0])
        if ended:
            assert_same(ours.reset(), theirs.reset())
    assert ours.ale is ours.unwrapped.ale
    assert_same(ours.obs_buffer, theirs.obs_buffer)


@pytest.mark.parametrize(
    ("game", "arguments"),
    [
        *(({}, {"frame_skip": n}) for n in (0, -1)),
        *(
            ({}, {"screen_size": size})
            for size in (0, -3, (1,), (1, 2, 3), (1, 0), (1.5, 2), 2.5, "84", [84, 84])
        ),
        ({}, {"noop_max": -1}),
        ({"frameskip": 4}, {}),
        ({"frameskip": 4}, {"frame_skip": 1}),
        ({"meanings": ("FIRE", "NOOP")}, {}),
        ({"meanings": ("FIRE", "NOOP")}, {"noop_max": 0}),
    ],
    ids=str,
)
def test_arguments(game, arguments):
    def construct(p):
        return str(p.wrappers.AtariPreprocessing(GAMES[p](**game), **arguments).observation_space)

    assert_same_outcome(construct, plyo, gymnasium)


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64])
def test_numpy_integers_are_counts(kind):
    env = plyo.wrappers.AtariPreprocessing(
        PlyoGame(), noop_max=kind(127), frame_skip=kind(3), screen_size=kind(20)
    )
    twin = plyo.wrappers.AtariPreprocessing(PlyoGame(), noop_max=127, frame_skip=3, screen_size=20)
    assert_same(env.reset(seed=3), twin.reset(seed=3))
    assert_same(env.step(1), twin.step(1))
    for name in ("noop_max", "frame_skip"):
        for bad in (True, 2.0, "2"):
            with pytest.raises(TypeError, match=f"{name} must be an integer, got"):
                plyo.wrappers.AtariPreprocessing(PlyoGame(), **{name: bad})


def test_observations_that_are_no_box():
    def construct(p):
        env = GAMES[p]()
        env.observation_space = p.spaces.Discrete(2)
        return p.wrappers.AtariPreprocessing(env)

    assert outcome(lambda: construct(plyo))[0][1] == "TypeError"
    assert_same_outcome(construct, plyo, gymnasium)


def test_pickle():
    env = plyo.wrappers.AtariPreprocessing(PlyoGame())
    env.reset(seed=2)
    twin = pickle.loads(pickle.dumps(env))
    assert_same(twin.step(1), env.step(1))


@pytest.mark.parametrize("size", [20, (WIDTH, HEIGHT), (10, 42)])
@pytest.mark.parametrize("gray", [True, False])
def test_without_opencv(size, gray, monkeypatch):
    arguments = {"screen_size": size, "grayscale_obs": gray}
    twin = plyo.wrappers.AtariPreprocessing(PlyoGame(), **arguments)
    theirs = gymnasium.wrappers.AtariPreprocessing(GymnasiumGame(), **arguments)
    expected = theirs.reset(seed=4)
    monkeypatch.setitem(sys.modules, "cv2", None)
    env = plyo.wrappers.AtariPreprocessing(PlyoGame(), **arguments)
    assert_same(env.reset(seed=4), expected)
    assert_same(twin.reset(seed=4), expected)
    assert_same(pickle.loads(pickle.dumps(env)).step(1), env.step(1))
    for longer in (43, (WIDTH, 43), (33, 10)):
        with pytest.raises(plyo.error.DependencyNotInstalled, match="opencv-python"):
            plyo.wrappers.AtariPreprocessing(PlyoGame(), screen_size=longer, grayscale_obs=gray)
