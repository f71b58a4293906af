"""The check that guards tuned copies finds what differs."""

import copy

import mujoco
import numpy as np
import pytest
from mujoco_models import load

from plyo.mujoco.self_check import self_check


def longer_substeps(model):
    model.opt.timestep = np.nextafter(model.opt.timestep, 1)


def heavier_foot(model):
    model.body_mass[-1] = np.nextafter(model.body_mass[-1], 9)


def smoother_foot(model):
    model.geom_friction[-1, 0] *= 0.999


def no_contacts(model):
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONTACT)


def no_islands(model):
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_ISLAND)


def no_midphase(model):
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_MIDPHASE)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("half_cheetah", longer_substeps),
        ("swimmer", heavier_foot),
        ("hopper", smoother_foot),
        ("ant", no_contacts),
        ("pusher_v5", no_islands),
        ("humanoid", no_midphase),
    ],
)
def test_a_difference_is_found(name, change):
    stock = load(name)
    changed = copy.copy(stock)
    change(changed)
    assert "differs" in self_check(stock, changed)


@pytest.mark.parametrize("name", ["ant", "humanoidstandup", "inverted_pendulum"])
def test_equal_models_are_equal(name):
    stock = load(name)
    assert self_check(stock, copy.copy(stock)) is None


SENSORS = """
<mujoco>
  <worldbody><body><joint name="hinge"/><geom size=".1" pos=".2 0 0"/></body></worldbody>
  <sensor><jointpos joint="hinge"/></sensor>
</mujoco>
"""


def test_sensors_are_compared_if_the_copy_computes_them():
    stock = mujoco.MjModel.from_xml_string(SENSORS)
    other = copy.copy(stock)
    other.sensor_cutoff[:] = 1e-3
    assert "sensordata" in self_check(stock, other)
    other.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_SENSOR)
    assert self_check(stock, other) is None


def test_a_model_for_substeps_between_is_compared():
    stock = mujoco.MjModel.from_xml_string(SENSORS)
    without = copy.copy(stock)
    without.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_SENSOR)
    assert self_check(stock, stock, without) is None
    without.opt.timestep *= 1.5
    assert "differs" in self_check(stock, stock, without)


def test_a_simulation_that_diverges_writes_no_log(log_folder):
    xml = """
    <mujoco>
      <option timestep="1"/>
      <worldbody><body><joint stiffness="1e9"/><geom size=".1" pos=".2 0 0"/></body></worldbody>
    </mujoco>
    """
    stock = mujoco.MjModel.from_xml_string(xml)
    assert self_check(stock, copy.copy(stock)) is None
    assert not list(log_folder.iterdir())
