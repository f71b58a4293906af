"""TorchRL: its collector over GymEnv and SerialEnv, a small policy, and some steps of REINFORCE."""

from __future__ import annotations

import argparse

import torch
from digests import Digest
from tensordict.nn import ProbabilisticTensorDictModule, ProbabilisticTensorDictSequential, TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.envs import GymEnv, ParallelEnv, SerialEnv
from torchrl.modules import OneHotCategorical


def make():
    return GymEnv("CartPole-v1")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--envs", type=int, default=2)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--parallel", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    envs = (ParallelEnv if args.parallel else SerialEnv)(args.envs, make)
    envs.set_seed(1)
    network = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
    policy = ProbabilisticTensorDictSequential(
        TensorDictModule(network, ["observation"], ["logits"]),
        ProbabilisticTensorDictModule(
            ["logits"], ["action"], distribution_class=OneHotCategorical, return_log_prob=True
        ),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    collector = Collector(envs, policy, frames_per_batch=args.envs * 50, total_frames=args.steps)
    digest = Digest()
    for batch in collector:
        following = batch["next"]
        digest.see(batch["observation"].numpy(), following["reward"].numpy(), following["done"].numpy())
        digest.see(following["observation"].numpy())
        logits = network(batch["observation"])
        chosen = (logits.log_softmax(-1) * batch["action"]).sum(-1)
        loss = -(chosen * following["reward"].squeeze(-1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    collector.shutdown()
    digest.show(network)
