"""What type checkers know of `make` and `make_vec`; scripts/check_docs_types.py checks it, test_stubs.py runs it.

A comment that ignores an error stands where there must be one: both checkers complain of a comment without an error.
"""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

import plyo
import plyo.envs.classic_control
from plyo.envs.classic_control import CartPoleEnv, CartPoleVectorEnv
from plyo.envs.toy_text import FrozenLakeEnv
from plyo.vector import SyncVectorEnv, VectorEnv


def known_classes() -> None:
    """A native id gives the native class."""
    env = plyo.make("CartPole-v1", max_episode_steps=20, render_mode="rgb_array", math="reference")
    assert_type(env, CartPoleEnv)
    assert_type(env.unwrapped, CartPoleEnv)
    assert_type(env.get_state(), bytes)
    assert_type(env.gravity, float)
    assert_type(plyo.make("FrozenLake-v1", map_name="8x8", is_slippery=False), FrozenLakeEnv)
    assert_type(plyo.make("CartPole-v1", render_mode="rgb_array_list"), plyo.Env[Any, Any])
    assert (
        plyo.envs.classic_control.CartPoleEnv is CartPoleEnv is plyo.envs.classic_control.cartpole.CartPoleEnv
    )

    envs = plyo.make_vec("CartPole-v1", 2, num_threads=1, autoreset_mode="same_step", params={"gravity": 3.0})
    assert_type(envs, CartPoleVectorEnv)
    envs.reset(seed=0)
    trajectory = envs.rollout(plyo.policies.Random(0), 5)
    assert_type(trajectory, plyo.Trajectory)
    assert trajectory.rewards.shape == (5, 2)
    assert_type(plyo.make_vec("CartPole-v1", 2, vectorization_mode="sync", math="fast"), SyncVectorEnv)


def other_ids(id: str, spec: plyo.envs.registration.EnvSpec) -> None:
    """Other ids, and those that are only known at run time, give the base classes and take any arguments."""
    assert_type(plyo.make(id), plyo.Env[Any, Any])
    assert_type(plyo.make(spec, max_episode_steps=3), plyo.Env[Any, Any])
    assert_type(plyo.make_vec(id, 2), VectorEnv)
    assert_type(plyo.make_vec(id, 2, vectorization_mode="sync"), SyncVectorEnv)


def mistakes() -> None:
    """Each of these raises a TypeError, and is an error for both checkers."""
    plyo.make_vec("CartPole-v1", 2, num_treads=3).reset()  # type: ignore[attr-defined]
    plyo.make_vec("CartPole-v1", 2, num_threads="many").reset()  # type: ignore[attr-defined]
    plyo.make("CartPole-v1", rendermode="rgb_array").reset()  # type: ignore[attr-defined]
    plyo.make("CartPole-v1", num_threads=2).reset()  # type: ignore[attr-defined]
    plyo.make("CartPole-v1", is_slippery=False).reset()  # type: ignore[attr-defined]
    plyo.make("FrozenLake-v1", is_slippery="no").reset()  # type: ignore[attr-defined]
