"""Wrappers at the ends of types: rescaling, conversion, bins, bounds and counts."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import wrappers as w
from plyo.error import InvalidAction, InvalidBound
from plyo.spaces import Box, Discrete, MultiBinary, MultiDiscrete
from plyo.wrappers import vector as wv

INF = np.inf
pytestmark = pytest.mark.filterwarnings("ignore:.*precision lowered")
INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


class Probe(plyo.Env):
    """Ends after `length` steps; its observation is `observe` of the number of steps."""

    def __init__(self, observations=None, actions=None, length=3, observe=None, render_mode=None):
        self.observation_space = observations or Box(-1, 1, (1,))
        self.action_space = actions or Discrete(2)
        self.length, self.observe, self.count, self.render_mode = length, observe, 0, render_mode
        self.taken: list[Any] = []

    def _observation(self):
        return self.observe(self.count) if self.observe else self.observation_space.sample()

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return self._observation(), {}

    def step(self, action):
        self.taken.append(action)
        self.count += 1
        return self._observation(), 1.0, self.count >= self.length, False, {}


def batch(**arguments):
    return plyo.vector.SyncVectorEnv([lambda: Probe(**arguments)] * 2)


# Rescaling


@pytest.mark.parametrize("dtype", [*INTEGERS, bool])
def test_observations_of_integers_are_rescaled_as_numbers(dtype):
    high = 1 if dtype is bool else 100
    space = Box(0, high, (1,), dtype)
    env = w.RescaleObservation(Probe(space), -1.0, 3.0)
    assert env.observation_space.dtype.kind == "f"
    assert np.all(env.observation_space.low == -1)
    values = [0, high // 2, high]
    got = [env.observation(np.array([value], dtype)) for value in values]
    assert np.allclose(np.ravel(got), [-1 + 4 * value / high for value in values])
    assert all(x in env.observation_space for x in got)
    envs = wv.RescaleObservation(batch(observations=space), -1.0, 3.0)
    both = envs.observations(np.array([[0], [high]], dtype))
    assert both.dtype == envs.single_observation_space.dtype == env.observation_space.dtype
    assert np.allclose(both.ravel(), [-1, 3])
    assert both in envs.observation_space


@pytest.mark.parametrize("dtype", INTEGERS)
def test_actions_to_integers_are_rounded(dtype):
    env = w.RescaleAction(Probe(actions=Box(0, 10, (1,), dtype)), -1.0, 1.0)
    assert env.action_space.dtype.kind == "f"
    got = [env.action(np.float32([x])) for x in (-1, -0.91, 0, 0.55, 1, 5, -7)]
    assert [int(x[0]) for x in got] == [0, 0, 5, 8, 10, 10, 0]
    assert all(x.dtype == dtype and x in env.env.action_space for x in got)
    envs = wv.RescaleAction(batch(actions=Box(0, 10, (1,), dtype)), -1.0, 1.0)
    assert envs.actions(np.float32([[-1], [1]])).tolist() == [[0], [10]]
    assert envs.actions(np.float32([[-1], [1]])).dtype == dtype
    with pytest.raises(ValueError, match="nan"):
        env.action(np.float32([np.nan]))


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int8])
def test_whole_ranges_of_integers_are_rescaled(dtype):
    limits = np.iinfo(dtype)
    space = Box(limits.min, limits.max, (1,), dtype)
    action = w.RescaleAction(Probe(actions=space), -1.0, 1.0)
    assert [int(action.action(np.array([x]))[0]) for x in (-1.0, 1.0)] == [limits.min, limits.max]
    middle = int(action.action(np.array([0.0]))[0])
    assert abs(middle - (limits.min + limits.max) // 2) <= 1
    observation = w.RescaleObservation(Probe(space), 0.0, 1.0)
    got = [float(observation.observation(np.array([x], dtype))[0]) for x in (limits.min, limits.max)]
    assert np.allclose(got, [0, 1])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_whole_ranges_of_floats_are_reached(dtype):
    limits = np.finfo(dtype)
    space = Box(limits.min, limits.max, (2,), dtype)
    env = w.RescaleAction(Probe(actions=space), -1.0, 1.0)
    ends = env.action(np.array([-1, 1], dtype))
    assert ends.tolist() == [limits.min, limits.max]
    assert abs(env.action(np.array([0, 0], dtype))).max() < limits.max * 2e-3
    assert np.isinf(env.action(np.array([-9, 9], dtype)).astype(dtype)).all()  # these are in no bounds
    assert np.isnan(env.action(np.array([np.nan, 0], dtype))[0])

    envs = wv.RescaleAction(batch(actions=space), -1.0, 1.0)
    assert envs.actions(np.array([[-1, 1]] * 2, dtype)).tolist() == [[limits.min, limits.max]] * 2


@pytest.mark.parametrize("dtype", INTEGERS)
def test_rescaled_observations_of_integers_are_in_the_space(dtype):
    for low, high in ((1, 100), (0, 7), (np.iinfo(dtype).min, np.iinfo(dtype).max)):
        env = w.RescaleObservation(Probe(Box(low, high, (50,), dtype)), -0.3, 0.7)
        for x in (
            env.env.observation_space.low,
            env.env.observation_space.high,
            env.env.observation_space.sample(),
        ):
            assert env.observation(x) in env.observation_space


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
def test_constant_components_are_neither_nan_nor_infinite(dtype):
    space = Box(np.array([0, 3], dtype), np.array([4, 3], dtype), dtype=dtype)
    observation = w.RescaleObservation(Probe(space), -1.0, 1.0)
    for value, expected in (([0, 3], [-1, -1]), ([4, 3], [1, -1])):
        got = observation.observation(np.array(value, dtype))
        assert got.tolist() == expected
        assert got in observation.observation_space
    action = w.RescaleAction(Probe(actions=space), -1.0, 1.0)
    for given, expected in (([-1, -1], [0, 3]), ([1, 1], [4, 3]), ([0, 0.5], [2, 3])):
        got = action.action(np.array(given, np.float32))
        assert got.tolist() == expected
        assert got.astype(dtype) in space
    envs = wv.RescaleObservation(batch(observations=space), -1.0, 1.0)
    assert envs.observations(np.array([[0, 3], [4, 3]], dtype)).tolist() == [[-1, -1], [1, -1]]


def test_unbounded_integers_stay_unbounded():
    space = Box(np.array([-INF, 0.0]), np.array([INF, 10.0]), dtype=np.int32)
    env = w.RescaleObservation(Probe(space), np.array([-INF, 0.0]), np.array([INF, 1.0]))
    assert env.observation(np.int32([7, 5])).tolist() == [7.0, 0.5]
    with pytest.raises(ValueError, match="For unbounded components"):
        w.RescaleObservation(Probe(space), 0.0, 1.0)
    with pytest.raises(ValueError, match="For unbounded components"):
        w.RescaleAction(Probe(actions=space), -1.0, 1.0)


@pytest.mark.parametrize(
    ("space", "bounds"),
    [
        (Box(0, 1, (1,)), (np.nan, 1.0)),
        (Box(0, 1, (1,)), (0.0, np.nan)),
        (Box(0, 1, (1,)), (np.array([np.nan]), np.array([1.0]))),
        (Box(0, 1, (1,)), (0.0, INF)),
        (Box(0, 1, (1,)), (-INF, 1.0)),
        (Box(0, 1, (1,)), (-3e38, 3e38)),
        (Box(-1e-300, 1e-300, (1,), np.float64), (-1e300, 1e300)),
        (Box(0, 1, (1,), np.float64), (-1.7e308, 1.7e308)),
        (Box(-3e38, 3e38, (1,)), (0.0, 1e-30)),
    ],
)
def test_maps_that_do_not_fit_are_refused(space, bounds):
    for make in (
        lambda: w.RescaleObservation(Probe(space), *bounds),
        lambda: w.RescaleAction(Probe(actions=space), *bounds),
        lambda: wv.RescaleObservation(batch(observations=space), *bounds),
        lambda: wv.RescaleAction(batch(actions=space), *bounds),
    ):
        with pytest.raises(ValueError, match=r"new_min|unbounded|does not fit"):
            make()


def test_actions_of_unsigned_integers_are_clipped():
    for dtype in (np.uint8, np.int8, np.uint64, np.int64):
        env = w.ClipAction(Probe(actions=Box(3, 9, (1,), dtype)))
        limits = np.iinfo(dtype)
        assert [int(env.action_space.low[0]), int(env.action_space.high[0])] == [limits.min, limits.max]
        assert [int(env.action(np.array([x], dtype))[0]) for x in (limits.min, 5, limits.max)] == [3, 5, 9]


# Conversion


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("given", [np.int64, np.int16])
def test_batches_of_actions_of_other_integers_are_clipped(dtype, given):
    envs = wv.ClipAction(batch(actions=Box(1, 100, (2,), dtype)))
    envs.reset()
    envs.step(np.array([[300, -5], [1, 7]], given))
    taken = [env.unwrapped.taken for env in envs.unwrapped.envs]
    assert [[action.tolist() for action in actions] for actions in taken] == [[[100, 1]], [[1, 7]]]
    assert taken[0][0].dtype == dtype


def test_actions_are_clipped_to_64_bit_bounds_exactly():
    env = w.ClipAction(Probe(actions=Box(1, 2**64 - 1, (2,), np.uint64)))
    assert env.action(np.array([-5, 2**62 + 1])).tolist() == [1, 2**62 + 1]
    env = w.ClipAction(Probe(actions=Box(-(2**63), 2**63 - 1, (2,), np.int64)))
    assert env.action(np.array([2**64 - 1, 2**62 + 1], np.uint64)).tolist() == [2**63 - 1, 2**62 + 1]


def test_lengths_of_shapes_are_integers_of_python():
    pictures = Probe(Box(0, 255, (8, 8, 3), np.uint8))
    for shape in ((np.int64(4), np.uint8(2)), (np.array(4), 2)):
        resized = w.ResizeObservation(pictures, shape)
        assert resized.observation(np.zeros((8, 8, 3), np.uint8)).shape == (4, 2, 3)
        reshaped = w.ReshapeObservation(Probe(Box(0, 1, (8,))), shape)
        assert reshaped.observation(np.zeros(8, np.float32)).shape == (4, 2)
        assert all(type(length) is int for length in resized.shape + reshaped.shape)


@pytest.mark.parametrize(
    ("space", "dtype"),
    [
        (MultiDiscrete([3, 300]), np.uint8),
        (MultiDiscrete([3], start=[-1]), np.uint8),
        (MultiDiscrete([100], start=[100]), np.int8),
        (MultiDiscrete(np.uint64([2**63]), dtype=np.uint64), np.int64),
        (Discrete(300), np.uint8),
        (Discrete(3, start=-1), np.uint32),
        (Discrete(2, start=2**62), np.int32),
        (Box(0, 300, (1,)), np.uint8),
        (Box(-1, 1, (1,)), np.uint8),
        (Box(-INF, INF, (1,)), np.uint8),
        (Box(-1e300, 1e300, (1,), np.float64), np.float32),
        (Box(0, 2**40, (1,), np.int64), np.int32),
        (Box(0, 2**64 - 1, (1,), np.uint64), np.int64),
        (Box(0, 255, (1,), np.uint8), bool),
    ],
)
def test_types_that_cannot_hold_the_space_are_refused(space, dtype):
    for make in (
        lambda: w.DtypeObservation(Probe(space), dtype),
        lambda: wv.DtypeObservation(batch(observations=space), dtype),
    ):
        with pytest.raises(ValueError, match=r"out of bounds|does not fit|don't support"):
            make()


@pytest.mark.parametrize("value", [np.nan, INF, -INF, 3e9, -2147483649.0])
def test_numbers_that_a_type_cannot_hold_are_refused(value):
    space = Box(-INF, INF, (2,), np.float64)
    observe = {"observations": space, "observe": lambda count: np.array([1.5, value])}
    with pytest.raises(
        ValueError, match="int32 holds -2147483648 to 2147483647, which the observation leaves"
    ):
        w.DtypeObservation(Probe(**observe), np.int32).reset()
    with pytest.raises(ValueError, match="which the observation leaves"):
        wv.DtypeObservation(batch(**observe), np.int32).reset()


def test_numbers_that_a_type_holds_are_converted():
    env = w.DtypeObservation(Probe(Box(-INF, INF, (2,))), np.int16)
    assert env.observation(np.float32([-32768.0, 32767.9])).tolist() == [-32768, 32767]
    env = w.DtypeObservation(Probe(MultiDiscrete([3, 200], start=[0, 56])), np.uint8)
    assert env.observation(np.array([2, 255])) in env.observation_space
    env = w.DtypeObservation(Probe(Discrete(28, start=100, dtype=np.int8)), np.uint8)
    assert int(env.observation(np.int8(127))) == 127
    env = w.DtypeObservation(Probe(MultiBinary(3)), bool)
    assert env.observation(np.int8([0, 1, 1])) in env.observation_space


# Bins


@pytest.mark.parametrize("name", ["DiscretizeObservation", "DiscretizeAction"])
class TestBins:
    def wrap(self, name, space, *args, **kwargs):
        probe = Probe(space) if name == "DiscretizeObservation" else Probe(actions=space)
        env = getattr(w, name)(probe, *args, **kwargs)
        return env, env.observation_space if name == "DiscretizeObservation" else env.action_space

    @pytest.mark.parametrize(
        "bins", [-1, 0, np.int64(-3), (2, 0), (3, -1), 2**63, 2**70, (2, 2**64), (2,), (1, 2, 3), ()]
    )
    def test_counts_are_positive_and_fit(self, name, bins):
        with pytest.raises(ValueError, match="bins"):
            self.wrap(name, Box(0, 1, (2,)), bins)

    @pytest.mark.parametrize("bins", [True, 2.0, None, "2", (2, 3.0), (True, 2), [2, None]])
    def test_counts_are_integers(self, name, bins):
        with pytest.raises((TypeError, ValueError), match="bins"):
            self.wrap(name, Box(0, 1, (2,)), bins)

    def test_one_number_names_all_bins_or_is_refused(self, name):
        _, space = self.wrap(name, Box(0, 1, (62,)), 2)
        assert int(space.n) == 2**62
        for size, bins in ((30, 10), (63, 2), (64, 2)):
            with pytest.raises(
                ValueError, match=r"more than the 9223372036854775807 of int64: take fewer bins or"
            ):
                self.wrap(name, Box(0, 1, (size,)), bins)
            _, space = self.wrap(name, Box(0, 1, (size,)), bins, multidiscrete=True)
            assert space.nvec.tolist() == [bins] * size

    @pytest.mark.parametrize("bins", [np.int64(3), np.uint8(3), (np.int32(3), 3), [3, 3], np.array([3, 3])])
    def test_numpy_integers_are_counts(self, name, bins):
        env, space = self.wrap(name, Box(0, 1, (2,)), bins)
        assert int(space.n) == 9
        json.dumps(env._saved_kwargs)

    @pytest.mark.parametrize(
        "space",
        [
            Box(-INF, 1, (1,)),
            Box(-INF, INF, (1,), np.int32),
            Box(np.array([-INF]), np.array([1.0]), dtype=np.int8),
        ],
    )
    def test_unbounded_boxes_are_refused(self, name, space):
        with pytest.raises(ValueError, match="to be finite"):
            self.wrap(name, space, 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.uint64, np.int8])
def test_bins_of_whole_ranges(dtype):
    limits = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else np.finfo(dtype)
    low, high = (int if np.issubdtype(dtype, np.integer) else float)(limits.min), limits.max
    space = Box(limits.min, limits.max, (1,), dtype)
    env = w.DiscretizeObservation(Probe(space), 10)
    middle = 0 if low < 0 else int(high) // 2 + 1
    assert [int(env.observation(np.array([x], dtype))) for x in (low, middle, high)] == [0, 5, 9]
    edges = [env.revert_observation(i) for i in range(1, 9)]
    assert np.all(np.isfinite(np.array(edges, np.float64)))
    action = w.DiscretizeAction(Probe(actions=space), 10)
    centers = [action.action(i) for i in range(10)]
    assert all(center in space for center in centers)
    assert all(a[0] < b[0] for a, b in pairwise(centers))
    assert [int(action.revert_action(center)) for center in centers] == list(range(10))


def test_bins_of_large_numbers_of_one_sign():
    """The distance of these bounds is finite, the sum of two edges is not."""
    env = w.DiscretizeAction(Probe(actions=Box(2e38, 3.4e38, (1,))), 4)
    assert all(np.isfinite(env.action(i)[0]) and env.action(i) in env.env.action_space for i in range(4))


def test_observations_outside_are_in_the_bin_beside_and_nan_is_refused():
    env = w.DiscretizeObservation(Probe(Box(0, 1, (2,))), (4, 2))
    assert [int(env.observation(np.array(x))) for x in ([-9, -9], [9, 9], [-INF, INF])] == [0, 7, 1]
    for bad in ([np.nan, 0], [0], [0, 0, 0]):
        with pytest.raises(ValueError, match="must be 2 numbers, none NaN"):
            env.observation(np.array(bad))
    for multi, bad in (
        (False, -1),
        (False, 8),
        (False, 1.5),
        (False, None),
        (True, [4, 0]),
        (True, [0, -1]),
        (True, 3),
    ):
        other = w.DiscretizeObservation(Probe(Box(0, 1, (2,))), (4, 2), multi)
        with pytest.raises(ValueError, match="is not an element of"):
            other.revert_observation(bad)


@pytest.mark.parametrize(
    "bad", [-1, 35, 100, 2**70, True, 1.0, np.nan, None, "1", np.array([1, 2]), Ellipsis]
)
def test_actions_that_name_no_bins_are_refused(bad):
    env = w.DiscretizeAction(Probe(actions=Box(-1, 1, (2,))), (5, 7))
    env.reset()
    with pytest.raises(InvalidAction, match=r"is not an element of Discrete\(35\)"):
        env.step(bad)
    assert env.unwrapped.taken == []
    for good in (34, np.int8(34), np.array(34), np.uint64(34)):
        assert np.allclose(env.action(good), [0.8, 6 / 7])


@pytest.mark.parametrize("bad", [[-1, 0], [5, 0], [0, 7], [0], [0, 0, 0], [0.0, 1.0], 3, None, [None, 1]])
def test_arrays_that_name_no_bins_are_refused(bad):
    env = w.DiscretizeAction(Probe(actions=Box(-1, 1, (2,))), (5, 7), multidiscrete=True)
    with pytest.raises(InvalidAction, match="is not an element of MultiDiscrete"):
        env.action(bad)
    with pytest.raises(ValueError, match="none NaN"):
        env.revert_action(np.array([np.nan, 0]))


# Parameters that are no numbers


@pytest.mark.parametrize("value", [np.nan, INF, -INF, 0, -1.0, np.float32("nan")])
def test_epsilon_is_positive_and_finite(value):
    for make in (
        lambda: w.NormalizeReward(Probe(), epsilon=value),
        lambda: w.NormalizeObservation(Probe(), epsilon=value),
        lambda: wv.NormalizeReward(batch(), epsilon=value),
        lambda: wv.NormalizeObservation(batch(), epsilon=value),
    ):
        with pytest.raises(InvalidBound, match=f"Received {value}"):
            make()


@pytest.mark.parametrize("value", [np.nan, INF, -INF, 1.01, -0.01])
def test_gamma_is_a_share(value):
    for make in (
        lambda: w.NormalizeReward(Probe(), gamma=value),
        lambda: wv.NormalizeReward(batch(), gamma=value),
    ):
        with pytest.raises(InvalidBound, match=f"Received {value}"):
            make()


@pytest.mark.parametrize(
    "bounds",
    [
        (np.nan, 1),
        (0, np.nan),
        (np.nan, None),
        (None, np.nan),
        (np.array([0.0, np.nan]), None),
        (INF, None),
        (None, -INF),
        (INF, INF),
        (2, 1),
        (np.uint8(2), np.uint8(1)),
    ],
)
def test_bounds_of_rewards_are_numbers(bounds):
    for make in (lambda: w.ClipReward(Probe(), *bounds), lambda: wv.ClipReward(batch(), *bounds)):
        with pytest.raises(InvalidBound, match=r"Received|must be smaller"):
            make()


def test_infinite_bounds_of_rewards_mean_none():
    assert w.ClipReward(Probe(), -INF, 1).reward(-1e300) == -1e300
    assert w.ClipReward(Probe(), 0, INF).reward(1e300) == 1e300


@pytest.mark.parametrize("value", [np.nan, INF, -0.1, 1.0])
def test_probabilities_are_shares(value):
    with pytest.raises(plyo.error.InvalidProbability):
        w.StickyAction(Probe(), value)


# Counts


def box():
    return Probe(Box(0, 1, (2,)), Box(0, 1, (2,)))


COUNTS = {
    "TimeLimit": lambda n: w.TimeLimit(box(), n),
    "RepeatAction": lambda n: w.RepeatAction(box(), n),
    "StickyAction": lambda n: w.StickyAction(box(), 0.1, n),
    "StickyAction range": lambda n: w.StickyAction(box(), 0.1, (n, n)),
    "FrameStackObservation": lambda n: w.FrameStackObservation(box(), n),
    "DelayObservation": lambda n: w.DelayObservation(box(), n),
    "MaxAndSkipObservation": lambda n: w.MaxAndSkipObservation(box(), n),
    "RecordEpisodeStatistics": lambda n: w.RecordEpisodeStatistics(box(), n),
    "make": lambda n: plyo.make("CartPole-v1", max_episode_steps=n),
    "vector": lambda n: wv.RecordEpisodeStatistics(batch(), n),
    "make_vec": lambda n: plyo.make_vec("CartPole-v1", 2, max_episode_steps=n),
    "make_vec sync": lambda n: plyo.make_vec("CartPole-v1", 2, "sync", max_episode_steps=n),
    "num_envs": lambda n: plyo.make_vec("CartPole-v1", n),
    "num_envs sync": lambda n: plyo.make_vec("CartPole-v1", n, "sync"),
    "class": lambda n: plyo.envs.classic_control.CartPoleEnv(max_episode_steps=n),
}


def test_durations_of_repetitions_can_be_drawn():
    longest = 2**63 - 2
    env = w.StickyAction(Probe(length=9), 0.99, (1, longest))
    env.reset(seed=1)
    for action in (0, 1, 1, 1):
        env.step(action)
    assert env.unwrapped.taken == [0, 0, 0, 0]
    for bad in (longest + 1, 2**70, (1, 2**63)):
        with pytest.raises(ValueError, match=f"should be at most {longest}"):
            w.StickyAction(Probe(), 0.1, bad)


def recorder(folder, **lengths):
    return w.RecordVideo(Probe(render_mode="rgb_array"), str(folder), **lengths)


@pytest.mark.parametrize("name", ["video_length", "max_frames"])
def test_lengths_of_videos_are_integers(name, tmp_path):
    assert getattr(recorder(tmp_path / "1", **{name: np.int64(3)}), name) == 3
    assert recorder(tmp_path / "2", video_length=INF).video_length == INF
    for bad in (True, np.True_, 2.5, np.nan, "4"):
        with pytest.raises(TypeError, match=f"{name} must be an integer"):
            recorder(tmp_path / "3", **{name: bad})
    with pytest.raises(ValueError, match=f"{name} must be an integer"):
        recorder(tmp_path / "3", **{name: -1})


@pytest.mark.parametrize("name", COUNTS)
def test_numpy_integers_are_counts_and_booleans_are_none(name):
    make = COUNTS[name]
    for kind in (np.int64, np.uint8, np.int32):
        env = make(kind(3))
        env.reset(seed=kind(4))
        env.step(env.action_space.sample())
        if getattr(env, "spec", None) is not None:
            env.spec.to_json()
        env.close()
    for bad in (True, np.True_, 3.0, "3"):
        with pytest.raises((TypeError, ValueError)):
            make(bad)
    if name.startswith(("TimeLimit", "make")):
        with pytest.raises(TypeError):
            make(True)


def test_numpy_integers_are_time_limits_of_specs():
    spec = plyo.envs.registration.EnvSpec(
        "Probe-v0", entry_point="plyo.envs.classic_control:CartPoleEnv", max_episode_steps=np.int64(7)
    )
    assert type(spec.max_episode_steps) is int
    assert plyo.envs.registration.EnvSpec.from_json(spec.to_json()).max_episode_steps == 7


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_numpy_integers_are_seeds_of_batches(mode):
    envs = plyo.make_vec("CartPole-v1", 2, mode)
    expected = envs.reset(seed=[3, 4])[0].copy()
    for seed in (3, np.int64(3), np.uint8(3), np.array([3, 4]), [np.int32(3), np.uint64(4)], (3, 4)):
        assert np.array_equal(envs.reset(seed=seed)[0], expected)
    envs.close()


# Episodes that end inside a skip


@pytest.mark.parametrize("length", range(1, 10))
@pytest.mark.parametrize("skip", [2, 3, 4, np.int64(4)])
def test_a_skip_ends_with_its_own_observations(length, skip):
    space = Box(-100, 100, (2,))
    env = w.MaxAndSkipObservation(
        Probe(space, length=length, observe=lambda t: np.float32([-t, t - 10])), skip
    )
    for _ in range(3):
        env.reset()
        over, steps = False, 0
        while not over:
            observation, reward, over, _, _ = env.step(0)
            taken = min(int(skip), length - steps)
            steps += taken
            last = [np.float32([-t, t - 10]) for t in range(max(steps - 1, steps - taken + 1), steps + 1)]
            assert observation.tolist() == np.max(last, axis=0).tolist()
            assert observation.dtype == space.dtype
            assert reward == taken
        assert steps == length


def test_an_observation_that_is_written_again_is_kept():
    shared = np.zeros(1, np.float32)

    def observe(count):
        shared[0] = -count
        return shared

    env = w.MaxAndSkipObservation(Probe(length=9, observe=observe), 3)
    env.reset()
    first = env.step(0)[0]
    assert first.tolist() == [-2.0]
    env.step(0)
    assert first.tolist() == [-2.0]


# Time limits


def test_the_limit_of_a_native_task_is_found():
    def creator(**kwargs):
        return plyo.make("CartPole-v1", max_episode_steps=11, **kwargs)

    def spec_without_limit():
        env = creator()
        env.unwrapped.spec = None
        return env

    for make in (
        spec_without_limit,
        lambda: plyo.envs.classic_control.CartPoleEnv(max_episode_steps=11),
        lambda: w.OrderEnforcing(plyo.envs.classic_control.CartPoleEnv(max_episode_steps=11)),
        lambda: plyo.make(plyo.envs.registration.EnvSpec("Made-v0", entry_point=creator)),
        lambda: w.TimeLimit(plyo.envs.classic_control.CartPoleEnv(), 11),
    ):
        env = w.TimeAwareObservation(make(), normalize_time=True)
        assert env.max_timesteps == 11
        env.reset(seed=0)
        assert env.step(0)[0][-1] == np.float32(1 / 11)
    with pytest.raises(ValueError, match="must be wrapped by a TimeLimit"):
        w.TimeAwareObservation(plyo.envs.classic_control.CartPoleEnv())
