"""The pictures of a lane: the last two frames, their maximum, its resizing, and the stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import AreaShrink
from plyo.basics.install import pip_install
from plyo.envs.atari.facts import WIDTH, facts_of
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.error import DependencyNotInstalled

Picture = npt.NDArray[np.uint8]
#: Writes a picture, or the maximum of two, in another size.
Resize = Callable[[Picture, Picture, "Picture | None"], None]


def make_resize(settings: LaneSettings) -> Resize:
    """The function that makes pictures of frames, with the bits of OpenCV's ``INTER_AREA``.

    Raises:
        plyo.error.DependencyNotInstalled: Pictures are to be larger than the screen in a direction, which only OpenCV
            does, and that is not installed.
    """
    height = facts_of(settings.game).height
    if (settings.height, settings.width) == (height, WIDTH):
        return _copy
    if settings.height > height or settings.width > WIDTH:
        return _enlarging(settings)
    return AreaShrink(height, WIDTH, settings.height, settings.width, 3 if settings.view == "rgb" else 1).shrink


def _copy(frame: Picture, out: Picture, other: Picture | None) -> None:
    """Pictures as large as the screen."""
    if other is None:
        out[...] = frame
    else:
        np.maximum(frame, other, out=out)


def _enlarging(settings: LaneSettings) -> Resize:
    """Pictures that are larger than the screen in a direction."""
    try:
        import cv2
    except ImportError as e:
        raise DependencyNotInstalled(
            f"pictures of {settings.height} x {settings.width} pixels are larger than the screen of {settings.game}, "
            f'which needs OpenCV with engine="lanes": run `{pip_install("other")}`'
        ) from e

    def resize(frame: Picture, out: Picture, other: Picture | None) -> None:
        source = frame if other is None else np.maximum(frame, other)
        size = (settings.width, settings.height)
        out[...] = cv2.resize(source, size, interpolation=cv2.INTER_AREA)

    return resize


class Screens:
    """The pictures, or the memory, of a lane.

    Attributes:
        stack: uint8 of the shape of an observation, the newest picture last.
    """

    def __init__(self, settings: LaneSettings, ale: Any) -> None:
        self._settings = settings
        self._ale = ale
        self.stack: Picture = np.zeros(settings.shape, dtype=np.uint8)
        shape = (facts_of(settings.game).height, WIDTH, *((3,) if settings.view == "rgb" else ()))
        # the last frame, the one before, and room for the next of those
        self._last, self._before, self._spare = (np.zeros(shape, dtype=np.uint8) for _ in range(3))
        self._is_whole = self._has_before = False
        self._get = ale.getScreenRGB if settings.view == "rgb" else ale.getScreenGrayscale
        self._resize = make_resize(settings)

    def capture_last(self) -> None:
        """Takes the present frame as the last of its step."""
        if self._settings.view != "ram":
            self._get(self._last)
        self._is_whole = True

    def capture_before(self) -> None:
        """Takes the present frame as the last but one of its step."""
        if self._settings.view != "ram":
            self._get(self._spare)
        self._has_before = True

    def begin(self) -> None:
        """Begins a stack with the present frame."""
        self.capture_last()
        self._before.fill(0)
        self.stack.fill(0)
        self.add()
        if self._settings.is_gymnasium and self._settings.stack is not None:
            self.stack[:] = self.stack[-1]

    def add(self) -> None:
        """Makes a picture of the frames of a step and puts it onto the stack."""
        if self._settings.view == "ram":
            self.stack[:] = self._ale.getRAM()
            return
        if self._settings.is_pooled and not self._is_whole:
            # the step has ended early: the last picture counts as its last frame
            np.maximum(self._last, self._before, out=self._last)
        if self._has_before:
            self._before, self._spare = self._spare, self._before
        self._is_whole = self._has_before = False
        out = self.stack
        if self._settings.stack is not None:
            self.stack[:-1] = self.stack[1:]
            out = self.stack[-1]
        self._resize(self._last, out, self._before if self._settings.is_pooled else None)

    def get_state(self) -> dict[str, bytes]:
        """The frames and the stack as bytes, by name."""
        return {name: array.tobytes() for name, array in self._arrays().items()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Restores what :meth:`get_state` has returned."""
        for name, array in self._arrays().items():
            array[...] = np.frombuffer(state[name], dtype=np.uint8).reshape(array.shape)

    def _arrays(self) -> dict[str, Picture]:
        return {"stack": self.stack, "frame_last": self._last, "frame_before": self._before}
