"""Wrappers that record or show: idle wrappers can be pickled and copied, and no copy disturbs the original."""

from __future__ import annotations

import copy
import functools
import pickle

import numpy as np
import pytest

import plyo
from plyo import wrappers
from plyo.wrappers import vector

WAYS = {
    "pickle": lambda env: pickle.loads(pickle.dumps(env)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


def single(**kwargs):
    return plyo.make("CartPole-v1", render_mode="rgb_array", **kwargs)


def batch(num_envs=2, **kwargs):
    return plyo.make_vec("CartPole-v1", num_envs, render_mode="rgb_array", **kwargs)


MAKERS = {
    "RecordVideo": lambda folder: wrappers.RecordVideo(single(), folder),
    "RecordVideo, triggers": lambda folder: wrappers.RecordVideo(
        single(), folder, step_trigger=bool, on_saved=print
    ),
    "RecordVideo, apng": lambda folder: wrappers.RecordVideo(single(), folder, encoder="apng"),
    "RecordVideo, gif": lambda folder: wrappers.RecordVideo(single(), folder, encoder="gif"),
    "RecordVideo, lists": lambda folder: wrappers.RecordVideo(wrappers.RenderCollection(single()), folder),
    "RecordVideo, a batch": lambda folder: vector.RecordVideo(batch(), folder),
    "RecordVideo, a batch in Python": lambda folder: vector.RecordVideo(
        batch(vectorization_mode="sync"), folder
    ),
    "RecordVideo, in a batch": lambda folder: plyo.make_vec(
        "CartPole-v1",
        1,
        render_mode="rgb_array",
        wrappers=[functools.partial(wrappers.RecordVideo, video_folder=folder)],
    ),
    "RecordEpisodes": lambda folder: wrappers.RecordEpisodes(single(), keep=2),
    "RecordEpisodes, a batch": lambda folder: vector.RecordEpisodes(batch(), keep=2),
    "RenderCollection": lambda folder: wrappers.RenderCollection(single()),
    "make, lists": lambda folder: plyo.make("CartPole-v1", render_mode="rgb_array_list"),
    "HumanRendering": lambda folder: wrappers.HumanRendering(single()),
    "make, human": lambda folder: plyo.make("CartPole-v1", render_mode="human"),
    "HumanRendering, a batch": lambda folder: vector.HumanRendering(batch(), (64, 64)),
    "RecordEpisodeStatistics": lambda folder: wrappers.RecordEpisodeStatistics(single()),
    "RecordEpisodeStatistics, a batch": lambda folder: vector.RecordEpisodeStatistics(batch()),
}


def end_recordings(env):
    """Ends the recordings of an environment, or of those of a batch."""
    for inner in getattr(env.unwrapped, "envs", [env]):
        if getattr(inner, "recording", False):
            inner.stop_recording()
    if getattr(env, "recording", False):
        env.stop_recording()


@pytest.fixture(autouse=True)
def windowless(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    for name in list(MAKERS):
        if "human" in name.lower():
            pytest.importorskip("pygame")


def copies_to_try():
    """Each wrapper in each way, new and used; of the variants of RecordVideo, which take seconds, one case each."""
    for name in MAKERS:
        for way in WAYS:
            for used in (False, True):
                if not name.startswith("RecordVideo, ") or (used and way == "pickle"):
                    yield pytest.param(name, way, used, id=f"{name}-{way}-{'used' if used else 'new'}")


@pytest.mark.parametrize(("name", "way", "used"), [*copies_to_try()])
def test_idle_ones_can_be_copied(name, way, used, tmp_path):
    env = MAKERS[name](str(tmp_path / "videos"))
    if used:
        env.reset(seed=1)
        for _ in range(3):
            env.step(env.action_space.sample())
        end_recordings(env)
    other = WAYS[way](env)
    results = []
    for one in (other, env):
        first = one.reset(seed=4)[0]
        one.action_space.seed(4)
        results.append([first, one.step(one.action_space.sample())[0]])
        end_recordings(one)
    assert np.array_equal(*results)
    env.close()
    if way != "copy":  # which shares the environment inside
        other.close()


@pytest.mark.parametrize(
    "make", [lambda: wrappers.RecordEpisodes(single()), lambda: vector.RecordEpisodes(batch())]
)
def test_a_copy_keeps_episodes_of_its_own(make):
    env = make()
    env.reset(seed=1)
    other = pickle.loads(pickle.dumps(env))
    action = np.zeros(getattr(env, "num_envs", ()), int)
    while env.episode_count == 0:
        env.step(action if action.shape else 0)
    assert env.episode_count > other.episode_count == 0
    assert len(pickle.loads(pickle.dumps(env)).best) == len(env.best)
    env.close()


@pytest.mark.parametrize("name", ["RecordVideo, apng", "RecordVideo, a batch"])
def test_a_running_recording_is_not_copied_and_not_ended_by_a_copy(name, tmp_path):
    env = MAKERS[name](str(tmp_path / "videos"))
    env.reset(seed=1)
    for way in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="a recording cannot be copied or pickled, end it first"):
            way(env)
    other = copy.copy(env)
    del other
    env.step(env.action_space.sample())
    assert env.recording
    assert len(env.recorded_frames) == 2
    env.close()
    assert len(list((tmp_path / "videos").glob("*.[mp][pn]*"))) == 1


def test_a_window_stays_with_the_original(tmp_path):
    env = MAKERS["HumanRendering"](tmp_path)
    env.reset(seed=1)
    window = env.window
    other = copy.deepcopy(env)
    assert (other.window, other.clock) == (None, None)
    assert env.window is window
    other.reset(seed=1)
    assert other.window is not None
    env.close()


def test_random_policies_can_be_copied():
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=0)
    policy = plyo.policies.Random(5)
    first = envs.rollout(policy, 20).actions
    for way in WAYS.values():
        other = way(policy)
        envs.reset(seed=0)
        assert np.array_equal(envs.rollout(other, 20).actions, first)  # its streams begin anew
    unseeded = plyo.policies.Random()
    assert pickle.loads(pickle.dumps(unseeded)).seed == unseeded.seed
