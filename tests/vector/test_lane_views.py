"""`call` and `get_attr` of native batches: all that a single environment has, lane by lane."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo


def batches(task_id: str, **kwargs: Any) -> tuple[Any, Any]:
    found = []
    for gym, more in ((plyo, {}), (gymnasium, {"vectorization_mode": "sync"})):
        envs = gym.make_vec(task_id, num_envs=3, **more, **kwargs)
        envs.reset(seed=4)
        found.append(envs)
    assert isinstance(found[0], plyo.vector.NativeVectorEnv)
    return found[0], found[1]


@pytest.mark.parametrize("task_id", ["Pendulum-v1", "Taxi-v4", "CartPole-v1", "FrozenLake-v1"])
def test_attributes_of_single_environments(task_id: str) -> None:
    ours, theirs = batches(task_id, render_mode="rgb_array")
    for name in ("metadata", "render_mode", "np_random_seed"):
        assert ours.get_attr(name) == theirs.get_attr(name)
    for mine, other in zip(ours.get_attr("spec"), theirs.get_attr("spec"), strict=True):
        assert (mine.id, mine.kwargs, mine.max_episode_steps) == (
            other.id,
            other.kwargs,
            other.max_episode_steps,
        )
    assert [str(space) for space in ours.get_attr("action_space")] == [
        str(space) for space in theirs.get_attr("action_space")
    ]
    assert [s.id for s in ours.call("get_wrapper_attr", "spec")] == [task_id] * 3
    assert ours.call("has_wrapper_attr", "nonsense") == theirs.call("has_wrapper_attr", "nonsense")
    pictures = ours.call("render")
    assert all(np.array_equal(mine, other) for mine, other in zip(pictures, ours.render(), strict=True))
    assert [p.shape for p in pictures] == [p.shape for p in theirs.call("render")]
    with pytest.raises(AttributeError, match="nonsense"):
        ours.get_attr("nonsense")


def test_models_and_texts() -> None:
    ours, theirs = batches("Taxi-v4", render_mode="ansi")
    assert ours.get_attr("P")[2] == plyo.make("Taxi-v4").unwrapped.P
    assert set(ours.get_attr("P")[0]) == set(theirs.get_attr("P")[0])
    assert ours.call("render") == ours.render()
    assert ours.get_attr("s") == theirs.get_attr("s")
    assert ours.call("encode", 1, 2, 3, 0) == theirs.call("encode", 1, 2, 3, 0)


def test_views_stand_where_the_batch_stands() -> None:
    envs, twin = (plyo.make_vec("CartPole-v1", 3) for _ in range(2))
    for e in (envs, twin):
        e.reset(seed=1)
    views = envs.get_attr("unwrapped")
    assert [type(view).__name__ for view in views] == ["CartPoleEnv"] * 3
    assert views[0] is envs.get_attr("unwrapped")[0]
    assert not np.array_equal(views[0].state, views[1].state)
    views[1].state = np.array([0.0, 1.0, 0.0, 0.0])
    assert np.array_equal(envs.get_attr("state")[1], [0.0, 1.0, 0.0, 0.0])
    envs.step(np.ones(3, np.int64))
    assert views[1]._elapsed_steps == 1
    assert np.array_equal(views[2].state, envs.get_attr("state")[2])
    # the random streams are those of the batch
    twin.np_random[2].random()
    views[2].np_random.random()
    assert views[2].np_random.bit_generator.state == twin.np_random[2].bit_generator.state
    for e in (envs, twin):
        e.reset(seed=8)
    view = envs.get_attr("unwrapped")[2]
    assert view.np_random_seed == 10
    assert view.np_random.random() == twin.np_random[2].random()
    # snapshots are of the one lane
    state = view.get_state()
    assert state == envs.get_state([2])
    views[0].set_state(state)
    assert np.array_equal(envs.get_attr("state")[0], envs.get_attr("state")[2])


def test_constants_of_the_dynamics_of_views_are_those_of_the_lanes() -> None:
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=1)
    views = envs.get_attr("unwrapped")
    views[1].gravity = 3.0
    assert envs.get_attr("gravity") == (9.8, 3.0, 9.8)
    envs.set_params({"gravity": 5.0}, ids=[2])
    assert [view.gravity for view in views] == [9.8, 3.0, 5.0]
    views[0].set_params({"gravity": plyo.randomize.Uniform(1.0, 2.0)})
    again = pickle.loads(pickle.dumps(envs))
    again.reset(seed=3)
    found = again.get_attr("gravity")
    assert 1 <= found[0] <= 2
    assert found[1:] == (3.0, 5.0)


def test_only_the_batch_steps_and_resets_its_views() -> None:
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=1)
    before = envs.get_state()
    view = envs.get_attr("unwrapped")[1]
    for call in (
        lambda: view.step(0),
        view.reset,
        lambda: envs.call("reset"),
        lambda: envs.call("step", 0),
    ):
        with pytest.raises(RuntimeError, match=r"environment [01] belongs to a batch"):
            call()
    assert envs.get_state() == before


def test_views_do_not_go_into_pickles_and_end_with_the_batch() -> None:
    envs = plyo.make_vec("CartPole-v1", 3)
    envs.reset(seed=1)
    view = envs.get_attr("unwrapped")[0]
    again = pickle.loads(pickle.dumps(envs))
    assert np.array_equal(again.get_attr("unwrapped")[0].state, view.state)
    envs.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.get_attr("unwrapped")[0].get_state()
