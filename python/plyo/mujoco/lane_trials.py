"""The simulations in which packs of lanes are compared with MuJoCo: each branch of a step is forced, not hoped for.

A random rollout meets some branches once in a thousand steps. So there are trials for them: each limit beyond both of
its ends, each geom on the floor by itself and at several depths, quaternions whose norm is just not 1, fast and slow
bodies, starts with and without a warm start, and with one that is as good as none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.mujoco.lane_ties import tied_starts
from plyo.mujoco.library import load_mujoco

Numbers = npt.NDArray[np.float64]

#: Positions from which geoms are let down to the floor, and how deep they are then, in metres.
_POSES, _DEPTHS = 48, (1e-9, 1e-4, 2e-3, 0.02, 0.06)
#: Random perturbations of positions (rad or m) and velocities (rad/s or m/s).
_WILD = ((0.0, 0.0), (0.1, 0.1), (0.3, 3.0), (0.6, 3.0), (1.0, 1.0), (1.0, 10.0), (2.0, 3.0), (3.0, 20.0))
#: How far joints are beyond a limit, as parts of the range and in units of the joint.
_BEYOND = (1e-9, 1e-3, 0.02, 0.2)
#: Quaternions are scaled by 1 plus so much.
_NORMS = (0.0, 2e-16, -2e-16, 6e-16, 1.2e-15, -1.2e-15, 1e-9, 1e-3, -0.3)
#: Steps of a trial, and substeps of a step.
STEPS, SUBSTEPS = 3, 4
#: Substeps that the trials take in all, about: one costs 5 to 40 microseconds.
_BUDGET = 2400
#: Trials whose warm start is as good as none, at most.
_TIES = 24


@dataclass
class Trials:
    """Starts and controls.

    Attributes:
        starts: Positions, velocities and warm starts, ``(n, nq + 2 * nv)``.
        controls: ``(n, steps, nu)``.
    """

    starts: Numbers
    controls: Numbers

    def __getitem__(self, part: slice) -> Trials:
        return Trials(self.starts[part], self.controls[part])


def make_trials(model: Any, seed: int = 0, budget: int = _BUDGET) -> Trials:
    """Trials for a model.

    Args:
        model: The ``mujoco.MjModel``.
        seed: Of what is random.
        budget: How many substeps they take in all, about.
    """
    rng = np.random.default_rng(seed)
    starts = [*_beyond_limits(model, rng), *_on_the_floor(model, rng), *_wild(model, rng)]
    count = max(64, budget // (STEPS * SUBSTEPS) - _TIES)
    # forced ones first; what is left goes to more of the wild ones
    while len(starts) < count:
        starts += _wild(model, rng)
    if len(starts) > count:
        starts = [starts[i] for i in np.linspace(0, len(starts) - 1, count).astype(int)]
    rows = [_row(model, rng, qpos, qvel) for qpos, qvel in starts]
    controls = _controls(model, rng, len(rows) + _TIES)
    rows += tied_starts(model, rng, np.array(rows), controls[len(rows) :, 0])
    return Trials(np.array(rows), controls[: len(rows)])


def _row(model: Any, rng: np.random.Generator, qpos: Numbers, qvel: Numbers) -> Numbers:
    """A start, with a warm start of zeros or of some acceleration."""
    scale = float(rng.choice([0.0, 0.0, 1.0, 50.0]))
    for joint in np.flatnonzero(model.jnt_type == int(load_mujoco().mjtJoint.mjJNT_FREE)):
        address = model.jnt_qposadr[joint] + 3
        qpos[address : address + 4] *= 1 + float(rng.choice(_NORMS))
    return np.concatenate([qpos, qvel, rng.normal(0, 1, model.nv) * scale])


def _controls(model: Any, rng: np.random.Generator, count: int) -> Numbers:
    """Controls within and beyond the ranges, the same for a step, some of them zero."""
    low, high = -np.ones(model.nu), np.ones(model.nu)
    if len(model.actuator_ctrlrange) == model.nu:
        limited = model.actuator_ctrllimited.astype(bool)
        low, high = np.where(limited, model.actuator_ctrlrange.T, (low, high))
    scale = rng.choice([0.0, 0.2, 1.0, 1.0, 1.0, 2.0], (count, STEPS, 1))
    # as an action has them
    drawn: Numbers = rng.uniform(low, high, (count, STEPS, model.nu)) * scale
    return np.asarray(drawn.astype(np.float32), np.float64)


def _moved(model: Any, rng: np.random.Generator, size: float) -> Numbers:
    """Positions about the model's own; by way of velocities, so that quaternions stay unit quaternions."""
    qpos = np.array(model.qpos0)
    if size:
        load_mujoco().mj_integratePos(model, qpos, rng.uniform(-size, size, model.nv), 1.0)
    return qpos


def _wild(model: Any, rng: np.random.Generator) -> list[tuple[Numbers, Numbers]]:
    return [
        (_moved(model, rng, positions), rng.uniform(-velocities, velocities, model.nv))
        for positions, velocities in _WILD
    ]


def _beyond_limits(model: Any, rng: np.random.Generator) -> Iterator[tuple[Numbers, Numbers]]:
    """Each limit by itself, and all together, beyond either end, coming back or going on."""
    joints = np.flatnonzero(model.jnt_limited)
    for group in [*([joint] for joint in joints), list(joints)]:
        for end in (0, 1):
            for beyond in _BEYOND if group else ():
                qpos = np.array(model.qpos0)
                for joint in group:
                    bound = model.jnt_range[joint, end]
                    qpos[model.jnt_qposadr[joint]] = bound + beyond * (1 if end else -1)
                yield qpos, rng.uniform(-1, 1, model.nv) * float(rng.choice([0.0, 1.0, 5.0]))


def _on_the_floor(model: Any, rng: np.random.Generator) -> list[tuple[Numbers, Numbers]]:
    """Random poses let down until their lowest geom is in the floor, so that it mostly is alone there."""
    mujoco = load_mujoco()
    height = _height_of(model)
    planes = np.flatnonzero(model.geom_type == int(mujoco.mjtGeom.mjGEOM_PLANE))
    if height is None or not len(planes):
        return []
    data = mujoco.MjData(model)
    moving = np.flatnonzero(model.body_weldid[model.geom_bodyid] != 0)
    starts = []
    for i in range(_POSES):
        qpos = _moved(model, rng, (0.0, 0.3, 1.0, 3.0)[i % 4])
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        axis = np.abs(data.geom_xmat[moving, 8]) * model.geom_size[moving, 1]
        lowest = float(np.min(data.geom_xpos[moving, 2] - axis - model.geom_size[moving, 0]))
        qpos[height] -= lowest + _DEPTHS[i % len(_DEPTHS)]
        starts.append((qpos, rng.uniform(-1, 1, model.nv) * float(rng.choice([0.0, 0.5, 4.0]))))
    return starts


def _height_of(model: Any) -> int | None:
    """Which of the positions is the height of everything."""
    types = load_mujoco().mjtJoint
    for joint in range(model.njnt):
        if model.body_parentid[model.jnt_bodyid[joint]] != 0:
            continue
        if model.jnt_type[joint] == int(types.mjJNT_FREE):
            return int(model.jnt_qposadr[joint]) + 2
        if model.jnt_type[joint] == int(types.mjJNT_SLIDE) and abs(model.jnt_axis[joint, 2]) > 0.99:
            return int(model.jnt_qposadr[joint])
    return None
