"""Exceptions at any bytecode of an asynchronous call: no reply is lost, and environments stay in step."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver, resource_tracker
from typing import Any

import numpy as np
import pytest
from interruptions import Clock, Interruption, NotReached, interrupt_at
from vector_envs import troubled_fns

import plyo
from plyo.error import AlreadyPendingCallError, NoAsyncCallError
from plyo.vector import AsyncVectorEnv, async_vector_env
from plyo.vector.async_vector_env import AsyncState

NUM = 3
#: The last bytecodes of a call, in which it has ended already and its result is lost: those that return from it, and
#: for the functions that only wait also those that end it.
TAIL, WAIT_TAIL = 2, 40


def make_clocks(info: bool = False, **kwargs: Any) -> AsyncVectorEnv[Any, Any]:
    envs: AsyncVectorEnv[Any, Any] = AsyncVectorEnv([partial(Clock, info)] * NUM, **kwargs)
    envs.reset(seed=0)
    return envs


def same(values: Any) -> Any:
    """The value of all environments, which are in step."""
    assert len({str(value) for value in values}) == 1, values
    return values[0]


def step(envs: Any, number: int) -> Any:
    return envs.step(np.full(NUM, number % 100))


def check_step(result: Any, count: int, number: int) -> None:
    observations, rewards, terminated, truncated, infos = result
    assert observations.tolist() == [[count]] * NUM
    assert rewards.tolist() == [number % 100] * NUM
    assert not (terminated | truncated).any()
    if infos:
        assert infos["time"].tolist() == [count] * NUM


def check_reset(result: Any, count: int, number: int) -> None:
    assert result[0].shape == (NUM, 1)


def check_call(result: Any, count: int, number: int) -> None:
    assert result == (count,) * NUM


@dataclass
class Operation:
    """A call that changes every environment, or none.

    Attributes:
        begin: Makes the call.
        wait: The name of the method that waits for it.
        counter: The attribute that counts how often it has changed an environment.
        check: Asserts that a result is right, from the count after it and the number of the call.
    """

    begin: Callable[[Any, int], Any]
    wait: str
    counter: str
    check: Callable[[Any, int, int], None]


OPERATIONS = {
    "step": Operation(step, "step_wait", "time", check_step),
    "list": Operation(lambda envs, n: envs.step([n % 100] * NUM), "step_wait", "time", check_step),
    "reset": Operation(lambda envs, n: envs.reset(seed=n), "reset_wait", "resets", check_reset),
    "call": Operation(lambda envs, n: envs.call("count"), "call_wait", "time", check_call),
}


def interrupt_everywhere(envs: Any, operation: Operation, stride: int) -> None:
    """Makes a call again and again, interrupted ever later, until it has fewer bytecodes."""
    wait = getattr(envs, operation.wait)
    count = same(envs.get_attr(operation.counter))
    lost = lost_waits = waits = position = 0
    is_over = False
    while not is_over:
        result = None
        try:
            interrupt_at(position, lambda: operation.begin(envs, position))  # noqa: B023 - called at once
        except NotReached as e:
            result, is_over = e.result, True
        except Interruption:
            if envs._state is not AsyncState.DEFAULT:
                result = wait_interrupted(envs, wait, position * 7 % 1511)
                waits += 1
                lost_waits += result is None
        if result is not None:
            count += 1
            operation.check(result, count, position)
        elif same(envs.get_attr(operation.counter)) != count:
            count += 1
            lost += 1
        assert same(envs.get_attr(operation.counter)) == count
        position += stride
    assert lost - lost_waits <= TAIL
    assert lost_waits <= 3 + waits * WAIT_TAIL / 1511
    assert position > 300


def wait_interrupted(envs: Any, wait: Callable[..., Any], position: int) -> Any:
    """The result of a call that was interrupted and is interrupted again; None if that happens at the very end."""
    with pytest.raises(
        AlreadyPendingCallError, match=r"It was interrupted: `\w+_wait\(\)` returns its result"
    ):
        envs.call_async("count")
    try:
        return interrupt_at(position, lambda: wait(timeout=10))
    except NotReached as e:
        return e.result
    except Interruption:
        return None if envs._state is AsyncState.DEFAULT else wait(timeout=10)


CASES = [
    ("step", False, True), ("step", True, True), ("step", False, False), ("list", True, False),
    ("reset", False, True), ("reset", True, False), ("call", False, True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "info", "shared_memory"), CASES)
def test_interrupted_anywhere(name, info, shared_memory):
    envs = make_clocks(info, shared_memory=shared_memory)
    interrupt_everywhere(envs, OPERATIONS[name], stride=11)
    envs.close()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "info", "shared_memory"), CASES)
def test_interrupted_at_every_bytecode(name, info, shared_memory):
    envs = make_clocks(info, shared_memory=shared_memory)
    interrupt_everywhere(envs, OPERATIONS[name], stride=1)
    envs.close()


@pytest.mark.parametrize("value", [0, np.zeros(200_000)], ids=["small", "large"])
def test_interrupted_attributes(value):
    """Setting them is completed by the next call, whichever it is; large values go through the pipe in pieces."""
    envs = make_clocks()
    begun = 0
    for position in range(0, 10_000, 41):
        new = value + position
        try:
            interrupt_at(position, lambda: envs.set_attr("value", new))  # noqa: B023 - called at once
        except NotReached:
            break
        except Interruption:
            if envs._workers.call is not None:
                begun += 1
                if position % 2:
                    envs.step(np.zeros(NUM, np.int64))
                else:
                    envs.set_attr("other", 1)
                assert all((found == new).all() for found in np.asarray(envs.get_attr("value")))
        try:
            found = interrupt_at(position, lambda: envs.get_attr("value"))
        except NotReached as e:
            found = e.result
        except Interruption:
            found = (
                envs.get_attr("value") if envs._state is AsyncState.DEFAULT else envs.call_wait(timeout=10)
            )
        assert all(np.array_equal(one, found[0]) for one in found)
    assert begun > 10
    same(envs.get_attr("time"))
    envs.close()


def test_an_interrupted_masked_reset():
    """Without autoreset, environments may be stepped again once the reset has been waited for."""
    envs: Any = AsyncVectorEnv(
        [lambda: plyo.wrappers.TimeLimit(Clock(), 1)] * NUM, autoreset_mode=plyo.vector.AutoresetMode.DISABLED
    )
    envs.reset(seed=0)
    mask = np.ones(NUM, bool)
    for position in range(0, 10_000, 29):
        assert envs.step([0] * NUM)[3].all()
        try:
            interrupt_at(position, lambda: envs.reset(options={"reset_mask": mask}))
        except NotReached:
            break
        except Interruption:
            if envs._state is AsyncState.WAITING_RESET:
                envs.reset_wait(timeout=10)
            elif envs._autoreset_envs.any():
                envs.reset(options={"reset_mask": mask})
        assert not envs._autoreset_envs.any()
    envs.close()


# Handlers that use the batch


@pytest.mark.parametrize("position", range(0, 1400, 100))
def test_a_handler_that_steps(position):
    """It is refused, or is first; either way the outer step takes its own actions."""
    envs = make_clocks()
    inner: list[Any] = []

    def handler() -> None:
        try:
            inner.append(envs.step(np.full(NUM, 50)))
        except AlreadyPendingCallError:
            inner.append(None)

    try:
        outer = interrupt_at(position, lambda: step(envs, 7), handler)
    except NotReached:
        pytest.fail("the step has fewer bytecodes")
    if inner[0] is not None:
        check_step(inner[0], int(inner[0][0][0, 0]), 50)
    assert outer[1].tolist() == [7.0] * NUM
    assert same(envs.get_attr("time")) == 1 + (inner[0] is not None)
    envs.close()


@pytest.mark.parametrize("position", range(0, 1400, 100))
def test_a_handler_that_closes(position):
    envs = make_clocks()
    try:
        interrupt_at(position, lambda: step(envs, 7), envs.close)
    except NotReached:
        pytest.fail("the step has fewer bytecodes")
    except plyo.error.ClosedEnvironmentError:
        pass
    else:
        assert position > 1200  # the step has all replies
    assert envs.closed
    assert not any(process.is_alive() for process in envs.processes)


def test_a_handler_that_closes_while_a_step_waits():
    envs: Any = AsyncVectorEnv(troubled_fns("sleep step", seconds=1.0))
    envs.reset()
    with (
        handler_after(0.2, lambda *_: envs.close(terminate=True)),
        pytest.raises(plyo.error.ClosedEnvironmentError),
    ):
        envs.step([0])
    assert envs.closed


@contextmanager
def handler_after(seconds: float, handler: Callable[..., Any]) -> Iterator[None]:
    """Within it, a signal handler runs once after some seconds."""
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def raise_error(kind: type[BaseException]) -> Callable[..., None]:
    def handler(*_: object) -> None:
        raise kind("from a handler")

    return handler


@pytest.mark.parametrize(
    "kind",
    [KeyboardInterrupt, TimeoutError, multiprocessing.TimeoutError, ConnectionResetError, EOFError, OSError],
)
def test_exceptions_of_handlers_arrive_as_they_are(kind):
    """Exceptions that system calls raise too do not count as the end of a worker, nor as a timeout."""
    envs: Any = AsyncVectorEnv(troubled_fns("", "sleep step", seconds=0.3))
    envs.reset()
    with handler_after(0.1, raise_error(kind)), pytest.raises(kind, match="from a handler"):
        envs.step([1, 2])
    assert envs.step_wait()[1].tolist() == [1.0, 2.0]
    envs.close()


# Closing


@pytest.mark.parametrize("position", range(100, 1400, 100))
def test_closing_after_an_interruption_says_nothing(position):
    """Warnings are errors here."""
    envs = make_clocks()
    with pytest.raises(Interruption), closing(envs):
        interrupt_at(position, lambda: step(envs, 7))
    assert [process.exitcode for process in envs.processes] == [0] * NUM


@pytest.mark.parametrize("trouble", ["raise step", "exit step"])
def test_closing_after_an_interruption_says_nothing_of_errors(trouble):
    envs: Any = AsyncVectorEnv(troubled_fns(trouble, "sleep step", seconds=0.3))
    envs.reset()
    with pytest.raises(KeyboardInterrupt), closing(envs), handler_after(0.1, raise_error(KeyboardInterrupt)):
        envs.step([1, 2])
    assert envs.closed


def test_closing_after_an_interruption_takes_so_long_at_most(monkeypatch):
    monkeypatch.setattr(async_vector_env, "_INTERRUPTED_SECONDS", 0.3)
    envs: Any = AsyncVectorEnv(troubled_fns("", "sleep step", seconds=30.0))
    envs.reset()
    with handler_after(0.1, raise_error(KeyboardInterrupt)), pytest.raises(KeyboardInterrupt):
        envs.step([1, 2])
    start = time.monotonic()
    envs.close()
    assert time.monotonic() - start < 5.0
    codes = [process.exitcode for process in envs.processes]
    assert codes in (
        [0, -signal.SIGTERM],
        [0, -signal.SIGKILL],
    )  # killed where it had no time to heed the first


@pytest.mark.parametrize("is_pending", [False, True])
def test_closing_can_be_interrupted(is_pending):
    """A second call completes it, wherever the first was interrupted."""
    for position in range(0, 10_000, 97):
        envs = make_clocks()
        if is_pending:
            envs.step_async(np.zeros(NUM, np.int64))
            envs._workers.call.announced = False  # type: ignore[union-attr]  # as after an interruption
        try:
            interrupt_at(position, envs.close)
        except NotReached:
            assert position > 500
            break
        except Interruption:
            envs.close()
        assert envs.closed
        assert multiprocessing.active_children() == []


@pytest.mark.filterwarnings("ignore:.*pending call:UserWarning")
@pytest.mark.parametrize("shared_memory", [True, False])
@pytest.mark.parametrize("kwargs", [{}, {"terminate": True}, {"timeout": 10}])
@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_closing_in_the_middle_of_a_step(kwargs, shared_memory, pause):
    """Also when the replies have come, of which those through shared memory are empty."""
    envs = make_clocks(shared_memory=shared_memory)
    envs.step_async(np.zeros(NUM, np.int64))
    time.sleep(pause)
    envs.close(**kwargs)
    assert not any(process.is_alive() for process in envs.processes)


def test_a_second_signal_ends_a_close_that_waits():
    envs: Any = AsyncVectorEnv(troubled_fns("", "sleep close", seconds=30.0))
    start = time.monotonic()
    with handler_after(0.2, raise_error(KeyboardInterrupt)), pytest.raises(KeyboardInterrupt):
        envs.close()
    envs.close()
    assert time.monotonic() - start < 5.0
    assert not any(process.is_alive() for process in envs.processes)


# Waiting


def test_actions_of_a_late_step_are_not_overwritten():
    """They lie in shared memory until the worker reads them, which it does when it has finished the step before."""
    envs: Any = AsyncVectorEnv(troubled_fns("sleep step", seconds=0.2))
    envs.reset()
    envs.step_async(np.array([1]))
    for action in (2, 3):
        with pytest.raises(multiprocessing.TimeoutError):
            envs.step_wait(timeout=0)
        envs.step_async(np.array([action]))
    assert envs.step_wait()[1].tolist() == [3.0]
    assert envs.get_attr("total") == (6,)
    envs.close()


def test_large_messages_in_both_directions_at_once():
    """A worker that still sends a large reply does not read the next request."""
    envs: Any = AsyncVectorEnv(troubled_fns(""))
    large = np.arange(1_000_000)
    envs.set_attr("data", large)
    envs.call_async("data")
    with pytest.raises(multiprocessing.TimeoutError):
        envs.call_wait(timeout=0)
    envs.set_attr("data", large + 1)
    assert np.array_equal(envs.get_attr("data")[0], large + 1)
    envs.close()


# Real signals


def stop_helpers() -> None:
    """Ends Python's helpers, which would stay for the next batch and warn of leftovers."""
    forkserver._forkserver._stop()
    resource_tracker._resource_tracker._stop()


