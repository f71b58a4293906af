"""The base of the recording wrappers of environments and of batches."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.basics.integers import check_integer
from plyo.video.recorder import OnSaved, VideoFormat, VideoRecorder, checked_fps, find_format
from plyo.video.schedule import capped_cubic_video_schedule

#: The file in the folder that has a line of JSON for each finished video.
LIST_OF_VIDEOS = "videos.jsonl"

Trigger = Callable[[int], bool]


def always(episode: int) -> bool:
    """Chooses every episode."""
    return True


class StreamedFrames(Sequence[NDArray[Any]]):
    """The frames of the running recording: only their number and the latest frame.

    All others have gone to the file. ``len``, truth and ``[-1]`` work; another index raises IndexError.
    """

    def __init__(self, count: int, latest: NDArray[Any] | None) -> None:
        """Takes the number of frames and the latest one."""
        self._count = count
        self._latest = latest

    def __len__(self) -> int:
        """The number of frames."""
        return self._count

    @overload
    def __getitem__(self, index: int) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[NDArray[Any]]: ...
    def __getitem__(self, index: Any) -> Any:
        """The latest frame.

        Raises:
            IndexError: The index is another.
        """
        if (
            self._count
            and not isinstance(index, slice)
            and index in (-1, self._count - 1)
            and self._latest is not None
        ):
            return self._latest
        raise IndexError(
            f"frame {index} is not held: frames go to the video at once, and only the latest of the {self._count} can "
            "be had, as recorded_frames[-1]. Keep those that you need when they are rendered"
        )

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """Iterates over all frames, if there is at most one.

        Raises:
            IndexError: There are more.
        """
        return iter([self[i] for i in range(self._count)])


@dataclass(frozen=True)
class VideoSettings:
    """The arguments that the recording wrappers share; :class:`plyo.wrappers.RecordVideo` explains them."""

    video_folder: str
    episode_trigger: Trigger | None
    step_trigger: Trigger | None
    video_length: int
    name_prefix: str
    fps: int | None
    disable_logger: bool
    gc_trigger: Trigger | None
    encoder: str | None
    on_saved: OnSaved | None
    max_frames: int | None

    def to_arguments(self) -> dict[str, Any]:
        """The arguments as specs keep them: those that Gymnasium does not know only where they are given."""
        arguments = dict(vars(self))
        for name in ("encoder", "on_saved", "max_frames"):
            if arguments[name] is None:
                del arguments[name]
        return arguments


class RecordsVideos:
    """The part of a wrapper that decides when to record, and writes the files.

    Attributes:
        episode_trigger: Takes the number of an episode; whether to record it; ``None`` for never.
        step_trigger: Takes the number of a step; whether to begin a recording after it; ``None`` for never.
        disable_logger: Whether nothing is printed when a video is saved.
        gc_trigger: Takes the number of an episode; whether to collect garbage after a video of it.
        video_folder: The folder of the videos, absolute.
        frames_per_sec: Frames per second.
        name_prefix: The beginning of the files' names.
        video_length: The frames, less one, after which a recording ends; infinite for whole episodes.
        max_frames: The frames after which a recording ends in any case; ``None`` for no limit.
        recording: Whether a recording is running.
        render_history: Frames that were rendered for the recording and wait for a call of ``render``.
        step_id: The number of the last step, over all episodes, from 0.
        episode_id: The number of the running episode, from 0.
    """

    episode_trigger: Trigger | None
    step_trigger: Trigger | None
    disable_logger: bool
    gc_trigger: Trigger | None
    video_folder: str
    frames_per_sec: float
    name_prefix: str
    video_length: float
    max_frames: int | None
    recording: bool
    render_history: list[Any]
    step_id: int
    episode_id: int

    def _set_up(self, env: Any, settings: VideoSettings) -> None:
        """Takes the settings and makes the folder; the base class has been set up before."""
        limit = settings.max_frames
        if limit is not None:
            limit = check_integer("max_frames", limit, 1, also=", or None for no limit")
        length: float = settings.video_length
        if length != float("inf"):
            length = check_integer("video_length", length, 0, also=", 0 for whole episodes")
        self.episode_trigger, self.step_trigger = settings.episode_trigger, settings.step_trigger
        if self.episode_trigger is None and self.step_trigger is None:
            self.episode_trigger = capped_cubic_video_schedule
        self.gc_trigger = settings.gc_trigger
        self.disable_logger = settings.disable_logger
        fps = settings.fps
        if fps is None:
            fps = env.metadata.get("render_fps", 30)
        self.frames_per_sec = checked_fps(fps)

        self.video_folder = os.path.abspath(settings.video_folder)  # noqa: PTH100 - a string, its links as they are
        if Path(self.video_folder).is_dir():
            logger.warn(
                "%s",
                f"Overwriting existing videos at {self.video_folder} folder "
                "(try specifying a different `video_folder` for the `RecordVideo` wrapper if this is not desired)",
            )
        Path(self.video_folder).mkdir(parents=True, exist_ok=True)
        self._format: VideoFormat = find_format(settings.encoder)
        self._on_saved = partial(note_video, settings.on_saved, not self.disable_logger)

        self.name_prefix = settings.name_prefix
        self.video_length = length or float("inf")
        self.max_frames = limit
        self.recording = False
        self.render_history = []
        self.step_id = self.episode_id = -1
        self._video_name: str | None = None
        self._recorder: VideoRecorder | None = None
        self._facts: dict[str, Any] = {}
        self._seed: Any = None

    @property
    def recorded_frames(self) -> StreamedFrames:
        """The frames of the running recording: their number, and the latest one as ``[-1]``."""
        if self._recorder is None:
            return StreamedFrames(0, None)
        return StreamedFrames(self._recorder.frames, self._recorder.last_frame)

    def start_recording(self, video_name: str) -> None:
        """Begins a recording with the next frame, after ending the one that is running.

        Args:
            video_name: The file's name, without its ending.
        """
        if self.recording:
            self.stop_recording()
        self.recording = True
        self._video_name = video_name
        self._facts = {
            "episode": self.episode_id,
            "step": self.step_id + 1,
            "return": self._no_return(),
            "length": 0,
            "seed": self._seed,
        }

    def stop_recording(self) -> None:
        """Ends the recording and completes its file.

        Raises:
            AssertionError: None is running.
        """
        assert self.recording, "stop_recording was called, but no recording was started"
        recorder, self._recorder = self._recorder, None
        self.recording = False
        self._video_name = None
        if recorder is None:
            logger.warn("Ignored saving a video as there were zero frames to save.")
        else:
            recorder.close()
        if self.gc_trigger and self.gc_trigger(self.episode_id):
            gc.collect()

    def __del__(self) -> None:
        """Lets the recording go: it completes its file, unless a shallow copy of this wrapper still records."""
        self.__dict__.pop("_recorder", None)

    def _no_return(self) -> Any:
        """The return of no steps."""
        return 0.0

    def _add_step(self, reward: Any) -> None:
        """Counts a step into the facts of the running video; the reward is a float, or an array of those of a batch."""
        if self.recording:
            self._facts["return"] = self._facts["return"] + reward
            self._facts["length"] += 1

    def _begin_episode(self) -> None:
        """Counts an episode, and ends and begins recordings accordingly."""
        self.episode_id += 1
        if self.recording and self.video_length == float("inf"):
            self.stop_recording()
        if self.episode_trigger and self.episode_trigger(self.episode_id):
            self.start_recording(f"{self.name_prefix}-episode-{self.episode_id}")

    def _begin_step(self) -> None:
        """Begins a recording after a step that asks for one."""
        if self.step_trigger and self.step_trigger(self.step_id):
            self.start_recording(f"{self.name_prefix}-step-{self.step_id}")

    def _record(self, frame: NDArray[Any]) -> None:
        """Adds a frame to the recording, which ends if that fails; the recorder warns with the reason."""
        if self._recorder is None:
            assert self._video_name is not None
            self._recorder = VideoRecorder(
                os.path.join(self.video_folder, f"{self._video_name}{self._format.suffix}"),  # noqa: PTH118
                self.frames_per_sec,
                meta=self._facts,
                on_saved=self._on_saved,
                format=self._format,
            )
        if not self._recorder.write(frame) or self._recorder.frames == self.max_frames:
            self.stop_recording()

    def _check_length(self) -> None:
        """Ends a recording that has its length."""
        if self.recording and len(self.recorded_frames) > self.video_length:
            self.stop_recording()


def note_video(on_saved: OnSaved | None, aloud: bool, path: str, facts: dict[str, Any]) -> None:
    """Records a finished video in the list, and reports it.

    Args:
        on_saved: The user's callback.
        aloud: Whether to print a line.
        path: The video.
        facts: The facts about it.
    """
    facts["return"] = np.asarray(facts["return"]).tolist()
    try:
        with Path(path).with_name(LIST_OF_VIDEOS).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(facts, default=_plain) + "\n")
    except OSError as e:
        logger.warn("%s", f"{path} is saved, but could not be added to {LIST_OF_VIDEOS}: {e}")
    if aloud:
        print(f"Saved {path}: {facts['frames']} frames, {facts['fps']:g} per second")
    if on_saved is not None:
        on_saved(path, facts)


def _plain(value: Any) -> Any:
    """Converts a value for JSON: arrays to lists, NumPy's numbers to Python's."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)
