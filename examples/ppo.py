"""Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) on native rollouts.

    pip install ".[examples]"
    python examples/ppo.py --id CartPole-v1
    python examples/ppo.py --id HalfCheetah-v5 --total-steps 3000000 --num-steps 512 --learning-rate 3e-4

A rollout steps all environments under the networks in native code. It returns what PPO learns from: log-probabilities,
advantages and returns. Torch is left with the training. Observations are vectors of numbers or integers, actions are
integers or vectors of numbers. `plyo train ID --algo ppo` runs this file too.
"""

from __future__ import annotations

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
from plyo.policies import MLP
from plyo.spaces import Box, Discrete, Space
from plyo.train.run_log import RunLog, parse_settings, target_of

#: Episodes whose mean return is reported.
RECENT_EPISODES = 100
#: Steps of each environment before the first update.
FIRST_STEPS = 16
#: The weights and the bias of each layer, as policies take them.
Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclass
class Config:
    """The settings; each is an option of the command line."""

    id: str = "CartPole-v1"
    seed: int = 0
    total_steps: int = 1_000_000  # of all environments together
    target_return: float = math.nan  # ends the training; nan is the threshold of the task, inf is none
    num_envs: int = 64
    num_steps: int = 64  # of each environment from one update to the next
    hidden: str = "64,64"  # sizes of the layers
    learning_rate: float = 2.5e-3  # falls to 0 by the end of the budget
    epochs: int = 4
    minibatch_size: int = 1024
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy_coefficient: float = 0.0
    value_coefficient: float = 0.5
    max_grad_norm: float = 0.5
    torch_threads: int = 1  # networks as small as these do not gain by more


@dataclass
class Batch:
    """What an update learns from; all tensors have a row for each step of each environment."""

    observations: torch.Tensor
    actions: torch.Tensor
    log_probs: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor


@dataclass
class Report:
    """The progress after an update."""

    update: int
    env_steps: int
    mean_return: float  # of the last 100 episodes; nan before the first
    rollout_seconds: float  # environments and networks together, since the start
    training_seconds: float
    losses: dict[str, float]


