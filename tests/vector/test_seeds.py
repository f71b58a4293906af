"""Seeds of batches of Python environments: Python's and NumPy's integers."""

from __future__ import annotations

import numpy as np
import pytest
from vector_envs import assert_same_results, rich_fns

import plyo

BATCHES = ["SyncVectorEnv", "AsyncVectorEnv"]


@pytest.mark.parametrize("name", BATCHES)
def test_integers_of_numpy_are_those_of_python(name):
    envs = getattr(plyo.vector, name)(rich_fns("plyo", "box"))
    for seed, plain in [
        (np.int64(7), 7),
        (np.uint8(255), 255),
        (np.array(7), 7),
        (np.array([5, 6, 7, 8]), [5, 6, 7, 8]),
        (np.array([5, 6, 7, 2**64 - 1], np.uint64), [5, 6, 7, 2**64 - 1]),
        (np.array([5, None, 7, 2**80], object), [5, None, 7, 2**80]),
        ([np.int32(5), None, 7, np.uint8(8)], [5, None, 7, 8]),
        ((1, 2, 3, 4), [1, 2, 3, 4]),
    ]:
        envs.reset(seed=0)
        found = envs.reset(seed=seed)
        seeds = envs.np_random_seed
        envs.reset(seed=0)
        assert_same_results(found, envs.reset(seed=plain))
        assert seeds == envs.np_random_seed
        assert {type(each) for each in seeds} == {int}
    envs.close()


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize(
    ("seed", "kind", "text"),
    [
        (np.array([1.0, 2.0, 3.0, 4.0]), plyo.error.Error, "must be integers, actual dtype: float64"),
        (np.ones(4, bool), plyo.error.Error, "must be integers, actual dtype: bool"),
        (np.arange(3), ValueError, "num_envs=4 but got length=3"),
        (np.arange(8).reshape(4, 2), plyo.error.Error, r"one dimension, actual shape: \(4, 2\)"),
    ],
)
def test_other_arrays_are_refused_before_anything_changes(name, seed, kind, text):
    envs = getattr(plyo.vector, name)(rich_fns("plyo", "box"))
    envs.reset(seed=3)
    before = [rng.bit_generator.state for rng in envs.np_random]
    with pytest.raises(kind, match=text):
        envs.reset(seed=seed)
    assert [rng.bit_generator.state for rng in envs.np_random] == before
    envs.step(np.zeros((4, 2), np.float32))
    envs.close()
