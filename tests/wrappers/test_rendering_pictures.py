"""Wrappers that collect, show, change and observe pictures, and the render modes of `make`, beside Gymnasium's."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import warnings
from typing import ClassVar

import gymnasium
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome
from picture_envs import DRAWINGS, HEIGHT, WIDTH, PlyoDrawing, drawing, picture

import plyo
from plyo.error import DependencyNotInstalled
from plyo.wrappers import AddRenderObservation, AddWhiteNoise, HumanRendering, ObstructView, RenderCollection

pygame = pytest.importorskip("pygame")
PACKAGES = (plyo, gymnasium)


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    """Windows that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.quit()


def run(env, steps=8, look=lambda env: None):
    """Results and the values of `look`, over the ends of episodes."""
    seen = [env.reset(seed=3), look(env)]
    for i in range(steps):
        result = env.step(i % 2)
        seen += [result, look(env)]
        if result[2]:
            seen += [env.reset(), look(env)]
    return seen


def assert_same_result(program):
    """Asserts that a program comes to its end with either package, and to the same."""
    ours, theirs = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert ours[0][0] == "returned", ours
    assert_same(ours, theirs)


# RenderCollection


@pytest.mark.parametrize("pop", [True, False])
@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("mode", ["rgb_array", "ansi", "depth_array"])
def test_collections(pop, clean, mode):
    def program(p):
        env = p.wrappers.RenderCollection(drawing(p, mode), pop_frames=pop, reset_clean=clean)
        seen = run(env, 13, lambda env: list(env.render()) if env.unwrapped.steps % 3 == 0 else None)
        frames = [list(env.frame_list), list(env.render()), list(env.render())]
        return seen, frames, env.render_mode, env.metadata, env.pop_frames, env.reset_clean

    assert_same_result(program)


@pytest.mark.parametrize("mode", [None, "rgb_array_list"])
def test_bad_collections(mode):
    assert_same_outcome(lambda p: p.wrappers.RenderCollection(drawing(p, mode)), plyo, gymnasium)


def test_metadata_of_the_class_stay_as_they_are():
    RenderCollection(drawing(plyo))
    drawing(plyo).metadata["render_modes"].append("one more")
    assert PlyoDrawing.metadata["render_modes"].pop() == "one more"
    assert "rgb_array_list" not in PlyoDrawing.metadata["render_modes"]


# HumanRendering


def shown(env):
    """The picture in the window."""
    return None if env.window is None else pygame.surfarray.array3d(env.window).transpose(1, 0, 2)


@pytest.mark.parametrize("mode", ["rgb_array", "rgb_array_list"])
def test_windows(mode):
    def program(p):
        env = p.wrappers.HumanRendering(drawing(p, mode))
        facts = [env.render_mode, env.metadata, env.window, env.screen_size, env.clock]
        seen = run(env, 7, lambda env: (shown(env), env.render(), env.screen_size))
        inner = env.env.render() if mode == "rgb_array_list" else None
        env.close()
        return facts, seen, inner

    assert_same_result(program)


def test_the_window_shows_the_picture():
    env = HumanRendering(drawing(plyo))
    env.reset()
    env.step(0)
    assert (shown(env) == picture(1)).all()
    env.close()
    assert env.window is None
    env.close()  # a second time does no harm
    assert not pygame.display.get_init()


@pytest.mark.parametrize("mode", ["depth_array", "depth_array_list"])
def test_depths_are_shown_in_grey(mode):
    """Gymnasium fails: axes don't match array."""
    env = HumanRendering(drawing(plyo, mode))
    env.reset()
    grey = shown(env)
    assert grey.shape == (HEIGHT, WIDTH, 3)
    assert (grey[0, 0] == 0).all()
    assert (grey[-1, -1] == 255).all()
    assert (np.diff(grey[..., 0].ravel().astype(int)) >= 0).all()
    env.close()


@pytest.mark.parametrize("mode", [None, "human", "ansi", "grey"])
def test_modes_without_windows(mode):
    assert_same_outcome(lambda p: p.wrappers.HumanRendering(drawing(p, mode)), plyo, gymnasium)


def test_windows_need_a_rate():
    def program(p):
        env = drawing(p)
        env.metadata = {"render_modes": ["rgb_array"]}
        return p.wrappers.HumanRendering(env)

    assert_same_outcome(program, plyo, gymnasium)


@pytest.mark.parametrize("rendered", ["text", None, np.zeros((3, 3, 3), np.uint8)])
def test_windows_of_what_is_no_picture_or_another(monkeypatch, rendered):
    def program(p):
        env = p.wrappers.HumanRendering(drawing(p))
        env.reset()
        monkeypatch.setattr(DRAWINGS[p], "render", lambda self: rendered)
        env.step(0)

    assert_same_outcome(program, plyo, gymnasium)


