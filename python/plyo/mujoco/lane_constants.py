"""The numbers of a model that packs of lanes step with, from the arrays of its ``mujoco.MjModel``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.mujoco.dialects import Dialect
from plyo.mujoco.eligibility import find_pairs
from plyo.mujoco.library import load_mujoco
from plyo.mujoco.model_numbers import own_places
from plyo.mujoco.pairs import ContactPair

_SIZES = ("nq", "nv", "nu", "nbody", "njnt", "nsite", "ntree")
_OPTIONS = ("timestep", "density", "viscosity", "tolerance", "ls_tolerance", "iterations", "ls_iterations")
#: Arrays that are taken as they are.
_ARRAYS = (
    *("body_parentid", "body_rootid", "body_jntadr", "body_jntnum", "body_dofadr", "body_dofnum"),
    *("body_sameframe", "body_pos", "body_quat", "body_ipos", "body_iquat"),
    *("body_mass", "body_subtreemass", "body_inertia"),
    *("jnt_type", "jnt_qposadr", "jnt_dofadr", "jnt_pos", "jnt_axis", "jnt_stiffness"),
    *("qpos0", "qpos_spring"),
    *("dof_bodyid", "dof_jntid", "dof_parentid", "dof_simplenum", "dof_treeid"),
    *("dof_armature", "dof_damping", "dof_M0"),
    *("M_rownnz", "M_rowadr", "M_colind"),
)
#: MuJoCo's smallest friction.
_LEAST_FRICTION = 1e-5

Table = npt.NDArray[np.float64]


def lane_numbers(model: Any, dialect: Dialect) -> dict[str, Any]:
    """Sizes, options, the orders of a dialect, and where the parts of a state begin."""
    runge_kutta = int(load_mujoco().mjtIntegrator.mjINT_RK4)
    return {
        **{name: int(getattr(model, name)) for name in _SIZES},
        **{name: getattr(model.opt, name) for name in _OPTIONS},
        "is_runge_kutta": model.opt.integrator == runge_kutta,
        **vars(dialect),
        **_state_places(model),
    }


def _state_places(model: Any) -> dict[str, int]:
    """Where the parts of the integration state begin, by the order of MuJoCo's flags for them."""
    mujoco = load_mujoco()
    whole = int(mujoco.mjtState.mjSTATE_INTEGRATION)
    begins, next_place = {}, 0
    # enumerations of the bindings have sums of flags and a count among them
    flags = {int(value): name for name, value in mujoco.mjtState.__members__.items() if name != "mjNSTATE"}
    for bit in range(whole.bit_length()):
        flag = 1 << bit
        if whole & flag:
            begins[flags[flag]] = next_place
            next_place += mujoco.mj_stateSize(model, flag)
    size = mujoco.mj_stateSize(model, whole)
    if next_place != size:
        raise RuntimeError(f"the parts of MuJoCo's state have {next_place} numbers, the whole has {size}")
    forces = begins["mjSTATE_QFRC_APPLIED"]
    return {
        "state_time": begins["mjSTATE_TIME"],
        "state_qpos": begins["mjSTATE_QPOS"],
        "state_qvel": begins["mjSTATE_QVEL"],
        "state_warmstart": begins["mjSTATE_WARMSTART"],
        "state_ctrl": begins["mjSTATE_CTRL"],
        "state_forces": forces,
        "num_forces": begins["mjSTATE_EQ_ACTIVE"] - forces,
        "num_state": size,
    }


def lane_arrays(model: Any) -> dict[str, Any]:
    """The model's arrays, and tables of what acts on the bodies, one row each."""
    pairs = find_pairs(model) or []
    is_plane = model.geom_type == int(load_mujoco().mjtGeom.mjGEOM_PLANE)
    floors = [pair for pair in pairs if is_plane[pair.geom1] or is_plane[pair.geom2]]
    others = [pair for pair in pairs if pair not in floors]
    solid = [_solid(pair, is_plane) for pair in floors]
    touching = sorted({*solid, *(geom for pair in others for geom in pair[:2])})
    normal, position = _floor_frame(model, floors, is_plane)
    return {
        **{name: getattr(model, name) for name in _ARRAYS},
        "gravity": model.opt.gravity,
        "wind": model.opt.wind,
        "floor_normal": normal,
        "floor_position": position,
        "geoms": _placed(model, "geom", touching),
        "sites": _placed(model, "site", range(model.nsite)),
        "motors": _motors(model),
        "limits": _limits(model),
        "floor_geoms": _floor_geoms(model, floors, is_plane, touching),
        "other_pairs": _other_pairs(model, others, touching),
        "sources": _sources(model, floors, is_plane),
    }


def _table(rows: list[list[float]], columns: int) -> Table:
    return np.array(rows, np.float64).reshape(len(rows), columns)


def _solid(pair: ContactPair, is_plane: npt.NDArray[np.bool_]) -> int:
    """The geom that touches the floor."""
    return pair.geom2 if is_plane[pair.geom1] else pair.geom1


def _floor_frame(model: Any, floors: list[ContactPair], is_plane: Any) -> tuple[Table, Table]:
    """The normal and the place of the floor, as MuJoCo computes them."""
    if not floors:
        return np.array([0.0, 0.0, 1.0]), np.zeros(3)
    mujoco = load_mujoco()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    pair = floors[0]
    floor = pair.geom1 if is_plane[pair.geom1] else pair.geom2
    return data.geom_xmat[floor][2::3].copy(), data.geom_xpos[floor].copy()


