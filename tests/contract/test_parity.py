"""Every native id beside Gymnasium: the same seeds, the same actions, whole episodes, resets by hand.

200 seeds x 1000 steps each. ``math="reference"`` has to give Gymnasium's bits; ``math="fast"`` the same
starts and ends and, to float32 rounding, the same numbers.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import gymnasium
import numpy as np
import pytest
from contract_helpers import Log, assert_same_log, is_reference_platform, make, make_vec, task_of

#: Tasks of integers are compared in tests/envs, where everything has to be identical.
pytestmark = pytest.mark.tasks("floats_in_parity")

NUM_SEEDS = 200
NUM_STEPS = 1000

#: Absolute or relative, in float32. A float64 that differs in its last bits rounds to a float32 that differs
#: by 1.2e-7 of its value or not at all; episodes of these tasks add up little more. The promise is 1e-5.
OBSERVATION_BOUND = 1e-5
#: Rewards are float64 functions of the float64 state, which stays within 1e-12 over an episode.
REWARD_BOUND = 1e-6

#: Tasks that no bad action ends.
NEVER_TERMINATE = {"Pendulum"}

#: Actions from observations, which lead to the ends of episodes that random ones never see: the time limit of
#: CartPole, the goals of the others.
PILOTS: dict[str, Callable[[Any], Any]] = {
    "Acrobot": lambda o: 2 if o[5] > 0 else 0,
    "CartPole": lambda o: int(0.03 * o[0] + 0.1 * o[1] + o[2] + 0.5 * o[3] > 0),
    "MountainCar": lambda o: 2 if o[1] > 0 else 0,
    "MountainCarContinuous": lambda o: np.full(1, 1 if o[1] > 0 else -0.8, np.float32),
}


def acrobot_state(state: Any) -> bytes:
    """Both angles and velocities, then the sines and cosines that the next step and the observation use."""
    values = np.asarray(state, dtype=np.float64)
    first, second = values[:2]
    return np.array([*values, np.sin(first), np.cos(first), np.sin(second), np.cos(second)]).tobytes()


#: Chaotic tasks: a difference in the last bit grows to a different episode, so each step starts from
#: Gymnasium's state. The function turns that into the words of ours.
CHAOTIC: dict[str, Callable[[Any], bytes]] = {"Acrobot": acrobot_state}
#: Units in the last place of float32 by which a first observation may differ. Gymnasium's Acrobot makes it of
#: NumPy's float32 cosines, which round otherwise than the float64 ones.
RESET_ULPS = {"Acrobot": 1}


@dataclass(repr=False)
class Trace:
    """A run of Gymnasium: `log`, with its first observations, actions and states."""

    first: Any
    actions: Any
    log: Log
    states: Any  # bytes before each step, [T][N], of chaotic tasks


def make_gymnasium(task_id: str, **kwargs: Any) -> gymnasium.Env:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return gymnasium.make(task_id, disable_env_checker=True, **kwargs)


@cache
def gymnasium_trace(
    task_id: str, num_seeds: int = NUM_SEEDS, num_steps: int = NUM_STEPS, limit: int | None = None
) -> Trace:
    """Runs Gymnasium.

    A quarter of the seeds gets fresh random actions at every step, a quarter holds each for up to 40 steps, a
    quarter does so with Box actions that go beyond the bounds, and a quarter has a pilot, if there is one.
    """
    if task_id not in gymnasium.registry:
        pytest.skip(f"gymnasium has no {task_id}")
    task = task_of(task_id)
    to_words = CHAOTIC.get(task["name"])
    pilot = PILOTS.get(task["name"])
    env = make_gymnasium(task_id, max_episode_steps=limit)
    space = env.action_space
    space.seed(0)
    rng = np.random.default_rng(0)
    row = env.observation_space.shape
    log = Log.empty(num_steps, num_seeds, row, env.observation_space.dtype)
    first = np.zeros((num_seeds, *row), env.observation_space.dtype)
    actions = np.zeros((num_steps, num_seeds, *space.shape), space.dtype)
    states: list[list[bytes]] = [[] for _ in range(num_steps)]
    for lane in range(num_seeds):
        kind = lane % 4
        observation, _ = env.reset(seed=lane)
        first[lane] = observation
        held = 0
        for t in range(num_steps):
            if kind == 3 and pilot is not None:
                action = pilot(observation)
            elif held == 0:
                action = space.sample()
                if kind == 2 and isinstance(space, gymnasium.spaces.Box):
                    action = action * np.float32(1.6)
                held = int(rng.integers(40)) if kind > 0 else 0
            else:
                held -= 1
            actions[t, lane] = action
            if to_words is not None:
                states[t].append(to_words(env.unwrapped.state))
            observation, reward, terminated, truncated, _ = env.step(action)
            log.observations[t, lane] = observation
            log.rewards[t, lane] = reward
            log.terminated[t, lane] = terminated
            log.truncated[t, lane] = truncated
            if terminated or truncated:
                observation, _ = env.reset()
                log.resets[t, lane] = observation
    return Trace(first, actions, log, states)


def run_batch(envs: Any, trace: Trace, inject: bool) -> tuple[Any, Log]:
    """The same episodes in one batch in disabled mode, each lane reset by hand where its episode ends."""
    first, _ = envs.reset(seed=0)
    log = Log.empty(*trace.actions.shape[:2], first.shape[1:], first.dtype)
    for t, actions in enumerate(trace.actions):
        for lane in range(envs.num_envs if inject else 0):
            envs._engine.set_state_words(lane, trace.states[t][lane])
        observations, log.rewards[t], log.terminated[t], log.truncated[t], _ = envs.step(actions)
        log.observations[t] = observations
        ended = log.terminated[t] | log.truncated[t]
        if ended.any():
            observations, _ = envs.reset(options={"reset_mask": ended})
            log.resets[t, ended] = observations[ended]
    return first, log


def run_singles(env: Any, trace: Trace, inject: bool) -> tuple[Any, Log]:
    """The same episodes in one single environment, seed after seed."""
    log = Log.empty(*trace.actions.shape[:2], trace.first.shape[1:], trace.first.dtype)
    first = np.zeros_like(trace.first)
    discrete = trace.actions.dtype.kind == "i"
    for lane in range(trace.actions.shape[1]):
        first[lane], info = env.reset(seed=lane)
        assert info == {}
        lane_actions = trace.actions[:, lane]
        for t, action in enumerate(lane_actions.tolist() if discrete else lane_actions):
            if inject:
                env._engine.set_state_words(0, trace.states[t][lane])
            observation, reward, terminated, truncated, _ = env.step(action)
            log.observations[t, lane] = observation
            log.rewards[t, lane] = reward
            log.terminated[t, lane] = terminated
            log.truncated[t, lane] = truncated
            if terminated or truncated:
                log.resets[t, lane] = env.reset()[0]
    return first, log


def check_trace(task_id: str, trace: Trace) -> None:
    """The comparison would prove little if no episode ended, or only in one way."""
    log = trace.log
    name = task_of(task_id)["name"]
    assert log.truncated.any()
    assert (log.terminated.sum() > len(trace.first)) == (name not in NEVER_TERMINATE)
    assert log.ended.any(axis=0).all(), "every seed ends an episode"
    assert (log.observations.std(axis=(0, 1)) > 0).all()
    assert len(np.unique(trace.first, axis=0)) == len(trace.first)


def largest_ulps(ours: Any, theirs: Any) -> int:
    """The largest difference of float32 arrays in units in the last place."""

    def ordered(values: Any) -> Any:
        bits = values.view(np.int32).astype(np.int64)
        return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)

    return int(np.abs(ordered(ours) - ordered(theirs)).max())


def assert_close(task_id: str, first: Any, log: Log, trace: Trace) -> None:
    theirs = trace.log
    assert (log.terminated == theirs.terminated).all()
    assert (log.truncated == theirs.truncated).all()

    ulps = RESET_ULPS.get(task_of(task_id)["name"], 0)
    ended = theirs.ended
    assert first.dtype == trace.first.dtype
    assert largest_ulps(first, trace.first) <= ulps
    assert largest_ulps(log.resets[ended], theirs.resets[ended]) <= ulps

    scale = np.maximum(1, np.abs(theirs.observations))
    assert (np.abs(log.observations - theirs.observations) / scale).max() <= OBSERVATION_BOUND
    assert np.abs(log.rewards - theirs.rewards).max() <= REWARD_BOUND


def assert_equal(first: Any, log: Log, trace: Trace) -> None:
    assert first.tobytes() == trace.first.tobytes()
    assert_same_log(log, trace.log)


needs_reference_platform = pytest.mark.skipif(
    not is_reference_platform(), reason="Gymnasium's bits come from the libm of Linux on x86-64"
)


def test_the_trace_is_worth_comparing(task_id: str) -> None:
    check_trace(task_id, gymnasium_trace(task_id))


@pytest.mark.parametrize("runner", ["make", "make_vec"])
def test_fast_math(task_id: str, runner: str) -> None:
    trace = gymnasium_trace(task_id)
    inject = task_of(task_id)["name"] in CHAOTIC
    if runner == "make":
        first, log = run_singles(make(task_id), trace, inject)
    else:
        first, log = run_batch(make_vec(task_id, NUM_SEEDS, autoreset_mode="disabled"), trace, inject)
    assert_close(task_id, first, log, trace)


@needs_reference_platform
@pytest.mark.parametrize("runner", ["make", "make_vec"])
def test_reference_math(task_id: str, runner: str) -> None:
    trace = gymnasium_trace(task_id)
    if runner == "make":
        first, log = run_singles(make(task_id, math="reference"), trace, False)
    else:
        envs = make_vec(task_id, NUM_SEEDS, autoreset_mode="disabled", math="reference")
        first, log = run_batch(envs, trace, False)
    assert_equal(first, log, trace)


def test_python_types(task_id: str) -> None:
    # a user sees Gymnasium's types, down to the float of a reward
    if task_id not in gymnasium.registry:
        pytest.skip(f"gymnasium has no {task_id}")
    theirs, ours = make_gymnasium(task_id), make(task_id)
    space = theirs.action_space
    space.seed(3)
    for env_results in zip(theirs.reset(seed=3), ours.reset(seed=3), strict=True):
        assert type(env_results[0]) is type(env_results[1])
    for _ in range(5):
        action = space.sample()
        for their, our in zip(theirs.step(action), ours.step(action), strict=True):
            assert type(our) is type(their)
            if isinstance(their, np.ndarray):
                assert (our.dtype, our.shape) == (their.dtype, their.shape)
                assert our.flags.writeable
                assert our.flags.owndata


@needs_reference_platform
@pytest.mark.parametrize("runner", ["make", "make_vec"])
def test_time_limit_that_cuts_every_task_short(task_id: str, runner: str) -> None:
    # TimeLimit's own count, on episodes short enough that most lanes meet it often
    trace = gymnasium_trace(task_id, 24, 200, limit=17)
    assert trace.log.truncated.any(axis=0).mean() > 0.7
    if runner == "make":
        first, log = run_singles(make(task_id, math="reference", max_episode_steps=17), trace, False)
    else:
        envs = make_vec(task_id, 24, autoreset_mode="disabled", math="reference", max_episode_steps=17)
        first, log = run_batch(envs, trace, False)
    assert_equal(first, log, trace)


@pytest.mark.parametrize("runner", ["make", "make_vec"])
def test_terminated_and_truncated_on_the_limit_step(task_id: str, runner: str) -> None:
    if task_of(task_id)["name"] in NEVER_TERMINATE:
        pytest.skip("the task never terminates")
    # a first episode that terminates, and a time limit that falls on its last step
    trace = gymnasium_trace(task_id)
    ends = np.argmax(trace.log.ended, axis=0)
    lanes = np.arange(NUM_SEEDS)
    terminates = trace.log.terminated[ends, lanes] & ~trace.log.truncated[ends, lanes]
    lane = int(lanes[terminates][np.argmin(ends[terminates])])
    limit = int(ends[lane]) + 1

    theirs = make_gymnasium(task_id, max_episode_steps=limit)
    theirs.reset(seed=lane)
    expected = [theirs.step(action)[2:4] for action in trace.actions[:limit, lane]]
    assert expected[-1] == (True, True)
    if runner == "make":
        env = make(task_id, max_episode_steps=limit, math="reference")
        env.reset(seed=lane)
        flags = [env.step(action)[2:4] for action in trace.actions[:limit, lane]]
    else:
        envs = make_vec(task_id, 1, max_episode_steps=limit, math="reference")
        envs.reset(seed=lane)
        steps = [envs.step(action[np.newaxis])[2:4] for action in trace.actions[:limit, lane]]
        flags = [(bool(terminated[0]), bool(truncated[0])) for terminated, truncated in steps]
    assert flags == expected


@pytest.mark.slow
@needs_reference_platform
def test_reference_math_soak(task_id: str) -> None:
    num_envs = 4 * int(os.environ.get("PLYO_SOAK_SEEDS", "25"))
    trace = gymnasium_trace(task_id, num_envs, 2000)
    check_trace(task_id, trace)
    envs = make_vec(task_id, num_envs, autoreset_mode="disabled", math="reference")
    assert_equal(*run_batch(envs, trace, False), trace)
    if task_of(task_id)["name"] not in CHAOTIC:
        envs = make_vec(task_id, num_envs, autoreset_mode="disabled")
        assert_close(task_id, *run_batch(envs, trace, False), trace)
