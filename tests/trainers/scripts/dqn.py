"""DQN in one file, in the manner of CleanRL, for Gymnasium 1.x."""

from __future__ import annotations

import argparse
import random

import gymnasium as gym
import numpy as np
import torch
from digests import Digest
from torch import nn

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--env", default="CartPole-v1")
    parser.add_argument("--steps", type=int, default=3000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(1)
    torch.manual_seed(1)
    generator = np.random.default_rng(1)

    env = gym.wrappers.RecordEpisodeStatistics(gym.make(args.env))
    env.action_space.seed(1)
    size, choices = env.observation_space.shape[0], int(env.action_space.n)

    def network() -> nn.Module:
        return nn.Sequential(
            nn.Linear(size, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, choices)
        )

    online, target = network(), network()
    target.load_state_dict(online.state_dict())
    optimizer = torch.optim.Adam(online.parameters(), lr=2.5e-4)
    memory, digest, returns = [], Digest(), []

    observation, _ = env.reset(seed=1)
    digest.see(observation)
    for step in range(args.steps):
        epsilon = max(0.05, 1.0 - step / (args.steps / 2))
        if random.random() < epsilon:
            action = int(env.action_space.sample())
        else:
            with torch.no_grad():
                action = int(online(torch.as_tensor(observation)).argmax())
        following, reward, terminated, truncated, info = env.step(action)
        digest.see(following, np.float64(reward), terminated or truncated)
        memory.append((observation, action, reward, following, terminated))
        memory = memory[-10_000:]
        observation = following
        if terminated or truncated:
            returns.append(float(info["episode"]["r"]))
            observation, _ = env.reset()
            digest.see(observation)
        if step > 500 and step % 4 == 0:
            picked = [memory[i] for i in generator.integers(len(memory), size=128)]
            obs, act, rew, nxt, end = (
                torch.as_tensor(np.array(column)) for column in zip(*picked, strict=True)
            )
            with torch.no_grad():
                goal = rew.float() + 0.99 * target(nxt).max(1).values * ~end
            loss = nn.functional.mse_loss(online(obs).gather(1, act[:, None]).squeeze(1), goal)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if step % 500 == 0:
            target.load_state_dict(online.state_dict())
    digest.show(online, mean_return=float(np.mean(returns[-20:])), episodes=len(returns))
