"""Plyo's tasks in Gymnasium's registry: classes, spaces, wrappers, batches, pickles, checkers."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from differential import assert_same
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import plyo
import plyo.gymnasium
import plyo.gymnasium.envs
from plyo.tasks.descriptions import native_tasks

IDS = [variant["id"] for task in native_tasks().values() for variant in task["variants"]]
QUICK = [
    "CartPole-v1",
    "Pendulum-v1",
    "FrozenLake-v1",
    "Blackjack-v1",
    "Copy-v0",
    "InvertedPendulum-v5",
    "FetchReach-v4",
]


def test_every_native_id_is_registered():
    assert {f"plyo/{id}" for id in IDS} <= set(gymnasium.registry)
    for id in IDS:
        spec = gymnasium.spec(f"plyo/{id}")
        own = plyo.spec(id)
        assert (spec.max_episode_steps, spec.reward_threshold, spec.kwargs) == (
            own.max_episode_steps,
            own.reward_threshold,
            own.kwargs,
        )
        for entry_point in (spec.entry_point, spec.vector_entry_point):
            module, name = entry_point.split(":")
            assert name in dir(importlib.import_module(module))


def test_ids_that_are_there_are_left_alone():
    before = dict(gymnasium.registry)
    plyo.gymnasium.register_tasks(gymnasium.registry)
    assert gymnasium.registry == before


@pytest.mark.parametrize("id", QUICK)
def test_an_environment_is_gymnasiums_and_steps_as_plyos(id):
    ours, theirs = plyo.make(id), gymnasium.make(f"plyo/{id}")
    assert isinstance(theirs, gymnasium.Env)
    assert isinstance(theirs.unwrapped, type(ours.unwrapped))
    assert isinstance(theirs.observation_space, gymnasium.spaces.Space)
    assert isinstance(theirs.action_space, gymnasium.spaces.Space)
    assert theirs.unwrapped.spec.id == theirs.spec.id == f"plyo/{id}"
    assert theirs.spec.max_episode_steps == ours.spec.max_episode_steps
    theirs.action_space.seed(1)
    assert_same(theirs.reset(seed=7), ours.reset(seed=7))
    for _ in range(30):
        action = theirs.action_space.sample()
        found, expected = theirs.step(action), ours.step(action)
        assert_same(found, expected)
        if found[2] or found[3]:
            assert_same(theirs.reset(), ours.reset())
    ours.close()
    theirs.close()


def test_the_time_limit_is_gymnasiums():
    for limit, length in ((None, 200), (3, 3), (-1, None)):
        env = gymnasium.make("plyo/Pendulum-v1", max_episode_steps=limit)
        env.reset(seed=0)
        steps = next((i + 1 for i in range(250) if env.step(np.zeros(1, np.float32))[3]), None)
        assert steps == length


@pytest.mark.parametrize(
    "id", ["CartPole-v1", "MountainCarContinuous-v0", "FrozenLake-v1", "Blackjack-v1", "Copy-v0"]
)
def test_gymnasiums_checker_is_content(id, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # it opens windows
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of bounds and of missing render modes, as with its own
        check_env(gymnasium.make(f"plyo/{id}").unwrapped)


def test_keyword_arguments_and_render_modes():
    env = gymnasium.make("plyo/Pendulum-v1", g=5.0, math="reference", render_mode="rgb_array")
    assert env.unwrapped.g == 5.0
    env.reset(seed=0)
    assert env.render().shape == (500, 500, 3)
    frames = gymnasium.make("plyo/CartPole-v1", render_mode="rgb_array_list")
    frames.reset(seed=0)
    frames.step(0)
    assert len(frames.render()) == 2
    text = gymnasium.make("plyo/FrozenLake-v1", render_mode="ansi", is_slippery=False)
    text.reset(seed=0)
    assert "SFFF" in text.render().replace("\x1b[41m", "").replace("\x1b[0m", "")
    with pytest.raises(TypeError, match="nothing"):
        gymnasium.make("plyo/CartPole-v1", nothing=3)


def test_wrappers_of_gymnasium_go_around_it():
    env = gymnasium.make("plyo/CartPole-v1")
    env = gymnasium.wrappers.RecordEpisodeStatistics(env)
    env = gymnasium.wrappers.FrameStackObservation(env, 3)
    assert env.observation_space.shape == (3, 4)
    env.reset(seed=0)
    while True:
        observation, _, terminated, truncated, info = env.step(0)
        assert observation in env.observation_space
        if terminated or truncated:
            break
    assert info["episode"]["l"] == info["episode"]["r"] > 5
    assert gymnasium.make(env.spec).spec == env.spec
    assert gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()) == env.spec


@pytest.mark.parametrize("id", ["CartPole-v1", "Blackjack-v1", "Copy-v0", "InvertedPendulum-v5"])
@pytest.mark.parametrize("mode", AutoresetMode)
def test_a_batch_is_gymnasiums_and_steps_as_plyos(id, mode):
    ours = plyo.make_vec(id, 5, autoreset_mode=mode)
    theirs = gymnasium.make_vec(f"plyo/{id}", 5, vectorization_mode="vector_entry_point", autoreset_mode=mode)
    assert isinstance(theirs, gymnasium.vector.VectorEnv)
    assert theirs.metadata["autoreset_mode"] is theirs.autoreset_mode is mode
    assert theirs.observation_space == gymnasium.vector.utils.batch_space(theirs.single_observation_space, 5)
    for space in (theirs.observation_space, theirs.single_action_space, theirs.action_space):
        assert isinstance(space, gymnasium.spaces.Space)
    assert theirs.get_attr("action_space") == (theirs.single_action_space,) * 5
    theirs.action_space.seed(1)
    assert_same(theirs.reset(seed=7), ours.reset(seed=7))
    for _ in range(60):
        actions = theirs.action_space.sample()
        found, expected = theirs.step(actions), ours.step(actions)
        assert_same(found, expected)
        ended = found[2] | found[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            options = {"reset_mask": ended}
            assert_same(theirs.reset(options=options), ours.reset(options=options))
    assert ours.rollout(plyo.policies.Random(seed=3), 20).rewards.tobytes() == (
        theirs.rollout(plyo.policies.Random(seed=3), 20).rewards.tobytes()
    )


def test_the_default_of_make_vec_is_the_native_batch():
    envs = gymnasium.make_vec("plyo/CartPole-v1", num_envs=3)
    assert isinstance(envs, plyo.gymnasium.envs.CartPoleVectorEnv)
    assert envs.spec.kwargs["vectorization_mode"] == "vector_entry_point"
    assert gymnasium.make_vec(envs.spec).num_envs == 3
    stacked = gymnasium.wrappers.vector.RecordEpisodeStatistics(
        gymnasium.make_vec("plyo/CartPole-v1", num_envs=3)
    )
    stacked = gymnasium.wrappers.vector.NormalizeObservation(stacked)
    stacked.reset(seed=0)
    infos = [stacked.step(np.zeros(3, int))[4] for _ in range(20)]
    assert any("episode" in info for info in infos)


@pytest.mark.parametrize(("limit", "length"), [(None, 200), (4, 4), (-1, None)])
def test_the_time_limit_of_a_batch(limit, length):
    arguments = {} if limit is None else {"max_episode_steps": limit}
    envs = gymnasium.make_vec("plyo/Pendulum-v1", num_envs=2, **arguments)
    envs.reset(seed=0)
    zeros = np.zeros((2, 1), np.float32)
    assert next((i + 1 for i in range(250) if envs.step(zeros)[3].any()), None) == length


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_gymnasiums_own_batches_hold_it(mode):
    ours = plyo.make_vec("CartPole-v1", 2)
    theirs = gymnasium.make_vec("plyo/CartPole-v1", 2, vectorization_mode=mode)
    assert_same(theirs.reset(seed=3)[0], ours.reset(seed=3)[0])
    for _ in range(40):
        actions = np.ones(2, np.int64)
        assert_same(theirs.step(actions)[:4], ours.step(actions)[:4])
    theirs.close()


def test_environments_and_batches_pickle():
    env = gymnasium.make("plyo/Taxi-v4")
    env.reset(seed=1)
    copied = pickle.loads(pickle.dumps(env))
    assert copied.observation_space == env.observation_space
    assert isinstance(copied.observation_space, gymnasium.spaces.Discrete)
    assert_same(copied.step(1), env.step(1))
    envs = gymnasium.make_vec("plyo/Taxi-v4", 3, autoreset_mode=AutoresetMode.SAME_STEP)
    envs.reset(seed=1)
    copies = pickle.loads(pickle.dumps(envs))
    assert copies.autoreset_mode is AutoresetMode.SAME_STEP
    assert copies.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert isinstance(copies.observation_space, gymnasium.spaces.MultiDiscrete)
    assert_same(copies.step(np.array([1, 2, 3])), envs.step(np.array([1, 2, 3])))


def test_a_pickle_is_read_by_a_process_that_has_not_registered_anything(tmp_path):
    env = plyo.gymnasium.envs.CartPoleEnv()
    env.reset(seed=1)
    (tmp_path / "env").write_bytes(pickle.dumps(env))
    code = "import pickle, sys; print(type(pickle.load(open(sys.argv[1], 'rb'))))"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "env"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "<class 'plyo.gymnasium.envs.CartPoleEnv'>\n"


def test_names_that_are_no_tasks():
    for name in ("NothingEnv", "CartPole", "CartPoleVector", "VectorEnv", "Env"):
        assert not hasattr(plyo.gymnasium.envs, name)


def test_the_module_is_named_in_the_id():
    code = "import gymnasium; print(gymnasium.make('plyo.gymnasium:plyo/CartPole-v1').spec.id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "plyo/CartPole-v1\n"


def test_without_gymnasium_the_extra_is_named():
    code = "import sys; sys.modules['gymnasium'] = None; import plyo; {}"
    for use in ("import plyo.gymnasium", "plyo.to_gymnasium", "plyo.from_gymnasium"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(use)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "`pip install gymnasium`" in done.stderr
