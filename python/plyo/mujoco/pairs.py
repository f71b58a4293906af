"""Explicit contact pairs in place of MuJoCo's broadphase, for models where few geoms can ever touch.

MuJoCo finds the bodies that may touch anew in each step. Where only a handful of pairs of geoms can collide at all, it
is quicker to list them in the model, with the parameters that MuJoCo would mix from the two geoms. The contacts are the
same ones in the same order: MuJoCo goes through both kinds by the two bodies' indices, and through the listed pairs of
two bodies one after the other.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from plyo.mujoco.library import load_mujoco

#: Where more are listed, the broadphase may be quicker: the 13 of an ant gain a sixth, the 126 of a humanoid a 20th,
#: the 99 of a hand with an egg a sixth; the 163 of an arm that pushes a box lose a tenth.
MOST_PAIRS = 128
#: The shapes of geoms, as MuJoCo names them.
SIMPLE_SHAPES = ("PLANE", "SPHERE", "CAPSULE", "CYLINDER", "BOX")
CONVEX_SHAPES = (*SIMPLE_SHAPES, "ELLIPSOID", "MESH")
#: As in MuJoCo: a smaller mixing weight counts as none.
_SMALLEST_WEIGHT = 1e-15

#: Two spheres on a line; the first slides on it. How their margins and gaps combine differs between releases.
_PROBE = """
<mujoco>
  <worldbody>
    <body><joint type="slide" axis="1 0 0"/><geom name="a" size=".1" margin=".3" gap=".1" {touch}/></body>
    <body pos="1 0 0"><joint type="slide" axis="0 1 0"/><geom name="b" size=".1" margin=".2" gap=".04" {touch}/></body>
  </worldbody>
  {contact}
</mujoco>
"""


class ContactPair(NamedTuple):
    """Two geoms that can touch and the parameters of their contacts."""

    geom1: int
    geom2: int
    condim: int
    friction: tuple[float, ...]
    solref: tuple[float, ...]
    solimp: tuple[float, ...]
    margin: float
    gap: float


def admissible_geoms(model: Any, most: int = MOST_PAIRS) -> list[tuple[int, int]] | None:
    """The pairs of geoms that can touch, but for explicit pairs of the model's own, in the order of their contacts.

    Args:
        model: The ``mujoco.MjModel``.
        most: The most pairs, with those of the model's own.

    Returns:
        ``None`` if they are more, and where this module does not know the rules: with flexes, mocap bodies or plugins.
    """
    mujoco = load_mujoco()
    unusual = model.nflex or model.nmocap or model.nplugin or model.opt.enableflags
    if unusual or model.opt.disableflags & int(mujoco.mjtDisableBit.mjDSBL_FILTERPARENT):
        return None
    own = {frozenset(pair) for pair in own_pairs(model)}
    touching = np.flatnonzero(model.geom_contype | model.geom_conaffinity)
    solid = sorted(set(model.geom_bodyid[touching].tolist()))
    found: list[tuple[int, int]] = []
    for bodies in itertools.combinations(solid, 2):
        if _bodies_meet(model, *bodies):
            meeting = [pair for pair in _geoms_of(model, *bodies) if _geoms_meet(model, *pair)]
            found += _in_order(model, [pair for pair in meeting if frozenset(pair) not in own])
        if len(found) + model.npair > most:
            return None
    return found


def own_pairs(model: Any) -> list[tuple[int, int]]:
    """The geoms of the explicit pairs of a model."""
    return [*zip(model.pair_geom1.tolist(), model.pair_geom2.tolist(), strict=True)]


def _bodies_meet(model: Any, body1: int, body2: int) -> bool:
    """Whether MuJoCo looks for contacts of the two bodies."""
    if (body1 << 16) + body2 in model.exclude_signature:
        return False
    weld1, weld2 = int(model.body_weldid[body1]), int(model.body_weldid[body2])
    if weld1 == weld2:
        return False
    parent1, parent2 = (int(model.body_weldid[model.body_parentid[weld]]) for weld in (weld1, weld2))
    # the world collides with its children, other bodies do not
    return weld1 == 0 or weld2 == 0 or (weld1 != parent2 and weld2 != parent1)


def _geoms_of(model: Any, body1: int, body2: int) -> Iterator[tuple[int, int]]:
    """All pairs of a geom of the first and one of the second body."""
    first, second = (
        range(model.body_geomadr[body], model.body_geomadr[body] + model.body_geomnum[body])
        for body in (body1, body2)
    )
    return itertools.product(first, second)


def _in_order(model: Any, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs of geoms of two bodies in the order of their contacts.

    MuJoCo finds them in a tree of boxes and sorts them then. A contact has the geom of the simpler type first.
    """
    if model.opt.disableflags & int(load_mujoco().mjtDisableBit.mjDSBL_MIDPHASE):
        return pairs
    return sorted(pairs, key=lambda pair: sorted(pair, key=lambda geom: model.geom_type[geom]))


