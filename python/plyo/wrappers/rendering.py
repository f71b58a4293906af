"""Wrappers that collect, show, record and change pictures."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.basics.floats import to_float
from plyo.basics.integers import to_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.basics.window import close_window, load_pygame, open_window, show, without_window
from plyo.core import ActType, Env, ObsType, RenderFrame, Wrapper
from plyo.error import InvalidProbability
from plyo.video.frames import to_rgb
from plyo.video.recorder import OnSaved
from plyo.wrappers._noise import checked_picture, squares, white_noise
from plyo.wrappers._recording import RecordsVideos, Trigger, VideoSettings, always

__all__ = ["AddWhiteNoise", "HumanRendering", "ObstructView", "RecordVideo", "RenderCollection"]

Step = tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]


class RenderCollection(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Renders after every reset and step, and returns the list of frames.

    The list grows until :meth:`render` or :meth:`reset` empties it.

    Attributes:
        frame_list: The frames so far.
        pop_frames: Whether :meth:`render` empties the list.
        reset_clean: Whether :meth:`reset` empties it.
    """

    def __init__(self, env: Env[ObsType, ActType], pop_frames: bool = True, reset_clean: bool = True) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, with a render mode that returns one thing at a time.
            pop_frames: Whether :meth:`render` empties the list.
            reset_clean: Whether :meth:`reset` empties it.

        Raises:
            ValueError: The environment has no render mode, or one of lists.
        """
        RecordConstructorArgs.__init__(self, pop_frames=pop_frames, reset_clean=reset_clean)
        Wrapper.__init__(self, env)
        if env.render_mode is None:
            raise ValueError("Expected env.render_mode to be not None")
        if env.render_mode.endswith("_list"):
            raise ValueError(f"Expected env.render_mode to not end with '_list', got '{env.render_mode}'")
        self.frame_list: list[Any] = []
        self.pop_frames = pop_frames
        self.reset_clean = reset_clean
        self.metadata = deepcopy(self.env.metadata)
        _add_mode(self.metadata, f"{env.render_mode}_list")

    @property
    def render_mode(self) -> str:  # type: ignore[override]
        """The mode of the environment inside, with the suffix ``_list``."""
        return f"{self.env.render_mode}_list"

    def step(self, action: ActType) -> Step[ObsType]:
        """Steps the environment and renders it."""
        result = super().step(action)
        self.frame_list.append(super().render())
        return result

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the environment and renders it, on a new list if :attr:`reset_clean`."""
        result = super().reset(seed=seed, options=options)
        if self.reset_clean:
            self.frame_list = []
        self.frame_list.append(super().render())
        return result

    def render(self) -> list[RenderFrame]:
        """Returns the list."""
        frames = self.frame_list
        if self.pop_frames:
            self.frame_list = []
        return frames


def _add_mode(metadata: dict[str, Any], mode: str) -> None:
    """Adds a missing render mode to metadata."""
    if mode not in metadata["render_modes"]:
        metadata["render_modes"] = [*metadata["render_modes"], mode]


