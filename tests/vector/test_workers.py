"""Worker processes that fail, die, hang or are forgotten: nothing is left of them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vector_envs import assert_same_results, rich_fns, run, troubled_fns

import plyo
from plyo.error import WorkerDiedError

AsyncVectorEnv = plyo.vector.AsyncVectorEnv


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def left_behind() -> list[str]:
    """Shared memory with a name, and processes."""
    named = {path.name for path in Path("/dev/shm").iterdir() if f"-{os.getpid()}-" in path.name}
    return [*sorted(named), *(process.name for process in multiprocessing.active_children())]


@pytest.fixture(autouse=True)
def nothing_remains():
    """Every test leaves the processes, the shared memory and, except for one arena, the descriptors as they were."""
    before = descriptors()
    yield
    gc.collect()
    assert left_behind() == []
    assert descriptors() <= before + 2


# Failing


@pytest.mark.parametrize(("call", "shared_memory"), [("reset", True), ("step", False), ("call", True)])
def test_a_killed_worker_is_reported_while_others_work(call, shared_memory):
    envs = AsyncVectorEnv(
        troubled_fns("", "", f"sleep {call}", seconds=20.0), shared_memory=shared_memory, max_concurrency=2
    )
    if call == "step":
        envs.reset()
        envs.step_async(np.arange(3))
    else:
        envs.reset_async() if call == "reset" else envs.call_async("work")
    time.sleep(0.1)
    os.kill(envs.processes[1].pid, signal.SIGKILL)
    killed = time.monotonic()
    with pytest.raises(WorkerDiedError, match=r"environment 1 was killed by signal 9 \(SIGKILL\)"):
        getattr(envs, f"{call}_wait")()
    assert time.monotonic() - killed < 1.0
    for again in (envs.reset, lambda: envs.get_attr("count"), lambda: envs.set_attr("count", 1)):
        with pytest.raises(WorkerDiedError, match="The worker of environment 1 has stopped"):
            again()
    envs.close(terminate=True)


def test_a_worker_killed_in_between_is_reported_at_once():
    for call in (lambda e: e.reset(), lambda e: e.step([0, 0]), lambda e: e.get_attr("count")):
        envs = AsyncVectorEnv(troubled_fns("", ""))
        envs.reset()
        os.kill(envs.processes[0].pid, signal.SIGKILL)
        envs.processes[0].join()
        with pytest.raises((EOFError, ConnectionError), match="environment 0 was killed"):
            call(envs)
        envs.close()


def test_a_worker_that_ends_itself():
    envs = AsyncVectorEnv(troubled_fns("", "exit step"))
    envs.reset()
    with pytest.raises(WorkerDiedError, match="environment 1 has ended with exit code 3"):
        envs.step([0, 0])
    envs.close()


def test_a_killed_worker_gives_its_permit_back():
    envs = AsyncVectorEnv(troubled_fns("", "sleep step", "", seconds=20.0), max_concurrency=1)
    envs.reset()
    envs.step_async([0, 0, 0])
    time.sleep(0.1)
    os.kill(envs.processes[1].pid, signal.SIGKILL)
    with pytest.raises(WorkerDiedError):
        envs.step_wait()
    start = time.monotonic()
    envs.close()  # asks the others to close, which they do after their step
    assert time.monotonic() - start < 5.0
    assert [process.exitcode for process in envs.processes] == [0, -signal.SIGKILL, 0]


@pytest.mark.parametrize("place", ["init", "reset", "step", "call"])
def test_an_exception_names_the_environment(place, recwarn):
    with pytest.raises(ValueError, match=r"^trouble in ") as caught:  # noqa: PT012 - each place has its call
        envs = AsyncVectorEnv(troubled_fns("", f"raise {place}"))
        envs.reset()
        envs.step([0, 0])
        envs.call("work")
    assert any("from Worker-1 - Shutting it down" in str(warning.message) for warning in recwarn)
    assert "in the worker of environment 1:\nTraceback" in str(caught.value.__cause__)
    assert f'self._act("{place}")' in str(caught.value.__cause__)
    if place != "init":
        with pytest.raises(WorkerDiedError, match="The worker of environment 1 has stopped after an error"):
            envs.reset()
        envs.close()


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize(
    ("trouble", "kind", "text"),
    [
        ("odd", "OddError", "a and b"),
        ("local", "RuntimeError", "Local: hidden class"),
        ("percent", "ValueError", "%d"),
    ],
)
def test_exceptions_that_are_hard_to_send(trouble, kind, text):
    envs = AsyncVectorEnv(troubled_fns(f"{trouble} step"))
    envs.reset()
    with pytest.raises(Exception, match=text) as caught:
        envs.step([0])
    assert kind in type(caught.value).__name__ or kind in str(caught.value)
    envs.close()


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_construction_that_fails_half_way():
    for troubles in (("", "", "raise init"), ("", "exit init")):
        with pytest.raises((ValueError, WorkerDiedError)):
            AsyncVectorEnv(troubled_fns(*troubles))
        assert left_behind() == []
    # with `spawn` the third function fails on its way to the process
    with pytest.raises((TypeError, ValueError, AttributeError)):
        AsyncVectorEnv([*troubled_fns("", ""), Unpicklable()], context="spawn")
    # spaces that do not fit: all workers run already
    with pytest.raises(RuntimeError, match="not equivalent"):
        AsyncVectorEnv([*troubled_fns(""), *rich_fns("plyo", "box", 1)])


class Unpicklable:
    """A function that makes no environment elsewhere."""

    def __call__(self) -> Any:
        return troubled_fns("")[0]()

    def __reduce__(self) -> Any:
        raise TypeError("cannot be pickled")


# Waiting


def test_results_that_came_too_late_are_dropped():
    envs = AsyncVectorEnv(troubled_fns("", "sleep step", seconds=0.2))
    envs.reset()
    for action in (3, 4):
        envs.step_async([action, action])
        with pytest.raises(multiprocessing.TimeoutError):
            envs.step_wait(timeout=0.01)
    observations, rewards, *_ = envs.step(np.array([5, 7]))
    assert rewards.tolist() == [5.0, 7.0]
    assert observations.tolist() == [[3, 5], [3, 7]]
    assert envs.get_attr("count") == (3, 3)
    envs.close()


def test_an_interrupted_wait_can_be_resumed():
    envs = AsyncVectorEnv(troubled_fns("", "sleep step", "", seconds=0.5))
    envs.reset()
    envs.step_async([1, 2, 3])
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    with pytest.raises(KeyboardInterrupt):
        envs.step_wait()
    assert envs.step_wait()[1].tolist() == [1.0, 2.0, 3.0]
    assert envs.step([4, 5, 6])[1].tolist() == [4.0, 5.0, 6.0]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    envs.close()


def test_an_interrupted_request_is_completed_later():
    """Half of a large message is on its way to a worker that does not read."""
    envs = AsyncVectorEnv(troubled_fns("sleep step", seconds=0.6))
    envs.reset()
    envs.step_async([0])
    with pytest.raises(multiprocessing.TimeoutError):
        envs.step_wait(timeout=0)
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    with pytest.raises(KeyboardInterrupt):
        envs.set_attr("data", np.arange(1_000_000))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    assert np.array_equal(envs.get_attr("data")[0], np.arange(1_000_000))
    envs.close()


def test_at_most_so_many_at_the_same_time():
    for limit, least in ((1, 0.9), (None, 0.0)):
        envs = AsyncVectorEnv(troubled_fns(*["sleep step"] * 3, seconds=0.3), max_concurrency=limit)
        envs.reset()
        start = time.monotonic()
        envs.step([0, 0, 0])
        took = time.monotonic() - start
        assert took >= least
        if limit is None:
            assert took < 0.9
        envs.close()


def test_large_messages():
    """Larger than the buffer of a pipe, in both directions."""
    big = np.arange(300_000)
    envs = AsyncVectorEnv(troubled_fns("", ""))
    envs.set_attr("data", big)
    assert all((data == big).all() for data in envs.get_attr("data"))
    envs.close()


# Closing


def test_close_waits_for_what_is_under_way():
    envs = AsyncVectorEnv(troubled_fns("", "sleep step", seconds=0.2))
    envs.reset()
    envs.step_async([0, 0])
    with pytest.warns(UserWarning, match="while waiting for a pending call to `step`"):
        envs.close()
    assert [process.exitcode for process in envs.processes] == [0, 0]


@pytest.mark.filterwarnings("ignore:.*pending call:UserWarning")
@pytest.mark.parametrize("kwargs", [{"timeout": 0.2}, {"terminate": True}])
@pytest.mark.parametrize("place", ["step", "close"])
def test_close_ends_workers_that_hang(kwargs, place):
    envs = AsyncVectorEnv(troubled_fns("", f"sleep {place}", seconds=30.0))
    envs.reset()
    if place == "step":
        envs.step_async([0, 0])
    processes = envs.processes
    start = time.monotonic()
    envs.close(**kwargs)
    assert time.monotonic() - start < 3.0
    assert not any(process.is_alive() for process in processes)
    assert envs.closed


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_close_frees_everything_when_the_pending_call_fails():
    for trouble, kind in (("raise step", ValueError), ("exit step", WorkerDiedError)):
        envs = AsyncVectorEnv(troubled_fns("", trouble))
        envs.reset()
        envs.step_async([0, 0])
        with pytest.raises(kind):
            envs.close()
        assert envs.closed
        assert left_behind() == []
        envs.close()


def test_workers_of_a_forgotten_batch_end():
    envs = AsyncVectorEnv(troubled_fns("", ""))
    envs.reset()
    processes = envs.processes
    del envs
    gc.collect()
    assert [process.exitcode for process in processes] == [0, 0]


def cycle(cycles: int) -> None:
    """Makes and closes batches; after the first, the number of descriptors stays."""
    counts = set()
    for i in range(cycles):
        envs = AsyncVectorEnv(troubled_fns("", ""), shared_memory=bool(i % 2), max_concurrency=1)
        envs.reset(seed=i)
        envs.step([1, 2])
        if i % 3:
            envs.close(terminate=i % 3 == 2)
        del envs
        if i > 1:
            counts.add(descriptors())
            assert left_behind() == []
    assert len(counts) == 1


def test_twenty_batches_leave_nothing():
    cycle(20)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_thousand_batches_leave_nothing():
    cycle(1000)


# Ways to start processes


@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
def test_contexts(context):
    envs = AsyncVectorEnv(rich_fns("plyo", "dict", 2), context=context, max_concurrency=1)
    expected = run(plyo.vector.SyncVectorEnv(rich_fns("plyo", "dict", 2)), 6, reset_again=False)
    assert_same_results(run(envs, 6, reset_again=False), expected)
    os.kill(envs.processes[1].pid, signal.SIGKILL)
    with pytest.raises(WorkerDiedError, match="environment 1 was killed"):
        envs.get_attr("steps")
    envs.close()
    if context != "fork":  # Python's helpers, which stay for the next batch and warn of leftovers
        forkserver._forkserver._stop()
        resource_tracker._resource_tracker._stop()


def test_workers_that_are_no_daemons():
    envs = AsyncVectorEnv(troubled_fns(""), daemon=False)
    assert envs.processes[0].daemon is False
    assert envs.processes[0].name == "Worker<AsyncVectorEnv>-0"
    envs.close()


def simple_worker(index, env_fn, pipe, parent_pipe, shared_memory, error_queue, autoreset_mode, semaphore):
    """A worker as users write it, which knows a command of its own and never resets by itself."""
    env = env_fn()
    parent_pipe.close()
    while True:
        command, data = pipe.recv()
        if command == "close":
            pipe.send((None, True))
            break
        if command == "_check_spaces":
            pipe.send(((data[1] == env.observation_space, data[2] == env.action_space), True))
        elif command == "reset":
            observation, info = env.reset(**data)
            plyo.vector.utils.write_to_shared_memory(env.observation_space, index, observation, shared_memory)
            pipe.send(((None, info), True))
        elif command == "step":
            if data == 99:
                error_queue.put((index, KeyError, "no such action", "the traceback"))
                pipe.send((None, False))
                break
            observation, *rest = env.step(data)
            plyo.vector.utils.write_to_shared_memory(env.observation_space, index, observation, shared_memory)
            pipe.send(((None, *rest), True))
        elif command == "mode":
            pipe.send(((index, autoreset_mode.name, semaphore is None, data), True))
    env.close()


def test_custom_workers(recwarn):
    envs = AsyncVectorEnv(troubled_fns("", ""), worker=simple_worker, autoreset_mode="Disabled")
    assert envs.reset(seed=1)[0].tolist() == [[0, 0], [0, 0]]
    assert envs.step(np.array([3, 14]))[0].tolist() == [[1, 3], [1, 4]]
    for pipe in envs.parent_pipes:
        pipe.send(("mode", "x"))
    assert [pipe.recv() for pipe in envs.parent_pipes] == [
        ((index, "DISABLED", True, "x"), True) for index in range(2)
    ]
    with pytest.raises(KeyError, match="no such action"):
        envs.step(np.array([3, 99]))
    assert any("the traceback" in str(warning.message) for warning in recwarn)
    envs.close()


# Whole programs

PROGRAM = """
import os, signal, sys, time
sys.path[:0] = {path!r}
from vector_envs import troubled_fns
import plyo
envs = plyo.vector.AsyncVectorEnv(
    troubled_fns("", "sleep step", "", seconds={seconds}), context={context!r}, daemon={daemon}
)
envs.reset()
print(*(process.pid for process in envs.processes), flush=True)
{end}
"""


def program(
    end: str, context: str = "fork", daemon: bool = True, seconds: float = 0.5, warnings: str = "error"
) -> subprocess.Popen[str]:
    """Starts a program with a batch of three environments."""
    path = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "python_api"), *sys.path]
    text = PROGRAM.format(path=path, context=context, daemon=daemon, end=end, seconds=seconds)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-W", warnings, "-c", text], start_new_session=True, **pipes)


def assert_gone(pids: list[int], seconds: float) -> None:
    """Asserts that processes end within a time."""
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < end, pids
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("end", "daemon", "context"),
    [
        ("", True, "fork"),
        ("", False, "fork"),
        ("envs.step_async([0, 0, 0])", True, "fork"),
        pytest.param("envs = None", False, "spawn", marks=pytest.mark.slow),
        pytest.param("sys.exit(0)", True, "spawn", marks=pytest.mark.slow),
    ],
)
def test_a_program_that_does_not_close(end, daemon, context):
    child = program(end, context, daemon)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    assert_gone([int(pid) for pid in out.split()], 1.0)


@pytest.mark.parametrize("handler", ["", "finally"])
def test_ctrl_c(handler):
    step = "while True: envs.step([0, 0, 0])"
    end = f"try:\n    {step}\nfinally:\n    envs.close()" if handler else step
    child = program(end, seconds=0.1, warnings="default")
    assert child.stdout is not None
    pids = [int(pid) for pid in child.stdout.readline().split()]
    time.sleep(0.3)
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to all processes
    _, err = child.communicate(timeout=30)
    assert child.returncode == -signal.SIGINT
    assert err.count("Traceback") == 1
    assert "KeyboardInterrupt" in err
    assert "leaked" not in err
    assert_gone(pids, 1.0)


def test_ctrl_c_while_environments_are_made():
    """The other workers wait for the one that takes long; none remains."""
    end = """
others = plyo.vector.AsyncVectorEnv(troubled_fns("", "", "sleep init", seconds=20))
"""
    child = program(end, warnings="default")
    assert child.stdout is not None
    pids = [int(pid) for pid in child.stdout.readline().split()]
    deadline = time.monotonic() + 20.0
    while len(children_of(child.pid)) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)
    pids += children_of(child.pid)
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == -signal.SIGINT
    assert err.count("Traceback") == 1
    assert_gone(pids, 1.0)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("context", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_end_when_their_program_is_killed(context):
    child = program("time.sleep(60)", context)
    assert child.stdout is not None
    pids = [int(pid) for pid in child.stdout.readline().split()]
    child.kill()
    child.wait()
    assert_gone(pids, 5.0)
    child.communicate()
