"""The view of an environment for commands: a picture of any size, or a text."""

from __future__ import annotations

from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

import plyo
from plyo._registry.specs import EnvSpec
from plyo.cli.terminal import fit, shrink
from plyo.tasks.task_env import NativeEnv
from plyo.video.frames import to_rgb


class Sight:
    """An environment and its picture or text.

    Attributes:
        env: The environment.
        has_pictures: Whether it has pictures; otherwise it has texts.
    """

    def __init__(self, spec: EnvSpec, style: str | None = None) -> None:
        """Makes the environment.

        Args:
            spec: The task.
            style: ``"gym"`` or ``"smooth"`` for native tasks; None for the environment's own.

        Raises:
            typer.BadParameter: It has neither pictures nor texts, or a style is given and it draws itself.
        """
        env = plyo.make(spec)
        modes = env.metadata.get("render_modes") or ()
        self.is_native = isinstance(env.unwrapped, NativeEnv)
        env.close()
        mode = next((mode for mode in ("rgb_array", "ansi") if mode in modes), None)
        if mode is None:
            raise typer.BadParameter(
                f"{spec.id} cannot be seen: its render modes are {list(modes)}, there is neither rgb_array nor ansi"
            )
        if style is not None and not self.is_native:
            raise typer.BadParameter(f"--style is for native tasks, and {spec.id} draws itself")
        self.has_pictures = mode == "rgb_array"
        styled: dict[str, Any] = {} if style is None else {"render_style": style}
        self.env: Any = plyo.make(spec, render_mode=mode, **styled)

    def picture(self, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """The present picture.

        Args:
            size: Its height and width in pixels; None for the environment's own.

        Returns:
            uint8 ``(height, width, 3)``.
        """
        if self.is_native:
            return self.env.unwrapped.render(size=size)  # type: ignore[no-any-return]
        picture = to_rgb(self.env.render())
        return picture if size is None else shrink(picture, size)

    def fitted(self, columns: int, rows: int) -> NDArray[np.uint8]:
        """The present picture, as large as the columns and rows of the terminal allow."""
        if self.is_native:
            return self.picture(fit(self.env.unwrapped._engine.picture_size(), columns, rows))
        picture = to_rgb(self.env.render())
        return shrink(picture, fit((picture.shape[0], picture.shape[1]), columns, rows))

    def text(self) -> str:
        """The present text."""
        return str(self.env.render())
