"""The monitor of Gym 0.21: statistics of episodes, and videos of some, in files."""

from __future__ import annotations

import itertools
import json
import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, SupportsFloat

from plyo import error
from plyo._native import __version__
from plyo.basics.floats import to_float
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, Wrapper
from plyo.video.recorder import VideoRecorder
from plyo.video.schedule import capped_cubic_video_schedule
from plyo.wrappers._monitor_files import PREFIX, Statistics, load_results, manifests_in, monitor_files

__all__ = ["Monitor", "load_results"]

_numbers = itertools.count()
_TYPES = {"training": "t", "evaluation": "e"}


class Monitor(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Writes the length, the return and the time of every episode into files, as the monitor of Gym 0.21 did.

    For programs that read these files; :class:`RecordEpisodeStatistics` and :class:`RecordVideo` are the wrappers of
    today. The files are ``openaigym.episode_batch.N.PID.stats.json`` and ``openaigym.manifest.N.PID.manifest.json``;
    they are complete after :meth:`close`, which the end of the program does too. :func:`load_results` reads them.
    ``step`` and ``reset`` have the API of today; :class:`LegacyStep` around the monitor gives them that of Gym.

    Attributes:
        directory: The folder, absolute.
        episode_id: The number of episodes that have begun.
        enabled: Whether the monitor is open.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        directory: str | os.PathLike[str],
        video_callable: Callable[[int], bool] | Literal[False] | None = None,
        force: bool = False,
        resume: bool = False,
        write_upon_reset: bool = False,
        uid: str | None = None,
        mode: str | None = None,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment.
            directory: The folder for the files, which is made if needed.
            video_callable: Takes the number of an episode, from 0; whether to record a video of it. None for cubes
                up to 1000, then thousands; False for none. Videos need ``render_mode="rgb_array"``.
            force: Whether to delete the files of earlier monitors in the folder.
            resume: Whether to add to them.
            write_upon_reset: Whether to write the files at every reset too.
            uid: A part of the files' names in place of the number of the process.
            mode: ``"training"``, which is the default, or ``"evaluation"``: the type of the episodes.

        Raises:
            plyo.error.Error: There are files of an earlier monitor, and neither ``force`` nor ``resume`` is set; or an
                argument is not legal.
        """
        folder = os.path.abspath(os.fspath(directory))  # noqa: PTH100 - links stay as they are
        RecordConstructorArgs.__init__(
            self, directory=directory, video_callable=video_callable, force=force, resume=resume,
            write_upon_reset=write_upon_reset, uid=uid, mode=mode,
        )  # fmt: skip
        Wrapper.__init__(self, env)
        if video_callable not in (None, False) and not callable(video_callable):
            raise error.Error(
                "You must provide a function, None, or False for video_callable, "
                f"not {type(video_callable)}: {video_callable}"
            )
        self._type = "t"
        if mode is not None:
            self.set_monitor_mode(mode)
        self._records_videos = video_callable is not False and env.render_mode == "rgb_array"
        if callable(video_callable) and not self._records_videos:
            raise error.Error(
                f"videos need an environment with render_mode='rgb_array', this one has {env.render_mode!r}: make it "
                "with that mode, or pass video_callable=False"
            )
        self._video_callable = video_callable if callable(video_callable) else capped_cubic_video_schedule
        self.directory = folder
        _prepare(Path(folder), directory, force, resume)
        spec = env.spec
        env_info = {"gym_version": __version__, "env_id": "(unknown)" if spec is None else spec.id}
        self._infix = f"{next(_numbers)}.{os.getpid() if uid is None else uid}"
        self._stats = Statistics(Path(folder), self._infix, env_info)
        self._write_upon_reset = write_upon_reset
        self._steps: int | None = None
        self._return = 0.0
        self._done: bool | None = None
        self._video: VideoRecorder | None = None
        self.episode_id = 0
        self.enabled = True
        self._finalizer = weakref.finalize(self, _write_in, os.getpid(), self._stats)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the environment and counts.

        Raises:
            plyo.error.ResetNeeded: The episode has ended, or none has begun.
        """
        if self.enabled and (self._done or self._steps is None):
            state = "which is currently done" if self._done else "before reset"
            raise error.ResetNeeded(
                f"Trying to step an environment {state}. While the monitor is active for "
                f"{self._stats.env_info['env_id']}, call 'env.reset()' to start the next episode."
            )
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self.enabled:
            self._count(to_float(reward), bool(terminated or truncated))
        return observation, reward, terminated, truncated, info

    def _count(self, reward: float, done: bool) -> None:
        assert self._steps is not None
        self._steps += 1
        self._stats.total_steps += 1
        self._return += reward
        self._done = done
        if done:
            self._stats.episode_lengths.append(self._steps)
            self._stats.episode_rewards.append(self._return)
            self._stats.timestamps.append(time.time())
        self._capture()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Starts an episode.

        Raises:
            plyo.error.Error: The episode that is running has not ended: its statistics would be lost.
        """
        if self.enabled and self._done is False and self._steps:
            raise error.Error(
                "Tried to reset environment which is not done. While the monitor is active for "
                f"{self._stats.env_info['env_id']}, you cannot call reset() unless the episode is over."
            )
        result = self.env.reset(seed=seed, options=options)
        if self.enabled:
            self._begin()
        return result

    def _begin(self) -> None:
        if self._stats.initial_reset_timestamp is None:
            self._stats.initial_reset_timestamp = time.time()
        if self._steps == 0:
            self._stats.episode_types.pop()  # an episode without steps does not count
        self._stats.episode_types.append(self._type)
        self._steps, self._return, self._done = 0, 0.0, False
        self._end_video()
        if self._records_videos and self._video_callable(self.episode_id):
            name = f"{PREFIX}.video.{self._infix}.video{self.episode_id:06}.mp4"
            fps = self.metadata.get("render_fps", 30)
            path = os.path.join(self.directory, name)  # noqa: PTH118 - a text, as it is
            self._video = VideoRecorder(path, fps, meta={"episode_id": self.episode_id})
            self._capture()
        self.episode_id += 1
        if self._write_upon_reset:
            self._stats.write()

    def _capture(self) -> None:
        if self._video is not None:
            self._video.write(self.env.render())  # type: ignore[arg-type]  # pictures, in this render mode

    def _end_video(self) -> None:
        """Completes the video and writes its facts beside it."""
        video, self._video = self._video, None
        if video is None or video.close() is None:
            return
        facts = Path(os.path.splitext(video.path)[0] + ".meta.json")  # noqa: PTH122 - the name has more dots
        kind = "video/mp4" if video.path.endswith(".mp4") else "image/png"
        facts.write_text(json.dumps({"episode_id": video.meta["episode_id"], "content_type": kind}))
        self._stats.videos.append((video.path, str(facts)))

    def close(self) -> None:
        """Writes the files and closes the environment."""
        if self.enabled:
            self.enabled = False
            self._end_video()
            self._finalizer()
        self.env.close()

    def set_monitor_mode(self, mode: str) -> None:
        """Sets the type of the episodes that begin from now on.

        Args:
            mode: ``"training"`` or ``"evaluation"``.

        Raises:
            plyo.error.Error: It is neither.
        """
        if mode not in _TYPES:
            raise error.Error(f'Invalid mode {mode}: must be "training" or "evaluation"')
        self._type = _TYPES[mode]

    def get_total_steps(self) -> int:
        """All steps so far."""
        return self._stats.total_steps

    def get_episode_rewards(self) -> list[float]:
        """The returns of the episodes that have ended."""
        return self._stats.episode_rewards

    def get_episode_lengths(self) -> list[int]:
        """Their lengths in steps."""
        return self._stats.episode_lengths


def _prepare(folder: Path, given: str | os.PathLike[str], force: bool, resume: bool) -> None:
    """Makes the folder; deletes or refuses the files of earlier monitors."""
    folder.mkdir(parents=True, exist_ok=True)
    if force:
        for path in monitor_files(folder):
            path.unlink()
    elif not resume and (earlier := manifests_in(folder)):
        raise error.Error(
            f"Trying to write to monitor directory {given} with existing monitor files: "
            f"{', '.join(map(str, earlier[:5]))}.\n You should use a unique directory for each training run, or use "
            "'force=True' to automatically clear previous monitor files."
        )


def _write_in(process: int, stats: Statistics) -> None:
    """Writes the files in the process that has made the monitor, not in one that was forked from it."""
    if os.getpid() == process:
        stats.write()
