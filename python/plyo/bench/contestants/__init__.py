"""The contestants, Plyo's first. A new peer is a module here and a line in one of the two lists."""

from __future__ import annotations

from plyo.bench.contestant import Contestant
from plyo.bench.contestants.envpool_sync import EnvPool
from plyo.bench.contestants.gymnasium_single import GymnasiumSingle
from plyo.bench.contestants.gymnasium_sync import GymnasiumSync
from plyo.bench.contestants.gymnasium_vector import GymnasiumVector
from plyo.bench.contestants.native import PlyoRollout, PlyoRolloutBare, PlyoSingle, PlyoStep, PlyoStepOut

_BATCH: list[type[Contestant]] = [
    PlyoStep,
    PlyoStepOut,
    PlyoRollout,
    PlyoRolloutBare,
    EnvPool,
    GymnasiumSync,
    GymnasiumVector,
]
_SINGLE: list[type[Contestant]] = [PlyoSingle, GymnasiumSingle]


def batch_contestants(peers: bool = True) -> list[type[Contestant]]:
    """Plyo's contestants for batches and, on request, the contestants of other installed packages."""
    return _present(_BATCH, peers)


def single_contestants(peers: bool = True) -> list[type[Contestant]]:
    """The same for single environments."""
    return _present(_SINGLE, peers)


def _present(contestants: list[type[Contestant]], peers: bool) -> list[type[Contestant]]:
    return [c for c in contestants if c.package == "plyo" or (peers and c.is_available())]
