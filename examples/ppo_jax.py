"""Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) inside JAX.

    pip install ".[jax,plot,video]"
    python examples/ppo_jax.py --id CartPole-v1

Two compiled programs make an iteration. In the first, `lax.scan` steps the environments, which are native code that XLA
calls directly, and computes advantages; in the second, it goes through epochs and minibatches. Nothing but JAX is
needed. Observations are vectors of numbers, actions are integers.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn, random

import plyo
import plyo.jax
from plyo.spaces import Box, Discrete
from plyo.train.run_log import RunLog, parse_settings, target_of


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
    minibatches: int = 4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy_coefficient: float = 0.0
    value_coefficient: float = 0.005  # values are in units of rewards
    max_grad_norm: float = 0.5


@dataclass
class Report:
    """The progress after an update."""

    env_steps: int
    mean_return: float  # of the last 100 episodes; nan before the first
    seconds: dict[str, float]  # of each part of the loop, without the compilation
    losses: dict[str, float]


def make_network(key: Any, sizes: list[int], last_gain: float) -> list[tuple[Any, Any]]:
    """Weights ``(outputs, inputs)`` and biases of layers."""
    layers = []
    for place, (inputs, outputs) in enumerate(pairwise(sizes)):
        key, drawn = random.split(key)
        gain = last_gain if place == len(sizes) - 2 else math.sqrt(2)
        layers.append((nn.initializers.orthogonal(gain)(drawn, (outputs, inputs)), jnp.zeros(outputs)))
    return layers


def apply_network(layers: list[tuple[Any, Any]], inputs: Any) -> Any:
    """The outputs of layers with tanh between them."""
    for weights, bias in layers[:-1]:
        inputs = jnp.tanh(inputs @ weights.T + bias)
    weights, bias = layers[-1]
    return inputs @ weights.T + bias


def log_prob_of(log_probs: Any, actions: Any) -> Any:
    """The log-probability of each action."""
    return jnp.take_along_axis(log_probs, actions[..., None], axis=-1)[..., 0]


class Ppo:
    """The loop: a rollout, an update, and again."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.batch = plyo.jax.make_vec(config.id, config.num_envs, autoreset_mode="same_step")
        seen, acted = self.batch.envs.single_observation_space, self.batch.envs.single_action_space
        if not (isinstance(seen, Box) and len(seen.shape) == 1 and isinstance(acted, Discrete)):
            raise plyo.error.Error(
                f"this PPO needs observations in a Box of one dimension and Discrete actions, got {seen} and {acted}"
            )
        self.first_action = int(acted.start)
        sizes = [seen.shape[0], *(int(size) for size in config.hidden.split(","))]
        self.key, actor, critic = random.split(random.key(config.seed), 3)
        self.networks = {
            "actor": make_network(actor, [*sizes, int(acted.n)], 0.01),
            "critic": make_network(critic, [*sizes, 1], 1.0),
        }
        zeros = jax.tree.map(jnp.zeros_like, self.networks)
        self.moments = (zeros, zeros, jnp.zeros((), jnp.int32))
        self.returns: deque[float] = deque(maxlen=100)
        self.best_return, self.best_policy = -math.inf, self.greedy_policy()

    def greedy_policy(self) -> plyo.policies.MLP:
        """The native policy that takes the likeliest action."""
        layers = [(np.asarray(weights), np.asarray(bias)) for weights, bias in self.networks["actor"]]
        return plyo.policies.MLP(layers, activation="tanh", head="argmax")

    def run(self) -> Iterator[Report]:
        """Trains, and yields a report after each update."""
        config, target = self.config, target_of(self.config.id, self.config.target_return)
        handle, observations, _ = self.batch.reset(self.batch.handle, seed=config.seed)
        place: Any = (handle, observations)
        self.key, key = random.split(self.key)
        collect = jax.jit(self.collect).lower(self.networks, place, key).compile()
        rows = jax.eval_shape(self.collect, self.networks, place, key)[1]
        update = jax.jit(self.update).lower(self.networks, self.moments, rows, 0.0, key).compile()
        seconds = {"rollout": 0.0, "training": 0.0}
        per_update = config.num_envs * config.num_steps
        for env_steps in range(per_update, config.total_steps + 1, per_update):
            self.key, acting, mixing = random.split(self.key, 3)
            rate = config.learning_rate * (1 - env_steps / config.total_steps)
            begun = time.perf_counter()
            place, rows, ended, returns = jax.block_until_ready(collect(self.networks, place, acting))
            collected = time.perf_counter()
            updated = update(self.networks, self.moments, rows, rate, mixing)
            self.networks, self.moments, losses = jax.block_until_ready(updated)
            seconds["rollout"] += collected - begun
            seconds["training"] += time.perf_counter() - collected
            self.returns.extend(np.asarray(returns)[np.asarray(ended)].tolist())
            mean = float(np.mean(self.returns)) if self.returns else math.nan
            if mean > self.best_return:
                self.best_return, self.best_policy = mean, self.greedy_policy()
            yield Report(env_steps, mean, dict(seconds), {name: float(loss) for name, loss in losses.items()})
            if len(self.returns) == self.returns.maxlen and mean >= target:
                return

    def collect(self, networks: Any, place: Any, key: Any) -> Any:
        """A rollout: where it has arrived, what the update learns from, and the ends of episodes with their returns."""
        config = self.config

        def act(carry: Any, key: Any) -> Any:
            handle, seen = carry
            log_probs = nn.log_softmax(apply_network(networks["actor"], seen))
            actions = random.categorical(key, log_probs)
            handle, step = self.batch.step(handle, actions + self.first_action)
            return (handle, step.observations), (seen, actions, log_prob_of(log_probs, actions), step)

        def discount(carried: Any, row: Any) -> Any:
            delta, goes_on = row
            carried = delta + config.gamma * config.gae_lambda * goes_on * carried
            return carried, carried

        place, (seen, actions, log_probs, step) = lax.scan(act, place, random.split(key, config.num_steps))
        values = apply_network(networks["critic"], seen)[..., 0]
        # of the observation that really came next, which a time limit does not make worthless
        following = apply_network(networks["critic"], step.next_observations)[..., 0]
        deltas = step.rewards + config.gamma * following * ~step.terminated - values
        ended = step.terminated | step.truncated
        _, advantages = lax.scan(discount, jnp.zeros(config.num_envs), (deltas, ~ended), reverse=True)
        rows = (seen, actions, log_probs, advantages, advantages + values)
        return place, rows, ended, step.episode_returns

    def loss(self, networks: Any, rows: Any) -> Any:
        """The loss of a minibatch, and its parts."""
        config = self.config
        seen, actions, old_log_probs, advantages, returns = rows
        log_probs = nn.log_softmax(apply_network(networks["actor"], seen))
        ratios = jnp.exp(log_prob_of(log_probs, actions) - old_log_probs)
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        clipped = jnp.clip(ratios, 1 - config.clip, 1 + config.clip)
        policy_loss = -jnp.minimum(advantages * ratios, advantages * clipped).mean()
        value_loss = 0.5 * jnp.square(apply_network(networks["critic"], seen)[..., 0] - returns).mean()
        entropy = -(jnp.exp(log_probs) * log_probs).sum(-1).mean()
        total = policy_loss + config.value_coefficient * value_loss - config.entropy_coefficient * entropy
        return total, {"policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy}

    def update(self, networks: Any, moments: Any, rows: Any, rate: Any, key: Any) -> Any:
        """The epochs of training on one rollout."""
        config = self.config
        rows = jax.tree.map(lambda field: field.reshape(-1, *field.shape[2:]), rows)
        count = config.num_envs * config.num_steps // config.minibatches * config.minibatches

        def learn(carry: Any, chosen: Any) -> Any:
            networks, moments = carry
            minibatch = jax.tree.map(lambda field: field[chosen], rows)
            slopes, losses = jax.grad(self.loss, has_aux=True)(networks, minibatch)
            return adam(networks, moments, slopes, rate, config.max_grad_norm), losses

        orders = jax.vmap(lambda key: random.permutation(key, len(rows[0]))[:count])(
            random.split(key, config.epochs)
        )
        chosen = orders.reshape(config.epochs * config.minibatches, -1)
        (networks, moments), losses = lax.scan(learn, (networks, moments), chosen)
        return networks, moments, jax.tree.map(lambda loss: loss[-1], losses)


def adam(networks: Any, moments: Any, slopes: Any, rate: Any, max_norm: float) -> Any:
    """A step of Adam (Kingma & Ba 2015) with slopes of a limited length."""
    first, second, count = moments
    length = jnp.sqrt(sum(jnp.square(slope).sum() for slope in jax.tree.leaves(slopes)))
    slopes = jax.tree.map(lambda slope: slope * jnp.minimum(1.0, max_norm / (length + 1e-6)), slopes)
    count += 1
    first = jax.tree.map(lambda old, slope: 0.9 * old + 0.1 * slope, first, slopes)
    second = jax.tree.map(lambda old, slope: 0.999 * old + 0.001 * slope**2, second, slopes)

    def move(weights: Any, mean: Any, square: Any) -> Any:
        return weights - rate * mean / (1 - 0.9**count) / (jnp.sqrt(square / (1 - 0.999**count)) + 1e-5)

    return jax.tree.map(move, networks, first, second), (first, second, count)


def main() -> None:
    """Trains from the command line."""
    config = parse_settings(Config, __doc__)
    jax.config.update("jax_platforms", "cpu")  # where the environments are
    ppo = Ppo(config)
    with RunLog(config.id, "ppo-jax", config.seed, vars(config)) as log:
        for report in ppo.run():
            log.add(report.env_steps, report.mean_return, report.seconds, report.losses)
        log.finish(ppo.best_policy)


if __name__ == "__main__":
    main()
