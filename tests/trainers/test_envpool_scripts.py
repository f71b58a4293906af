"""plyo.adapters.envpool beside EnvPool itself, and inside JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pages import run_examples

from plyo.adapters import envpool as ours

jax = pytest.importorskip("jax", reason="JAX is an extra")
import jax.numpy as jnp  # noqa: E402 - after the check

theirs = pytest.importorskip("envpool", reason="EnvPool is what these tests compare with")

pytestmark = [
    pytest.mark.trainers,
    # EnvPool makes a Box of float64 bounds
    pytest.mark.filterwarnings("ignore:.*precision lowered by casting:UserWarning"),
    # scripts for EnvPool name the tasks' older versions
    pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning"),
]

TASKS = [
    "CartPole-v1",
    "Pendulum-v1",
    "MountainCar-v0",
    "MountainCarContinuous-v0",
    "Acrobot-v1",
    "FrozenLake-v1",
    "FrozenLake8x8-v1",
    "Taxi-v3",
    "CliffWalking-v1",
    "CliffWalking-v0",
    "NChain-v0",
    "Blackjack-v1",
    "HalfCheetah-v4",
    "Hopper-v4",
    "Ant-v4",
    "InvertedDoublePendulum-v4",
    "HalfCheetah-v5",
    "FetchReach-v4",
]
#: Infos of EnvPool that some of Gymnasium's tasks, and so Plyo's, do not report.
LACKING = {"state", "distance", "distance_from_origin", "reward_run", "reward_contact"}


def form(value: Any) -> Any:
    """Shapes and types of nested arrays."""
    if isinstance(value, dict):
        return {key: form(part) for key, part in value.items()}
    return (value.dtype.name, value.shape)


def same_space(mine: Any, other: Any) -> bool:
    """Whether two spaces are of one kind, shape and type."""
    if hasattr(other, "spaces"):
        return all(same_space(mine[key], other[key]) for key in other.spaces)
    if hasattr(other, "n"):
        return bool(mine.n == other.n and mine.start == other.start)
    return type(mine) is type(other) and mine.shape == other.shape


@pytest.mark.parametrize("task", TASKS)
def test_shapes_types_and_keys_are_envpool_s(task: str) -> None:
    pools = [library.make(task, env_type="gymnasium", num_envs=3, seed=1) for library in (ours, theirs)]
    assert same_space(pools[0].observation_space, pools[1].observation_space)
    assert same_space(pools[0].action_space, pools[1].action_space)
    actions = np.stack([pools[1].action_space.sample() for _ in range(3)])
    resets = [pool.reset() for pool in pools]
    steps = [pool.step(actions) for pool in pools]
    partial = [pool.step(actions[:2], np.array([2, 0], np.int32)) for pool in pools]
    for mine, other in (resets, steps, partial):
        assert [form(value) for value in mine[:-1]] == [form(value) for value in other[:-1]]
        missing = set(other[-1]) - set(mine[-1])
        assert missing <= LACKING
        for name in ("env_id", "elapsed_step", "players"):
            assert form(mine[-1][name]) == form(other[-1][name])
        np.testing.assert_array_equal(mine[-1]["env_id"], other[-1]["env_id"])
    configs = [pool.config for pool in pools]
    for name in ("num_envs", "batch_size", "num_threads", "max_num_players", "seed", "env_seed"):
        assert configs[0][name] == configs[1][name]


@pytest.mark.parametrize("library", [ours, theirs], ids=["plyo", "envpool"])
@pytest.mark.parametrize("batch_size", [6, 2])
def test_a_script_for_send_and_recv(library: Any, batch_size: int) -> None:
    envs = library.make("CartPole-v1", env_type="gym", num_envs=6, batch_size=batch_size, seed=0)
    envs.async_reset()
    steps = np.zeros(6, int)
    for _ in range(60):
        observations, rewards, terminated, truncated, info = envs.recv()
        steps[info["env_id"]] += 1
        assert observations.shape == (batch_size, 4)
        assert rewards.shape == terminated.shape == truncated.shape == (batch_size,)
        envs.send(np.ones(batch_size, np.int32), info["env_id"])
    assert steps.sum() == 60 * batch_size


@pytest.mark.parametrize("library", [ours, theirs], ids=["plyo", "envpool"])
def test_a_script_for_xla_in_step(library: Any) -> None:
    envs = library.make("CartPole-v1", env_type="gym", num_envs=4, seed=0)
    handle, _, _, step = envs.xla()

    def act(observations: Any) -> Any:
        return (observations[:, 2] > 0).astype(jnp.int32)

    def body(_: Any, carry: Any) -> Any:
        handle, observations, total = carry
        handle, (observations, rewards, terminated, _, info) = step(handle, act(observations))
        assert (rewards.dtype, terminated.dtype, info["elapsed_step"].dtype) == (np.float32, bool, np.int32)
        return handle, observations, total + rewards.sum()

    observations, _ = envs.reset()
    run = jax.jit(lambda carry: jax.lax.fori_loop(0, 50, body, carry))
    for _ in range(2):
        # such scripts pass the same handle again
        _, observations, total = run((jnp.asarray(handle), jnp.asarray(observations), 0.0))
        assert 150 < total <= 200


@pytest.mark.parametrize("library", [ours, theirs], ids=["plyo", "envpool"])
def test_a_script_for_xla_with_partial_batches(library: Any) -> None:
    envs = library.make("CartPole-v1", env_type="gym", num_envs=6, batch_size=3, seed=0)
    handle, recv, send, _ = envs.xla()
    envs.async_reset()

    def body(_: Any, carry: Any) -> Any:
        handle, count = carry
        handle, (observations, _, _, _, info) = recv(handle)
        assert observations.shape == (3, 4)
        action = (observations[:, 2] > 0).astype(jnp.int32)
        handle = send(handle, action, info["env_id"])
        return handle, count.at[info["env_id"]].add(1)

    _, count = jax.jit(lambda carry: jax.lax.fori_loop(0, 20, body, carry))(
        (jnp.asarray(handle), jnp.zeros(6, int))
    )
    assert count.sum() == 60


@pytest.mark.parametrize("task", ["CartPole-v1", "Blackjack-v1", "Taxi-v3", "FrozenLake-v1"])
@pytest.mark.parametrize("in_two", [False, True])
def test_a_compiled_step_is_a_step(task: str, in_two: bool) -> None:
    one, two = (ours.make_gym(task, num_envs=4, seed=6, max_episode_steps=7) for _ in range(2))
    one.reset()
    two.reset()
    handle, recv, send, whole = one.xla()
    step = jax.jit(lambda handle, action: recv(send(handle, action)) if in_two else whole(handle, action))
    one.action_space.seed(1)
    for _ in range(20):
        action = np.array([one.action_space.sample() for _ in range(4)])
        handle, found = step(handle, action)
        expected = two.step(action)
        for mine, other in zip(found[:4], expected[:4], strict=True):
            np.testing.assert_array_equal(mine, other)
            assert mine.dtype == other.dtype
        assert set(found[4]) == set(expected[4])
        for name, values in expected[4].items():
            for mine, other in zip(jax.tree.leaves(found[4][name]), jax.tree.leaves(values), strict=True):
                np.testing.assert_array_equal(mine, other.astype(mine.dtype))


def test_the_examples_of_the_guide_run() -> None:
    run_examples("envpool")
