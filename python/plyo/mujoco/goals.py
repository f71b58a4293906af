"""Rewards of robot tasks for goals of the caller: one pair of goals or batches of them, as for hindsight replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import libm_acos, libm_atan2, libm_cos, libm_sin

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Goals:
    """How a task judges goals. Numbers may be arrays of one a goal.

    Attributes:
        reward_type: ``"sparse"``, or anything else for dense rewards.
        distance_threshold: The distance in m within which a goal is reached.
    """

    reward_type: str
    distance_threshold: Any

    def reward(self, achieved: npt.ArrayLike, desired: npt.ArrayLike) -> Any:
        """The rewards of goals that were achieved, where others were desired.

        Args:
            achieved: Of shape ``(..., size of a goal)``.
            desired: Of the same shape.

        Returns:
            A NumPy scalar for one pair, an array for more: float32 of sparse rewards, else float64.

        Raises:
            ValueError: The shapes differ, or goals have another size.
        """
        a, b = np.asarray(achieved), np.asarray(desired)
        self._check(a, b)
        return self._reward(a, b)

    def _check(self, a: Array, b: Array) -> None:
        if a.shape != b.shape or a.ndim == 0:
            raise ValueError(f"goals that are compared need one shape, got {a.shape} and {b.shape}")

    def _reward(self, a: Array, b: Array) -> Any:
        distances = np.linalg.norm(a - b, axis=-1)
        if self.reward_type == "sparse":
            return -(distances > self.distance_threshold).astype(np.float32)
        return -distances


@dataclass(frozen=True)
class PoseGoals(Goals):
    """How a task judges goals that are poses: a position and a quaternion.

    Attributes:
        rotation_threshold: The angle in rad within which a goal is reached.
        target_position: ``"ignore"`` if positions do not matter.
        target_rotation: ``"ignore"`` if rotations do not matter.
        ignore_z_target_rotation: Whether turns about the z axis do not matter.
    """

    rotation_threshold: Any
    target_position: str
    target_rotation: str
    ignore_z_target_rotation: Any

    def _check(self, a: Array, b: Array) -> None:
        super()._check(a, b)
        if a.shape[-1] != 7:
            raise ValueError(
                f"goals are a position and a quaternion, 7 numbers, got goals of shape {a.shape}"
            )

    def _reward(self, a: Array, b: Array) -> Any:
        apart = np.zeros(a.shape[:-1])
        turned = np.zeros(a.shape[:-1])
        if self.target_position != "ignore":
            apart = np.linalg.norm(a[..., :3] - b[..., :3], axis=-1)
        if self.target_rotation != "ignore":
            turned = angle_between(a[..., 3:], b[..., 3:], self.ignore_z_target_rotation)
        if self.reward_type != "sparse":
            return -(10.0 * apart + turned)
        reached = (apart < self.distance_threshold) & (turned < self.rotation_threshold)
        return np.float32(reached) - np.float32(1)


def angle_between(a: Array, b: Array, ignores_z: bool) -> Any:
    """The angle in rad between orientations, which are quaternions in the last axis."""
    if ignores_z:
        angles = to_euler(to_matrix(a))
        angles[..., 2] = to_euler(to_matrix(b))[..., 2]
        a = to_quaternion(angles)
    # the real part of a times the conjugate of b
    real = a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2] + a[..., 3] * b[..., 3]
    return 2.0 * _of(libm_acos, np.clip(real, -1.0, 1.0))


def to_matrix(quaternion: Array) -> Array:
    """The rotation matrices of quaternions; of one without length it is the unit matrix."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    square = np.sum(quaternion * quaternion, axis=-1)
    has_length = square > np.finfo(np.float64).eps
    s = 2.0 / np.where(has_length, square, 1.0)
    xs, ys, zs = x * s, y * s, z * s
    rows = [
        [1.0 - (y * ys + z * zs), x * ys - w * zs, x * zs + w * ys],
        [x * ys + w * zs, 1.0 - (x * xs + z * zs), y * zs - w * xs],
        [x * zs - w * ys, y * zs + w * xs, 1.0 - (x * xs + y * ys)],
    ]
    matrix = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    return np.where(has_length[..., np.newaxis, np.newaxis], matrix, np.eye(3))


def to_euler(matrix: Array) -> Array:
    """The angles about x, y and z of rotation matrices, each in the frame that the one before has turned."""
    m = matrix
    cosine = np.sqrt(m[..., 2, 2] * m[..., 2, 2] + m[..., 1, 2] * m[..., 1, 2])
    regular = cosine > 4.0 * np.finfo(np.float64).eps
    return np.stack(
        [
            np.where(regular, -_of(libm_atan2, m[..., 1, 2], m[..., 2, 2]), 0.0),
            -_of(libm_atan2, -m[..., 0, 2], cosine),
            np.where(
                regular,
                -_of(libm_atan2, m[..., 0, 1], m[..., 0, 0]),
                -_of(libm_atan2, -m[..., 1, 0], m[..., 1, 1]),
            ),
        ],
        axis=-1,
    )


def to_quaternion(euler: Array) -> Array:
    """The quaternions of such angles."""
    ai, aj, ak = euler[..., 2] / 2.0, -euler[..., 1] / 2.0, euler[..., 0] / 2.0
    (si, sj, sk), (ci, cj, ck) = ([_of(f, angle) for angle in (ai, aj, ak)] for f in (libm_sin, libm_cos))
    cc, cs, sc, ss = ci * ck, ci * sk, si * ck, si * sk
    return np.stack([cj * cc + sj * ss, cj * cs - sj * sc, -(cj * ss + sj * cc), cj * sc - sj * cs], axis=-1)


def _of(function: Any, *numbers: Any) -> Any:
    """A function of libm, as steps use it, of arrays: NumPy's own have other last bits on some CPUs."""
    result = function(*(np.asarray(number, dtype=np.float64) for number in numbers))
    return np.float64(result) if np.ndim(result) == 0 else result
