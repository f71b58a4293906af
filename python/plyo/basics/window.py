"""Windows by way of pygame, which is loaded when the first one is opened."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled


def without_window(wrapper: Any) -> dict[str, Any]:
    """The state by which a wrapper with a window is pickled and copied: without the window, a copy opens its own."""
    return {**vars(wrapper), "window": None, "clock": None}


def load_pygame() -> Any:
    """The package pygame.

    Raises:
        plyo.error.DependencyNotInstalled: It is not installed.
    """
    try:
        import pygame
    except ImportError as e:
        raise DependencyNotInstalled(
            f"pygame is not installed, run `{pip_install('classic-control')}`"
        ) from e
    return pygame


def open_window(pygame: Any, size: tuple[int, int], flags: int = 0) -> Any:
    """Opens the window.

    Args:
        pygame: The package.
        size: Its (width, height) in pixels.
        flags: Flags of ``pygame.display.set_mode``.

    Raises:
        pygame.error: There is no display; the text says what to do without one.
    """
    asked = os.environ.get("SDL_VIDEODRIVER")
    try:
        pygame.display.init()
        # SDL's own choice without a display: nobody would see the window, or could close it
        if pygame.display.get_driver() == "offscreen" and not asked:
            pygame.display.quit()
            raise pygame.error("No available video device")
        return pygame.display.set_mode(size, flags)
    except pygame.error as e:
        of_driver = f" with SDL_VIDEODRIVER={asked}" if asked else ""
        raise pygame.error(
            f"There is no display to open a window on{of_driver} ({e}). Without one, make the environment with "
            '`render_mode="rgb_array"` and look at what `render()` returns, record it with '
            "`plyo.wrappers.RecordVideo`, or set the environment variable SDL_VIDEODRIVER=dummy to draw into a "
            "window that nobody sees."
        ) from e


def show(pygame: Any, window: Any, picture: NDArray[np.uint8], clock: Any, fps: float) -> None:
    """Shows a picture ``(width, height, 3)``, after waiting for its turn.

    Args:
        pygame: The package.
        window: The window.
        picture: The picture, its columns first.
        clock: The clock that times the pictures.
        fps: Pictures per second at most.
    """
    window.blit(pygame.surfarray.make_surface(picture), (0, 0))
    pygame.event.pump()
    clock.tick(fps)
    pygame.display.flip()


def close_window(pygame: Any) -> None:
    """Closes the window and everything else of pygame."""
    pygame.display.quit()
    pygame.quit()
