"""Double deep Q-learning (Mnih et al. 2015; van Hasselt et al. 2016, arXiv:1509.06461) on a batch of environments.

    pip install ".[examples]"
    python examples/dqn.py --id CartPole-v1

Every step of the batch is followed by some updates, from transitions that are drawn from a buffer. `step_compact` has
what the buffer keeps: the observation that really came next, also where an episode has ended and the next one begins.
Observations are vectors of numbers, actions are integers.
"""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

import plyo
from plyo.spaces import Box, Discrete
from plyo.train.run_log import RunLog, parse_settings, target_of
from plyo.train.transitions import TransitionBuffer


@dataclass
class Config:
    """The settings; each is an option of the command line."""

    id: str = "CartPole-v1"
    seed: int = 0
    total_steps: int = 200_000  # of all environments together
    target_return: float = math.nan  # ends the training; nan is the threshold of the task, inf is none
    num_envs: int = 16
    updates_per_step: int = 4  # after each step of all environments
    hidden: str = "128,128"  # sizes of the layers
    learning_rate: float = 1e-3
    gamma: float = 0.99
    buffer_size: int = 100_000
    batch_size: int = 128
    first_update: int = 1_000  # environment steps before the first update
    tau: float = 0.01  # the share of the network that goes into the target network
    last_epsilon: float = 0.01  # the probability of a random action
    epsilon_steps: int = 20_000  # in which it falls from 1
    report_steps: int = 4_000  # from one report to the next
    torch_threads: int = 1


@dataclass
class Report:
    """The progress since the start."""

    env_steps: int
    mean_return: float  # of the last 100 episodes
    seconds: dict[str, float]  # of each part of the loop
    losses: dict[str, float]


class Dqn:
    """The loop: a step of all environments, an update, and again."""

    def __init__(self, config: Config) -> None:
        torch.manual_seed(config.seed)
        self.config, self.rng = config, np.random.default_rng(config.seed)
        self.envs: Any = plyo.make_vec(
            config.id, config.num_envs, autoreset_mode="same_step", reward_dtype="float32"
        )
        seen, acted = self.envs.single_observation_space, self.envs.single_action_space
        if not (isinstance(seen, Box) and len(seen.shape) == 1 and isinstance(acted, Discrete)):
            raise plyo.error.Error(
                f"DQN needs observations in a Box of one dimension and Discrete actions, got {seen} and {acted}"
            )
        self.first_action = int(acted.start)
        sizes = [seen.shape[0], *(int(size) for size in config.hidden.split(",")), int(acted.n)]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        self.network = nn.Sequential(*layers[:-1])
        self.target = copy.deepcopy(self.network)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate)
        self.buffer = TransitionBuffer(config.buffer_size, seen, acted)
        self.returns: deque[float] = deque(maxlen=100)
        self.best_return, self.best_policy = -math.inf, self.greedy_policy()
        self.loss = math.nan

    def greedy_policy(self) -> plyo.policies.MLP:
        """The native policy that takes the best action."""
        return plyo.policies.from_torch(self.network, head="argmax")

    def run(self) -> Iterator[Report]:
        """Trains, and yields reports."""
        config, target = self.config, target_of(self.config.id, self.config.target_return)
        seconds = {"inference": 0.0, "environment": 0.0, "training": 0.0}
        observations, _ = self.envs.reset(seed=config.seed)
        next_report = config.report_steps
        for env_steps in range(config.num_envs, config.total_steps + 1, config.num_envs):
            begun = time.perf_counter()
            actions = self.act(observations, env_steps)
            acted = time.perf_counter()
            step = self.envs.step_compact(actions)
            stepped = time.perf_counter()
            self.buffer.add(observations, actions, step.rewards, step.terminated, step.next_observations)
            observations = step.observations
            self.returns.extend(step.ended.returns)
            if env_steps >= config.first_update:
                for _ in range(config.updates_per_step):
                    self.update()
            seconds["inference"] += acted - begun
            seconds["environment"] += stepped - acted
            seconds["training"] += time.perf_counter() - stepped
            if env_steps < next_report:
                continue
            next_report += config.report_steps
            mean = float(np.mean(self.returns)) if self.returns else math.nan
            if mean > self.best_return:
                self.best_return, self.best_policy = mean, self.greedy_policy()
            yield Report(env_steps, mean, dict(seconds), {"q_loss": self.loss})
            if len(self.returns) == self.returns.maxlen and mean >= target:
                return

    def act(self, observations: np.ndarray, env_steps: int) -> np.ndarray:
        """The best actions, some of which are replaced by random ones."""
        with torch.no_grad():
            values = self.network(torch.as_tensor(observations, dtype=torch.float32))
        actions = values.argmax(-1).numpy() + self.first_action
        share = min(1.0, env_steps / self.config.epsilon_steps)
        epsilon = 1 + share * (self.config.last_epsilon - 1)
        drawn = self.rng.random(len(actions)) < epsilon
        random = self.first_action + self.rng.integers(self.network[-1].out_features, size=len(actions))
        return np.where(drawn, random, actions)

    def update(self) -> None:
        """One step of the optimiser."""
        config = self.config
        drawn = self.buffer.sample(self.rng, config.batch_size)
        observations, actions, rewards, terminated, following = map(torch.from_numpy, drawn)
        with torch.no_grad():
            chosen = self.network(following).argmax(-1, keepdim=True)
            value = self.target(following).gather(-1, chosen).squeeze(-1)
            goal = rewards + config.gamma * (1 - terminated) * value
        index = (actions - self.first_action).unsqueeze(-1)
        loss = nn.functional.smooth_l1_loss(self.network(observations).gather(-1, index).squeeze(-1), goal)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self.loss = loss.item()
        with torch.no_grad():
            for old, new in zip(self.target.parameters(), self.network.parameters(), strict=True):
                old.lerp_(new, config.tau)


def main() -> None:
    """Trains from the command line."""
    config = parse_settings(Config, __doc__)
    torch.set_num_threads(config.torch_threads)
    dqn = Dqn(config)
    with RunLog(config.id, "dqn", config.seed, vars(config)) as log:
        for report in dqn.run():
            log.add(report.env_steps, report.mean_return, report.seconds, report.losses)
        log.finish(dqn.best_policy)


if __name__ == "__main__":
    main()
