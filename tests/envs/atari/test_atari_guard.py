"""The checks before anything reaches ale-py: legal values come back as they are used, others are named in an error."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import threading
from functools import partial
from typing import Any

import ale_py
import gymnasium
import numpy as np
import pytest

from plyo._native import CallGuard
from plyo.envs.atari import guard, loading
from plyo.error import ClosedEnvironmentError, DependencyNotInstalled, Error, InvalidAction, ResetNeeded

NAN, INF = float("nan"), float("inf")
#: A check, and what it makes of its arguments.
LEGAL = [
    (guard.check_game, ("up_n_down",), "up_n_down"),
    (guard.check_mode, ("air_raid", 8), 8),
    (guard.check_mode, ("air_raid", None), None),
    (guard.check_mode, ("video_cube", np.uint8(2)), 2),
    (guard.check_difficulty, ("amidar", np.int64(3)), 3),
    (guard.check_difficulty, ("amidar", None), None),
    (guard.check_obs_type, ("ram",), "ram"),
    (guard.check_render_mode, (None,), None),
    (guard.check_render_mode, ("human",), "human"),
    (guard.check_frameskip, (np.int64(4),), 4),
    (guard.check_frameskip, ((np.int32(2), 5),), (2, 5)),
    (guard.check_fraction, ("p", 0), 0.0),
    (guard.check_fraction, ("p", np.float32(1)), 1.0),
    (guard.check_flag, ("flag", np.bool_(True)), True),
    (guard.check_frame_limit, (None,), None),
    (guard.check_frame_limit, (0,), 0),
    (guard.check_count, ("noop_max", np.uint8(30)), 30),
    (guard.check_count, ("num_envs", 1), 1),
    (guard.check_action, (np.int8(5), 6), 5),
    (guard.check_action, (np.array(0), 6), 0),
    (guard.check_action, (True, 6), 1),
    (guard.check_actions, ([0, 5], 2, 6), [0, 5]),
    (guard.check_actions, (np.array([True, False]), 2, 6), [1, 0]),
    (guard.check_actions, (np.array([3], np.uint64), 1, 6), [3]),
    (guard.signed, (np.uint32(5),), 5),
    (guard.signed, (np.uint32(2**32 - 5),), -5),
]
#: A check, arguments that it refuses, the type of the error, and what its text has.
REFUSED = [
    (guard.check_game, (3,), TypeError, "got 3"),
    (guard.check_game, ("SpaceInvaders",), ValueError, "got 'SpaceInvaders'. Did you mean 'space_invaders'?"),
    (guard.check_game, ("poong",), ValueError, "Did you mean 'pong'?"),
    (guard.check_game, ("pong.bin",), ValueError, "got 'pong.bin'"),
    (guard.check_game, ("",), ValueError, "got ''"),
    (guard.check_options, (3,), TypeError, "a dictionary or None, got 3"),
    (guard.check_options, ([],), TypeError, "got []"),
    (guard.check_mode, ("air_raid", 0), RuntimeError, "[1, 2, 3, 4, 5, 6, 7, 8] or None, got 0"),
    (guard.check_mode, ("air_raid", -1), ValueError, "got -1"),
    (guard.check_mode, ("air_raid", 2**70), ValueError, "got 1180591620717411303424"),
    (guard.check_mode, ("air_raid", 1.0), TypeError, "got 1.0"),
    (guard.check_mode, ("air_raid", True), TypeError, "got True"),
    (guard.check_difficulty, ("amidar", 1), guard.IllegalSetting, "difficulty of amidar must be one of [0, 3]"),
    (guard.check_difficulty, ("amidar", "0"), TypeError, "got '0'"),
    (guard.check_obs_type, ("gray",), Error, "Invalid observation type: gray."),
    (guard.check_obs_type, ([],), Error, "Invalid observation type: []."),
    (guard.check_render_mode, ("ansi",), Error, "Render mode ansi not supported"),
    (guard.check_render_mode, ({},), Error, "Render mode {} not supported"),
    (guard.check_frameskip, (0,), Error, "Invalid frameskip of 0, frameskip must be positive."),
    (guard.check_frameskip, (2**40,), Error, "at most 2147483647"),
    (guard.check_frameskip, (4.0,), Error, "Invalid frameskip type: <class 'float'>."),
    (guard.check_frameskip, (True,), Error, "Invalid frameskip type: <class 'bool'>."),
    (guard.check_frameskip, ([2, 5],), Error, "Invalid frameskip type: <class 'list'>."),
    (guard.check_frameskip, ((2,),), Error, "length of 1"),
    (guard.check_frameskip, ((5, 5),), Error, "strictly less"),
    (guard.check_frameskip, ((0, 5),), Error, "must be positive"),
    (guard.check_frameskip, ((2.0, 5.0),), Error, "must be integers"),
    (guard.check_frameskip, ((2, 2**40),), Error, "at most 2147483647"),
    (guard.check_fraction, ("p", 1.1), ValueError, "p must be from 0 to 1, got 1.1"),
    (guard.check_fraction, ("p", -0.1), ValueError, "got -0.1"),
    (guard.check_fraction, ("p", NAN), ValueError, "got nan"),
    (guard.check_fraction, ("p", "0.5"), TypeError, "got '0.5'"),
    (guard.check_fraction, ("p", None), TypeError, "got None"),
    (guard.check_flag, ("flag", 1), TypeError, "flag must be True or False, got 1"),
    (guard.check_flag, ("flag", "yes"), TypeError, "got 'yes'"),
    (guard.check_frame_limit, (-1,), ValueError, "from 0 to 2147483647 or None, got -1"),
    (guard.check_frame_limit, (2**31,), ValueError, "got 2147483648"),
    (guard.check_frame_limit, (10.0,), TypeError, "got 10.0"),
    *((guard.check_count, (name, low - 1), ValueError, f"{name} must be an integer from {low} to {high}")
      for name, (low, high) in guard.RANGES.items()),
    *((guard.check_count, (name, high + 1), ValueError, f"got {high + 1}")
      for name, (_, high) in guard.RANGES.items()),
    *((guard.check_count, (name, bad), TypeError, f"got {bad!r}")
      for name in guard.RANGES for bad in (1.0, "1", None, True)),
    (guard.check_memory, (64, (4, 2**31, 2**31)), MemoryError, "64 environments, uint8 (4, 2147483648, 2147483648)"),
    (guard.check_action, (6, 6), IndexError, "action 6 is out of range: legal actions are 0 to 5"),
    (guard.check_action, (-1, 6), InvalidAction, "action -1 is out of range"),
    (guard.check_action, (2**70, 6, 3), ValueError, "out of range for environment 3"),
    (guard.check_action, (1.0, 6), TypeError, "1.0 (<class 'float'>) invalid: an action is an integer from 0 to 5"),
    (guard.check_action, (None, 6), InvalidAction, "None"),
    (guard.check_action, (np.array([1, 2]), 6), InvalidAction, "array([1, 2])"),
    (guard.check_actions, ([0, 6], 2, 6), IndexError, "action 6 is out of range for environment 1"),
    (guard.check_actions, ([-1, 0], 2, 6), IndexError, "action -1 is out of range for environment 0"),
    (guard.check_actions, (np.array([0, 2**63], np.uint64), 2, 6), IndexError, "for environment 1"),
    (guard.check_actions, ([0.0, 1.0], 2, 6), TypeError, "got dtype float64"),
    (guard.check_actions, ([0, None], 2, 6), TypeError, "got dtype object"),
    (guard.check_actions, ([0], 2, 6), InvalidAction, "of shape (2,), got shape (1,)"),
    (guard.check_actions, (0, 2, 6), InvalidAction, "got shape ()"),
    (guard.check_motion, ([0.0, 0.0],), InvalidAction, "got shape (2,)"),
    (guard.check_motion, ([[0.0], [0.0, 1.0]],), TypeError, "invalid"),
    (guard.check_motion, (["a", "b", "c"], 2), TypeError, "for environment 2"),
    (guard.check_motion, ([1.5, 0.0, 0.0],), InvalidAction, "the radius must be from 0 to 1"),
    (guard.check_motion, ([-0.5, 0.0, 0.0],), InvalidAction, "[-0.5, 0.0, 0.0] is illegal"),
    (guard.check_motion, ([0.5, NAN, 0.0],), InvalidAction, "nan"),
    (guard.check_motion, ([NAN, 0.0, 0.0],), InvalidAction, "nan"),
    (guard.check_motion, ([0.5, 0.0, INF],), InvalidAction, "inf"),
    (guard.check_motion, ([0.5, 1e300, 0.0],), InvalidAction, "inf"),  # not finite as float32
    (guard.check_motions, ([[0, 0, 0], [0, INF, 0]], 2), InvalidAction, "illegal for environment 1"),
    (guard.check_motions, ([[0, 0, 0]], 2), InvalidAction, "of shape (2, 3), got shape (1, 3)"),
    (guard.seed_words, (-1,), Error, "Seed must be greater or equal to zero, actual value: -1"),
    (guard.seed_words, (1.0, 4), Error, "actual type: <class 'float'> for environment 4"),
    (guard.check_native_seeds, ([0, -1],), Error, "actual value: -1 for environment 1"),
    (guard.check_native_seeds, ([None, 2**31],), ValueError, "2147483648 of environment 1 is out of range"),
    (guard.check_order, ("AtariEnv", "step", True, True), ClosedEnvironmentError, "`AtariEnv`"),
    (guard.check_order, ("AtariEnv", "step", False, False), ResetNeeded, "env.step()"),
    (guard.check_none_ended, (np.array([False, True]),), ResetNeeded, "the episode of environment 1 has ended"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "arguments", "expected"), LEGAL)
def test_legal_values(check, arguments, expected):
    got = check(*arguments)
    assert (got, type(got)) == (expected, type(expected))


@pytest.mark.parametrize(("check", "arguments", "kind", "text"), REFUSED)
def test_refused_values(check, arguments, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        check(*arguments)


def test_texts_are_those_of_gymnasium():
    cases = {
        "obs_type": "gray", "render_mode": "ansi", "frameskip": (4.0, 0, (2,), (5, 5), (0, 5)),
    }  # fmt: skip
    checks = {
        "obs_type": guard.check_obs_type, "render_mode": guard.check_render_mode,
        "frameskip": guard.check_frameskip,
    }  # fmt: skip
    for name, bad in cases.items():
        for value in bad if isinstance(bad, tuple) else (bad,):
            with pytest.raises(gymnasium.error.Error) as theirs:
                ale_py.AtariEnv("pong", **{name: value})
            with pytest.raises(Error, match=f"^{re.escape(str(theirs.value))}$"):
                checks[name](value)


def test_motions():
    motions = guard.check_motions([[1, 4.0, 0], [0.5, -3.0, 1]], 2)
    assert (motions.dtype, motions.shape) == (np.float32, (2, 3))
    given = np.array([1.0, 0.5, 0.25], np.float32)
    assert (guard.check_motion(given) == given).all()


def test_seed_words_are_those_of_ale_py():
    env = ale_py.AtariEnv("pong")
    for seed in (2**40, np.int64(7)):
        assert guard.seed_words(seed) == env.reset(seed=int(seed))[1]["seeds"]
    assert guard.seed_words(None) != guard.seed_words(None)
    guard.check_native_seeds([None, 0, 2**31 - 1])


def test_one_caller_at_a_time():
    usage = CallGuard("the batch")
    refused = []

    def call() -> None:
        try:
            with usage("step"):
                pass
        except RuntimeError as e:
            refused.append(str(e))

    with usage("reset"):
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    assert refused == [
        "cannot call step(): the batch is in use by another call; give each thread its own, or take turns"
    ]
    call()
    assert len(refused) == 1
    with pytest.raises(KeyError), usage("step"):
        raise KeyError
    call()
    assert len(refused) == 1


def test_other_process():
    usage, survivor = CallGuard("the batch"), CallGuard("the environment", survives_fork=True)
    with survivor("step"):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with survivor("step"):
                    pass
                with usage("step"):
                    pass
            except RuntimeError as e:
                code = 0 if "the batch was made in another process" in str(e) else 2
            finally:
                os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _fail_after_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)
    raise KeyError


def test_ctrl_c_waits_for_the_end_of_a_call():
    heard: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        usage = CallGuard("the batch", defers=True)
        with usage("step") as call:
            assert not call.was_asked
            signal.raise_signal(signal.SIGINT)
            assert call.was_asked
            assert not heard
        assert [(number, frame is not None) for number, frame in heard] == [(signal.SIGINT, True)]
        with usage("step") as call:
            assert not call.was_asked, "the call before was"
        with pytest.raises(KeyError), usage("step"):
            _fail_after_ctrl_c()
        assert len(heard) == 2
        with CallGuard("the environment")("step"):
            signal.raise_signal(signal.SIGINT)
            assert len(heard) == 3
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with usage("step") as call:
            signal.raise_signal(signal.SIGINT)
            assert not call.was_asked
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt), usage("step"):
            signal.raise_signal(signal.SIGINT)
        with usage("step"):
            pass
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_of_no_concern_to_other_threads():
    before, seen = signal.getsignal(signal.SIGINT), []
    usage = CallGuard("the batch", defers=True)

    def call() -> None:
        with usage("step"):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert seen == [before]


class Alarm(Exception):
    pass


def test_an_exception_of_another_handler_does_not_keep_ctrl_c_away():
    def ring(number: int, frame: Any) -> None:
        raise Alarm

    before = signal.getsignal(signal.SIGINT)
    heard = signal.signal(signal.SIGUSR1, ring)
    try:
        usage = CallGuard("the batch", defers=True)
        usage("step").__enter__()
        assert signal.getsignal(signal.SIGINT) is not before
        # without a step of the interpreter between them, which would run the handler, as `os.kill` does too
        kill = ctypes.CDLL(None).kill
        calls = partial(kill, os.getpid(), int(signal.SIGUSR1)), partial(usage.__exit__, None, None, None)
        with pytest.raises(Alarm):
            list(map(partial.__call__, calls))
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGUSR1, heard)


def test_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ale_py", None)
    for call in (loading.load_ale, loading.rom_path):
        with pytest.raises(
            DependencyNotInstalled, match=r"the game pong needs ale-py.*`pip install ale-py`.*plyo\[atari\]"
        ):
            call("pong")
    with pytest.raises(DependencyNotInstalled, match="an Atari game needs ale-py"):
        loading.load_ale()


WARNED = {
    "0.12.1": False, "0.12.9": False, "0.12.0": True, "0.13.0": True, "0.13rc1": True, "1": True, "0.12": True,
}  # fmt: skip


@pytest.mark.parametrize(("version", "warns"), WARNED.items())
def test_versions(version, warns, monkeypatch):
    said = []
    monkeypatch.setattr(loading.logger, "warn", said.append)
    loading._warn_of_version.__wrapped__(version)
    assert [f"ale-py {version} is installed" in text for text in said] == [True] * warns


def test_other_folders(monkeypatch, tmp_path, capsys):
    own = loading.rom_path("pong")
    monkeypatch.setenv("ALE_ROMS_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=re.escape(f"there is no {tmp_path / 'pong.bin'}")):
        loading.rom_path("pong")
    (tmp_path / "pong.bin").write_bytes(own.read_bytes())
    assert loading.rom_path("pong") == tmp_path / "pong.bin"
    (tmp_path / "pong.bin").write_bytes(own.read_bytes() + b"!")
    with pytest.raises(OSError, match=r"The hash of pong\.bin does not match"):
        loading.rom_path("pong")
    assert capsys.readouterr() == ("", "")
