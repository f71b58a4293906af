"""Which models vector lanes step: each thing beyond them is refused by name."""

from __future__ import annotations

from typing import Any

import mujoco
import pytest
from mujoco_models import load

from plyo.mujoco.eligibility import find_refusal

#: A leg over a floor, with a hole for each kind of part.
XML = """
<mujoco>
  <option timestep="0.005" {option}>{flags}</option>
  {top}
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1" {floor}/>
    {world}
    <body name="hip" pos="0 0 1" {hip}>
      <joint name="height" type="slide" axis="0 0 1" damping="1"/>
      <joint name="turn" type="hinge" axis="0 1 0" range="-60 60" limited="true" {turn}/>
      {joint}
      <geom name="upper" type="capsule" fromto="0 0 0 0 0 -.4" size=".05" {upper}/>
      <site name="knee" pos="0 0 -.4"/>
      <body name="shin" pos="0 0 -.4">
        <joint name="bend" type="hinge" axis="0 1 0" {bend}/>
        <geom name="lower" type="capsule" fromto="0 0 0 0 0 -.4" size=".04" {lower}/>
        {body}
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="motor" joint="turn" gear="20" ctrlrange="-1 1" ctrllimited="true" {motor}/>
    {actuator}
  </actuator>
  {end}
</mujoco>
"""

CHANGES: dict[str, tuple[dict[str, str], str]] = {
    "integrator": ({"option": 'integrator="implicitfast"'}, "integrator"),
    "solver": ({"option": 'solver="PGS"'}, "solver"),
    "cone": ({"option": 'cone="elliptic"'}, "cone"),
    "sparse": ({"option": 'jacobian="sparse"'}, "jacobian"),
    "noslip": ({"option": 'noslip_iterations="2"'}, "noslip"),
    "impratio": ({"option": 'impratio="3"'}, "impratio"),
    "wind": ({"option": 'wind="1 0 0" density="1"'}, "wind"),
    "no warm start": ({"flags": '<flag warmstart="disable"/>'}, "switch off"),
    "no Euler damping": ({"flags": '<flag eulerdamp="disable"/>'}, "switch off"),
    "no contacts": ({"flags": '<flag contact="disable"/>'}, "switch off"),
    "energy": ({"flags": '<flag energy="enable"/>'}, "switch on"),
    "override": ({"flags": '<flag override="enable"/>'}, "switch on"),
    "ball": ({"body": '<body><joint type="ball"/><geom size=".02" contype="0"/></body>'}, "ball joints"),
    "tendon": ({"end": '<tendon><fixed><joint joint="turn" coef="1"/></fixed></tendon>'}, "tendons"),
    "equality": ({"end": '<equality><joint joint1="turn" joint2="bend"/></equality>'}, "equality"),
    "mocap": ({"world": '<body mocap="true"><geom size=".02" contype="0"/></body>'}, "moved from outside"),
    "explicit pair": ({"end": '<contact><pair geom1="floor" geom2="lower"/></contact>'}, "explicit"),
    "user data": ({"top": '<size nuserdata="2"/>'}, "user data"),
    "little memory": ({"top": '<size memory="100K"/>'}, "memory"),
    "gravity compensation": ({"hip": 'gravcomp="1"'}, "gravity compensation"),
    "joint friction": ({"bend": 'frictionloss="0.1"'}, "friction of joints"),
    "limited force of a joint": (
        {"turn": 'actuatorfrclimited="true" actuatorfrcrange="-1 1"'},
        "limited forces",
    ),
    "power of a limit": ({"turn": 'solimplimit=".9 .95 .001 .5 3"'}, "power"),
    "stiff limit": ({"turn": 'solreflimit="-1000 -10"'}, "stiffness"),
    "servo": ({"actuator": '<position joint="bend" kp="3"/>'}, "bias"),
    "filter": (
        {"actuator": '<general joint="bend" dyntype="filter" dynprm="1"/>'},
        "activations",
    ),
    "gain by length": (
        {"actuator": '<general joint="bend" gaintype="affine" gainprm="1 1 0"/>'},
        "gain",
    ),
    "motor at a site": ({"actuator": '<motor site="knee" gear="0 0 1 0 0 0"/>'}, "not at joints"),
    "box": ({"body": '<geom type="box" size=".1 .1 .1"/>'}, "no capsule or sphere"),
    "frictionless": ({"lower": 'condim="1"', "floor": 'condim="1"'}, "condim"),
    "rolling": ({"lower": 'condim="6"'}, "condim"),
    "gap": ({"lower": 'gap=".01" margin=".02"'}, "gap"),
    "power of a contact": ({"lower": 'solimp=".9 .95 .001 .5 4"'}, "power"),
    "stiff contact": ({"lower": 'solref="-1000 -10"'}, "stiffness"),
    "priority": ({"lower": 'priority="1"'}, "not certain"),
    "second floor": (
        {"world": '<geom type="plane" pos="0 0 -.2" size="5 5 .1"/>'},
        "more than one floor",
    ),
    "raised floor": (
        {
            "world": '<body pos="0 0 .1"><geom type="plane" size="5 5 .1"/></body>',
            "floor": 'contype="0" conaffinity="0"',
        },
        "not part of the world",
    ),
    "fluid of a geom": (
        {"option": 'density="1"', "lower": 'fluidshape="ellipsoid"'},
        "fluid model",
    ),
}


