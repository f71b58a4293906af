"""The learning agent."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import plyo
from plyo.spaces import Box, Discrete
from plyo.train import Progress, Result, TrainConfig, Trainer
from plyo.train.networks import Affine, NetworkShape, standardise
from plyo.train.search import CrossEntropySearch

#: Small enough for a fraction of a second.
SMALL = {"population": 16, "episodes_per_candidate": 4, "generations": 3}


def train(task: str, **settings: object) -> tuple[list[Progress], Result]:
    trainer = Trainer(task, TrainConfig(**settings))
    history = list(trainer.run())
    result = trainer.conclude()
    assert result is not None
    return history, result


def arrays(result: Result) -> list[bytes]:
    return [array.tobytes() for layer in result.policy.layers for array in layer]


def mean_return(policy: plyo.policies.Policy, task: str, seed: int, episodes: int = 100) -> float:
    envs = plyo.make_vec(task, episodes, autoreset_mode="disabled")
    envs.reset(seed=seed)
    limit = plyo.spec(task).max_episode_steps
    returns = envs.rollout(policy, limit, record=["episodes"]).episode_returns
    assert len(returns) == episodes
    return float(returns.mean())


@pytest.mark.parametrize("task", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0"])
@pytest.mark.parametrize("seed", [0, 1])
def test_solves_tasks_by_default(task: str, seed: int) -> None:
    history, result = train(task, seed=seed)
    assert result.solved
    assert result.threshold == plyo.spec(task).reward_threshold
    assert result.mean_return >= result.threshold
    assert result.generations == len(history) < TrainConfig().generations
    assert result.env_steps == history[-1].env_steps
    # on episodes of the test's own the policy is nearly as good: it was not chosen by luck
    assert mean_return(result.policy, task, 12345) > result.threshold - 0.1 * abs(result.threshold)


def test_linear_policy_solves_cart_pole() -> None:
    _, result = train("CartPole-v1", seed=0, hidden=())
    assert result.solved
    assert len(result.policy.layers) == 1


def test_pendulum_improves_and_has_no_verdict() -> None:
    history, result = train("Pendulum-v1", seed=0, generations=40)
    assert result.solved is None
    assert result.threshold is None
    assert len(history) == 40
    before = mean_return(plyo.policies.Random(0), "Pendulum-v1", 0)
    assert result.mean_return > before + 200


def test_budget_without_success() -> None:
    history, result = train("CartPole-v1", seed=0, **SMALL | {"generations": 1})
    assert result.solved is False
    assert len(history) == 1


@pytest.mark.parametrize("task", ["CartPole-v1", "Pendulum-v1"])
def test_seed_decides_everything(task: str) -> None:
    runs = [
        train(task, seed=seed, num_threads=threads, **SMALL) for seed, threads in [(7, 1), (7, 1), (7, 5)]
    ]
    assert arrays(runs[0][1]) == arrays(runs[1][1]) == arrays(runs[2][1])
    reports = [
        [(p.env_steps, p.population_mean, p.population_best, p.mean_return) for p in history]
        for history, _ in runs
    ]
    assert reports[0] == reports[1] == reports[2]
    assert arrays(train(task, seed=8, **SMALL)[1]) != arrays(runs[0][1])


def test_saved_file_is_repeatable_and_loads(tmp_path) -> None:
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    for path in paths:
        _, result = train("CartPole-v1", seed=3, **SMALL)
        result.policy.save(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    loaded = plyo.policies.load(paths[0])
    assert mean_return(loaded, "CartPole-v1", 5) == mean_return(result.policy, "CartPole-v1", 5)


def test_progress_adds_up() -> None:
    history, result = train("CartPole-v1", seed=0, **SMALL)
    assert [p.generation for p in history] == [1, 2, 3]
    assert all(a.env_steps < b.env_steps and a.seconds < b.seconds for a, b in pairwise(history))
    assert history[-1].best_return == max(p.mean_return for p in history)
    for p in history:
        assert p.population_mean <= p.population_best
        assert p.steps_per_second == p.env_steps / p.seconds
    assert result.seconds == history[-1].seconds


def test_interrupted_run_keeps_the_best() -> None:
    trainer = Trainer("CartPole-v1", TrainConfig(seed=0, **SMALL))
    assert trainer.conclude() is None
    first = next(trainer.run())
    result = trainer.conclude()
    assert result is not None
    assert result.generations == 1
    assert first.best_return == first.mean_return
    with pytest.raises(RuntimeError, match="has run before"):
        next(trainer.run())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": -1}, "seed must be an integer of at least 0, got -1"),
        ({"population": 1}, "population must be an integer of at least 2, got 1"),
        ({"episodes_per_candidate": 0}, "episodes_per_candidate"),
        ({"generations": 0}, "generations"),
        ({"hidden": (3, 0)}, "a size in hidden must be an integer of at least 1, got 0"),
        ({"activation": "gelu"}, "activation must be 'tanh' or 'relu', got 'gelu'"),
        ({"elite_fraction": 0.0}, "elite_fraction"),
        ({"elite_fraction": float("nan")}, "elite_fraction"),
        ({"initial_std": 0.0}, "initial_std"),
        ({"initial_std": float("inf")}, "initial_std"),
        ({"std_smoothing": 1.0}, "std_smoothing"),
        ({"num_threads": 0}, "num_threads"),
    ],
)
def test_bad_settings(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**settings)


def test_settings_of_wrong_type() -> None:
    with pytest.raises(TypeError, match=r"population must be an integer of at least 2, got 2\.5"):
        TrainConfig(population=2.5)


class _Pictures(plyo.Env):
    observation_space = plyo.spaces.Box(0, 255, (8, 8), np.uint8)
    action_space = plyo.spaces.Discrete(2)


def test_unsuitable_tasks() -> None:
    with pytest.raises(plyo.error.NameNotFound, match="CartPole"):
        Trainer("CartPol-v1")
    unlimited = plyo.envs.registration.EnvSpec("Endless-v0", entry_point=plyo.spec("CartPole-v1").entry_point)
    with pytest.raises(ValueError, match="Endless-v0 has no time limit"):
        Trainer(unlimited)
    # a game has no limit either, which is not what stops it
    with pytest.raises(plyo.error.Error, match="a network needs observations in a Box of one dimension"):
        Trainer(plyo.envs.registration.EnvSpec("Endless-v0", entry_point=_Pictures))


def test_search_finds_the_top_of_a_hill() -> None:
    top = np.array([1.0, -2.0, 0.5])
    search = CrossEntropySearch(3, 2.0, 8, 0.5, np.random.default_rng(0))
    for _ in range(60):
        samples = search.sample(64)
        search.fit(samples, -((samples - top) ** 2).sum(axis=1))
    np.testing.assert_allclose(search.mean, top, atol=1e-3)
    assert (search.std < 1e-2).all()


def test_search_takes_the_first_of_equal_samples() -> None:
    search = CrossEntropySearch(1, 1.0, 2, 0.0, np.random.default_rng(0))
    search.fit(np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0.0, 5.0, 5.0, 5.0]))
    assert search.mean == [2.5]


def test_observations_are_standardised() -> None:
    low = np.array([-np.inf, 2.0, -3.4e38], np.float32)
    high = np.array([np.inf, 4.0, 3.4e38], np.float32)
    observations = np.array([[[10.0, 2.5, 7.0]], [[14.0, 2.5, 7.0]]])
    scales = standardise(Box(low, high, dtype=np.float32), observations)
    # moves: its mean and deviation; stands still: the bounds, or nothing if those are endless
    np.testing.assert_array_equal(scales.offset, [12.0, 3.0, 0.0])
    np.testing.assert_array_equal(scales.scale, [2.0, 1.0, 1.0])


@pytest.mark.parametrize("hidden", [(), (5,), (5, 3)])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_networks_take_raw_observations(hidden: tuple[int, ...], activation: str) -> None:
    observation = Affine(np.array([1.0, -2.0]), np.array([0.5, 3.0]))
    space = Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 6.0], np.float32), dtype=np.float32)
    shape = NetworkShape(observation, space, hidden, activation)
    parameters = np.random.default_rng(0).standard_normal((4, shape.num_parameters))
    policy = shape.policy(parameters)
    assert policy.population == 4

    raw = np.array([0.3, 4.0])
    for i in range(4):
        by_policy = raw
        for n, (weights, bias) in enumerate(policy.layers):
            by_policy = weights[i] @ by_policy + bias[i]
            if n < len(hidden):
                by_policy = np.tanh(by_policy) if activation == "tanh" else np.maximum(by_policy, 0)
        # the same by hand, from standardised values
        x, rest = (raw - observation.offset) / observation.scale, parameters[i]
        for n, outputs in enumerate((*hidden, 2)):
            weights, bias, rest = np.split(rest, [outputs * len(x), outputs * (len(x) + 1)])
            x = weights.reshape(outputs, -1) @ x / (np.sqrt(len(x)) if n else 1) + bias
            if n < len(hidden):
                x = np.tanh(x) if activation == "tanh" else np.maximum(x, 0)
        assert rest.size == 0
        np.testing.assert_allclose(by_policy, [0.0, 3.0] + [2.0, 3.0] * x, rtol=1e-4, atol=1e-4)


def test_one_output_a_choice() -> None:
    shape = NetworkShape(Affine(np.zeros(4), np.ones(4)), Discrete(3), (), "relu")
    assert shape.num_parameters == 15
    assert shape.policy(np.zeros((1, 15))).layers[0][0].shape == (1, 3, 4)


def test_the_loop_of_the_command_is_the_example() -> None:
    root = Path(__file__).parents[2]
    installed = Path(plyo.__file__).parent / "train" / "ppo.py"
    assert installed.read_bytes() == (root / "examples" / "ppo.py").read_bytes()
