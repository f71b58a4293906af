"""Which of a model's explicit contact pairs the engine leaves out of an evaluation: those whose geoms are far apart.

A humanoid has 126 pairs of geoms that can touch, of which few are near each other at any time. MuJoCo
looks at each of them in each evaluation, a fifth of a step. The engine steps a copy that lists the near ones
(``cpp/mujoco/near_pairs.hpp``), and has to know where the struct has what it changes: the bindings do not say it. All
the bits are those of the model, which is checked all the same.
"""

from __future__ import annotations

import copy
import ctypes
import threading
from collections.abc import Callable
from typing import Any

from plyo import logger
from plyo._native import MujocoModel, zero_clock_address
from plyo.mujoco.clock import clock
from plyo.mujoco.library import load_mujoco, mujoco_version
from plyo.mujoco.model_numbers import offset_of
from plyo.mujoco.self_check import self_check
from plyo.mujoco.tuning import fingerprint

#: Makes a model for the kernels of a model, an ``mjData`` of it, and what :func:`describe_pairs` says.
Wrap = Callable[[Any, Any, dict[str, Any]], MujocoModel]

#: With fewer pairs, going through them costs less than looking which are near.
FEWEST_PAIRS = 64
#: Half the length (m) of the longest capsule whose distances the engine's slack covers (``cpp/mujoco/near_pairs.cpp``).
LONGEST_HALF = 1.0
#: Where sizes and options are in the struct: bytes from its beginning, more than any release has before them.
_MOST_BYTES = 1 << 11


def near_pairs(stock: Any, tuned: Any, path: str, wrap: Wrap) -> dict[str, Any]:
    """What the engine has to know to leave out pairs, empty where it shall not.

    Args:
        stock: The ``mujoco.MjModel`` of the file.
        tuned: The copy of it with explicit pairs in place of the broadphase.
        path: The file, for messages.
        wrap: Makes a model for the kernels.
    """
    described = describe_pairs(tuned)
    if not described:
        return {}
    key = mujoco_version(), fingerprint(stock), fingerprint(tuned)
    with _lock:
        if key not in _differences:
            # the list is made when MuJoCo reads the clock, so without ours there is nothing to check
            silent = clock.silence(zero_clock_address())
            try:
                difference = _check(stock, tuned, described, wrap) if silent else None
            finally:
                clock.give_back()
            if not silent:
                return {}
            if len(_differences) >= _MOST_KNOWN:
                del _differences[next(iter(_differences))]
            _differences[key] = difference
            if difference is not None:
                logger.warn(
                    "With the pairs of geoms that are near each other %s does not step like the model itself under "
                    "MuJoCo %s: %s. All pairs are used, which is slower; `tuned=False` does so without this warning.",
                    *(path, mujoco_version(), difference),
                    stacklevel=3,
                )
        return described if _differences[key] is None else {}


_lock = threading.Lock()
#: By version and content of both models: what differed in the check, None if nothing did.
_differences: dict[tuple[str, bytes, bytes], str | None] = {}
_MOST_KNOWN = 32


def _check(stock: Any, tuned: Any, described: dict[str, Any], wrap: Wrap) -> str | None:
    try:
        return self_check(stock, tuned, stepper=lambda data: wrap(tuned, data, described).step_near_pairs)
    except Exception as e:
        return f"the check failed ({type(e).__name__}: {e})"


def describe_pairs(model: Any) -> dict[str, Any]:
    """The pairs of a model of planes, spheres and capsules, empty for other models and for those with few pairs."""
    mujoco = load_mujoco()
    shapes, flags = mujoco.mjtGeom, mujoco.mjtDisableBit
    no_contacts = int(flags.mjDSBL_CONTACT)
    pairs = [_in_order(model, *geoms) for geoms in zip(model.pair_geom1, model.pair_geom2, strict=True)]
    plane, round_ = int(shapes.mjGEOM_PLANE), {int(shapes.mjGEOM_SPHERE), int(shapes.mjGEOM_CAPSULE)}
    types = model.geom_type.tolist()
    if len(pairs) < FEWEST_PAIRS or model.opt.disableflags & no_contacts or model.opt.enableflags:
        return {}
    if not all(types[first] in {plane, *round_} and types[second] in round_ for first, second in pairs):
        return {}
    margins = (model.pair_margin + abs(model.pair_gap)).tolist()
    capsule = int(shapes.mjGEOM_CAPSULE)
    sizes = [
        (float(size[1]) if type_ == capsule else 0.0, 0.0 if type_ == plane else float(size[0]))
        for type_, size in zip(types, model.geom_size, strict=True)
    ]
    if any(half_length > LONGEST_HALF for half_length, _ in sizes):
        return {}
    arrays = [name for name in dir(model) if name.startswith("pair_")]
    places = _places_in_struct(model, no_contacts)
    if places is None:
        return {}
    return {
        "rows": [(offset_of(model, name), getattr(model, name)[0].nbytes) for name in arrays],
        "geoms": sizes,
        "pairs": [
            (*pair, types[pair[0]] == plane, margin) for pair, margin in zip(pairs, margins, strict=True)
        ],
        "count_offset": places[0],
        "flags_offset": places[1],
        "no_contacts": no_contacts,
    }


def _in_order(model: Any, geom1: int, geom2: int) -> tuple[int, int]:
    """The two geoms, of which a plane is the first."""
    first, second = sorted((int(geom1), int(geom2)), key=lambda geom: int(model.geom_type[geom]))
    return first, second


def _places_in_struct(model: Any, no_contacts: int) -> tuple[int, int] | None:
    """How many bytes from the beginning ``npair`` and ``opt.disableflags`` are; None where they are not found."""
    changed = copy.copy(model)
    words = (ctypes.c_int32 * (_MOST_BYTES // 4)).from_address(changed._address)
    counts = []
    for i, word in enumerate(words):
        if word == model.npair:
            words[i] = word - 1
            if changed.npair == model.npair - 1:
                counts.append(4 * i)
            words[i] = word
    before = list(words)
    changed.opt.disableflags ^= no_contacts
    flags = [4 * i for i, word in enumerate(words) if word != before[i]]
    return (counts[0], flags[0]) if len(counts) == len(flags) == 1 else None
