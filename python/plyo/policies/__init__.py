"""Policies for native rollouts.

    envs.rollout(plyo.policies.Random(seed=0), 1000)
    envs.rollout(plyo.policies.MLP([(w1, b1), (w2, b2)], head="categorical", seed=0), 1000)
    policy = plyo.policies.from_torch(actor, critic, head="categorical", seed=0)
    envs.rollout(policy, 128, record=["observations", "actions", "log_probs", "values", "advantages", "returns"])

A policy that draws random numbers gives lane i a stream of its own, started from ``seed + i`` at its first rollout and
continued by later ones; its results do not depend on threads or on the other lanes.

``Tabular`` looks actions up. ``GRU`` has hidden states. ``Linear``, ``MLP`` and ``GRU`` also hold *populations*: arrays
with a leading dimension P are P networks, and the lanes of a batch are shared out in P consecutive groups of equal
size.
"""

from plyo.policies.base import Policy
from plyo.policies.files import load
from plyo.policies.given import Constant, Random, Sequence
from plyo.policies.networks import GRU, MLP, Linear
from plyo.policies.tables import Tabular
from plyo.policies.torch_policies import from_torch

__all__ = [
    "GRU",
    "MLP",
    "Constant",
    "Linear",
    "Policy",
    "Random",
    "Sequence",
    "Tabular",
    "from_torch",
    "load",
]
