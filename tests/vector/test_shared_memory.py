"""Observations of every kind of space in shared memory, as Gymnasium keeps them."""

from __future__ import annotations

import multiprocessing
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import outcome
from vector_envs import assert_same_results

import plyo

SPACES = {
    "float32": lambda s: s.Box(-1, 1, (2, 3), np.float32),
    "float16": lambda s: s.Box(-1, 1, (2,), np.float16),
    "float64 scalar": lambda s: s.Box(-1, 1, (), np.float64),
    "uint8": lambda s: s.Box(0, 255, (2, 2), np.uint8),
    "bool": lambda s: s.Box(0, 1, (3,), np.bool_),
    "empty": lambda s: s.Box(0, 1, (0,)),
    "discrete": lambda s: s.Discrete(5, start=-3),
    "int16": lambda s: s.Discrete(5, dtype=np.int16),
    "multi discrete": lambda s: s.MultiDiscrete([[3, 4], [5, 6]]),
    "multi binary": lambda s: s.MultiBinary([2, 2]),
    "text": lambda s: s.Text(5, charset="abc"),
    "nested": lambda s: s.Dict(b=s.Discrete(3), a=s.Tuple((s.Text(4), s.Dict(c=s.MultiBinary(2))))),
    "one of": lambda s: s.OneOf([s.Discrete(3), s.Box(0, 1, (2,)), s.Text(3)]),
    "sequence": lambda s: s.Sequence(s.Discrete(3)),
    "graph": lambda s: s.Graph(s.Discrete(3), None),
    "nested sequence": lambda s: s.Tuple((s.Discrete(3), s.Sequence(s.Discrete(3)))),
}


@pytest.mark.parametrize("name", SPACES)
def test_round_trip(name):
    def trip(gym: Any) -> Any:
        utils, space = gym.vector.utils, SPACES[name](gym.spaces)
        memory = utils.create_shared_memory(space, n=3, ctx=multiprocessing.get_context("spawn"))
        space.seed(5)
        found = [utils.read_from_shared_memory(space, memory, n=3)]
        for index in (0, 1, 2, 1):
            utils.write_to_shared_memory(space, index, space.sample(), memory)
            found.append(utils.read_from_shared_memory(space, memory, n=3))
        return found

    assert_same_results(*(outcome(lambda gym=gym: trip(gym)) for gym in (plyo, gymnasium)))


def test_spaces_of_ones_own():
    utils = plyo.vector.utils

    class Pair(plyo.spaces.Space):
        pass

    @utils.create_shared_memory.register(Pair)
    def create(space, n=1, ctx=multiprocessing):
        return ctx.Array("d", 2 * n)

    @utils.write_to_shared_memory.register(Pair)
    def write(space, index, value, shared_memory):
        shared_memory[2 * index : 2 * index + 2] = value

    @utils.read_from_shared_memory.register(Pair)
    def read(space, shared_memory, n=1):
        return [tuple(shared_memory[2 * i : 2 * i + 2]) for i in range(n)]

    memory = utils.create_shared_memory(plyo.spaces.Tuple((Pair(),)), n=2)
    utils.write_to_shared_memory(plyo.spaces.Tuple((Pair(),)), 1, ([3.0, 4.0],), memory)
    assert utils.read_from_shared_memory(Pair(), memory[0], n=2) == [(0.0, 0.0), (3.0, 4.0)]


def test_mpi_variables_are_hidden(monkeypatch):
    import os

    monkeypatch.setenv("OMPI_X", "1")
    monkeypatch.setenv("PMI_Y", "2")
    monkeypatch.setenv("NOT_OMPI_", "3")
    with plyo.vector.utils.clear_mpi_env_vars():
        assert {name for name in os.environ if "MPI_" in name or "PMI_" in name} == {"NOT_OMPI_"}
    assert (os.environ["OMPI_X"], os.environ["PMI_Y"]) == ("1", "2")


def test_pickled_functions():
    import pickle

    number = 4
    wrapper = plyo.vector.utils.CloudpickleWrapper(lambda: number + 1)
    assert wrapper() == wrapper.fn() == 5
    assert pickle.loads(pickle.dumps(wrapper))() == 5
