"""The options of batches of native tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plyo.basics.integers import check_integer
from plyo.tasks.options import EngineOptions
from plyo.vector._batching import to_autoreset_mode
from plyo.vector.vector_env import AutoresetMode


@dataclass(kw_only=True)
class BatchOptions(EngineOptions):
    """The options of every batch of a native task, beside those of single environments.

    Attributes:
        num_threads: The threads that step the batch, at least 1; None for as many as this process may use. They do
            not change any result.
        autoreset_mode: ``"next_step"``, ``"same_step"`` or ``"disabled"``, or an :class:`AutoresetMode`.
        num_buffers: Every step returns fresh arrays by default. With a number of at least 2, steps return so many
            sets of arrays in turn, each overwritten ``num_buffers`` steps later.
    """

    num_threads: int | None = None
    autoreset_mode: str | AutoresetMode = "next_step"
    num_buffers: int | None = None

    def to_engine(self) -> dict[str, Any]:
        """The options as the engine takes them.

        Raises:
            TypeError: An option is of the wrong type.
            ValueError: A value is out of its range.
        """
        threads = 0 if self.num_threads is None else check_integer("num_threads", self.num_threads, 1)
        if self.num_buffers is not None:
            check_integer("num_buffers", self.num_buffers, 2)
        try:
            mode = to_autoreset_mode(self.autoreset_mode)
        except ValueError:
            raise ValueError(
                f"autoreset_mode must be 'next_step', 'same_step' or 'disabled', got {self.autoreset_mode!r}"
            ) from None
        return super().to_engine() | {
            "autoreset_mode": mode.name.lower(),
            "num_threads": min(threads, 2**31 - 1),
        }
