"""Vector lanes are used only where they are known to have MuJoCo's bits; else MuJoCo steps, with the same bits."""

from __future__ import annotations

import warnings
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest
from identical import assert_identical
from mujoco_models import load, xml_path

import plyo
from plyo._native import MujocoLanes, supported_isas
from plyo.mujoco import acceleration, dialects
from plyo.mujoco.acceleration import find_difference, make_lanes
from plyo.mujoco.dialects import DIALECTS, find_dialect
from plyo.mujoco.host import wrap_model
from plyo.mujoco.lane_constants import lane_arrays, lane_numbers
from plyo.mujoco.lane_ties import tied_starts
from plyo.mujoco.lane_trials import SUBSTEPS, make_trials
from plyo.mujoco.library import mujoco_version

TASK = "Hopper-v5"
MODELS = (
    *("half_cheetah", "hopper", "walker2d", "ant", "swimmer"),
    *("inverted_pendulum", "inverted_double_pendulum", "reacher"),
)

if find_dialect() is None:
    pytest.skip("the installed MuJoCo is not one that vector lanes know", allow_module_level=True)


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    """Each test compares and notes anew."""
    monkeypatch.setattr(acceleration, "_known", {})
    monkeypatch.setattr(acceleration, "_noted", set())


def make_batch(task_id: str = TASK, num_envs: int = 11, **kwargs: Any) -> Any:
    return plyo.make_vec(task_id, num_envs, num_threads=1, **kwargs)


def assert_steps_are_mujocos(envs: Any, task_id: str = TASK, num_steps: int = 40, **kwargs: Any) -> None:
    """Asserts that a batch steps like one that MuJoCo steps."""
    twins = make_batch(task_id, envs.num_envs, acceleration=False, **kwargs)
    assert_identical(envs.reset(seed=3), twins.reset(seed=3))
    rng = np.random.default_rng(0)
    for t in range(num_steps):
        actions = rng.uniform(-1, 1, envs.action_space.shape).astype(np.float32)
        assert_identical(envs.step(actions), twins.step(actions), t)


def test_it_is_on_where_all_is_known():
    envs = make_batch()
    assert envs.acceleration.is_on
    assert bool(envs.acceleration)
    assert envs.acceleration.reason == ""
    assert str(envs.acceleration) == f"on (MuJoCo's orders since {find_dialect()})"
    assert envs.acceleration.substeps == 0
    assert_steps_are_mujocos(envs)
    assert envs.acceleration.substeps + envs.acceleration.escaped_substeps > 11 * 30 * 4
    assert set(envs.acceleration.escapes) >= {"too_many_rows", "near_pair", "bad_number"}


def test_false_switches_it_off():
    envs = make_batch(acceleration=False)
    assert not envs.acceleration
    assert str(envs.acceleration) == "off: acceleration=False"
    assert envs.acceleration.substeps == envs.acceleration.escaped_substeps == 0
    assert envs.acceleration.escapes == {}
    assert make_batch(tuned=False).acceleration.reason == "tuned=False"
    assert make_batch(tuned=False, acceleration=True).acceleration.is_on


@pytest.mark.parametrize("wish", [1, 0, None, "yes", "AUTO", np.True_])
def test_other_wishes_are_refused(wish):
    with pytest.raises(ValueError, match=r"acceleration must be True, False or 'auto', got"):
        make_batch(acceleration=wish)


