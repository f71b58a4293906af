"""Windows and videos of batches beside Gymnasium's."""

from __future__ import annotations

import inspect
import json
import sys
from functools import partial

import gymnasium
import gymnasium.wrappers.vector
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, outcome
from picture_envs import HEIGHT, WIDTH, assert_same_videos, drawing, our_videos, picture, their_videos
from video_files import decode

import plyo
import plyo.wrappers.vector
from plyo.vector import AutoresetMode

pygame = pytest.importorskip("pygame")
PACKAGES = (plyo, gymnasium)


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    """Windows that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.quit()


def batch(p, num_envs=3, mode="rgb_array", autoreset=None):
    """Environments whose episodes are of different lengths."""
    keywords = {} if autoreset is None else {"autoreset_mode": p.vector.AutoresetMode[autoreset]}
    makers = [lambda i=i: drawing(p, mode, length=4 + i) for i in range(num_envs)]
    return p.vector.SyncVectorEnv(makers, **keywords)


# RecordVideo


def record_video(p, envs, folder, **kwargs):
    """The wrapper; ours saves without loss, and neither spends the time on garbage."""
    kwargs = {"gc_trigger": None} | ({"encoder": "apng"} if p is plyo else {}) | kwargs
    return p.wrappers.vector.RecordVideo(envs, str(folder / p.__name__), **kwargs)


def play(envs, steps=30):
    envs.reset(seed=4)
    for i in range(steps):
        envs.step(np.full(envs.num_envs, i % 2))
    envs.close()


def both(folder, monkeypatch, program, wrap=lambda p, envs: envs, **kwargs):
    """Runs a program on both; checks that videos and warnings are the same."""
    theirs = their_videos(monkeypatch)
    caught = []
    for p in PACKAGES:
        numbers = {name: kwargs[name] for name in ("num_envs", "mode", "autoreset") if name in kwargs}
        others = {name: value for name, value in kwargs.items() if name not in numbers}
        made = partial(record_video, p, wrap(p, batch(p, **numbers)), folder, **others)
        result, warned = outcome(lambda made=made: program(made()))
        assert result[0] == "returned", result
        caught.append(warned)
    assert theirs
    assert_same_videos(our_videos(folder / "plyo"), theirs)
    assert_same(*caught)
    return caught[0]


KEYWORDS = {
    "nothing": {},
    "episodes": {"episode_trigger": lambda i: i in (1, 3)},
    "steps": {"step_trigger": lambda i: i % 8 == 3},
    "lengths": {"video_length": 6, "step_trigger": lambda i: i % 10 == 0},
    "first only": {"record_first_only": True},
    "wide": {"num_envs": 6, "video_aspect_ratio": (16, 9)},
    "high": {"num_envs": 6, "video_aspect_ratio": (1, 3)},
    "prime": {"num_envs": 7},
    "one": {"num_envs": 1},
    "many": {"num_envs": 12, "name_prefix": "x", "fps": 4},
}


@pytest.mark.parametrize("autoreset", [None, "NEXT_STEP", "SAME_STEP"])
@pytest.mark.parametrize("keywords", KEYWORDS)
def test_recordings(tmp_path, monkeypatch, keywords, autoreset):
    warned = both(tmp_path, monkeypatch, play, autoreset=autoreset, **KEYWORDS[keywords])
    assert any("Recorded episodes will not contain the last frame" in w[1] for w in warned) == (
        autoreset == "SAME_STEP"
    )


def test_masked_resets(tmp_path, monkeypatch):
    def program(envs):
        envs.reset()
        for _ in range(4):
            _, _, ended, _, _ = envs.step(np.zeros(3, int))
        for mask in (ended, ~ended, np.ones(3, bool)):
            envs.reset(options={"reset_mask": mask.copy()})
            envs.step(np.zeros(3, int))
        envs.close()

    both(tmp_path, monkeypatch, program, autoreset="DISABLED", episode_trigger=lambda i: True)


def test_unknown_autoreset(tmp_path, monkeypatch):
    def forget(p, envs):
        envs.metadata = {k: v for k, v in envs.metadata.items() if k != "autoreset_mode"}
        return envs

    warned = both(tmp_path, monkeypatch, play, forget)
    assert "doesn't specify its autoreset mode" in warned[0][1]


@pytest.mark.parametrize("mode", [None, "human", "ansi"])
def test_modes_without_pictures(tmp_path, mode):
    def program(p):
        envs = batch(p)
        envs.render_mode = mode
        return record_video(p, envs, tmp_path)

    assert_same_outcome(program, plyo, gymnasium)


def test_lists_of_frames(tmp_path):
    """Gymnasium fails: a list has no shape."""
    envs = record_video(plyo, batch(plyo, 2, "rgb_array_list"), tmp_path)
    envs.reset()
    for _ in range(3):
        envs.step(np.zeros(2, int))
    rendered = envs.render()
    assert [len(lane) for lane in rendered] == [4, 4]
    assert all((frame == picture(i)).all() for i, frame in enumerate(rendered[1]))
    envs.step(np.zeros(2, int))
    envs.render()
    envs.close()
    frames = our_videos(tmp_path / "plyo")["rl-video-episode-0"][0]
    assert (frames == [np.concatenate([picture(i)] * 2, axis=1) for i in range(5)]).all()


def test_lists_that_have_just_been_taken(tmp_path):
    class Taken(plyo.vector.VectorWrapper):
        def step(self, actions):
            result = super().step(actions)
            self.env.render()
            return result

    envs = record_video(plyo, Taken(batch(plyo, 2, "rgb_array_list")), tmp_path)
    envs.reset()
    envs.render()
    with pytest.warns(UserWarning, match="The frame cannot be captured."):
        envs.step(np.zeros(2, int))
    envs.close()


def test_a_batch_that_renders_one_array(tmp_path):
    class Whole(plyo.vector.VectorWrapper):
        def render(self):
            return np.array(super().render())

    envs = record_video(plyo, Whole(batch(plyo, 2)), tmp_path)
    envs.reset()
    envs.close()
    frames = our_videos(tmp_path / "plyo")["rl-video-episode-0"][0]
    assert (frames == np.concatenate([picture(0)] * 2, axis=1)).all()


def test_the_list_of_videos(tmp_path):
    saved = []
    for first_only in (False, True):
        envs = record_video(
            plyo, batch(plyo, 2), tmp_path / str(first_only), record_first_only=first_only,
            episode_trigger=lambda i: True, on_saved=lambda path, facts: saved.append(facts), max_frames=5,
        )  # fmt: skip
        envs.reset(seed=[3, 5])
        for _ in range(6):
            envs.step(np.array([0, 1]))
        envs.close()
        lines = (tmp_path / str(first_only) / "plyo" / "videos.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == saved[-2:]
    shown = [[f[k] for k in ("episode", "step", "seed", "return", "length", "frames")] for f in saved]
    assert shown == [
        [0, 0, [3, 5], [2.0, 6.0], 4, 5],
        [1, 5, None, [0.5, 0.0], 1, 2],
        [0, 0, [3, 5], [2.0], 4, 5],
        [1, 5, None, [0.5], 1, 2],
    ]


def test_videos_of_a_batch_are_mp4_files(tmp_path):
    envs = plyo.wrappers.vector.RecordVideo(batch(plyo, 4), str(tmp_path / "v"))
    play(envs, 6)
    assert decode(tmp_path / "v" / "rl-video-episode-0.mp4").shape == (5, 2 * HEIGHT, 2 * WIDTH, 3)


def test_signature_and_arguments(tmp_path):
    ours, theirs = (dict(inspect.signature(p.wrappers.vector.RecordVideo).parameters) for p in PACKAGES)
    added = [ours.pop(name) for name in ("encoder", "on_saved", "max_frames")]
    assert {(p.kind, p.default) for p in added} == {(inspect.Parameter.KEYWORD_ONLY, None)}
    assert list(ours) == list(theirs)
    envs = record_video(plyo, batch(plyo), tmp_path, video_aspect_ratio=(3, 2), record_first_only=True, fps=3)
    # Gymnasium forgets these four
    kept = {k: envs._saved_kwargs[k] for k in ("video_aspect_ratio", "record_first_only", "fps")}
    assert kept == {"video_aspect_ratio": (3, 2), "record_first_only": True, "fps": 3}
    assert "gc_trigger" in envs._saved_kwargs
    assert ours["gc_trigger"].default(0) is True
    assert envs.autoreset_mode == AutoresetMode.NEXT_STEP


# HumanRendering


def shown(envs):
    """The picture in the window."""
    return None if envs.window is None else pygame.surfarray.array3d(envs.window).transpose(1, 0, 2)


def facts(envs):
    return envs.screen_size, envs.scaled_subenv_size, envs.num_rows, envs.num_cols


@pytest.mark.parametrize(("num_envs", "size"), [
    (1, None), (2, None), (3, None), (6, None), (9, None),
    (2, (120, 60)), (5, (300, 40)), (4, (90, 72)), (7, (128, 128)),
])  # fmt: skip
def test_windows(num_envs, size):
    def program(p):
        inner = batch(p, num_envs)
        inner.metadata = inner.metadata | {"render_fps": 1000}
        envs = p.wrappers.vector.HumanRendering(inner, *([] if size is None else [size]))
        seen = [envs.render_mode, envs.metadata["render_modes"], facts(envs), envs.window, envs.clock]
        envs.reset(seed=1)
        for _ in range(6):
            envs.step(np.zeros(num_envs, int))
            seen += [shown(envs), facts(envs)]
        envs.close()
        return seen

    (ours, warned), (theirs, _) = (outcome(lambda p=p: program(p)) for p in PACKAGES)
    assert ours[0] == "returned", ours
    assert_same(ours, theirs)
    assert warned == []


def test_a_size_at_which_gymnasiums_assertion_fails():
    """It compares products of floats that have been rounded."""
    sizes = [(width, 50) for width in range(31, 63)]
    failed = 0
    for size in sizes:
        theirs = gymnasium.wrappers.vector.HumanRendering(batch(gymnasium, 3), size)
        theirs.metadata = theirs.metadata | {"render_fps": 1000}
        failed += outcome(theirs.reset)[0][0] == "raised"
        theirs.window = None
        ours = plyo.wrappers.vector.HumanRendering(batch(plyo, 3), size)
        ours.metadata = ours.metadata | {"render_fps": 1000}
        ours.reset()
        assert ours.scaled_subenv_size[0] * ours.num_cols <= size[0]
        assert ours.scaled_subenv_size[1] * ours.num_rows <= size[1]
        ours.close()
    assert failed < len(sizes)


@pytest.mark.parametrize("mode", ["rgb_array_list", "depth_array", "depth_array_list"])
def test_modes_that_gymnasium_fails_with(mode):
    envs = plyo.wrappers.vector.HumanRendering(batch(plyo, 4, mode), (2 * WIDTH, 2 * HEIGHT))
    envs.reset()
    envs.step(np.zeros(4, int))
    window = shown(envs)
    if mode == "rgb_array_list":
        assert (window[HEIGHT:, :WIDTH] == picture(1)).all()
    else:
        assert (window[0, 0] == 0).all()
        assert (window[-1, -1] == 255).all()
    envs.close()
    envs.close()


@pytest.mark.parametrize("mode", [None, "human", "ansi"])
def test_modes_without_windows(mode):
    def program(p):
        envs = batch(p)
        envs.render_mode = mode
        return p.wrappers.vector.HumanRendering(envs)

    assert_same_outcome(program, plyo, gymnasium)


def test_windows_need_a_rate():
    def program(p):
        envs = batch(p)
        envs.metadata = {"render_modes": ["rgb_array"]}
        return p.wrappers.vector.HumanRendering(envs)

    assert_same_outcome(program, plyo, gymnasium)


@pytest.mark.parametrize("missing", ["pygame", "cv2"])
def test_windows_without_a_package(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    assert_same_outcome(lambda p: p.wrappers.vector.HumanRendering(batch(p)).reset(), plyo, gymnasium)


def test_without_a_display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "no_such_driver")
    with pytest.raises(
        pygame.error, match="There is no display to open a window on with SDL_VIDEODRIVER=no_such"
    ):
        plyo.wrappers.vector.HumanRendering(batch(plyo)).reset()
