"""The window of a game: every frame of the machine, at the speed of the machine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.window import close_window, load_pygame, open_window, show

#: Frames a second of the machine.
FRAME_RATE = 60
#: The pixels of the window, across and down, for each pixel of the screen.
ENLARGED = 3


class GameWindow:
    """Shows the screens of a game; the window opens with the first."""

    def __init__(self) -> None:
        self._pygame: Any = None
        self._window: Any = None
        self._clock: Any = None

    def show(self, screen: NDArray[np.uint8]) -> None:
        """Shows a screen ``(height, width, 3)``, after waiting for its turn.

        Raises:
            plyo.error.DependencyNotInstalled: pygame is not installed.
            pygame.error: There is no display.
        """
        picture = screen.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1).swapaxes(0, 1)
        if self._window is None:
            self._pygame = load_pygame()
            self._window = open_window(self._pygame, picture.shape[:2])
            self._clock = self._pygame.time.Clock()
        show(self._pygame, self._window, picture, self._clock, FRAME_RATE)

    def close(self) -> None:
        """Closes the window, if it is open."""
        if self._window is not None:
            self._window = None
            close_window(self._pygame)