def random_call(envs: Any, rng: random.Random) -> str:
    """Makes one of the calls; returns its kind."""
    kind = rng.choice(["step", "step", "step", "call", "set", "get", "reset", "render"])
    if kind == "step":
        step(envs, rng.randrange(100))
    elif kind == "call":
        envs.call("count")
    elif kind == "set":
        envs.set_attr("value", np.zeros(rng.choice([1, 50_000])))
    elif kind == "get":
        envs.get_attr("value")
    elif kind == "reset":
        envs.reset(seed=rng.randrange(100))
    else:
        envs.render()
    return kind


def soak(seconds: float, **kwargs: Any) -> int:
    """Interrupts a batch about 100 times a second; returns how often."""
    rng = random.Random(1)
    envs = make_clocks(**kwargs)
    interruptions = 0
    before = signal.signal(signal.SIGALRM, raise_error(Interruption))
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-4, 0.01))
                while True:
                    random_call(envs, rng)
            except Interruption:
                interruptions += 1
            except AlreadyPendingCallError:
                pytest.fail("a call is under way that was not interrupted")
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            if envs._state is not AsyncState.DEFAULT:
                getattr(envs, f"{envs._state.value}_wait")(timeout=10)
            with pytest.raises(NoAsyncCallError):
                envs.step_wait()
            time_before = same(envs.get_attr("time"))
            check_step(step(envs, 7), time_before + 1, 7)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    processes = envs.processes
    envs.close()
    assert [process.exitcode for process in processes] == [0] * NUM
    return interruptions


@pytest.fixture
def nothing_remains() -> Iterator[None]:
    """No process, no thread and, except for one arena of shared memory, no descriptor is left."""
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - pathlib would open one more
    yield
    gc.collect()
    assert multiprocessing.active_children() == []
    assert threading.active_count() == 1
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2  # noqa: PTH208 - as above


@pytest.mark.usefixtures("nothing_remains")
@pytest.mark.parametrize("shared_memory", [True, False])
def test_a_hundred_interruptions_a_second(shared_memory):
    assert soak(0.7, shared_memory=shared_memory) > 10


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_remains")
@pytest.mark.parametrize("shared_memory", [True, False])
@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
def test_interruptions_for_a_minute(context, shared_memory):
    """A minute over the six cases."""
    assert soak(10.0, context=context, shared_memory=shared_memory) > 100
    stop_helpers()
