"""Recording frames into a video file, at little cost for the loop that makes them."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.error import DependencyNotInstalled
from plyo.video import ffmpeg as ffmpeg_module
from plyo.video.apng import ApngWriter
from plyo.video.ffmpeg import EncoderError, FfmpegWriter, find_ffmpeg
from plyo.video.files import check_target
from plyo.video.frames import Picture, Writer, to_rgb
from plyo.video.gif import GifWriter, check_gif

if TYPE_CHECKING:
    from typing_extensions import Self

#: The range of frames per second that all kinds of files can store.
_LOWEST_FPS, _HIGHEST_FPS = 0.001, 1_000_000
#: The most frames in the queue; a loop that makes more waits.
QUEUED_FRAMES = 32

OnSaved = Callable[[str, dict[str, Any]], object]


@dataclass(frozen=True)
class VideoFormat:
    """A kind of video file.

    Attributes:
        suffix: The end of its files' names, such as ``".mp4"``.
        open: Makes the writer of a file from its path, its size (width, height) and its frames per second.
    """

    suffix: str
    open: Callable[[str, tuple[int, int], float], Writer]


#: The formats by the end of the name, for files that ffmpeg does not write.
_SUFFIXES = {".mp4": None, ".png": "apng", ".apng": "apng", ".gif": "gif"}
_APNG = VideoFormat(".png", ApngWriter)
_GIF = VideoFormat(".gif", GifWriter)


def find_format(encoder: str | None = None) -> VideoFormat:
    """The format of an encoder, which has been tried out.

    Args:
        encoder: ``"apng"``, ``"gif"``, ffmpeg's name of a video encoder, or ``None`` for MP4 with H.264;
            without ffmpeg that becomes an animated PNG, with a warning.

    Raises:
        plyo.error.DependencyNotInstalled: A package that the encoder needs is not installed.
        ValueError: ffmpeg has no such encoder.
    """
    if encoder == "apng":
        return _APNG
    if encoder == "gif":
        check_gif()
        return _GIF
    try:
        found = find_ffmpeg(encoder)
    except (DependencyNotInstalled, EncoderError) as e:
        if encoder is not None:
            raise
        logger.warn("%s", f"{e}; without it videos are written as animated PNGs instead of MP4 files.")
        return _APNG
    return VideoFormat(".mp4", partial(FfmpegWriter, ffmpeg=found))


def _format_of(path: str, encoder: str | None) -> VideoFormat:
    """The format of a file by its name."""
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise ValueError(f"the name of a video has to end in {', '.join(_SUFFIXES)}, got {path!r}")
    own = _SUFFIXES[suffix]
    if encoder is not None and own != (encoder if encoder in _SUFFIXES.values() else None):
        raise ValueError(f"the encoder {encoder!r} does not write files of the kind {suffix}, got {path!r}")
    return find_format(own or encoder)


class VideoRecorder:
    """Writes frames to a video file from a thread of its own.

    Frames are copied and queued; with 32 in the queue, :meth:`write` waits for the encoder. Memory does not grow with
    the length. :meth:`write` raises nothing if the encoder or the disk fails: the recording ends, the frames so far
    become a readable file, and one warning names the cause. The file gets its name when it is complete: at
    :meth:`close`, when the recorder is collected, or when the program ends. In a forked process it does nothing.

    Attributes:
        path: The file; it ends in ``.png`` instead of ``.mp4`` without ffmpeg.
        fps: Frames per second.
        frames: The number of frames so far.
        meta: Facts about the video; :meth:`close` adds ``path``, ``frames``, ``fps`` and ``error``.
        last_frame: The latest frame, or ``None``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        fps: float = 30,
        *,
        encoder: str | None = None,
        meta: dict[str, Any] | None = None,
        on_saved: OnSaved | None = None,
        format: VideoFormat | None = None,
    ) -> None:
        """Prepares a recording; the first frame begins the file.

        Args:
            path: The file: ``.mp4``, ``.png`` (or ``.apng``), an animated PNG without any loss, or ``.gif``.
            fps: Frames per second, more than 0.
            encoder: ffmpeg's name of a video encoder; ``None`` for H.264 as ``libx264`` makes it.
            meta: Facts about the video, kept as :attr:`meta`.
            on_saved: Called with the path and :attr:`meta` when the file has its name.
            format: The result of :func:`find_format`, if it is known.

        Raises:
            ValueError: The path has another ending, ``fps`` is not a positive number, or there is no such encoder.
            plyo.error.DependencyNotInstalled: A package that the file type or the encoder needs is not installed.
        """
        path = os.path.abspath(os.fspath(path))  # noqa: PTH100 - links stay as they are
        fps = checked_fps(fps)
        if format is None:
            format = _format_of(path, encoder)
            if path.lower().endswith(".mp4") and format.suffix != ".mp4":
                path = path[: -len(".mp4")] + format.suffix
        self.path = path
        self.fps = fps
        self.frames = 0
        self.meta: dict[str, Any] = {} if meta is None else meta
        self.last_frame: NDArray[Any] | None = None
        self._session = _Session(path, fps, format, self.meta, on_saved)
        # also when it is collected, and at the end of the program
        self._finish = weakref.finalize(self, self._session.finish)

    @property
    def error(self) -> str | None:
        """The error that has ended the recording early, or ``None``."""
        error = self._session.error
        return None if error is None else str(error)

    def write(self, frame: NDArray[Any]) -> bool:
        """Adds a frame.

        Args:
            frame: A frame for ``plyo.video.frames.to_rgb``, always of the same height and width. It may be changed
                after the call.

        Returns:
            Whether it was queued: not after an error, and not in a forked process.
        """
        taken = self._session.submit(frame)
        if taken:
            self.frames += 1
            self.last_frame = frame
        return taken

    def close(self) -> dict[str, Any] | None:
        """Completes the file; a second call changes nothing.

        Returns:
            :attr:`meta`, or ``None`` if there is no file.
        """
        self._session.finish()
        self._finish.detach()
        self.last_frame = None
        return self.meta if self._session.saved else None

    def __enter__(self) -> Self:
        """Supports ``with``, which completes the file."""
        return self

    def __exit__(self, *args: object) -> None:
        """Completes the file."""
        self.close()

    def __reduce__(self) -> Any:
        """Refuses copies and pickles: there is one file."""
        raise TypeError(f"a recording cannot be copied or pickled, end it first: {self.path}")


