"""The parts of a past episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from plyo._registry.specs import EnvSpec
from plyo.core import Env


@dataclass(frozen=True)
class Ending:
    """How an episode ended.

    Attributes:
        episode_return: The sum of its rewards.
        terminated: Whether the task had ended.
        truncated: Whether it was cut off, by its time limit for example.
    """

    episode_return: float
    terminated: bool
    truncated: bool

    def __str__(self) -> str:
        """The ending in words."""
        flags = [name for name in ("terminated", "truncated") if getattr(self, name)]
        return f"a return of {self.episode_return!r}, {' and '.join(flags) or 'not ended'}"


@dataclass(frozen=True)
class ReplayStep:
    """A step of a replay.

    Attributes:
        action: The action.
        observation: The observation after it.
        reward: The reward.
        terminated: Whether the task has ended.
        truncated: Whether the episode was cut off.
        info: The info.
    """

    action: Any
    observation: Any
    reward: float
    terminated: bool
    truncated: bool
    info: dict[str, Any]


class Episode(Protocol):
    """The methods of :class:`plyo.Replay` that files and films need; it imports both of them."""

    id: str | EnvSpec
    seed: int | None
    actions: Sequence[Any]
    snapshot: bytes | None
    options: dict[str, Any] | None
    kwargs: dict[str, Any]
    recorded: Ending | None
    _spec: EnvSpec

    def __len__(self) -> int:
        """The number of actions."""

    def _make(self, **drawing: Any) -> Env[Any, Any]:
        """Makes a fresh environment."""

    def _begin(self, env: Env[Any, Any]) -> None:
        """Puts an environment into the initial state of the episode."""

    def _steps(self, env: Env[Any, Any]) -> Iterator[ReplayStep]:
        """Takes the steps."""
