"""Public names of LunarLander's module beside its classes: constants, the heuristic and its demonstration."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from plyo import logger
from plyo.error import Error
from plyo.tasks.body_views import BodyView, LegView

__all__ = [
    "FPS",
    "INITIAL_RANDOM",
    "LANDER_POLY",
    "LEG_AWAY",
    "LEG_DOWN",
    "LEG_H",
    "LEG_SPRING_TORQUE",
    "LEG_W",
    "MAIN_ENGINE_POWER",
    "MAIN_ENGINE_Y_LOCATION",
    "SCALE",
    "SIDE_ENGINE_AWAY",
    "SIDE_ENGINE_HEIGHT",
    "SIDE_ENGINE_POWER",
    "VIEWPORT_H",
    "VIEWPORT_W",
    "LunarLanderContinuous",
    "demo_heuristic_lander",
    "heuristic",
]

FPS = 50
SCALE = 30.0  # pixels per m

MAIN_ENGINE_POWER, SIDE_ENGINE_POWER = 13.0, 0.6
INITIAL_RANDOM = 1000.0  # N

# pixels
LANDER_POLY = [(-14, +17), (-17, 0), (-17, -10), (+17, -10), (+17, 0), (+14, +17)]
LEG_AWAY, LEG_DOWN, LEG_W, LEG_H = 20, 18, 2, 8
LEG_SPRING_TORQUE = 40  # N m
SIDE_ENGINE_HEIGHT, SIDE_ENGINE_AWAY, MAIN_ENGINE_Y_LOCATION = 14, 12, 4
VIEWPORT_W, VIEWPORT_H = 600, 400


def complete_arguments(params: dict[str, Any]) -> dict[str, Any]:
    """Warns of unusual arguments as Gymnasium does.

    Raises:
        AssertionError: ``gravity`` is out of its range.
    """
    gravity = params.get("gravity", -10.0)
    if isinstance(gravity, numbers.Real) and not -12.0 < float(gravity) < 0.0:
        raise AssertionError(f"gravity (current value: {gravity}) must be between -12 and 0")
    for name, most in (("wind_power", 20.0), ("turbulence_power", 2.0)):
        value = params.get(name, 0.0)
        if isinstance(value, numbers.Real) and not 0.0 <= float(value) <= most:
            logger.warn(f"{name} value is recommended to be between 0.0 and {most}, (current value: {value})")
    return params


def heuristic(env: Any, s: Any) -> Any:
    """The action of a controller that lands from most starts.

    Args:
        env: The environment, which says whether actions are continuous.
        s: The observation: positions, velocities, angle, angular velocity, contacts of the legs.

    Returns:
        A number of an action, or the throttles of both engines, float64 of shape ``(2,)``.
    """
    # lean towards the pad, and sink with the distance from it
    angle_target = min(max(s[0] * 0.5 + s[2] * 1.0, -0.4), 0.4)
    hover_target = 0.55 * np.abs(s[0])
    turn = (angle_target - s[4]) * 0.5 - s[5] * 1.0
    lift = (hover_target - s[1]) * 0.5 - s[3] * 0.5
    if s[6] or s[7]:
        turn, lift = 0, -s[3] * 0.5
    if env.unwrapped.continuous:
        return np.clip(np.array([lift * 20 - 1, -turn * 20]), -1, +1)
    if lift > np.abs(turn) and lift > 0.05:
        return 2
    if turn < -0.05:
        return 3
    return 1 if turn > +0.05 else 0


def demo_heuristic_lander(env: Any, seed: int | None = None, render: bool = False) -> Any:
    """Plays one episode with the heuristic and prints it.

    Args:
        env: A LunarLander environment.
        seed: Of its reset.
        render: Whether to render each step and to close the environment at the end.

    Returns:
        The return of the episode.
    """
    total_reward: Any = 0
    steps = 0
    observation, _ = env.reset(seed=seed)
    ended = False
    while not ended:
        observation, reward, terminated, truncated, _ = env.step(heuristic(env, observation))
        total_reward += reward
        if render and env.render() is False:
            break
        ended = terminated or truncated
        if steps % 20 == 0 or ended:
            print("observations:", " ".join(f"{x:+0.2f}" for x in observation))
            print(f"step {steps} total_reward {total_reward:+0.2f}")
        steps += 1
    if render:
        env.close()
    return total_reward


class LunarLanderContinuous:
    """A name that tells how to make the environment with continuous actions.

    Raises:
        Error: Always.
    """

    def __init__(self) -> None:
        raise Error(
            "Error initializing LunarLanderContinuous Environment.\n"
            "Currently, we do not support initializing this mode of environment by calling the class directly.\n"
            "To use this environment, instead create it by specifying the continuous keyword in gym.make, i.e.\n"
            'gym.make("LunarLander-v3", continuous=True)'
        )


def _lander(self: Any) -> BodyView:
    """The lander's body: ``position``, ``angle``, ``linearVelocity``, ..., as they are when they are asked for."""
    return BodyView(self, 0)


def _legs(self: Any) -> list[LegView]:
    """The left and the right leg: bodies with ``ground_contact`` and ``joint``."""
    return [LegView(self, 1, "left_contact"), LegView(self, 2, "right_contact")]


def _drawlist(self: Any) -> list[BodyView]:
    """The lander and its legs."""
    return [_lander(self), *_legs(self)]


MEMBERS = {"lander": property(_lander), "legs": property(_legs), "drawlist": property(_drawlist)}
