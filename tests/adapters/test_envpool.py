"""EnvPool's interface over Plyo's batches, beside the same batches stepped directly."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import plyo
from plyo.adapters import envpool

TASKS = ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1", "Taxi-v4", "Blackjack-v1"]


def as_envpool(observations: Any) -> np.ndarray:
    """A batch's observations in EnvPool's form."""
    if isinstance(observations, tuple):
        return np.stack(observations, axis=-1).astype(np.int32)
    return observations.astype(np.int32) if observations.dtype == np.int64 else observations


def row(result: Any, i: int) -> list[Any]:
    """One environment's part of a result, as plain values."""
    observations, rewards, terminated, truncated, info = result
    elapsed = info["elapsed_step"][i]
    return [
        observations[i].tolist(),
        float(rewards[i]),
        bool(terminated[i]),
        bool(truncated[i]),
        int(elapsed),
    ]


@pytest.mark.parametrize("task", TASKS)
def test_a_step_is_that_of_the_batch(task: str) -> None:
    pool = envpool.make(task, env_type="gymnasium", num_envs=5, seed=3, max_episode_steps=9)
    envs = plyo.make_vec(task, 5, max_episode_steps=9)
    expected, _ = envs.reset(seed=3)
    observations, info = pool.reset()
    np.testing.assert_array_equal(observations, as_envpool(expected))
    assert observations.dtype == as_envpool(expected).dtype
    elapsed = np.zeros(5, int)
    np.testing.assert_array_equal(info["elapsed_step"], elapsed)
    done = np.zeros(5, bool)
    envs.action_space.seed(0)
    keys = set(info)
    for _ in range(40):
        action = envs.action_space.sample()
        expected, rewards, terminated, truncated, own = envs.step(action)
        result = pool.step(action)
        elapsed = np.where(done, 0, elapsed + 1)
        done = terminated | truncated
        np.testing.assert_array_equal(result[0], as_envpool(expected))
        np.testing.assert_array_equal(result[1], rewards.astype(np.float32))
        assert result[1].dtype == np.float32
        np.testing.assert_array_equal(result[2], terminated)
        np.testing.assert_array_equal(result[3], truncated)
        info = result[4]
        np.testing.assert_array_equal(info["elapsed_step"], elapsed)
        np.testing.assert_array_equal(info["env_id"], np.arange(5))
        np.testing.assert_array_equal(info["players"]["env_id"], np.arange(5))
        assert info["env_id"].dtype == info["elapsed_step"].dtype == np.int32
        assert set(info) == keys
        for name in keys - {"env_id", "players", "elapsed_step"}:
            np.testing.assert_array_equal(info[name], own[name])
    assert elapsed.max() < 10


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("num_envs", "batch_size"), [(6, 2), (7, 3), (5, 1)])
def test_partial_batches_have_the_results_of_whole_ones(task: str, num_envs: int, batch_size: int) -> None:
    """Each environment's results are those that it has in a batch, whatever the order of calls."""
    rng = np.random.default_rng(0)
    whole = envpool.make(task, "gym", num_envs=num_envs, seed=5, max_episode_steps=6)
    actions = np.stack([[whole.action_space.sample() for _ in range(num_envs)] for _ in range(40)])
    whole.reset()
    expected = [[row(result, i) for i in range(num_envs)] for result in map(whole.step, actions)]

    pool = envpool.make(
        task, "gym", num_envs=num_envs, batch_size=batch_size, seed=5, max_episode_steps=6, num_threads=2
    )
    assert pool.is_async
    pool.async_reset()
    steps = np.full(num_envs, -1)
    for _ in range(40 * num_envs // batch_size - num_envs):
        result = pool.recv()
        ids = result[-1]["env_id"]
        assert len(ids) == batch_size == len(result[0])
        for place, i in enumerate(ids):
            if steps[i] >= 0:
                assert row(result, place) == expected[steps[i]][i]
            steps[i] += 1
        order = rng.permutation(batch_size)
        pool.send(actions[steps[ids], ids][order], ids[order])
    assert steps.min() > 20


def test_results_come_in_the_order_of_the_calls() -> None:
    pool = envpool.make_gym("CartPole-v1", num_envs=6, batch_size=4)
    pool.async_reset()
    assert pool.recv()[-1]["env_id"].tolist() == [0, 1, 2, 3]
    pool.send(np.zeros(2, int), np.array([3, 1]))
    assert pool.recv(reset=True)[1]["env_id"].tolist() == [4, 5, 3, 1]
    pool.send({"action": np.zeros(3, int), "env_id": np.array([1, 0, 5])})
    with pytest.raises(
        RuntimeError, match=r"recv\(\) returns the results of 4 environments, and 3 were sent"
    ):
        pool.recv()
    pool.send(np.zeros(1, int), [2])
    assert pool.recv()[-1]["env_id"].tolist() == [1, 0, 5, 2]


def test_some_environments_of_a_whole_batch() -> None:
    pool = envpool.make_gymnasium("CartPole-v1", num_envs=4, seed=0)
    twin = envpool.make_gymnasium("CartPole-v1", num_envs=4, seed=0)
    first, _ = pool.reset()
    twin.reset()
    result = pool.step(np.array([1, 0]), np.array([2, 0]))
    assert result[-1]["env_id"].tolist() == [2, 0]
    expected = twin.step(np.array([0, 1, 1, 1]))
    np.testing.assert_array_equal(result[0], expected[0][[2, 0]])
    observations, info = pool.reset(np.array([3]))
    assert observations.shape == (1, 4)
    assert info["env_id"].tolist() == [3]
    assert (observations[0] != first[3]).all()
    observations, info = pool.reset(options={"reset_mask": np.array([True, False, True, False])})
    assert info["env_id"].tolist() == [0, 2]
    assert pool.step(np.zeros(4, int))[-1]["elapsed_step"].tolist() == [1, 1, 1, 1]


def test_environments_begin_with_their_first_action() -> None:
    pool = envpool.make_gymnasium("CartPole-v1", num_envs=3, seed=8)
    begun, _ = envpool.make_gymnasium("CartPole-v1", num_envs=3, seed=8).reset()
    some = pool.step(np.array([1]), np.array([1]))
    np.testing.assert_array_equal(some[0], begun[1:2])
    assert row(some, 0)[1:] == [0.0, False, False, 0]
    rest = pool.step(np.array([1, 1, 1]), np.array([2, 1, 0]))
    assert rest[-1]["env_id"].tolist() == [2, 1, 0]
    assert rest[-1]["elapsed_step"].tolist() == [0, 1, 0]
    assert rest[1].tolist() == [0.0, 1.0, 0.0]
    np.testing.assert_array_equal(rest[0][[2, 0]], begun[[0, 2]])


def test_a_reset_drops_results_that_wait() -> None:
    pool = envpool.make_gym("CartPole-v1", num_envs=4, batch_size=2)
    pool.async_reset()
    _, info = pool.reset(np.array([1, 3]))
    assert info["env_id"].tolist() == [1, 3]
    assert pool.recv()[-1]["env_id"].tolist() == [0, 2]
    pool.send(np.zeros(4, int))
    pool.async_reset()
    assert pool.recv()[-1]["elapsed_step"].tolist() == [0, 0]


def test_seeds() -> None:
    def begin(**kwargs: Any) -> np.ndarray:
        observations: np.ndarray = envpool.make_gym("CartPole-v1", num_envs=3, **kwargs).reset()[0]
        return observations

    envs = plyo.make_vec("CartPole-v1", 3)
    np.testing.assert_array_equal(begin(), envs.reset(seed=42)[0])  # EnvPool's default
    np.testing.assert_array_equal(begin(seed=7), envs.reset(seed=7)[0])
    for seeds in ([9, 1, 4], np.array([9, 1, 4])):
        np.testing.assert_array_equal(begin(seed=seeds), envs.reset(seed=[9, 1, 4])[0])
        np.testing.assert_array_equal(begin(env_seed=seeds), envs.reset(seed=[9, 1, 4])[0])
    pool = envpool.make_gym("CartPole-v1", num_envs=3)
    pool.reset()
    np.testing.assert_array_equal(pool.reset(seed=7)[0], envs.reset(seed=7)[0])
    np.testing.assert_array_equal(pool.reset([2], seed=7)[0][0], envs.reset(seed=7)[0][2])
    pool.seed(5)
    expected = envs.reset(seed=5)[0]
    np.testing.assert_array_equal(pool.reset([2, 0])[0], expected[[2, 0]])
    assert (pool.reset([2])[0][0] != expected[2]).all()
    np.testing.assert_array_equal(pool.reset([1])[0], expected[[1]])


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda pool: pool.step(np.array([0, 2, 0])), plyo.error.InvalidAction, "action 2 of environment 1"),
        (lambda pool: pool.step(np.zeros(2, int)), ValueError, "3"),
        (lambda pool: pool.step(np.zeros(1, int), [3]), IndexError, "env_id must be from 0 to 2"),
        (lambda pool: pool.step(np.zeros(1, int), [-1]), IndexError, "env_id must be from 0 to 2"),
        (lambda pool: pool.step(np.zeros(1, int), [0.5]), TypeError, "env_id must be a one-dimensional"),
        (lambda pool: pool.step(np.zeros(2, int), [0, 0]), ValueError, "0"),
        (lambda pool: pool.reset([3]), IndexError, "env_id must be from 0 to 2"),
        (lambda pool: pool.reset(options={"low": 1}), ValueError, "the only reset option"),
        (lambda pool: pool.reset(options={"reset_mask": [1, 0, 1]}), ValueError, "reset_mask must be a bool"),
        (lambda pool: pool.reset([0], options={"reset_mask": np.ones(3, bool)}), ValueError, "not both"),
        (lambda pool: pool.recv(), RuntimeError, "and 0 were sent"),
        (lambda pool: pool.seed([1, 2]), ValueError, "num_envs=3"),
        (lambda pool: pool.render(), RuntimeError, "render_mode must be set"),
    ],
)
def test_calls_that_do_not_fit_change_nothing(call: Any, kind: type[Exception], text: str) -> None:
    pool = envpool.make_gym("CartPole-v1", num_envs=3)
    pool.reset()
    state = pool._envs.get_state()
    with pytest.raises(kind, match=text):
        call(pool)
    assert pool._envs.get_state() == state
    assert pool.step(np.zeros(3, int))[-1]["elapsed_step"].tolist() == [1, 1, 1]


