"""Files that are recorded without any trouble have every frame, in order, in the right colours."""

from __future__ import annotations

import re
import struct
import subprocess
import time

import numpy as np
import pytest
from video_files import decode, images, moving_bar, names

from plyo.error import DependencyNotInstalled
from plyo.video import VideoRecorder
from plyo.video import ffmpeg as ffmpeg_module
from plyo.video.mp4 import keep_whole_fragments

# lengths at which rounding of times, fragments of 25 frames or the encoder's look-ahead might lose one
LENGTHS = [1, 2, 3, 5, 7, 12, 17, 24, 25, 26, 40, 51, 99]


def record(path, frames, fps=30, **kwargs):
    with VideoRecorder(path, fps, **kwargs) as recorder:
        for frame in frames:
            assert recorder.write(frame)
    return recorder


def assert_all_there(path, count, height=16, width=16):
    decoded = decode(path).astype(int)
    assert len(decoded) == count
    wanted = np.array(list(moving_bar(count, height, width)), dtype=int)
    assert np.abs(decoded[:, : height // 2, :width].mean(axis=(1, 2, 3)) - wanted[:, 0, 0, 0]).max() < 12


@pytest.mark.parametrize("fps", [30, 50])
@pytest.mark.parametrize("count", LENGTHS)
def test_every_frame_is_in_the_file(tmp_path, fps, count):
    recorder = record(tmp_path / "video.mp4", moving_bar(count, 16, 16), fps)
    assert_all_there(recorder.path, count)
    assert recorder.meta == {"path": recorder.path, "frames": count, "fps": fps, "error": None}
    assert names(tmp_path) == ["video.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("fps", [30, 50])
@pytest.mark.parametrize("tens", range(20))
def test_every_length(tmp_path, fps, tens):
    for count in range(10 * tens + 1, 10 * tens + 11):
        assert_all_there(record(tmp_path / "video.mp4", moving_bar(count, 16, 16), fps).path, count)


@pytest.mark.parametrize(("fps", "count"), [(20, 8), (50, 200), (12.5, 30), (29.97, 60), (60, 1)])
def test_videos_play_at_their_rate(tmp_path, fps, count):
    recorder = record(tmp_path / "video.mp4", moving_bar(count, 16, 16), fps)
    command = [ffmpeg_module.find_program(), "-hide_banner", "-i", recorder.path]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert float(re.search(r"([\d.]+) fps", told)[1]) == pytest.approx(fps, rel=0.01)
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", told).groups()
    assert 3600 * int(hours) + 60 * int(minutes) + float(seconds) == pytest.approx(count / fps, abs=0.02)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (3, 2), (47, 64), (48, 63), (31, 17)])
def test_odd_sizes_get_a_black_row_or_column(tmp_path, height, width):
    frames = [np.full((height, width, 3), 200, dtype=np.uint8)] * 3
    decoded = decode(record(tmp_path / "odd.mp4", frames).path)
    assert decoded.shape == (3, height + height % 2, width + width % 2, 3)
    if min(height, width) > 2:
        assert np.abs(decoded[:, : height - 1, : width - 1].astype(int) - 200).max() < 12
        assert height % 2 == 0 or decoded[:, -1].max() < 60
        assert width % 2 == 0 or decoded[:, :, -1].max() < 60


def test_the_file_has_its_name_and_its_index_in_front_when_it_is_complete(tmp_path):
    recorder = VideoRecorder(tmp_path / "video.mp4", 20)
    assert names(tmp_path) == []
    for frame in moving_bar(70):
        recorder.write(frame)
    assert [name.startswith("video.mp4.") and name.endswith(".part") for name in names(tmp_path)] == [True]
    assert recorder.close() is recorder.meta
    assert recorder.close() is recorder.meta  # a second time changes nothing
    assert not recorder.write(np.zeros((48, 64, 3), np.uint8))
    content = (tmp_path / "video.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    assert b"moof" not in content


def test_nothing_recorded_is_no_file(tmp_path):
    saved = []
    with VideoRecorder(tmp_path / "video.mp4", on_saved=lambda *a: saved.append(a)) as recorder:
        pass
    assert recorder.close() is None
    assert names(tmp_path) == saved == []


def test_frames_may_be_changed_after_the_call_and_have_any_layout(tmp_path):
    wanted = list(moving_bar(40))
    buffer = np.empty((64, 48, 3), dtype=np.uint8).transpose(1, 0, 2)
    with VideoRecorder(tmp_path / "a.png") as recorder:
        for frame in wanted:
            buffer[...] = frame
            recorder.write(buffer)
            buffer[...] = 0
    assert (images(recorder.path)[0] == wanted).all()


RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLORS = np.dstack([RAMP, 255 - RAMP, RAMP // 2])
FRAME_KINDS = {
    "grey": (RAMP, np.dstack([RAMP] * 3)),
    "grey with an axis": (RAMP[..., None], np.dstack([RAMP] * 3)),
    "with alpha": (np.dstack([COLORS, RAMP]), COLORS),
    "floats": (COLORS + np.float32(0.4), COLORS),
    "not numbers": (np.where(COLORS > 100, COLORS, np.nan), np.where(COLORS > 100, COLORS, 0)),
    "out of range": (COLORS.astype(int) * 3 - 100, (COLORS.astype(int) * 3 - 100).clip(0, 255)),
    "depth": (RAMP / 22.0 + 3, np.dstack([RAMP * (255 / 220)] * 3).astype(np.uint8)),
    "flat depth": (np.full((3, 4), 5.0), np.zeros((3, 4, 3))),
    "depth without end": (np.where(RAMP > 0, RAMP, np.inf), None),
    "no depth": (np.full((3, 4), np.nan), np.full((3, 4, 3), 255)),
}


@pytest.mark.parametrize("kind", FRAME_KINDS)
def test_kinds_of_frames(tmp_path, kind):
    frame, wanted = FRAME_KINDS[kind]
    shown = images(record(tmp_path / "a.png", [frame]).path)[0][0]
    if wanted is None:
        assert (shown[0, 0] == 255).all()
        assert (shown[0, 1] == 0).all()
    else:
        assert np.abs(shown.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    "frame", [np.zeros((2, 2, 2), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros(4), "x"]
)
def test_what_is_no_picture_ends_the_recording(tmp_path, frame):
    recorder = VideoRecorder(tmp_path / "video.png")
    assert recorder.write(np.zeros((4, 4, 3), np.uint8))
    assert not recorder.write(frame)
    with pytest.warns(
        UserWarning, match="the file has the first 1 frames: a frame of shape .* is no picture"
    ):
        recorder.close()
    assert len(images(recorder.path)[0]) == 1


@pytest.mark.parametrize("suffix", ["mp4", "png", "gif"])
def test_a_change_of_size_ends_the_recording(tmp_path, suffix):
    recorder = VideoRecorder(tmp_path / f"video.{suffix}")
    taken = [recorder.write(frame) for frame in moving_bar(40, 16, 16)]
    taken += [recorder.write(frame) for frame in moving_bar(2, 16, 18)]
    assert taken == [True] * 40 + [False] * 2
    with pytest.warns(
        UserWarning, match=r"first 40 frames: the frames are \(16, 16\) pixels, but then came \(16, 18\)"
    ):
        meta = recorder.close()
    assert meta["frames"] == 40
    assert "(16, 18)" in meta["error"]
    assert len(decode(recorder.path)) == 40


# Animated PNGs


def test_apngs_lose_nothing(tmp_path):
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 256, (21, 33, 3), dtype=np.uint8)]
    for _ in range(60):
        frame = frames[-1].copy()
        top, left = rng.integers(0, 21), rng.integers(0, 33)
        frame[top : top + rng.integers(0, 9), left : left + rng.integers(0, 9)] = rng.integers(0, 256, 3)
        frames.append(frame)
    frames += [frames[-1], frames[-1], frames[0]]
    shown, delays = images(record(tmp_path / "a.apng", frames, 25).path)
    assert (shown == frames).all()
    assert delays == [40.0] * len(frames)
    assert len(decode(tmp_path / "a.apng")) == len(frames)


@pytest.mark.parametrize("fps", [0.01, 0.3, 7, 29.97, 60, 1000, 1e6])
def test_delays_of_apngs(tmp_path, fps):
    _, delays = images(record(tmp_path / "a.png", moving_bar(3), fps).path)
    assert delays == pytest.approx([1000 / fps] * 3, rel=1e-3, abs=0.01)


def test_apngs_are_fast_enough(tmp_path):
    frames = list(moving_bar(50, 400, 600))
    for frame in frames:
        frame[:, :] = 255
    started = time.perf_counter()
    record(tmp_path / "a.png", frames)
    assert (time.perf_counter() - started) / len(frames) < 0.05


# GIFs


def test_gifs_have_every_frame_and_its_colors(tmp_path):
    frames = list(moving_bar(45))
    shown, delays = images(record(tmp_path / "a.gif", [*frames, frames[-1]], 30).path)
    assert len(decode(tmp_path / "a.gif")) == 46
    assert sum(delays) == pytest.approx(46 * 1000 / 30, abs=10)
    assert set(delays) == {30.0, 40.0}
    # colours of the first frame are exact, others the nearest of the palette
    assert (shown[0] == frames[0]).all()
    unique = [next(i for i, f in enumerate(frames) if (f == wanted).all()) for wanted in frames]
    assert unique == list(range(45))
    for one, wanted in zip(shown, frames, strict=False):
        assert np.abs(one.astype(int) - wanted).max() <= 48


def test_gifs_of_many_colors(tmp_path):
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    shown, _ = images(record(tmp_path / "a.gif", frames, 10).path)
    assert shown.shape == frames.shape
    assert np.abs(shown.astype(int) - frames).mean() < 25


def test_gifs_faster_than_browsers_show(tmp_path):
    _, delays = images(record(tmp_path / "a.gif", moving_bar(4), 400).path)
    assert delays == [20.0] * 4


def test_gifs_need_pillow(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    with pytest.raises(
        DependencyNotInstalled, match="Pillow is not installed, run `pip install imageio-ffmpeg pillow`"
    ):
        VideoRecorder(tmp_path / "a.gif")


# Arguments


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), "30", None])
def test_bad_rates(tmp_path, fps):
    with pytest.raises(ValueError, match="have to be a positive number, got"):
        VideoRecorder(tmp_path / "a.mp4", fps)


@pytest.mark.parametrize("name", ["a", "a.avi", "a.jpg", "mp4"])
def test_bad_names(tmp_path, name):
    with pytest.raises(ValueError, match=r"has to end in \.mp4, \.png, \.apng, \.gif, got"):
        VideoRecorder(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "encoder"), [("a.gif", "apng"), ("a.mp4", "gif"), ("a.mp4", "apng"), ("a.png", "libx264")]
)
def test_encoders_that_do_not_fit(tmp_path, name, encoder):
    with pytest.raises(ValueError, match=f"the encoder '{encoder}' does not write files of the kind"):
        VideoRecorder(tmp_path / name, encoder=encoder)


