"""Running moments: the native kernel against Gymnasium's arithmetic in NumPy."""

from __future__ import annotations

import copy
import pickle
import threading

import gymnasium.wrappers.utils
import numpy as np
import pytest
from differential import assert_same

import plyo.wrappers.utils
from plyo import _native

Ours, Theirs = plyo.wrappers.utils.RunningMeanStd, gymnasium.wrappers.utils.RunningMeanStd
SHAPES = [(), (1,), (2,), (5,), (3, 4), (1, 1), (7, 1), (0,)]
COUNTS = [1, 2, 7, 8, 9, 128, 129, 300, 4001]


def moments(rms):
    return [rms.mean, rms.var, rms.count]


def normalized(rms, x):
    return np.float32((x - rms.mean) / np.sqrt(rms.var + 1e-8))


def draw(rng, shape, dtype):
    values = rng.normal(30, 50, size=shape)
    return (np.abs(values) if np.dtype(dtype).kind == "u" else values).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [np.float32, np.float64, np.float16, np.uint8, np.int64, bool])
@pytest.mark.filterwarnings("ignore:overflow encountered")  # sums of float16
def test_batches(shape, dtype, samples):
    """The same bits, in all types."""
    rng = np.random.default_rng(4)
    for count in COUNTS:
        ours, theirs = Ours(shape=shape, dtype=dtype), Theirs(shape=shape, dtype=dtype)
        for _ in range(3):
            x = draw(rng, (count, *shape), samples)
            ours.update(x)
            theirs.update(x)
            assert_same(moments(ours), moments(theirs))
            assert_same(ours.normalize(x, 1e-8), normalized(theirs, x))
            assert_same(ours.normalize(x[0], 1e-8), normalized(theirs, x[0]))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("samples", [np.float32, np.float64, np.uint8])
def test_single_samples(shape, samples):
    rng = np.random.default_rng(5)
    ours, theirs = Ours(shape=shape, dtype=np.float32), Theirs(shape=shape, dtype=np.float32)
    for _ in range(200):
        x = draw(rng, shape, samples)
        theirs.update(np.array([x]))
        assert_same(ours.update_and_normalize(x, 1e-8), normalized(theirs, x))
        assert_same(moments(ours), moments(theirs))


def test_what_the_kernel_does_not_take():
    """Lists, views, other byte orders, subclasses and wide floats are left to NumPy."""
    rng = np.random.default_rng(6)
    batch = rng.normal(size=(6, 4))

    class Mine(np.ndarray):
        pass

    kinds = [batch[::2], batch[:, ::-1], np.asfortranarray(batch), batch.astype(">f8"), batch.view(Mine)]
    for x in [*kinds, batch.astype(np.longdouble), batch.astype(np.float32)[1:]]:
        ours, theirs = Ours(shape=(4,)), Theirs(shape=(4,))
        ours.update(x)
        theirs.update(x)
        np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-15)
        np.testing.assert_allclose(ours.var, theirs.var, rtol=1e-14)
        np.testing.assert_array_equal(ours.normalize(x, 1e-8), normalized(ours, x))
    assert _native.update_moments(np.zeros(4), np.ones(4), 1.0, batch[::2]) is None
    assert _native.update_moments(np.zeros(4), np.ones(3), 1.0, batch) is None
    assert _native.update_moments(np.zeros(3), np.ones(3), 1.0, batch) is None
    assert _native.update_moments(np.zeros(4), np.ones(4), np.float32(1), batch) is None
    assert _native.update_moments(np.zeros(4), np.ones(4), 1.0, batch[:0]) is None
    assert _native.update_moments(np.zeros(4), np.ones(4), 10**400, batch) is None
    assert _native.update_moments(np.zeros(4, np.float32), np.ones(4, np.float32), 1.0, batch) is None
    assert _native.standardize(np.zeros(4), np.ones(4), [1, 2, 3, 4], 0.0) is None
    assert _native.standardize(np.zeros(4), np.ones(4), batch[0], 0.0) is not None


def test_bad_batches():
    def attempts(cls):
        results = []
        for x in (np.zeros((3, 5)), 3.0, "text", np.zeros(4)):
            rms = cls(shape=(4,))
            try:
                rms.update(x)
            except Exception as e:
                results.append((type(e).__name__, str(e)))
            results.append(rms.count)
        return results

    assert attempts(Ours) == attempts(Theirs)


def test_moments_of_moments():
    def facts(module):
        rms = module.RunningMeanStd(epsilon=0, shape=(2,))
        rms.update_from_moments(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 5)
        rms.update_from_moments(np.array([2.0, 2.0]), np.array([1.0, 0.5]), 7)
        merged = module.update_mean_var_count_from_moments(1.0, 2.0, 3, 4.0, 5.0, 6)
        return [*moments(rms), merged]

    assert_same(facts(plyo.wrappers.utils), facts(gymnasium.wrappers.utils))


def test_pickles_copies_and_assignments():
    rms = Ours(shape=(2,))
    rms.update(np.array([[1.0, 2.0], [3.0, 5.0]]))
    for twin in (pickle.loads(pickle.dumps(rms)), copy.deepcopy(rms)):
        assert_same(moments(twin), moments(rms))
        twin.mean = twin.mean + 1
        twin.update(np.ones((1, 2)))
        assert not np.array_equal(twin.mean, rms.mean)


def test_large_batches_leave_the_interpreter_to_other_threads():
    """The kernel releases the GIL; the result is the same beside any other thread."""
    x = np.random.default_rng(7).normal(size=(50_000, 8))
    expected = Theirs(shape=(8,))
    expected.update(x)
    results = []

    def work():
        rms = Ours(shape=(8,))
        rms.update(x)
        results.append(rms)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rms in results:
        assert_same(moments(rms), moments(expected))
    assert len(results) == 4
