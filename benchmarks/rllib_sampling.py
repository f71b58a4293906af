"""How long RLlib samples: its own runner and Plyo's, on CartPole.

    python benchmarks/rllib_sampling.py --rounds 7

The runners take turns in one process, on one thread, with PPO's default module (two layers of 64) and 128 steps of each
environment. Prints the median milliseconds of ``sample()`` with the lowest and highest round, microseconds an
environment and step, and the ratio to RLlib's own runner over Gymnasium's environments. Needs
``pip install ".[rllib]"``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from typing import Any

import ray
import torch
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.env.single_agent_env_runner import SingleAgentEnvRunner

from plyo.adapters.rllib import PlyoEnvRunner, register
from plyo.bench.machine import describe_machine

STEPS = 128
TASK = "CartPole-v1"
OWN = "RLlib's runner, Gymnasium's environments"


def make_runners(num_envs: int) -> dict[str, Any]:
    """The contestants."""
    name = register(TASK, num_threads=1)
    vector = {"gym_env_vectorize_mode": "vector_entry_point"}

    def make(kind: Any, env: str, **env_runners: Any) -> Any:
        settings = {"num_env_runners": 0, "num_envs_per_env_runner": num_envs, **env_runners}
        config = PPOConfig().environment(env).env_runners(rollout_fragment_length=STEPS, **settings)
        config.rl_module(model_config={"fcnet_hiddens": [64, 64], "vf_share_layers": False})
        return kind(config=config.debugging(seed=0), worker_index=0)

    step_by_step = make(PlyoEnvRunner, name)
    step_by_step._get_rollouts().is_native = False
    return {
        OWN: make(SingleAgentEnvRunner, TASK),
        "RLlib's runner, a native batch": make(SingleAgentEnvRunner, name, **vector),
        "PlyoEnvRunner, the module once a step": step_by_step,
        "PlyoEnvRunner, the module natively": make(PlyoEnvRunner, name),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--num-envs", type=int, nargs="+", default=[8, 64])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    machine = describe_machine()
    print(f"{TASK}; {machine.cpu}, load {os.getloadavg()[0]:.1f}, Ray {ray.__version__}\n")
    print("| environments | runner | ms a sample | lowest to highest | us an agent step | ratio |")
    print("|-:|---|-:|-:|-:|-:|")
    for num_envs in arguments.num_envs:
        runners = make_runners(num_envs)
        times: dict[str, list[float]] = {name: [] for name in runners}
        for runner in runners.values():
            runner.sample()
        for _ in range(arguments.rounds):
            for name, runner in runners.items():
                begin = time.perf_counter()
                runner.sample()
                times[name].append(time.perf_counter() - begin)
        for name, seconds in times.items():
            median = statistics.median(seconds)
            each = 1e6 * median / num_envs / STEPS
            ratio = statistics.median(times[OWN]) / median
            spread = f"{1e3 * min(seconds):.1f} to {1e3 * max(seconds):.1f}"
            print(f"| {num_envs} | {name} | {1e3 * median:.1f} | {spread} | {each:.2f} | {ratio:.1f} |")
    ray.shutdown()


if __name__ == "__main__":
    main()
