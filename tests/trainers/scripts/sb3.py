"""Stable-Baselines3: PPO, A2C or DQN over its own DummyVecEnv or SubprocVecEnv."""

from __future__ import annotations

import argparse

import torch
from digests import Digest
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecEnvWrapper

DIGEST = Digest()


class Watched(VecEnvWrapper):
    """Hashes everything that passes."""

    def reset(self):
        observations = self.venv.reset()
        DIGEST.see(observations)
        return observations

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        DIGEST.see(observations, rewards, dones)
        return observations, rewards, dones, infos


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("algorithm", choices=["ppo", "a2c", "dqn"])
    parser.add_argument("--env", default="CartPole-v1")
    parser.add_argument("--envs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=2048)
    parser.add_argument("--subproc", metavar="METHOD")
    args = parser.parse_args()
    torch.set_num_threads(1)
    subprocess = {"vec_env_cls": SubprocVecEnv, "vec_env_kwargs": {"start_method": args.subproc}}
    envs = make_vec_env(
        args.env, args.envs, seed=1, **(subprocess if args.subproc else {"vec_env_cls": DummyVecEnv})
    )
    kinds = {
        "ppo": (PPO, {"n_steps": 256, "batch_size": 256, "n_epochs": 4}),
        "a2c": (A2C, {}),
        "dqn": (DQN, {"learning_starts": 200, "buffer_size": 20_000}),
    }
    algorithm, arguments = kinds[args.algorithm]
    model = algorithm("MlpPolicy", Watched(envs), seed=1, device="cpu", **arguments)
    model.learn(args.steps)
    returns = [info["r"] for info in model.ep_info_buffer]
    DIGEST.show(model.policy, steps=model.num_timesteps, mean_return=sum(returns) / max(len(returns), 1))
    envs.close()
