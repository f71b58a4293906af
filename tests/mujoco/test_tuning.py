"""Tuned copies of models have the bits of the models, or are not used."""

import mujoco
import numpy as np
import pytest
from mujoco_models import NAMES, content, load, xml_path

from plyo.mujoco import tuning
from plyo.mujoco.assets import asset_path
from plyo.mujoco.host import load_model
from plyo.mujoco.tuning import tuned_model, without_sensors

GYM = {"user_xml": False, "tuned": None, "observes_sensors": False}


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch):
    """Each test finds out by itself which copies are equal."""
    monkeypatch.setattr(tuning, "_known", {})


def run(model, seed, steps=12, substeps=5):
    """The state and what tasks read, in a run from a perturbed start with random controls."""
    rng = np.random.default_rng(seed)
    size = rng.choice([0.05, 0.3, 1.0])
    data = mujoco.MjData(model)
    data.warning.number[:] = 1  # without the file that MuJoCo writes warnings to
    mujoco.mj_integratePos(model, data.qpos, rng.uniform(-size, size, model.nv), 1.0)
    data.qvel[:] = rng.uniform(-3, 3, model.nv)
    mujoco.mj_forward(model, data)
    rows = []
    for _ in range(steps):
        data.ctrl[:] = rng.uniform(-1, 1, model.nu)
        mujoco.mj_step(model, data, substeps)
        mujoco.mj_rnePostConstraint(model, data)
        read = [data.qpos, data.qvel, data.qacc_warmstart, data.xpos, data.xipos, data.cinert, data.cvel]
        read += [data.cfrc_ext, data.qfrc_actuator, data.qfrc_constraint, data.site_xpos, data.ten_length]
        rows.append(b"".join(part.tobytes() for part in read))
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_a_tuned_model_has_the_bits_of_the_stock_one(name):
    stock = load(name)
    before = content(stock)
    model, levers = tuned_model(stock, xml_path(name), **GYM)
    assert levers
    assert model is not stock
    for seed in range(100, 103):  # not the starts of the check itself
        assert run(model, seed) == run(stock, seed)
    assert content(stock) == before


@pytest.mark.parametrize("name", ["half_cheetah", "ant", "hopper", "walker2d_v5", "swimmer"])
def test_a_tuned_model_that_rests_has_the_bits_of_the_stock_one(name):
    # where islands change bits, it is here, long after the substeps of the check
    stock = load(name)
    model, _ = tuned_model(stock, xml_path(name), **GYM)
    datas = [mujoco.MjData(each) for each in (stock, model)]
    for _ in range(80):
        for each, data in zip((stock, model), datas, strict=True):
            mujoco.mj_step(each, data, 50)
        assert datas[0].qpos.tobytes() == datas[1].qpos.tobytes()
        assert datas[0].qvel.tobytes() == datas[1].qvel.tobytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("half_cheetah", ["islands", "pairs", "cameras"]),
        ("ant", ["islands", "pairs", "cameras"]),
        ("hopper", ["islands", "pairs", "cameras"]),
        ("walker2d_v5", ["islands", "pairs", "cameras"]),
        ("pusher_v5", ["pairs", "cameras"]),
        ("humanoid", ["islands", "pairs", "cameras"]),
        ("humanoidstandup", ["islands", "pairs", "cameras"]),
        ("swimmer", ["islands", "contacts", "cameras"]),
        ("reacher", ["contacts"]),
        ("inverted_pendulum", ["islands", "contacts"]),
        ("inverted_double_pendulum", ["islands", "contacts"]),
    ],
)
def test_the_levers_follow_from_the_structure(name, expected):
    assert tuned_model(load(name), xml_path(name), **GYM)[1] == expected


@pytest.mark.parametrize(
    ("file", "observes_sensors", "expected"),
    [
        ("fetch/reach.xml", False, ["islands", "places"]),
        ("fetch/push.xml", False, ["places"]),
        ("hand/reach.xml", False, ["islands", "pairs", "cameras", "sensors"]),
        ("hand/manipulate_egg.xml", False, ["pairs", "cameras", "sensors"]),
        ("hand/manipulate_egg_touch_sensors.xml", True, ["pairs", "cameras", "late_sensors"]),
    ],
)
def test_the_levers_of_robots(file, observes_sensors, expected):
    path, _ = asset_path(file, "robotics")
    stock = load_model(path)
    model, levers = tuned_model(stock, path, **{**GYM, "observes_sensors": observes_sensors})
    assert levers == expected
    sensors = int(mujoco.mjtDisableBit.mjDSBL_SENSOR)
    assert bool(model.opt.disableflags & sensors) == ("sensors" in expected)
    assert without_sensors(model).opt.disableflags == model.opt.disableflags | sensors


@pytest.mark.parametrize("name", ["reach", "manipulate_block", "manipulate_egg", "manipulate_pen"])
def test_a_tuned_hand_has_the_bits_of_the_stock_one(name):
    path, _ = asset_path(f"hand/{name}.xml", "robotics")
    stock = load_model(path)
    model, levers = tuned_model(stock, path, **GYM)
    assert "pairs" in levers
    assert stock.npair < model.npair
    for seed in range(100, 102):
        assert run(model, seed) == run(stock, seed)


