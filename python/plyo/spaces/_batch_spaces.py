"""Spaces of batches, for each type of space."""

from __future__ import annotations

from collections.abc import Sequence as _PySequence
from copy import deepcopy
from typing import Any

import numpy as np

from plyo.spaces._batching import batch_differing_spaces, batch_space
from plyo.spaces._generators import copy_generator
from plyo.spaces.box import Box
from plyo.spaces.dict import Dict
from plyo.spaces.discrete import Discrete
from plyo.spaces.graph import Graph
from plyo.spaces.multi_binary import MultiBinary
from plyo.spaces.multi_discrete import MultiDiscrete
from plyo.spaces.oneof import OneOf
from plyo.spaces.sequence import Sequence
from plyo.spaces.space import Space
from plyo.spaces.text import Text
from plyo.spaces.tuple import Tuple


@batch_space.register(Box)
def _batch_box(space: Box[Any], n: int = 1) -> Box[Any]:
    return space._batch(n)


@batch_space.register(Discrete)
def _batch_discrete(space: Discrete[Any], n: int = 1) -> MultiDiscrete[Any]:
    return MultiDiscrete(
        np.full((n,), space.n, dtype=space.dtype),
        dtype=space.dtype,
        seed=copy_generator(space.np_random),
        start=np.full((n,), space.start, dtype=space.dtype),
    )


@batch_space.register(MultiDiscrete)
def _batch_multi_discrete(space: MultiDiscrete[Any], n: int = 1) -> Box[Any]:
    repeats = (n, *(1 for _ in space.shape))
    low = np.tile(space.start, repeats)
    high = low + np.tile(space.nvec, repeats) - 1
    return Box(low=low, high=high, dtype=space.dtype, seed=copy_generator(space.np_random))


@batch_space.register(MultiBinary)
def _batch_multi_binary(space: MultiBinary, n: int = 1) -> Box[Any]:
    return Box(0, 1, shape=(n, *space.shape), dtype=space.dtype, seed=copy_generator(space.np_random))


@batch_space.register(Tuple)
def _batch_tuple(space: Tuple[Any], n: int = 1) -> Tuple[Any]:
    parts = [batch_space(part, n=n) for part in space.spaces]
    return Tuple(parts, seed=copy_generator(space.np_random))


@batch_space.register(Dict)
def _batch_dict(space: Dict[Any], n: int = 1) -> Dict[Any]:
    parts = {key: batch_space(part, n=n) for key, part in space.spaces.items()}
    return Dict(parts, seed=copy_generator(space.np_random), sort_keys=space.sort_keys)


@batch_space.register(Graph)
@batch_space.register(Text)
@batch_space.register(Sequence)
@batch_space.register(OneOf)
@batch_space.register(Space)
def _batch_copies(space: Space[Any], n: int = 1) -> Tuple[Any]:
    batch: Tuple[Any] = Tuple([deepcopy(space) for _ in range(n)], seed=copy_generator(space.np_random))
    # Equal generators would draw n equal elements.
    seeds = copy_generator(space.np_random).integers(0, int(1e8), n)
    batch.seed(seeds.tolist())
    return batch


def _check_equal(facts: list[Any], text: str) -> None:
    """Raises ``ValueError`` if a property differs between the spaces."""
    if any(fact != facts[0] for fact in facts):
        raise ValueError(f"{text}, actually {facts}")


@batch_differing_spaces.register(Box)
def _batch_differing_boxes(spaces: _PySequence[Box[Any]]) -> Box[Any]:
    _check_equal([space.dtype for space in spaces], "Expected all dtypes to be equal")
    _check_equal([space.low.shape for space in spaces], "Expected all Box.low shape to be equal")
    _check_equal([space.high.shape for space in spaces], "Expected all Box.high shape to be equal")
    return Box(
        low=np.array([space.low for space in spaces]),
        high=np.array([space.high for space in spaces]),
        dtype=spaces[0].dtype,
        seed=copy_generator(spaces[0].np_random),
    )


@batch_differing_spaces.register(Discrete)
def _batch_differing_discretes(spaces: _PySequence[Discrete[Any]]) -> MultiDiscrete[Any]:
    counts, starts = [int(space.n) for space in spaces], [int(space.start) for space in spaces]
    dtype: Any = max((space.dtype for space in spaces), key=lambda dtype: dtype.itemsize)
    limits = np.iinfo(dtype)
    ends = [*counts, *starts, *(start + n - 1 for start, n in zip(starts, counts, strict=True))]
    if min(ends) < limits.min or max(ends) > limits.max:  # int8 beside uint8, for example
        dtype = np.result_type(*[space.dtype for space in spaces])
    return MultiDiscrete(
        np.array(counts, dtype=object),
        dtype=dtype,
        start=np.array(starts, dtype=object),
        seed=copy_generator(spaces[0].np_random),
    )


@batch_differing_spaces.register(MultiDiscrete)
def _batch_differing_multi_discretes(spaces: _PySequence[MultiDiscrete[Any]]) -> Box[Any]:
    _check_equal([space.dtype for space in spaces], "Expected all dtypes to be equal")
    _check_equal([space.nvec.shape for space in spaces], "Expects all MultiDiscrete.nvec shape")
    _check_equal([space.start.shape for space in spaces], "Expects all MultiDiscrete.start shape")
    return Box(
        low=np.array([space.start for space in spaces]),
        high=np.array([space.start + space.nvec for space in spaces]) - 1,
        dtype=spaces[0].dtype,
        seed=copy_generator(spaces[0].np_random),
    )


@batch_differing_spaces.register(MultiBinary)
def _batch_differing_multi_binaries(spaces: _PySequence[MultiBinary]) -> Box[Any]:
    _check_equal([space.shape for space in spaces], "Expected all MultiBinary shapes to be equal")
    shape = (len(spaces), *spaces[0].shape)
    return Box(0, 1, shape=shape, dtype=spaces[0].dtype, seed=copy_generator(spaces[0].np_random))


@batch_differing_spaces.register(Tuple)
def _batch_differing_tuples(spaces: _PySequence[Tuple[Any]]) -> Tuple[Any]:
    columns = zip(*[space.spaces for space in spaces], strict=True)
    parts = [batch_differing_spaces(column) for column in columns]
    return Tuple(parts, seed=copy_generator(spaces[0].np_random))


@batch_differing_spaces.register(Dict)
def _batch_differing_dicts(spaces: _PySequence[Dict[Any]]) -> Dict[Any]:
    keys = spaces[0].spaces.keys()
    if any(space.spaces.keys() != keys for space in spaces):
        raise ValueError(
            "Expected all Dict spaces to have the same keys, "
            f"actually {[list(space.spaces) for space in spaces]}"
        )
    parts = {key: batch_differing_spaces([space.spaces[key] for space in spaces]) for key in keys}
    return Dict(parts, seed=copy_generator(spaces[0].np_random), sort_keys=spaces[0].sort_keys)


@batch_differing_spaces.register(Graph)
@batch_differing_spaces.register(Text)
@batch_differing_spaces.register(Sequence)
@batch_differing_spaces.register(OneOf)
def _batch_differing_others(spaces: _PySequence[Space[Any]]) -> Tuple[Any]:
    return Tuple([deepcopy(space) for space in spaces], seed=copy_generator(spaces[0].np_random))
