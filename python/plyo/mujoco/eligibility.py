"""Which models packs of lanes can step, and why the others are left to MuJoCo.

Packs know what the running, hopping and swinging tasks are made of (``cpp/physics3d``). Whatever a model has beside
that is refused by name, also what a later release may add: every count and flag that is not known to be harmless must
be what a model without it has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from plyo.mujoco.library import load_mujoco
from plyo.mujoco.pairs import ContactPair, admissible_geoms, plan_pairs

#: MuJoCo works with sparse matrices from so many degrees of freedom on.
_SPARSE_FROM = 60
#: Parts of which a model must have none, in any release that counts them.
_NONE_OF = {
    "na": "actuators with activations",
    "neq": "equality constraints",
    "ntendon": "tendons",
    "nflex": "flexes",
    "nplugin": "plugins",
    "nmocap": "bodies that are moved from outside",
    "npair": "explicit contact pairs",
    "nuserdata": "user data",
    "nhistory": "delays",
    "nplastic": "plastic joints",
    "flg_adhesion": "adhesion",
    "flg_gravcomp": "gravity compensation",
    "ngravcomp": "gravity compensation",
    "flg_surfacevel": "moving surfaces",
}
#: Arrays that must be zero, in any release that has them.
_ZEROS = {
    "body_gravcomp": "gravity compensation",
    "jnt_actgravcomp": "gravity compensation by actuators",
    "jnt_actfrclimited": "joints with limited forces of actuators",
    "jnt_stiffnesspoly": "springs that are not linear",
    "jnt_springyield": "springs that yield",
    "dof_dampingpoly": "damping that is not linear",
    "dof_frictionloss": "friction of joints",
    "actuator_gaintype": "actuators whose gain is not fixed",
    "actuator_biastype": "actuators with a bias",
    "actuator_dyntype": "actuators with dynamics of their own",
    "actuator_actnum": "actuators with activations",
    "actuator_trntype": "actuators that are not at joints",
    "actuator_armature": "actuators with an armature",
    "actuator_damping": "actuators with damping",
    "actuator_dampingpoly": "actuators with damping",
    "actuator_delay": "delays",
    "geom_adhesion": "adhesion",
    "geom_surfacevel": "moving surfaces",
}
#: What may be switched off without a bit of difference. Islands only in a model of one tree.
_HARMLESS_OFF = ("SENSOR", "MIDPHASE", "AUTORESET", "NATIVECCD", "MULTICCD")

#: With less, MuJoCo might fail where packs do not: it needs a tenth for as many constraints as those have room for.
_LEAST_MEMORY = 1 << 20

#: Packs look at every pair in every lane.
_MOST_PAIRS = 16

_POWER = 4  # the place of the exponent in solimp


def find_refusal(model: Any) -> str | None:
    """Why a model is not for packs.

    Args:
        model: The ``mujoco.MjModel``.

    Returns:
        The first reason, such as ``"the model has tendons"``; ``None`` for a model that packs can step.
    """
    for rule in (_parts, _options, _joints, _motors, _contacts):
        reason = rule(model)
        if reason is not None:
            return reason
    return None


def _parts(model: Any) -> str | None:
    if model.nv == 0:
        return "nothing in the model moves"
    for name, words in _NONE_OF.items():
        if getattr(model, name, 0):
            return f"the model has {words}"
    for name, words in _ZEROS.items():
        if np.any(getattr(model, name, 0)):
            return f"the model has {words}"
    if model.narena < _LEAST_MEMORY:
        return f"the model has {model.narena} bytes of memory for a step, fewer than {_LEAST_MEMORY}"
    if getattr(model, "nactuator", model.nu) != model.nu:
        return "the model has actuators with several controls"
    return None


def _options(model: Any) -> str | None:
    mujoco, option = load_mujoco(), model.opt
    names = {
        "integrator": ("mjtIntegrator", ("EULER", "RK4"), "INT"),
        "solver": ("mjtSolver", ("NEWTON",), "SOL"),
        "cone": ("mjtCone", ("PYRAMIDAL",), "CONE"),
        "jacobian": ("mjtJacobian", ("DENSE", "AUTO"), "JAC"),
    }
    for name, (enum, known, prefix) in names.items():
        values = [int(getattr(getattr(mujoco, enum), f"mj{prefix}_{word}")) for word in known]
        if getattr(option, name) not in values:
            return f"the model's {name} is not {' or '.join(known)}"
    if model.nv >= _SPARSE_FROM:
        return f"the model has {model.nv} degrees of freedom; MuJoCo takes sparse matrices from {_SPARSE_FROM} on"
    off = mujoco.mjtDisableBit
    harmless = (*_HARMLESS_OFF, *(("ISLAND",) if model.ntree == 1 else ()))
    flags = (f"mjDSBL_{name}" for name in harmless)
    if option.disableflags & ~sum(int(getattr(off, flag)) for flag in flags if hasattr(off, flag)):
        return "the model's flags switch off a stage of a step"
    if option.enableflags:
        return "the model's flags switch on a stage of a step"
    if option.noslip_iterations:
        return "the model's solver has noslip iterations"
    if option.impratio != 1:
        return "the model's impratio is not 1"
    if getattr(option, "disableactuator", 0):
        return "a group of actuators is switched off"
    if np.any(option.wind):
        return "the model has wind"
    return None


def _joints(model: Any) -> str | None:
    types = load_mujoco().mjtJoint
    is_free = model.jnt_type == int(types.mjJNT_FREE)
    if np.any(model.jnt_type == int(types.mjJNT_BALL)):
        return "the model has ball joints"
    if np.any(model.jnt_stiffness[is_free]):
        return "the model has a spring at a free joint"
    limited = model.jnt_limited.astype(bool)
    if np.any(model.jnt_solimp[limited, _POWER] != 2):
        return "a limit's solimp has a power other than 2"
    if np.any(model.jnt_solref[limited, 0] <= 0) or np.any(model.jnt_solref[limited, 1] <= 0):
        return "a limit's solref is a stiffness and damping"
    if (model.opt.density or model.opt.viscosity) and np.any(model.geom_fluid):
        return "a geom has a fluid model of its own"
    return None


def _motors(model: Any) -> str | None:
    joints = model.actuator_trnid[:, 0]
    if np.any(model.jnt_type[joints] == int(load_mujoco().mjtJoint.mjJNT_FREE)):
        return "the model has an actuator at a free joint"
    return None


def _contacts(model: Any) -> str | None:
    pairs = find_pairs(model)
    if pairs is None:
        return (
            "the model has contacts whose order is not certain, "
            f"or more than {_MOST_PAIRS} pairs of geoms that can touch"
        )
    shapes = load_mujoco().mjtGeom
    plane = int(shapes.mjGEOM_PLANE)
    floors = set()
    for pair in pairs:
        first, second = int(model.geom_type[pair.geom1]), int(model.geom_type[pair.geom2])
        if plane not in (first, second):
            continue
        floor, other = (pair.geom1, second) if first == plane else (pair.geom2, first)
        floors.add(floor)
        if model.geom_bodyid[floor] != 0:
            return "the model's floor is not part of the world"
        if other not in (int(shapes.mjGEOM_SPHERE), int(shapes.mjGEOM_CAPSULE)):
            return "what touches the floor is no capsule or sphere"
        reason = _floor_contact(pair)
        if reason is not None:
            return reason
    return "the model has more than one floor" if len(floors) > 1 else None


def _floor_contact(pair: ContactPair) -> str | None:
    checks: tuple[tuple[Callable[[ContactPair], bool], str], ...] = (
        (lambda pair: pair.condim != 3, "a contact's condim is not 3"),
        (lambda pair: pair.gap != 0, "a contact has a gap"),
        (lambda pair: pair.solimp[_POWER] != 2, "a contact's solimp has a power other than 2"),
        (lambda pair: min(pair.solref) <= 0, "a contact's solref is a stiffness and damping"),
    )
    return next((words for fails, words in checks if fails(pair)), None)


def find_pairs(model: Any) -> list[ContactPair] | None:
    """The pairs of geoms that can touch, with the parameters of their contacts, in the order of contacts.

    Returns:
        ``None`` where they are not certain.
    """
    geoms = admissible_geoms(model, _MOST_PAIRS)
    return geoms if not geoms else plan_pairs(model, geoms)  # type: ignore[return-value]  # [] and None are both
