"""The pictures of a lane: the last two frames, their maximum, its resizing, and the stack."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import AreaShrink, LaneFrames
from plyo.envs.atari.facts import WIDTH, facts_of
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.error import DependencyNotInstalled

Picture = npt.NDArray[np.uint8]


def check_sizes(settings: LaneSettings) -> None:
    """Raises for pictures that need OpenCV, where that is not installed.

    Raises:
        plyo.error.DependencyNotInstalled: Pictures are to be larger than the screen in a direction.
    """
    if not _is_enlarging(settings):
        return
    try:
        import cv2  # noqa: F401 - whether it is there
    except ImportError as e:
        raise DependencyNotInstalled(
            f"pictures of {settings.height} x {settings.width} pixels are larger than the screen of {settings.game}, "
            'which needs OpenCV with engine="lanes": run `pip install opencv-python`'
        ) from e


def _is_enlarging(settings: LaneSettings) -> bool:
    return settings.height > facts_of(settings.game).height or settings.width > WIDTH


class DirectScreens:
    """Observations as the emulator gives them: a whole screen, or the memory.

    Args:
        settings: The settings of the lane.
        ale: The emulator.
        room: uint8 of the shape of an observation: where it is written.

    Attributes:
        newest: 0.
        frames: None.
    """

    newest = 0
    frames = None

    def __init__(self, settings: LaneSettings, ale: Any, room: Picture) -> None:
        self._room = room
        gets = {"ram": ale.getRAM, "rgb": ale.getScreenRGB, "grayscale": ale.getScreenGrayscale}
        self._get = gets[settings.view]

    def capture_last(self) -> None:
        """Does nothing: only what is there at the end of a step counts."""

    def capture_before(self) -> None:
        """Does nothing either."""

    def turn(self) -> None:
        """Does nothing: there is no ring."""

    def begin(self) -> None:
        """Begins an episode."""
        self._get(self._room)

    def add(self) -> None:
        """Observes the end of a step."""
        self._get(self._room)

    add_rest = add

    def get_state(self) -> dict[str, bytes]:
        """The observation as bytes, by name."""
        return {"stack": self._room.tobytes()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restores what :meth:`get_state` has returned."""
        self._room[...] = np.frombuffer(state["stack"], dtype=np.uint8).reshape(self._room.shape)