class RecordVideo(Wrapper[ObsType, ActType, ObsType, ActType], RecordsVideos, RecordConstructorArgs):
    """Records videos of all episodes, or of those that a trigger chooses.

    A recording begins with the first frame of an episode that :attr:`episode_trigger` chooses, or after a step that
    :attr:`step_trigger` chooses. It ends at the next reset, or after ``video_length`` more frames, which may be several
    episodes. Frames go to the encoder at once and are not kept. If the encoder or the disk fails, there is one warning,
    the frames so far are a readable file, and everything else continues.

    For each finished video a line is added to ``videos.jsonl`` in the folder: a JSON object with ``path``, ``frames``,
    ``fps``, ``episode``, ``step`` (the number of steps before the first frame), the ``return`` and the
    ``length`` in steps of the recording, ``seed`` (the seed of the reset, else null) and ``error`` (null for a whole
    video).

    Attributes:
        recorded_frames: The number of frames of the running recording as ``len``, and the latest as ``[-1]``; they are
            not held.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        video_folder: str,
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
        """Wraps an environment.

        Args:
            env: The environment inside, with a render mode that returns pictures.
            video_folder: The folder of the videos, which is made. Files of the same name are replaced.
            episode_trigger: Takes the number of an episode, from 0; whether to record it. Without any trigger the
                episodes 0, 1, 8, 27, ..., 729, 1000, 2000, ... are recorded.
            step_trigger: Takes the number of a step, from 0 over all episodes; whether to record from then on.
            video_length: The number of frames after the first one; 0 for whole episodes.
            name_prefix: The beginning of the names: ``{name_prefix}-episode-{number}.mp4``, or ``step``.
            fps: Frames per second, ``None`` for ``metadata["render_fps"]``, or 30 without.
            disable_logger: Whether nothing is printed when a video is saved.
            gc_trigger: Takes the number of an episode; whether to collect garbage after a video.
            encoder: ffmpeg's name of a video encoder, or ``"apng"`` or ``"gif"`` for such files. ``None``
                is H.264 in MP4; without ffmpeg animated PNGs, and a warning.
            on_saved: Called with the path of each finished video and its facts in ``videos.jsonl``.
            max_frames: The frames after which a recording ends in any case; ``None`` for no limit.

        Raises:
            ValueError: The render mode returns no pictures; the frames per second are not a positive number;
                ``max_frames`` is less than 1; or ffmpeg has no such encoder.
            plyo.error.DependencyNotInstalled: A package that ``encoder`` needs is not installed.
        """
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
        RecordConstructorArgs.__init__(self, **settings.to_arguments())
        Wrapper.__init__(self, env)
        check_mode_has_pictures(env.render_mode)
        self._set_up(env, settings)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the environment, ends the recording of an episode, and begins one if the trigger says so."""
        observation, info = super().reset(seed=seed, options=options)
        self._seed = seed
        if self._collection("reset_clean"):
            self.render_history = []
        self._begin_episode()
        self._capture_frame()
        return observation, info

    def step(self, action: ActType) -> Step[ObsType]:
        """Steps the environment, and begins a recording if the trigger says so."""
        result = super().step(action)
        self.step_id += 1
        self._add_step(to_float(result[1]))
        self._begin_step()
        self._capture_frame()
        return result

    def _collection(self, option: str) -> bool:
        """Whether a :class:`RenderCollection` inside has an option."""
        return self.env.has_wrapper_attr(option) and bool(self.env.get_wrapper_attr(option))

    def _keeps_frames(self) -> bool:
        """Whether a wrapper inside keeps its list of frames, so that the same frames come again."""
        return self.env.has_wrapper_attr("pop_frames") and not self.env.get_wrapper_attr("pop_frames")

    def _capture_frame(self) -> None:
        """Renders and records the picture, if a recording is running."""
        if not self.recording:
            return
        frame: Any = self.env.render()
        if isinstance(frame, list):
            if not frame:
                logger.warn(
                    "Trying to capture render frame but 'env.render()' has just been called. "
                    "The frame cannot be captured."
                )
                return
            if not self._keeps_frames():
                self.render_history += frame
            frame = frame[-1]
        if isinstance(frame, np.ndarray):
            self._record(frame)
        else:
            self.stop_recording()
            logger.warn(
                "Recording stopped: expected type of frame returned by render to be a numpy array, "
                f"got instead {type(frame)}."
            )
        self._check_length()

    def render(self) -> RenderFrame | list[RenderFrame] | None:
        """Renders the environment; the recording removes nothing from lists."""
        rendered = super().render()
        if isinstance(rendered, list):
            if not self._keeps_frames():
                for frame in rendered:
                    if self.recording and isinstance(frame, np.ndarray):
                        self._record(frame)
            rendered = self.render_history + rendered
            self.render_history = []
        return rendered

    def close(self) -> None:
        """Closes the environment and completes the video."""
        super().close()
        if self.recording:
            self.stop_recording()


