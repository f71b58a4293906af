"""Wrappers that change actions and remember earlier ones."""

from __future__ import annotations

from typing import Any, SupportsFloat

import numpy as np

from plyo.basics.floats import to_float
from plyo.basics.integers import is_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActionWrapper, ActType, Env, ObsType, Wrapper
from plyo.error import InvalidBound, InvalidProbability

__all__ = ["RepeatAction", "StickyAction"]

# One more than a duration is drawn as an int64.
_LONGEST = 2**63 - 2


class StickyAction(ActionWrapper[ObsType, ActType, ActType], RecordConstructorArgs):
    """Repeats the last action now and then instead of taking the new one.

    Source: Machado et al., "Revisiting the Arcade Learning Environment", 2018, section 5.2. Here a
    repetition may last for several steps. The draws come from the environment's :attr:`np_random`.

    Attributes:
        repeat_action_probability: The probability that a step begins a repetition.
        repeat_action_duration_range: The least and the greatest duration of one, in steps.
        last_action: The last action, ``None`` after a reset.
        is_sticky_actions: Whether a repetition is under way.
        num_repeats: Its duration in steps, 0 without a repetition.
        repeats_taken: The number of its steps so far.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        repeat_action_probability: float,
        repeat_action_duration: int | tuple[int, int] = 1,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            repeat_action_probability: From 0 to below 1.
            repeat_action_duration: In steps, a number or the bounds of a uniform draw.

        Raises:
            plyo.error.InvalidProbability: The probability is out of its range.
            plyo.error.InvalidBound: The lower bound of the duration exceeds the upper one.
            ValueError: The duration is neither an integer nor a pair of integers, or not positive.
            TypeError: ``env`` is not an environment.
        """
        if not 0 <= repeat_action_probability < 1:
            raise InvalidProbability(
                "`repeat_action_probability` should be in the interval [0,1). "
                f"Received {repeat_action_probability}"
            )
        RecordConstructorArgs.__init__(
            self,
            repeat_action_probability=repeat_action_probability,
            repeat_action_duration=repeat_action_duration,
        )
        self.repeat_action_probability = repeat_action_probability
        self.repeat_action_duration_range = duration_range(repeat_action_duration)
        ActionWrapper.__init__(self, env)
        self.last_action: ActType | None = None
        self.is_sticky_actions = False
        self.num_repeats: int | np.integer[Any] = 0
        self.repeats_taken = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner environment and forgets the last action."""
        self.last_action = None
        self._end_repetition()
        return self.env.reset(seed=seed, options=options)

    def action(self, action: ActType) -> ActType:
        """Returns the action, or the last one while that is repeated."""
        if self.is_sticky_actions or (
            self.last_action is not None and self.np_random.random() < self.repeat_action_probability
        ):
            if self.num_repeats == 0:
                shortest, longest = self.repeat_action_duration_range
                self.num_repeats = self.np_random.integers(shortest, longest + 1)
            assert self.last_action is not None  # a repetition begins with one only
            action = self.last_action
            self.is_sticky_actions = True
            self.repeats_taken += 1
            if self.num_repeats == self.repeats_taken:
                self._end_repetition()
        self.last_action = action
        return action

    def _end_repetition(self) -> None:
        self.is_sticky_actions = False
        self.num_repeats = 0
        self.repeats_taken = 0


def duration_range(duration: int | tuple[int, int]) -> tuple[int, int]:
    """The bounds of a duration, checked."""
    bounds = (duration, duration) if is_integer(duration) else duration
    if not isinstance(bounds, tuple):
        raise ValueError(
            f"`repeat_action_duration` should be either an integer or a tuple. Received {bounds}"
        )
    if len(bounds) != 2:
        raise ValueError(
            f"`repeat_action_duration` should be a tuple or a list of two integers. Received {bounds}"
        )
    if not all(is_integer(bound) for bound in bounds):
        raise ValueError(f"`repeat_action_duration` should consist of integers. Received {bounds}")
    if bounds[0] > bounds[1]:
        raise InvalidBound(f"`repeat_action_duration` is not a valid bound. Received {bounds}")
    if np.any(np.array(bounds) < 1):
        raise ValueError(f"`repeat_action_duration` should be larger or equal than 1. Received {bounds}")
    if bounds[1] > _LONGEST:
        raise ValueError(f"`repeat_action_duration` should be at most {_LONGEST}. Received {bounds}")
    return int(bounds[0]), int(bounds[1])


class RepeatAction(Wrapper[ObsType, ActType, ObsType, ActType], RecordConstructorArgs):
    """Takes each action several times and adds up the rewards.

    An episode that ends in between ends the repetition. Observation and info are those of the last
    step.

    Attributes:
        num_repeats: The number of steps an action is taken for.
    """

    def __init__(self, env: Env[ObsType, ActType], num_repeats: int) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            num_repeats: At least 1.

        Raises:
            TypeError: ``num_repeats`` is not an integer, or ``env`` not an environment.
            ValueError: ``num_repeats`` is below 1.
        """
        if not is_integer(num_repeats):
            raise TypeError(f"The num_repeats is expected to be an integer, actual type: {type(num_repeats)}")
        if num_repeats < 1:
            raise ValueError(
                f"The num_repeats value needs to be equal or greater than one, actual value: {num_repeats}"
            )
        RecordConstructorArgs.__init__(self, num_repeats=int(num_repeats))
        Wrapper.__init__(self, env)
        self.num_repeats = int(num_repeats)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment until the repetitions or the episode are over."""
        step = self.env.step
        total = 0.0
        for _ in range(self.num_repeats):
            observation, reward, terminated, truncated, info = step(action)
            total += to_float(reward)
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, info
