"""TorchRL: PPO in the manner of its tutorial, with transforms, its own advantages, loss and replay buffer."""

from __future__ import annotations

import argparse

import torch
from digests import Digest
from tensordict.nn import TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.data import LazyTensorStorage, ReplayBuffer, SamplerWithoutReplacement
from torchrl.envs import (
    Compose,
    DoubleToFloat,
    GymEnv,
    ObservationNorm,
    RewardSum,
    StepCounter,
    TransformedEnv,
)
from torchrl.modules import NormalParamExtractor, ProbabilisticActor, TanhNormal, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--env", default="Pendulum-v1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=250)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    env = TransformedEnv(
        GymEnv(args.env),
        Compose(ObservationNorm(in_keys=["observation"]), DoubleToFloat(), StepCounter(), RewardSum()),
    )
    env.set_seed(1)
    env.transform[0].init_stats(num_iter=100)
    sizes = env.observation_spec["observation"].shape[-1], env.action_spec.shape[-1]
    body = nn.Sequential(
        nn.Linear(sizes[0], 32), nn.Tanh(), nn.Linear(32, 2 * sizes[1]), NormalParamExtractor()
    )
    policy = ProbabilisticActor(
        TensorDictModule(body, ["observation"], ["loc", "scale"]),
        spec=env.action_spec,
        in_keys=["loc", "scale"],
        distribution_class=TanhNormal,
        distribution_kwargs={"low": env.action_spec.space.low, "high": env.action_spec.space.high},
        return_log_prob=True,
    )
    value = ValueOperator(
        nn.Sequential(nn.Linear(sizes[0], 32), nn.Tanh(), nn.Linear(32, 1)), in_keys=["observation"]
    )
    advantage = GAE(gamma=0.99, lmbda=0.95, value_network=value, average_gae=True)
    loss = ClipPPOLoss(actor_network=policy, critic_network=value)
    optimizer = torch.optim.Adam(loss.parameters(), lr=1e-3)
    total = args.rounds * args.frames
    collector = Collector(env, policy, frames_per_batch=args.frames, total_frames=total)
    buffer = ReplayBuffer(
        storage=LazyTensorStorage(args.frames), sampler=SamplerWithoutReplacement(), batch_size=50
    )
    digest = Digest()
    for batch in collector:
        following = batch["next"]
        digest.see(batch["observation"].numpy(), following["reward"].numpy(), following["done"].numpy())
        for _ in range(2):
            advantage(batch)
            buffer.extend(batch.reshape(-1))
            for part in buffer:
                losses = loss(part)
                sum(losses[f"loss_{name}"] for name in ("objective", "critic", "entropy")).backward()
                optimizer.step()
                optimizer.zero_grad()
    collector.shutdown()
    digest.show(loss, reward=float(batch["next", "reward"].mean()))
