"""Views of the bodies and joints of a Box2D task, under Box2D's names."""

from __future__ import annotations

import math
from typing import Any, NamedTuple


class Vec2(NamedTuple):
    """A point or direction in the plane.

    Args:
        x: To the right.
        y: Upwards.
    """

    x: float
    y: float

    @property
    def length(self) -> float:
        """The Euclidean length."""
        return math.hypot(self.x, self.y)


_BODY = (
    "x",
    "y",
    "angle",
    "velocity_x",
    "velocity_y",
    "spin",
    "awake",
    "center_x",
    "center_y",
    "mass",
    "inertia",
)
_JOINT = ("angle", "speed", "motor_speed", "max_torque", "lower", "upper")


class _View:
    """A part of a task's world, which shows it as it is when it is asked."""

    __slots__ = ("_env", "_index")
    _attribute: str
    _names: tuple[str, ...]

    def __init__(self, env: Any, index: int) -> None:
        self._env, self._index = env, index

    def _number(self, name: str) -> float:
        numbers = self._env._engine.attribute(self._attribute, 0)
        return float(numbers[self._index * len(self._names) + self._names.index(name)])

    def __eq__(self, other: object) -> bool:
        """Whether both show the same part of the same environment."""
        if type(other) is not type(self):
            return NotImplemented
        return self._env is other._env and self._index == other._index

    def __hash__(self) -> int:
        return hash((id(self._env), self._index))


class JointView(_View):
    """A revolute joint.

    Args:
        env: The environment.
        index: Which of its joints.
    """

    __slots__ = ()
    _attribute, _names = "joint_numbers", _JOINT

    @property
    def angle(self) -> float:
        """The angle of the second body less that of the first, in rad, 0 at reset."""
        return self._number("angle")

    @property
    def speed(self) -> float:
        """Its change, in rad/s."""
        return self._number("speed")

    @property
    def motorSpeed(self) -> float:
        """The speed that the motor aims at, in rad/s."""
        return self._number("motor_speed")

    @property
    def maxMotorTorque(self) -> float:
        """The greatest torque of the motor, in N m."""
        return self._number("max_torque")

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest angle, in rad."""
        return self._number("lower"), self._number("upper")

    def __repr__(self) -> str:
        """The joint with its angle and speed."""
        return f"JointView(angle={self.angle:.6g}, speed={self.speed:.6g})"


class BodyView(_View):
    """A rigid body.

    Args:
        env: The environment.
        index: Which of its bodies.
    """

    __slots__ = ()
    _attribute, _names = "body_numbers", _BODY

    @property
    def position(self) -> Vec2:
        """Where its origin is, in m."""
        return Vec2(self._number("x"), self._number("y"))

    @property
    def worldCenter(self) -> Vec2:
        """Where its centre of mass is, in m."""
        return Vec2(self._number("center_x"), self._number("center_y"))

    @property
    def angle(self) -> float:
        """In rad, counter-clockwise."""
        return self._number("angle")

    @property
    def linearVelocity(self) -> Vec2:
        """Of the centre of mass, in m/s."""
        return Vec2(self._number("velocity_x"), self._number("velocity_y"))

    @property
    def angularVelocity(self) -> float:
        """In rad/s."""
        return self._number("spin")

    @property
    def awake(self) -> bool:
        """Whether it is simulated: a body at rest sleeps after half a second."""
        return self._number("awake") != 0

    @property
    def mass(self) -> float:
        """In kg."""
        return self._number("mass")

    @property
    def inertia(self) -> float:
        """About its origin, in kg m^2."""
        return self._number("inertia")

    def __repr__(self) -> str:
        """The body with its position and angle."""
        x, y = self.position
        return f"{type(self).__name__}(position=({x:.6g}, {y:.6g}), angle={self.angle:.6g})"


class LegView(BodyView):
    """A leg: a body that knows whether it touches the ground, and its joint.

    Args:
        env: The environment.
        index: Which of its bodies.
        contact: The name of the attribute that says whether it touches the ground.
    """

    __slots__ = ("_contact",)

    def __init__(self, env: Any, index: int, contact: str) -> None:
        super().__init__(env, index)
        self._contact = contact

    @property
    def ground_contact(self) -> bool:
        """Whether the leg touches the ground."""
        return bool(self._env._engine.attribute(self._contact, 0))

    @property
    def joint(self) -> JointView:
        """The joint by which it hangs."""
        return JointView(self._env, self._index - 1)
