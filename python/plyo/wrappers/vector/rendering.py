"""Wrappers that show and record the pictures of a batch, side by side in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.basics.window import close_window, load_pygame, open_window, show, without_window
from plyo.core import ActType, ObsType
from plyo.error import DependencyNotInstalled
from plyo.vector.vector_env import ArrayType, AutoresetMode, VectorEnv, VectorWrapper
from plyo.video.frames import to_rgb
from plyo.video.recorder import OnSaved
from plyo.wrappers._recording import RecordsVideos, Trigger, VideoSettings, always
from plyo.wrappers.rendering import (
    ACCEPTED_RENDER_MODES,
    check_can_be_shown,
    check_mode_has_pictures,
    human_metadata,
)

__all__ = ["HumanRendering", "RecordVideo"]


def latest_frames(rendered: Any, num_envs: int) -> list[NDArray[Any]]:
    """The present picture of each environment; of a list of frames its last one.

    Args:
        rendered: The result of the batch's ``render``: a picture, or a list of pictures, for each environment.
        num_envs: The number of environments.
    """
    assert isinstance(rendered, (Sequence, np.ndarray)), type(rendered)
    assert len(rendered) == num_envs
    frames = [frame[-1] if isinstance(frame, list) else frame for frame in rendered]
    assert all(isinstance(frame, np.ndarray) for frame in frames), (
        f"Expected `env.render()` to return a numpy array, actually returned {[type(frame) for frame in frames]}"
    )
    return frames


class HumanRendering(VectorWrapper[ObsType, ActType, ObsType, ActType, ArrayType], RecordConstructorArgs):
    """Shows the pictures of all environments in one window.

    Attributes:
        screen_size: (width, height) of the window in pixels, ``None`` before the first picture unless given.
        scaled_subenv_size: (width, height) of each picture in the window.
        num_rows: The rows of pictures.
        num_cols: The columns of pictures.
        window: The window, ``None`` before it is open.
        clock: Knows when the last picture was shown.
    """

    ACCEPTED_RENDER_MODES = ACCEPTED_RENDER_MODES

    def __init__(
        self, env: VectorEnv[ObsType, ActType, ArrayType], screen_size: tuple[int, int] | None = None
    ) -> None:
        """Wraps a batch; the window is opened by the first reset.

        Args:
            env: The batch, of the render mode ``"rgb_array"``, ``"depth_array"``, or either with ``_list``.
            screen_size: (width, height) of the window, ``None`` for that of one picture.

        Raises:
            ValueError: The render mode is another, or ``metadata`` has no ``"render_fps"``.
        """
        VectorWrapper.__init__(self, env)
        RecordConstructorArgs.__init__(self, screen_size=screen_size)
        self.screen_size = screen_size
        self.scaled_subenv_size: tuple[int, int] | None = None
        self.num_rows: int | None = None
        self.num_cols: int | None = None
        self.window: Any = None
        self.clock: Any = None
        check_can_be_shown(self.env)
        if "human" not in self.metadata["render_modes"]:
            self.metadata = human_metadata(self.env.metadata)

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying, without the window."""
        return without_window(self)

    @property
    def render_mode(self) -> str:  # type: ignore[override]
        """``"human"``."""
        return "human"

    def step(self, actions: ActType) -> tuple[ObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the batch and shows it."""
        result = super().step(actions)
        self._render_frame()
        return result

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the batch and shows it."""
        result = super().reset(seed=seed, options=options)
        self._render_frame()
        return result

    def _render_frame(self) -> None:
        """Shows the present pictures."""
        pygame = load_pygame()
        frames = [to_rgb(frame) for frame in latest_frames(self.env.render(), self.num_envs)]
        columns_first = np.transpose(np.array(frames), axes=(0, 2, 1, 3))  # (num_envs, width, height, 3)
        if self.screen_size is None:
            self.screen_size = (columns_first.shape[1], columns_first.shape[2])
        if self.scaled_subenv_size is None:
            self._lay_out(columns_first.shape[1], columns_first.shape[2])
        picture = self._merge(columns_first)
        if self.window is None:
            self.window = open_window(pygame, self.screen_size)
        if self.clock is None:
            self.clock = pygame.time.Clock()
        show(pygame, self.window, picture, self.clock, self.metadata["render_fps"])

    def _lay_out(self, width: int, height: int) -> None:
        """Finds rows and columns for all pictures, and the size at which they fit into the window."""
        assert self.screen_size is not None
        rows = columns = 1
        while rows * columns < self.num_envs:
            # grow where the window has more room left
            across, down = columns * width / self.screen_size[0], rows * height / self.screen_size[1]
            rows, columns = rows + (down <= across), columns + (across <= down)
        scale = min(self.screen_size[0] / (columns * width), self.screen_size[1] / (rows * height))
        self.num_rows, self.num_cols = rows, columns
        self.scaled_subenv_size = (max(1, int(width * scale)), max(1, int(height * scale)))

    def _merge(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """All pictures in one ``(width, height, 3)``, row by row."""
        try:
            import cv2
        except ImportError as e:
            raise DependencyNotInstalled(
                "opencv (cv2) is not installed, run `pip install opencv-python`"
            ) from e
        assert self.screen_size is not None
        assert self.scaled_subenv_size is not None
        assert self.num_cols is not None
        width, height = self.scaled_subenv_size
        merged = np.zeros((*self.screen_size, 3), dtype=np.uint8)
        for i, frame in enumerate(frames):
            row, column = divmod(i, self.num_cols)
            place = merged[column * width : (column + 1) * width, row * height : (row + 1) * height]
            place[...] = cv2.resize(frame, (height, width))[: place.shape[0], : place.shape[1]]
        return merged

    def close(self, **kwargs: Any) -> None:
        """Closes the window and the batch."""
        if self.window is not None:
            self.window = None
            close_window(load_pygame())
        super().close(**kwargs)


class RecordVideo(
    VectorWrapper[ObsType, ActType, ObsType, ActType, NDArray[Any]], RecordsVideos, RecordConstructorArgs
):
    """Records videos of all environments side by side, or of the first one.

    As :class:`plyo.wrappers.RecordVideo`, except for the layout of pictures; episodes are counted on environment 0. The
    ``return`` in ``videos.jsonl`` is a list, of one number for each recorded environment.

    Attributes:
        autoreset_mode: That of the batch.
        has_autoreset: Whether the next step resets environment 0.
        record_first_only: Whether environment 0 alone is recorded.
        video_aspect_ratio: The ratio of width and height that is aimed at.
        frame_rows: The rows of pictures, -1 before the first.
        frame_cols: The columns of pictures, -1 before the first.
        recorded_frames: The number of frames of the running recording as ``len``, and the latest as ``[-1]``.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, NDArray[Any]],
        video_folder: str,
        video_aspect_ratio: tuple[int, int] = (1, 1),
        record_first_only: bool = False,
        episode_trigger: Trigger | None = None,
        step_trigger: Trigger | None = None,
        video_length: int = 0,
        name_prefix: str = "rl-video",
        fps: int | None = None,
        disable_logger: bool = True,
        gc_trigger: Trigger | None = always,
        *,
        encoder: str | None = None,
        on_saved: OnSaved | None = None,
        max_frames: int | None = None,
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch, whose render mode gives a picture of each environment.
            video_folder: See :class:`plyo.wrappers.RecordVideo`, as for all that are not explained here.
            video_aspect_ratio: (width, height) whose ratio the video shall come near.
            record_first_only: Whether environment 0 alone is recorded.
            episode_trigger: The episodes are those of environment 0.
            step_trigger: The steps are those of the batch.
            video_length: See there.
            name_prefix: See there.
            fps: See there.
            disable_logger: See there.
            gc_trigger: See there.
            encoder: See there.
            on_saved: See there.
            max_frames: See there.

        Raises:
            ValueError: The render mode returns no pictures; the frames per second are not a positive number;
                ``max_frames`` is less than 1; or ffmpeg has no such encoder.
            plyo.error.DependencyNotInstalled: A package that ``encoder`` needs is not installed.
        """
        VectorWrapper.__init__(self, env)
        settings = VideoSettings(
            video_folder=video_folder,
            episode_trigger=episode_trigger,
            step_trigger=step_trigger,
            video_length=video_length,
            name_prefix=name_prefix,
            fps=fps,
            disable_logger=disable_logger,
            gc_trigger=gc_trigger,
            encoder=encoder,
            on_saved=on_saved,
            max_frames=max_frames,
        )
        RecordConstructorArgs.__init__(
            self,
            video_aspect_ratio=video_aspect_ratio,
            record_first_only=record_first_only,
            **settings.to_arguments(),
        )
        check_mode_has_pictures(env.render_mode)
        self.autoreset_mode = self._find_autoreset_mode()
        self.has_autoreset = False
        self.record_first_only = record_first_only
        self.video_aspect_ratio = video_aspect_ratio
        self.frame_cols = self.frame_rows = -1
        self._set_up(env, settings)

    def _find_autoreset_mode(self) -> AutoresetMode:
        """The autoreset mode of the batch; warns if it is not known, or loses last frames."""
        mode: AutoresetMode | None = self.env.metadata.get("autoreset_mode")
        if mode is None:
            logger.warn(
                "%s",
                f"{self.env} metadata doesn't specify its autoreset mode ({self.env.metadata!r}), "
                "therefore, defaulting to next step.",
            )
            return AutoresetMode.NEXT_STEP
        if mode == AutoresetMode.SAME_STEP:
            logger.warn(
                "Vector environment's autoreset mode is same-step (https://farama.org/Vector-Autoreset-Mode). "
                "Recorded episodes will not contain the last frame of the episode."
            )
        return mode

    def _no_return(self) -> Any:
        return np.zeros(1 if self.record_first_only else self.num_envs)

    def _capture_frame(self) -> None:
        """Renders and records the pictures, if a recording is running."""
        if not self.recording:
            return
        rendered: Any = self.env.render()
        if any(isinstance(lane, list) for lane in rendered):
            self._keep_for_render(rendered)
            if not all(self.render_history):
                logger.warn(
                    "Trying to capture render frame but 'env.render()' has just been called. "
                    "The frame cannot be captured."
                )
                return
            rendered = self.render_history
        frames = [to_rgb(frame) for frame in latest_frames(rendered, self.num_envs)]
        if self.record_first_only:
            frames = frames[:1]
        if self.frame_cols == -1 or self.frame_rows == -1:
            self._lay_out(len(frames), *frames[0].shape[:2])
        self._record(self._concat_frames(frames))
        self._check_length()

    def _keep_for_render(self, rendered: Sequence[list[Any]]) -> None:
        """Keeps lists of frames for the next call of :meth:`render`."""
        if not self.render_history:
            self.render_history = [[] for _ in rendered]
        for history, lane in zip(self.render_history, rendered, strict=True):
            history += lane

    def _lay_out(self, count: int, height: int, width: int) -> None:
        """Finds the rows and columns, without a place left over, that come nearest to the ratio aimed at."""
        target = self.video_aspect_ratio[0] / self.video_aspect_ratio[1]
        choices = [rows for rows in range(1, int(count**0.5) + 1) if count % rows == 0]
        self.frame_rows = min(
            choices, key=lambda rows: abs((count // rows) * width / (rows * height) - target)
        )
        self.frame_cols = count // self.frame_rows

    def _concat_frames(self, frames: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """All pictures in one, row by row."""
        stacked = np.asarray(frames)
        _, height, width, channels = stacked.shape
        tiles = stacked.reshape(self.frame_rows, self.frame_cols, height, width, channels)
        shape = (self.frame_rows * height, self.frame_cols * width, channels)
        picture: NDArray[Any] = tiles.transpose(0, 2, 1, 3, 4).reshape(shape)
        return picture

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the batch; if environment 0 is among those reset, a new episode begins."""
        if options is None or "reset_mask" not in options or options["reset_mask"][0]:
            self._seed = seed
            self.render_history = []
            self._begin_episode()
        observations, infos = super().reset(seed=seed, options=options)
        self._capture_frame()
        self.has_autoreset = False
        return observations, infos

    def step(
        self, actions: ActType
    ) -> tuple[ObsType, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Steps the batch; if environment 0 was reset by that, a new episode begins."""
        result = super().step(actions)
        _, rewards, terminations, truncations, _ = result
        self.step_id += 1
        self._add_step(np.asarray(rewards, dtype=np.float64)[: 1 if self.record_first_only else None])
        ended = bool(terminations[0] or truncations[0])
        if self.autoreset_mode == AutoresetMode.NEXT_STEP:
            begins, self.has_autoreset = self.has_autoreset, ended
        else:
            begins = self.autoreset_mode == AutoresetMode.SAME_STEP and ended
        if begins:
            self._seed = None
            self._begin_episode()
        self._begin_step()
        self._capture_frame()
        return result

    def render(self) -> Any:
        """Renders the batch; the recording removes nothing from lists."""
        rendered: Any = super().render()
        if self.render_history:
            history, self.render_history = self.render_history, []
            return tuple(before + now for before, now in zip(history, rendered, strict=True))
        return rendered

    def close(self, **kwargs: Any) -> None:
        """Closes the batch and completes the video."""
        super().close(**kwargs)
        if self.recording:
            self.stop_recording()
