"""The time callback of MuJoCo is silenced while somebody wants that, and a user's own is left alone."""

import ctypes

import mujoco
import pytest

from plyo.mujoco.clock import Clock
from plyo.mujoco.library import load_library

TimeFunction = ctypes.CFUNCTYPE(ctypes.c_double)
NO_OP = TimeFunction(lambda: 0.0)
OTHER = TimeFunction(lambda: 1.0)


def address(function):
    return ctypes.cast(function, ctypes.c_void_p).value


@pytest.fixture
def callback():
    """The pointer in the library, put back afterwards."""
    pointer = ctypes.c_void_p.in_dll(load_library(), "mjcb_time")
    mujoco.set_mjcb_time(None)
    mujoco.MjData(
        mujoco.MjModel.from_xml_string("<mujoco/>")
    )  # which sets the clock, where the import has not
    before = pointer.value
    assert before
    yield pointer
    mujoco.set_mjcb_time(None)
    pointer.value = before


def test_the_clock_is_silent_until_the_last_holder_gives_it_back(callback):
    before = callback.value
    silent = address(NO_OP)
    clock = Clock()
    assert clock.silence(address(NO_OP))
    assert callback.value == silent
    assert clock.silence(address(OTHER))  # the first one's function stays
    clock.give_back()
    assert callback.value == silent
    clock.give_back()
    assert callback.value == before
    assert clock.silence(address(OTHER))
    assert callback.value == address(OTHER)
    clock.give_back()
    assert callback.value == before


def test_a_silent_clock_measures_nothing(callback):
    model = mujoco.MjModel.from_xml_string("<mujoco/>")
    data = mujoco.MjData(model)
    timer = int(mujoco.mjtTimer.mjTIMER_STEP)
    mujoco.mj_step(model, data)
    assert data.timer[timer].duration > 0
    data = mujoco.MjData(model)
    clock = Clock()
    assert clock.silence(address(NO_OP))
    mujoco.mj_step(model, data)
    clock.give_back()
    assert data.timer[timer].duration == 0


@pytest.mark.parametrize("kind", ["python", "ctypes", "pointer"])
def test_a_callback_of_the_user_stays(callback, kind):
    if kind == "pointer":
        callback.value = address(OTHER)
    else:
        mujoco.set_mjcb_time((lambda: 3.0) if kind == "python" else OTHER)
    users = callback.value
    clock = Clock()
    assert not clock.silence(address(NO_OP))
    assert callback.value == users
    clock.give_back()
    assert callback.value == users


def test_a_callback_that_the_user_sets_meanwhile_stays(callback):
    clock = Clock()
    clock.silence(address(NO_OP))
    mujoco.set_mjcb_time(lambda: 3.0)
    users = callback.value
    assert not clock.silence(address(NO_OP))
    clock.give_back()
    clock.give_back()
    assert callback.value == users


def test_a_clock_that_came_back_meanwhile_is_silenced_again(callback):
    before = callback.value
    clock = Clock()
    clock.silence(address(NO_OP))
    callback.value = before
    assert clock.silence(address(NO_OP))
    assert callback.value == address(NO_OP)
    clock.give_back()
    clock.give_back()
    assert callback.value == before


def test_a_clock_that_is_not_set_yet_is_silenced_too(callback):
    before = callback.value
    callback.value = None  # as older releases are until the first MjData
    clock = Clock()
    assert clock.silence(address(NO_OP))
    mujoco.MjData(mujoco.MjModel.from_xml_string("<mujoco/>"))
    assert callback.value in (address(NO_OP), None)  # newer ones do not set it again
    clock.give_back()
    assert callback.value in (before, None)


def test_giving_back_too_often_is_an_error(callback):
    before = callback.value
    clock = Clock()
    clock.silence(address(NO_OP))
    clock.give_back()
    with pytest.raises(ValueError, match="more often than it was silenced"):
        clock.give_back()
    assert callback.value == before
