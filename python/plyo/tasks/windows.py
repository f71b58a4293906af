"""A native environment that shows itself in a window, for those that make one by its class."""

from __future__ import annotations

from typing import Any

from plyo.basics.window import close_window, load_pygame, open_window, show


class ShownEngine:
    """Replaces the engine of an environment whose every reset and step is shown.

    The window is opened when there is something to show.

    Args:
        engine: The engine.
        style: ``"gym"`` or ``"smooth"``.
        fps: Pictures per second.
    """

    def __init__(self, engine: Any, style: str, fps: int) -> None:
        self._engine, self._style, self._fps = engine, style, fps
        self._pygame: Any = None
        self._window: Any = None
        self._clock: Any = None

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(self._engine, attribute)

    def reset_one(self, seed: Any, options: Any, params: Any = ()) -> Any:
        """Resets and shows the environment."""
        result = self._engine.reset_one(seed, options, list(params))
        self.show()
        return result

    def step_one(self, action: Any) -> Any:
        """Steps and shows the environment."""
        result = self._engine.step_one(action)
        self.show()
        return result

    def show(self) -> None:
        """Draws the present state in the window.

        Raises:
            plyo.error.DependencyNotInstalled: pygame is not installed.
            pygame.error: There is no display.
        """
        picture = self._engine.render_one(0, None, self._style, None)
        if self._window is None:
            self._pygame = load_pygame()
            self._window = open_window(self._pygame, (picture.shape[1], picture.shape[0]))
            self._clock = self._pygame.time.Clock()
        show(self._pygame, self._window, picture.swapaxes(0, 1), self._clock, self._fps)

    def close_window(self) -> None:
        """Closes the window, if there is one."""
        if self._window is not None:
            self._window = None
            close_window(self._pygame)
