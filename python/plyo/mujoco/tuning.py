"""Private copies of models that step faster, with the same bits.

What is changed, each for the models where it changes no bit of what a task reads:

- islands: constraint islands are not searched in a model of one kinematic tree. The Newton and CG solvers then scale
  their tolerances by the mean inertia of the model in place of the inertia of the island. They converge so fast that
  tolerances ten times as large gave the same bits too, in each of 220 000 substeps. Only from MuJoCo 3.17 on: under
  3.11 bodies at rest part in the last bits after some hundred substeps, too late for the check,
- contacts: contacts are not searched where no two geoms can touch,
- pairs: explicit contact pairs stand for the broadphase (:mod:`plyo.mujoco.pairs`),
- cameras: cameras and lights are left out, where no meshes would be compiled for that; pictures are drawn with the
  stock model,
- sensors: sensors are not computed, unless the task observes them,
- late_sensors: those that it observes are computed in the last substep of a step only (:func:`without_sensors`),
- places: the evaluation that ends a step of a robot, after its gripper was closed, leaves out forces: only places are
  read of it, and the next step begins with another one.

None of them is trusted: the copy and the stock model are stepped side by side first (:func:`self_check`).
"""

from __future__ import annotations

import copy
import hashlib
import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from plyo import logger
from plyo.mujoco.library import callbacks_set, load_mujoco, mujoco_version
from plyo.mujoco.pairs import CONVEX_SHAPES, ContactPair, admissible_geoms, plan_pairs
from plyo.mujoco.self_check import places_suffice, self_check
from plyo.mujoco.spec_copy import compile_copy

__all__ = ["fingerprint", "self_check", "tuned_model", "without_sensors"]


@dataclass(frozen=True)
class Levers:
    """What is changed in the copy of a model."""

    islands: bool = False
    contacts: bool = False
    pairs: tuple[ContactPair, ...] = ()
    cameras: bool = False
    sensors: bool = False
    late_sensors: bool = False
    places: bool = False

    @property
    def names(self) -> list[str]:
        """Those that are applied."""
        return [name for name, value in vars(self).items() if value]


def tuned_model(
    stock: Any, xml_path: str, *, user_xml: bool, tuned: bool | None, observes_sensors: bool
) -> tuple[Any, list[str]]:
    """A model to step in place of a stock one: faster, with the same bits.

    Where ``"pairs"`` is among the levers, it may not be given other friction, margins, collision masks or solver
    parameters of geoms: the pairs have their own.

    Args:
        stock: The ``mujoco.MjModel``; it is not changed.
        xml_path: The file that it was loaded from.
        user_xml: Whether the file is the user's own; then only islands are changed, unless ``tuned`` is true.
        tuned: ``False`` for the stock model, ``True`` for all levers.
        observes_sensors: Whether the task reads ``sensordata``.

    Returns:
        The model, a copy of the caller's own or ``stock`` itself, and the names of the levers. Where the bits of a copy
        differ from those of the stock model, that is returned and a warning names the difference, once for each model.
    """
    # the check would call the user's functions, which may count their calls
    if tuned is False or callbacks_set():
        return stock, []
    everything = tuned is True or not user_xml
    # the engine mixes the friction of listed pairs for lanes that have friction of their own
    may_list = not (user_xml and stock.npair)
    key = (mujoco_version(), fingerprint(stock), everything, may_list, observes_sensors)
    with _lock:
        if key not in _known:
            if len(_known) >= _MOST_KNOWN:
                del _known[next(iter(_known))]
            levers = _choose(stock, everything, may_list, observes_sensors)
            _known[key] = _checked(stock, xml_path, levers, may_fail=user_xml and tuned is None)
        levers, compiled = _known[key]
    if not levers.names:
        return stock, []
    return _with_flags(stock if compiled is None else compiled, levers), levers.names


_lock = threading.Lock()
#: By version, content and what was asked for: the levers that have passed the check, none where it failed, and the
#: model that was compiled for them, if one was.
_known: dict[tuple[str, bytes, bool, bool, bool], tuple[Levers, Any]] = {}
#: ``mj_version()`` of the first release whose single trees are known to keep all bits without islands.
_ISLANDS_SINCE = 3_017_000
#: A compiled model has half a megabyte, most of it textures.
_MOST_KNOWN = 32