#: Two bodies of two geoms each; one of their four pairs, and one of a body and the floor, have numbers of their own.
OWN_PAIRS = """
<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="3 3 1"/>
    <body pos="0 0 .25"><freejoint/>
      <geom name="a" size=".2"/><geom name="b" type="ellipsoid" size=".1 .2 .1" pos=".2 0 0"/>
    </body>
    <body pos="0 .2 .5"><freejoint/>
      <geom name="c" size=".2"/><geom name="d" type="capsule" size=".1 .1" pos=".2 0 0"/>
    </body>
  </worldbody>
  <contact>
    <pair geom1="b" geom2="d" condim="1" margin=".05"/>
    <pair geom1="floor" geom2="c" friction=".1 .2 .01 .001 .001" solref=".05 .7"/>
  </contact>
</mujoco>
"""


def test_pairs_of_the_models_own_keep_their_numbers(tmp_path):
    path = tmp_path / "own.xml"
    path.write_text(OWN_PAIRS)
    stock = load_model(str(path))
    stock.pair_friction[:, 0] *= 3
    model, levers = tuned_model(stock, str(path), **GYM)
    assert "pairs" in levers
    bodies = model.geom_bodyid[np.stack([model.pair_geom1, model.pair_geom2], 1)]
    assert bodies.tolist() == [[0, 1], [0, 1], [0, 2], [0, 2], [1, 2], [1, 2], [1, 2], [1, 2]]
    assert np.isin(stock.pair_friction[:, 0], model.pair_friction[:, 0]).all()
    for seed in range(6):
        assert run(model, seed) == run(stock, seed)


def test_a_users_own_pairs_are_left_to_mujoco(tmp_path):
    """Lanes may have friction of their own, which is mixed for the listed pairs but not for these."""
    path = tmp_path / "own.xml"
    path.write_text(OWN_PAIRS)
    choice = {**GYM, "user_xml": True, "tuned": True}
    assert tuned_model(load_model(str(path)), str(path), **choice)[1] == []


def test_forces_that_the_next_step_begins_with_are_computed(monkeypatch):
    """An evaluation leaves them out only where it changes nothing of the state."""
    path, _ = asset_path("fetch/push.xml", "robotics")
    forward = mujoco.mj_forward

    def forward_to_a_warm_start(model, data):
        forward(model, data)
        data.qacc_warmstart[:] = data.qacc

    monkeypatch.setattr(mujoco, "mj_forward", forward_to_a_warm_start)
    assert tuned_model(load_model(path), path, **GYM)[1] == []


def test_a_tuned_model_has_the_changes_that_its_levers_name():
    model, _ = tuned_model(load("ant"), xml_path("ant"), **GYM)
    assert model.opt.disableflags & int(mujoco.mjtDisableBit.mjDSBL_ISLAND)
    assert not model.opt.disableflags & int(mujoco.mjtDisableBit.mjDSBL_MIDPHASE)
    assert (model.npair, model.ncam, model.nlight) == (13, 0, 0)
    assert not model.geom_contype.any()
    assert model.narena == load("ant").narena


@pytest.mark.parametrize("user_xml", [False, True])
def test_not_tuned_is_the_stock_model(user_xml):
    stock = load("half_cheetah")
    choice = {**GYM, "user_xml": user_xml, "tuned": False}
    assert tuned_model(stock, xml_path("half_cheetah"), **choice) == (stock, [])


def test_a_users_own_file_has_only_its_islands_changed(tmp_path):
    path = tmp_path / "own.xml"
    path.write_text(
        """
        <mujoco>
          <worldbody>
            <light pos="0 0 3"/>
            <geom type="plane" size="1 1 1"/>
            <body pos="0 0 1"><freejoint/><geom size=".1"/>
              <body pos=".3 0 0"><joint/><geom size=".1"/></body>
            </body>
          </worldbody>
          <sensor><clock/></sensor>
        </mujoco>
        """
    )
    stock = mujoco.MjModel.from_xml_path(str(path))
    own = {**GYM, "user_xml": True}
    assert tuned_model(stock, str(path), **own)[1] == ["islands"]
    model, levers = tuned_model(stock, str(path), **{**own, "tuned": True})
    assert levers == ["islands", "pairs", "cameras", "sensors"]
    assert run(model, 1) == run(stock, 1)
    observed = tuned_model(stock, str(path), **{**own, "tuned": True, "observes_sensors": True})
    assert observed[1] == ["islands", "pairs", "cameras", "late_sensors"]


def test_two_trees_keep_their_islands():
    stock = load("pusher_v5")
    assert tuned_model(stock, xml_path("pusher_v5"), **{**GYM, "user_xml": True}) == (stock, [])


