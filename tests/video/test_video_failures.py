"""Failures of the encoder, the disk or the process: the loop continues, the file is readable, a warning appears."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from video_files import decode, images, moving_bar, names

from plyo.error import DependencyNotInstalled
from plyo.video import VideoRecorder
from plyo.video import ffmpeg as ffmpeg_module
from plyo.video import recorder as recorder_module

HELPERS = Path(__file__).parent


@pytest.fixture
def encoders(monkeypatch):
    """The processes of the encoders that recordings start, in their order."""
    started = []
    original = subprocess.Popen

    class Noted(original):
        def __init__(self, command, *args, **kwargs):
            super().__init__(command, *args, **kwargs)
            if any(str(part).endswith(".part") for part in command[-1:]) and "pipe:0" in command:
                started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return started


def only_warning(caught):
    texts = [str(w.message) for w in caught]
    assert len(texts) == 1, texts
    return texts[0]


def program(path, text):
    """A program that stands for ffmpeg."""
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{text}")
    path.chmod(0o755)
    return str(path)


# No encoder


def test_without_ffmpeg_videos_are_animated_pngs(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: None)
    with pytest.warns(UserWarning, match="ffmpeg is not installed, run .*instead of MP4 files") as caught:
        recorder = VideoRecorder(tmp_path / "video.mp4", 20)
    only_warning(caught)
    with recorder:
        for frame in moving_bar(9):
            recorder.write(frame)
    assert recorder.path == str(tmp_path / "video.png")
    assert names(tmp_path) == ["video.png"]
    assert (images(recorder.path)[0] == list(moving_bar(9))).all()
    with pytest.raises(
        DependencyNotInstalled, match="ffmpeg is not installed, run `pip install imageio-ffmpeg pillow`"
    ):
        VideoRecorder(tmp_path / "video.mp4", encoder="libx264")


def test_ffmpeg_is_looked_for_in_two_places(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_module.find_program() is None
    own = program(tmp_path / "ffmpeg", "")
    assert ffmpeg_module.find_program() == own


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "print('no such codec', file=sys.stderr); sys.exit(8)",
            "libx264: no such codec; .*mpeg4: no such codec",
        ),
        ("sys.exit(3)", "ended with code 3"),
        ("os.kill(os.getpid(), 9)", "ended with code -9"),
    ],
)
def test_an_ffmpeg_that_does_not_work_counts_as_none(tmp_path, monkeypatch, text, said):
    broken = program(tmp_path / "broken", text)
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: broken)
    with pytest.warns(UserWarning, match=f"has no encoder that works .*{said}.*animated PNGs"):
        assert VideoRecorder(tmp_path / "video.mp4").path.endswith(".png")
    with pytest.raises(ValueError, match="the video encoder 'libx264' cannot be used"):
        VideoRecorder(tmp_path / "video.mp4", encoder="libx264")


def test_an_ffmpeg_that_cannot_be_run(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: str(tmp_path))
    with pytest.warns(UserWarning, match="it cannot be run: .*Permission denied"):
        VideoRecorder(tmp_path / "video.mp4")


def test_the_next_best_encoder_is_taken(tmp_path, monkeypatch):
    real = ffmpeg_module.find_program()
    refuses = "if 'libx264' in sys.argv: sys.exit('built without it')\n"
    built_without = program(tmp_path / "ffmpeg", f"{refuses}os.execv({real!r}, [{real!r}, *sys.argv[1:]])")
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: built_without)
    with VideoRecorder(tmp_path / "video.mp4") as recorder:
        for frame in moving_bar(5):
            recorder.write(frame)
    assert len(decode(recorder.path)) == 5


# The encoder fails on the way


def test_a_killed_encoder_leaves_its_fragments(tmp_path, encoders):
    recorder = VideoRecorder(tmp_path / "video.mp4", 30)
    frames = list(moving_bar(400))
    for frame in frames[:300]:
        assert recorder.write(frame)
    deadline = time.monotonic() + 20
    part = next(tmp_path.iterdir())
    while part.stat().st_size < 4000 and time.monotonic() < deadline:
        time.sleep(0.01)
    encoders[0].kill()
    encoders[0].wait()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not all(recorder.write(frame) for frame in frames[300:])
        assert not recorder.write(frames[0])
        meta = recorder.close()
    text = only_warning(caught)
    assert "has ended early, the file has the first" in text
    assert "ffmpeg was killed by signal 9" in text
    decoded = decode(recorder.path).astype(int)
    assert 25 <= len(decoded) == meta["frames"] < 400
    assert (
        np.abs(decoded[:, :20].mean(axis=(1, 2, 3)) - [f[0, 0, 0] for f in frames[: len(decoded)]]).max() < 12
    )
    assert names(tmp_path) == ["video.mp4"]


def test_an_encoder_killed_at_once_leaves_no_file(tmp_path, encoders):
    recorder = VideoRecorder(tmp_path / "video.mp4")
    recorder.write(np.zeros((20, 20, 3), np.uint8))
    encoders[0].kill()
    with pytest.warns(
        UserWarning, match="has ended early, there is no file: ffmpeg was killed by signal 9"
    ) as caught:
        assert recorder.close() is None
    only_warning(caught)
    assert names(tmp_path) == []


def test_an_encoder_that_loses_frames_is_found_out(tmp_path, monkeypatch):
    real = ffmpeg_module.find_program()
    loses = program(
        tmp_path / "ffmpeg",
        f"a = sys.argv[1:]\ni = a.index('-an') if '-an' in a else 0\n"
        f"os.execv({real!r}, [{real!r}, *a[:i], *(['-frames:v', '30'] if '.part' in a[-1] and i else []), *a[i:]])",
    )
    monkeypatch.setattr(ffmpeg_module, "find_program", lambda: loses)
    recorder = VideoRecorder(tmp_path / "video.mp4")
    for frame in moving_bar(31):  # a pipe that nobody reads any more may still take the last one
        recorder.write(frame)
    with pytest.warns(UserWarning, match="the file has the first 30 frames"):
        recorder.close()
    assert len(decode(recorder.path)) == 30


def test_a_program_that_cannot_be_started(tmp_path, monkeypatch):
    recorder = VideoRecorder(tmp_path / "video.mp4")
    monkeypatch.setattr(
        subprocess, "Popen", lambda *_, **__: (_ for _ in ()).throw(OSError("no more processes"))
    )
    assert not recorder.write(np.zeros((20, 20, 3), np.uint8))
    with pytest.warns(UserWarning, match="there is no file: no more processes"):
        recorder.close()


def test_the_folder_is_gone(tmp_path):
    for suffix in ("mp4", "png", "gif"):
        recorder = VideoRecorder(tmp_path / "gone" / f"video.{suffix}")
        deadline = time.monotonic() + 10
        while recorder.write(np.zeros((20, 20, 3), np.uint8)) and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.warns(UserWarning, match="there is no file: .*No such file or directory"):
            assert recorder.close() is None


@pytest.fixture
def small_files():
    """Files cannot become longer than 64 KiB, in this process and those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def noise(count):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("suffix", ["mp4", "png", "gif"])