def check_mode_has_pictures(render_mode: str | None) -> None:
    """Raises ValueError if a render mode returns no pictures to record."""
    if render_mode in {None, "human", "ansi"}:
        raise ValueError(
            f"Render mode is {render_mode}, which is incompatible with RecordVideo. "
            "Initialize your environment with a render_mode that returns an image, such as rgb_array."
        )


#: The render modes whose pictures can be shown in a window.
ACCEPTED_RENDER_MODES = ["rgb_array", "rgb_array_list", "depth_array", "depth_array_list"]


def check_can_be_shown(env: Any) -> None:
    """Raises ValueError unless an environment or a batch returns pictures and has their rate per second."""
    if env.render_mode not in ACCEPTED_RENDER_MODES:
        raise ValueError(
            f"Expected env.render_mode to be one of {ACCEPTED_RENDER_MODES} but got '{env.render_mode}'"
        )
    if "render_fps" not in env.metadata:
        raise ValueError(
            "The base environment must specify 'render_fps' to be used with the HumanRendering wrapper"
        )


def human_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """A copy of metadata with ``"human"`` among the render modes."""
    metadata = deepcopy(metadata)
    _add_mode(metadata, "human")
    return metadata


class HumanRendering(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Shows pictures in a window, at ``metadata["render_fps"]`` frames per second at most.

    If the environment inside renders lists, this takes the frames out of them. Depths are shown as greys, the nearest
    black.

    Attributes:
        screen_size: (width, height) of the pictures, ``None`` before the first one.
        window: The window, ``None`` before it is open.
        clock: The clock that times the pictures.
    """

    ACCEPTED_RENDER_MODES = ACCEPTED_RENDER_MODES

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment; the window is opened by the first reset.

        Args:
            env: The environment inside, of the render mode ``"rgb_array"`` or ``"depth_array"``, also with ``_list``.

        Raises:
            ValueError: The render mode is another, or ``metadata`` has no ``"render_fps"``.
        """
        RecordConstructorArgs.__init__(self)
        Wrapper.__init__(self, env)
        self.screen_size: tuple[int, int] | None = None
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

    def step(self, action: ActType) -> Step[ObsType]:
        """Steps the environment and shows it."""
        result = super().step(action)
        self._render_frame()
        return result

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the environment and shows it."""
        result = super().reset(seed=seed, options=options)
        self._render_frame()
        return result

    def render(self) -> None:
        """Does nothing: every step shows its changes."""

    def _render_frame(self) -> None:
        """Shows the present picture."""
        pygame = load_pygame()
        frame: Any = self.env.render()
        if str(self.env.render_mode).endswith("_list"):
            assert isinstance(frame, list)
            frame = frame[-1]
        assert isinstance(frame, np.ndarray), (
            f"Expected `env.render()` to return a numpy array, actually returned {type(frame)}"
        )
        picture = np.transpose(to_rgb(frame), axes=(1, 0, 2))
        size = (picture.shape[0], picture.shape[1])
        if self.screen_size is None:
            self.screen_size = size
        assert self.screen_size == size, (
            f"The shape of the rgb array has changed from {self.screen_size} to {size}"
        )
        if self.window is None:
            self.window = open_window(pygame, size)
        if self.clock is None:
            self.clock = pygame.time.Clock()
        show(pygame, self.window, picture, self.clock, self.metadata["render_fps"])

    def close(self) -> None:
        """Closes the window and the environment."""
        if self.window is not None:
            self.window = None
            close_window(load_pygame())
        super().close()


class AddWhiteNoise(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Replaces pixels of the pictures of :meth:`render` by noise, drawn from the environment's own ``np_random``.

    Attributes:
        probability_of_noise_per_pixel: The probability that a pixel is replaced.
        is_noise_grayscale: Whether the noise is grey.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        probability_of_noise_per_pixel: float,
        is_noise_grayscale: bool = False,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, of the render mode ``"rgb_array"``.
            probability_of_noise_per_pixel: The probability that a pixel is replaced, at least 0 and less than 1.
            is_noise_grayscale: Whether the noise is grey.

        Raises:
            plyo.error.InvalidProbability: The probability is out of range.
        """
        if not 0 <= probability_of_noise_per_pixel < 1:
            raise InvalidProbability(
                "probability_of_noise_per_pixel should be in the interval [0,1). "
                f"Received {probability_of_noise_per_pixel}"
            )
        RecordConstructorArgs.__init__(
            self,
            probability_of_noise_per_pixel=probability_of_noise_per_pixel,
            is_noise_grayscale=is_noise_grayscale,
        )
        Wrapper.__init__(self, env)
        self.probability_of_noise_per_pixel = probability_of_noise_per_pixel
        self.is_noise_grayscale = is_noise_grayscale

    def render(self) -> NDArray[Any]:
        """Renders the environment, with noise.

        Raises:
            TypeError: The inner picture is not an array.
        """
        picture = checked_picture("AddWhiteNoise", super().render())
        noise = white_noise(self.np_random, picture.shape, self.is_noise_grayscale)
        replaced = self.np_random.random(picture.shape[:2]) < self.probability_of_noise_per_pixel
        return np.where(replaced[..., np.newaxis], noise, picture)


class ObstructView(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Covers parts of the pictures of :meth:`render` with squares of noise, from the environment's ``np_random``.

    The squares may overlap, so a little less than the ratio is covered.

    Attributes:
        obstruction_centers_ratio: The number of squares per pixel.
        obstruction_width: The length of their sides in pixels.
        is_noise_grayscale: Whether the noise is grey.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        obstructed_pixels_ratio: float,
        obstruction_width: int,
        is_noise_grayscale: bool = False,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, of the render mode ``"rgb_array"``.
            obstructed_pixels_ratio: The part of the picture that is covered, at least 0 and less than 1.
            obstruction_width: The length of the squares' sides in pixels, at least 1.
            is_noise_grayscale: Whether the noise is grey.

        Raises:
            ValueError: The ratio or the width is out of range.
            TypeError: The width is not an integer.
        """
        if not 0 <= obstructed_pixels_ratio < 1:
            raise ValueError(
                f"obstructed_pixels_ratio should be in the interval [0,1). Received {obstructed_pixels_ratio}"
            )
        obstruction_width = to_integer("obstruction_width", obstruction_width)
        if obstruction_width < 1:
            raise ValueError(
                f"obstruction_width should be larger or equal than 1. Received {obstruction_width}"
            )
        RecordConstructorArgs.__init__(
            self,
            obstructed_pixels_ratio=obstructed_pixels_ratio,
            obstruction_width=obstruction_width,
            is_noise_grayscale=is_noise_grayscale,
        )
        Wrapper.__init__(self, env)
        self.obstruction_centers_ratio = obstructed_pixels_ratio / obstruction_width**2
        self.obstruction_width = obstruction_width
        self.is_noise_grayscale = is_noise_grayscale

    def render(self) -> NDArray[Any]:
        """Renders the environment, partly covered.

        Raises:
            TypeError: The inner picture is not an array.
        """
        picture = checked_picture("ObstructView", super().render())
        shape = (picture.shape[0], picture.shape[1])
        pixels = shape[0] * shape[1]
        drawn = self.np_random.integers(0, pixels, int(pixels * self.obstruction_centers_ratio))
        covered = squares(np.unravel_index(drawn, shape), self.obstruction_width, shape)
        noise = white_noise(self.np_random, picture.shape, self.is_noise_grayscale)
        return np.where(covered[..., np.newaxis], noise, picture)