def test_changes_of_the_loaded_model_are_kept():
    stock = load("hopper")
    stock.body_mass[1] *= 2
    stock.opt.timestep = 0.004
    stock.geom_friction[:, 0] = 0.25
    mujoco.mj_setConst(stock, mujoco.MjData(stock))
    model, levers = tuned_model(stock, xml_path("hopper"), **GYM)
    assert "pairs" in levers
    assert model.body_mass[1] == stock.body_mass[1]
    assert run(model, 2) == run(stock, 2)
    other, _ = tuned_model(load("hopper"), xml_path("hopper"), **GYM)
    assert other.body_mass[1] != stock.body_mass[1]


def test_a_model_is_checked_once_and_each_caller_has_a_copy(monkeypatch):
    checks = []
    monkeypatch.setattr(tuning, "self_check", lambda *models: checks.append(models))
    model, levers = tuned_model(load("hopper"), xml_path("hopper"), **GYM)
    model.opt.timestep = 1.0
    again, same_levers = tuned_model(load("hopper"), xml_path("hopper"), **GYM)
    assert len(checks) == 1
    assert same_levers == levers
    assert again.opt.timestep == load("hopper").opt.timestep
    tuned_model(load("ant"), xml_path("ant"), **GYM)
    tuned_model(load("hopper"), xml_path("hopper"), **{**GYM, "user_xml": True})
    assert len(checks) == 3


def test_the_oldest_results_are_forgotten(monkeypatch):
    monkeypatch.setattr(tuning, "_MOST_KNOWN", 2)
    monkeypatch.setattr(tuning, "self_check", lambda *models: None)
    for name in ("hopper", "ant", "swimmer", "hopper"):
        assert tuned_model(load(name), xml_path(name), **GYM)[1]
    assert len(tuning._known) == 2


def longer_timestep(model):
    model.opt.timestep *= 1 + 1e-12


def other_friction(model):
    model.pair_friction[:, 0] += 0.01


def wider_margins(model):
    model.pair_margin += 0.001


@pytest.mark.parametrize("change", [longer_timestep, other_friction, wider_margins])
def test_a_copy_with_other_bits_is_not_used_and_named_once(monkeypatch, change):
    compile_copy = tuning.compile_copy

    def compile_wrongly(*arguments):
        model = compile_copy(*arguments)
        change(model)
        return model

    monkeypatch.setattr(tuning, "compile_copy", compile_wrongly)
    stock = load("half_cheetah")
    with pytest.warns(
        UserWarning, match=r"half_cheetah\.xml \(islands, pairs, cameras\).*: .* differs"
    ) as caught:
        assert tuned_model(stock, xml_path("half_cheetah"), **GYM) == (stock, [])
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert tuned_model(stock, xml_path("half_cheetah"), **GYM) == (stock, [])  # a warning would be an error
    other = load("half_cheetah")
    assert tuned_model(other, xml_path("half_cheetah"), **GYM) == (other, [])


def test_a_check_that_fails_itself_leaves_the_stock_model(monkeypatch):
    def fail(*models):
        raise mujoco.FatalError("the arena is full")

    monkeypatch.setattr(tuning, "self_check", fail)
    stock = load("swimmer")
    with pytest.warns(UserWarning, match=r"the check failed \(FatalError: the arena is full\)"):
        assert tuned_model(stock, xml_path("swimmer"), **GYM) == (stock, [])


def test_a_file_that_cannot_be_compiled_again_leaves_the_other_levers(tmp_path):
    path = tmp_path / "gone.xml"
    stock = load("ant")
    model, levers = tuned_model(stock, str(path), **GYM)
    assert levers == ["islands"]
    assert run(model, 3) == run(stock, 3)


def test_a_camera_that_something_needs_stays(tmp_path):
    path = tmp_path / "camera.xml"
    path.write_text(
        """
        <mujoco>
          <worldbody>
            <camera name="eye" pos="0 0 3"/>
            <geom type="plane" size="1 1 1"/>
            <body pos="0 0 1"><freejoint/><geom size=".1"/></body>
          </worldbody>
          <sensor><framepos objtype="camera" objname="eye"/></sensor>
        </mujoco>
        """
    )
    stock = mujoco.MjModel.from_xml_path(str(path))
    model, levers = tuned_model(stock, str(path), **{**GYM, "observes_sensors": True})
    assert levers == ["islands", "pairs", "late_sensors"]
    assert model.ncam == 1


def test_another_file_than_that_of_the_model_is_not_used():
    stock = load("ant")
    model, levers = tuned_model(stock, xml_path("hopper"), **GYM)
    assert levers == ["islands"]
    assert model.nbody == stock.nbody


def test_callbacks_of_the_user_leave_the_stock_model():
    calls = []
    stock = load("hopper")
    mujoco.set_mjcb_control(lambda model, data: calls.append(1))
    try:
        assert tuned_model(stock, xml_path("hopper"), **{**GYM, "tuned": True}) == (stock, [])
    finally:
        mujoco.set_mjcb_control(None)
    assert not calls