def test_a_file_that_cannot_grow_is_readable_up_to_there(tmp_path, suffix):
    recorder = VideoRecorder(tmp_path / f"video.{suffix}")
    frames = noise(2500 if suffix == "mp4" else 400)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not all([recorder.write(frame) for frame in frames])
        meta = recorder.close()
    assert "has ended early, the file has the first" in only_warning(caught)
    assert names(tmp_path) == [f"video.{suffix}"]
    decoded = decode(recorder.path)
    assert 15 < len(decoded) == meta["frames"] < len(frames)
    if suffix == "png":
        assert (images(recorder.path)[0] == frames[: len(decoded)]).all()
        # nothing of a part of a frame is left
        assert (tmp_path / "video.png").read_bytes().endswith(b"IEND\xaeB`\x82")


def test_a_full_disk(tmp_path, monkeypatch):
    """The warning has ffmpeg's message about a device that is always full."""
    (tmp_path / "full").symlink_to("/dev/full")
    monkeypatch.setattr(ffmpeg_module, "temporary_name", lambda path: str(tmp_path / "full"))
    recorder = VideoRecorder(tmp_path / "video.mp4")
    taken = [recorder.write(frame) for frame in noise(300)]
    assert not all(taken)
    with pytest.warns(
        UserWarning, match="there is no file: ffmpeg ended with code .*No space left on device"
    ) as caught:
        assert recorder.close() is None
    only_warning(caught)
    assert not (tmp_path / "video.mp4").exists()


