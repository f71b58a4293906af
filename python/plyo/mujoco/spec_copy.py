"""A model compiled again from its file with other contact pairs and without cameras, equal in everything else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from plyo.mujoco.library import load_mujoco
from plyo.mujoco.pairs import ContactPair, own_pairs

#: What may differ in the copy: names, cameras and lights, and what the broadphase looks at.
_OTHER_PREFIXES = ("name", "cam_", "light_", "bvh_", "path")
_OTHER_ARRAYS = (
    *("geom_contype", "geom_conaffinity", "body_contype", "body_conaffinity"),
    *("body_bvhadr", "body_bvhnum", "mesh_bvhadr"),
)
_OTHER_SIZES = (
    *("nnames", "nnames_map", "npaths", "nuser_cam", "nbuffer", "signature"),
    *("ncam", "nlight", "npair", "nbvh", "nbvhstatic", "nbvhdynamic"),
)


def compile_copy(stock: Any, xml_path: str, pairs: Sequence[ContactPair], without_cameras: bool) -> Any:
    """Compiles the file again with changes; numbers that the user has changed in the model since are carried over.

    Args:
        stock: The ``mujoco.MjModel``.
        xml_path: The file that it was loaded from.
        pairs: The contact pairs that stand for all other contacts of geoms, beside the explicit ones that the model
            has; empty to leave contacts as they are.
        without_cameras: Whether cameras and lights are left out.

    Returns:
        The model, ``None`` if more of it differs than that.

    Raises:
        Exception: Whatever MuJoCo raises for a file, or attributes that it has not in this release.
    """
    with warnings.catch_warnings():
        # the same ones as for the stock model
        warnings.simplefilter("ignore")
        spec = load_mujoco().MjSpec.from_file(str(xml_path))
        spec.memory = stock.narena
        if pairs:
            _set_pairs(spec, stock, pairs)
        if without_cameras:
            for element in [*spec.cameras, *spec.lights]:
                spec.delete(element)
        model = spec.compile()
    if pairs and not _join_own_pairs(stock, model, pairs):
        return None
    return model if _carry_over(stock, model, _OTHER_PREFIXES + ("pair_",) * bool(pairs)) else None


def _set_pairs(spec: Any, stock: Any, pairs: Sequence[ContactPair]) -> None:
    """Leaves the geoms of the specification no contacts but those of the pairs."""
    geoms = [geom for body in _bodies(spec.worldbody) for geom in body.geoms]
    if len(geoms) != stock.ngeom:
        raise ValueError("The file has other geoms than the model.")
    for index, geom in enumerate(geoms):
        geom.name = geom.name or f"plyo geom {index}"
        geom.contype = geom.conaffinity = 0
    for pair in pairs:
        added = spec.add_pair()
        added.geomname1, added.geomname2 = geoms[pair.geom1].name, geoms[pair.geom2].name
        added.condim = pair.condim
        added.friction, added.solref, added.solimp = pair.friction, pair.solref, pair.solimp
        added.margin, added.gap = pair.margin, pair.gap


def _join_own_pairs(stock: Any, model: Any, pairs: Sequence[ContactPair]) -> bool:
    """Gives a model's own explicit pairs their present numbers; whether all pairs are in the order of contacts.

    That goes by the bodies; of those of two bodies, the model's own pairs come first.
    """
    own = own_pairs(stock)
    listed = [*own, *(pair[:2] for pair in pairs)]
    order = sorted(range(len(listed)), key=lambda i: sorted(stock.geom_bodyid[[*listed[i]]].tolist()))
    if own_pairs(model) != [listed[i] for i in order]:
        return False
    rows = [row for row, i in enumerate(order) if i < len(own)]
    for name in _fields(type(stock)):
        if name.startswith("pair_"):
            getattr(model, name)[rows] = getattr(stock, name)
    return True


def _bodies(body: Any) -> Iterator[Any]:
    """The body and all below it, in the order of the compiled model."""
    yield body
    for child in body.bodies:
        yield from _bodies(child)


def _fields(owner: Any) -> tuple[str, ...]:
    """The public names of a structure of MuJoCo's that are no methods."""
    return tuple(
        name for name in dir(owner) if not name.startswith("_") and isinstance(getattr(owner, name), property)
    )


def _carry_over(stock: Any, model: Any, other: tuple[str, ...]) -> bool:
    """Copies the numbers of the stock model, but for arrays of other names; whether the two models are of one size."""
    for name in _fields(type(stock)):
        value = getattr(stock, name)
        if isinstance(value, np.ndarray):
            if name.startswith(other) or name in _OTHER_ARRAYS:
                continue
            target = getattr(model, name)
            if target.shape != value.shape:
                return False
            target[...] = value
        elif isinstance(value, int) and name not in _OTHER_SIZES and value != getattr(model, name):
            return False
    for part in ("opt", "stat"):
        source, target = getattr(stock, part), getattr(model, part)
        for name in _fields(type(source)):
            value = getattr(source, name)
            if isinstance(value, np.ndarray):
                getattr(target, name)[...] = value
            else:
                setattr(target, name, value)
    return True
