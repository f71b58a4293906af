"""Leaving out pairs of geoms that are far apart changes no bit, whatever happens in a step."""

import ctypes

import mujoco
import numpy as np
import pytest
from mujoco_models import load, xml_path

from plyo._native import zero_clock_address
from plyo.mujoco import near_pairs as module
from plyo.mujoco.clock import clock
from plyo.mujoco.host import _wrap_near
from plyo.mujoco.library import load_library
from plyo.mujoco.near_pairs import describe_pairs, near_pairs
from plyo.mujoco.tuning import tuned_model

HUMANOIDS = ["humanoid", "humanoidstandup"]
INTEGRATORS = ["mjINT_RK4", "mjINT_EULER", "mjINT_IMPLICITFAST"]


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch):
    monkeypatch.setattr(module, "_differences", {})


@pytest.fixture
def still_clock():
    assert clock.silence(zero_clock_address())
    yield
    clock.give_back()


def tuned(name, integrator="mjINT_RK4"):
    stock = load(name)
    model, levers = tuned_model(stock, xml_path(name), user_xml=False, tuned=None, observes_sensors=False)
    assert "pairs" in levers
    for each in (stock, model):
        each.opt.integrator = int(getattr(mujoco.mjtIntegrator, integrator))
    return stock, model


def read(model, data):
    """The state, the contacts and what they do."""
    signature = int(mujoco.mjtState.mjSTATE_INTEGRATION)
    state = np.empty(mujoco.mj_stateSize(model, signature))
    mujoco.mj_getState(model, data, state, signature)
    contact = data.contact
    parts = [
        state,
        data.qacc,
        data.qfrc_constraint,
        data.xpos,
        data.cvel,
        data.efc_force,
        data.warning.number,
    ]
    parts += [contact.geom, contact.dist, contact.pos, contact.frame]
    return [np.array(part).tobytes() for part in parts]


class Both:
    """The stock model, and the pairs that are near, from the same state on."""

    def __init__(self, stock, model):
        self.stock, self.model = stock, model
        self.datas = [mujoco.MjData(stock), mujoco.MjData(model)]
        self.native = _wrap_near(model, self.datas[1], describe_pairs(model))
        for data in self.datas:
            data.warning.number[:] = 1  # without the file that MuJoCo writes warnings to

    def start(self, rng):
        size = rng.choice([0.01, 0.3, 1.0])
        qpos, qvel = np.array(self.stock.qpos0), rng.uniform(-3, 3, self.stock.nv)
        mujoco.mj_integratePos(self.stock, qpos, rng.uniform(-size, size, self.stock.nv), 1.0)
        for data in self.datas:
            data.qpos[:], data.qvel[:] = qpos, qvel

    def step(self):
        mujoco.mj_step(self.stock, self.datas[0])
        self.native.step_near_pairs(1)
        assert read(self.stock, self.datas[0]) == read(self.stock, self.datas[1])


@pytest.mark.parametrize("integrator", INTEGRATORS)
@pytest.mark.parametrize("name", HUMANOIDS)
def test_the_bits_and_contacts_are_those_of_the_stock_model(still_clock, name, integrator):
    both = Both(*tuned(name, integrator))
    contacts = set()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        for substep in range(2000):
            if substep % 400 == 0:
                both.start(rng)
            if substep % 5 == 0:
                both.datas[0].ctrl[:] = both.datas[1].ctrl[:] = rng.uniform(-1, 1, both.stock.nu)
            both.step()
            contacts.add(both.datas[0].ncon)
    assert {0, 1, 2, 3} <= contacts


@pytest.mark.parametrize("array", ["qpos", "qvel", "ctrl"])
@pytest.mark.parametrize("number", [np.nan, 1e9, 1e11])
def test_a_simulation_that_diverges_does_as_the_stock_one(still_clock, array, number):
    both = Both(*tuned("humanoid"))
    both.start(np.random.default_rng(0))
    for data in both.datas:
        getattr(data, array)[3] = number
    for _ in range(20):
        both.step()


