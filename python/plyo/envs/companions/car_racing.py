"""Public names of CarRacing's module beside its classes: constants, and views of the car and its road."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.tasks.body_views import BodyView, JointView

__all__ = [
    "BORDER",
    "BORDER_MIN_COUNT",
    "FPS",
    "GRASS_DIM",
    "MAX_SHAPE_DIM",
    "PLAYFIELD",
    "SCALE",
    "STATE_H",
    "STATE_W",
    "TRACK_DETAIL_STEP",
    "TRACK_RAD",
    "TRACK_TURN_RATE",
    "TRACK_WIDTH",
    "VIDEO_H",
    "VIDEO_W",
    "WINDOW_H",
    "WINDOW_W",
    "ZOOM",
    "ZOOM_FOLLOW",
]

STATE_W, STATE_H = 96, 96  # pixels of an observation
VIDEO_W, VIDEO_H = 600, 400
WINDOW_W, WINDOW_H = 1000, 800

SCALE = 6.0  # pixels per m, at zoom 1
TRACK_RAD = 900 / SCALE  # m
PLAYFIELD = 2000 / SCALE  # m, from the middle to an edge
FPS = 50
ZOOM = 2.7
ZOOM_FOLLOW = True

TRACK_DETAIL_STEP = 21 / SCALE  # m
TRACK_TURN_RATE = 0.31  # rad
TRACK_WIDTH = 40 / SCALE  # m
BORDER = 8 / SCALE  # m
BORDER_MIN_COUNT = 4
GRASS_DIM = PLAYFIELD / 20.0  # m
MAX_SHAPE_DIM = max(GRASS_DIM, TRACK_WIDTH, TRACK_DETAIL_STEP) * math.sqrt(2) * ZOOM * SCALE  # pixels

_WHEEL = ("gas", "brake", "steer", "omega", "phase", "num_tiles")


class WheelView(BodyView):
    """A wheel: a body with its controls.

    Args:
        env: The environment.
        index: Which of its bodies.
    """

    __slots__ = ()

    def _wheel_number(self, name: str) -> float:
        numbers = self._env._engine.attribute("wheel_numbers", 0)
        return float(numbers[(self._index - 1) * len(_WHEEL) + _WHEEL.index(name)])

    @property
    def gas(self) -> float:
        """How much gas the wheel gets, from 0 to 1; 0 for the front wheels."""
        return self._wheel_number("gas")

    @property
    def brake(self) -> float:
        """How strong the brake is; from 0.9 on it blocks the wheel."""
        return self._wheel_number("brake")

    @property
    def steer(self) -> float:
        """The angle in rad that the joint aims at; 0 for the rear wheels."""
        return self._wheel_number("steer")

    @property
    def omega(self) -> float:
        """The speed about the axle, in rad/s."""
        return self._wheel_number("omega")

    @property
    def phase(self) -> float:
        """The angle about the axle, in rad."""
        return self._wheel_number("phase")

    @property
    def num_tiles(self) -> int:
        """How many tiles of the road the wheel touches; without any it rolls on grass."""
        return int(self._wheel_number("num_tiles"))

    @property
    def joint(self) -> JointView:
        """The joint by which the hull holds the wheel."""
        return JointView(self._env, self._index - 1)


class CarView:
    """The car: ``hull``, and ``wheels`` from the front left one to the rear right one.

    Args:
        env: The environment.
    """

    __slots__ = ("_env",)

    def __init__(self, env: Any) -> None:
        self._env = env

    @property
    def hull(self) -> BodyView:
        """The body of the hull."""
        return BodyView(self._env, 0)

    @property
    def wheels(self) -> list[WheelView]:
        """The bodies of the wheels."""
        return [WheelView(self._env, i) for i in range(1, 5)]

    @property
    def drawlist(self) -> list[BodyView]:
        """The wheels and the hull, in the order in which they are drawn."""
        return [*self.wheels, self.hull]

    def __repr__(self) -> str:
        """The car with its hull."""
        return f"CarView(hull={self.hull!r})"


class TileView:
    """A tile of the road.

    Args:
        env: The environment.
        idx: Which of the tiles.
    """

    __slots__ = ("_env", "idx")
    road_friction = 1.0

    def __init__(self, env: Any, idx: int) -> None:
        self._env, self.idx = env, idx

    def _is(self, which: int) -> bool:
        return bool(self._env._engine.attribute("tile_numbers", 0)[3 * self.idx + which])

    @property
    def road_visited(self) -> bool:
        """Whether a wheel has touched the tile."""
        return self._is(0)

    @property
    def color(self) -> NDArray[np.float64]:
        """Red, green and blue from 0 to 255, float64 of shape ``(3,)``: the shade of a tile goes when it is touched."""
        shade = 0.0 if self._is(1) else 0.01 * (self.idx % 3) * 255
        return _color(self._env, 0) + shade

    def __repr__(self) -> str:
        """The tile with its number."""
        return f"TileView(idx={self.idx}, road_visited={self.road_visited})"


def _color(env: Any, which: int) -> NDArray[np.float64]:
    return np.array(env._engine.attribute("color_numbers", 0)[3 * which : 3 * which + 3])


def _numbers(env: Any, name: str) -> list[float]:
    # no numbers are None
    return env._engine.attribute(name, 0) or []


def _car(self: Any) -> CarView | None:
    """The car: views of its bodies, as they are when they are asked; None before the first reset."""
    return CarView(self) if _numbers(self, "track_numbers") else None


def _track(self: Any) -> list[tuple[float, ...]]:
    """The points of the track: alpha and beta in rad, x and y in m."""
    numbers = _numbers(self, "track_numbers")
    return [tuple(numbers[i : i + 4]) for i in range(0, len(numbers), 4)]


def _road(self: Any) -> list[TileView] | None:
    """The tiles of the road, as they are when they are asked; None before the first reset."""
    count = len(_numbers(self, "tile_numbers")) // 3
    return [TileView(self, i) for i in range(count)] or None


MEMBERS = {
    "car": property(_car),
    "track": property(_track),
    "road": property(_road),
    "road_color": property(lambda self: _color(self, 0), doc="Red, green and blue of the road, 0 to 255."),
    "bg_color": property(
        lambda self: _color(self, 1), doc="Red, green and blue of the background, 0 to 255."
    ),
    "grass_color": property(lambda self: _color(self, 2), doc="Red, green and blue of the grass, 0 to 255."),
    "start_alpha": property(lambda self: 2 * math.pi * (-0.5) / 12, doc="Where a lap begins, in rad."),
}
