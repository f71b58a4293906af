"""Rewards and flags of batches have shape ``(num_envs,)``, for every form that environments return."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from vector_envs import assert_same_results

import plyo


def make_odd(reward: Any = 1.0, terminated: Any = False, truncated: Any = False, length: int = 3) -> Any:
    """An environment that returns these; the last step of an episode terminates in the same form."""

    class Odd(plyo.Env):
        observation_space = plyo.spaces.Discrete(100)
        action_space = plyo.spaces.Discrete(2)
        steps = 0

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            super().reset(seed=seed)
            self.steps = 0
            return 0, {}

        def step(self, action: Any) -> Any:
            self.steps += 1
            end = terminated
            if self.steps >= length:
                end = np.ones_like(terminated, dtype=bool) if isinstance(terminated, np.ndarray) else True
            return self.steps, reward, end, truncated, {}

    return Odd()


def odd_worker(index, env_fn, pipe, parent_pipe, shared_memory, error_queue, autoreset_mode, semaphore):
    """Sends the results of the environment unchanged."""
    env = env_fn()
    parent_pipe.close()
    while True:
        command, data = pipe.recv()
        if command == "_check_spaces":
            pipe.send(((True, True), True))
        elif command == "reset":
            pipe.send((env.reset(**data), True))
        elif command == "step":
            pipe.send((env.step(data), True))
        else:
            pipe.send((None, True))
            break


BATCHES = {
    "sync": plyo.vector.SyncVectorEnv,
    "async": plyo.vector.AsyncVectorEnv,
    "pickled": lambda fns, **kwargs: plyo.vector.AsyncVectorEnv(fns, shared_memory=False, **kwargs),
}
#: Forms of the reward 1.5, and of False.
REWARDS = [
    1.5,
    np.float32(1.5),
    np.array(1.5),
    np.array([1.5]),
    np.array([[1.5]], np.float32),
    [1.5],
    Fraction(3, 2),
]
FLAGS = [False, np.bool_(False), np.array(False), np.array([False]), 0, 0.0, [False], np.zeros((1, 1))]


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
@pytest.mark.parametrize("batch", BATCHES)
def test_one_value_in_any_form(batch, mode):
    def results(rewards: list[Any], flags: list[Any]) -> list[Any]:
        fns = [
            lambda reward=reward, flag=flag, i=i: make_odd(reward, flag, flag, length=2 + i % 3)
            for i, (reward, flag) in enumerate(zip(rewards, flags, strict=True))
        ]
        envs = BATCHES[batch](fns, autoreset_mode=mode)
        found = [envs.reset(seed=1)]
        found += [envs.step(np.zeros(len(fns), np.int64)) for _ in range(7)]
        envs.close()
        return found

    rewards = [*REWARDS, 1.5]
    found = results(rewards, FLAGS)
    assert {part.shape for result in found[1:] for part in result[1:4]} == {(len(FLAGS),)}
    assert [part.dtype for part in found[1][1:4]] == [np.float64, np.bool_, np.bool_]
    assert_same_results(found, results([1.5] * len(rewards), [False] * len(FLAGS)))


BAD = {
    "two rewards": ({"reward": np.array([1.0, 2.0])}, r"one number as `reward`, got array.* of shape \(2,\)"),
    "no rewards": ({"reward": np.zeros(0)}, r"one number as `reward`.* of shape \(0,\)"),
    "a list": ({"reward": [1.0, 2.0]}, r"one number as `reward`, got \[1\.0, 2\.0\] \(type list\)"),
    "a text": ({"reward": "much"}, "one number as `reward`, got 'much'"),
    "a complex": ({"reward": 1j}, "one number as `reward`, got 1j"),
    "flags": ({"terminated": np.zeros(2, bool)}, r"one truth value as `terminated`.* of shape \(2,\)"),
    "truncations": ({"truncated": [True, False]}, r"one truth value as `truncated`, got \[True, False\]"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*ERROR:UserWarning")
@pytest.mark.parametrize("batch", ["sync", "async"])
@pytest.mark.parametrize("what", BAD)
def test_what_is_no_single_value_is_refused(batch, what):
    kwargs, text = BAD[what]
    envs = BATCHES[batch]([make_odd, lambda: make_odd(**kwargs)])
    envs.reset()
    with pytest.raises(ValueError, match=f"^`step` of environment 1 must return {text}"):
        envs.step(np.zeros(2, np.int64))
    envs.close()


def test_values_of_custom_workers():
    """After an error the batch continues: the worker knows nothing of it."""
    fns = [make_odd, lambda: make_odd(np.array([1.5]), length=1)]
    envs = plyo.vector.AsyncVectorEnv(fns, worker=odd_worker, shared_memory=False, autoreset_mode="Disabled")
    envs.reset()
    assert envs.step([0, 0])[1].tolist() == [1.0, 1.5]
    envs.close()
    envs = plyo.vector.AsyncVectorEnv(
        [make_odd, lambda: make_odd(np.zeros(3))], worker=odd_worker, shared_memory=False
    )
    envs.reset()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"environment 1 must return one number as `reward`.*\(3,\)"):
            envs.step([0, 0])
    envs.close()
