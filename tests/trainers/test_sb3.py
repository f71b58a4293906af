"""Stable-Baselines3 on Plyo's batches."""

from __future__ import annotations

import numpy as np
import pytest

import plyo

pytest.importorskip("stable_baselines3", reason="the extra sb3")
import gymnasium
from stable_baselines3 import DQN, PPO, SAC, HerReplayBuffer
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    VecFrameStack,
    VecMonitor,
    VecNormalize,
    VecTransposeImage,
)

import plyo.gymnasium
from plyo.adapters.sb3 import PlyoVecEnv, make_vec_env

pytestmark = pytest.mark.trainers

TASKS = {
    "CartPole-v1": {},
    "MountainCar-v0": {},
    "Acrobot-v1": {"max_episode_steps": 90},
    "Pendulum-v1": {},
    "FrozenLake-v1": {"max_episode_steps": 30},
    "CliffWalking-v1": {"max_episode_steps": 40},
}


def same(one, other) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return np.array_equal(one, other)


@pytest.mark.parametrize("id", TASKS)
def test_the_stream_of_dummy_vec_env(id):
    def make():
        return Monitor(gymnasium.make(id, **TASKS[id]))

    theirs = DummyVecEnv([make] * 4)
    ours = make_vec_env(id, 4, seed=3, math="reference", **TASKS[id])
    theirs.seed(3)
    assert same(ours.reset(), theirs.reset())
    assert same(dict(enumerate(ours.reset_infos)), dict(enumerate(theirs.reset_infos)))
    ours.action_space.seed(0)
    ends = 0
    for _ in range(450):
        actions = np.stack([ours.action_space.sample() for _ in range(4)])
        step, expected = ours.step(actions), theirs.step(actions)
        for one, other in zip(step[:3], expected[:3], strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)
        for lane, (info, wanted) in enumerate(zip(step[3], expected[3], strict=True)):
            if not step[2][lane]:
                assert not wanted.pop("TimeLimit.truncated")
                assert same(info, wanted)
                continue
            ends += 1
            ours_of, theirs_of = info.pop("episode"), wanted.pop("episode")
            assert (round(ours_of["r"], 6), ours_of["l"]) == (theirs_of["r"], theirs_of["l"])
            assert same(info, wanted)
            assert ours.reset_infos[lane] == pytest.approx(theirs.reset_infos[lane])
    assert ends > 3


def test_results_are_fresh_and_writable():
    envs = make_vec_env("CartPole-v1", 3, seed=0)
    first = envs.reset()
    kept = first.copy()
    observations, rewards, dones, infos = envs.step(np.zeros(3, dtype=np.int64))
    rewards[0] += 5
    infos[1]["mine"] = True
    held = observations.copy(), dones.copy()
    *_, later = envs.step(np.ones(3, dtype=np.int64))
    assert np.array_equal(first, kept)
    assert np.array_equal(observations, held[0])
    assert np.array_equal(dones, held[1])
    assert later == [{}, {}, {}]


def test_seeds_and_options():
    envs = make_vec_env("CartPole-v1", 3)
    assert list(envs.seed(7)) == [7, 8, 9]
    expected, _ = plyo.make_vec("CartPole-v1", 3).reset(seed=7)
    assert np.array_equal(envs.reset(), expected)
    assert not np.array_equal(envs.reset(), expected)
    envs.seed(7)
    envs.set_options([{"low": 0.1, "high": 0.2}, {}, {"low": 0.1, "high": 0.2}])
    observations = envs.reset()
    assert (np.abs(observations) >= 0.1).all(axis=1).tolist() == [True, False, True]
    assert np.array_equal(observations[1], expected[1])
    assert (np.abs(envs.reset()) < 0.1).all()


def test_attributes_and_methods():
    envs = make_vec_env("CartPole-v1", 3, seed=0)
    envs.reset()
    assert envs.get_attr("gravity") == [9.8] * 3
    envs.set_attr("gravity", 5.0, indices=[1])
    assert envs.get_attr("gravity", [0, 1]) == [9.8, 5.0]
    envs.set_attr("gravity", 6.0)
    assert envs.get_attr("gravity", 2) == [6.0]
    assert not envs.has_attr("nothing")
    assert envs.get_attr("action_space", 0) == [gymnasium.spaces.Discrete(2)]
    assert envs.get_attr("spec")[0].id == "CartPole-v1"
    assert envs.env_is_wrapped(Monitor) == [True] * 3
    assert envs.env_is_wrapped(gymnasium.wrappers.TimeLimit, 0) == [False]
    assert len(envs.env_method("render", indices=[0, 2])) == 2
    with pytest.raises(RuntimeError, match="environment 1 belongs to a batch"):
        envs.env_method("reset", indices=1)
    assert envs.render().shape == (800, 1200, 3)
    assert envs.render_mode == "rgb_array"
    assert [picture.shape for picture in envs.get_images()] == [(400, 600, 3)] * 3
    envs.close()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_batches_of_single_environments(mode):
    envs = make_vec_env("CartPole-v1", 2, seed=0, vectorization_mode=mode)
    expected = make_vec_env("CartPole-v1", 2, seed=0)
    assert np.array_equal(envs.reset(), expected.reset())
    for _ in range(60):
        step, wanted = (each.step(np.ones(2, dtype=np.int64)) for each in (envs, expected))
        assert all(np.array_equal(*pair) for pair in zip(step[:3], wanted[:3], strict=True))
        for info, other in zip(step[3], wanted[3], strict=True):
            assert info.keys() == other.keys()
    assert len(envs.env_method("get_wrapper_attr", "gravity")) == 2
    if mode == "async":
        with pytest.raises(ValueError, match="an asynchronous batch calls 'render' in all environments"):
            envs.env_method("render", indices=0)
    else:
        assert envs.env_method("get_wrapper_attr", "gravity", indices=0) == [9.8]
    envs.close()


