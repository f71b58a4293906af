"""The names of videos: their length, and names that cannot become a video."""

from __future__ import annotations

import os

import numpy as np
import pytest
from video_files import moving_bar

import plyo
from plyo.video import VideoRecorder
from plyo.video.files import temporary_name


@pytest.mark.parametrize(
    ("letter", "suffix"), [("a", ".mp4"), ("a", ".png"), ("é", ".png"), ("\udcff", ".png"), ("é", ".gif")]
)
@pytest.mark.parametrize("length", [100, 241, 242, 250, 255])
def test_names_of_any_length(tmp_path, length, letter, suffix):
    """A name may have 255 bytes, and the one of the unfinished file has to fit too."""
    width = len(os.fsencode(letter))
    stem = letter * ((length - len(suffix)) // width)
    name = "x" * (length - len(suffix) - width * len(stem)) + stem + suffix
    assert len(os.fsencode(name)) == length
    with VideoRecorder(tmp_path / name) as recorder:
        for frame in moving_bar(3):
            assert recorder.write(frame)
        # ffmpeg makes its file when it gets to it
        assert all(unfinished.endswith(".part") for unfinished in os.listdir(tmp_path))  # noqa: PTH208 - texts
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208 - texts


def test_unfinished_files_of_long_names_differ():
    names = {temporary_name("/tmp/" + "a" * 250 + ending) for ending in (".mp4", ".png", ".mp4")}
    assert len(names) == 3
    assert all(len(os.path.basename(name)) <= 255 for name in names)  # noqa: PTH119 - a text


def no_targets(folder):
    """Names that no video can have, with a part of the error's text."""
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "fifo.png")
    yield folder / "folder.png", "Is a directory"
    yield folder / "fifo.png", "no regular file"
    yield folder / ("a" * 300 + ".png"), "too long"
    yield folder / "none" / "a.png", "No such file"
    yield folder / "null\0.png", "null"


def test_what_no_video_can_be_ends_the_recording_with_a_warning(tmp_path):
    for path, said in no_targets(tmp_path):
        before = sorted(os.listdir(tmp_path))  # noqa: PTH208 - texts
        recorder = VideoRecorder(path)
        assert not recorder.write(np.zeros((4, 4, 3), np.uint8))
        assert said in recorder.error
        with pytest.warns(UserWarning, match=f"there is no file: .*{said}"):
            assert recorder.close() is None
        assert sorted(os.listdir(tmp_path)) == before  # noqa: PTH208 - texts


@pytest.mark.parametrize("suffix", [".mp4", ".png", ".gif"])
def test_a_name_that_is_taken_while_recording_leaves_nothing_unfinished(tmp_path, suffix):
    path = tmp_path / f"video{suffix}"
    recorder = VideoRecorder(path)
    for frame in moving_bar(3):
        recorder.write(frame)
    path.mkdir()
    with pytest.warns(UserWarning, match="there is no file"):
        assert recorder.close() is None
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208 - texts


def test_a_link_is_replaced(tmp_path):
    (tmp_path / "link.png").symlink_to("/dev/full")
    with VideoRecorder(tmp_path / "link.png") as recorder:
        for frame in moving_bar(3):
            recorder.write(frame)
    assert not (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "link.png").stat().st_size > 0


def recorder_of(folder, prefix):
    env = plyo.make("CartPole-v1", render_mode="rgb_array")
    return plyo.wrappers.RecordVideo(
        env, str(folder), name_prefix=prefix, episode_trigger=lambda number: number == 0
    )


def test_recording_wrappers_take_names_as_long_as_files_may_have(tmp_path):
    prefix = "v" * (255 - len("-episode-0.mp4"))
    env = recorder_of(tmp_path / "a", prefix)
    env.reset(seed=0)
    env.step(0)
    env.close()
    assert (tmp_path / "a" / f"{prefix}-episode-0.mp4").exists()
    env = recorder_of(tmp_path / "b", prefix + "v")
    with pytest.warns(UserWarning, match="too long"):
        env.reset(seed=0)
    env.step(0)  # training continues
    env.close()
    assert not list((tmp_path / "b").iterdir())


def test_replays_say_why_there_is_no_video(tmp_path):
    replay = plyo.Replay("CartPole-v1", 7, [0, 1, 1])
    (tmp_path / "folder.png").mkdir()
    refused = pytest.raises(OSError, match=r"be written: .*Is a directory")
    with pytest.warns(UserWarning, match="Is a directory"), refused:
        replay.save(tmp_path / "folder.png")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]
    for fps in (1e-9, 1e300, 5e-324, 10**400):
        with pytest.raises(ValueError, match=r"positive number, got .*; legal are 0.001 to 1000000"):
            replay.save(tmp_path / "a.mp4", fps=fps)


def test_endings_stay_as_they_are_written(tmp_path):
    replay = plyo.Replay("CartPole-v1", 7, [0, 1, 1])
    for name in ("a.MP4", "b.Mp4", "c.PNG", "d.GIF"):
        assert replay.save(tmp_path / name) == str(tmp_path / name)
        assert (tmp_path / name).exists()
