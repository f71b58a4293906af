"""Tianshou 2: PPO over its own vector environments."""

from __future__ import annotations

import argparse

import gymnasium as gym
import numpy as np
import torch
from digests import Digest
from tianshou.algorithm import PPO
from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Collector, CollectStats, VectorReplayBuffer
from tianshou.env import DummyVectorEnv, SubprocVectorEnv
from tianshou.utils.net.common import Net
from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic
from tianshou.utils.torch_utils import policy_within_training_step


def make():
    return gym.make("CartPole-v1")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--envs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--subproc", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - Tianshou draws from it
    envs = (SubprocVectorEnv if args.subproc else DummyVectorEnv)([make] * args.envs)
    envs.seed(1)
    single = make()
    body = Net(state_shape=single.observation_space.shape, hidden_sizes=[64])
    actor = DiscreteActor(preprocess_net=body, action_shape=int(single.action_space.n))
    critic = DiscreteCritic(preprocess_net=Net(state_shape=single.observation_space.shape, hidden_sizes=[64]))
    policy = ProbabilisticActorPolicy(
        actor=actor,
        dist_fn=lambda logits: torch.distributions.Categorical(logits=logits),
        action_space=single.action_space,
        action_scaling=False,
    )
    algorithm = PPO(policy=policy, critic=critic, optim=AdamOptimizerFactory(lr=1e-3))
    buffer = VectorReplayBuffer(10_000, args.envs)
    collector = Collector[CollectStats](algorithm, envs, buffer)
    collector.reset()
    digest = Digest()
    for _ in range(args.rounds):
        collector.collect(n_step=128 * args.envs)
        batch, _ = buffer.sample(0)
        digest.see(batch.obs, batch.rew, batch.done)
        with policy_within_training_step(algorithm.policy):
            algorithm.update(buffer=buffer, batch_size=128, repeat=2)
        collector.reset_buffer()
    digest.show(policy)
    envs.close()