def test_encoders_of_ffmpeg(tmp_path):
    recorder = record(tmp_path / "a.mp4", moving_bar(30, 16, 16), encoder="mpeg4")
    assert b"mp4v" in (tmp_path / "a.mp4").read_bytes()
    assert len(decode(recorder.path)) == 30
    with pytest.raises(
        ValueError, match=r"the video encoder 'libx999' cannot be used: .*Unknown encoder 'libx999'"
    ):
        VideoRecorder(tmp_path / "b.mp4", encoder="libx999")


def test_numpy_rates_and_odd_paths(tmp_path):
    folder = tmp_path / "a:b % é"
    folder.mkdir()
    recorder = record(folder / "-x %d.mp4", moving_bar(3), np.float32(12.5))
    assert recorder.fps == 12.5
    assert len(decode(recorder.path)) == 3


def test_recorders_are_not_copied(tmp_path):
    recorder = VideoRecorder(tmp_path / "a.mp4")
    with pytest.raises(TypeError, match="a recording cannot be copied or pickled"):
        __import__("copy").deepcopy(recorder)


# Fragments


def boxes(*parts):
    return b"".join(struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in parts)


def fragment(frames):
    run = boxes((b"trun", struct.pack(">II", 0, frames)))
    return boxes((b"moof", boxes((b"mfhd", b""), (b"traf", run))), (b"mdat", bytes(5)))


@pytest.mark.parametrize(
    ("content", "frames", "kept"),
    [
        (b"", 0, None),
        (boxes((b"ftyp", b"isom")), 0, None),
        (fragment(3) + fragment(4), 7, None),
        (fragment(3) + fragment(4)[:-1], 3, len(fragment(3))),
        (fragment(3) + fragment(4)[:9], 3, len(fragment(3))),
        (fragment(3) + b"\0\0", 3, len(fragment(3))),
        (fragment(3) + struct.pack(">I4s", 2, b"moof"), 3, len(fragment(3))),
        (fragment(2) + struct.pack(">I4sQ", 1, b"free", 16) + fragment(1), 3, None),
        (fragment(3)[:-1], 0, None),
    ],
)
def test_files_are_cut_behind_their_last_whole_fragment(tmp_path, content, frames, kept):
    path = tmp_path / "fragments"
    path.write_bytes(content)
    assert keep_whole_fragments(str(path)) == frames
    assert path.read_bytes() == content[:kept]


def test_patience_is_a_number_of_seconds():
    assert ffmpeg_module.PATIENCE >= 10
    assert keep_whole_fragments("/no/such/file") == 0
