"""Models for the native kernels: the user's MuJoCo makes them and their data, the kernels get the addresses."""

from __future__ import annotations

import ctypes
import warnings
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from plyo import logger
from plyo._native import MujocoLanes, MujocoModel, zero_clock_address
from plyo.mujoco.acceleration import Acceleration, Wish, accelerate
from plyo.mujoco.clock import clock
from plyo.mujoco.library import callbacks_set, library_path, load_mujoco
from plyo.mujoco.model_numbers import ModelNumbers
from plyo.mujoco.near_pairs import near_pairs
from plyo.mujoco.tuning import tuned_model, without_sensors

_SIZES = ("nq", "nv", "nu", "na", "nbody", "nsite", "ntendon", "nmocap", "nsensordata", "neq", "njnt")
_MODEL_ARRAYS = (
    "qpos0",
    "body_mass",
    "actuator_ctrlrange",
    "eq_data",
    "eq_type",
    "jnt_type",
    "jnt_qposadr",
    "jnt_dofadr",
    "actuator_biastype",
    "actuator_trnid",
)
_DATA_ARRAYS = (
    *(
        "qpos",
        "qvel",
        "act",
        "ctrl",
        "xpos",
        "xquat",
        "xipos",
        "cinert",
        "cvel",
        "cfrc_ext",
        "site_xpos",
        "site_xmat",
        "geom_xpos",
        "geom_xmat",
    ),
    *(
        "qacc",
        "qfrc_actuator",
        "qfrc_constraint",
        "ten_length",
        "ten_velocity",
        "mocap_pos",
        "mocap_quat",
        "sensordata",
    ),
)
_ENUMS = {
    "mjtObj": ("mjOBJ_BODY", "mjOBJ_SITE", "mjOBJ_JOINT"),
    "mjtState": ("mjSTATE_INTEGRATION",),
    "mjtWarning": ("mjWARN_BADQPOS", "mjWARN_BADQVEL", "mjWARN_BADQACC"),
    "mjtEq": ("mjEQ_WELD",),
    "mjtBias": ("mjBIAS_NONE",),
}
#: The value of mjLOG_ERROR where MuJoCo has no such enum, because it has no handler of messages either.
_NO_LEVELS = 3


@dataclass
class OpenModel:
    """A model that a batch steps.

    Attributes:
        native: What the engine takes.
        stock: The ``mujoco.MjModel`` as it was loaded.
        stepped: The one that is stepped: a tuned copy, or ``stock``.
        levers: What was changed in the copy.
        path: The file.
        acceleration: Whether lanes are stepped in packs.
        numbers: Of which environments may have their own; None where all have those of the model.
    """

    native: MujocoModel
    stock: Any
    stepped: Any
    levers: list[str]
    path: str
    acceleration: Acceleration
    numbers: ModelNumbers | None = None


def load_model(path: str) -> Any:
    """The ``mujoco.MjModel`` of a file.

    Raises:
        plyo.error.DependencyNotInstalled: MuJoCo is not installed.
        ValueError: MuJoCo cannot read the file.
    """
    # the same bytes as from_xml_path gives, which writes its warnings into a file in the working directory
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_mujoco().MjSpec.from_file(path).compile()


def open_model(
    path: str,
    *,
    is_users: bool,
    tuned: bool | None,
    num_threads: int,
    observes_sensors: bool,
    resets_welds: bool = False,
    acceleration: Wish = False,
    steps_in_packs: bool = False,
    has_numbers: bool = False,
) -> OpenModel:
    """Loads a model for a batch.

    Args:
        path: Its file.
        is_users: Whether the file is the user's own.
        tuned: Whether a faster copy is stepped; ``None`` for what is safe.
        num_threads: The threads that step at once: there is one mjData for each.
        observes_sensors: Whether the task reads sensors.
        resets_welds: Whether bodies that are welded to bodies that are moved from outside have no offset from them.
        acceleration: Whether lanes are stepped in packs (:func:`plyo.mujoco.acceleration.accelerate`).
        steps_in_packs: Whether the task can be stepped so.
        has_numbers: Whether environments may have numbers of their own.

    Returns:
        The model.

    Raises:
        plyo.error.DependencyNotInstalled: MuJoCo is not installed.
        ValueError: MuJoCo cannot read the file, bodies may sleep, or packs that were asked for cannot step the model.
    """
    stock = load_model(path)
    if _may_sleep(stock):
        raise ValueError(
            f'bodies of the model {path} may sleep (<flag sleep="enable"/>). MuJoCo keeps who sleeps in none of its '
            "states, so environments that share an mjData or are restored would part from Gymnasium's. Take the flag "
            "out, or wrap Gymnasium's environment: plyo.from_gymnasium(gymnasium.make(...))"
        )
    if resets_welds:
        reset_welds(stock)
    for name in callbacks_set():
        logger.warn(
            "The callback %s is set: MuJoCo calls it from the threads that step this batch, in every step.",
            name,
        )
    stepped, levers = tuned_model(
        stock, path, user_xml=is_users, tuned=tuned, observes_sensors=observes_sensors
    )
    if resets_welds:
        reset_welds(stepped)
    accelerated, lanes = accelerate(
        stock, acceleration, path, _wrap_stock, tuned=tuned, steps_in_packs=steps_in_packs
    )
    near = near_pairs(stock, stepped, path, _wrap_near) if "pairs" in levers else {}
    numbers = ModelNumbers(stock) if has_numbers else None
    native = wrap_model(
        stepped,
        num_threads,
        own_numbers=None if numbers is None else numbers.for_native(stepped, "pairs" in levers),
        between=without_sensors(stepped) if "late_sensors" in levers else None,
        places_suffice="places" in levers,
        lanes=lanes,
        near=near,
    )
    levers = [*levers, "near_pairs"] if near else levers
    return OpenModel(native, stock, stepped, levers, path, accelerated, numbers)


