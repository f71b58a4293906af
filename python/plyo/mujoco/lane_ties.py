"""Warm starts of the solver that are as good as none, but for rounding.

MuJoCo's solver begins with the accelerations of the last step or with those that there are without constraints,
whichever costs less. Where both cost the same, the last bits of the two sums decide, and with them the order of
operations. Random starts never meet that; bodies at rest do, as constraints that push nothing leave them with the
accelerations that they have without.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.mujoco.library import load_mujoco

Numbers = npt.NDArray[np.float64]

#: How fast constraints open in the starts in which they push nothing, in m/s or rad/s.
_OPENING = 20.0
#: How far starts are from where both cost the same, in last places.
_PLACES = 2


def tied_starts(model: Any, rng: np.random.Generator, starts: Numbers, controls: Numbers) -> list[Numbers]:
    """Starts with warm starts that cost what the accelerations without constraints cost, or next to nothing more.

    In some of them constraints push nothing at all. In the others they do, and the warm start is where the cost comes
    back to that of no forces, on the line through the solution.

    Args:
        model: The ``mujoco.MjModel``.
        rng: Draws the last places.
        starts: Positions, velocities and warm starts, ``(n, nq + 2 * nv)``, whose positions are taken.
        controls: Of the starts that are asked for, ``(n, nu)``.

    Returns:
        As many as there are controls, in their order; fewer where few starts have constraints.
    """
    point = _Point(model)
    found: list[Numbers] = []
    try:
        for start, make in itertools.product(rng.permutation(starts), (point.at_rest, point.pushed)):
            if len(found) == len(controls):
                break
            tied = make(rng, start, controls[len(found)])
            if tied is not None:
                found.append(tied)
    except load_mujoco().FatalError:
        # a model with which MuJoCo fails: that is found where the starts are stepped
        pass
    return found


class _Point:
    """A model in a state, and what accelerations cost there."""

    def __init__(self, model: Any) -> None:
        self._mujoco = load_mujoco()
        self._model = model
        self._data = self._mujoco.MjData(model)
        # MuJoCo writes the first warning of a kind to a file
        self._data.warning.number[:] = 1

    def at_rest(self, rng: np.random.Generator, start: Numbers, controls: Numbers) -> Numbers | None:
        """A start whose constraints open: the warm start is one last place from the accelerations."""
        model, data = self._model, self._data
        if not self._evaluate(start, controls):
            return None
        opening = np.linalg.lstsq(self._jacobian(), np.full(data.nefc, _OPENING), rcond=None)[0]
        start = np.concatenate([start[: model.nq], opening, start[model.nq + model.nv :]])
        if not self._evaluate(start, controls) or data.efc_force.any():
            return None
        smooth = np.array(data.qacc_smooth)
        place = np.maximum(np.spacing(np.abs(smooth)), np.finfo(np.float64).tiny)
        # forces that the accelerations should need, and do not but for rounding
        left = self._force_of(smooth) - data.qfrc_smooth
        # other trees of bodies keep these accelerations
        in_tree = np.isin(model.dof_treeid, model.dof_treeid[self._jacobian().any(axis=0)])
        dof = int(np.argmax(in_tree * np.abs(left) / (place * model.dof_M0)))
        smooth[dof] -= np.copysign(place[dof], left[dof])
        return np.concatenate([start[: model.nq + model.nv], smooth])

    def pushed(self, rng: np.random.Generator, start: Numbers, controls: Numbers) -> Numbers | None:
        """A start whose constraints push: the warm start is beyond the solution, where the cost is that of no force."""
        model, data = self._model, self._data
        if not self._evaluate(start, controls) or not data.efc_force.any():
            return None
        smooth = np.array(data.qacc_smooth)
        way = data.qacc - smooth
        apart = self._jacobian() @ smooth - data.efc_aref, self._jacobian() @ way
        factor = _return(apart, np.array(data.efc_D), float(way @ self._force_of(way)))
        if factor is None:
            return None
        factor += int(rng.integers(-_PLACES, _PLACES + 1)) * float(np.spacing(factor))
        return np.concatenate([start[: model.nq + model.nv], smooth + factor * way])

    def _evaluate(self, start: Numbers, controls: Numbers) -> bool:
        """Whether there are constraints in the state."""
        model, data = self._model, self._data
        data.qpos[:], data.qvel[:], data.qacc_warmstart[:] = np.split(start, [model.nq, model.nq + model.nv])
        data.ctrl[:] = controls
        self._mujoco.mj_forward(model, data)
        return bool(data.nefc)

    def _force_of(self, accelerations: Numbers) -> Numbers:
        force = np.empty(self._model.nv)
        self._mujoco.mj_mulM(self._model, self._data, force, accelerations)
        return force

    def _jacobian(self) -> Numbers:
        return np.reshape(self._data.efc_J, (-1, self._model.nv))


def _return(apart: tuple[Numbers, Numbers], weights: Numbers, inertia: float) -> float | None:
    """The factor of the way at which the cost, which falls at first, is again what it was; ``None`` if it never is.

    Args:
        apart: The residuals of the constraints at the beginning of the way, and how they change along it.
        weights: Of the constraints.
        inertia: Twice the cost of the way itself.
    """

    def rises(factor: float) -> bool:
        residuals = np.minimum(apart[0] + factor * apart[1], 0)
        return float(factor * factor * inertia + weights @ (residuals * residuals)) > cost

    cost = float(weights @ np.square(np.minimum(apart[0], 0)))
    if not inertia > 0 or rises(1.0):
        return None
    low, high = 1.0, 2.0
    while not rises(high):
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if rises(middle) else (middle, high)
    return low