@pytest.mark.parametrize(
    ("task_id", "words"),
    [("Humanoid-v5", "not one for vector lanes"), ("Pusher-v5", "not one for vector lanes")],
)
def test_tasks_beyond_lanes(task_id, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert words in make_batch(task_id, 2).acceleration.reason
    with pytest.raises(ValueError, match="acceleration=True cannot step"):
        make_batch(task_id, 2, acceleration=True)


def test_a_model_beyond_lanes(tmp_path):
    text = Path(xml_path("hopper")).read_text(encoding="utf-8")
    path = tmp_path / "elliptic.xml"
    path.write_text(text.replace("<option", '<option cone="elliptic"'), encoding="utf-8")
    envs = make_batch(xml_file=str(path))
    assert envs.acceleration.reason == "the model's cone is not PYRAMIDAL"
    assert_steps_are_mujocos(envs, xml_file=str(path), num_steps=10)
    with pytest.raises(ValueError, match=r"elliptic\.xml.*cone"):
        make_batch(xml_file=str(path), acceleration=True)


@pytest.mark.parametrize("change", ["version", "size", "hash"])
def test_an_unknown_build_falls_back_with_one_notice(monkeypatch, change):
    version = mujoco_version()
    build = dialects.BUILDS[version]
    others = {
        "version": {},
        "size": {version: replace(build, size=build.size + 1)},
        "hash": {version: replace(build, sha256="0" * 64)},
    }
    monkeypatch.setattr(dialects, "BUILDS", others[change])
    with pytest.warns(UserWarning, match="is not one of the builds"):
        envs = make_batch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_batch("HalfCheetah-v5")
        plyo.make(TASK)
    assert not envs.acceleration
    assert "is not one of the builds" in envs.acceleration.reason
    assert_steps_are_mujocos(envs, num_steps=10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wanted = make_batch(acceleration=True)
        make_batch(acceleration=False)
    # a guess, which the comparison has confirmed
    assert wanted.acceleration.is_on
    assert_steps_are_mujocos(wanted, num_steps=10)


def test_a_difference_falls_back_and_is_named(monkeypatch):
    def other_numbers(model: Any, dialect: Any) -> dict[str, Any]:
        numbers = original(model, dialect)
        return numbers | {"timestep": float(np.nextafter(numbers["timestep"], 1))}

    original = acceleration.lane_numbers
    monkeypatch.setattr(acceleration, "lane_numbers", other_numbers)
    with pytest.warns(UserWarning, match=r"hopper\.xml like MuJoCo .*: q(pos|vel|acc)\[\d\] differs"):
        envs = make_batch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_batch()
    assert envs.acceleration.reason.startswith("it steps unlike MuJoCo: q")
    assert_steps_are_mujocos(envs, num_steps=10)


@pytest.mark.parametrize("other", [name for name in DIALECTS if name != find_dialect()])
@pytest.mark.parametrize("task_id", ["Ant-v5", "Hopper-v5", "HalfCheetah-v5"])
def test_other_dialects_are_noticed(task_id, other, monkeypatch):
    """The comparison reaches the stages in which releases differ."""
    monkeypatch.setattr(acceleration, "find_dialect", lambda: other)
    with pytest.warns(UserWarning, match="differs after"):
        envs = make_batch(task_id)
    assert not envs.acceleration
    assert_steps_are_mujocos(envs, task_id, num_steps=5)


def make_lanes_otherwise(model: Any, order: str) -> MujocoLanes:
    """Lanes that take one order of operations as other releases have it."""
    dialect = DIALECTS[find_dialect() or ""]
    other = replace(dialect, **{order: not getattr(dialect, order)})
    return MujocoLanes(numbers=lane_numbers(model, other), arrays=lane_arrays(model))


@pytest.mark.parametrize("order", [order.name for order in fields(dialects.Dialect)])
def test_each_order_is_compared(order):
    model = load("ant")
    assert find_difference(model, make_lanes_otherwise(model, order), wrap_model(model, 1))


@pytest.mark.parametrize("name", ["half_cheetah", "hopper", "walker2d", "ant", "swimmer"])
def test_starts_of_the_solver_are_compared(name):
    """Warm starts are met that are as good as none, but for rounding."""
    model = load(name)
    lanes = make_lanes_otherwise(model, "weighs_difference")
    assert find_difference(model, lanes, wrap_model(model, 1))


@pytest.mark.parametrize("name", MODELS)
def test_the_solver_starts_as_mujocos(name):
    """Without an iteration the solver's result is its start, between two of which last bits decide here."""
    model = load(name)
    model.opt.iterations = 0
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_EULER  # the others add up several
    lanes, native = make_lanes(model, find_dialect() or ""), wrap_model(model, 1)
    rng = np.random.default_rng(0)
    controls = rng.uniform(-1, 1, (400, 1, model.nu))
    starts = np.array(tied_starts(model, rng, make_trials(model).starts, controls[:, 0]))
    controls = controls[: len(starts)]
    difference, compared, _ = native.compare_lanes([lanes], starts, controls, 1, False)
    assert difference == ""
    assert compared > 30
    other = make_lanes_otherwise(model, "weighs_difference")
    assert native.compare_lanes([other], starts, controls, 1, False)[0] != ""


@pytest.mark.parametrize("part", ["limits", "floor_geoms", "motors"])
def test_each_part_is_compared(part):
    """A change in the last bits of any limit, contact or motor is found."""
    model = load("hopper")
    dialect = DIALECTS[find_dialect() or ""]
    columns = {"limits": (2, 3), "floor_geoms": (1, 4, 6), "motors": (2,)}
    native = wrap_model(model, 1)
    for row in range(len(lane_arrays(model)[part])):
        for column in columns[part]:
            arrays = lane_arrays(model)
            if arrays[part][row, column] == 0:
                continue
            arrays[part][row, column] *= 1 + 1e-13
            lanes = MujocoLanes(numbers=lane_numbers(model, dialect), arrays=arrays)
            assert find_difference(model, lanes, native), (part, row, column)


def far_reaching(monkeypatch: pytest.MonkeyPatch, *reach: float) -> None:
    """Lets lanes of Hopper escape where torso and leg, torso and foot, or thigh and foot are so many metres near."""

    def arrays(model: Any) -> dict[str, Any]:
        found = original(model)
        found["other_pairs"][:, 4] = reach
        return found  # type: ignore[no-any-return]

    original = acceleration.lane_arrays
    monkeypatch.setattr(acceleration, "lane_arrays", arrays)


def test_lanes_that_escape_at_every_step(monkeypatch):
    far_reaching(monkeypatch, 1e6, 1e6, 1e6)
    envs = make_batch()
    assert envs.acceleration.reason == "the packs left every step of the comparison to MuJoCo"
    monkeypatch.setattr(acceleration, "_compare", lambda *_: "")
    monkeypatch.setattr(acceleration, "_known", {})
    envs = make_batch()
    assert envs.acceleration.is_on
    assert_steps_are_mujocos(envs)
    assert envs.acceleration.substeps == 0
    assert envs.acceleration.escaped_substeps > 11 * 30 * 4
    assert envs.acceleration.escapes["near_pair"] * 4 == envs.acceleration.escaped_substeps


def test_lanes_that_escape_in_the_midst_of_a_step(monkeypatch):
    far_reaching(monkeypatch, 0.0, 0.94, 0.0)
    envs = make_batch()
    assert_steps_are_mujocos(envs, num_steps=60)
    now = envs.acceleration
    assert now.substeps > 100
    assert now.escapes["near_pair"] > 10
    # some of them after the first substep
    assert now.escaped_substeps < 4 * now.escapes["near_pair"]


def test_a_comparison_that_mujoco_fails_in(monkeypatch):
    """The model is stepped by MuJoCo, which may fail with it, and nobody is told of the comparison."""

    def fails(*_: Any) -> str:
        raise RuntimeError("stack overflow")

    monkeypatch.setattr(acceleration, "find_difference", fails)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = make_batch()
    assert envs.acceleration.reason == "MuJoCo fails with the model in the comparison: stack overflow"


def test_each_of_several_packs_is_compared():
    model = load("half_cheetah")
    native, trials = wrap_model(model, 1), make_trials(model)[:20]
    right = [make_lanes(model, find_dialect() or "", isa) for isa in supported_isas()]
    wrong = make_lanes_otherwise(model, "adds_in_pairs")
    arguments = trials.starts, trials.controls, SUBSTEPS, False
    difference, compared, escaped = native.compare_lanes(right, *arguments)
    assert difference == ""
    assert compared + escaped == len(right) * trials.controls.shape[0] * trials.controls.shape[1] * SUBSTEPS
    for packs in ([wrong], [*right, wrong], [wrong, *right]):
        assert "differs after" in native.compare_lanes(packs, *arguments)[0]
    assert native.compare_lanes([], *arguments) == ("", 0, 0)
    with pytest.raises(ValueError, match="lanes must be MujocoLanes, not None"):
        native.compare_lanes([None], *arguments)


def test_an_instruction_set_that_there_is_not():
    with pytest.raises(ValueError, match="isa must be an instruction set of this machine, got 'sse9'"):
        make_lanes(load("hopper"), find_dialect() or "", "sse9")


def test_tables_of_another_width_are_refused():
    model = load("hopper")
    dialect = DIALECTS[find_dialect() or ""]
    arrays = lane_arrays(model)
    arrays["limits"] = arrays["limits"][:, :-1]
    with pytest.raises(ValueError, match="limits must have 13 columns"):
        MujocoLanes(numbers=lane_numbers(model, dialect), arrays=arrays)
    lanes, native = make_lanes(model, find_dialect() or ""), wrap_model(model, 1)
    with pytest.raises(ValueError, match="starts must be"):
        native.compare_lanes([lanes], np.zeros((2, 5)), np.zeros((2, 1, model.nu)), 1, False)
