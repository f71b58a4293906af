"""Rollouts under a native policy beside torch inference and steps, on one thread.

One agent step is: policy and value network, the draw of an action, its log-probability, and the step of the
environment. Plyo does it in ``rollout``, which also records everything and computes entropies, advantages and returns.
Torch does it lean, in inference mode without ``torch.distributions``: ``log_softmax``, ``multinomial`` and ``gather``,
or ``randn`` for a Gaussian; its results are kept in lists. The two take turns in every round. Prints the least time of
an agent step in nanoseconds, and the median of the rounds' ratios.

    python benchmarks/networks.py                 # the instruction sets of this machine, then both held to AVX2
    python benchmarks/networks.py --rounds 21 --num-envs 64,1024
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import plyo

AVX2 = {
    "PLYO_ISA": "avx2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}
#: The task, the sizes of the hidden layers and the seconds of a round for each of the two.
CASES = (("CartPole-v1", (64, 64), 0.02), ("Pendulum-v1", (256, 256), 0.04))
RECORD = ("observations", "actions", "rewards", "terminated", "truncated", "last_observations")
AGENT = ("log_probs", "entropies", "values", "last_values", "advantages", "returns", "valid")


def network(sizes: tuple[int, ...]) -> Any:
    """A chain of Linear and Tanh."""
    from torch import nn

    parts: list[Any] = []
    for inputs, outputs in pairwise(sizes):
        parts += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*parts[:-1])


class Contest:
    """One task and pair of networks, driven by both."""

    def __init__(self, task_id: str, hidden: tuple[int, ...], num_envs: int) -> None:
        import torch

        self.num_envs = num_envs
        self.discrete = task_id.startswith("CartPole")
        inputs, outputs = (4, 2) if self.discrete else (3, 1)
        self.name = "-".join(map(str, (inputs, *hidden, outputs)))
        self.actor, self.critic = network((inputs, *hidden, outputs)), network((inputs, *hidden, 1))
        self.log_std = torch.zeros(outputs)
        head = {"head": "categorical"} if self.discrete else {"head": "gaussian", "log_std": self.log_std}
        self.policy = plyo.policies.from_torch(self.actor, self.critic, seed=0, **head)
        self.record = (*RECORD, *AGENT) if self.discrete else (*RECORD, *AGENT, "raw_actions")
        self.envs, self.stepped = (plyo.make_vec(task_id, num_envs, num_threads=1) for _ in range(2))
        self.envs.reset(seed=0)
        self.observations, _ = self.stepped.reset(seed=0)

    def rollout(self, steps: int) -> None:
        """Plyo's side."""
        self.envs.rollout(self.policy, steps, record=self.record)

    def infer(self, steps: int) -> None:
        """Torch's side."""
        import torch

        kept = []
        with torch.inference_mode():
            for _ in range(steps):
                given = torch.from_numpy(self.observations)
                outputs = self.actor(given)
                if self.discrete:
                    log_probs = torch.log_softmax(outputs, 1)
                    actions = torch.multinomial(log_probs.exp(), 1)
                    log_prob = log_probs.gather(1, actions)
                    actions = actions[:, 0]
                else:
                    noise = torch.randn(outputs.shape)
                    actions = outputs + self.log_std.exp() * noise
                    log_prob = (-0.5 * noise * noise - self.log_std - 0.918938533).sum(1)
                values = self.critic(given)
                self.observations, rewards, terminated, truncated, _ = self.stepped.step(actions.numpy())
                kept.append((given, actions, log_prob, values, rewards, terminated, truncated))


def steps_for(side: Callable[[int], None], seconds: float) -> int:
    """The steps that take about so long."""
    side(2)
    start = time.perf_counter()
    side(4)
    return max(4, int(seconds / ((time.perf_counter() - start) / 4)))


def compare(contest: Contest, rounds: int, seconds: float) -> tuple[float, float, float]:
    """Least nanoseconds of an agent step of both, and the median ratio."""
    sides = (contest.rollout, contest.infer)
    steps = [steps_for(side, seconds) for side in sides]
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for side, count, results in zip(sides, steps, times, strict=True):
            start = time.perf_counter()
            side(count)
            results.append((time.perf_counter() - start) / count / contest.num_envs * 1e9)
    ratio = statistics.median(theirs / ours for ours, theirs in zip(*times, strict=True))
    return min(times[0]), min(times[1]), ratio


def main() -> None:
    """Prints a table for the instruction sets that the environment names, or one for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--num-envs", default="1,64,256,1024,4096")
    parser.add_argument("--here", action="store_true", help="measure with the variables of this process only")
    options = parser.parse_args()
    if not options.here:
        for variables in ({}, AVX2):
            arguments = [sys.executable, __file__, "--here", f"--rounds={options.rounds}"]
            arguments.append(f"--num-envs={options.num_envs}")
            subprocess.run(arguments, env={**os.environ, **variables}, check=True)
        return
    import torch

    from plyo._native import isa

    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"Plyo {isa()}, torch {torch.__version__} {torch.backends.cpu.get_cpu_capability()}, one thread")
    print(f"{'network':>14} {'N':>5} {'Plyo ns':>8} {'torch ns':>9} {'ratio':>6}")
    for task_id, hidden, seconds in CASES:
        for num_envs in map(int, options.num_envs.split(",")):
            contest = Contest(task_id, hidden, num_envs)
            ours, theirs, ratio = compare(contest, options.rounds, seconds)
            print(f"{contest.name:>14} {num_envs:>5} {ours:>8.0f} {theirs:>9.0f} {ratio:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