def test_an_environment_waits_for_its_last_result() -> None:
    pool = envpool.make_gym("CartPole-v1", num_envs=3)
    pool.reset()
    pool.send(np.zeros(1, int), [1])
    with pytest.raises(ValueError, match="the last result of environment 1 has not been received"):
        pool.send(np.zeros(2, int), [0, 1])
    assert pool.recv()[-1]["env_id"].tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"env_type": "dm"}, NotImplementedError, "no dm_env interface"),
        ({"env_type": "box"}, AssertionError, "env_type must be"),
        ({"num_envs": 2, "batch_size": 3}, ValueError, "batch_size must be at most num_envs=2, got 3"),
        ({"num_envs": 0}, ValueError, "num_envs"),
        ({"max_num_players": 2}, NotImplementedError, "one player"),
        ({"thread_affinity_offset": 0}, NotImplementedError, "not pinned"),
        ({"gym_reset_return_info": False}, NotImplementedError, "returns its info"),
        ({"from_pixels": True}, NotImplementedError, "observation='pixels'"),
        ({"render_mode": "human"}, NotImplementedError, "no windows"),
        ({"render_mode": "ansi"}, ValueError, "render_mode must be"),
        ({"render_width": 8}, ValueError, "belong together"),
        ({"num_envs": 2, "seed": [1]}, ValueError, "num_envs=2"),
        ({"seed": -1}, ValueError, "seed"),
        ({"num_envs": 1, "seed": [1], "env_seed": [1]}, ValueError, "not as both"),
        ({"no_such": 1}, TypeError, "no_such"),
    ],
)
def test_arguments_that_do_not_fit(arguments: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        envpool.make("CartPole-v1", **{"env_type": "gym", **arguments})


def test_unknown_tasks() -> None:
    for task in ("CheetahRun-v1", "nothing"):
        with pytest.raises(AssertionError, match=f"{task} is not a native task of Plyo"):
            envpool.make_gym(task)
    with pytest.raises(NotImplementedError, match="no dm_env interface"):
        envpool.make_dm("CartPole-v1")


@pytest.mark.parametrize(
    ("task", "guess"),
    [
        ("ALE/Pong-v5", "EnvPool's name of this game is 'Pong-v5'"),
        ("CartPole-v2", "Did you mean 'CartPole-v"),
        ("pong-v5", "Did you mean 'Pong-v5'"),
    ],
)
def test_unknown_tasks_that_are_near_others(task: str, guess: str) -> None:
    with pytest.raises(AssertionError, match=f"{task} is not a native task of Plyo.*{guess}"):
        envpool.make_gym(task)


def test_ids_and_specs() -> None:
    ids = envpool.list_all_envs()
    assert {"CartPole-v1", "HalfCheetah-v4", "Taxi-v3", "phys2d/CartPole-v1", "FetchReach-v4"} <= set(ids)
    assert len(ids) == len(set(ids))
    pool = envpool.make_gym("Taxi-v3", num_envs=4, batch_size=2, reward_threshold=3.5)
    assert pool.spec.id == "Taxi-v3"
    assert len(pool) == pool.num_envs == pool.config["num_envs"] == pool.spec.config.num_envs == 4
    assert pool.spec.config._asdict() == pool.config
    assert pool.config["batch_size"] == 2
    assert pool.config["max_episode_steps"] == 200
    assert pool.spec.reward_threshold == 3.5
    assert pool.all_env_ids.tolist() == [0, 1, 2, 3]
    assert not envpool.make_gym("Taxi-v3").is_async
    assert pool.observation_space.n == 500
    assert pool.action_space.n == pool.single_action_space.n == 6
    actions = pool.spec.action_array_spec
    assert list(actions) == ["env_id", "players.env_id", "action"]
    assert actions["action"].is_discrete
    assert actions["action"].maximum == 5
    spec = envpool.make_spec("Pendulum-v1", num_envs=2)
    assert spec.observation_space.shape == (3,)
    assert spec.state_array_spec["obs"].shape == [3]
    assert envpool.make_spec("Blackjack-v1").observation_space.shape == (3,)
    assert "num_envs=4" in repr(pool) == str(pool)
    # scripts of older releases set these
    pool.num_envs, pool.single_action_space, pool.is_vector_env = 4, pool.action_space, True


def test_pictures() -> None:
    pool = envpool.make_gym(
        "CartPole-v1", num_envs=3, render_mode="rgb_array", render_width=60, render_height=40, render_env_id=1
    )
    pool.reset()
    assert pool.render_mode == "rgb_array"
    pictures = pool.render(np.array([0, 1]))
    assert pictures.shape == (2, 40, 60, 3)
    np.testing.assert_array_equal(pool.render(), pictures[1:])
    np.testing.assert_array_equal(pool.render(0), pictures[:1])
    with pytest.raises(NotImplementedError, match="camera_id"):
        pool.render(camera_id=2)


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda pool: pickle.loads(pickle.dumps(pool))])
def test_copies_go_on_alike(clone: Any) -> None:
    pool = envpool.make_gym("CartPole-v1", num_envs=4, batch_size=2)
    pool.async_reset()
    twin = clone(pool)
    for _ in range(5):
        ours, theirs = pool.recv(), twin.recv()
        np.testing.assert_array_equal(ours[0], theirs[0])
        for one in (pool, twin):
            one.send(np.ones(2, int), ours[-1]["env_id"])