def model_with(**parts: str) -> Any:
    names = (
        "option",
        "flags",
        "top",
        "floor",
        "world",
        "hip",
        "turn",
        "joint",
        "upper",
        "bend",
        "lower",
        "body",
    )
    holes = dict.fromkeys((*names, "motor", "actuator", "end"), "")
    return mujoco.MjModel.from_xml_string(XML.format(**(holes | parts)))


def test_the_plain_model_is_one_for_lanes():
    assert find_refusal(model_with()) is None


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_beyond_lanes_is_refused_by_name(name):
    parts, words = CHANGES[name]
    reason = find_refusal(model_with(**parts))
    assert reason is not None
    assert words in reason


@pytest.mark.parametrize(
    "parts",
    [
        {"option": 'integrator="RK4"'},
        {"option": 'jacobian="dense" iterations="20" tolerance="1e-10"'},
        {"option": 'density="1000" viscosity="0.1"'},
        {"flags": '<flag sensor="disable" midphase="disable"/>'},
        {"end": '<sensor><jointpos joint="turn"/></sensor>'},
        {"turn": 'margin=".1" stiffness="3" springref="10"', "bend": 'armature=".1"'},
        {"lower": 'friction="0.3 .1 .1" margin=".01" solref=".03 .8" solmix="3"'},
        {"motor": 'forcelimited="true" forcerange="-3 2"'},
        {"body": '<geom name="box" type="box" size=".1 .1 .1" contype="0" conaffinity="0"/>'},
    ],
)
def test_what_lanes_know_is_not_refused(parts):
    assert find_refusal(model_with(**parts)) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("half_cheetah", None),
        ("hopper", None),
        ("walker2d", None),
        ("walker2d_v5", None),
        ("ant", None),
        ("swimmer", None),
        ("inverted_pendulum", None),
        ("inverted_double_pendulum", None),
        ("reacher", None),
        ("humanoid", "tendons"),
        ("humanoidstandup", "tendons"),
        ("pusher_v5", "condim"),
    ],
)
def test_the_models_of_gymnasium(name, words):
    reason = find_refusal(load(name))
    if words is None:
        assert reason is None
    else:
        assert reason is not None
        assert words in reason


def test_a_part_of_a_later_release_is_refused():
    """A count that is not zero, of a name that this release may not have."""

    class Later:
        def __init__(self, model: Any) -> None:
            self._model = model
            self.nplastic = 2

        def __getattr__(self, name: str) -> Any:
            return getattr(self._model, name)

    assert "plastic" in str(find_refusal(Later(model_with())))


def test_a_large_model_is_refused_with_what_is_too_large():
    from plyo._native import MujocoLanes
    from plyo.mujoco.dialects import DIALECTS
    from plyo.mujoco.lane_constants import lane_arrays, lane_numbers

    body = '<body pos="0 0 .1"><joint type="hinge"/><geom size=".02" contype="0" conaffinity="0"/>'
    model = model_with(body=body * 20 + "</body>" * 20)
    assert find_refusal(model) is None
    with pytest.raises(ValueError, match="too many bodies"):
        MujocoLanes(numbers=lane_numbers(model, DIALECTS["4.0"]), arrays=lane_arrays(model))
