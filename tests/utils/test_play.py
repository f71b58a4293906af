"""play and its parts beside Gymnasium's, in an invisible window; keys are events."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome
from picture_envs import drawing, picture

import plyo
import plyo.utils.play
from plyo.error import DependencyNotInstalled

matplotlib = pytest.importorskip("matplotlib")
pygame = pytest.importorskip("pygame")
PACKAGES = (plyo, gymnasium)
KEYS = {"a": 1, ("b",): 0, "ab": 1, ord("c"): 0}


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    """Windows that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.quit()


@pytest.fixture(scope="module")
def play_modules():
    """The two modules; that of Gymnasium wants plots in windows when it is imported."""
    original = matplotlib.use
    matplotlib.use = lambda *_, **__: None
    try:
        importlib.import_module("gymnasium.utils.play")
    finally:
        matplotlib.use = original
    return {p: p.utils.play for p in PACKAGES}


def press(key, kind=None):
    """An event of a key."""
    return pygame.event.Event(pygame.KEYDOWN if kind is None else kind, key=key)


def release(key):
    return press(key, pygame.KEYUP)


A, B, C, X = (ord(letter) for letter in "abcx")
ESCAPE = 27

# events by the number of the times that they are asked for
COURSES = {
    "leaves at once": {0: ["escape"]},
    "presses a key": {1: [("down", A)], 3: [("up", A)], 5: ["escape"]},
    "presses two keys": {1: [("down", A)], 2: [("down", B)], 4: [("up", A)], 6: ["escape"]},
    "in another order": {1: [("down", B), ("down", A)], 4: [("up", B)], 6: ["escape"]},
    "an unknown combination": {1: [("down", A), ("down", C)], 4: [("up", C)], 6: ["escape"]},
    "an unknown key": {1: [("down", X)], 3: [("up", X)], 4: ["escape"]},
    "several episodes": {1: [("down", A)], 17: ["escape"]},
    "closes the window": {3: ["quit"]},
    "another size": {1: [("size", 90, 24)], 2: [("size", 60, 200)], 4: ["escape"]},
}


def script(monkeypatch, course, looks):
    """Lets pygame report the events of a course; looks at the window each time."""
    asked = iter(range(10**6))

    def get():
        window = pygame.display.get_surface()
        looks.append(pygame.surfarray.array3d(window))
        events = []
        for event in course.get(next(asked), []):
            if event == "escape":
                events.append(press(ESCAPE))
            elif event == "quit":
                events.append(pygame.event.Event(pygame.QUIT))
            elif event[0] == "size":
                events.append(pygame.event.Event(pygame.WINDOWRESIZED, x=event[1], y=event[2]))
            else:
                events.append((press if event[0] == "down" else release)(event[1]))
        return events

    monkeypatch.setattr(pygame.event, "get", get)


@pytest.mark.parametrize("mode", ["rgb_array", "rgb_array_list"])
@pytest.mark.parametrize("course", COURSES)
def test_courses(play_modules, monkeypatch, course, mode):
    def program(p):
        calls, looks = [], []
        script(monkeypatch, COURSES[course], looks)
        env = drawing(p, mode)
        play_modules[p].play(
            env, keys_to_action=KEYS, noop=0, fps=1000, seed=7, callback=lambda *facts: calls.append(facts)
        )
        return calls, looks, env.unwrapped.steps

    ours, theirs = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert ours[0][0] == theirs[0][0] == "returned", (ours, theirs)
    calls = ours[0][1][0]
    for call, their_call in zip(calls, theirs[0][1][0], strict=True):
        # after a reset, Gymnasium passes observation and info as the observation before the step
        before = their_call[0][0] if isinstance(their_call[0], tuple) else their_call[0]
        assert_same(call, (before, *their_call[1:]))
    assert_same(ours[0][1][1:], theirs[0][1][1:])
    assert ours[1] == theirs[1] == []


def test_episodes_begin_with_one_reset(play_modules, monkeypatch):
    counts = []
    for p in PACKAGES:
        env = drawing(p)
        resets = []
        original = env.reset
        env.reset = lambda r=resets, o=original, **k: (r.append(k["seed"]), o(**k))[1]
        script(monkeypatch, {1: ["escape"]}, [])
        play_modules[p].play(env, keys_to_action=KEYS, fps=1000, seed=4)
        counts.append(resets)
    assert counts == [[4], [4, 4]]  # Gymnasium resets twice


