"""Public names of BipedalWalker's module beside its classes: constants and the heuristic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.error import Error
from plyo.tasks.body_views import BodyView, JointView, LegView, Vec2

__all__ = [
    "FPS",
    "FRICTION",
    "HULL_POLY",
    "INITIAL_RANDOM",
    "LEG_DOWN",
    "LEG_H",
    "LEG_W",
    "LIDAR_RANGE",
    "MOTORS_TORQUE",
    "SCALE",
    "SPEED_HIP",
    "SPEED_KNEE",
    "TERRAIN_GRASS",
    "TERRAIN_HEIGHT",
    "TERRAIN_LENGTH",
    "TERRAIN_STARTPAD",
    "TERRAIN_STEP",
    "VIEWPORT_H",
    "VIEWPORT_W",
    "BipedalWalkerHardcore",
    "BipedalWalkerHeuristics",
]

FPS = 50
SCALE = 30.0  # pixels per m
VIEWPORT_W, VIEWPORT_H = 600, 400  # pixels

MOTORS_TORQUE = 80  # N m
SPEED_HIP, SPEED_KNEE = 4, 6  # rad/s
LIDAR_RANGE = 160 / SCALE  # m
INITIAL_RANDOM = 5  # N

HULL_POLY = [(-30, +9), (+6, +9), (+34, +1), (+34, -8), (-30, -8)]  # pixels
LEG_DOWN = -8 / SCALE  # m
LEG_W, LEG_H = 8 / SCALE, 34 / SCALE  # m

TERRAIN_STEP = 14 / SCALE  # m
TERRAIN_LENGTH, TERRAIN_GRASS, TERRAIN_STARTPAD = 200, 10, 20  # steps
TERRAIN_HEIGHT = VIEWPORT_H / SCALE / 4  # m
FRICTION = 2.5


class BipedalWalkerHardcore:
    """A name that tells how to make the environment with obstacles.

    Raises:
        Error: Always.
    """

    def __init__(self) -> None:
        raise Error(
            "Error initializing BipedalWalkerHardcore Environment.\n"
            "Currently, we do not support initializing this mode of environment by calling the class directly.\n"
            "To use this environment, instead create it by specifying the hardcore keyword in gym.make, i.e.\n"
            'gym.make("BipedalWalker-v3", hardcore=True)'
        )


class BipedalWalkerHeuristics:
    """A controller with a memory, which walks the plain ground without any sense of balance.

    One leg swings forward while the other carries; then the first is put down, and the second pushes off.

    Attributes:
        state: What the legs do: ``STAY_ON_ONE_LEG``, ``PUT_OTHER_DOWN`` or ``PUSH_OFF``.
        moving_leg: The leg that swings, 0 or 1.
        supporting_leg: The other one.
        supporting_knee_angle: The angle that the knee of the supporting leg aims at.
        a: The last action.
    """

    STAY_ON_ONE_LEG, PUT_OTHER_DOWN, PUSH_OFF = 1, 2, 3
    SPEED = 0.29
    SUPPORT_KNEE_ANGLE = +0.1

    def __init__(self) -> None:
        self.state = self.STAY_ON_ONE_LEG
        self.moving_leg, self.supporting_leg = 0, 1
        self.supporting_knee_angle = self.SUPPORT_KNEE_ANGLE
        self.a: npt.NDArray[np.float64] = np.zeros(4)

    def step_heuristic(self, s: Any) -> npt.NDArray[np.float64]:
        """The next action, from which the legs' state follows too.

        Args:
            s: The observation, of shape ``(24,)``.

        Returns:
            The action, float64 of shape ``(4,)``, between -1 and 1.
        """
        hips, knees = self._targets(s)
        action = np.zeros(4)
        for leg in range(2):
            # angles and velocities of the leg's joints begin here
            at = 4 + 5 * leg
            hip = knee = 0.0
            if hips[leg]:
                hip = 0.9 * (hips[leg] - s[at]) - 0.25 * s[at + 1]
            if knees[leg]:
                knee = 4.0 * (knees[leg] - s[at + 2]) - 0.25 * s[at + 3]
            # the hull is to stay upright, and not to jump
            action[2 * leg] = hip - (0.9 * (0 - s[0]) - 1.5 * s[1])
            action[2 * leg + 1] = knee - 15.0 * s[3]
        self.a = np.clip(0.5 * action, -1.0, 1.0)
        return self.a

    def _targets(self, s: Any) -> tuple[list[Any], list[Any]]:
        """The angles that hips and knees aim at, None where a joint is free; changes the state."""
        hips: list[Any] = [None, None]
        knees: list[Any] = [None, None]
        moving, supporting = self.moving_leg, self.supporting_leg
        if self.state == self.STAY_ON_ONE_LEG:
            hips[moving], knees[moving] = 1.1, -0.6
            self.supporting_knee_angle += 0.03
            if s[2] > self.SPEED:
                self.supporting_knee_angle += 0.03
            self.supporting_knee_angle = min(self.supporting_knee_angle, self.SUPPORT_KNEE_ANGLE)
            knees[supporting] = self.supporting_knee_angle
            if s[4 + 5 * supporting] < 0.10:  # the supporting leg is behind
                self.state = self.PUT_OTHER_DOWN
        if self.state == self.PUT_OTHER_DOWN:
            hips[moving], knees[moving] = +0.1, self.SUPPORT_KNEE_ANGLE
            knees[supporting] = self.supporting_knee_angle
            if s[4 + 5 * moving + 4]:
                self.state = self.PUSH_OFF
                self.supporting_knee_angle = min(s[4 + 5 * moving + 2], self.SUPPORT_KNEE_ANGLE)
        if self.state == self.PUSH_OFF:
            knees[moving], knees[supporting] = self.supporting_knee_angle, +1.0
            if s[4 + 5 * supporting + 2] > 0.88 or s[2] > 1.2 * self.SPEED:
                self.state = self.STAY_ON_ONE_LEG
                self.moving_leg, self.supporting_leg = supporting, moving
        return hips, knees


class RayView:
    """A ray that looks for the ground, as it is when it is asked.

    Args:
        env: The environment.
        index: Which of its ten rays, from straight down to ahead.
    """

    __slots__ = ("_env", "_index")

    def __init__(self, env: Any, index: int) -> None:
        self._env, self._index = env, index

    @property
    def fraction(self) -> float:
        """The part of the ray at which it meets the ground, 1 if it does not."""
        return float(self._env._engine.attribute("lidar_fractions", 0)[self._index])

    @property
    def p1(self) -> Vec2:
        """Where it begins: the position of the hull, in m."""
        return BodyView(self._env, 0).position

    @property
    def p2(self) -> Vec2:
        """Where it ends, at the ground if it meets it, in m."""
        start, angle = self.p1, 1.5 * self._index / 10.0
        length = LIDAR_RANGE * self.fraction
        return Vec2(start.x + math.sin(angle) * length, start.y - math.cos(angle) * length)


def _hull(self: Any) -> BodyView:
    """The hull's body: ``position``, ``angle``, ``linearVelocity``, ..., as they are when they are asked for."""
    return BodyView(self, 0)


def _legs(self: Any) -> list[BodyView]:
    """The upper and lower part of the first leg, then of the second; lower parts have ``ground_contact``."""
    upper = [BodyView(self, 1), BodyView(self, 3)]
    lower = [LegView(self, 2, "left_contact"), LegView(self, 4, "right_contact")]
    return [upper[0], lower[0], upper[1], lower[1]]


def _joints(self: Any) -> list[JointView]:
    """The first hip and knee, the second hip and knee: ``angle``, ``speed``, ``motorSpeed``, ..."""
    return [JointView(self, index) for index in range(4)]


def _lidar(self: Any) -> list[RayView]:
    """The ten rays that look for the ground: ``fraction``, ``p1``, ``p2``."""
    return [RayView(self, index) for index in range(10)]


MEMBERS = {
    "hull": property(_hull),
    "legs": property(_legs),
    "joints": property(_joints),
    "lidar": property(_lidar),
}