def test_pairs_that_are_far_apart_are_left_out(still_clock):
    _, model = tuned("humanoid")
    described = describe_pairs(model)
    # spheres with nothing around them are near each other where they touch only: none are found
    described["geoms"] = [(0.0, -10.0)] * model.ngeom
    data = mujoco.MjData(model)
    native = _wrap_near(model, data, described)
    data.qpos[2] = 0.0  # the feet are in the floor
    native.step_near_pairs(1)
    assert data.ncon == 0
    mujoco.mj_forward(model, data)
    assert data.ncon > 0


def test_a_model_without_a_description_has_no_near_pairs():
    _, model = tuned("humanoid")
    with pytest.raises(ValueError, match="was given no near pairs"):
        _wrap_near(model, mujoco.MjData(model), {}).step_near_pairs(1)


def test_without_the_still_clock_all_pairs_are_used():
    # with the same description, which would leave all of them out
    _, model = tuned("humanoid")
    described = describe_pairs(model)
    described["geoms"] = [(0.0, -10.0)] * model.ngeom
    data = mujoco.MjData(model)
    native = _wrap_near(model, data, described)
    data.qpos[2] = 0.0
    native.step_near_pairs(1)
    assert data.ncon > 0


def test_a_clock_that_comes_in_the_middle_of_a_step_is_noticed(still_clock):
    stock, model = tuned("humanoid")
    both = Both(stock, model)
    pointer = ctypes.c_void_p.in_dll(load_library(), "mjcb_time")
    other = ctypes.CFUNCTYPE(ctypes.c_double)(lambda: 0.0)
    silent, evaluations = pointer.value, 0

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
    def control(_, data):
        nonlocal evaluations
        evaluations += data == both.datas[1]._address
        if evaluations == 2:
            pointer.value = ctypes.cast(other, ctypes.c_void_p).value

    callback = ctypes.c_void_p.in_dll(load_library(), "mjcb_control")
    callback.value = ctypes.cast(control, ctypes.c_void_p).value
    try:
        both.start(np.random.default_rng(0))
        both.step()
        assert evaluations == 8  # the step was taken again
        both.step()
        assert evaluations == 12
    finally:
        callback.value, pointer.value = None, silent


def test_pairs_are_described_where_there_are_many_of_round_geoms():
    _, model = tuned("humanoid")
    described = describe_pairs(model)
    assert len(described["pairs"]) == model.npair
    model.geom_type[-1] = int(mujoco.mjtGeom.mjGEOM_BOX)
    assert describe_pairs(model) == {}
    stock = load("ant")
    few, levers = tuned_model(stock, xml_path("ant"), user_xml=False, tuned=None, observes_sensors=False)
    assert "pairs" in levers
    assert describe_pairs(few) == {}


def test_long_capsules_are_left_to_mujoco():
    _, model = tuned("humanoid")
    capsule = np.flatnonzero(model.geom_type == int(mujoco.mjtGeom.mjGEOM_CAPSULE))[0]
    model.geom_size[capsule, 1] = 1.5
    assert describe_pairs(model) == {}


def test_a_difference_is_found_and_told_once(monkeypatch):
    stock, model = tuned("humanoid")
    described = describe_pairs(model)
    assert near_pairs(stock, model, "humanoid.xml", _wrap_near) == described
    smaller = {**described, "geoms": [(0.0, 0.0)] * model.ngeom}
    monkeypatch.setattr(module, "describe_pairs", lambda _: smaller)
    monkeypatch.setattr(module, "_differences", {})
    with pytest.warns(
        UserWarning, match=r"humanoid.xml does not step like the model itself .* differs after"
    ):
        assert near_pairs(stock, model, "humanoid.xml", _wrap_near) == {}
    assert near_pairs(stock, model, "humanoid.xml", _wrap_near) == {}
