"""The options of batches of native tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from plyo.basics.integers import check_integer
from plyo.tasks.options import EngineOptions
from plyo.vector._batching import check_autoreset_mode
from plyo.vector.vector_env import AutoresetMode

_REWARD_DTYPES = ("float64", "float32")


def to_reward_dtype(dtype: Any) -> str:
    """The name of a type of rewards.

    Raises:
        ValueError: It is neither float64 nor float32.
    """
    try:
        name = np.dtype(dtype).name if dtype is not None else None
    except TypeError:
        name = None
    if name not in _REWARD_DTYPES:
        raise ValueError(f"reward_dtype must be 'float64' or 'float32', got {dtype!r}")
    return str(name)


@dataclass(kw_only=True)
class BatchOptions(EngineOptions):
    """The options of every batch of a native task, beside those of single environments.

    Attributes:
        num_threads: The threads that step the batch, at least 1; None for as many as this process may use, at most
            ``PLYO_NUM_THREADS`` of the environment, or without that ``OMP_NUM_THREADS``. They do not change any result.
        autoreset_mode: ``"next_step"``, ``"same_step"`` or ``"disabled"``, or an :class:`AutoresetMode`.
        num_buffers: Every step returns fresh arrays by default. With a number of at least 2, steps return so many
            sets of arrays in turn, each overwritten ``num_buffers`` steps later.
        reward_dtype: ``"float64"``, or ``"float32"`` for rewards as networks take them, rounded when they are written.
            Returns of episodes stay float64 and exact.
    """

    num_threads: int | None = None
    autoreset_mode: str | AutoresetMode = "next_step"
    num_buffers: int | None = None
    reward_dtype: Any = "float64"

    def to_engine(self) -> dict[str, Any]:
        """The options as the engine takes them.

        Raises:
            TypeError: An option is of the wrong type.
            ValueError: A value is out of its range.
        """
        threads = 0 if self.num_threads is None else check_integer("num_threads", self.num_threads, 1)
        if self.num_buffers is not None:
            check_integer("num_buffers", self.num_buffers, 2)
        mode = check_autoreset_mode(self.autoreset_mode)
        return super().to_engine() | {
            "reward_dtype": to_reward_dtype(self.reward_dtype),
            "autoreset_mode": mode.name.lower(),
            "num_threads": min(threads, 2**31 - 1),
        }