def test_no_room_for_the_second_copy(tmp_path, monkeypatch):
    """Without room to rewrite it, the file of fragments is the video."""
    original = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda command, **k: original(["false"] if "copy" in command else command, **k)
    )
    with VideoRecorder(tmp_path / "video.mp4") as recorder:
        for frame in moving_bar(30):
            recorder.write(frame)
    assert names(tmp_path) == ["video.mp4"]
    assert b"moof" in (tmp_path / "video.mp4").read_bytes()
    assert len(decode(recorder.path)) == 30


# Slow encoders


class SlowWriter:
    """Takes its time, and counts how far it is behind."""

    def __init__(self, path, size, fps):
        self.written = []
        SlowWriter.latest = self

    def write(self, frame):
        time.sleep(0.002)
        self.written.append(int(frame[0, 0, 0]))

    def finish(self):
        return len(self.written)

    def salvage(self):
        return 0

    def kill(self):
        pass


def test_a_loop_faster_than_the_encoder_waits_for_it(tmp_path):
    recorder = VideoRecorder(tmp_path / "a.slow", format=recorder_module.VideoFormat(".slow", SlowWriter))
    behind = []
    for i in range(200):
        assert recorder.write(np.full((2, 2, 3), i, np.uint8))
        behind.append(i + 1 - len(SlowWriter.latest.written))
    assert recorder_module.QUEUED_FRAMES - 2 <= max(behind) <= recorder_module.QUEUED_FRAMES + 1
    assert recorder.close()["frames"] == 200
    assert SlowWriter.latest.written == list(range(200))


def test_an_encoder_that_hangs_is_given_up(tmp_path, encoders, monkeypatch):
    recorder = VideoRecorder(tmp_path / "video.mp4")
    frames = list(moving_bar(60, 400, 600))
    for frame in frames:
        recorder.write(frame)
    monkeypatch.setattr(ffmpeg_module, "PATIENCE", 0.4)
    os.kill(encoders[0].pid, signal.SIGSTOP)
    started = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not all(recorder.write(frame) for frame in frames)
        monkeypatch.setattr(ffmpeg_module, "PATIENCE", 20)
        recorder.close()
    assert time.monotonic() - started < 10
    assert "the encoder has taken no frame for 0.4 s" in only_warning(caught)
    assert encoders[0].returncode == -signal.SIGKILL
    assert all("part" not in name for name in names(tmp_path))


def test_an_encoder_that_does_not_end_is_killed(tmp_path, encoders, monkeypatch):
    recorder = VideoRecorder(tmp_path / "video.mp4")
    recorder.write(np.zeros((20, 20, 3), np.uint8))
    time.sleep(0.2)  # the frame is in the pipe
    os.kill(encoders[0].pid, signal.SIGSTOP)
    monkeypatch.setattr(ffmpeg_module, "PATIENCE", 0.4)
    with pytest.warns(UserWarning, match="ffmpeg did not end within 0.4 s and was killed"):
        recorder.close()
    assert names(tmp_path) == []