def test_closed_pools() -> None:
    pool = envpool.make_gym("CartPole-v1", num_envs=2)
    pool.reset()
    pool.close()
    pool.close()
    assert pool.closed
    for call in (pool.reset, pool.async_reset, lambda: pool.step(np.zeros(2, int))):
        with pytest.raises(plyo.error.ClosedEnvironmentError):
            call()


def test_pools_are_batches_of_gymnasium() -> None:
    import gymnasium

    pool = envpool.make_gym("Pendulum-v1", num_envs=2)
    assert isinstance(pool, gymnasium.vector.VectorEnv)
    assert isinstance(pool, gymnasium.Env)
    assert isinstance(pool.action_space, gymnasium.spaces.Box)
    assert pool.metadata["autoreset_mode"] is gymnasium.vector.AutoresetMode.NEXT_STEP
    assert pool.unwrapped is pool


def test_gymnasium_is_not_needed() -> None:
    code = """
import sys
sys.modules["gymnasium"] = None
import numpy as np
import plyo
from plyo.adapters import envpool
pool = envpool.make_gym("CartPole-v1", num_envs=2)
pool.reset()
pool.step(np.zeros(2, int))
assert isinstance(pool, plyo.vector.VectorEnv) and isinstance(pool.action_space, plyo.spaces.Discrete)
assert pool.metadata["autoreset_mode"] is plyo.vector.AutoresetMode.NEXT_STEP
assert "envpool" not in sys.modules and "jax" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
