"""Which geoms can touch, and with which parameters."""

import mujoco
import numpy as np
import pytest
from mujoco_models import load

from plyo.mujoco.pairs import CONVEX_SHAPES, admissible_geoms, margin_rule, plan_pairs

TWO_BALLS = """
<mujoco>
  {extra}
  <worldbody>
    <geom name="floor" type="plane" size="1 1 1"/>
    <body name="a" pos="0 0 1"><freejoint/><geom name="a" {first}/></body>
    <body name="b" pos="0 0 2"><freejoint/><geom name="b" {second}/></body>
  </worldbody>
</mujoco>
"""
PLAIN = 'size=".1"'


def balls(first=PLAIN, second=PLAIN, extra=""):
    return mujoco.MjModel.from_xml_string(TWO_BALLS.format(first=first, second=second, extra=extra))


def geom_name_pairs(model):
    return [tuple(model.geom(geom).name for geom in pair) for pair in admissible_geoms(model)]


def test_all_geoms_that_can_touch_are_listed():
    assert geom_name_pairs(balls()) == [("floor", "a"), ("floor", "b"), ("a", "b")]


def test_masks_exclusions_parents_and_welds_are_kept():
    assert geom_name_pairs(balls(second='size=".1" contype="0" conaffinity="0"')) == [("floor", "a")]
    exclusion = '<contact><exclude body1="a" body2="b"/></contact>'
    assert geom_name_pairs(balls(extra=exclusion)) == [("floor", "a"), ("floor", "b")]
    chain = """
    <mujoco>
      <worldbody>
        <body><joint/><geom name="a" size=".1"/>
          <body><geom name="welded" size=".1"/>
            <body><joint/><geom name="child" size=".1"/>
              <body><joint/><geom name="grandchild" size=".1"/></body>
            </body>
          </body>
        </body>
      </worldbody>
    </mujoco>
    """
    model = mujoco.MjModel.from_xml_string(chain)
    assert geom_name_pairs(model) == [("a", "grandchild"), ("welded", "grandchild")]


#: Bodies of several geoms of all types that pairs know, on a floor between two walls.
HEAP = """
<mujoco>
  <worldbody>
    <geom type="plane" size="3 3 1"/>
    <geom type="box" size=".1 2 1" pos="-1 0 0"/>
    <geom type="sphere" size=".6" pos="1.2 0 0"/>
    {bodies}
  </worldbody>
</mujoco>
"""
HEAPED = """
<body><freejoint/>
  <geom type="capsule" size=".1" fromto="0 0 0 .4 0 0"/>
  <geom type="{second}" size=".15 .15 .15" pos="0 .2 0"/>
  <geom type="sphere" size=".2" pos="0 0 .2"/>
</body>
"""


def heap():
    bodies = "".join(HEAPED.format(second=second) for second in ("box", "sphere", "cylinder", "capsule"))
    return mujoco.MjModel.from_xml_string(HEAP.format(bodies=bodies))


def positions_in_lists(model, lists):
    """The places of the contacts of 200 random positions in each of the lists, where there are several contacts."""
    rng = np.random.default_rng(0)
    data = mujoco.MjData(model)
    places = [{tuple(sorted(pair)): i for i, pair in enumerate(pairs)} for pairs in lists]
    for scale in rng.uniform(0.2, 2, 200):
        data.qpos[:] = model.qpos0
        mujoco.mj_integratePos(model, data.qpos, rng.uniform(-scale, scale, model.nv), 1)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_collision(model, data)
        found = [tuple(sorted(geoms)) for geoms in data.contact.geom.tolist()]
        yield [[place[pair] for pair in found] for place in places]


@pytest.mark.parametrize("midphase", [True, False])
@pytest.mark.parametrize("name", ["humanoid", "humanoidstandup", "heap"])
def test_the_order_is_that_of_contacts(name, midphase):
    model = heap() if name == "heap" else load(name)
    sorted_pairs = admissible_geoms(model)
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_MIDPHASE)
    plain_pairs = admissible_geoms(model)
    assert sorted(sorted_pairs) == sorted(plain_pairs)
    if midphase:
        model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_MIDPHASE)
    pairs, others = (sorted_pairs, plain_pairs) if midphase else (plain_pairs, sorted_pairs)
    out_of_order = 0
    for places, other_places in positions_in_lists(model, [pairs, others]):
        assert places == sorted(places)
        out_of_order += other_places != sorted(other_places)
    assert out_of_order > 0


def test_many_pairs_are_left_to_the_broadphase():
    model = load("humanoid")
    assert len(admissible_geoms(model)) == 126
    assert admissible_geoms(model, 125) is None


@pytest.mark.parametrize(
    "extra",
    [
        '<option><flag filterparent="disable"/></option>',
        '<option><flag override="enable"/></option>',
    ],
)
def test_what_changes_the_rules_is_left_to_the_broadphase(extra):
    assert admissible_geoms(balls(extra=extra)) is None


def test_pairs_of_the_models_own_are_not_listed_again():
    model = balls(extra='<contact><pair geom1="b" geom2="a"/></contact>')
    assert geom_name_pairs(model) == [("floor", "a"), ("floor", "b")]
    assert admissible_geoms(model, 3) is not None
    assert admissible_geoms(model, 2) is None


def test_what_a_pair_cannot_say_is_left_to_the_broadphase():
    model = balls(second='size=".1" priority="1"')
    assert plan_pairs(model, admissible_geoms(model), CONVEX_SHAPES) is None


def test_only_the_shapes_that_are_asked_for_are_listed():
    model = balls(second='type="ellipsoid" size=".1 .2 .3"')
    geoms = admissible_geoms(model)
    assert plan_pairs(model, geoms) is None
    assert [pair[:2] for pair in plan_pairs(model, geoms, CONVEX_SHAPES)] == geoms


def contacts(model):
    """The parameters of all contacts, with everything pressed into each other."""
    data = mujoco.MjData(model)
    data.qpos[[2, 9]] = 0.05
    mujoco.mj_forward(model, data)
    contact = data.contact
    parts = [contact.geom, contact.friction, contact.solref, contact.solimp, contact.includemargin[:, None]]
    return np.concatenate([contact.dim[:, None], *parts], axis=1).tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (PLAIN, 'size=".1" friction=".3 2 .1" condim="4" margin=".02" gap=".01"'),
        ('size=".1" margin=".01" gap=".004"', 'size=".1" margin=".03" gap=".003"'),
        ('size=".1" solmix="3" solref=".05 .7" solimp=".7 .8 .02"', PLAIN),
        ('size=".1" solmix="0"', 'size=".1" solref=".05 .7"'),
        ('size=".1" solmix="0" solref=".03 1"', 'size=".1" solmix="0" solref=".05 .7"'),
        ('size=".1" solref="-100 -3"', 'size=".1" solref=".05 .7"'),
    ],
)
def test_the_parameters_are_those_that_mujoco_mixes(first, second):
    model = balls(first, second)
    listed = []
    for pair in plan_pairs(model, admissible_geoms(model)):
        # the margin of a contact leaves the gap out in some releases, in others not
        listed.append([pair.condim, pair.geom1, pair.geom2, *pair.friction, *pair.solref, *pair.solimp])
    stock = contacts(model)
    assert [row[:-1] for row in stock] == listed
    assert margin_rule() is not None
