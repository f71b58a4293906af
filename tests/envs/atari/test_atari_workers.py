"""Worker processes of Atari lanes: the same bits, and what happens when one dies, or when a process is forked."""

from __future__ import annotations

import gc
import os
import signal
import threading
from dataclasses import dataclass

import numpy as np
import pytest
from atari_batch_helpers import IS_LONG, assert_same, episodes, play

from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.error import ClosedEnvironmentError, WorkerDiedError


@dataclass
class Interrupt:
    """What tells engines of Ctrl-C."""

    was_asked: bool = False


def processes_of(envs: AtariVectorEnv) -> list:
    return list(envs._engine._workers._processes)


def test_workers_play_the_same():
    options = {"repeat_action_probability": 0.25, "autoreset_mode": "same_step", "max_episode_steps": 30}
    alone = episodes("breakout", 2, 60, engine="lanes", **options)
    assert_same(episodes("breakout", 2, 60, num_workers=2, **options), alone)


#: With PLYO_ATARI_SOAK=1 all 2000 steps; else those that take half a minute for all games.
STEPS = 2000 if IS_LONG else 300


@pytest.mark.slow
@pytest.mark.parametrize(
    "game", ["pong", "breakout", "space_invaders", "montezuma_revenge", "seaquest", "ms_pacman"]
)
def test_workers_play_the_same_as_threads(game):
    options = {"repeat_action_probability": 0.25, "episodic_life": True}
    threads = episodes(game, 2, STEPS, num_threads=2, **options)
    assert_same(episodes(game, 2, STEPS, num_workers=2, **options), threads)


@pytest.mark.slow
def test_workers_have_snapshots_memory_and_pictures():
    envs = AtariVectorEnv("pong", 3, num_workers=5, render_mode="rgb_array", repeat_action_probability=0.25)
    alone = AtariVectorEnv("pong", 3, engine="lanes", render_mode="rgb_array", repeat_action_probability=0.25)
    assert len(processes_of(envs)) == 3
    envs.reset(seed=0)
    play(envs, 10)
    alone.set_state(envs.get_state())
    assert_same(alone.get_ram(), envs.get_ram())
    assert_same(alone.render(), envs.render())
    assert_same(play(alone, 10), play(envs, 10))
    envs.close()


def test_a_dead_worker_is_reported_by_its_lanes():
    envs = AtariVectorEnv("pong", 3, num_workers=2)
    envs.reset(seed=0)
    processes = processes_of(envs)
    processes[1].kill()
    processes[1].wait()
    for _ in range(2):
        with pytest.raises(WorkerDiedError, match="environments 1 to 2 was killed by signal 9"):
            play(envs, 3)
    assert all(process.poll() is not None for process in processes)
    envs.close()


def test_workers_end_with_their_batch():
    envs = AtariVectorEnv("pong", 1, num_workers=1)
    envs.reset(seed=0)
    (process,) = processes_of(envs)
    envs.close()
    envs.close()
    assert process.wait(10) == 0
    with pytest.raises(ClosedEnvironmentError):
        envs.step([0])
    forgotten = AtariVectorEnv("pong", 1, num_workers=1)
    (process,) = processes_of(forgotten)
    del forgotten
    gc.collect()
    # it is killed if it was still starting
    assert process.wait(10) in (0, -signal.SIGKILL)


@pytest.mark.slow
def test_errors_of_workers_come_back_and_the_batch_goes_on():
    envs = AtariVectorEnv("pong", 2, num_workers=2)
    envs.reset(seed=0)
    with pytest.raises(AttributeError, match="nothing"):
        envs._look("nothing", "nothing")
    play(envs, 2)
    # both have an error in a step, of which one is raised
    with pytest.raises(IndexError, match="no such action"):
        envs._engine.step([99, 99], [1.0, 1.0], Interrupt())
    alone = AtariVectorEnv("pong", 2, engine="lanes")
    assert_same(envs.reset(seed=3), alone.reset(seed=3))
    assert_same(play(envs, 4), play(alone, 4))
    envs.close()


@pytest.mark.slow
def test_ctrl_c_ends_a_wait_for_a_step_that_does_not_end():
    """The next call waits for the rest of the step."""
    envs, alone = AtariVectorEnv("pong", 2, num_workers=2), AtariVectorEnv("pong", 2, engine="lanes")
    envs.reset(seed=0), alone.reset(seed=0)
    process = processes_of(envs)[0]
    process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(KeyboardInterrupt):
            envs._engine.step([0, 0], [1.0, 1.0], Interrupt(was_asked=True))
    finally:
        process.send_signal(signal.SIGCONT)
    envs._engine.step([0, 0], [1.0, 1.0], Interrupt())
    alone.step([0, 0]), alone.step([0, 0])
    assert_same(play(envs, 4), play(alone, 4))
    envs.close()


@pytest.mark.parametrize(
    "options", [pytest.param({}, marks=pytest.mark.slow), {"engine": "lanes"}, {"num_workers": 1}]
)
def test_ctrl_c_leaves_the_batch_usable(options):
    """A step that Ctrl-C hits is played to its end, and Ctrl-C is not lost."""
    envs, other = (AtariVectorEnv("pong", 1, **options) for _ in range(2))
    envs.reset(seed=0), other.reset(seed=0)
    hits = 0
    for _ in range(8):
        timer = threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGINT))
        try:
            timer.start()
            while True:
                envs.step([2])
        except KeyboardInterrupt:
            hits += 1
        timer.join()
    assert hits == 8
    # no reset is needed
    envs.step([2])
    _, infos = envs.reset(seed=5)
    _, expected = other.reset(seed=5)
    assert infos["episode_frame_number"] == expected["episode_frame_number"]
    assert_same(play(envs, 5), play(other, 5))
    envs.close()
    other.close()


def test_a_forked_child_is_refused_and_harms_nothing():
    for options in ({}, {"num_workers": 1}):
        envs = AtariVectorEnv("pong", 1, **options)
        envs.reset(seed=0)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                envs.step([0])
            except RuntimeError as e:
                code = 0 if "another process" in str(e) else 2
            finally:
                envs.close()
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        play(envs, 3)
        envs.close()


def test_two_callers_at_once_are_refused():
    envs = AtariVectorEnv("pong", 1, engine="lanes")
    envs.reset(seed=0)
    errors: list[Exception] = []
    with envs._usage("step"):

        def step() -> None:
            try:
                envs.step([0])
            except RuntimeError as e:
                errors.append(e)

        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert "in use" in str(errors[0])
    np.testing.assert_array_equal(envs.step([0])[1], [0.0])