class Agent:
    """An actor and a critic in torch, which see standardised observations, and the native policy that equals them."""

    def __init__(self, observation_space: Space[Any], action_space: Space[Any], hidden: str) -> None:
        self.inputs, self.choices = count_inputs(observation_space), 0
        low, high = np.zeros(0), np.zeros(0)
        if isinstance(action_space, Discrete):
            self.outputs = self.choices = int(action_space.n)
            self.first_action = int(action_space.start)
            self.log_std = None
        elif isinstance(action_space, Box) and len(action_space.shape) == 1:
            self.outputs = action_space.shape[0]
            self.log_std = nn.Parameter(torch.zeros(self.outputs))
            low, high = action_space.low.astype(np.float64), action_space.high.astype(np.float64)
        else:
            raise plyo.error.Error(
                f"PPO needs actions in a Discrete or a Box of one dimension, got {action_space}"
            )
        # actions are learnt in units of their bounds
        bounded = np.isfinite(low) & np.isfinite(high)
        self.centre = torch.from_numpy(np.where(bounded, (low + high) / 2, 0.0)).float()
        self.half = torch.from_numpy(np.where(bounded, (high - low) / 2, 1.0)).float()
        sizes = to_sizes(hidden)
        self.actor = make_network([self.inputs, *sizes, self.outputs], last_gain=0.01)
        self.critic = make_network([self.inputs, *sizes, 1], last_gain=1.0)
        self.seen, self.mean, self.var = 0, np.zeros(self.inputs), np.ones(self.inputs)
        self.return_mean, self.return_std = 0.0, 1.0

    def parameters(self) -> list[torch.Tensor]:
        """All that the optimiser changes."""
        own = [] if self.log_std is None else [self.log_std]
        return [*self.actor.parameters(), *self.critic.parameters(), *own]

    def scaled(self) -> tuple[Layers, Layers]:
        """The layers of the actor and of the critic for raw observations, in the units of the task."""
        if self.choices:
            actor = fold(self.actor, self.mean, self.var)
        else:
            actor = fold(self.actor, self.mean, self.var, self.half, self.centre)
        spread, middle = torch.tensor([self.return_std]), torch.tensor([self.return_mean])
        return actor, fold(self.critic, self.mean, self.var, spread, middle)

    def scaled_log_std(self) -> np.ndarray | None:
        """The logarithm of the standard deviations in the units of the actions."""
        return None if self.log_std is None else (self.log_std.detach() + self.half.log()).numpy()

    def make_policy(self, seed: int) -> MLP:
        """The native policy that acts while learning."""
        head = "categorical" if self.choices else "gaussian"
        actor, critic = self.scaled()
        return MLP(actor, value=critic, head=head, log_std=self.scaled_log_std(), seed=seed)

    def greedy_policy(self) -> MLP:
        """The native policy without randomness, for files and videos."""
        return MLP(self.scaled()[0])

    def encode(self, observations: torch.Tensor) -> torch.Tensor:
        """Standardised observations; integers become one-hot vectors."""
        if observations.dtype == torch.int64:
            return nn.functional.one_hot(observations.reshape(-1), self.inputs).float()
        std = torch.from_numpy(to_std(self.var))
        flat = observations.reshape(len(observations), -1)
        return ((flat - torch.from_numpy(self.mean)) / std).float()

    def evaluate(self, encoded: torch.Tensor, actions: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Log-probabilities of actions, entropies, and values in units of the spread of returns."""
        outputs, values = self.actor(encoded), self.critic(encoded).squeeze(-1)
        if self.log_std is None:
            all_log_probs = torch.log_softmax(outputs, dim=-1)
            chosen = (actions - self.first_action).unsqueeze(-1)
            log_probs = all_log_probs.gather(-1, chosen).squeeze(-1)
            return log_probs, -(all_log_probs.exp() * all_log_probs).sum(-1), values
        distances = ((actions - self.centre) / self.half - outputs) * (-self.log_std).exp()
        constants = self.log_std + self.half.log() + 0.5 * math.log(2 * math.pi)
        entropies = (constants + 0.5).sum().expand(len(actions))
        return -(0.5 * distances.square() + constants).sum(-1), entropies, values

    def watch(self, observations: np.ndarray) -> None:
        """Adds observations to their mean and variance; one-hot vectors stay as they are."""
        if observations.dtype == np.int64:
            return
        rows = observations.reshape(-1, self.inputs).astype(np.float64)
        total = self.seen + len(rows)
        share, shift = len(rows) / total, rows.mean(axis=0) - self.mean
        self.var = (1 - share) * self.var + share * rows.var(axis=0) + share * (1 - share) * shift**2
        self.mean, self.seen = self.mean + share * shift, total

    def rescale_returns(self, returns: torch.Tensor) -> None:
        """Takes other units for values; the critic tells the same values as before (van Hasselt et al. 2016)."""
        mean, std = float(returns.mean()), max(float(returns.std()), 1e-3)
        last = self.critic[-1]
        with torch.no_grad():
            last.weight *= self.return_std / std
            last.bias.copy_((self.return_std * last.bias + self.return_mean - mean) / std)
        self.return_mean, self.return_std = mean, std


def to_sizes(text: str) -> list[int]:
    """The sizes of ``"64,64"``; none of ``"none"``."""
    sizes = [] if text == "none" else [int(size) for size in text.split(",")]
    if min(sizes, default=1) < 1:
        raise ValueError(f"a size in hidden must be an integer of at least 1, got {min(sizes)}")
    return sizes


def count_inputs(space: Space[Any]) -> int:
    """The inputs of a network for observations."""
    if isinstance(space, Discrete):
        return int(space.n)
    if isinstance(space, Box) and len(space.shape) == 1 and space.dtype in (np.float32, np.float64):
        return int(space.shape[0])
    raise plyo.error.Error(
        f"PPO needs observations in a Discrete or a Box of numbers of one dimension, got {space}"
    )


def make_network(sizes: list[int], last_gain: float) -> nn.Sequential:
    """Layers with tanh between them, and orthogonal weights."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    network = nn.Sequential(*layers[:-1])
    for layer in network[::2]:
        nn.init.orthogonal_(layer.weight, last_gain if layer is network[-1] else math.sqrt(2))
        nn.init.zeros_(layer.bias)
    return network


def to_std(var: np.ndarray) -> np.ndarray:
    """Standard deviations to divide by; an observation that hardly moves stays small."""
    std: np.ndarray = np.maximum(np.sqrt(var), 1e-3)
    return std


def fold(
    network: nn.Sequential, mean: np.ndarray, var: np.ndarray, scale: Any = None, offset: Any = None
) -> Layers:
    """The weights and biases for raw inputs, with the output ``offset + scale * output``."""
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    weights, biases = ([getattr(layer, name).detach() for layer in linear] for name in ("weight", "bias"))
    weights[0] = weights[0] / torch.from_numpy(to_std(var)).float()
    biases[0] = biases[0] - weights[0] @ torch.from_numpy(mean).float()
    if scale is not None:
        weights[-1] = weights[-1] * scale.unsqueeze(-1)
        biases[-1] = biases[-1] * scale + offset
    # copies: those of the network change with it
    return [
        (weight.numpy().copy(), bias.numpy().copy()) for weight, bias in zip(weights, biases, strict=True)
    ]


def update(agent: Agent, optimizer: torch.optim.Optimizer, batch: Batch, config: Config) -> dict[str, float]:
    """The epochs of training on one rollout; returns the losses of the last minibatch."""
    agent.rescale_returns(batch.returns)
    observations = agent.encode(batch.observations)
    targets = (batch.returns - agent.return_mean) / agent.return_std
    for _ in range(config.epochs):
        for rows in torch.randperm(len(targets)).split(config.minibatch_size):
            log_probs, entropies, values = agent.evaluate(observations[rows], batch.actions[rows])
            log_ratios = log_probs - batch.log_probs[rows]
            ratios = log_ratios.exp()
            advantages = batch.advantages[rows]
            advantages = (advantages - advantages.mean()) / (advantages.std(unbiased=False) + 1e-8)
            clipped = ratios.clamp(1 - config.clip, 1 + config.clip)
            policy_loss = -torch.min(advantages * ratios, advantages * clipped).mean()
            value_loss = 0.5 * (values - targets[rows]).square().mean()
            entropy = entropies.mean()
            loss = policy_loss + config.value_coefficient * value_loss - config.entropy_coefficient * entropy
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), config.max_grad_norm)
            optimizer.step()
    return {
        "policy_loss": policy_loss.item(),
        "value_loss": value_loss.item(),
        "entropy": entropy.item(),
        "kl": ratios.sub(1).sub(log_ratios).mean().item(),
        "clipped": (ratios.sub(1).abs() > config.clip).float().mean().item(),
    }


