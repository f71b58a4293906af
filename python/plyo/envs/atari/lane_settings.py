"""What a lane needs to know, in a form that goes to worker processes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LaneSettings:
    """The settings of every lane of a batch, checked.

    Attributes:
        game: The name of ale-py's file.
        mode: The mode of the game, None for its default.
        difficulty: The difficulty, None for its default.
        sticky: The probability that a frame repeats the last action.
        actions: The emulator's number of each action.
        frameskip: The frames of a step, or the bounds from which they are drawn, the upper one exclusive.
        is_pooled: Whether a picture is the maximum over the last two frames.
        noop_max: Bounds the random no-ops at a reset; 0 for none.
        fires_at_reset: Whether a reset plays one frame of FIRE.
        fires_after_life: Whether one frame of FIRE is played after a lost life.
        life_ends: ``"none"``, ``"restart"`` or ``"continue"``: what a lost life does.
        max_frames: The most frames of an episode.
        max_steps: The most steps, None for no limit.
        is_gymnasium: Whether random numbers, no-ops, limits and stacks are those of Gymnasium's wrapped environment.
        is_raw: Whether steps are those of the single environment, with pictures as they are.
        view: ``"grayscale"``, ``"rgb"`` or ``"ram"``.
        height: The height of the pictures in pixels.
        width: Their width.
        stack: The pictures of an observation, None for one without an axis of its own.
    """

    game: str
    mode: int | None
    difficulty: int | None
    sticky: float
    actions: tuple[int, ...]
    frameskip: int | tuple[int, int]
    is_pooled: bool
    noop_max: int
    fires_at_reset: bool
    fires_after_life: bool
    life_ends: str
    max_frames: int
    max_steps: int | None
    is_gymnasium: bool
    is_raw: bool
    view: str
    height: int
    width: int
    stack: int | None

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one picture, or of the memory."""
        if self.view == "ram":
            return (128,)
        return (self.height, self.width, 3) if self.view == "rgb" else (self.height, self.width)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one observation."""
        return self.frame_shape if self.stack is None else (self.stack, *self.frame_shape)

    @property
    def size(self) -> int:
        """The bytes of one observation."""
        return math.prod(self.shape)

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON has them, for comparing snapshots."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }
