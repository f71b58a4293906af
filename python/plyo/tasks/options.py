"""The options that all native tasks share, declared once: defaults, documentation, checks, and engine arguments."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from plyo.tasks.arguments import check_flag, check_math, to_time_limit
from plyo.tasks.pictures import to_pixels

if TYPE_CHECKING:
    from typing_extensions import Self

#: The `math` of a task that is made without one; `plyo run` sets the environment variable.
DEFAULT_MATH = os.environ.get("PLYO_MATH", "fast")


@dataclass(kw_only=True)
class EngineOptions:
    """The options of every native task, single or in a batch.

    Attributes:
        max_episode_steps: The time limit in steps, None for none.
        math: ``"fast"`` (the same bits on every machine) or ``"reference"`` (the platform's libm: the same bits as
            Gymnasium on this machine, slower). The environment variable PLYO_MATH has another default than ``"fast"``.
        record_episode_statistics: Whether steps that end episodes report ``info["episode"]`` with the return ``r``,
            the length ``l`` in steps and the time ``t`` in seconds; in a batch as Gymnasium's
            ``RecordEpisodeStatistics`` does: arrays (float64, int64, float64), 0 where no episode ended, and the mask
            ``info["_episode"]``.
        render_style: ``"gym"`` draws what Gymnasium draws, ``"smooth"`` the same without its rounding to whole pixels.
        observation: ``"state"``, or ``"pixels"`` for pictures: a uint8 Box of shape ``(channels, height, width)``.
        size: The height and width of these pictures in pixels; (84, 84) by default. They are drawn at this size.
        gray: Whether they are grey, as ``GrayscaleObservation`` has it, or in colour; True by default.
        stack: How many of the last pictures are seen at once, the oldest first, from 1 to 64; 4 by default. An episode
            begins with as many copies of its first. There are ``stack`` channels in grey and ``3 * stack`` in colour.
        channels: ``"first"``, which is the default, or ``"last"`` for the shape ``(height, width, channels)``.
    """

    max_episode_steps: int | None = None
    math: str = DEFAULT_MATH
    record_episode_statistics: bool = False
    render_style: str = "gym"
    observation: str = "state"
    size: tuple[int, int] | None = None
    gray: bool | None = None
    stack: int | None = None
    channels: str | None = None

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The options by name with their defaults."""
        return {field.name: field.default for field in fields(cls)}

    @classmethod
    def take(cls, arguments: dict[str, Any]) -> Self:
        """Takes the options out of keyword arguments; those of the task are left."""
        return cls(**{name: arguments.pop(name) for name in cls.__dataclass_fields__ if name in arguments})

    def to_engine(self) -> dict[str, Any]:
        """The options as the engine takes them, for a single environment.

        Raises:
            TypeError: An option is of the wrong type.
            ValueError: A value is out of its range.
        """
        return {
            "math": check_math(self.math),
            "autoreset_mode": "none",
            "max_episode_steps": to_time_limit(self.max_episode_steps),
            "num_threads": 1,
            "resource": None,
            "reward_dtype": "float64",
            "record_statistics": check_flag("record_episode_statistics", self.record_episode_statistics),
            "pixels": to_pixels(
                self.observation,
                self.render_style,
                size=self.size,
                gray=self.gray,
                stack=self.stack,
                channels=self.channels,
            ),
        }
