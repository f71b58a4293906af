"""RLlib: PPO over environments that it makes by their id, in this process or in an actor of Ray."""

from __future__ import annotations

import argparse

import digests
import numpy as np
import ray
import torch
from ray.rllib.algorithms.ppo import PPOConfig


def see(*, samples, **kwargs):
    """Hashes the episodes of a sample, where this process takes it."""
    for episode in samples:
        digests.HERE.see(
            np.asarray(episode.get_observations()),
            np.asarray(episode.get_rewards()),
            (episode.is_terminated, episode.is_truncated),
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--envs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--actors", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    ray.init(
        num_cpus=2,
        object_store_memory=100 * 2**20,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    config = (
        PPOConfig()
        .environment("CartPole-v1")
        .env_runners(
            num_env_runners=args.actors,
            num_envs_per_env_runner=args.envs,
            rollout_fragment_length=128,
        )
        .training(train_batch_size=128 * args.envs, minibatch_size=64, num_epochs=2, lr=1e-3)
        .rl_module(model_config={"fcnet_hiddens": [32, 32], "vf_share_layers": False})
        .debugging(seed=3, log_level="ERROR")
        .callbacks(on_sample_end=see)
    )
    algorithm = config.build_algo()
    returns = []
    for _ in range(args.rounds):
        result = algorithm.train()["env_runners"]
        returns.append(float(result["episode_return_mean"]))
    module = algorithm.learner_group._learner.module["default_policy"]
    digests.HERE.show(module, returns=returns)
    algorithm.stop()
    ray.shutdown()