def _placed(model: Any, kind: str, numbers: Any) -> Table:
    body, sameframe, pos, quat = (
        getattr(model, f"{kind}_{name}") for name in ("bodyid", "sameframe", "pos", "quat")
    )
    return _table([[body[i], sameframe[i], *pos[i], *quat[i]] for i in numbers], 9)


def _motors(model: Any) -> Table:
    dofs = model.jnt_dofadr[model.actuator_trnid[:, 0]]
    return _table(
        [
            [
                *(dofs[i], model.actuator_gainprm[i, 0], model.actuator_gear[i, 0]),
                *(model.actuator_ctrllimited[i], model.actuator_forcelimited[i]),
                *model.actuator_ctrlrange[i],
                *model.actuator_forcerange[i],
            ]
            for i in range(model.nu)
        ],
        9,
    )


def _limits(model: Any) -> Table:
    rows = []
    for joint in np.flatnonzero(model.jnt_limited):
        dof = model.jnt_dofadr[joint]
        row = [model.jnt_qposadr[joint], dof, *model.jnt_range[joint], model.jnt_margin[joint]]
        rows.append([*row, model.dof_invweight0[dof], *model.jnt_solref[joint], *model.jnt_solimp[joint]])
    return _table(rows, 13)


def _floor_geoms(model: Any, floors: list[ContactPair], is_plane: Any, touching: list[int]) -> Table:
    capsule = int(load_mujoco().mjtGeom.mjGEOM_CAPSULE)
    rows = []
    for pair in floors:
        geom = _solid(pair, is_plane)
        weights = model.body_invweight0[[0, model.geom_bodyid[geom]], 0]
        is_capsule = model.geom_type[geom] == capsule
        half_length = model.geom_size[geom, 1] if is_capsule else 0.0
        rows.append(
            [
                *(touching.index(geom), model.geom_size[geom, 0], half_length, is_capsule),
                *(max(pair.friction[0], _LEAST_FRICTION), pair.margin, weights[0] + weights[1]),
                *pair.solref,
                *pair.solimp,
            ]
        )
    return _table(rows, 14)


#: The groups of numbers of which lanes may have their own, in the order of ``physics3d::Numbers``.
_COPIED = (
    "opt.gravity",
    "body_mass",
    "body_subtreemass",
    "body_inertia",
    "dof_M0",
    "dof_armature",
    "dof_damping",
    "jnt_stiffness",
)
_GEAR, _LIMIT_WEIGHT, _FRICTION, _FLOOR_WEIGHT = range(len(_COPIED), len(_COPIED) + 4)
_COPY, _SUM, _LARGER, _OVER_MASS = range(4)


def _sources(model: Any, floors: list[ContactPair], is_plane: Any) -> Table:
    """Where packs find numbers in a lane's own: a group, a place in it, a kind, and what it is made of."""
    places = own_places(model)
    order = list(places)
    rows: list[list[float]] = []
    for group, name in enumerate(_COPIED):
        following = order.index(name) + 1
        count = places[order[following]] - places[name]
        kind = _OVER_MASS if name == "body_subtreemass" else _COPY
        rows += [[group, i, kind, places[name] + i, 0, 0] for i in range(count)]
    gear, columns = places["actuator_gear"], model.actuator_gear.shape[1]
    rows += [[_GEAR, u, _COPY, gear + columns * u, 0, 0] for u in range(model.nu)]
    for k, joint in enumerate(np.flatnonzero(model.jnt_limited)):
        rows.append([_LIMIT_WEIGHT, k, _COPY, places["dof_invweight0"] + model.jnt_dofadr[joint], 0, 0])
    friction, weight = places["geom_friction"], places["body_invweight0"]
    for k, pair in enumerate(floors):
        mixed = [friction + 3 * pair.geom1, friction + 3 * pair.geom2, _LEAST_FRICTION]
        rows.append([_FRICTION, k, _LARGER, *mixed])
        body = int(model.geom_bodyid[_solid(pair, is_plane)])
        rows.append([_FLOOR_WEIGHT, k, _SUM, weight, weight + 2 * body, 0])
    return _table(rows, 6)


def _other_pairs(model: Any, pairs: list[ContactPair], touching: list[int]) -> Table:
    """Pairs whose contacts packs leave to MuJoCo, each geom covered by a capsule."""
    rows = []
    for pair in pairs:
        (length1, radius1), (length2, radius2) = (_cover(model, geom) for geom in pair[:2])
        reach = radius1 + radius2 + pair.margin
        # a little more, as the distance is computed with other operations than MuJoCo's
        reach += 1e-6 * (1 + reach)
        rows.append([touching.index(pair.geom1), touching.index(pair.geom2), length1, length2, reach])
    return _table(rows, 5)


def _cover(model: Any, geom: int) -> tuple[float, float]:
    """Half the length and the radius of a capsule along the geom's z axis that covers it."""
    shapes = load_mujoco().mjtGeom
    if model.geom_type[geom] in (int(shapes.mjGEOM_CAPSULE), int(shapes.mjGEOM_CYLINDER)):
        return float(model.geom_size[geom, 1]), float(model.geom_size[geom, 0])
    return 0.0, float(model.geom_rbound[geom])