def test_windows_without_pygame(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    assert_same_outcome(lambda p: p.wrappers.HumanRendering(drawing(p)).reset(), plyo, gymnasium)
    with pytest.raises(DependencyNotInstalled, match="`pip install pygame-ce`"):
        HumanRendering(drawing(plyo)).reset()


def test_without_a_display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "no_such_driver")
    env = HumanRendering(drawing(plyo))
    with pytest.raises(pygame.error, match="There is no display to open a window on") as raised:
        env.reset()
    for remedy in ("no_such_driver", 'render_mode="rgb_array"', "RecordVideo", "SDL_VIDEODRIVER=dummy"):
        assert remedy in str(raised.value)
    env.close()


@pytest.mark.parametrize("driver", ["", "offscreen", "dummy"])
def test_windows_that_nobody_sees_have_to_be_asked_for(driver):
    """On a machine without a screen SDL draws into memory by itself, and Gymnasium's windows never appear."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\nimport pygame, plyo\nfrom picture_envs import drawing\n"
        "env = plyo.wrappers.HumanRendering(drawing(plyo)); env.reset(); print(pygame.display.get_driver())"
    )
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    bare |= {"XDG_RUNTIME_DIR": "/nonexistent"} | ({"SDL_VIDEODRIVER": driver} if driver else {})
    done = subprocess.run([sys.executable, "-c", code, *sys.path], env=bare, capture_output=True, text=True)
    if driver:
        assert done.stdout == f"{driver}\n"
    elif done.returncode:
        assert "There is no display to open a window on (No available video device)" in done.stderr
    else:  # this machine has a screen after all
        assert done.stdout != "offscreen\n"


# Noise


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("chance", [0, 0.1, 0.9])
def test_white_noise(chance, gray):
    def program(p):
        env = p.wrappers.AddWhiteNoise(drawing(p), chance, is_noise_grayscale=gray)
        return run(env, 6, lambda env: env.render()), env.np_random.random()

    assert_same_result(program)


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize(("ratio", "width"), [(0, 3), (0.5, 1), (0.3, 4), (0.9, 7), (0.99, 100), (0.2, 25)])
def test_obstructions(ratio, width, gray):
    def program(p):
        env = p.wrappers.ObstructView(drawing(p), ratio, width, is_noise_grayscale=gray)
        return run(env, 6, lambda env: env.render()), env.np_random.random()

    assert_same_result(program)


@pytest.mark.parametrize("chance", [-0.1, 1, 2.0])
def test_bad_noise(chance):
    assert_same_outcome(lambda p: p.wrappers.AddWhiteNoise(drawing(p), chance), plyo, gymnasium)


@pytest.mark.parametrize("arguments", [(-0.1, 3), (1, 3), (0.5, 0), (0.5, -2)])
def test_bad_obstructions(arguments):
    assert_same_outcome(lambda p: p.wrappers.ObstructView(drawing(p), *arguments), plyo, gymnasium)


@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_numpy_integers_are_widths(kind):
    env = ObstructView(drawing(plyo), 0.5, kind(16))  # whose square is no uint8
    assert env.obstruction_centers_ratio == 0.5 / 256
    for bad in (True, 2.0, "2", None):
        with pytest.raises(TypeError, match="obstruction_width must be an integer, got"):
            ObstructView(drawing(plyo), 0.5, bad)


@pytest.mark.parametrize("wrapper", [lambda e: AddWhiteNoise(e, 0.5), lambda e: ObstructView(e, 0.5, 2)])
def test_noise_wants_pictures(wrapper):
    env = wrapper(drawing(plyo, "ansi"))
    env.reset()
    with pytest.raises(TypeError, match=r"expects env.render\(\) to return a numpy array, got <class 'str'>"):
        env.render()


# AddRenderObservation

OBSERVATIONS = {
    "only": {},
    "both": {"render_only": False},
    "named": {"render_only": False, "render_key": "image", "obs_key": "numbers"},
    "in front": {"render_only": False, "render_key": "a", "obs_key": "b"},
}


@pytest.mark.parametrize("dict_sorts", [None, True, False])
@pytest.mark.parametrize("keywords", OBSERVATIONS)
def test_pictures_as_observations(keywords, dict_sorts):
    def program(p):
        env = drawing(p)
        if dict_sorts is not None:
            space = p.spaces.Dict(
                {"z": env.observation_space, "k": p.spaces.Discrete(3)}, sort_keys=dict_sorts
            )
            env = p.wrappers.TransformObservation(env, lambda obs: {"z": obs, "k": 1}, space)
        env = p.wrappers.AddRenderObservation(env, **OBSERVATIONS[keywords])
        before = env.unwrapped.renders
        seen = run(env)
        return str(env.observation_space), seen, before, env.unwrapped.renders, env._saved_kwargs

    (ours, warned), (theirs, _) = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert_same(ours, theirs)
    assert warned == []


@pytest.mark.parametrize("mode", [None, "human", "ansi", "rgb_array_list"])
def test_modes_without_observations(mode):
    assert_same_outcome(lambda p: p.wrappers.AddRenderObservation(drawing(p, mode)), plyo, gymnasium)


def test_a_key_that_is_taken():
    def program(p):
        space = p.spaces.Dict({"pixels": p.spaces.Discrete(3)})
        env = p.wrappers.TransformObservation(drawing(p), lambda obs: {"pixels": 1}, space)
        return p.wrappers.AddRenderObservation(env, render_only=False)

    assert_same_outcome(program, plyo, gymnasium)


def test_wrappers_of_pictures_are_pickled_and_copied():
    for keywords in OBSERVATIONS.values():
        env = AddRenderObservation(AddWhiteNoise(drawing(plyo), 0.3), **keywords)
        for other in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
            env.reset(seed=1)
            assert_same(other.reset(seed=1), env.reset(seed=1))
            assert_same(other.step(1), env.step(1))
    env = RenderCollection(drawing(plyo))
    env.reset()
    assert len(pickle.loads(pickle.dumps(env)).render()) == 1


# make


def made_class(p, modes, **members):
    return type("Made", (DRAWINGS[p],), {"metadata": {"render_modes": modes, "render_fps": 60}, **members})


def registered(program, *classes):
    """Runs a program with `Made-v0` registered in both packages, and compares."""

    def call(p):
        p.register("Made-v0", entry_point=classes[PACKAGES.index(p)], max_episode_steps=9)
        try:
            return program(p)
        finally:
            del p.registry["Made-v0"]

    assert_same_outcome(call, plyo, gymnasium)


@pytest.mark.parametrize(
    "modes", [["rgb_array"], ["ansi"], ["rgb_array", "ansi"], ["human", "rgb_array"], []]
)
@pytest.mark.parametrize(
    "mode", ["human", "rgb_array", "rgb_array_list", "ansi_list", "human_list", "odd", None]
)
def test_modes_of_make(mode, modes):
    def program(p):
        env = p.make("Made-v0", render_mode=mode)
        facts = [str(env), env.render_mode, env.unwrapped.render_mode, env.metadata, env.spec.kwargs]
        facts += [str(w) for w in env.spec.additional_wrappers]
        if mode == "human" and modes == ["rgb_array"]:
            env.reset()
            env.step(1)
            facts += [shown(env), str(p.make(env.spec))]
            env.close()
        return facts

    registered(program, made_class(plyo, modes), made_class(gymnasium, modes))


def test_the_single_picture_is_preferred_for_windows():
    """Gymnasium takes either of the two modes, as the hashes of the strings will have it."""
    plyo.register("Made-v0", entry_point=made_class(plyo, ["rgb_array_list", "rgb_array"]))
    try:
        with pytest.warns(UserWarning, match="The HumanRendering wrapper is being applied"):
            assert plyo.make("Made-v0", render_mode="human").unwrapped.render_mode == "rgb_array"
    finally:
        del plyo.registry["Made-v0"]


def test_environments_that_take_no_mode():
    def old(p):
        def __init__(self):
            DRAWINGS[p].__init__(self)

        return made_class(p, ["rgb_array"], __init__=__init__)

    registered(lambda p: p.make("Made-v0", render_mode="human"), old(plyo), old(gymnasium))
    registered(lambda p: p.make("Made-v0", render_mode="rgb_array"), old(plyo), old(gymnasium))


def test_wrappers_of_a_spec_are_inside():
    def program(p):
        spec = p.registry["Made-v0"]
        spec.additional_wrappers = (
            p.wrappers.AddWhiteNoise.wrapper_spec(probability_of_noise_per_pixel=0.1),
        )
        return str(p.make(spec, render_mode="rgb_array_list"))

    registered(program, made_class(plyo, ["rgb_array"]), made_class(gymnasium, ["rgb_array"]))


class Native(PlyoDrawing):
    """Acts as a native task: it checks by itself, and draws only into arrays in every mode."""

    native_checks = True
    metadata: ClassVar = {"render_modes": ["human", "rgb_array", "ansi"], "render_fps": 60}

    def __init__(self, max_episode_steps=None, **kwargs):
        super().__init__(**kwargs)


@pytest.mark.parametrize(
    ("mode", "inside", "around"),
    [
        ("human", "rgb_array", "<HumanRendering<Native<Made-v0>>>"),
        ("rgb_array_list", "rgb_array", "<RenderCollection<Native<Made-v0>>>"),
        ("ansi_list", "ansi", "<RenderCollection<Native<Made-v0>>>"),
        ("rgb_array", "rgb_array", "<Native<Made-v0>>"),
    ],
)
def test_native_tasks_take_the_same_route(mode, inside, around):
    plyo.register("Made-v0", entry_point=Native)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            env = plyo.make("Made-v0", render_mode=mode)
        assert (str(env), env.unwrapped.render_mode, env.render_mode) == (around, inside, mode)
    finally:
        del plyo.registry["Made-v0"]


def test_lists_of_texts_of_a_native_task():
    def program(p):
        env = p.make("FrozenLake-v1", render_mode="ansi_list", is_slippery=False)
        env.reset(seed=0)
        env.step(2)
        return env.render(), env.render_mode

    assert_same_result(program)
