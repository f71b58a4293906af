"""Parts of a batch: a process, or a machine, holds some of its lanes and others hold the rest.

All that a lane does follows from its number in the whole, so that every split of a batch has the same episodes.
:mod:`plyo.ray` spreads shards over a cluster.
"""

from plyo.shards.lanes import Lanes
from plyo.shards.parts import Part, concatenate
from plyo.shards.shard import Shard, ShardState

__all__ = ["Lanes", "Part", "Shard", "ShardState", "concatenate"]