# The process


def python(code, **kwargs):
    """A program of its own, in a new group of processes, that knows `record` and the folder."""
    start = (
        f"import sys, os, time, signal; sys.path.insert(0, {str(HELPERS)!r})\n"
        "from video_files import moving_bar\nfrom plyo.video import VideoRecorder\n"
        "folder = sys.argv[1]\n"
        "def begin():\n"
        "    recorder = VideoRecorder(folder + '/video.mp4')\n"
        "    for frame in moving_bar(60): recorder.write(frame)\n"
        "    return recorder\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", start + code, kwargs.pop("folder")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("recorder = begin()", 0),
        ("recorder = begin(); sys.exit(3)", 3),
        ("recorder = begin(); 1 / 0", 1),
        ("def f():\n    recorder = begin(); recorder.me = recorder\nf()", 0),
    ],
)
def test_a_recording_that_nobody_closes_is_complete_when_the_program_ends(tmp_path, code, status):
    child = python(code, folder=str(tmp_path))
    _, errors = child.communicate(timeout=60)
    assert child.returncode == status
    assert names(tmp_path) == ["video.mp4"], errors
    assert len(decode(tmp_path / "video.mp4")) == 60
    assert ("ZeroDivisionError" in errors) == (status == 1)


def test_a_killed_program_leaves_all_frames_under_the_temporary_name(tmp_path):
    child = python("r = begin(); time.sleep(1); os.kill(os.getpid(), 9)", folder=str(tmp_path))
    child.communicate(timeout=60)
    assert child.returncode == -9
    deadline = time.monotonic() + 20
    counts = [0]
    while counts[-1] < 60 and time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            counts.append(len(decode(next(tmp_path.iterdir()))))
        except (subprocess.CalledProcessError, ValueError):
            counts.append(0)
    assert counts[-1] == 60
    assert names(tmp_path)[0].endswith(".part")


@pytest.mark.parametrize("catches", [True, False])
def test_ctrl_c_does_not_reach_the_encoder(tmp_path, catches):
    code = (
        "recorder = begin(); frames = list(moving_bar(60))\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    while True: time.sleep(0.01)\n"
        f"except {'KeyboardInterrupt' if catches else 'OSError'}:\n"
        "    for frame in frames: assert recorder.write(frame)\n"
        "    recorder.close()\n"
    )
    child = python(code, folder=str(tmp_path))
    assert child.stdout.readline() == "ready\n"
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert ("KeyboardInterrupt" in errors) != catches
    assert names(tmp_path) == ["video.mp4"]
    assert len(decode(tmp_path / "video.mp4")) == (120 if catches else 60)
    assert "has ended early" not in errors


def test_ctrl_c_while_the_loop_waits_for_the_encoder(tmp_path):
    code = (
        "import numpy as np\nrecorder = VideoRecorder(folder + '/video.mp4')\n"
        "frame = np.zeros((400, 600, 3), np.uint8); print('ready', flush=True)\n"
        "try:\n"
        "    while True: recorder.write(frame)\n"
        "except KeyboardInterrupt:\n"
        "    pass\n"
        "recorder.write(frame); meta = recorder.close(); print(meta['frames'], meta['error'])\n"
    )
    child = python(code, folder=str(tmp_path))
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.7)
    os.killpg(child.pid, signal.SIGINT)
    out, errors = child.communicate(timeout=60)
    frames, error = out.split()
    assert (error, errors) == ("None", "")
    assert int(frames) > 10


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_neither_records_nor_keeps_the_pipe_open(tmp_path):
    recorder = VideoRecorder(tmp_path / "video.mp4")
    for frame in moving_bar(30):
        recorder.write(frame)
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                refused = [recorder.write(frame) for frame in moving_bar(2)]
                assert refused == [False, False]
                assert "is recorded by the process that began it" in only_warning(caught)
                assert recorder.close() is None
            os.write(told, b"x")
            time.sleep(30)
            status = 0
        finally:
            os._exit(status)
    try:
        os.close(told)
        assert os.read(ready, 1) == b"x"
        for frame in moving_bar(30):
            assert recorder.write(frame)
        started = time.monotonic()
        assert recorder.close()["error"] is None
        assert time.monotonic() - started < 10
        assert os.waitpid(child, os.WNOHANG) == (0, 0)  # it still sleeps
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
    assert len(decode(recorder.path)) == 60
    assert names(tmp_path) == ["video.mp4"]


