"""Which geoms can touch, and with which parameters."""

import mujoco
import numpy as np
import pytest
from mujoco_models import load

from plyo.mujoco.pairs import admissible_geoms, margin_rule, plan_pairs

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


@pytest.mark.parametrize("name", ["humanoid", "humanoidstandup"])
def test_an_uncertain_order_or_many_pairs_are_left_to_the_broadphase(name):
    assert admissible_geoms(load(name)) is None


@pytest.mark.parametrize(
    "extra",
    [
        '<contact><pair geom1="a" geom2="b"/></contact>',
        '<option><flag filterparent="disable"/></option>',
        '<option><flag override="enable"/></option>',
    ],
)
def test_what_changes_the_rules_is_left_to_the_broadphase(extra):
    assert admissible_geoms(balls(extra=extra)) is None


@pytest.mark.parametrize("second", ['size=".1" priority="1"', 'type="ellipsoid" size=".1 .2 .3"'])
def test_what_a_pair_cannot_say_is_left_to_the_broadphase(second):
    model = balls(second=second)
    assert plan_pairs(model, admissible_geoms(model)) is None


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
