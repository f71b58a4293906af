"""Shared memory through which the steps of a batch go."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class StepArrays:
    """Shared arrays for steps whose actions are one array and whose infos are empty.

    Attributes:
        actions: The batched actions, None if they have to be sent.
        rewards: float64 of shape ``(num_envs,)``.
        flags: terminated and truncated, bool of shape ``(2, num_envs)``.
    """

    def __init__(
        self, ctx: Any, num_envs: int, action_type: tuple[np.dtype[Any], tuple[int, ...]] | None
    ) -> None:
        self._parts = [(np.dtype(np.float64), (num_envs,)), (np.dtype(np.bool_), (2, num_envs))]
        if action_type is not None:
            self._parts.append(action_type)
        sizes = [dtype.itemsize * int(np.prod(shape)) for dtype, shape in self._parts]
        self._memories = [ctx.RawArray("B", size) for size in sizes]
        self._make_views()

    def _make_views(self) -> None:
        views: list[NDArray[Any]] = [
            np.frombuffer(memory, dtype=dtype).reshape(shape)
            for memory, (dtype, shape) in zip(self._memories, self._parts, strict=True)
        ]
        self.rewards, self.flags = views[:2]
        self.actions = views[2] if len(views) > 2 else None

    def fits(self, actions: Any) -> bool:
        """Whether batched actions have the very form of :attr:`actions`."""
        place = self.actions
        return (
            place is not None
            and type(actions) is np.ndarray
            and actions.dtype == place.dtype
            and actions.shape == place.shape
        )

    def __getstate__(self) -> dict[str, Any]:
        """The state for a spawned process: the memory."""
        return {"_parts": self._parts, "_memories": self._memories}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes the arrays on the same memory."""
        self.__dict__.update(state)
        self._make_views()
