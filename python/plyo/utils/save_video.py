"""Saving lists of frames as videos."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plyo import logger
from plyo.video.recorder import VideoFormat, VideoRecorder, find_format
from plyo.video.schedule import capped_cubic_video_schedule

__all__ = ["capped_cubic_video_schedule", "save_video"]

_KEYWORDS = ("fps", "durations", "encoder")


def save_video(
    frames: list[Any],
    video_folder: str,
    episode_trigger: Callable[[int], bool] | None = None,
    step_trigger: Callable[[int], bool] | None = None,
    video_length: int | None = None,
    name_prefix: str = "rl-video",
    episode_index: int = 0,
    step_starting_index: int = 0,
    save_logger: str | None = None,
    **kwargs: Any,
) -> None:
    """Saves the frames of an episode as videos: as a whole, or from some steps on.

    Without ffmpeg the files are animated PNGs, and a warning says so. If the encoder or the disk fails, a warning says
    so, and the frames so far are a readable file.

    Args:
        frames: The frames, the first of them from the reset.
        video_folder: The folder of the videos, which is made.
        episode_trigger: Takes ``episode_index``; whether to save ``{name_prefix}-episode-{episode_index}.mp4``.
            Without any trigger the episodes 0, 1, 8, 27, ..., 729, 1000, 2000, ... are saved.
        step_trigger: Takes the number of each step; whether to save ``{name_prefix}-step-{number}.mp4``, which begins
            with its frame.
        video_length: The most frames of a video; ``None`` for all.
        name_prefix: The beginning of the names.
        episode_index: The number of the episode.
        step_starting_index: The number of its first step.
        save_logger: Prints a line for each video unless ``None``.
        **kwargs: ``fps``, the frames per second; or ``durations``, a list of seconds for which each frame is shown.
            ``encoder`` as in :class:`plyo.wrappers.RecordVideo`.

    Raises:
        ValueError: There is neither ``fps`` nor ``durations``, or they cannot be used; or ffmpeg has no such encoder.
        TypeError: There is another keyword.
        plyo.error.DependencyNotInstalled: A package that ``encoder`` needs is not installed.
    """
    if not isinstance(frames, list):
        logger.error(f"Expected a list of frames, got a {type(frames)} instead.")
    if episode_trigger is None and step_trigger is None:
        episode_trigger = capped_cubic_video_schedule
    unknown = sorted(set(kwargs) - set(_KEYWORDS))
    if unknown:
        raise TypeError(
            f"save_video() got an unexpected keyword argument {unknown[0]!r}; legal are {', '.join(_KEYWORDS)}"
        )
    Path(video_folder).mkdir(parents=True, exist_ok=True)
    clips: list[tuple[str, Sequence[Any]]] = []
    if episode_trigger is not None and episode_trigger(episode_index):
        clips.append((f"episode-{episode_index}", frames[:video_length]))
    if step_trigger is not None:
        for first in range(1, len(frames)):  # frame 0 is from the reset
            step = step_starting_index + first - 1
            if step_trigger(step):
                end = None if video_length is None else first + video_length
                clips.append((f"step-{step}", frames[first:end]))
    if not clips:
        return
    format = find_format(kwargs.get("encoder"))
    for name, clip in clips:
        path = os.path.join(os.path.abspath(video_folder), f"{name_prefix}-{name}")  # noqa: PTH100, PTH118
        _save(clip, path, format, kwargs.get("fps"), kwargs.get("durations"), save_logger is not None)


def _save(
    frames: Sequence[Any],
    path: str,
    format: VideoFormat,
    fps: float | None,
    durations: Sequence[float] | None,
    aloud: bool,
) -> None:
    """Saves one video; the path has no ending yet."""
    if fps is None and durations is None:
        raise ValueError("Please provide either 'fps' or 'durations'.")
    if len(frames) == 0:
        logger.warn("Ignored saving a video as there were zero frames to save.")
        return
    if fps is None:
        assert durations is not None
        frames, fps = _evenly_spaced(frames, durations)
    with VideoRecorder(path + format.suffix, fps, format=format) as recorder:
        for frame in frames:
            if not recorder.write(frame):
                break
    if aloud:
        print(f"Saved {recorder.path}: {recorder.frames} frames, {fps:g} per second")


def _evenly_spaced(frames: Sequence[Any], durations: Sequence[float]) -> tuple[list[Any], float]:
    """The same number of frames at a constant rate, each the frame on show at its time; and the rate per second."""
    if len(durations) < len(frames):
        raise ValueError(f"there are {len(frames)} frames, but only {len(durations)} durations")
    ends = np.cumsum(np.asarray(durations[: len(frames)], dtype=np.float64))
    fps = len(frames) / ends[-1]
    times = np.arange(len(frames)) / fps
    seen = np.searchsorted(ends, times + 1e-9, side="right").clip(max=len(frames) - 1)
    return [frames[i] for i in seen], float(fps)