class Screens:
    """Pictures of the last two frames, resized and stacked.

    Frames are kept as the emulator has them, as places in its palette. The palette is learnt: a colour that was not
    seen before is looked up in the picture that the emulator makes of the frame. Most rows of a frame are those of the
    same frame of the step before: only where they are not, colours are looked for and the picture is made anew.

    Args:
        settings: The settings of the lane.
        ale: The emulator.
        ring: uint8 of the shape of an observation: where the last pictures are written, in turn.
        frames: Of :func:`make_frames`: where frames are taken. Lanes that take turns share them, so that they stay in
            the cache of the processor.

    Attributes:
        frames: Takes the frames, and makes the pictures of steps whose frames were all taken.
    """

    def __init__(self, settings: LaneSettings, ale: Any, ring: Picture, frames: Picture) -> None:
        self._ring = ring
        self._places = list(ring)
        self._is_pooled = settings.is_pooled
        self._repeats = settings.is_gymnasium
        self._size = (settings.width, settings.height)
        channels = 3 if settings.view == "rgb" else 1
        height = facts_of(settings.game).height
        # the last frame and the one before: of this step, where they are taken, and of the step before
        count = 2 if self._is_pooled else 1
        self._kept = np.zeros((count, height, WIDTH), dtype=np.uint8)
        self._seen = np.zeros(256, dtype=np.uint8)
        self._palette = np.zeros((256, 3) if channels == 3 else 256, dtype=np.uint8)
        self._shrink = shrink_of(settings)
        self.frames = LaneFrames(
            ale.getScreen,
            ale.getScreenRGB if channels == 3 else ale.getScreenGrayscale,
            self._shrink,
            list(frames[:count]),
            self._kept,
            self._seen,
            self._palette,
            ring,
        )

    @property
    def newest(self) -> int:
        """The place of the newest picture in the ring; the next one is the oldest, and so on."""
        return self.frames.newest

    def capture_last(self) -> None:
        """Takes the present frame as the last of its step."""
        self.frames.take_last()

    def capture_before(self) -> None:
        """Takes the present frame as the last but one of its step."""
        self.frames.take_before()

    def begin(self) -> None:
        """Begins a stack with the present frame."""
        self.frames.begin()
        self._ring.fill(0)
        self.add_rest()
        if self._repeats:
            self._ring[:] = self._places[self.newest]

    def turn(self) -> None:
        """Goes to the next place of the ring, as each step does once, also one that begins an episode."""
        self.frames.turn()

    def add(self) -> None:
        """Makes a picture of the frames of a step and puts it onto the stack."""
        if not self.frames.add():
            self.add_rest()

    def add_rest(self) -> None:
        """Makes a picture of frames that :attr:`frames` has added none of, in the place to which it has turned."""
        taken, before = self.frames, []
        if self._is_pooled and not taken.is_whole and not taken.is_first:
            # the step has ended early: the last picture counts as its last frame
            before = [self._kept[1].copy()]
        taken.keep()
        shown = self._kept[:1] if taken.is_first else self._kept
        self._write([*before, *shown], self._places[taken.newest])

    def _write(self, frames: list[Picture], out: Picture) -> None:
        """Writes the maximum of one to three frames in another size."""
        if self._shrink is not None and len(frames) < 3:
            self._shrink.shrink(frames[0], out, frames[1] if len(frames) > 1 else None, self._palette)
            return
        picture: Picture = reduce(np.maximum, [self._palette[frame] for frame in frames])
        if self._shrink is not None:
            self._shrink.shrink(picture, out)
            return
        import cv2

        out[...] = cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA)

    def get_state(self) -> dict[str, Any]:
        """The frames, the palette and the stack as bytes, by name."""
        arrays = {name: array.tobytes() for name, array in self._arrays().items()}
        stack = np.roll(self._ring, -1 - self.newest, axis=0)
        return {"stack": stack.tobytes(), **arrays, "is_first": self.frames.is_first}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restores what :meth:`get_state` has returned."""
        for name, array in self._arrays().items():
            array[...] = np.frombuffer(state[name], dtype=np.uint8).reshape(array.shape)
        stack = np.frombuffer(state["stack"], dtype=np.uint8).reshape(self._ring.shape)
        self._ring[...] = np.roll(stack, 1 + self.newest, axis=0)
        self.frames.restore(state["is_first"])

    def _arrays(self) -> dict[str, Picture]:
        return {
            "frame_last": self._kept[0],
            "frame_before": self._kept[-1],
            "seen": self._seen,
            "palette": self._palette,
        }


def shrink_of(settings: LaneSettings) -> AreaShrink | None:
    """What makes pictures of screens; None where they are larger than the screen in a direction."""
    if _is_enlarging(settings):
        return None
    channels = 3 if settings.view == "rgb" else 1
    return _make_shrink(facts_of(settings.game).height, settings.height, settings.width, channels)


@cache
def _make_shrink(height: int, out_height: int, out_width: int, channels: int) -> AreaShrink:
    """A table that all lanes of a process share, so that it stays in the cache of the processor."""
    return AreaShrink(height, WIDTH, out_height, out_width, channels)


def make_frames(settings: LaneSettings) -> Picture:
    """Where lanes that take turns take their frames."""
    return np.zeros((2, facts_of(settings.game).height, WIDTH), dtype=np.uint8)


def make_screens(settings: LaneSettings, ale: Any, room: Picture, frames: Picture) -> DirectScreens | Screens:
    """The pictures, or the memory, of a lane, which write its observations into ``room``."""
    return (
        DirectScreens(settings, ale, room) if settings.stack is None else Screens(settings, ale, room, frames)
    )
