"""Trains the PPO of ``examples/ppo.py`` on CartPole-v1 over four kinds of environments, until the mean return is 475.

    python benchmarks/ppo.py --seeds 10 --output ppo.json

The update, the networks, the settings and the threads (one of torch, one of each batch) are the same for all. Only the
rollout differs: Plyo's native one, or steps of Gymnasium's SyncVectorEnv, of its CartPoleVectorEnv (NumPy) or of
EnvPool, with torch as the policy and NumPy for advantages. The four take turns, seed by seed. Prints, for each, the
medians over seeds of the steps and the time to the goal, of the rollout phase per agent step and its share of the time;
then the ratios to Plyo's. Needs torch, gymnasium and envpool.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from plyo.train.ppo import FIRST_STEPS, Batch, Config, Layers, Ppo, Report


class Native(Ppo):
    """The loop as it is."""

    name = "plyo rollout"


def network_of(layers: Layers) -> Callable[[torch.Tensor], torch.Tensor]:
    """The network of these layers in torch, with tanh between them."""
    tensors = [(torch.from_numpy(weight), torch.from_numpy(bias)) for weight, bias in layers]

    def forward(values: torch.Tensor) -> torch.Tensor:
        for weight, bias in tensors[:-1]:
            values = torch.tanh(functional.linear(values, weight, bias))
        return functional.linear(values, *tensors[-1])

    return forward


class Stepped(Ppo):
    """The same loop over a batch with next-step autoreset that is stepped from Python."""

    name = ""

    def make(self) -> Any:
        """The batch."""
        raise NotImplementedError

    def start(self) -> None:
        self.envs = self.make()
        self.observations = self.begin()
        self.ended = np.zeros(self.config.num_envs, bool)
        self.sums = np.zeros(self.config.num_envs)
        self.agent.watch(self.gather(FIRST_STEPS)["observations"])

    def begin(self) -> np.ndarray:
        return self.envs.reset(seed=self.config.seed)[0]

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        return self.envs.step(actions)

    def gather(self, steps: int) -> dict[str, np.ndarray]:
        """Steps the batch; every row is recorded, also those that only reset."""
        num_envs = self.config.num_envs
        record: dict[str, np.ndarray] = {
            "observations": np.zeros((steps + 1, num_envs, 4), np.float32),
            "actions": np.zeros((steps, num_envs), np.int64),
            "rewards": np.zeros((steps, num_envs), np.float32),
            "log_probs": np.zeros((steps, num_envs), np.float32),
            "values": np.zeros((steps + 1, num_envs), np.float32),
            "terminated": np.zeros((steps, num_envs), bool),
            "ended": np.zeros((steps, num_envs), bool),
            "valid": np.zeros((steps, num_envs), bool),
        }
        actor, critic = map(network_of, self.agent.scaled())
        with torch.inference_mode():
            for t in range(steps):
                seen = torch.from_numpy(np.asarray(self.observations, np.float32))
                log_probs = torch.log_softmax(actor(seen), -1)
                actions = torch.multinomial(log_probs.exp(), 1)
                record["observations"][t], record["actions"][t] = self.observations, actions[:, 0].numpy()
                record["log_probs"][t] = log_probs.gather(1, actions)[:, 0].numpy()
                record["values"][t] = critic(seen)[:, 0].numpy()
                record["valid"][t] = ~self.ended
                self.observations, rewards, terminated, truncated, _ = self.step(record["actions"][t])
                self.ended = (terminated | truncated) & record["valid"][t]
                record["rewards"][t], record["terminated"][t] = rewards, terminated
                record["ended"][t] = self.ended
                self.sums += np.where(record["valid"][t], rewards, 0.0)
                self.returns.extend(self.sums[self.ended])
                self.sums[self.ended] = 0.0
            last = torch.from_numpy(np.asarray(self.observations, np.float32))
            record["values"][steps] = critic(last)[:, 0].numpy()
        return record

    def collect(self) -> Batch:
        config = self.config
        record = self.gather(config.num_steps)
        values, rewards = record["values"], record["rewards"]
        follows = ~record["terminated"]  # the observation after a time limit has a value
        deltas = rewards + config.gamma * values[1:] * follows - values[:-1]
        advantages = np.zeros_like(rewards)
        carried = np.zeros(config.num_envs, np.float32)
        for t in reversed(range(config.num_steps)):
            carried = deltas[t] + config.gamma * config.gae_lambda * carried * ~record["ended"][t]
            advantages[t] = carried
        rows = record["valid"]
        fields = (record["observations"][:-1], record["actions"], record["log_probs"], advantages)
        kept = [torch.from_numpy(field[rows]) for field in (*fields, advantages + values[:-1])]
        return Batch(*kept)


class Sync(Stepped):
    name = "gymnasium SyncVectorEnv"

    def make(self) -> Any:
        import gymnasium

        return gymnasium.make_vec("CartPole-v1", self.config.num_envs, vectorization_mode="sync")


class NumPyCartPole(Stepped):
    name = "gymnasium CartPoleVectorEnv"

    def make(self) -> Any:
        import gymnasium

        return gymnasium.make_vec(
            "CartPole-v1", self.config.num_envs, vectorization_mode="vector_entry_point"
        )


class EnvPool(Stepped):
    name = "envpool"

    def make(self) -> Any:
        import envpool

        config = self.config
        return envpool.make(
            "CartPole-v1",
            env_type="gymnasium",
            num_envs=config.num_envs,
            num_threads=1,
            seed=config.seed,
        )

    def begin(self) -> np.ndarray:
        return self.envs.reset()[0]

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        return self.envs.step(actions.astype(np.int32))


def train(kind: type[Ppo], seed: int, num_envs: int, total_steps: int) -> dict[str, float]:
    """One training to the goal, or to the end of the budget."""
    ppo = kind(Config(seed=seed, num_envs=num_envs, total_steps=total_steps), num_threads=1)
    begun = time.perf_counter()
    last: Report = list(ppo.run())[-1]
    seconds = time.perf_counter() - begun
    return {
        "seed": seed,
        "steps": last.env_steps,
        "seconds": seconds if last.mean_return >= 475 else float("inf"),
        "rollout_microseconds": 1e6 * last.rollout_seconds / (last.env_steps - FIRST_STEPS * num_envs),
        "rollout_share": last.rollout_seconds / (last.rollout_seconds + last.training_seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--total-steps", type=int, default=400_000)
    parser.add_argument("--output", type=Path, help="a JSON file with every training")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="gymnasium|envpool")
    kinds: list[type[Any]] = [Native, Sync, NumPyCartPole, EnvPool]
    runs: dict[str, list[dict[str, float]]] = {kind.name: [] for kind in kinds}
    for seed in range(chosen.seeds):
        for kind in kinds:
            runs[kind.name].append(train(kind, seed, chosen.num_envs, chosen.total_steps))
    print(f"{'':28}{'steps':>9}{'seconds':>9}{'rollout, us/step':>18}{'its share':>11}")
    medians = {
        name: {key: statistics.median(run[key] for run in done) for key in done[0]}
        for name, done in runs.items()
    }
    own = medians[Native.name]
    for name, row in medians.items():
        shares = f"{row['rollout_microseconds']:18.2f}{row['rollout_share']:11.1%}"
        print(f"{name:28}{row['steps']:9.0f}{row['seconds']:9.2f}{shares}")
    for name, row in list(medians.items())[1:]:
        phase = row["rollout_microseconds"] / own["rollout_microseconds"]
        print(
            f"beside {name}: rollout phase {phase:.1f} x shorter, {row['seconds'] / own['seconds']:.2f} x in all"
        )
    if chosen.output is not None:
        chosen.output.write_text(json.dumps({"settings": vars(Config()), "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