def test_started_programs_do_not_inherit_the_pipe(tmp_path):
    recorder = VideoRecorder(tmp_path / "video.mp4")
    recorder.write(np.zeros((20, 20, 3), np.uint8))
    other = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        started = time.monotonic()
        recorder.close()
        assert time.monotonic() - started < 10
    finally:
        other.kill()
        other.wait()
    assert len(decode(recorder.path)) == 1


# Leftovers


def test_nothing_is_left_behind(tmp_path):
    def open_files():
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    with VideoRecorder(tmp_path / "first.mp4") as recorder:
        recorder.write(np.zeros((20, 20, 3), np.uint8))
    files, threads = open_files(), threading.active_count()
    for suffix in ("mp4", "png", "gif"):
        with VideoRecorder(tmp_path / f"second.{suffix}") as recorder:
            recorder.write(np.zeros((20, 20, 3), np.uint8))
    assert (open_files(), threading.active_count()) == (files, threads)


def test_a_collected_recorder_completes_its_file(tmp_path):
    saved = []
    recorder = VideoRecorder(tmp_path / "video.mp4", meta={"a": 1}, on_saved=lambda *a: saved.append(a))
    for frame in moving_bar(7):
        recorder.write(frame)
    recorder.itself = recorder
    del recorder
    gc.collect()
    path = str(tmp_path / "video.mp4")
    assert saved == [(path, {"a": 1, "path": path, "frames": 7, "fps": 30, "error": None})]
    assert len(decode(path)) == 7


def test_collection_by_the_recording_thread_itself(tmp_path):
    """The thread would wait for its own end; so another one completes the file."""

    class Collects(SlowWriter):
        recorders = []  # noqa: RUF012

        def write(self, frame):
            super().write(frame)
            if len(self.written) == 5:
                self.recorders.clear()
                gc.collect()

    saved = threading.Event()
    format = recorder_module.VideoFormat(".slow", Collects)
    recorder = VideoRecorder(tmp_path / "a.slow", format=format, on_saved=lambda *_: saved.set())
    Collects.recorders.append(recorder)
    for i in range(20):
        recorder.write(np.full((2, 2, 3), i, np.uint8))
    del recorder
    assert saved.wait(10)
    assert SlowWriter.latest.written == list(range(20))


def test_an_error_of_the_callback_is_the_callers(tmp_path):
    def fails(path, meta):
        raise ConnectionError("no network")

    recorder = VideoRecorder(tmp_path / "video.png", on_saved=fails)
    recorder.write(np.zeros((20, 20, 3), np.uint8))
    with pytest.raises(ConnectionError, match="no network"):
        recorder.close()
    assert recorder.close()["frames"] == 1  # the file is there, and the callback is not called again
    assert len(images(recorder.path)[0]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp4", "png", "gif"])
def test_memory_does_not_grow(tmp_path, suffix):
    """10,000 frames of 600x400 grow the process by less than 20 MB."""

    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

    frame = np.full((400, 600, 3), 255, np.uint8)
    with VideoRecorder(tmp_path / f"video.{suffix}", 50) as recorder:
        for i in range(10_000):
            frame[100:150, i % 550 : i % 550 + 50] = (i % 200, 60, 30)
            recorder.write(frame)
            if i == 100:
                before = resident()
        assert resident() - before < 20
    assert recorder.meta["frames"] == 10_000
