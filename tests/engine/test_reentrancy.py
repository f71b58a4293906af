"""Calls from inside a call, by a policy, a signal handler, a destructor, another thread: refused or harmless."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from bad_calls import assert_same_results
from contract_helpers import make_vec
from test_signals_and_forks import POSIX, output_of

import plyo
from plyo import _native, policies

N = 16
ACTIONS = np.zeros(N, np.int64)
STREAM = np.random.PCG64(3).state

#: Methods of the engine that change its lanes or streams, each with a call that would succeed were the engine free.
WRITERS: dict[str, Callable[[Any], Any]] = {
    "reset": lambda engine: engine.reset(5, {}, None, None),
    "step": lambda engine: engine.step(ACTIONS, None),
    "step_compact": lambda engine: engine.step_compact(ACTIONS, None, True),
    "step_listed": lambda engine: engine.step_listed(ACTIONS, 0.0, [{}] * N),
    "step_lanes": lambda engine: engine.step_lanes(ACTIONS[:2], [1, 0]),
    "reset_lanes": lambda engine: engine.reset_lanes([1], 5, {}),
    "reset_one": lambda engine: engine.reset_one(5, {}),
    "step_one": lambda engine: engine.step_one(0),
    "rollout": lambda engine: engine.rollout(_native.RandomPolicy(1), 3, [], {}, 0.99, 0.95),
    "rollout_calling": lambda engine: engine.rollout_calling(lambda _: ACTIONS, 3, [], {}),
    "set_state": lambda engine: engine.set_state(SAVED, []),
    "set_state_words": lambda engine: engine.set_state_words(0, bytes(16)),
    "set_variables": lambda engine: engine.set_variables(0, np.zeros(4)),
    "set_attribute": lambda engine: engine.set_attribute("s", 0, 7),
    "set_stream_state": lambda engine: engine.set_stream_state(0, STREAM),
    "set_params": lambda engine: engine.set_params([("is_rainy", "value", True, None)], [0]),
    "set_time_limit": lambda engine: engine.set_time_limit(3),
    "detach_streams": lambda engine: engine.detach_streams(0),
    "start_profile": lambda engine: engine.start_profile(),
    "stop_profile": lambda engine: engine.stop_profile(),
}

#: Methods that read lanes or streams.
READERS: dict[str, Callable[[Any], Any]] = {
    "observe": lambda engine: engine.observe(),
    "get_state": lambda engine: engine.get_state([]),
    "copy_into": lambda engine: engine.copy_into(make_vec("Taxi-v4", 2, num_threads=1)._engine, [1, 1], None),
    "state_words": lambda engine: engine.state_words(0),
    "variables": lambda engine: engine.variables(0),
    "elapsed_steps": lambda engine: engine.elapsed_steps(0),
    "all_elapsed_steps": lambda engine: engine.all_elapsed_steps(),
    "attribute": lambda engine: engine.attribute("s", 0),
    "param": lambda engine: engine.param("is_rainy", 0),
    "param_values": lambda engine: engine.param_values("is_rainy", []),
    "lane_numbers": lambda engine: engine.lane_numbers([]),
    "stream_state": lambda engine: engine.stream_state(0),
    "render": lambda engine: engine.render([0], None, "gym", None),
    "render_one": lambda engine: engine.render_one(0, None, "gym", None),
    "render_grid": lambda engine: engine.render_grid([0], 1, None, 2, "gym"),
    "render_text": lambda engine: engine.render_text(0),
    "display_list": lambda engine: engine.display_list(0, "gym"),
    "svg": lambda engine: engine.svg(0, "gym", 100, "title"),
}

#: Methods and attributes that look at no lane.
FREE = {
    "action_space",
    "call",
    "entropy",
    "infos",
    "lane_stream",
    "model",
    "num_threads",
    "observation_arrays",
    "observation_space",
    "picture_size",
    "read_profile",  # counters that are read while others count
    "trajectory_arrays",
    "xla_handle",
}

#: Methods for MuJoCo tasks and robots, which tests/envs/mujoco and tests/envs/robotics call.
OF_MUJOCO = {"draw_start", "go_live", "look_again", "reproduce", "set_goal"}

#: Calls of a bit generator and of its generator, which NumPy makes for `np_random`.
DRAWS: dict[str, Callable[[np.random.Generator], Any]] = {
    "random": lambda generator: generator.random(),
    "fill": lambda generator: generator.random(100),
    "integers": lambda generator: generator.integers(7),
    "normal": lambda generator: generator.normal(size=3),
    "choice": lambda generator: generator.choice(5, p=[0.2] * 5),
    "shuffle": lambda generator: generator.shuffle([1, 2, 3]),
    "permutation": lambda generator: generator.permutation(5),
    "dirichlet": lambda generator: generator.dirichlet([1.0, 2.0]),
    "bytes": lambda generator: generator.bytes(3),
    "random_raw": lambda generator: generator.bit_generator.random_raw(2),
    "advance": lambda generator: generator.bit_generator.advance(5),
    "state": lambda generator: setattr(generator.bit_generator, "state", STREAM),
    "lock": lambda generator: generator.bit_generator.lock.acquire(),
    "RandomState": lambda generator: np.random.RandomState(generator.bit_generator).rand(),
}

SAVED = b""


@pytest.fixture(autouse=True)
def _snapshot() -> None:
    global SAVED
    SAVED = taxis().get_state()


def taxis(**kwargs: Any) -> Any:
    envs = make_vec("Taxi-v4", N, **{"num_threads": 1, "autoreset_mode": "same_step", **kwargs})
    envs.reset(seed=2)
    return envs


def public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


def test_every_method_of_the_engine_is_listed_here() -> None:
    assert public(_native.Engine) == {*WRITERS, *READERS, *FREE, *OF_MUJOCO}


def test_every_class_of_the_native_module_is_known_here() -> None:
    """Objects beside engines that can change: policies and learners, for `test_a_policy_in_use` and others."""
    classes = {name: public(value) for name, value in vars(_native).items() if isinstance(value, type)}
    classes.pop("Engine")
    assert classes == {
        "ConstantPolicy": set(),
        "CallGuard": {"was_asked"},
        "AreaShrink": {"shrink", "shrink_stacks"},  # a table that never changes
        # what an Atari batch plays with, which lets in one caller at a time (test_atari_guard.py)
        "LaneBell": {"ask", "call", "done", "has_failed", "wait"},
        "LaneCounts": {
            *("reward", "terminated", "truncated", "is_over", "lives"),
            *("frame_number", "episode_frame_number", "elapsed_frames", "elapsed_steps"),
        },
        "LaneFrames": {
            *("add", "begin", "is_first", "is_whole", "keep", "newest"),
            *("restore", "take_before", "take_last", "turn"),
        },
        "LanePlayer": {"count_again", "step"},
        "LaneResults": {"observations", "put", "take"},
        "LaneTeam": {"join", "serve", "step"},
        "MujocoLanes": {"counts"},  # counters that are read while others count
        # what was computed when it was made, and a step of an mjData that nobody else has leased
        "MujocoModel": {"compare_lanes", "setup", "step_near_pairs"},
        "LaneStream": {"acquire", "capsule", "is_attached", "release", "set_state", "state"},
        "NetworkConfig": set(),
        "NetworkPolicy": {"configure", "hidden", "set_hidden"},
        "Policy": set(),
        "QLearner": {"learn", "values"},
        "RandomPolicy": set(),
        "RunningGames": {
            "begin",
            "count",
            "counts",
            "ended",
            "game",
            "has_ended",
            "set_game",
        },  # of an Atari batch
        "SequencePolicy": set(),
        # guarded by the engine that it is given
        "StageChain": {"holds", "keeps_arrays", "rollout", "size", "step"},
        "TabularPolicy": {"configure"},
        "WaitingNumbers": {"add", "take"},  # neither calls Python in between
    }


def refusal(call: Callable[[], Any]) -> str:
    """The text of the RuntimeError, empty if the call went through."""
    try:
        call()
    except RuntimeError as e:
        return str(e)
    return ""


def is_in_use(envs: Any) -> bool:
    """Whether a call of the batch has begun and not ended."""
    return refusal(lambda: envs.get_state([0])) != ""


@pytest.mark.parametrize("name", [*WRITERS, *READERS])
def test_a_policy_may_read_its_batch_and_not_write_it(name: str) -> None:
    envs, twin = taxis(), taxis()
    said: list[str] = []
    call = (WRITERS | READERS)[name]

    def policy(_: Any) -> Any:
        before = envs.get_state()
        said.append(refusal(lambda: call(envs._engine)))
        assert envs.get_state() == before
        return ACTIONS

    ours = envs.rollout(policy, 3)
    theirs = twin.rollout(policies.Constant(0), 3)
    assert len(said) == 3
    assert all("in the middle of a rollout" in text for text in said) == (name in WRITERS), said
    assert any(said) == (name in WRITERS)
    assert_same_results(ours.observations, theirs.observations)
    assert_same_results(ours.actions, theirs.actions)
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("name", DRAWS)
def test_a_policy_does_not_draw_from_the_streams_of_its_batch(name: str) -> None:
    envs, twin = taxis(), taxis()
    generator = envs.np_random[1]
    said: list[str] = []

    def policy(_: Any) -> Any:
        said.append(refusal(lambda: DRAWS[name](generator)))
        return ACTIONS

    envs.rollout(policy, 2)
    twin.rollout(policies.Constant(0), 2)
    assert all("in the middle of a rollout" in text for text in said), said
    assert envs.get_state() == twin.get_state()
    assert generator.random() == twin.np_random[1].random()


def test_the_batch_is_free_again_after_a_policy_that_raises() -> None:
    envs = taxis()
    before = envs.get_state()

    def policy(_: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        envs.rollout(policy, 2)
    assert envs.get_state() == before
    for call in [*WRITERS.values(), *READERS.values()]:
        if call not in (WRITERS["reset_one"], WRITERS["step_one"]):
            assert refusal(lambda call=call: swallow(call, envs._engine)) == ""


def swallow(call: Callable[[Any], Any], engine: Any) -> None:
    """Makes a call that may not fit the task."""
    with contextlib.suppress(ValueError, AttributeError):
        call(engine)


def test_a_policy_that_closes_its_batch() -> None:
    envs = taxis()
    twin = taxis()

    def policy(_: Any) -> Any:
        envs.close()
        return ACTIONS

    assert_same_results(
        envs.rollout(policy, 3).observations, twin.rollout(policies.Constant(0), 3).observations
    )
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.step(ACTIONS)


# ---- signal handlers ----


@pytest.fixture
def alarms() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Calls a function again and again from a signal handler."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("needs POSIX timers")
    previous = signal.getsignal(signal.SIGALRM)

    def begin(function: Callable[[], Any]) -> None:
        def handle(*_: Any) -> None:
            try:
                function()
            except BaseException:
                signal.setitimer(signal.ITIMER_REAL, 0)
                raise

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)

    yield begin
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


def pictures() -> Any:
    """A batch whose steps are slow, so that a handler runs between any two of them."""
    envs = make_vec(
        "CartPole-v1",
        autoreset_mode="same_step",
        num_envs=16,
        num_threads=1,
        observation="pixels",
        size=(84, 84),
    )
    envs.reset(seed=0)
    return envs


POLICIES = {
    "random": lambda: policies.Random(1),
    "constant": lambda: policies.Constant(1),
    "sequence": lambda: policies.Sequence(np.random.default_rng(0).integers(0, 2, (600, 16))),
}


@POSIX
@pytest.mark.parametrize("policy", POLICIES)
def test_a_handler_that_rolls_another_batch_out_changes_nothing(policy: str, alarms: Any) -> None:
    twin = pictures()
    theirs = twin.rollout(POLICIES[policy](), 600, record=["actions"])
    others = [make_vec("Acrobot-v1", 37, num_threads=1), make_vec("Pendulum-v1", 300, num_threads=1)]
    for other in others:
        other.reset(seed=0)
    network = policies.MLP([(np.ones((3, 6)), None), (np.ones((3, 3)), None)], head="categorical", seed=1)
    envs = pictures()
    calls = []

    def handler() -> None:
        calls.append(1)
        others[0].rollout(policies.Random(5), 3, record=[])
        others[0].rollout(policies.Constant(2), 3, record=[])
        others[0].rollout(network, 3, record=[])
        others[1].rollout(policies.Random(7), 3, record=[])
        others[1].render(ids=[0], size=(40, 40))

    alarms(handler)
    ours = envs.rollout(POLICIES[policy](), 600, record=["actions"])
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert calls
    assert_same_results(ours.actions, theirs.actions)
    assert envs.get_state() == twin.get_state()


@POSIX
def test_a_handler_is_refused_the_batch_and_the_policy_that_it_interrupts(alarms: Any) -> None:
    envs, twin, other = pictures(), pictures(), make_vec("CartPole-v1", 16)
    other.reset(seed=0)
    policy, twin_policy = policies.Random(1), policies.Random(1)
    generator = envs.np_random[3]
    calls = {
        **{name: (lambda call=call: call(envs._engine)) for name, call in (WRITERS | READERS).items()},
        **{name: (lambda draw=draw: draw(generator)) for name, draw in DRAWS.items()},
        "policy": lambda: other.rollout(policy, 2),
    }
    no_calls = {"attribute", "set_attribute", "render_text", "param", "param_values", "set_params"}  # of Taxi
    said: dict[str, str] = {}

    def handler() -> None:
        if not is_in_use(envs):  # a signal from before the rollout or from its end
            return
        said.update({name: refusal(call) for name, call in calls.items() if name not in no_calls})

    alarms(handler)
    ours = envs.rollout(policy, 600, record=["actions"])
    signal.setitimer(signal.ITIMER_REAL, 0)
    theirs = twin.rollout(twin_policy, 600, record=["actions"])
    assert set(said) == set(calls) - no_calls
    assert [name for name, text in said.items() if "the call that this one interrupts" not in text] == []
    assert_same_results(ours.actions, theirs.actions)
    assert envs.get_state() == twin.get_state()
    generator.random()


@POSIX
def test_a_handler_that_spoils_the_actions_of_a_sequence(alarms: Any) -> None:
    envs = pictures()
    before = envs.get_state()
    actions = np.zeros((2000, 16), np.int64)

    def handler() -> None:
        actions[:] = 10**8

    alarms(handler)
    with pytest.raises(plyo.error.InvalidAction, match="action 100000000 of environment"):
        envs.rollout(policies.Sequence(actions), 2000, record=["last_observations"])
    assert envs.get_state() == before


# ---- threads ----


@POSIX
def test_draws_are_refused_while_another_thread_rolls_out() -> None:
    envs = make_vec("CartPole-v1", 20_000, num_threads=1)
    envs.reset(seed=0)
    twin = make_vec("CartPole-v1", 20_000, num_threads=1)
    twin.reset(seed=0)
    generators = [envs.np_random[0], envs.np_random[19_999]]
    done = threading.Event()

    def roll_out() -> None:
        envs.rollout(policies.Random(1), 400, record=[])
        done.set()

    thread = threading.Thread(target=roll_out)
    thread.start()
    time.sleep(0.02)
    refused = []
    while not done.is_set():
        for generator in generators:
            for name, draw in DRAWS.items():
                text = refusal(lambda draw=draw, generator=generator: draw(generator))
                if done.is_set():
                    break
                assert "in use by another thread" in text, name
                refused.append(name)
            if done.is_set():
                break
    thread.join()
    assert refused
    twin.rollout(policies.Random(1), 400, record=[])
    # the last draw may have come after the end: of two lanes at most
    ours, theirs = envs.get_state(range(1, 19_999)), twin.get_state(range(1, 19_999))
    assert ours == theirs


@pytest.mark.parametrize("policy", [policies.Random(1), lambda _: np.zeros(20_000, np.int64)])
def test_attributes_wait_for_the_call_of_another_thread(policy: Any) -> None:
    envs = make_vec("CartPole-v1", 20_000, num_threads=1)
    envs.reset(seed=0)
    steps = 300 if isinstance(policy, policies.Policy) else 30
    thread = threading.Thread(target=lambda: envs.rollout(policy, steps, record=[]))
    thread.start()
    while thread.is_alive():
        assert envs._engine.elapsed_steps(7) is not None
        assert envs._engine.variables(19_999).shape == (4,)
    thread.join()


def test_actions_that_another_thread_writes_do_not_reach_a_kernel_unchecked() -> None:
    lines = output_of(
        """
        N = 50_000
        envs = batch(N, "Taxi-v4", num_threads=int(os.environ["THREADS"]))
        actions = np.zeros(N, np.int64)
        stop = False
        def spoil():
            while not stop:
                for bad in (100_000_007, -100_000):
                    actions[-1] = bad
                    actions[-1] = 0
        threading.Thread(target=spoil, daemon=True).start()
        end = time.time() + 1.5
        while time.time() < end:
            try:
                observations = envs.step(actions)[0]
                assert 0 <= observations[-1] < 500, observations[-1]
            except plyo.error.InvalidAction:
                pass
            try:
                envs.rollout(policies.Sequence(actions[None]), 1, record=["last_observations"])
            except plyo.error.InvalidAction:
                pass
        stop = True
        print("whole")
        """,
        THREADS="1",
    )
    assert lines == ["whole"]


@pytest.mark.parametrize("task_id", ["Taxi-v4", "CartPole-v1", "CliffWalking-v1", "Pendulum-v1"])
def test_an_action_that_a_step_ignores_may_be_anything(task_id: str) -> None:
    """Kernels step lanes that wait for their reset too, for the sake of speed."""
    envs, twin = (make_vec(task_id, 200, max_episode_steps=1) for _ in range(2))
    for e in (envs, twin):
        e.reset(seed=4)
    good = np.zeros((200, 1), np.float32) if task_id == "Pendulum-v1" else np.zeros(200, np.int64)
    bad = np.full_like(good, np.nan if task_id == "Pendulum-v1" else 10**8)
    for e in (envs, twin):
        e.step(good)
    ours, theirs = envs.step(bad), twin.step(good)
    assert_same_results(ours, theirs)
    assert envs.get_state() == twin.get_state()
    for e in (envs, twin):
        e.step(good)
    ours = envs.rollout(policies.Sequence(bad[None]), 1)
    assert_same_results(
        ours.last_observations, twin.rollout(policies.Sequence(good[None]), 1).last_observations
    )
    assert_same_results(ours.actions, bad[None])


# ---- destructors ----


class Meddler:
    """An object whose destructor calls into Plyo."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call

    def __del__(self) -> None:
        self.call()