def _may_sleep(model: Any) -> bool:
    """Whether bodies at rest are left out of the computation; what they keep is in arrays that no state has."""
    flags = load_mujoco().mjtEnableBit
    return hasattr(flags, "mjENBL_SLEEP") and bool(model.opt.enableflags & int(flags.mjENBL_SLEEP))


def reset_welds(model: Any) -> None:
    """Takes the offsets from the welds of a model that has bodies which are moved from outside."""
    if model.nmocap:
        is_weld = model.eq_type == int(load_mujoco().mjtEq.mjEQ_WELD)
        model.eq_data[is_weld, :7] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def wrap_model(model: Any, num_threads: int, **tuning: Any) -> MujocoModel:
    """A model for the kernels, with an mjData for each thread; how it is tuned as in :func:`wrap_data`."""
    return wrap_data(model, [load_mujoco().MjData(model) for _ in range(num_threads)], **tuning)


def _wrap_stock(model: Any) -> MujocoModel:
    return wrap_model(model, 1)


def _wrap_near(model: Any, data: Any, near: dict[str, Any]) -> MujocoModel:
    return wrap_data(model, [data], near=near)


def wrap_data(
    model: Any,
    datas: list[Any],
    *,
    between: Any = None,
    places_suffice: bool = False,
    lanes: MujocoLanes | None = None,
    own_numbers: dict[str, Any] | None = None,
    near: dict[str, Any] | None = None,
) -> MujocoModel:
    """A model for the kernels, with these mjData.

    Args:
        model: The ``mujoco.MjModel``.
        datas: A ``mujoco.MjData`` of it for each thread.
        between: The copy that takes all substeps of a step but the last; None for ``model``.
        places_suffice: Whether an evaluation of which only places are read leaves out forces.
        lanes: What steps lanes in packs; None where MuJoCo steps all of them.
        own_numbers: Those of which lanes may have their own (:meth:`ModelNumbers.for_native`); None for none.
        near: What there is to know to leave out pairs of geoms that are far apart; None where all are looked at.
    """
    mujoco = load_mujoco()
    numbers = {name: int(getattr(model, name)) for name in _SIZES if hasattr(model, name)}
    numbers["norm_fma"] = _norm_rounds_once()
    numbers["places_suffice"] = places_suffice
    numbers["num_state"] = mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_INTEGRATION)
    for enum, names in _ENUMS.items():
        numbers |= {name: int(getattr(getattr(mujoco, enum), name)) for name in names}
    levels = getattr(mujoco, "mjtLogLevel", None)
    numbers["mjLOG_ERROR"] = _NO_LEVELS if levels is None else int(levels.mjLOG_ERROR)
    arrays = {name: getattr(model, name) for name in _MODEL_ARRAYS}
    arrays["timestep"] = _timestep(model)
    return MujocoModel(
        library_path=str(library_path()),
        model=model._address,
        between=0 if between is None else between._address,
        numbers=numbers,
        arrays=arrays,
        datas=[(data._address, _arrays_of(data)) for data in datas],
        owners=(model, between, datas),
        lanes=lanes,
        own_numbers=own_numbers or {},
        near_pairs=near or {},
    )


def _arrays_of(data: Any) -> dict[str, Any]:
    """Views of the arrays of an mjData."""
    arrays = {name: getattr(data, name) for name in _DATA_ARRAYS}
    counts = data.warning.number
    pair = 2 * counts.itemsize
    if counts.strides != (pair,):
        raise RuntimeError(f"MuJoCo's warnings are {counts.strides} bytes apart, expected {pair}")
    whole = (ctypes.c_int32 * (2 * len(counts) - 1)).from_address(counts.ctypes.data)
    placed = int(load_mujoco().mjtTimer.mjTIMER_POS_KINEMATICS)
    return arrays | {
        "warnings": np.ctypeslib.as_array(whole),
        "num_placed": data.timer.number[placed : placed + 1],
    }


@cache
def _norm_rounds_once() -> bool:
    """Whether NumPy's dot product of short vectors, of which its norms are made, adds a product without rounding it.

    That is a matter of the processor and of the library that NumPy calls, and decides a norm's last bit.
    """
    x, y = 0.1, 0.3  # where it makes a difference
    fused = float(Fraction(x * x) + Fraction(y) ** 2)
    return float(np.dot([x, y], [x, y])) == fused


def _timestep(model: Any) -> Any:
    """A view of ``model.opt.timestep``, which the bindings only give as a number: it lies before the gravity."""
    before = model.opt.timestep
    mark = 0.123456789012345678
    model.opt.timestep = mark
    try:
        address = model.opt.gravity.ctypes.data
        for _ in range(64):
            address -= ctypes.sizeof(ctypes.c_double)
            if ctypes.c_double.from_address(address).value == mark:
                return np.ctypeslib.as_array((ctypes.c_double * 1).from_address(address))
    finally:
        model.opt.timestep = before
    raise RuntimeError("MuJoCo's options do not have the timestep before the gravity")


def silence_clock() -> bool:
    """Stops MuJoCo's clock until :func:`give_clock_back`."""
    return clock.silence(zero_clock_address())


def give_clock_back() -> None:
    """Ends one :func:`silence_clock`."""
    clock.give_back()
