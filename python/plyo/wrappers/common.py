"""Wrappers that watch over episodes; :func:`plyo.make` puts some around environments written in Python."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, SupportsFloat

from plyo import logger
from plyo.basics.integers import is_integer, to_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, RenderFrame, Wrapper
from plyo.error import ResetNeeded

if TYPE_CHECKING:
    from plyo._registry.specs import EnvSpec

__all__ = ["Autoreset", "OrderEnforcing", "PassiveEnvChecker", "RecordEpisodeStatistics", "TimeLimit"]

_HELP = "https://gymnasium.farama.org/introduction/create_custom_env/"


def check_max_episode_steps(max_episode_steps: object) -> int:
    """Checks a time limit.

    Args:
        max_episode_steps: The limit in steps.

    Returns:
        The limit as a Python integer.

    Raises:
        TypeError: It is not an integer; True and False are not.
        ValueError: It is not positive.
    """
    if not is_integer(max_episode_steps):
        raise TypeError(
            f"Expect the `max_episode_steps` to be an integer, actually: {type(max_episode_steps)}"
        )
    if max_episode_steps <= 0:
        raise ValueError(f"Expect the `max_episode_steps` to be positive, actually: {max_episode_steps}")
    return int(max_episode_steps)


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
        return self.env.reset(seed=seed, options=options)

    def _extended_spec(self) -> EnvSpec | None:
        """The inner environment's spec with the time limit in place of a wrapper."""
        return self._copy_spec(max_episode_steps=self._max_episode_steps)


