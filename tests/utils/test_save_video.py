"""save_video beside Gymnasium's."""

from __future__ import annotations

from functools import partial

import gymnasium.utils.save_video
import numpy as np
import pytest
from differential import assert_same, outcome
from picture_envs import Clip, assert_same_videos, our_videos, their_videos
from video_files import decode, images, moving_bar, names

import plyo.utils.save_video
from plyo.video import ffmpeg as ffmpeg_module

PACKAGES = (plyo, gymnasium)
FRAMES = list(moving_bar(12, 8, 10))


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Saves with either package, compares, and returns the names."""
    theirs = their_videos(monkeypatch)
    monkeypatch.setattr(gymnasium.utils.save_video, "ImageSequenceClip", Clip)

    def save(frames, **kwargs):
        results = []
        for p in PACKAGES:
            more = {"encoder": "apng"} if p is plyo else {}
            folder = str(tmp_path / p.__name__)
            save = partial(p.utils.save_video.save_video, frames, folder, **kwargs, **more)
            results.append(outcome(save))
        assert_same(*results)
        assert_same_videos(our_videos(tmp_path / "plyo"), theirs)
        return sorted(theirs)

    return save


@pytest.mark.parametrize(
    ("keywords", "saved"),
    [
        ({}, ["rl-video-episode-0"]),
        ({"episode_index": 8}, ["rl-video-episode-8"]),
        ({"episode_index": 2}, []),
        ({"episode_index": 3000, "name_prefix": "x"}, ["x-episode-3000"]),
        ({"episode_trigger": lambda i: i == 2, "episode_index": 2}, ["rl-video-episode-2"]),
        ({"video_length": 5}, ["rl-video-episode-0"]),
        ({"video_length": 500}, ["rl-video-episode-0"]),
        ({"step_trigger": lambda i: i in (0, 4, 10, 11)}, [f"rl-video-step-{i}" for i in (0, 10, 4)]),
        ({"step_trigger": lambda i: i % 50 == 0, "step_starting_index": 95}, ["rl-video-step-100"]),
        ({"step_trigger": lambda i: i == 2, "video_length": 3}, ["rl-video-step-2"]),
        ({"step_trigger": lambda i: i == 2, "episode_trigger": lambda i: True}, 2),
    ],
)
def test_videos(both, tmp_path, keywords, saved):
    found = both(FRAMES, fps=20, **keywords)
    assert found == saved or len(found) == saved
    assert (tmp_path / "plyo").is_dir()


def test_the_schedule():
    numbers = range(5000)
    ours, theirs = ([p.utils.save_video.capped_cubic_video_schedule(i) for i in numbers] for p in PACKAGES)
    assert ours == theirs
    assert [i for i in numbers if ours[i]][:12] == [0, 1, 8, 27, 64, 125, 216, 343, 512, 729, 1000, 2000]


def test_without_a_rate(tmp_path):
    calls = [lambda p=p: p.utils.save_video.save_video(FRAMES, str(tmp_path / p.__name__)) for p in PACKAGES]
    assert_same(*map(outcome, calls))


def test_mp4_files(tmp_path, capsys):
    plyo.utils.save_video.save_video(FRAMES, str(tmp_path), fps=25, save_logger="bar")
    assert names(tmp_path) == ["rl-video-episode-0.mp4"]
    assert len(decode(tmp_path / "rl-video-episode-0.mp4")) == 12
    assert "Saved" in capsys.readouterr().out
    plyo.utils.save_video.save_video(FRAMES[:3], str(tmp_path), fps=25)
    assert len(decode(tmp_path / "rl-video-episode-0.mp4")) == 3
    assert capsys.readouterr().out == ""


def test_frames_that_are_no_list(tmp_path):
    """Gymnasium logs the same error, and then fails."""
    with pytest.warns(UserWarning, match="Expected a list of frames, got a <class 'tuple'> instead."):
        plyo.utils.save_video.save_video(tuple(FRAMES), str(tmp_path), fps=5, encoder="apng")
    assert (images(tmp_path / "rl-video-episode-0.png")[0] == FRAMES).all()


def test_no_frames(tmp_path):
    with pytest.warns(UserWarning, match="zero frames to save"):
        plyo.utils.save_video.save_video([], str(tmp_path), fps=5)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("durations", "shown"),
    [
        ([0.25] * 12, range(12)),
        ([1, 1, 2], [0, 1, 2]),
        ([3, 1, 1, 1], [0, 0, 1, 2]),
        ([1, 5], [0, 1]),
    ],
)
def test_durations(tmp_path, durations, shown):
    frames = FRAMES[: len(durations)]
    plyo.utils.save_video.save_video(frames, str(tmp_path), durations=durations, encoder="apng")
    saved, delays = images(tmp_path / "rl-video-episode-0.png")
    assert sum(delays) == pytest.approx(1000 * sum(durations), rel=1e-3)
    assert (saved == [frames[i] for i in shown]).all()


def test_bad_keywords(tmp_path):
    with pytest.raises(
        TypeError, match="unexpected keyword argument 'speed'; legal are fps, durations, encoder"
    ):
        plyo.utils.save_video.save_video(FRAMES, str(tmp_path), fps=3, speed=2)
    with pytest.raises(ValueError, match="there are 12 frames, but only 2 durations"):
        plyo.utils.save_video.save_video(FRAMES, str(tmp_path), durations=[1, 2])
    with pytest.raises(ValueError, match="positive number, got 0"):
        plyo.utils.save_video.save_video(FRAMES, str(tmp_path), fps=0)


def test_without_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: None)
    with pytest.warns(UserWarning, match="animated PNGs instead"):
        plyo.utils.save_video.save_video(FRAMES, str(tmp_path), fps=5)
    assert names(tmp_path) == ["rl-video-episode-0.png"]


def test_frames_of_different_sizes(tmp_path):
    with pytest.warns(UserWarning, match="the file has the first 12 frames: the frames are"):
        plyo.utils.save_video.save_video([*FRAMES, np.zeros((3, 3, 3), np.uint8)], str(tmp_path), fps=5)
    assert len(decode(tmp_path / "rl-video-episode-0.mp4")) == 12
