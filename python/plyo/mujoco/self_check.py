"""Steps a model and its tuned copy side by side and compares, bit for bit, what tasks read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.mujoco.library import load_mujoco

#: What tasks read from ``mjData`` besides the integration state, where this MuJoCo has it.
_READ = (
    *("qacc", "qfrc_actuator", "qfrc_constraint", "qfrc_passive", "qfrc_bias", "qfrc_smooth"),
    *("actuator_force", "actuator_length", "actuator_velocity", "ten_length", "ten_velocity"),
    *("xpos", "xquat", "xmat", "xipos", "ximat", "geom_xpos", "geom_xmat", "site_xpos", "site_xmat"),
    *("subtree_com", "cinert", "cvel", "cdof", "cacc", "cfrc_int", "cfrc_ext"),
    *("mocap_pos", "mocap_quat", "eq_active", "energy"),
)
#: What tasks read after an evaluation of places, and what Jacobians are made of.
_PLACES = ("xpos", "xquat", "site_xpos", "site_xmat", "subtree_com", "cdof")
#: What is compared of the contacts themselves.
_CONTACT = (
    *("geom", "dist", "pos", "frame", "includemargin"),
    *("dim", "friction", "solref", "solreffriction", "solimp"),
)
#: Positions whose contacts are compared, and how far those are from the model's own, in radians or metres: far enough
#: for nearly every pair of geoms that can touch to do so somewhere.
_POSITIONS, _POSITION_PERTURBATIONS = 160, (0.3, 1.0, 2.0, 3.0)
#: The size of the perturbation of each run: of positions in radians or metres, of velocities in rad/s or m/s. The first
#: is what tasks reset to, the others throw the bodies about, so that they hit the floor and each other.
_PERTURBATIONS = ((0.0, 0.0), *((0.1, 0.1), (0.3, 3.0), (0.6, 3.0), (1.0, 3.0), (1.0, 1.0)) * 2, (0.3, 1.0))
#: A step is so many substeps with one control, as in an environment.
_SUBSTEPS = 5
#: Steps in each run, fewest and most. A costly model takes fewer, so that the check stays under 50 ms for usual ones.
_FEWEST_STEPS, _MOST_STEPS = 2, 6
#: A run ends where bodies are pushed into each other so far that there are more constraints than twice those of the
#: model's own position and this: no task gets there, and such steps are very slow.
_MORE_CONSTRAINTS = 32


def self_check(
    stock: Any, tuned: Any, between: Any = None, stepper: Callable[[Any], Callable[[int], None]] | None = None
) -> str | None:
    """Compares the contacts of both models in many positions, then what a few hundred substeps compute.

    The runs start like those of resets do, and from strongly perturbed positions.

    Args:
        stock: The ``mujoco.MjModel`` that decides.
        tuned: The copy of it.
        between: The copy that takes all substeps of a step but the last; None for ``tuned``.
        stepper: Gives for the ``mjData`` of the copy what takes that many substeps in it; None for ``mj_step``.

    Returns:
        The first quantity that differs, in words; ``None`` if all bits are equal.
    """
    rng = np.random.default_rng(0)
    first, second = _Side(stock), _Side(tuned, between, stepper)
    read = [name for name in _READ if hasattr(first.data, name)]
    if not tuned.opt.disableflags & int(load_mujoco().mjtDisableBit.mjDSBL_SENSOR):
        read.append("sensordata")
    # the vertices of flexes would need more than the positions of bodies
    if not stock.nflex and _contacts_differ(first, second, rng):
        return "the list of contacts differs"
    substep = most_constraints = 0
    for positions, velocities in _PERTURBATIONS:
        start = _start(stock, rng, positions, velocities)
        first.begin(*start)
        second.begin(*start)
        most_constraints = most_constraints or 2 * first.data.nefc + _MORE_CONSTRAINTS
        for controls in _controls(stock, rng, _steps_of(stock)):
            if first.diverged or first.data.nefc > most_constraints:
                break
            first.step(controls)
            second.step(controls)
            substep += _SUBSTEPS
            difference = _difference(first, second, read)
            if difference:
                return f"{difference} differs after {substep} substeps"
    return None


def _contacts_differ(stock: _Side, tuned: _Side, rng: np.random.Generator) -> bool:
    """Whether the models differ in a contact, or in the order of contacts."""
    for i in range(_POSITIONS):
        qpos, _ = _start(stock.model, rng, _POSITION_PERTURBATIONS[i % len(_POSITION_PERTURBATIONS)], 0.0)
        if stock.contacts(qpos) != tuned.contacts(qpos):
            return True
    return False


def _steps_of(model: Any) -> int:
    """The number of steps in a run, by the cost of one."""
    evaluations = 4 if model.opt.integrator == int(load_mujoco().mjtIntegrator.mjINT_RK4) else 1
    return int(np.clip(180 // (evaluations * max(1, model.nv)), _FEWEST_STEPS, _MOST_STEPS))


class _Side:
    """One of the two models and its data."""

    def __init__(
        self, model: Any, between: Any = None, stepper: Callable[[Any], Callable[[int], None]] | None = None
    ) -> None:
        self._mujoco = load_mujoco()
        self.model = model
        self._between = model if between is None else between
        self.data = self._mujoco.MjData(model)
        self._take = self._take_with_mujoco if stepper is None else stepper(self.data)
        self._parts = int(self._mujoco.mjtState.mjSTATE_INTEGRATION)
        self._state = np.empty(self._mujoco.mj_stateSize(model, self._parts))

    def contacts(self, qpos: NDArray[np.float64]) -> list[bytes]:
        """All contacts at the positions."""
        self.data.qpos[:] = qpos
        self._mujoco.mj_kinematics(self.model, self.data)
        self._mujoco.mj_collision(self.model, self.data)
        if self.data.ncon == 0:
            return []
        contact = self.data.contact
        return [getattr(contact, name).tobytes() for name in _CONTACT]

    def begin(self, qpos: NDArray[np.float64], qvel: NDArray[np.float64]) -> None:
        """Starts a run at the positions and velocities."""
        self._mujoco.mj_resetData(self.model, self.data)
        # MuJoCo writes the first warning of a kind to a file; the starts may well make a simulation diverge
        self.data.warning.number[:] = 1
        self.data.qpos[:] = qpos
        self.data.qvel[:] = qvel
        self._mujoco.mj_forward(self.model, self.data)

    def step(self, controls: NDArray[np.float64]) -> None:
        """One step of an environment."""
        self.data.ctrl[:] = controls
        self._take(_SUBSTEPS)
        self._mujoco.mj_rnePostConstraint(self.model, self.data)

    def _take_with_mujoco(self, substeps: int) -> None:
        self._mujoco.mj_step(self._between, self.data, substeps - 1)
        self._mujoco.mj_step(self.model, self.data)

    @property
    def diverged(self) -> bool:
        """Whether MuJoCo has warned in this run: it may have reset the data."""
        return bool((self.data.warning.number != 1).any())

    def state(self) -> bytes:
        """The whole integration state with time, warm start and controls."""
        self._mujoco.mj_getState(self.model, self.data, self._state, self._parts)
        return self._state.tobytes()


def places_suffice(model: Any) -> bool:
    """Whether all that is read of an evaluation of places has the same bits without forces, in some positions.

    That is so where the forces of ``mj_forward`` change nothing that the next step begins with.
    """
    rng = np.random.default_rng(0)
    whole, places = _Side(model), _Side(model)
    mujoco = load_mujoco()
    for positions, velocities in _PERTURBATIONS[:5]:
        start = _start(model, rng, positions, velocities)
        for side in (whole, places):
            side.begin(*start)
            mujoco.mj_step(model, side.data)
        before = whole.state()
        mujoco.mj_forward(model, whole.data)
        mujoco.mj_kinematics(model, places.data)
        mujoco.mj_comPos(model, places.data)
        if whole.state() != before or _difference(whole, places, list(_PLACES)):
            return False
    return True


def _start(
    model: Any, rng: np.random.Generator, positions: float, velocities: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Random positions around those of the model, and velocities."""
    qpos = np.array(model.qpos0)
    if positions:  # by way of velocities, so that quaternions stay unit quaternions
        load_mujoco().mj_integratePos(model, qpos, rng.uniform(-positions, positions, model.nv), 1.0)
    return qpos, rng.uniform(-velocities, velocities, model.nv)


def _controls(model: Any, rng: np.random.Generator, steps: int) -> Iterator[NDArray[np.float64]]:
    """Random controls, over the range of each actuator that has one."""
    low, high = -np.ones(model.nu), np.ones(model.nu)
    if len(model.actuator_ctrlrange) == model.nu:  # an actuator may have several
        limited = model.actuator_ctrllimited.astype(bool)
        low, high = np.where(limited, model.actuator_ctrlrange.T, (low, high))
    for _ in range(steps):
        yield rng.uniform(low, high)


def _difference(stock: _Side, tuned: _Side, read: list[str]) -> str | None:
    """The name of the first quantity whose bits differ."""
    for name in read:
        if getattr(stock.data, name).tobytes() != getattr(tuned.data, name).tobytes():
            return name
    return None if stock.state() == tuned.state() else "the integration state"