class Autoreset(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Begins the next episode by itself: the step after the end of one resets the environment.

    That step ignores its action and returns the first observation with reward 0.0.

    Attributes:
        autoreset: Whether the next step resets.
    """

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self)
        Wrapper.__init__(self, env)
        self.autoreset = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment."""
        self.autoreset = False
        return self.env.reset(seed=seed, options=options)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment, or resets it if the step before ended an episode."""
        if self.autoreset:
            observation, info = self.env.reset()
            self.autoreset = False
            return observation, 0.0, False, False, info
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.autoreset = terminated or truncated
        return observation, reward, terminated, truncated, info


class PassiveEnvChecker(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Checks the arguments and results of an environment's calls, and warns of departures from the interface.

    The spaces are checked at construction, then the first ``reset``, ``step`` and ``render``; the
    first two steps also for objects that were returned before.

    Attributes:
        checked_reset: Whether ``reset`` has been checked.
        checked_step: Whether ``step`` has been checked.
        checked_render: Whether ``render`` has been checked.
        checked_data_reuse: Whether returned objects need no comparison any more.
        close_called: Whether the environment was closed.
    """

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment and checks its spaces.

        Args:
            env: The environment inside.

        Raises:
            AttributeError: The environment has no action space or no observation space.
            AssertionError: The bounds of a space do not have its shape.
            TypeError: ``env`` is not an environment, or a space is not a space.
        """
        from plyo.checks import passive_env_checker

        RecordConstructorArgs.__init__(self)
        Wrapper.__init__(self, env)
        if not hasattr(env, "action_space"):
            raise AttributeError(f"The environment must specify an action space. {_HELP}")
        passive_env_checker.check_action_space(env.action_space)
        if not hasattr(env, "observation_space"):
            raise AttributeError(f"The environment must specify an observation space. {_HELP}")
        passive_env_checker.check_observation_space(env.observation_space)

        self.checked_reset = False
        self.checked_step = False
        self.checked_render = False
        self.checked_data_reuse = False
        self.close_called = False
        self._previous_data: tuple[ObsType, dict[str, Any]] | None = None

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and checks the first two results."""
        if self.checked_step and self.checked_data_reuse:
            return self.env.step(action)
        return self._checked_step(action)

    def _checked_step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        from plyo.checks import passive_env_checker

        is_first = not self.checked_step
        self.checked_step = True
        result = (
            passive_env_checker.env_step_passive_checker(self.env, action)
            if is_first
            else self.env.step(action)
        )
        observation, _, _, _, info = result
        data = (observation, info)
        if self._previous_data is not None:  # it is None if the environment was not reset
            passive_env_checker.env_data_reuse_passive_checker(
                self._previous_data, data, "reset" if is_first else "step", "step"
            )
        self._previous_data = data if is_first else None
        self.checked_data_reuse = not is_first
        return result

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment and checks the first result."""
        if self.checked_reset:
            return self.env.reset(seed=seed, options=options)
        from plyo.checks import passive_env_checker

        self.checked_reset = True
        self._previous_data = passive_env_checker.env_reset_passive_checker(
            self.env, seed=seed, options=options
        )
        return self._previous_data

    def render(self) -> RenderFrame | list[RenderFrame] | None:
        """Renders the inner environment and checks the first result."""
        if self.checked_render:
            return self.env.render()
        from plyo.checks import passive_env_checker

        self.checked_render = True
        return passive_env_checker.env_render_passive_checker(self.env)

    def close(self) -> None:
        """Closes the inner environment; warns if closing it again raises."""
        if not self.close_called:
            self.close_called = True
            return self.env.close()
        try:
            return self.env.close()
        except Exception:
            logger.warn(
                "Calling `env.close()` on the closed environment should be allowed, "
                "but it raised the following exception."
            )
            raise

    def _extended_spec(self) -> EnvSpec | None:
        """The inner environment's spec with ``disable_env_checker`` in place of a wrapper."""
        return self._copy_spec(disable_env_checker=False)


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
        return self.env.step(action)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment."""
        self._has_reset = True
        return self.env.reset(seed=seed, options=options)

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
        return self.env.render()

    @property
    def has_reset(self) -> bool:
        """Whether the environment has been reset."""
        return self._has_reset

    def _extended_spec(self) -> EnvSpec | None:
        """The inner environment's spec with ``order_enforce`` in place of a wrapper."""
        return self._copy_spec(order_enforce=True)


class RecordEpisodeStatistics(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Adds up the rewards and steps of each episode.

    The ``info`` of the last step gets ``{"r": return, "l": length in steps, "t": time in seconds}``.

    Attributes:
        episode_count: The number of episodes that have ended.
        episode_start_time: When the present episode began, in seconds of ``time.perf_counter``.
        episode_returns: The sum of its rewards.
        episode_lengths: The number of its steps.
        return_queue: The returns of the latest episodes.
        length_queue: Their lengths.
        time_queue: Their times in seconds.
    """

    def __init__(
        self, env: Env[ObsType, ActType], buffer_length: int | None = 100, stats_key: str = "episode"
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            buffer_length: The number of episodes that the queues hold; ``None`` for all.
            stats_key: The key in ``info``.

        Raises:
            TypeError: ``buffer_length`` is not an integer, or ``env`` not an environment.
            ValueError: ``buffer_length`` is negative.
        """
        kept = None if buffer_length is None else to_integer("buffer_length", buffer_length)
        RecordConstructorArgs.__init__(self, buffer_length=kept, stats_key=stats_key)
        Wrapper.__init__(self, env)
        self._stats_key = stats_key
        self.episode_count = 0
        self.episode_start_time: float = -1
        self.episode_returns: float = 0.0
        self.episode_lengths: int = 0
        self.time_queue: deque[float] = deque(maxlen=kept)
        self.return_queue: deque[float] = deque(maxlen=kept)
        self.length_queue: deque[int] = deque(maxlen=kept)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and counts; ends the statistics of an episode that ends.

        Raises:
            AssertionError: ``info`` holds the key already.
        """
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.episode_returns += reward  # type: ignore[operator]  # rewards are numbers or arrays
        self.episode_lengths += 1
        if terminated or truncated:
            assert self._stats_key not in info
            elapsed = round(time.perf_counter() - self.episode_start_time, 6)
            info[self._stats_key] = {"r": self.episode_returns, "l": self.episode_lengths, "t": elapsed}
            self.time_queue.append(elapsed)
            self.return_queue.append(self.episode_returns)
            self.length_queue.append(self.episode_lengths)
            self.episode_count += 1
            self.episode_start_time = time.perf_counter()
        return observation, reward, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment and the sums."""
        observation, info = self.env.reset(seed=seed, options=options)
        self.episode_start_time = time.perf_counter()
        self.episode_returns = 0.0
        self.episode_lengths = 0
        return observation, info
