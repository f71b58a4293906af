"""Tianshou on Plyo's batches."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import plyo

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # those of Tianshou about what it imports
    pytest.importorskip("tianshou", reason="the extra tianshou")
    import gymnasium
    import torch
    from tianshou.algorithm import PPO
    from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.data import Collector, VectorReplayBuffer
    from tianshou.env import BaseVectorEnv, DummyVectorEnv, VectorEnvNormObs
    from tianshou.utils.net.common import Net
    from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic
    from tianshou.utils.torch_utils import policy_within_training_step, torch_train_mode

from plyo.adapters.tianshou import PlyoVectorEnv, make_env

pytestmark = pytest.mark.trainers

TASKS = {
    "CartPole-v1": {},
    "Pendulum-v1": {"max_episode_steps": 30},
    "FrozenLake-v1": {"max_episode_steps": 30},
}


def same(one, other) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray) and one.dtype == np.dtype(object):
        return len(one) == len(other) and all(map(same, one, other))
    return np.array_equal(one, other) and np.asarray(one).dtype == np.asarray(other).dtype


def pair(id: str, **kwargs) -> tuple[PlyoVectorEnv, DummyVectorEnv]:
    theirs = DummyVectorEnv([lambda: gymnasium.make(id, **kwargs) for _ in range(4)])
    return make_env(id, 4, math="reference", **kwargs), theirs


def test_atari_games_step_by_number():
    pytest.importorskip("ale_py", reason="the games are ale-py's")
    ours = make_env("ALE/Pong-v5", 3, max_episode_steps=4)
    envs = plyo.make_vec("ALE/Pong-v5", 3, engine="lanes", autoreset_mode="disabled", max_episode_steps=4)
    observations, infos = ours.reset(seed=2)
    expected, _ = envs.reset(seed=[2] * 3)
    assert same(observations, expected)
    assert infos[1]["lives"] == 0
    for step in range(4):
        results, expected = ours.step([2, 3], [2, 0]), envs.step([3, 0, 2])
        for one, other in zip(results[:-1], expected[:-1], strict=True):
            assert same(one, other[[2, 0]])
        assert [info["env_id"] for info in results[-1]] == [2, 0]
        assert ("score" in results[-1][0]) == (step == 3)
    observations, _ = ours.reset([2])
    assert observations.shape == (1, 4, 84, 84)
    ours.step([0, 0], [1, 2])
    with pytest.raises(AttributeError, match="Atari"):
        ours.get_env_attr("spec")
    ours.close()
    threads = plyo.make_vec("ALE/Pong-v5", 1, autoreset_mode="disabled")
    with pytest.raises(TypeError, match="engine='lanes'"):
        PlyoVectorEnv(threads)


@pytest.mark.parametrize("id", TASKS)
def test_the_stream_of_dummy_vector_env(id):
    ours, theirs = pair(id, **TASKS[id])
    assert ours.seed(3) == theirs.seed(3) == [[3], [4], [5], [6]]
    for one, other in zip(ours.reset(), theirs.reset(), strict=True):
        assert same(one, other)
    random = np.random.default_rng(0)
    ends = 0
    for _ in range(120):
        ids = random.permutation(4)[: random.integers(1, 5)]
        actions = np.stack([ours.action_space[0].sample() for _ in ids])
        step, expected = ours.step(actions, ids), theirs.step(actions, ids)
        rewards = expected[1].astype(np.float64)  # integers where all of the task's are
        for one, other in zip(step, (expected[0], rewards, *expected[2:]), strict=True):
            assert same(one, other)
        done = ids[step[2] | step[3]]
        if len(done):
            ends += len(done)
            for one, other in zip(ours.reset(done), theirs.reset(done), strict=True):
                assert same(one, other)
    assert ends > 3


def test_ids():
    ours, theirs = pair("CartPole-v1")
    for envs in (ours, theirs):
        envs.seed(0)
    for id in (2, [3, 1], np.array([0]), None):
        one, other = ours.reset(id, seed=9), theirs.reset(id, seed=9)
        assert same(one[0], other[0])
        assert same(one[1], other[1])
    actions = [1, 0, 1, 1]
    assert same(ours.step(actions)[0], theirs.step(actions)[0])
    assert same(ours.step([1], 2)[4], theirs.step([1], 2)[4])
    with pytest.raises(IndexError, match="environments are numbered 0 to 3"):
        ours.reset([4])
    with pytest.raises(TypeError, match="reset takes seed and options, got other"):
        ours.reset(other=1)


def test_attributes():
    ours, theirs = pair("CartPole-v1")
    assert isinstance(ours, BaseVectorEnv)
    assert len(ours) == 4
    assert not ours.is_async
    assert ours.action_space == theirs.action_space
    assert ours.observation_space == theirs.observation_space
    for envs in (ours, theirs):
        envs.reset(seed=0)
        envs.set_env_attr("gravity", 5.0, [1, 2])
        assert envs.get_env_attr("gravity") == [9.8, 5.0, 5.0, 9.8]
        assert envs.get_env_attr("gravity", 1) == [5.0]
        envs.set_env_attr("gravity", 6.0)
        assert envs.get_env_attr("gravity") == [6.0] * 4
        with pytest.raises(AttributeError):
            envs.get_env_attr("nothing")
        envs.close()
        with pytest.raises(AssertionError, match="cannot be called after close"):
            envs.reset()


def test_pictures():
    envs = make_env("CartPole-v1", 2, render_mode="rgb_array")
    envs.reset()
    assert [picture.shape for picture in envs.render()] == [(400, 600, 3)] * 2
    assert make_env("CartPole-v1", 2).render() == [None, None]


def test_sampled_actions_are_those_of_dummy_vector_env():
    ours, theirs = pair("CartPole-v1")
    for envs in (ours, theirs):
        envs.seed(5)
    samples = [
        [[space.sample() for _ in range(20)] for space in envs.action_space] for envs in (ours, theirs)
    ]
    assert samples[0] == samples[1]


def test_a_wrapper_of_tianshou():
    ours, theirs = (VectorEnvNormObs(envs) for envs in pair("CartPole-v1"))
    for envs in (ours, theirs):
        envs.seed(0)
    assert same(ours.reset()[0], theirs.reset()[0])
    assert same(ours.step([1, 0, 1, 0])[0], theirs.step([1, 0, 1, 0])[0])


def test_observations_of_a_robot():
    pytest.importorskip("gymnasium_robotics", reason="the models of the robots")
    envs = make_env("FetchReach-v4", 2)
    observations, _ = envs.reset(seed=0)
    assert observations.dtype == object
    assert observations[1]["observation"].shape == (10,)
    observations, *_, infos = envs.step(np.zeros((1, 4), dtype=np.float32), [1])
    assert observations.shape == (1,)
    assert infos[0]["env_id"] == 1
    assert "is_success" in infos[0]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match='make it with autoreset_mode="disabled"'):
        PlyoVectorEnv(plyo.make_vec("CartPole-v1", 2))
    with pytest.raises(TypeError, match="expected a native batch"):
        make_env("CartPole-v1", 2, vectorization_mode="sync")
    with pytest.raises(TypeError, match="Tianshou knows no observations that are tuples"):
        make_env("Blackjack-v1", 2)


def make_ppo(envs) -> PPO:
    nets = [Net(state_shape=4, hidden_sizes=[64, 64], activation=torch.nn.Tanh) for _ in range(2)]
    actor = DiscreteActor(preprocess_net=nets[0], action_shape=2, softmax_output=False)
    critic = DiscreteCritic(preprocess_net=nets[1])
    policy = ProbabilisticActorPolicy(
        actor=actor,
        dist_fn=lambda logits: torch.distributions.Categorical(logits=logits),
        action_space=envs.action_space[0],
        action_scaling=False,
    )
    return PPO(
        policy=policy,
        critic=critic,
        optim=AdamOptimizerFactory(lr=1e-3),
        gamma=0.98,
        gae_lambda=0.9,
        ent_coef=0.0,
        max_grad_norm=0.5,
    )


@pytest.mark.parametrize("amount", [{"n_step": 200}, {"n_episode": 7}])
def test_a_collector_gets_what_it_gets_from_dummy_vector_env(amount):
    buffers = []
    for envs in pair("CartPole-v1"):
        torch.manual_seed(0)
        algorithm = make_ppo(envs)
        envs.seed(0)
        buffer = VectorReplayBuffer(2000, 4)
        collector = Collector(algorithm, envs, buffer)
        collector.reset()
        collector.collect(**amount)
        collector.collect(**amount)
        buffers.append(buffer)
    ours, theirs = (buffer[buffer.sample_indices(0)] for buffer in buffers)
    for name in ("obs", "act", "rew", "terminated", "truncated", "obs_next"):
        assert np.array_equal(ours[name], theirs[name])


def test_ppo_learns_cart_pole(release):
    release("tianshou")
    envs = make_env("CartPole-v1", 32)
    algorithm = make_ppo(envs)
    envs.seed(0)
    collector = Collector(algorithm, envs, VectorReplayBuffer(32 * 64, 32))
    collector.reset()
    length = 0.0
    for _ in range(60):
        collector.reset_buffer()
        stats = collector.collect(n_step=32 * 64)
        length = 32 * 64 / max(stats.n_collected_episodes, 1)
        if length >= 490:
            break
        with policy_within_training_step(algorithm.policy), torch_train_mode(algorithm):
            algorithm.update(buffer=collector.buffer, batch_size=512, repeat=8)
    assert length >= 475
