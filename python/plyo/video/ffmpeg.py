"""MP4 files through ffmpeg, which runs as a process of its own and gets the frames through a pipe.

During a recording, the file consists of fragments, each readable without the rest. So only the last few frames are
lost if the encoder dies or the disk is full. At the end the file is rewritten with its index in front.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled
from plyo.video.files import remove, temporary_name
from plyo.video.frames import Picture
from plyo.video.mp4 import keep_whole_fragments

#: The default encoders, in the order of trial; the first two make H.264, which every player knows.
DEFAULT_ENCODERS = ("libx264", "libopenh264", "mpeg4")
#: Arguments of ffmpeg for an encoder.
_OPTIONS = {"libx264": ("-preset", "veryfast", "-crf", "20"), "mpeg4": ("-q:v", "4")}
#: Frames of a fragment: the most frames lost when the encoder is killed, beside those in the encoder.
_FRAGMENT = 25
_FRAGMENTED = "+frag_keyframe+empty_moov+default_base_moof"
#: H.264 in 4:2:0, the only form that browsers play, wants even sizes: a row or column of black is added.
_EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
#: More threads only cost memory at these sizes.
_THREADS = "4"
#: Seconds after which an encoder that does nothing counts as hung.
PATIENCE = 60.0
_LINES_KEPT = 10


class EncoderError(OSError):
    """The encoder has failed; the text has the last lines that it wrote."""


@dataclass(frozen=True)
class Ffmpeg:
    """A working program and its encoder.

    Attributes:
        program: Its path.
        encoder: Its name for the encoder, such as ``"libx264"``.
    """

    program: str
    encoder: str


def find_program() -> str | None:
    """The path of ffmpeg: imageio-ffmpeg's if installed, else the one on the path; ``None`` without either."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):  # not installed, or without a program for this machine
        return shutil.which("ffmpeg")


def find_ffmpeg(encoder: str | None = None) -> Ffmpeg:
    """An ffmpeg that has encoded a frame for a test.

    Args:
        encoder: The encoder's name; ``None`` takes the first of :data:`DEFAULT_ENCODERS` that works.

    Raises:
        plyo.error.DependencyNotInstalled: There is no ffmpeg.
        ValueError: It has no such encoder, or the encoder does not work.
        EncoderError: None of the default encoders works.
    """
    program = find_program()
    if program is None:
        raise DependencyNotInstalled(f"ffmpeg is not installed, run `{pip_install('video')}`")
    if encoder is not None:
        try:
            probe(program, encoder)
        except EncoderError as e:
            raise ValueError(
                f"the video encoder {encoder!r} cannot be used: {e}. `{program} -encoders` lists those of this "
                'ffmpeg; "apng" and "gif" need none'
            ) from e
        return Ffmpeg(program, encoder)
    failures = []
    for name in DEFAULT_ENCODERS:
        try:
            probe(program, name)
            return Ffmpeg(program, name)
        except EncoderError as e:
            failures.append(f"{name}: {e}")
    raise EncoderError(f"{program} has no encoder that works ({'; '.join(failures)})")


