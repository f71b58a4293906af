"""The wrappers that :func:`plyo.make` puts around environments written in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat

from plyo.core import ActType, Env, ObsType, RenderFrame, Wrapper
from plyo.error import ResetNeeded
from plyo.utils import RecordConstructorArgs

if TYPE_CHECKING:
    from plyo.envs.registration import EnvSpec

__all__ = ["OrderEnforcing", "TimeLimit"]


def check_max_episode_steps(max_episode_steps: object) -> int:
    """Checks a time limit.

    Args:
        max_episode_steps: The limit in steps.

    Returns:
        The same value.

    Raises:
        TypeError: It is not a Python integer.
        ValueError: It is not positive.
    """
    if not isinstance(max_episode_steps, int):
        raise TypeError(
            f"Expect the `max_episode_steps` to be an integer, actually: {type(max_episode_steps)}"
        )
    if max_episode_steps <= 0:
        raise ValueError(f"Expect the `max_episode_steps` to be positive, actually: {max_episode_steps}")
    return max_episode_steps


class TimeLimit(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Truncates an episode after a number of steps.

    Truncation is reported beside termination: both are true where both hold.
    """

    def __init__(self, env: Env[ObsType, ActType], max_episode_steps: int) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            max_episode_steps: The step of an episode, counted from 1, that is truncated.

        Raises:
            TypeError: ``max_episode_steps`` is not an integer, or ``env`` not an environment.
            ValueError: ``max_episode_steps`` is not positive.
        """
        self._max_episode_steps = check_max_episode_steps(max_episode_steps)
        self._elapsed_steps: int | None = None
        RecordConstructorArgs.__init__(self, max_episode_steps=max_episode_steps)
        Wrapper.__init__(self, env)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment, and truncates the episode if its time is over.

        Raises:
            plyo.error.ResetNeeded: This wrapper has not been reset.
        """
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._elapsed_steps is None:
            raise ResetNeeded("Cannot call env.step() before calling env.reset()")
        self._elapsed_steps += 1
        if self._elapsed_steps >= self._max_episode_steps:
            truncated = True
        return observation, reward, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment and starts to count anew."""
        self._elapsed_steps = 0
        return super().reset(seed=seed, options=options)

    def _extended_spec(self) -> EnvSpec | None:
        """The inner environment's spec with the time limit in place of a wrapper."""
        return self._copy_spec(max_episode_steps=self._max_episode_steps)


class OrderEnforcing(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Refuses ``step`` and ``render`` before the first ``reset``."""

    def __init__(self, env: Env[ObsType, ActType], disable_render_order_enforcing: bool = False) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            disable_render_order_enforcing: Whether ``render`` is legal before ``reset``.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        self._has_reset = False
        self._disable_render_order_enforcing = disable_render_order_enforcing
        RecordConstructorArgs.__init__(self, disable_render_order_enforcing=disable_render_order_enforcing)
        Wrapper.__init__(self, env)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment.

        Raises:
            plyo.error.ResetNeeded: The environment has not been reset.
        """
        if not self._has_reset:
            raise ResetNeeded("Cannot call env.step() before calling env.reset()")
        return super().step(action)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment."""
        self._has_reset = True
        return super().reset(seed=seed, options=options)

    def render(self) -> RenderFrame | list[RenderFrame] | None:
        """Renders the inner environment.

        Raises:
            plyo.error.ResetNeeded: The environment has not been reset.
        """
        if not self._disable_render_order_enforcing and not self._has_reset:
            raise ResetNeeded(
                "Cannot call `env.render()` before calling `env.reset()`, "
                "if this is an intended action, "
                "set `disable_render_order_enforcing=True` on the OrderEnforcer wrapper."
            )
        return super().render()

    @property
    def has_reset(self) -> bool:
        """Whether the environment has been reset."""
        return self._has_reset

    def _extended_spec(self) -> EnvSpec | None:
        """The inner environment's spec with ``order_enforce`` in place of a wrapper."""
        return self._copy_spec(order_enforce=True)