def checked_fps(fps: Any) -> float:
    """Frames per second as a Python number.

    Raises:
        ValueError: It is not a number in the range that all kinds of files can store.
    """
    if not isinstance(fps, (int, float, np.integer, np.floating)) or not _LOWEST_FPS <= fps <= _HIGHEST_FPS:
        raise ValueError(
            f"the frames per second of a video have to be a positive number, got {fps!r:.80}; legal are "
            f"{_LOWEST_FPS:g} to {_HIGHEST_FPS}"
        )
    return fps.item() if isinstance(fps, np.generic) else fps


class _Session:
    """The work of a recorder, which goes on without it: the queue, the thread and the end of the file."""

    def __init__(
        self, path: str, fps: float, format: VideoFormat, meta: dict[str, Any], on_saved: OnSaved | None
    ) -> None:
        self.saved = False
        self._path = path
        self._fps = fps
        self._format = format
        self._meta = meta
        self._on_saved = on_saved
        self._process = os.getpid()
        self._shape: tuple[int, int] | None = None
        self._writer: Writer | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._pending: deque[Picture] = deque()
        self._spare: list[Picture] = []
        self._taken = 0
        self._error: Exception | None = None  # an error of the encoder or the disk
        self._refused: Exception | None = None  # the error of a frame that cannot be a part of this video
        self._told = False
        self._ending = False
        self._finished = False

    @property
    def error(self) -> Exception | None:
        """The error that has ended the recording early."""
        return self._error or self._refused

    def submit(self, frame: NDArray[Any]) -> bool:
        """Queues a copy of a frame; returns whether it will be written."""
        if os.getpid() != self._process:
            self._tell_child()
            return False
        if self._finished or self._error is not None or self._refused is not None:
            return False
        try:
            picture = to_rgb(frame)
            if self._shape not in (None, picture.shape[:2]):
                raise ValueError(f"the frames are {self._shape} pixels, but then came {picture.shape[:2]}")
        except ValueError as e:
            self._refused = e
            return False
        try:
            self._begin(picture)
        # a thread that cannot start raises RuntimeError, an impossible file name may raise ValueError
        except (OSError, RuntimeError, ValueError) as e:
            self._error = e
            return False
        with self._changed:
            self._wait_until(lambda: len(self._pending) < QUEUED_FRAMES)
            if self._error is not None:
                return False
            buffer = self._spare.pop() if self._spare else np.empty(picture.shape, dtype=np.uint8)
            np.copyto(buffer, picture)
            self._pending.append(buffer)
            self._changed.notify_all()
        return True

    def _tell_child(self) -> None:
        """Warns once that a forked process does not record."""
        if not self._told:
            self._told = True
            logger.warn(
                "%s",
                f"{self._path} is recorded by the process that began it; this process, its child, does not",
            )

    def _begin(self, picture: Picture) -> None:
        """Opens the file and starts the thread; the first frame has the size."""
        if self._writer is None:
            check_target(self._path)
            height, width = self._shape = (picture.shape[0], picture.shape[1])
            self._writer = self._format.open(self._path, (width, height), self._fps)
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="plyo-video", daemon=True)
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        """The thread: takes frames from the queue and writes them, to the end or to the first error."""
        assert self._writer is not None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending or self._ending or self._error is not None)
                if self._error is not None or not self._pending:
                    return
                buffer = self._pending[0]
            try:
                self._writer.write(buffer)
            except Exception as e:  # of any kind: the thread that makes the frames warns of it
                with self._changed:
                    self._error = self._error or e
                    self._changed.notify_all()
                return
            with self._changed:
                self._spare.append(self._pending.popleft())
                self._taken += 1
                self._changed.notify_all()

    def _wait_until(self, true: Callable[[], bool]) -> None:
        """Waits, with the lock held, for a condition or an error, and for a limited time."""
        patience = ffmpeg_module.PATIENCE
        taken, since = self._taken, time.monotonic()
        while not true() and self._error is None:
            self._changed.wait(min(patience, 1.0))
            if self._taken != taken:
                taken, since = self._taken, time.monotonic()
            elif time.monotonic() - since > patience:
                self._error = EncoderError(f"the encoder has taken no frame for {patience:g} s")

    def finish(self) -> None:
        """Completes the file, calls ``on_saved``, and warns of errors. Can be called again if interrupted."""
        if self._finished or os.getpid() != self._process:
            return
        if threading.current_thread().name.startswith("plyo-"):
            # the garbage collector runs in a thread that this call would wait for
            threading.Thread(target=self.finish, name="finish-video").start()
            return
        frames = self._complete() if self._writer is not None else 0
        self._finished = True
        self._pending.clear()
        self._spare.clear()
        error = self.error
        if error is not None:
            left = f"the file has the first {frames} frames" if frames else "there is no file"
            logger.warn("%s", f"The recording of {self._path} has ended early, {left}: {error}")
        if frames:
            self.saved = True
            reason = None if error is None else str(error)
            self._meta.update(path=self._path, frames=frames, fps=self._fps, error=reason)
            if self._on_saved is not None:
                self._on_saved(self._path, self._meta)

    def _complete(self) -> int:
        """Ends the thread and the file; returns the number of frames in it."""
        assert self._writer is not None
        if self._thread is not None:
            with self._changed:
                self._ending = True
                self._changed.notify_all()
                self._wait_until(lambda: not self._pending)
            if self._error is not None:
                self._writer.kill()
            self._thread.join(ffmpeg_module.PATIENCE)
        if self._error is None:
            try:
                return self._writer.finish()
            except Exception as e:  # of any kind: training goes on
                self._error = e
        return self._writer.salvage()