@pytest.mark.parametrize(
    "options", [{"zoom": 2.5}, {"zoom": 0.5}, {"transpose": False}, {"wait_on_player": True}]
)
def test_options(play_modules, monkeypatch, options):
    def program(p):
        calls, looks = [], []
        script(monkeypatch, {2: [("down", A)], 4: [("up", A)], 7: ["escape"]}, looks)
        env = drawing(p)
        play_modules[p].play(
            env, keys_to_action=KEYS, fps=1000, callback=lambda *facts: calls.append(facts[1:3]), **options
        )
        return calls, looks

    (ours, _), (theirs, _) = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert ours[0] == "returned"
    assert_same(ours, theirs)


def test_what_is_seen(monkeypatch):
    looks = []
    script(monkeypatch, {2: ["escape"]}, looks)
    plyo.utils.play.play(drawing(plyo), keys_to_action=KEYS, fps=1000)
    assert all((look.transpose(1, 0, 2) == picture(i)).all() for i, look in enumerate(looks))
    assert not pygame.get_init()


def with_keys(p, own, fps=50):
    """An environment that knows its keys."""
    env = drawing(p)
    env.get_keys_to_action = lambda: own
    env.metadata = env.metadata | {"render_fps": fps}
    return env


def test_keys_of_the_environment(monkeypatch):
    """The keys of Gymnasium's MountainCar name the empty combination, which its play refuses."""
    calls = []
    script(monkeypatch, {1: [("down", A)], 2: [("up", A)], 4: ["escape"]}, [])
    env = with_keys(plyo, {(): 1, (A,): 0})
    plyo.utils.play.play(env, fps=1000, callback=lambda *facts: calls.append(facts[2]))
    assert calls == [1, 0, 1, 1]


BAD_KEYS = [
    {}, None, [], "ab", {(): 1}, {"a": 2}, {"a": "b"}, {1.5: 1}, {("a", 1.5): 1}, {("ab",): 1}, {("a", None): 0},
    {None: 1}, {"": 1},
]  # fmt: skip


@pytest.mark.parametrize("keys", BAD_KEYS, ids=str)
def test_bad_keys(play_modules, monkeypatch, keys):
    def program(p):
        script(monkeypatch, {0: ["escape"]}, [])
        play_modules[p].play(drawing(p), keys_to_action=keys, fps=1000)

    assert_same_outcome(program, plyo, gymnasium)


@pytest.mark.parametrize("own", [None, 3, {"a": 5}], ids=str)
def test_bad_keys_of_the_environment(play_modules, monkeypatch, own):
    def program(p):
        script(monkeypatch, {0: ["escape"]}, [])
        play_modules[p].play(with_keys(p, own), fps=1000)

    assert_same_outcome(program, plyo, gymnasium)


def test_missing_keys(play_modules):
    def program(p):
        env = drawing(p)
        env.spec = SimpleNamespace(id="Drawing-v0")
        play_modules[p].play(env)

    assert_same_outcome(program, plyo, gymnasium)
    with pytest.raises(plyo.utils.play.MissingKeysToAction):
        program(plyo)


@pytest.mark.parametrize("fps", [30.0, "30", None])
def test_rates_have_to_be_integers(play_modules, monkeypatch, fps):
    def program(p):
        script(monkeypatch, {0: ["escape"]}, [])
        play_modules[p].play(with_keys(p, KEYS, fps))

    assert_same_outcome(program, plyo, gymnasium)


@pytest.mark.parametrize(
    ("mode", "zoom"), [(None, None), ("ansi", None), ("human", None), ("rgb_array", 0), ("rgb_array", -1.5)]
)
def test_bad_games(play_modules, mode, zoom):
    def program(p):
        env = drawing(p, mode)
        env.reset()
        play_modules[p].PlayableGame(env, {(A,): 1}, zoom)

    assert_same_outcome(program, plyo, gymnasium)


def test_games(play_modules):
    def program(p):
        env = drawing(p)
        env.reset()
        game = play_modules[p].PlayableGame(env, {(A,): 1, (A, B): 0}, 2)
        seen = []
        for event in [
            press(A), press(X), press(B), release(A), release(X), pygame.event.Event(pygame.MOUSEMOTION),
            pygame.event.Event(pygame.WINDOWRESIZED, x=61, y=300), press(ESCAPE),
        ]:  # fmt: skip
            game.process_event(event)
            seen.append((sorted(game.pressed_keys), game.running, game.video_size, game.original_video_size))
        return seen, sorted(game.relevant_keys), game.screen.get_size()

    (ours, _), (theirs, _) = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert ours[0] == "returned", ours
    assert_same(ours, theirs)