def test_wrappers_of_sb3():
    envs = VecNormalize(VecFrameStack(make_vec_env("CartPole-v1", 4, seed=0), 3))
    assert envs.reset().shape == (4, 12)
    ended = 0
    for _ in range(100):
        *_, dones, infos = envs.step(np.zeros(4, dtype=np.int64))
        ended += dones.sum()
        for info in np.array(infos)[dones]:
            assert info["terminal_observation"].shape == (12,)
    assert ended > 4
    with pytest.warns(UserWarning, match="already wrapped with a `Monitor`"):
        VecMonitor(make_vec_env("CartPole-v1", 1))


def test_the_file_of_episodes(tmp_path):
    envs = make_vec_env("CartPole-v1", 2, seed=0, monitor_dir=tmp_path)
    envs.reset()
    episodes = []
    while len(episodes) < 5:
        *_, infos = envs.step(np.zeros(2, dtype=np.int64))
        episodes += [info["episode"] for info in infos if info]
    envs.close()
    lines = (tmp_path / "0.monitor.csv").read_text().splitlines()
    assert lines[0].startswith('#{"t_start": ')
    assert lines[1] == "r,l,t"
    assert [float(line.split(",")[0]) for line in lines[2:]] == [episode["r"] for episode in episodes]


def test_batches_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='make it with autoreset_mode="same_step"'):
        PlyoVecEnv(plyo.make_vec("CartPole-v1", 2))
    with pytest.raises(TypeError, match=r"expected a plyo\.vector\.VectorEnv"):
        PlyoVecEnv(plyo.make("CartPole-v1"))


@pytest.mark.parametrize("mode", [None, "rgb_array"])
@pytest.mark.parametrize("id", ["CartPole-v1", "MountainCarContinuous-v0", "FrozenLake-v1"])
def test_sb3s_check_of_plyos_environments_in_gymnasium(id, mode):
    env = gymnasium.make(f"plyo/{id}", render_mode=mode)
    check_env(env, skip_render_check=False)  # which closes the environment, and then resets it
    env.close()


def test_ppo_learns_cart_pole(release):
    release("stable-baselines3")
    envs = make_vec_env("CartPole-v1", 8, seed=0)
    model = PPO(
        "MlpPolicy",
        envs,
        n_steps=32,
        batch_size=256,
        n_epochs=20,
        gamma=0.98,
        gae_lambda=0.8,
        learning_rate=lambda left: left * 1e-3,
        clip_range=lambda left: left * 0.2,
        stats_window_size=20,
        seed=0,
        device="cpu",
    )

    def is_learnt(*_) -> bool:
        returns = [episode["r"] for episode in model.ep_info_buffer]
        return len(returns) == 20 and np.mean(returns) >= 490

    model.learn(100_000, callback=lambda *_: not is_learnt())
    mean, _ = evaluate_policy(model, make_vec_env("CartPole-v1", 20, seed=1000), n_eval_episodes=20)
    assert mean >= 475


def test_ppo_trains_on_pixels():
    envs = make_vec_env("CartPole-v1", 4, seed=0, observation="pixels", size=(36, 36), stack=2)
    model = PPO("CnnPolicy", envs, n_steps=16, batch_size=32, n_epochs=1, seed=0, device="cpu")
    model.learn(128)
    assert model.num_timesteps == 128
    last = make_vec_env("CartPole-v1", 2, observation="pixels", size=(36, 36), channels="last")
    assert VecTransposeImage(last).reset().shape == (2, 4, 36, 36)


def test_dqn_trains():
    model = DQN(
        "MlpPolicy", make_vec_env("MountainCar-v0", 4, seed=0), learning_starts=100, seed=0, device="cpu"
    )
    model.learn(1200)
    assert model.replay_buffer.timeouts.sum() > 0


@pytest.mark.parametrize("copy_info_dict", [False, True])
def test_hindsight_on_a_robot(copy_info_dict):
    pytest.importorskip("gymnasium_robotics", reason="the models of the robots")
    envs = make_vec_env("FetchReach-v4", 2, seed=0, max_episode_steps=20)
    model = SAC(
        "MultiInputPolicy",
        envs,
        replay_buffer_class=HerReplayBuffer,
        replay_buffer_kwargs={"n_sampled_goal": 4, "copy_info_dict": copy_info_dict},
        learning_starts=50,
        batch_size=64,
        seed=0,
        device="cpu",
    )
    model.learn(120)
    sample = model.replay_buffer.sample(64)
    distance = np.linalg.norm(
        sample.next_observations["achieved_goal"] - sample.observations["desired_goal"], axis=1
    )
    rewards = sample.rewards.numpy()[:, 0]
    assert np.array_equal(rewards, -(distance > 0.05).astype(np.float32))
    assert len(set(rewards)) == 2
    assert len(model.ep_success_buffer) > 0
