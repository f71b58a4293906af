"""Policies in Python act as in native rollouts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import plyo
from plyo.policies import MLP, Constant, Linear, Random, Tabular
from plyo.train.acting import Actor
from plyo.train.python_tasks import PythonRunner, make_runner, sample_observations

RNG = np.random.default_rng(0)


def layers(*sizes: int, population: int = 1):
    return [
        (RNG.normal(size=(population, out, into)), RNG.normal(size=(population, out)))
        for into, out in pairwise(sizes)
    ]


def actor_and_rollout(task: str, policy, steps: int = 30):
    """The actor, and what the policy was given and answered natively."""
    envs = plyo.make_vec(task, 6, vectorization_mode="native")
    envs.reset(seed=1)
    trajectory = envs.rollout(policy, steps)
    actor = Actor(policy, envs.single_observation_space, envs.single_action_space)
    return actor, trajectory.observations, trajectory.actions


@pytest.mark.parametrize(
    ("task", "policy"),
    [
        ("CartPole-v1", Linear(RNG.normal(size=(2, 4)))),
        ("CartPole-v1", MLP(layers(4, 8, 8, 2), activation="relu")),
        ("CartPole-v1", MLP(layers(8, 2), trunk=layers(4, 8), activation="silu")),
        ("Pendulum-v1", MLP(layers(3, 5, 1), activation="tanh")),
        ("Pendulum-v1", MLP(layers(3, 5, 1), head="squashed_mean")),
        ("Pendulum-v1", MLP(layers(3, 5, 2), head="squashed_mean", log_std="outputs")),
        ("Acrobot-v1", MLP(layers(6, 4, 3, population=3))),
        ("FrozenLake-v1", Tabular(RNG.integers(4, size=16))),
        ("Blackjack-v1", Tabular(RNG.integers(2, size=32 * 11 * 2))),
    ],
    ids=["linear", "relu", "trunk", "mean", "squashed", "outputs", "population", "table", "tuple"],
)
def test_actions_are_those_of_rollouts(task, policy) -> None:
    actor, observations, actions = actor_and_rollout(task, policy)
    # lanes in order belong to the members in order
    members = np.arange(6) // (6 // getattr(policy, "population", 1))
    for t in range(len(actions)):
        rows = (
            list(zip(*(part[t] for part in observations), strict=True))
            if isinstance(observations, tuple)
            else list(observations[t])
        )
        given = np.array(actor.act(rows, members))
        if given.dtype.kind == "f":
            assert np.allclose(given, actions[t], atol=1e-5)
        else:
            assert np.array_equal(given, actions[t])


@pytest.mark.parametrize(
    ("task", "policy"),
    [
        ("CartPole-v1", Linear(np.zeros((2, 4)), head="categorical", seed=3)),
        ("Pendulum-v1", Linear(np.zeros((1, 3)), head="gaussian", log_std=0.0, seed=3)),
        ("Pendulum-v1", Linear(np.zeros((1, 3)), head="squashed_gaussian", log_std=0.0, seed=3)),
        ("Pendulum-v1", MLP([(np.zeros((2, 3)), [0.5, -1.0])], head="gaussian", log_std="outputs", seed=3)),
        ("FrozenLake-v1", Tabular(np.zeros(16, int), epsilon=0.5, seed=3)),
        ("CartPole-v1", Random(3)),
    ],
    ids=["categorical", "gaussian", "squashed", "outputs", "epsilon", "random"],
)
def test_drawn_actions_have_the_moments_of_rollouts(task, policy) -> None:
    actor, observations, actions = actor_and_rollout(task, policy, 500)
    flat = actions.reshape(-1)
    given = np.ravel(actor.act([observations[0, 0]] * len(flat), np.zeros(len(flat), int)))
    assert given.mean() == pytest.approx(flat.mean(), abs=0.1)
    assert given.std() == pytest.approx(flat.std(), abs=0.1)
    again, _, _ = actor_and_rollout(task, policy, 1)
    assert np.array_equal(
        np.ravel(again.act([observations[0, 0]] * len(flat), np.zeros(len(flat), int))), given
    )


@pytest.mark.parametrize(
    ("task", "policy", "said"),
    [
        ("CartPole-v1", Linear(np.zeros((2, 3))), "takes 3 inputs, an observation has 4"),
        ("CartPole-v1", Linear(np.zeros((3, 4))), "3 outputs"),
        ("CartPole-v1", Linear(np.zeros((2, 4)), head="mean"), "head='mean'"),
        ("FrozenLake-v1", Linear(np.zeros((4, 16))), "observations in a Box"),
        ("Copy-v0", Linear(np.zeros((4, 1))), "observations in a Box"),
        ("CartPole-v1", Tabular([0]), "Discrete observations"),
        ("FrozenLake-v1", Tabular([0]), "1 entries, observations need 16"),
        ("FrozenLake-v1", Tabular([4] * 16), "actions that are not in Discrete"),
        ("CartPole-v1", Constant(1), "Constant acts in native rollouts only"),
    ],
)
def test_policies_that_do_not_fit(task, policy, said) -> None:
    with plyo.make(task) as env, pytest.raises(ValueError, match=said):
        Actor(policy, env.observation_space, env.action_space)


def test_episodes_in_python_are_those_of_rollouts() -> None:
    spec = plyo.spec("CartPole-v1")
    policy = MLP(layers(4, 2, population=3))
    native = make_runner(spec, 3, 40, 1).play(policy, 7)
    runner = PythonRunner(spec, 3, 40)
    rows = []
    for _ in range(2):  # the environments are used again
        scores = runner.play(policy, 7, rows.append)
        assert np.array_equal(scores.returns, native.returns)
        assert np.array_equal(scores.lengths, native.lengths)
    assert sum(map(len, rows)) == 2 * scores.env_steps


def test_observations_are_sampled_up_to_some_steps() -> None:
    with plyo.wrappers.ClipReward(plyo.make("Pendulum-v1"), -1, 1) as env:
        spec = env.spec
    observations, steps = sample_observations(spec, 3, None)
    assert observations.shape == (steps, 3)
    assert 4096 <= steps < 4096 + 64