class Ppo:
    """The loop: a rollout, an update, and again."""

    def __init__(self, config: Config, num_threads: int | None = None) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.envs: Any = plyo.make_vec(
            config.id, config.num_envs, autoreset_mode="same_step", num_threads=num_threads
        )
        self.agent = Agent(self.envs.single_observation_space, self.envs.single_action_space, config.hidden)
        self.policy = self.agent.make_policy(config.seed)
        self.optimizer = torch.optim.Adam(self.agent.parameters(), lr=config.learning_rate, eps=1e-5)
        self.returns: deque[float] = deque(maxlen=RECENT_EPISODES)
        self.best_return, self.best_policy = -math.inf, self.agent.greedy_policy()

    def run(self) -> Iterator[Report]:
        """Trains, and yields a report after each update."""
        config, target = self.config, target_of(self.config.id, self.config.target_return)
        self.start()
        rollout_seconds = training_seconds = 0.0
        number, env_steps, per_update = 0, FIRST_STEPS * config.num_envs, config.num_steps * config.num_envs
        while env_steps < config.total_steps:
            begun = time.perf_counter()
            batch = self.collect()
            collected = time.perf_counter()
            number, env_steps = number + 1, env_steps + per_update
            self.optimizer.param_groups[0]["lr"] = config.learning_rate * max(
                0.0, 1 - env_steps / config.total_steps
            )
            losses = update(self.agent, self.optimizer, batch, config)
            self.agent.watch(batch.observations.numpy())
            rollout_seconds += collected - begun
            training_seconds += time.perf_counter() - collected
            mean = float(np.mean(self.returns)) if self.returns else math.nan
            if mean > self.best_return:
                self.best_return, self.best_policy = mean, self.agent.greedy_policy()
            yield Report(number, env_steps, mean, rollout_seconds, training_seconds, losses)
            if len(self.returns) == RECENT_EPISODES and mean >= target:
                return

    def start(self) -> None:
        """Resets the environments; a few steps tell the scale of the observations."""
        self.envs.reset(seed=self.config.seed)
        self.agent.watch(self.envs.rollout(self.policy, FIRST_STEPS, record=["observations"]).observations)

    def collect(self) -> Batch:
        """A rollout under the present networks."""
        config, agent = self.config, self.agent
        self.policy.update(*agent.scaled(), log_std=agent.scaled_log_std())
        actions = "actions" if agent.choices else "raw_actions"
        rollout = self.envs.rollout(
            self.policy,
            config.num_steps,
            record=["observations", actions, "log_probs", "advantages", "returns", "episodes"],
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
        )
        self.returns.extend(rollout.episode_returns)
        fields = (rollout.observations, getattr(rollout, actions), rollout.log_probs, rollout.advantages)
        return Batch(*(torch.from_numpy(field).flatten(0, 1) for field in (*fields, rollout.returns)))


def main() -> None:
    """Trains from the command line."""
    config = parse_settings(Config, __doc__)
    torch.set_num_threads(config.torch_threads)
    ppo = Ppo(config)
    with RunLog(config.id, "ppo", config.seed, vars(config)) as log:
        for report in ppo.run():
            parts = {"rollout": report.rollout_seconds, "training": report.training_seconds}
            log.add(report.env_steps, report.mean_return, parts, report.losses)
        log.finish(ppo.best_policy)


if __name__ == "__main__":
    main()