def fingerprint(model: Any) -> bytes:
    """A digest of everything in the model."""
    mujoco = load_mujoco()
    content = np.empty(mujoco.mj_sizeModel(model), np.uint8)
    mujoco.mj_saveModel(model, None, content)
    return hashlib.sha1(content.data, usedforsecurity=False).digest()


def _choose(model: Any, everything: bool, may_list: bool, observes_sensors: bool) -> Levers:
    """The levers that fit the structure of the model; `may_list` allows explicit pairs."""
    if model.nplugin:  # which may have a state of their own
        return Levers()
    levers = Levers(islands=model.ntree == 1 and load_mujoco().mj_version() >= _ISLANDS_SINCE)
    if not everything:
        return levers
    geoms = admissible_geoms(model)
    pairs = tuple(plan_pairs(model, geoms, CONVEX_SHAPES) or ()) if geoms and may_list else ()
    sensors = bool(model.nsensor) and not model.opt.disableflags & int(
        load_mujoco().mjtDisableBit.mjDSBL_SENSOR
    )
    return replace(
        levers,
        contacts=geoms == [] and not model.npair,
        pairs=pairs,
        # what they cost is less than compiling meshes again
        cameras=bool(model.ncam or model.nlight) and (not model.nmesh or bool(pairs)),
        sensors=sensors and not observes_sensors,
        late_sensors=sensors and observes_sensors,
        # the tasks that move a body from outside end their steps so
        places=bool(model.nmocap) and places_suffice(model),
    )


def _checked(stock: Any, xml_path: str, levers: Levers, may_fail: bool) -> tuple[Levers, Any]:
    """The levers whose bits are equal and the model that is compiled for them; no levers where bits differ.

    A user's model which cannot be checked, because MuJoCo fails with it (`may_fail`), is stepped as it is.
    """
    # where the file cannot be compiled again with the changes, the copy does without those
    for choice in (levers, replace(levers, cameras=False), replace(levers, cameras=False, pairs=())):
        compiles = bool(choice.pairs or choice.cameras)
        compiled = _compiled(stock, xml_path, choice) if compiles else None
        if not choice.names or (compiles and compiled is None):
            continue
        # which changes nothing in the model, and was checked when it was chosen
        if choice.names == ["places"]:
            return choice, None
        try:
            model = _with_flags(compiled if compiles else stock, choice)
            difference = self_check(stock, model, *([without_sensors(model)] if choice.late_sensors else []))
        # the starts of the check may be too much for the model; without the check it is not trusted
        except Exception as e:
            if may_fail:
                break
            difference = f"the check failed ({type(e).__name__}: {e})"
        if difference is None:
            return choice, compiled
        logger.warn(
            "The tuned copy of %s (%s) does not step like the model itself under MuJoCo %s: %s. The model itself is "
            "used, which is slower; `tuned=False` does so without this warning.",
            *(xml_path, ", ".join(choice.names), mujoco_version(), difference),
            stacklevel=3,
        )
        break
    return Levers(), None


def _compiled(stock: Any, xml_path: str, levers: Levers) -> Any:
    """The model compiled again for the levers, ``None`` if it cannot be."""
    try:
        return compile_copy(stock, xml_path, levers.pairs, levers.cameras)
    # whatever it is that this file or this release does not allow, the stock model is there
    except Exception:
        return None


def _with_flags(model: Any, levers: Levers) -> Any:
    """A copy of the model with the stages switched off."""
    flags = load_mujoco().mjtDisableBit
    model = copy.copy(model)
    for off, name in (
        (levers.islands, "mjDSBL_ISLAND"),
        (levers.contacts, "mjDSBL_CONTACT"),
        (levers.sensors, "mjDSBL_SENSOR"),
    ):
        if off and hasattr(flags, name):
            model.opt.disableflags |= int(getattr(flags, name))
    return model


def without_sensors(model: Any) -> Any:
    """A copy of the model that computes no sensors: for the substeps of a step after which nobody reads them."""
    return _with_flags(model, Levers(sensors=True))
