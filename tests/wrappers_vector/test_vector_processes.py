"""The vector wrappers around environments in other processes, and around batches that use their arrays again."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from vector_helpers import MODES, NUM_ENVS, actions_of, assert_same, toy_class, without_times

import plyo
from plyo.wrappers import vector


def wrapped(envs: Any) -> Any:
    """A batch in wrappers of every kind."""
    envs = vector.RecordEpisodeStatistics(envs)
    envs = vector.FilterObservation(envs, ["a", "b"])
    envs = vector.FlattenObservation(envs)
    envs = vector.RescaleAction(vector.ClipReward(envs, -0.5, 0.5), np.float32(-1), np.float32(1))
    return vector.NormalizeReward(vector.NormalizeObservation(envs))


def make_sync(mode: str) -> Any:
    return plyo.vector.SyncVectorEnv(
        [_make] * NUM_ENVS, autoreset_mode=plyo.vector.AutoresetMode[mode.upper()]
    )


def _make() -> Any:
    return toy_class(plyo)(observation="dict", action="box")


def results(envs: Any, mode: str, steps: int = 60) -> Any:
    """Everything that a batch returns, which a batch that uses its arrays again must not change later."""
    returned, then = [], []
    actions = actions_of(envs.action_space, 3)
    for step in range(steps):
        result = envs.step(next(actions)) if step else envs.reset(seed=2)
        if step and mode == "disabled" and np.any(result[2] | result[3]):
            returned.append(envs.reset(options={"reset_mask": result[2] | result[3]}))
            then.append(deepcopy(returned[-1]))
        # the order of the infos depends on the code that merges them
        infos = dict(sorted(without_times(result[-1]).items()))
        returned.append((*result[:-1], infos))
        then.append(deepcopy(returned[-1]))
    envs.close()
    assert_same(returned, then)
    return returned


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shared_memory", [True, False])
def test_environments_in_processes(mode: str, shared_memory: bool) -> None:
    envs = plyo.vector.AsyncVectorEnv(
        [_make] * NUM_ENVS,
        shared_memory=shared_memory,
        copy=False,
        autoreset_mode=plyo.vector.AutoresetMode[mode.upper()],
    )
    assert_same(results(wrapped(envs), mode), results(wrapped(make_sync(mode)), mode))


@pytest.mark.parametrize("mode", MODES)
def test_batches_that_use_their_arrays_again(mode: str) -> None:
    envs = plyo.vector.SyncVectorEnv(
        [_make] * NUM_ENVS, copy=False, autoreset_mode=plyo.vector.AutoresetMode[mode.upper()]
    )
    assert_same(results(wrapped(envs), mode), results(wrapped(make_sync(mode)), mode))


def test_native_batches_that_use_their_arrays_again() -> None:
    def make(**kwargs: Any) -> Any:
        envs = plyo.make_vec("CartPole-v1", NUM_ENVS, **kwargs)
        envs = vector.ReshapeObservation(vector.DtypeObservation(envs, np.float32), (2, 2))
        return vector.RecordEpisodeStatistics(envs)

    ring, fresh = make(num_buffers=2), make()
    kept = [envs.reset(seed=1)[0] for envs in (ring, fresh)]
    seen: list[list[Any]] = [[kept[0]], [kept[1]]]
    for _ in range(30):
        for observations, envs in zip(seen, (ring, fresh), strict=True):
            observations.append(envs.step(np.ones(NUM_ENVS, int))[0])
    assert_same(*seen)
