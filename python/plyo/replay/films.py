"""Videos of replays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from plyo._registry.lookup import load_env_creator
from plyo._registry.specs import EnvSpec
from plyo.replay.episode import Episode
from plyo.tasks.task_env import NativeEnv
from plyo.video.recorder import VideoRecorder


class DrawnReplay:
    """An environment that steps through a replay and is drawn.

    Attributes:
        fps: The frames per second of the film.
    """

    def __init__(self, replay: Episode, size: tuple[int, int] | None, style: str | None) -> None:
        """Makes the environment.

        Args:
            replay: The episode.
            size: The height and width of the pictures in pixels; None for the environment's own.
            style: ``"gym"`` or ``"smooth"``; None for the environment's own.

        Raises:
            NotImplementedError: The environment has no pictures.
            TypeError, ValueError: The size or the style is not legal, or not for this environment.
        """
        self._replay = replay
        spec = replay._spec
        drawing = {"render_mode": "rgb_array"} | ({} if style is None else {"render_style": style})
        env = replay._make(**drawing) if style is None or is_native(spec) else None
        if env is None:
            raise ValueError(
                f"style is for native tasks, and {spec.id} is none: it draws itself, got {style!r}"
            )
        self._env = env
        try:
            self._native = isinstance(env.unwrapped, NativeEnv)
            if "rgb_array" not in (env.metadata.get("render_modes") or ()):
                raise NotImplementedError(
                    f"{spec.id} has no pictures: its render modes are {env.metadata.get('render_modes')}"
                )
            if size is not None and not self._native:
                raise ValueError(
                    f"size is for native tasks, and {spec.id} is none: it draws itself, got {size!r}"
                )
        except BaseException:
            env.close()
            raise
        self._size = size
        self.fps = env.metadata.get("render_fps") or 30

    def __enter__(self) -> DrawnReplay:
        """Supports ``with``, which closes the environment."""
        return self

    def __exit__(self, *args: object) -> None:
        """Closes the environment."""
        self._env.close()

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """The pictures."""
        self._replay._begin(self._env)
        yield self._picture()
        for _ in self._replay._steps(self._env):
            yield self._picture()

    def some_pictures(self, width: int, every: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """The pictures of a native task after each so many steps, drawn at a width, with the numbers of the steps."""
        height, full = self._env.unwrapped._engine.picture_size()  # type: ignore[attr-defined]
        self._size = (max(1, round(height * width / full)), width)
        self._replay._begin(self._env)
        yield 0, self._picture()
        for step, _ in enumerate(self._replay._steps(self._env), 1):
            if step % every == 0:
                yield step, self._picture()

    def _picture(self) -> NDArray[np.uint8]:
        if self._native:
            return self._env.unwrapped.render(size=self._size)  # type: ignore[call-arg,return-value]
        return self._env.render()  # type: ignore[return-value]


def is_native(spec: EnvSpec) -> bool:
    """Whether a spec makes a native task."""
    creator = load_env_creator(spec.entry_point) if isinstance(spec.entry_point, str) else spec.entry_point
    return isinstance(creator, type) and issubclass(creator, NativeEnv)


def film(
    replays: Sequence[Episode],
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    size: tuple[int, int] | None = None,
    style: str | None = None,
    on_frame: Callable[[], bool] | None = None,
) -> str:
    """Writes a video of some episodes, one after the other.

    Args:
        replays: The episodes.
        path: The file, as :class:`VideoRecorder` takes it.
        fps: Frames per second; None for the rate of the first environment.
        size: The height and width in pixels; None for the environment's own.
        style: ``"gym"`` or ``"smooth"`` for native tasks; None for their own.
        on_frame: Is called after each frame; the film ends there if it returns False, and is kept.

    Returns:
        The path of the file.

    Raises:
        OSError: The file cannot be written.
        ValueError, TypeError, NotImplementedError, plyo.error.Error: As :meth:`plyo.Replay.save`. There is no file
            then.
    """
    recorder: VideoRecorder | None = None
    ended = False
    try:
        for replay in replays:
            with DrawnReplay(replay, size, style) as drawn:
                if recorder is None:
                    recorder = VideoRecorder(path, drawn.fps if fps is None else fps)
                for frame in drawn:
                    if not recorder.write(frame):
                        break
                    if on_frame is not None and not on_frame():
                        ended = True
                        break
            if ended:
                break
    except BaseException:
        if recorder is not None and recorder.close() is not None:
            os.remove(recorder.path)  # noqa: PTH107 - a video of a part of the episode would mislead
        raise
    if recorder is None:
        raise ValueError("a video needs at least one episode, got none")
    facts = recorder.close()
    if facts is None or facts["error"] is not None:
        part = "" if facts is None else " to its end"
        raise OSError(f"the video {recorder.path} could not be written{part}: {recorder.error}")
    return recorder.path
