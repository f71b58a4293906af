"""The caller's floating-point mode (rounding, flushing of denormal numbers) enters no result."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from contract_helpers import make_vec

import plyo
from plyo import policies

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="sets the mode through glibc on x86-64"
)

UPWARD = 0x800
FLUSH = 0x8040


@contextmanager
def rounding(mode: int) -> Iterator[None]:
    libm = ctypes.CDLL("libm.so.6")
    libm.fesetround(mode)
    try:
        yield
    finally:
        libm.fesetround(0)


@contextmanager
def flushing() -> Iterator[None]:
    libm = ctypes.CDLL("libm.so.6")

    def put(bits: int, on: bool) -> None:
        mode = (ctypes.c_uint8 * 32)()
        libm.fegetenv(mode)
        word = int.from_bytes(bytes(mode[28:32]), "little")
        mode[28:32] = list((word | bits if on else word & ~bits).to_bytes(4, "little"))
        libm.fesetenv(mode)

    put(FLUSH, True)
    try:
        yield
    finally:
        put(FLUSH, False)


MODES: dict[str, Callable[[], Any]] = {"upward": lambda: rounding(UPWARD), "flush": flushing}


def same_in_every_mode(compute: Callable[[], Any]) -> None:
    plain = compute()
    for name, mode in MODES.items():
        with mode():
            found = compute()
        assert found == plain, name


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("task_id", ["Acrobot-v1", "Pendulum-v1"])
def test_steps_resets_and_rollouts(task_id: str, num_threads: int) -> None:
    def compute() -> Any:
        envs = make_vec(task_id, 5000, num_threads=num_threads)
        found = [envs.reset(seed=0)[0].tobytes()]
        actions = (
            np.zeros(5000, np.int64) if task_id == "Acrobot-v1" else np.full((5000, 1), 1e-40, np.float32)
        )
        found += [envs.step(actions)[0].tobytes() for _ in range(3)]
        trajectory = envs.rollout(policies.Random(1), 20)
        found += [trajectory.observations.tobytes(), trajectory.rewards.tobytes()]
        found.append(envs.rollout(lambda _: actions, 2).observations.tobytes())
        return found, envs.get_state()

    same_in_every_mode(compute)


def test_threads_that_are_started_in_a_mode_compute_in_the_default_one() -> None:
    from test_signals_and_forks import output_of

    found = output_of(
        """
        import ctypes
        def run(threads):
            envs = plyo.make_vec("Acrobot-v1", 40_000, num_threads=threads)
            envs.reset(seed=0)
            return b"".join(envs.step(np.ones(40_000, np.int64))[0].tobytes() for _ in range(5))
        libm = ctypes.CDLL("libm.so.6")
        libm.fesetround(0x800)
        loud = run(2), run(1), run(2)
        libm.fesetround(0)
        print(len({*loud, run(1), run(2)}))
        """
    )
    assert found == ["1"]


def test_single_environments() -> None:
    def compute() -> Any:
        env = plyo.make("Pendulum-v1")
        found = [env.reset(seed=3)[0].tobytes()]
        env.unwrapped.state = np.zeros(2)
        for torque in ([1e-40], [0.3], np.array([0.1]), np.array([-1e-40]), np.array([1e-40], np.float32)):
            observation, reward, *_ = env.step(torque)
            found += [observation.tobytes(), float(reward).hex()]
        return found

    same_in_every_mode(compute)


def test_denormal_actions_are_zeros_however_they_come() -> None:
    tiny = np.full((1, 3, 1), -1e-40, np.float32)
    found = []
    for actions in (tiny, np.zeros_like(tiny), tiny.astype(np.float64)):
        envs = [make_vec("Pendulum-v1", 3) for _ in range(4)]
        for e in envs:
            e.reset(seed=0)
            e.set_attr("state", np.zeros(2))
        single = plyo.make("Pendulum-v1")
        single.reset(seed=0)
        single.unwrapped.state = np.zeros(2)
        network = policies.Linear(np.zeros((1, 3)), actions[0, 0].astype(np.float32))
        found.append(
            [
                envs[0].step(actions[0])[0].tolist(),
                envs[1].rollout(policies.Sequence(actions), 1).last_observations.tolist(),
                envs[2].rollout(policies.Constant(actions[0, 0]), 1).last_observations.tolist(),
                envs[3].rollout(network, 1).last_observations.tolist(),
                [single.step(actions[0, 0])[0].tolist()] * 3,
            ]
        )
    assert found[0] == found[1] == found[2]
    assert all(observations == found[0][0] for observations in found[0])
    # the reference build takes them as Gymnasium does
    env = plyo.make("Pendulum-v1", math="reference")
    env.reset(seed=0)
    env.unwrapped.state = np.zeros(2)
    assert env.step(np.array([1e-40], np.float32))[0][2] != 0


def test_networks_tables_and_tabular_methods() -> None:
    rng = np.random.default_rng(0)
    shapes = [((8, 3), 8), ((1, 8), 1)]
    layers = [tuple(rng.normal(size=size).astype(np.float32) for size in layer) for layer in shapes]

    def compute() -> Any:
        envs = make_vec("Pendulum-v1", 64)
        envs.reset(seed=0)
        policy = policies.MLP(layers, head="gaussian", log_std=[-0.5], seed=2)
        actions = envs.rollout(policy, 30, record=["actions"]).actions
        solved = plyo.tabular.value_iteration(plyo.tabular.transitions(plyo.make("FrozenLake-v1")))
        return actions.tobytes(), np.asarray(solved.values).tobytes()

    same_in_every_mode(compute)


def test_samples_of_spaces() -> None:
    spaces = [
        plyo.spaces.Box(-1.0, 0.3, (50,), np.float32),
        plyo.spaces.Box(-np.inf, 7.0, (50,), np.float64),
        plyo.spaces.Discrete(10),
        plyo.spaces.Dict({"a": plyo.spaces.Box(0.1, 0.7, (20,), np.float64)}),
    ]

    def compute() -> Any:
        found = []
        for space in spaces:
            space.seed(4)
            sample = space.sample()
            found.append(
                {k: v.tobytes() for k, v in sample.items()}
                if isinstance(sample, dict)
                else np.asarray(sample).tobytes()
            )
        return found

    same_in_every_mode(compute)


def test_the_mode_of_the_caller_is_given_back() -> None:
    libm = ctypes.CDLL("libm.so.6")
    envs = make_vec("CartPole-v1", 3)
    for mode in MODES.values():
        with mode():
            before = (ctypes.c_uint8 * 32)()
            libm.fegetenv(before)
            envs.reset(seed=0)
            envs.rollout(policies.Random(0), 5)
            envs.np_random[0].random()
            with pytest.raises(plyo.error.InvalidAction):
                envs.step(np.full(3, 9))
            after = (ctypes.c_uint8 * 32)()
            libm.fegetenv(after)
            # all but the exceptions that have happened
            assert (
                int.from_bytes(bytes(before[28:32]), "little") & ~0x3F
                == int.from_bytes(bytes(after[28:32]), "little") & ~0x3F
            )
            assert libm.fegetround() == (UPWARD if mode is MODES["upward"] else 0)