def test_destructors_of_what_a_call_drops_are_ordinary_calls() -> None:
    envs, twin = taxis(), taxis()

    class Out(np.ndarray):
        meddler: Meddler

    def out() -> Any:
        array = np.zeros(N).view(Out)
        array.meddler = Meddler(lambda: envs.step(ACTIONS))
        return array

    for _ in range(20):
        envs.step(ACTIONS, (None, out(), None, None))  # the array goes with the result
        for _ in range(2):
            twin.step(ACTIONS)
    assert envs.get_state() == twin.get_state()
    envs.rollout(policies.Constant(0), 2, record=[], out={"rewards": np.zeros((2, N)).view(Out)})


def test_a_destructor_in_the_middle_of_a_rollout_is_refused() -> None:
    envs, twin = taxis(), taxis()
    said: list[str] = []

    def policy(_: Any) -> Any:
        Meddler(lambda: said.append(refusal(lambda: envs.step(ACTIONS))))
        return ACTIONS

    envs.rollout(policy, 2)
    twin.rollout(policies.Constant(0), 2)
    assert len(said) == 2
    assert all(said)
    assert envs.get_state() == twin.get_state()


# ---- policies and learners ----


@POSIX
def test_a_policy_in_use_is_not_configured(alarms: Any) -> None:
    table = policies.Tabular(np.zeros(48, np.int64), epsilon=0.5, seed=1)
    envs = make_vec("CliffWalking-v1", 3000, num_threads=1)
    envs.reset(seed=0)
    envs.rollout(table, 1, record=[])
    said: list[str] = []

    def handler() -> None:
        if is_in_use(envs):
            said.append(refusal(lambda: table._native.configure(np.ones(48, np.int64), 0.5)))

    alarms(handler)
    envs.rollout(table, 6000, record=[])
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert said
    assert [text for text in said if "this policy is in use" not in text] == []


@POSIX
def test_a_learner_in_use_neither_learns_nor_shows(alarms: Any) -> None:
    envs, other = (
        make_vec("CliffWalking-v1", 64, autoreset_mode="same_step", num_threads=1) for _ in range(2)
    )
    for e in (envs, other):
        e.reset(seed=0)
    learner = _native.QLearner(0.9, 0.1, 0)
    said: list[str] = []

    def handler() -> None:
        if not is_in_use(envs):
            return
        said.append(refusal(lambda: learner.learn(other._engine, 1, 0.1, 0.1)))
        said.append(refusal(learner.values))
        said.append(refusal(lambda: envs.step(np.zeros(64, np.int64))))

    alarms(handler)
    learner.learn(envs._engine, 20_000, 0.1, 0.1)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert said
    assert [text for text in said if "the call that this one interrupts" not in text] == []
