"""The actor: a process that holds a shard."""

from __future__ import annotations

from typing import Any

from plyo.shards import Shard, ShardState
from plyo.trajectory import Trajectory


class ShardActor:
    """Holds a shard and runs its calls, one after the other.

    What fails while the shard is made is raised by every call: Ray reports a constructor that raises as a death.

    Args:
        keeps_states: Whether calls return snapshots too.
        *args: For :class:`Shard`.
        **kwargs: For :class:`Shard`.
    """

    def __init__(self, keeps_states: bool, *args: Any, **kwargs: Any) -> None:
        self._keeps_states = keeps_states
        self._shard: Shard | None = None
        self._error: Exception | None = None
        try:
            self._shard = Shard(*args, **kwargs)
        except Exception as e:
            self._error = e

    def spaces(self, call: int, number: int) -> Any:
        """The spaces of one environment; the arguments are those of every call."""
        return self._ready().spaces

    def reset(self, call: int, number: int, **kwargs: Any) -> tuple[None, ShardState | None]:
        """Begins new episodes; returns a snapshot, as :meth:`rollout` does.

        Args:
            call: The number of the call.
            number: The rollouts since the lanes were seeded.
            **kwargs: For :meth:`Shard.reset`.
        """
        self._ready().reset(call, **kwargs)
        return None, self._get_state()

    def rollout(
        self, call: int, number: int, policy: Any, num_steps: int, **kwargs: Any
    ) -> tuple[Trajectory, ShardState | None]:
        """Steps the lanes; returns the trajectory, whose arrays go into shared memory, and a snapshot."""
        trajectory = self._ready().rollout(call, number, policy, num_steps, **kwargs)
        return trajectory, self._get_state()

    def undo(self, call: int) -> None:
        """Takes back a call of the shard."""
        self._ready().undo(call)

    def _get_state(self) -> ShardState | None:
        return self._ready().get_state() if self._keeps_states else None

    def _ready(self) -> Shard:
        if self._shard is None:
            assert self._error is not None
            raise self._error
        return self._shard
