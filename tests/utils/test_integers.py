"""Integer arguments: NumPy's count like Python's, booleans do not, and errors name the range."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import policies, tabular
from plyo.basics.integers import check_integer, is_integer, to_integer
from plyo.train import TabularConfig, TrainConfig
from plyo.wrappers import RecordEpisodes


class Index:
    """Something that can be an index."""

    def __index__(self) -> int:
        return 3


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3), Index()])
def test_what_is_an_integer(value: Any) -> None:
    assert is_integer(value)
    for result in (to_integer("n", value), check_integer("n", value, 1), check_integer("n", value, 3, 3)):
        assert result == 3
        assert type(result) is int


@pytest.mark.parametrize(
    "value", [True, np.True_, 3.0, np.float64(3), "3", None, [3], np.array([3]), np.array(True), 3 + 0j]
)
def test_what_is_none(value: Any) -> None:
    assert not is_integer(value)
    with pytest.raises(TypeError, match="n must be an integer, got "):
        to_integer("n", value)
    with pytest.raises(TypeError, match="n must be an integer of at least 1, got "):
        check_integer("n", value, 1)


@pytest.mark.parametrize("value", [0, 9, np.int64(-1), 2**80])
def test_range(value: Any) -> None:
    expected = f"n must be an integer from 1 to 8 or None, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(expected)):
        check_integer("n", value, 1, 8, " or None")


def batch(**kwargs: Any) -> Any:
    return plyo.make_vec("CartPole-v1", **{"num_envs": 4, **kwargs})


def started() -> Any:
    envs = batch(render_mode="rgb_array")
    envs.reset(seed=0)
    return envs


def model() -> tabular.TransitionModel:
    return tabular.transitions(plyo.make("CliffWalking-v1"))


#: Every argument that counts something, called with 3.
PLACES: dict[str, Callable[[Any], Any]] = {
    "num_envs": lambda n: batch(num_envs=n),
    "num_threads": lambda n: batch(num_threads=n),
    "num_buffers": lambda n: batch(num_buffers=n),
    "max_episode_steps": lambda n: type(batch())(2, max_episode_steps=n),
    "max_episode_steps of one": lambda n: type(plyo.make("CartPole-v1").unwrapped)(max_episode_steps=n),
    "stack": lambda n: plyo.make("CartPole-v1", observation="pixels", stack=n),
    "size": lambda n: plyo.make("CartPole-v1", observation="pixels", size=(n, 8)),
    "num_steps": lambda n: started().rollout(policies.Random(0), n),
    "columns": lambda n: started().render_grid(columns=n),
    "gap": lambda n: started().render_grid(gap=n),
    "ids": lambda n: started().render_grid([n]),
    "lanes": lambda n: started().get_state([n]),
    "seed of a replay": lambda n: plyo.Replay("CartPole-v1", n),
    "keep": lambda n: RecordEpisodes(plyo.make("CartPole-v1"), n),
    "horizon": lambda n: tabular.finite_horizon(model(), n),
    "max_iterations": lambda n: tabular.value_iteration(model(), 0.5, max_iterations=n, tolerance=1e9),
    "population": lambda n: TrainConfig(population=n),
    "steps": lambda n: TabularConfig(steps=n),
}


@pytest.mark.parametrize("place", PLACES)
def test_numpy_integers_count(place: str) -> None:
    PLACES[place](np.int64(3))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", [True, np.True_, 3.0])
def test_booleans_and_floats_do_not(place: str, value: Any) -> None:
    with pytest.raises(TypeError, match=r"integer|environments by number"):
        PLACES[place](value)