def _geoms_meet(model: Any, geom1: int, geom2: int) -> bool:
    """Whether the collision masks of the two geoms let them touch."""
    types, affinities = model.geom_contype, model.geom_conaffinity
    return bool(types[geom1] & affinities[geom2] or types[geom2] & affinities[geom1])


def plan_pairs(
    model: Any, geoms: list[tuple[int, int]], shapes: tuple[str, ...] = SIMPLE_SHAPES
) -> list[ContactPair] | None:
    """The explicit pairs that stand for the broadphase.

    Args:
        model: The ``mujoco.MjModel``.
        geoms: Its admissible pairs of geoms (:func:`admissible_geoms`).
        shapes: Those that the geoms may have.

    Returns:
        ``None`` where that would be no gain, or not with certainty the same.
    """
    combine = margin_rule()
    if not geoms or combine is None or not all(_is_plain(model, *pair, shapes) for pair in geoms):
        return None
    return [_mixed(model, geom1, geom2, combine) for geom1, geom2 in geoms]


def _is_plain(model: Any, geom1: int, geom2: int, shapes: tuple[str, ...]) -> bool:
    """Whether both geoms have such shapes and one priority, without what a pair has no word for."""
    plain = {int(getattr(load_mujoco().mjtGeom, f"mjGEOM_{name}")) for name in shapes}
    both = [geom1, geom2]
    return bool(
        plain.issuperset(model.geom_type[both].tolist())
        and model.geom_priority[geom1] == model.geom_priority[geom2]
        # these came with later releases
        and not np.any(getattr(model, "geom_adhesion", np.zeros(model.ngeom))[both])
        and not np.any(getattr(model, "geom_surfacevel", np.zeros(model.ngeom))[both])
    )


def _mixed(model: Any, geom1: int, geom2: int, combine: Callable[[float, float], float]) -> ContactPair:
    """The parameters that MuJoCo mixes from two geoms of equal priority, in its order of operations."""
    weight = _weight(float(model.geom_solmix[geom1]), float(model.geom_solmix[geom2]))
    solref1, solref2 = (model.geom_solref[geom].tolist() for geom in (geom1, geom2))
    if solref1[0] > 0 and solref2[0] > 0:
        solref = _blend(weight, solref1, solref2)
    else:
        solref = tuple(map(min, solref1, solref2))
    slide, spin, roll = map(max, model.geom_friction[geom1].tolist(), model.geom_friction[geom2].tolist())
    return ContactPair(
        geom1,
        geom2,
        condim=max(int(model.geom_condim[geom1]), int(model.geom_condim[geom2])),
        friction=(slide, slide, spin, roll, roll),
        solref=solref,
        solimp=_blend(weight, model.geom_solimp[geom1].tolist(), model.geom_solimp[geom2].tolist()),
        margin=combine(float(model.geom_margin[geom1]), float(model.geom_margin[geom2])),
        gap=combine(float(model.geom_gap[geom1]), float(model.geom_gap[geom2])),
    )


def _weight(solmix1: float, solmix2: float) -> float:
    """The weight of the first geom's solver parameters."""
    if solmix1 >= _SMALLEST_WEIGHT and solmix2 >= _SMALLEST_WEIGHT:
        return solmix1 / (solmix1 + solmix2)
    if solmix1 < _SMALLEST_WEIGHT and solmix2 < _SMALLEST_WEIGHT:
        return 0.5
    return 0.0 if solmix1 < _SMALLEST_WEIGHT else 1.0


def _blend(weight: float, first: list[float], second: list[float]) -> tuple[float, ...]:
    """The weighted mean, element by element."""
    return tuple(weight * a + (1 - weight) * b for a, b in zip(first, second, strict=True))


@functools.cache
def margin_rule() -> Callable[[float, float], float] | None:
    """How the margins and gaps of two geoms combine in the installed MuJoCo: their sum, or the larger one.

    Returns:
        ``None`` if neither gives the contacts of the broadphase.
    """
    stock = _probe_contacts(_PROBE.format(touch="", contact=""))
    rules: tuple[Callable[[float, float], float], ...] = (lambda a, b: a + b, max)
    for rule in rules:
        pair = f'<pair geom1="a" geom2="b" margin="{rule(0.3, 0.2)}" gap="{rule(0.1, 0.04)}"/>'
        touch = 'contype="0" conaffinity="0"'
        if _probe_contacts(_PROBE.format(touch=touch, contact=f"<contact>{pair}</contact>")) == stock:
            return rule
    return None


def _probe_contacts(xml: str) -> list[tuple[float, ...]]:
    """What MuJoCo makes of the two spheres at growing distances: the contact, its margin and its constraints."""
    mujoco = load_mujoco()
    model = mujoco.MjModel.from_xml_string(xml)
    data = mujoco.MjData(model)
    found = []
    for distance in np.arange(-0.05, 0.9, 0.05):
        data.qpos[0] = 0.8 - distance
        mujoco.mj_forward(model, data)
        margins = data.contact.includemargin.tolist() + data.contact.dist.tolist()
        found.append((float(data.ncon), float(data.nefc), *margins, *data.qacc.tolist()))
    return found
