"""The share of a policy that the lanes of a shard follow."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from operator import index
from typing import Any

import numpy as np

from plyo import policies
from plyo.shards.lanes import Lanes

#: A class of policies, whose name the checker of types takes for that of all sequences.
_GivenActions: Any = policies.Sequence

#: Seeds of streams that must differ lie this far apart; no batch has so many lanes.
SEED_STRIDE = 2**64


def share_policy(policy: Any, lanes: Lanes, number: int) -> Any:
    """The policy that some lanes follow so as they would follow ``policy`` in the whole batch.

    The streams of random numbers begin anew in every rollout: in rollout ``number``, lane i of the whole draws from
    the stream of seed ``policy.seed + number * 2**64 + i``. So they need not be kept, and rollout 0 is the one that
    the whole batch has under ``policy`` itself. The hidden states of a GRU are the lanes', not the policy's: whoever
    has the lanes gives it those.

    Args:
        policy: A policy of :mod:`plyo.policies`; anything else, such as a function, is returned as it is.
        lanes: The lanes.
        number: The rollouts since the lanes were seeded.

    Raises:
        ValueError: The policy does not fit the whole batch.
    """
    if not isinstance(policy, policies.Policy):
        return policy
    if isinstance(policy, _GivenActions):
        return _GivenActions(_share_actions(policy.actions, lanes))
    share: Any = copy.copy(policy)
    if hasattr(share, "seed"):
        share.seed = index(share.seed) + number * SEED_STRIDE + lanes.first
    if getattr(share, "population", 1) > 1:
        _take_members(share, _find_members(share.population, lanes))
    return share


def _share_actions(actions: Any, lanes: Lanes) -> Any:
    """The columns of given actions that belong to the lanes."""
    if isinstance(actions, Mapping):
        return {key: _share_actions(part, lanes) for key, part in actions.items()}
    if isinstance(actions, tuple):
        return tuple(_share_actions(part, lanes) for part in actions)
    if actions.shape[1] != lanes.total:
        raise ValueError(
            f"Sequence holds actions of {actions.shape[1]} environments, all workers together have {lanes.total}"
        )
    return actions[:, lanes.span]


def _take_members(policy: Any, members: list[int]) -> None:
    """Leaves a population these networks; one may be there several times."""
    for name, value in list(vars(policy).items()):
        if isinstance(value, list):  # layers
            setattr(policy, name, [(weights[members], bias[members]) for weights, bias in value])
        elif name in ("log_std", "initial_hidden") and isinstance(value, np.ndarray):
            setattr(policy, name, value[members])


def _find_members(population: int, lanes: Lanes) -> list[int]:
    """The networks of the lanes' consecutive groups of equal size; a group of the whole may be in several."""
    if lanes.total % population != 0:
        raise ValueError(
            f"a population of {population} cannot share {lanes.total} environments evenly; the number of environments "
            "of all workers together must be a multiple of the population"
        )
    group = lanes.total // population
    size = math.gcd(group, lanes.first, lanes.count)
    return [lane // group for lane in range(lanes.first, lanes.first + lanes.count, size)]
