"""The share of a policy that the lanes of a shard follow."""

from __future__ import annotations

import copy
import math
from operator import index
from typing import Any

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
    the whole batch has under ``policy`` itself.

    Args:
        policy: A policy of :mod:`plyo.policies`; anything else, such as a function, is returned as it is.
        lanes: The lanes.
        number: The rollouts since the lanes were seeded.

    Raises:
        ValueError: The policy does not fit the whole batch.
    """
    if isinstance(policy, _GivenActions):
        return _GivenActions(_share_actions(policy.actions, lanes))
    share = copy.copy(policy) if isinstance(policy, policies.Policy) else policy
    if isinstance(share, policies._Drawing):
        share.seed = index(policy.seed) + number * SEED_STRIDE + lanes.first
    if isinstance(share, policies._Network) and share.population > 1:
        members = _find_members(share.population, lanes)
        share.layers = [(weights[members], bias[members]) for weights, bias in share.layers]
        share.log_std = None if share.log_std is None else share.log_std[members]
    return share


def _share_actions(actions: Any, lanes: Lanes) -> Any:
    """The columns of given actions that belong to the lanes."""

    def share(part: Any) -> Any:
        if part.shape[1] != lanes.total:
            raise ValueError(
                f"Sequence holds actions of {part.shape[1]} environments, all workers together have {lanes.total}"
            )
        return part[:, lanes.span]

    return policies._map_parts(share, actions)


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
