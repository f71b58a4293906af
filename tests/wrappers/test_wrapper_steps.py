"""Every wrapper beside Gymnasium's for 2000 steps: around the same Python environment, and around native tasks."""

from __future__ import annotations

import importlib.util
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import assert_same
from wrapper_cases import SPACES, assert_same_run, compose, make, wrapper

import plyo

CLASSIC = ("CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "Acrobot-v1")
CONTINUOUS = ("MountainCarContinuous-v0", "Pendulum-v1")
# every wrapper is stepped for 2000 steps around one of these at least
LONG = ("box", "CartPole-v1", "Pendulum-v1")
limit = wrapper("TimeLimit", 40)


def hide_last_observations(p: Any, env: Any) -> Any:
    """Hides the observations that episodes end with."""
    step = env.step

    def hiding(action: Any) -> Any:
        observation, reward, terminated, truncated, info = step(action)
        return None if terminated or truncated else observation, reward, terminated, truncated, info

    env.step = hiding
    return env


def discretized(bins: Any, **kwargs: Any) -> Any:
    return wrapper("DiscretizeObservation", bins, **kwargs)


# wrappers around any environment
ANYWHERE = {
    "TimeLimit": limit,
    "OrderEnforcing": wrapper("OrderEnforcing"),
    "PassiveEnvChecker": wrapper("PassiveEnvChecker"),
    "Autoreset": wrapper("Autoreset"),
    "RecordEpisodeStatistics": wrapper("RecordEpisodeStatistics", 3, "ep"),
    "DelayObservation": wrapper("DelayObservation", 3),
    "DelayObservation 0": wrapper("DelayObservation", 0),
    "TimeAwareObservation": compose(limit, wrapper("TimeAwareObservation")),
    "TimeAwareObservation nested": compose(limit, wrapper("TimeAwareObservation", flatten=False)),
    "TimeAwareObservation normalized": compose(
        limit, wrapper("TimeAwareObservation", normalize_time=True, dict_time_key="clock")
    ),
    "FrameStackObservation": wrapper("FrameStackObservation", 3),
    "FrameStackObservation zero": wrapper("FrameStackObservation", 2, padding_type="zero"),
    "RepeatAction": wrapper("RepeatAction", 3),
    "StickyAction": wrapper("StickyAction", 0.4),
    "StickyAction long": wrapper("StickyAction", 0.4, 3),
    "StickyAction drawn": wrapper("StickyAction", 0.4, (1, 4)),
    "NormalizeReward": wrapper("NormalizeReward"),
    "NormalizeReward short": wrapper("NormalizeReward", gamma=0.5, epsilon=0.1),
    "TransformReward": wrapper("TransformReward", lambda r: 2 * r - 1),
    "ClipReward": wrapper("ClipReward", -0.5, 0.5),
    "ClipReward lower": wrapper("ClipReward", 0),
    "ClipReward array": wrapper("ClipReward", max_reward=np.array(0.25)),
    "FlattenObservation": wrapper("FlattenObservation"),
    "TransformObservation": wrapper("TransformObservation", lambda o: o, None),
    "TransformAction": wrapper("TransformAction", lambda a: a, None),
    "everything": compose(
        wrapper("OrderEnforcing"),
        limit,
        wrapper("RecordEpisodeStatistics"),
        wrapper("FlattenObservation"),
        wrapper("NormalizeObservation"),
        wrapper("NormalizeReward"),
        wrapper("Autoreset"),
    ),
}

# wrappers that need arrays
ARRAYS = {
    "NormalizeObservation": wrapper("NormalizeObservation"),
    "NormalizeObservation wide": wrapper("NormalizeObservation", epsilon=0.5),
    "NormalizeObservation strict": wrapper("NormalizeObservation", epsilon=np.float64(1e-8)),
    "MaxAndSkipObservation": wrapper("MaxAndSkipObservation"),
    "MaxAndSkipObservation 2": wrapper("MaxAndSkipObservation", skip=2),
    "DtypeObservation": wrapper("DtypeObservation", np.float64),
}

# a wrapper and its environment
PARTICULAR = [
    ("box", "RescaleObservation", wrapper("RescaleObservation", -1.0, np.float32([1, 2, 3]))),
    ("float64", "RescaleObservation", wrapper("RescaleObservation", 0, 10)),
    ("box", "ReshapeObservation", wrapper("ReshapeObservation", (3, 1))),
    ("picture", "ReshapeObservation", wrapper("ReshapeObservation", (90,))),
    ("box", "DiscretizeObservation", discretized(7)),
    ("box", "DiscretizeObservation multi", discretized((3, 1, 9), multidiscrete=True)),
    ("float64", "DiscretizeObservation", discretized((2, 3, 4, 5))),
    ("scalar", "DiscretizeObservation", discretized(4)),
    ("gray", "DiscretizeObservation", discretized(2, multidiscrete=True)),
    ("MountainCar-v0", "DiscretizeObservation", discretized(20)),
    ("Acrobot-v1", "DiscretizeObservation", discretized(3)),
    ("picture", "GrayscaleObservation", wrapper("GrayscaleObservation")),
    ("picture", "GrayscaleObservation kept", wrapper("GrayscaleObservation", keep_dim=True)),
    ("dict", "FilterObservation", wrapper("FilterObservation", ["picture", "far"])),
    ("tuple", "FilterObservation", wrapper("FilterObservation", (2, 0))),
    ("tuple", "FilterObservation last", wrapper("FilterObservation", [-1])),
    (
        "box",
        "FrameStackObservation custom",
        wrapper("FrameStackObservation", 2, padding_type=np.float32([0, 1, 2])),
    ),
    ("box", "DtypeObservation", wrapper("DtypeObservation", "float16")),
    ("multi_discrete", "DtypeObservation", wrapper("DtypeObservation", np.int32)),
    *((task, "ClipAction", wrapper("ClipAction")) for task in (*CONTINUOUS, "box")),
    *((task, "RescaleAction", wrapper("RescaleAction", -3.0, 5)) for task in (*CONTINUOUS, "box")),
    *((task, "DiscretizeAction", wrapper("DiscretizeAction", 7)) for task in (*CONTINUOUS, "box")),
    *(
        (task, "DiscretizeAction multi", wrapper("DiscretizeAction", 7, True))
        for task in (*CONTINUOUS, "box")
    ),
    ("box", "DiscretizeAction each", wrapper("DiscretizeAction", (3, 5))),
]

COMBINATIONS = [
    *(
        (task, name, wrap)
        for task in ("box", "CartPole-v1", "Pendulum-v1")
        for name, wrap in ANYWHERE.items()
    ),
    *(
        (task, name, ANYWHERE[name])
        for task in ("dict", "tuple")
        for name in ANYWHERE
        if "Observation" in name
    ),
    *((task, name, ANYWHERE["everything"]) for task in CLASSIC for name in ("everything",)),
    *(
        (task, name, wrap)
        for task in ("box", "float64", "picture", *CLASSIC)
        for name, wrap in ARRAYS.items()
    ),
    *(
        (task, name, ARRAYS[name])
        for task in ("scalar", "discrete", "multi_discrete", "multi_binary")
        for name in ("NormalizeObservation", "MaxAndSkipObservation", "DtypeObservation")
        if (task, name) != ("multi_discrete", "DtypeObservation")
    ),
    *PARTICULAR,
]


@pytest.mark.parametrize(
    ("environment", "name", "wrap"),
    [pytest.param(*case, id=f"{case[0]} {case[1]}") for case in COMBINATIONS],
)
def test_steps(environment, name, wrap):
    is_variant = " " in name
    if name.startswith("MaxAndSkip"):  # Gymnasium's ends with older observations where an episode ends early
        wrap = compose(wrap, hide_last_observations)
    assert_same_run(environment, wrap, 2000 if environment in LONG and not is_variant else 300)


@pytest.mark.skipif(importlib.util.find_spec("cv2") is None, reason="ResizeObservation needs OpenCV")
@pytest.mark.parametrize("environment", ["picture", "gray"])
def test_resize(environment):
    for shape in ((3, 4), (12, 10), (1, np.int64(1))):
        assert_same_run(environment, wrapper("ResizeObservation", shape), 200)
    one_channel = compose(wrapper("GrayscaleObservation", True), wrapper("ResizeObservation", (4, 2)))
    assert_same_run("picture", one_channel, 200)


@pytest.mark.parametrize("name", ["NormalizeObservation", "NormalizeReward"])
def test_frozen_moments(name):
    """`update_running_mean` stops updates; the moments stay."""

    def runs(p):
        env = getattr(p.wrappers, name)(make(p, "CartPole-v1"))
        moments = env.obs_rms if name == "NormalizeObservation" else env.return_rms
        results = []
        for update in (False, True, False, True):
            env.update_running_mean = update
            assert env.update_running_mean is update
            results.append(env.reset(seed=1))
            results += [env.step(0) for _ in range(8)]
            results += [moments.mean, moments.var, moments.count]
        return results

    assert_same(runs(plyo), runs(gymnasium))


def test_moments_may_be_assigned():
    """Moments of an earlier training are put in."""

    def runs(p):
        env = p.wrappers.NormalizeObservation(make(p, "CartPole-v1"))
        results = []
        for mean in (np.ones(4), np.ones(4, np.float32), np.float32(2), np.ones((1, 4), np.float16)):
            env.obs_rms.mean, env.obs_rms.var, env.obs_rms.count = mean, mean * 2, 5
            results += [env.reset(seed=2), env.step(1), env.obs_rms.mean, env.obs_rms.var, env.obs_rms.count]
        return results

    assert_same(runs(plyo), runs(gymnasium))


def test_queues_of_episode_statistics():
    def facts(p):
        env = p.wrappers.RecordEpisodeStatistics(p.wrappers.TimeLimit(make(p, "box"), 20), buffer_length=2)
        results = [env.episode_count, env.episode_start_time, env.time_queue.maxlen]
        env.reset(seed=0)
        for _ in range(100):
            _, _, terminated, truncated, _ = env.step(np.float32([0, 1]))
            if terminated or truncated:
                results += [env.episode_returns, env.episode_lengths]
                env.reset()
        assert all(time >= 0 for time in env.time_queue)
        assert len(env.time_queue) == 2
        return [
            *results,
            env.episode_count,
            list(env.return_queue),
            list(env.length_queue),
            env.episode_lengths,
        ]

    assert_same(facts(plyo), facts(gymnasium))


def test_statistics_refuse_a_key_that_is_taken():
    for p in (plyo, gymnasium):
        env = p.wrappers.RecordEpisodeStatistics(p.wrappers.TimeLimit(make(p, "box"), 1), stats_key="action")
        env.reset(seed=0)
        with pytest.raises(AssertionError):
            env.step(np.float32([0, 1]))


def test_discretized_actions_and_observations_are_reverted():
    def facts(p):
        results = []
        for bins, multi in ((5, False), (5, True), ((2, 3), False)):
            env = p.wrappers.DiscretizeAction(make(p, "box"), bins, multi)
            results += [env.bins, env.bin_centers, env.n_dims, env.low, env.high, env.multidiscrete]
            for action in ([0.3, 0.1], [-9, 9], [1, 4]):
                results.append(env.revert_action(np.float32(action)))
                results.append(env.action(results[-1]))
        for bins, multi in ((4, False), (4, True), ((2, 3, 4), False)):
            env = p.wrappers.DiscretizeObservation(make(p, "box"), bins, multi)
            results += [env.bins, env.bin_edges, env.n_dims, env.low, env.high, env.multidiscrete]
            for observation in ([0, 0, 0], [9, 9, 9], [-9, 1, 5]):
                number = env.observation(np.float32(observation))
                results += [number, env.revert_observation(number)]
        return results

    assert_same(facts(plyo), facts(gymnasium))


def test_a_stack_shares_no_memory():
    for environment in ("box", "dict"):
        env = plyo.wrappers.FrameStackObservation(make(plyo, environment), 2)
        first, _ = env.reset(seed=0)
        second = env.step(np.float32([0, 1]))[0]
        pairs = [(first, second)] if environment == "box" else [(first[k], second[k]) for k in first]
        assert not any(np.shares_memory(a, b) for a, b in pairs)


def test_returned_moments_stay_as_they_were():
    """A reference to the mean is a snapshot, as in Gymnasium: updates make new arrays."""
    env = plyo.wrappers.NormalizeObservation(make(plyo, "box"))
    env.reset(seed=0)
    mean, before = env.obs_rms.mean, env.obs_rms.mean.copy()
    env.step(np.float32([0, 1]))
    assert np.array_equal(mean, before)
    assert not np.array_equal(env.obs_rms.mean, before)


def test_every_wrapper_is_stepped():
    tested = {name.split()[0] for _, name, _ in COMBINATIONS} | {"ResizeObservation"}
    elsewhere = {
        "Affine",
        "AddRenderObservation",
        "AddWhiteNoise",
        "HumanRendering",
        "ObstructView",
        "EnvCompatibility",
        "LegacyStep",
        "Monitor",
        "RecordEpisodes",
        "RecordVideo",
        "RenderCollection",
        "AtariPreprocessing",
        "ArrayConversion",
        "JaxToNumpy",
        "JaxToTorch",
        "NumpyToTorch",
        "vector",
    }
    assert tested - {"everything"} == set(plyo.wrappers.__all__) - elsewhere
    assert set(SPACES) == {task for task, _, _ in COMBINATIONS} - set(CLASSIC)
