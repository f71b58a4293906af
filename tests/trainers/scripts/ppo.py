"""PPO in one file, in the manner of CleanRL, for Gymnasium 1.x."""

from __future__ import annotations

import argparse

import gymnasium as gym
import numpy as np
import torch
from digests import Digest
from torch import nn
from torch.distributions import Categorical


def layer(inputs: int, outputs: int, gain: float = 2**0.5) -> nn.Linear:
    made = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(made.weight, gain)
    nn.init.constant_(made.bias, 0.0)
    return made


class Agent(nn.Module):
    def __init__(self, envs: gym.vector.VectorEnv) -> None:
        super().__init__()
        size = int(np.prod(envs.single_observation_space.shape))
        choices = int(envs.single_action_space.n)
        self.actor = nn.Sequential(
            layer(size, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, choices, 0.01)
        )
        self.critic = nn.Sequential(layer(size, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, 1, 1.0))

    def forward(self, observations, actions=None):
        policy = Categorical(logits=self.actor(observations))
        actions = policy.sample() if actions is None else actions
        return actions, policy.log_prob(actions), policy.entropy(), self.critic(observations).squeeze(-1)


def make(id: str):
    def thunk() -> gym.Env:
        return gym.wrappers.RecordEpisodeStatistics(gym.make(id))

    return thunk


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--env", default="CartPole-v1")
    parser.add_argument("--envs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=4096)
    parser.add_argument("--asynchronous", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    length, gamma, gae_lambda, clip = 128, 0.99, 0.95, 0.2

    makers = [make(args.env) for _ in range(args.envs)]
    mode = gym.vector.AutoresetMode.SAME_STEP
    kind = gym.vector.AsyncVectorEnv if args.asynchronous else gym.vector.SyncVectorEnv
    envs = kind(makers, autoreset_mode=mode)
    assert isinstance(envs.single_action_space, gym.spaces.Discrete)
    agent, digest, returns = Agent(envs), Digest(), []
    optimizer = torch.optim.Adam(agent.parameters(), lr=2.5e-4, eps=1e-5)
    shape = (length, args.envs)
    observations = torch.zeros((*shape, *envs.single_observation_space.shape))
    actions, log_probs, rewards, dones, values = (torch.zeros(shape) for _ in range(5))
    generator = np.random.default_rng(1)

    following, _ = envs.reset(seed=1)
    digest.see(following)
    following, done = torch.tensor(following), torch.zeros(args.envs)
    for _ in range(args.steps // (length * args.envs)):
        for t in range(length):
            observations[t], dones[t] = following, done
            with torch.no_grad():
                action, log_probs[t], _, values[t] = agent(following)
            actions[t] = action
            seen, reward, terminated, truncated, infos = envs.step(action.numpy())
            digest.see(seen, reward, terminated | truncated)
            if "final_info" in infos:
                episodes = infos["final_info"]["episode"]
                returns += episodes["r"][infos["final_info"]["_episode"]].tolist()
            rewards[t], following = torch.tensor(reward), torch.tensor(seen)
            done = torch.tensor(terminated | truncated, dtype=torch.float32)

        with torch.no_grad():
            ahead = agent.critic(following).squeeze(-1)
        advantages, last = torch.zeros(shape), torch.zeros(args.envs)
        for t in reversed(range(length)):
            going = 1.0 - (done if t == length - 1 else dones[t + 1])
            value = ahead if t == length - 1 else values[t + 1]
            last = rewards[t] + gamma * value * going - values[t] + gamma * gae_lambda * going * last
            advantages[t] = last
        targets = advantages + values

        flat = [x.flatten(0, 1) for x in (observations, actions, log_probs, advantages, targets)]
        for _ in range(4):
            for batch in np.array_split(generator.permutation(length * args.envs), 4):
                obs, act, old, advantage, target = (x[batch] for x in flat)
                _, new, entropy, value = agent(obs, act.long())
                ratio = (new - old).exp()
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                loss = torch.max(-advantage * ratio, -advantage * ratio.clamp(1 - clip, 1 + clip)).mean()
                loss = loss - 0.01 * entropy.mean() + 0.25 * ((value - target) ** 2).mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimizer.step()
    envs.close()
    digest.show(agent, mean_return=float(np.mean(returns[-20:])), episodes=len(returns))