@cache  # an exception is not cached
def probe(program: str, encoder: str) -> None:
    """Lets an encoder encode one black frame without a file.

    Raises:
        EncoderError: It cannot.
    """
    command = [*_input(program, (64, 64), 30), *_encoding(encoder), "-f", "null", "-"]
    try:
        done = subprocess.run(
            command,
            input=bytes(64 * 64 * 3),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise EncoderError(f"it cannot be run: {e}") from e
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise EncoderError(" | ".join(lines[-_LINES_KEPT:]) or f"it ended with code {done.returncode}")


def _input(program: str, size: tuple[int, int], fps: float) -> list[str]:
    """The part of the command that describes the pictures in the pipe."""
    shape = f"{size[0]}x{size[1]}"
    general = [program, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    return [*general, "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", shape, "-r", repr(fps), "-i", "pipe:0"]


def _encoding(encoder: str) -> list[str]:
    """The part of the command that describes the video."""
    options = _OPTIONS.get(encoder, ())
    return ["-an", "-vf", _EVEN, "-c:v", encoder, *options, "-pix_fmt", "yuv420p", "-threads", _THREADS]


# Writers whose pipe is open: a forked process must not keep it open too.
_open_writers: dict[int, FfmpegWriter] = {}


class FfmpegWriter:
    """Writes an MP4 file through ffmpeg."""

    def __init__(self, path: str, size: tuple[int, int], fps: float, ffmpeg: Ffmpeg) -> None:
        """Starts ffmpeg.

        Args:
            path: The name of the file.
            size: (width, height) of the frames in pixels. The video is a pixel larger if they are odd.
            fps: Frames per second.
            ffmpeg: The program.

        Raises:
            OSError: The program cannot be started.
        """
        self.path = path
        self.frames = 0
        self._ffmpeg = ffmpeg
        self._temporary = temporary_name(path)
        self._finished = False
        movie = [
            "-g",
            str(_FRAGMENT),
            "-movflags",
            _FRAGMENTED,
            "-flush_packets",
            "1",
            "-f",
            "mp4",
            f"file:{self._temporary}",
        ]
        # A session of its own: Ctrl-C reaches this process only, and the encoder ends when its input does.
        self._process = subprocess.Popen(
            [*_input(ffmpeg.program, size, fps), *_encoding(ffmpeg.encoder), *movie],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._listener = threading.Thread(target=self._listen, name="plyo-ffmpeg-messages", daemon=True)
        self._listener.start()
        _open_writers[id(self)] = self

    def _listen(self) -> None:
        """Reads the output of ffmpeg, so that ffmpeg does not wait for a reader, and keeps the end."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._lines.append(line.decode(errors="replace").strip())

    def write(self, frame: Picture) -> None:
        """Sends a frame; waits while the pipe is full.

        Raises:
            EncoderError: The encoder is gone.
        """
        assert self._process.stdin is not None
        view = frame.data.cast("B")
        try:
            while view:
                view = view[self._process.stdin.write(view) :]
        except (BrokenPipeError, ValueError) as e:  # a closed pipe is a ValueError
            raise self._failure() from e
        self.frames += 1

    def _failure(self) -> EncoderError:
        """The failure of the encoder, in its own words if there are any."""
        self._wait(PATIENCE)
        code = self._process.returncode
        said = " | ".join(self._lines)
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return EncoderError(f"ffmpeg {ended}{': ' if said else ''}{said}")

    def _wait(self, seconds: float) -> bool:
        """Waits for the end of the process, and kills it if its file stops growing for some time.

        Returns:
            Whether it ended by itself.
        """
        self._close_pipe()
        size, since, ended = -1, time.monotonic(), True
        while self._process.poll() is None:
            try:
                self._process.wait(min(seconds, 0.5))
            except subprocess.TimeoutExpired:
                now = _size_of(self._temporary)
                if now != size:
                    size, since = now, time.monotonic()
                elif time.monotonic() - since > seconds:
                    self._process.kill()
                    self._process.wait()
                    ended = False
        self._listener.join(1.0)
        return ended

    def _close_pipe(self) -> None:
        _open_writers.pop(id(self), None)
        if self._process.stdin is not None:
            self._process.stdin.close()

    def finish(self) -> int:
        """Waits until all frames are encoded, and gives the file its name.

        Returns:
            The number of frames in it.

        Raises:
            EncoderError: ffmpeg has failed, hangs, or has written fewer frames than it got.
        """
        if self._finished:
            return self.frames
        if not self._wait(PATIENCE):
            raise EncoderError(f"ffmpeg did not end within {PATIENCE:g} s and was killed")
        if self._process.returncode != 0:
            raise self._failure()
        written = keep_whole_fragments(self._temporary)
        if written != self.frames:
            raise EncoderError(f"ffmpeg has written {written} of {self.frames} frames")
        self._put_in_place()
        return self.frames

    def salvage(self) -> int:
        """Makes a file of the whole fragments; returns its number of frames, 0 without a file."""
        self.kill()
        self._wait(PATIENCE)
        try:
            self.frames = keep_whole_fragments(self._temporary)
            if self.frames:
                self._put_in_place()
        except OSError:
            self.frames = 0
        if not self.frames:
            remove(self._temporary)
        return self.frames

    def kill(self) -> None:
        """Ends ffmpeg, and with it a write that hangs."""
        if self._process.poll() is None:
            self._process.kill()

    def _put_in_place(self) -> None:
        """Gives the file its name, rewritten with the index in front if the disk has room for that."""
        indexed = temporary_name(self.path)
        source, target = f"file:{self._temporary}", f"file:{indexed}"
        general = [self._ffmpeg.program, "-nostdin", "-loglevel", "error", "-y", "-i", source]
        try:
            done = subprocess.run(
                [*general, "-c", "copy", "-movflags", "+faststart", "-f", "mp4", target],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                start_new_session=True,
                check=False,
            )
            rewritten = done.returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            rewritten = False
        try:
            # without a second copy the fragments are readable too
            Path(indexed if rewritten else self._temporary).replace(self.path)
        finally:
            remove(indexed)
        if rewritten:
            remove(self._temporary)
        self._finished = True

    def forget_in_child(self) -> None:
        """Closes the pipe in a forked process: the encoder waits until every process has closed it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.returncode = 0  # it is not this process's child


def _size_of(path: str) -> int:
    """The size of a file in bytes, 0 without a file."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _after_fork() -> None:
    for writer in list(_open_writers.values()):
        writer.forget_in_child()
    _open_writers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
