"""Which arrays of a ``mujoco.MjModel`` environments may have of their own. Needs neither a model nor MuJoCo."""

from __future__ import annotations

from typing import NamedTuple

_AXES = ("x", "y", "z")


class ModelArray(NamedTuple):
    """An array of the model, under MuJoCo's name.

    Attributes:
        name: As ``mujoco.batch`` has it: of ``MjModel``, or ``opt.`` and the name in ``MjOption``.
        doc: What it is, with the unit.
        rows: What its rows belong to, one of MuJoCo's kinds of objects; empty for an array without rows.
        columns: The names of its columns; without names they have numbers.
        bound: ``"positive"``, ``"not_negative"`` or ``"finite"``.
    """

    name: str
    doc: str
    rows: str
    columns: tuple[str, ...] | int | None
    bound: str

    @property
    def rank(self) -> int:
        """The number of its dimensions."""
        return bool(self.rows) + (self.columns is not None)


#: In the order in which the engine has them.
ARRAYS = (
    ModelArray("opt.gravity", "m/s^2, shape (3,)", "", _AXES, "finite"),
    ModelArray("body_mass", "kg, shape (nbody,)", "body", None, "positive"),
    ModelArray("body_inertia", "in the frame of the inertia, kg m^2, shape (nbody, 3)", "body", _AXES, "positive"),
    ModelArray("geom_friction", "shape (ngeom, 3)", "geom", ("slide", "spin", "roll"), "not_negative"),
    ModelArray("actuator_gear", "shape (nu, 6)", "actuator", 6, "finite"),
    ModelArray("dof_damping", "N m s/rad or N s/m, shape (nv,)", "dof", None, "not_negative"),
    ModelArray("dof_armature", "kg m^2 or kg, shape (nv,)", "dof", None, "not_negative"),
    ModelArray("jnt_stiffness", "N m/rad or N/m, shape (njnt,)", "joint", None, "not_negative"),
)  # fmt: skip
#: Those that ``mj_setConst`` computes from them, which follow.
DERIVED = (
    "body_subtreemass",
    "body_invweight0",
    "dof_invweight0",
    "dof_M0",
    "tendon_invweight0",
    "actuator_acc0",
)

RANKS = {array.name: array.rank for array in ARRAYS}