def test_games_that_know_no_keys(play_modules):
    def program(p, keys):
        env = drawing(p)
        env.spec = SimpleNamespace(id="Drawing-v0")
        env.reset()
        play_modules[p].PlayableGame(env, keys)

    for keys in (None, [], "a"):
        assert_same_outcome(lambda p, keys=keys: program(p, keys), plyo, gymnasium)


@pytest.mark.parametrize("transpose", [True, False, None])
def test_display_arr(play_modules, transpose):
    def program(p):
        pygame.display.init()
        screen = pygame.display.set_mode((50, 40))
        screen.fill((1, 2, 3))
        play_modules[p].display_arr(screen, picture(5), video_size=(20, 31), transpose=transpose)
        return pygame.surfarray.array3d(screen)

    (ours, _), (theirs, _) = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert ours[0] == "returned", ours
    assert_same(ours, theirs)
    with pytest.raises(AssertionError):
        plyo.utils.play.display_arr(None, np.zeros((3, 3, 3)), (3, 3), True)


def test_without_pygame(monkeypatch):
    """Gymnasium's module cannot even be imported then; the text is the same."""
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(DependencyNotInstalled, match="pygame is not installed, run `pip install pygame-ce`"):
        plyo.utils.play.play(drawing(plyo), keys_to_action=KEYS)


def test_without_a_display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "no_such_driver")
    with pytest.raises(
        pygame.error, match=r"There is no display to open a window on .*SDL_VIDEODRIVER=dummy"
    ):
        plyo.utils.play.play(drawing(plyo), keys_to_action=KEYS)


def test_importing_loads_neither_pygame_nor_matplotlib():
    code = "import plyo.utils.play, sys; print({'pygame', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# PlayPlot


@pytest.fixture
def no_figures():
    """Plots in memory, which are gone afterwards."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.mark.parametrize("plots", [1, 3])
def test_plots(play_modules, no_figures, monkeypatch, plots):
    monkeypatch.setattr(no_figures, "pause", lambda seconds: None)

    def program(p):
        plot = play_modules[p].PlayPlot(
            lambda obs, new, action, reward, *_: [reward * i for i in range(plots)],
            4,
            ["x", "y", "z"][:plots],
        )
        seen = []
        for step in range(7):
            plot.callback(None, None, 0, float(step), False, False, {})
            for axis, points in zip(plot.ax, plot.cur_plot, strict=True):
                limits = tuple(map(float, axis.get_xlim()))
                seen.append((np.array(points.get_offsets()), limits, axis.get_title(), len(axis.collections)))
        return seen, plot.t, [list(data) for data in plot.data], plot.horizon_timesteps, plot.plot_names

    (ours, _), (theirs, _) = outcome(lambda: program(plyo)), outcome(lambda: program(gymnasium))
    assert ours[0] == "returned", ours
    assert_same(ours, theirs)


def test_plots_without_a_window_are_drawn_into_memory(no_figures):
    plot = plyo.utils.play.PlayPlot(lambda *facts: [1.0], 3, ["x"])
    plot.callback(None, None, 0, 0.0, False, False, {})
    assert (np.asarray(plot.fig.canvas.buffer_rgba())[..., :2] == 0).any()


def test_plots_in_a_window_are_given_time(no_figures, monkeypatch):
    pauses = []
    monkeypatch.setattr(no_figures, "pause", pauses.append)
    plot = plyo.utils.play.PlayPlot(lambda *facts: [1.0], 3, ["x"])
    monkeypatch.setattr(type(plot.fig.canvas), "required_interactive_framework", "tk", raising=False)
    plot.callback(None, None, 0, 0.0, False, False, {})
    assert pauses == [0.000001]


def test_too_few_numbers(no_figures):
    plot = plyo.utils.play.PlayPlot(lambda *facts: [1.0], 3, ["x", "y"])
    with pytest.raises(ValueError, match="is longer than argument 1"):
        plot.callback(None, None, 0, 0.0, False, False, {})


def test_plots_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        DependencyNotInstalled, match="matplotlib is not installed, run `pip install matplotlib`"
    ):
        plyo.utils.play.PlayPlot(lambda *facts: [], 3, ["x"])
