"""Soft actor-critic (Haarnoja et al. 2018, arXiv:1812.05905) on a batch of environments.

    pip install ".[examples]"
    python examples/sac.py --id Pendulum-v1
    python examples/sac.py --id HalfCheetah-v5 --total-steps 1000000 --first-update 10000

Every step of the batch is followed by some updates, from transitions that are drawn from a buffer. `step_compact` has
what the buffer keeps: the observation that really came next, also where an episode has ended and the next one begins.
Observations and actions are vectors of numbers; actions are bounded.
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
from plyo.spaces import Box
from plyo.train.run_log import RunLog, parse_settings, target_of
from plyo.train.transitions import TransitionBuffer


@dataclass
class Config:
    """The settings; each is an option of the command line."""

    id: str = "Pendulum-v1"
    seed: int = 0
    total_steps: int = 20_000  # of all environments together
    target_return: float = math.nan  # ends the training; nan is the threshold of the task, inf is none
    num_envs: int = 8
    updates_per_step: int = 4  # after each step of all environments
    hidden: str = "128,128"  # sizes of the layers
    learning_rate: float = 1e-3
    gamma: float = 0.99
    tau: float = 0.005  # the share of the critics that goes into their targets
    buffer_size: int = 1_000_000
    batch_size: int = 256
    first_update: int = 1_000  # environment steps with random actions, before the first update
    report_steps: int = 2_000  # from one report to the next
    torch_threads: int = 1


@dataclass
class Report:
    """The progress since the start."""

    env_steps: int
    mean_return: float  # of the last 20 episodes
    seconds: dict[str, float]  # of each part of the loop
    losses: dict[str, float]


def make_network(sizes: list[int]) -> nn.Sequential:
    """Layers with ReLU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Sac:
    """The loop: a step of all environments, some updates, and again. Networks act in units of the bounds, -1 to 1."""

    def __init__(self, config: Config) -> None:
        torch.manual_seed(config.seed)
        self.config, self.rng = config, np.random.default_rng(config.seed)
        self.envs: Any = plyo.make_vec(
            config.id, config.num_envs, autoreset_mode="same_step", reward_dtype="float32"
        )
        seen, acted = self.envs.single_observation_space, self.envs.single_action_space
        if not (isinstance(seen, Box) and len(seen.shape) == 1) or not (
            isinstance(acted, Box) and len(acted.shape) == 1 and acted.is_bounded()
        ):
            raise plyo.error.Error(
                "SAC needs observations in a Box of one dimension and actions in a bounded one, "
                f"got {seen} and {acted}"
            )
        self.centre, self.half = (acted.high + acted.low) / 2, (acted.high - acted.low) / 2
        hidden = [int(size) for size in config.hidden.split(",")]
        inputs, outputs = seen.shape[0], acted.shape[0]
        self.body = nn.Sequential(*make_network([inputs, *hidden]), nn.ReLU())
        self.mean, self.log_std = nn.Linear(hidden[-1], outputs), nn.Linear(hidden[-1], outputs)
        self.critics = [make_network([inputs + outputs, *hidden, 1]) for _ in range(2)]
        self.targets = copy.deepcopy(self.critics)
        self.log_alpha = nn.Parameter(torch.zeros(1))  # the weight of the entropy
        actor = [p for part in (self.body, self.mean, self.log_std) for p in part.parameters()]
        self.actor_optimizer = torch.optim.Adam(actor, lr=config.learning_rate)
        self.critic_parameters = [p for critic in self.critics for p in critic.parameters()]
        self.critic_optimizer = torch.optim.Adam(self.critic_parameters, lr=config.learning_rate)
        self.alpha_optimizer = torch.optim.Adam([self.log_alpha], lr=config.learning_rate)
        self.buffer = TransitionBuffer(config.buffer_size, seen, acted)
        self.returns: deque[float] = deque(maxlen=20)
        self.best_return, self.best_policy = -math.inf, self.greedy_policy()
        self.losses: dict[str, float] = {}

    def greedy_policy(self) -> plyo.policies.MLP:
        """The native policy that takes the tanh of the means."""
        return plyo.policies.from_torch(nn.Sequential(self.body, self.mean), head="squashed_mean")

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
            step = self.envs.step_compact(self.centre + self.half * actions)
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
            yield Report(env_steps, mean, dict(seconds), self.losses)
            if len(self.returns) == self.returns.maxlen and mean >= target:
                return

    def act(self, observations: np.ndarray, env_steps: int) -> np.ndarray:
        """Actions drawn from the actor; evenly from all before the first update."""
        shape = (len(observations), self.mean.out_features)
        if env_steps < self.config.first_update:
            return self.rng.uniform(-1, 1, shape).astype(np.float32)
        with torch.no_grad():
            drawn: np.ndarray = self.draw(torch.as_tensor(observations, dtype=torch.float32))[0].numpy()
        return drawn

    def draw(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions from -1 to 1 and their log-probabilities."""
        features = self.body(observations)
        mean, log_std = self.mean(features), self.log_std(features).clamp(-5, 2)
        noise = torch.randn_like(mean)
        raw = mean + log_std.exp() * noise
        log_probs = -(0.5 * noise.square() + log_std + 0.5 * math.log(2 * math.pi))
        # the logarithm of the derivative of tanh, in a form that does not overflow
        log_slopes = 2 * (math.log(2) - raw - nn.functional.softplus(-2 * raw))
        return raw.tanh(), (log_probs - log_slopes).sum(-1)

    def update(self) -> None:
        """One step of each optimiser."""
        config = self.config
        sampled = self.buffer.sample(self.rng, config.batch_size)
        observations, actions, rewards, terminated, following = map(torch.from_numpy, sampled)
        alpha = self.log_alpha.exp().detach()
        with torch.no_grad():
            next_actions, next_log_probs = self.draw(following)
            pairs = torch.cat([following, next_actions], -1)
            values = torch.min(*(target(pairs).squeeze(-1) for target in self.targets))
            goal = rewards + config.gamma * (1 - terminated) * (values - alpha * next_log_probs)
        pairs = torch.cat([observations, actions], -1)
        critic_loss: Any = sum((critic(pairs).squeeze(-1) - goal).square().mean() for critic in self.critics)
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()

        drawn, log_probs = self.draw(observations)
        pairs = torch.cat([observations, drawn], -1)
        for parameter in self.critic_parameters:
            parameter.requires_grad_(False)
        actor_loss = (
            alpha * log_probs - torch.min(*(critic(pairs).squeeze(-1) for critic in self.critics))
        ).mean()
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        self.actor_optimizer.step()
        for parameter in self.critic_parameters:
            parameter.requires_grad_(True)

        # towards an entropy of minus the number of action elements
        gap = log_probs.mean().item() - actions.shape[-1]
        self.alpha_optimizer.zero_grad()
        (-self.log_alpha.exp() * gap).sum().backward()
        self.alpha_optimizer.step()
        with torch.no_grad():
            for target, critic in zip(self.targets, self.critics, strict=True):
                for old, new in zip(target.parameters(), critic.parameters(), strict=True):
                    old.lerp_(new, config.tau)
        self.losses = {"q_loss": critic_loss.item(), "actor_loss": actor_loss.item(), "alpha": alpha.item()}


def main() -> None:
    """Trains from the command line."""
    config = parse_settings(Config, __doc__)
    torch.set_num_threads(config.torch_threads)
    sac = Sac(config)
    with RunLog(config.id, "sac", config.seed, vars(config)) as log:
        for report in sac.run():
            log.add(report.env_steps, report.mean_return, report.seconds, report.losses)
        log.finish(sac.best_policy)


if __name__ == "__main__":
    main()
