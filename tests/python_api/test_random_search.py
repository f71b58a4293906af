"""Training by augmented random search, and the choice of a method."""

from __future__ import annotations

import re

import numpy as np
import pytest

import plyo
from plyo.spaces import Box
from plyo.train import Progress, RandomSearchConfig, RandomSearchTrainer, Result
from plyo.train.evaluation import EpisodeRunner, Scores
from plyo.train.methods import Method, choose_method
from plyo.train.random_search import AugmentedRandomSearch
from plyo.train.random_search_trainer import linear_population, update_moments
from plyo.wrappers.utils import RunningMeanStd

#: Small enough for a fraction of a second.
SMALL = {"directions": 4, "top_directions": 2, "generations": 5, "report_generations": 2}


def train(task: str, **settings: object) -> tuple[list[Progress], Result]:
    trainer = RandomSearchTrainer(task, RandomSearchConfig(**settings))
    history = list(trainer.run())
    result = trainer.conclude()
    assert result is not None
    return history, result


def arrays(result: Result) -> list[bytes]:
    return [array.tobytes() for layer in result.policy.layers for array in layer]


# The search.


def test_search_climbs_a_hill() -> None:
    top = np.array([1.0, -2.0, 0.5])
    search = AugmentedRandomSearch(3, 8, 4, 0.05, 0.1, np.random.default_rng(0))
    for _ in range(200):
        search.move(-((search.sample() - top) ** 2).sum(axis=1))
    np.testing.assert_allclose(search.mean, top, atol=0.2)


def test_samples_are_mirrored() -> None:
    search = AugmentedRandomSearch(5, 3, 3, 1.0, 0.25, np.random.default_rng(7))
    search.mean = np.arange(5.0)
    samples = search.sample()
    drawn = np.random.default_rng(7).standard_normal((3, 5))
    np.testing.assert_array_equal(samples[:3], np.arange(5.0) + 0.25 * drawn)
    np.testing.assert_array_equal(samples[3:], np.arange(5.0) - 0.25 * drawn)


def test_move_is_that_of_the_paper() -> None:
    search = AugmentedRandomSearch(2, 3, 2, 0.5, 0.1, np.random.default_rng(3))
    drawn = (search.sample()[:3]) / 0.1
    # the best of a direction's two scores counts: directions 2 and 0
    scores = np.array([4.0, 3.0, 1.0, 0.0, 2.0, 9.0])
    search.move(scores)
    deviation = np.std([1.0, 9.0, 4.0, 0.0])
    by_hand = 0.5 / (2 * deviation) * ((1.0 - 9.0) * drawn[2] + (4.0 - 0.0) * drawn[0])
    np.testing.assert_allclose(search.mean, by_hand, rtol=1e-12)


def test_the_first_of_equal_directions_are_taken() -> None:
    search = AugmentedRandomSearch(2, 3, 1, 1.0, 0.1, np.random.default_rng(3))
    drawn = (search.sample()[:3]) / 0.1
    search.move(np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(search.mean, drawn[0] / 0.5, rtol=1e-12)


def test_scores_that_are_not_finite_count_as_the_lowest() -> None:
    searches = [AugmentedRandomSearch(2, 2, 2, 1.0, 0.1, np.random.default_rng(3)) for _ in range(2)]
    for search, bad in zip(searches, [(np.nan, -np.inf), (-5.0, -5.0)], strict=True):
        search.sample()
        search.move(np.array([1.0, bad[0], -5.0, bad[1]]))
    np.testing.assert_array_equal(searches[0].mean, searches[1].mean)
    assert searches[0].mean.any()


@pytest.mark.parametrize("score", [3.0, np.nan, np.inf])
def test_equal_scores_move_nothing(score: float) -> None:
    search = AugmentedRandomSearch(2, 2, 2, 1.0, 0.1, np.random.default_rng(3))
    search.sample()
    search.move(np.full(4, score))
    assert not search.mean.any()


# Observations.


def test_moments_are_of_the_observations_acted_upon() -> None:
    """Lanes that rest after their episode has ended add nothing."""
    seen: list[np.ndarray] = []
    runner = EpisodeRunner(plyo.spec("CartPole-v1"), 2, 3, None)
    policy = plyo.policies.Linear([[[0, 0, 9, 9], [0, 0, 0, 0]], [[0, 0, 0, 0], [1, 1, 1, 1]]])
    scores = runner.play(policy, 11, seen.append)
    (rows,) = seen
    by_hand = []
    for lane in range(6):
        env = plyo.make("CartPole-v1")
        observation, _ = env.reset(seed=11 + lane)
        weights = policy.layers[0][0][lane // 3]
        ended, length = False, 0
        while not ended:
            by_hand.append(observation)
            observation, _, terminated, truncated, _ = env.step(int(np.argmax(weights @ observation)))
            ended, length = terminated or truncated, length + 1
        assert scores.lengths[lane // 3, lane % 3] == length
    assert rows.dtype == np.float64
    assert len(rows) == len(by_hand) == scores.env_steps
    assert len({len(seen[0]), scores.lengths.max() * 6}) == 2  # episodes of different lengths
    np.testing.assert_array_equal(
        np.sort(rows.view("f8,f8,f8,f8"), axis=0),
        np.sort(np.array(by_hand, "f8").view("f8,f8,f8,f8"), axis=0),
    )


def test_observations_of_a_simulation_that_blew_up_are_left_out() -> None:
    moments = RunningMeanStd(0.0, (2,))
    update_moments(moments, np.array([[np.nan, 0.0], [0.0, np.inf]]))
    assert moments.count == 0
    update_moments(moments, np.array([[1.0, 2.0], [np.nan, 0.0], [3.0, 6.0]]))
    np.testing.assert_array_equal(moments.mean, [2, 4])
    np.testing.assert_array_equal(moments.var, [1, 4])
    update_moments(moments, np.array([[5.0, 4.0]]))
    np.testing.assert_allclose(moments.mean, [3, 4])
    np.testing.assert_allclose(moments.var, [8 / 3, 8 / 3])


def test_standardising_is_folded_into_the_weights() -> None:
    moments = RunningMeanStd(0.0, (3,))
    # the last number stands still, apart from rounding
    rows = np.random.default_rng(0).normal([3.0, -2.0, 1e6], [0.5, 4.0, 0.0], (100, 3))
    rows[50, 2] = np.nextafter(1e6, 2e6)
    update_moments(moments, rows)
    space = Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 6.0], np.float32), dtype=np.float32)
    parameters = np.random.default_rng(1).standard_normal((4, 6))
    policy = linear_population(parameters, moments, space)
    assert policy.population == 4
    ((weights, bias),) = policy.layers
    raw = np.array([2.5, 1.0, 1e6])
    standardised = np.array([*((raw[:2] - rows[:, :2].mean(axis=0)) / rows[:, :2].std(axis=0)), 0.0])
    for i in range(4):
        by_hand = [0.0, 3.0] + [2.0, 3.0] * (parameters[i].reshape(2, 3) @ standardised)
        np.testing.assert_allclose(weights[i] @ raw + bias[i], by_hand, rtol=1e-5, atol=1e-5)
    assert not weights[:, :, 2].any()


def test_at_first_observations_are_taken_as_they_are() -> None:
    space = Box(-1.0, 1.0, (1,), np.float32)
    ((weights, bias),) = linear_population(np.array([[3.0, 4.0]]), RunningMeanStd(0.0, (2,)), space).layers
    np.testing.assert_array_equal(weights, [[[3, 4]]])
    np.testing.assert_array_equal(bias, [[0]])


# The trainer.


@pytest.mark.parametrize("seed", [0, 1])
def test_solves_mountain_car(seed: int) -> None:
    history, result = train("MountainCarContinuous-v0", seed=seed)
    assert result.solved
    assert result.generations == history[-1].generation < RandomSearchConfig().generations
    envs = plyo.make_vec("MountainCarContinuous-v0", 100, autoreset_mode="disabled")
    envs.reset(seed=12345)
    returns = envs.rollout(result.policy, 999, record=["episodes"]).episode_returns
    assert returns.mean() > 90


@pytest.mark.parametrize("task", ["MountainCarContinuous-v0", "Pendulum-v1"])
def test_seed_decides_everything(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # a threshold out of reach: all generations are used
    spec = plyo.spec(task)
    monkeypatch.setattr(spec, "reward_threshold", None)
    runs = [
        train(spec, seed=seed, num_threads=threads, **SMALL) for seed, threads in [(7, 1), (7, 1), (7, 5)]
    ]
    assert arrays(runs[0][1]) == arrays(runs[1][1]) == arrays(runs[2][1])
    reports = [
        [(p.env_steps, p.population_mean, p.population_best, p.mean_return) for p in history]
        for history, _ in runs
    ]
    assert reports[0] == reports[1] == reports[2]
    assert [p.generation for p in runs[0][0]] == [2, 4, 5]
    assert arrays(train(spec, seed=8, **SMALL)[1]) != arrays(runs[0][1])


def test_reports_add_up(monkeypatch) -> None:
    played = []
    play = EpisodeRunner.play

    def remember(runner, policy, seed, observer=None):
        scores = play(runner, policy, seed, observer)
        played.append((observer is not None, scores))
        return scores

    monkeypatch.setattr(EpisodeRunner, "play", remember)
    history, result = train("Pendulum-v1", seed=2, **SMALL | {"episodes_per_candidate": 3})
    assert [by_search for by_search, _ in played] == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
        False,
        False,
    ]
    assert played[0][1].returns.shape == (8, 3)
    means = [
        np.concatenate([played[i][1].returns.mean(axis=1) for i in part]) for part in [(0, 1), (3, 4), (6,)]
    ]
    assert [p.population_mean for p in history] == [part.mean() for part in means]
    assert [p.population_best for p in history] == [part.max() for part in means]
    assert history[-1].env_steps == sum(scores.env_steps for _, scores in played[:-1])
    assert result.mean_return == played[-1][1].mean
    assert result.generations == 5


@pytest.mark.parametrize("bonus", [None, 2.5])
def test_survival_bonus_is_for_the_search_alone(monkeypatch, bonus: float | None) -> None:
    scores, played = [], []
    move, play = AugmentedRandomSearch.move, EpisodeRunner.play
    monkeypatch.setattr(
        AugmentedRandomSearch, "move", lambda search, given: (scores.append(given), move(search, given))
    )
    monkeypatch.setattr(EpisodeRunner, "play", lambda *args: (played.append(play(*args)), played[-1])[1])
    settings = {"directions": 2, "top_directions": 1, "generations": 1}
    history, _ = train("MountainCarContinuous-v0", seed=0, survival_bonus=bonus, **settings)
    searched, fresh = played[0], played[1]
    np.testing.assert_array_equal(scores[0], (searched.returns - (bonus or 0) * searched.lengths)[:, 0])
    assert history[0].mean_return == fresh.mean
    assert history[0].population_mean == searched.mean


def test_a_return_that_is_no_number_is_not_kept_as_the_best(monkeypatch) -> None:
    means = iter([np.nan, 5.0, np.nan, 7.0])
    monkeypatch.setattr(
        RandomSearchTrainer,
        "_play_fresh",
        lambda trainer, policy: Scores(np.full((1, 1), next(means)), np.ones((1, 1), np.int64)),
    )
    history, result = train("Pendulum-v1", seed=3, **SMALL)
    np.testing.assert_array_equal([p.best_return for p in history], [np.nan, 5, 5])
    assert result.mean_return == 7


def test_saved_policy_loads_and_plays(tmp_path) -> None:
    _, result = train("Pendulum-v1", seed=3, **SMALL)
    result.policy.save(tmp_path / "a.npz")
    loaded = plyo.policies.load(tmp_path / "a.npz")
    returns = []
    for policy in (result.policy, loaded):
        envs = plyo.make_vec("Pendulum-v1", 20, autoreset_mode="disabled")
        envs.reset(seed=5)
        returns.append(envs.rollout(policy, 200, record=["episodes"]).episode_returns)
    np.testing.assert_array_equal(*returns)


def test_interrupted_run_keeps_the_best() -> None:
    trainer = RandomSearchTrainer("Pendulum-v1", RandomSearchConfig(seed=0, **SMALL))
    assert trainer.conclude() is None
    next(trainer.run())
    result = trainer.conclude()
    assert result is not None
    assert result.generations == 2
    with pytest.raises(RuntimeError, match="has run before"):
        next(trainer.run())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": -1}, "seed must be an integer of at least 0, got -1"),
        ({"directions": 0}, "directions must be an integer of at least 1, got 0"),
        ({"top_directions": 0}, "top_directions must be an integer of at least 1, got 0"),
        ({"directions": 4, "top_directions": 5}, "top_directions must be at most directions=4, got 5"),
        ({"episodes_per_candidate": 0}, "episodes_per_candidate"),
        ({"generations": 0}, "generations"),
        ({"report_generations": 0}, "report_generations"),
        ({"num_threads": 0}, "num_threads"),
        ({"step_size": 0.0}, "step_size must be above 0 and finite, got 0.0"),
        ({"step_size": float("nan")}, "step_size"),
        ({"noise": -1.0}, "noise must be above 0 and finite, got -1.0"),
        ({"noise": float("inf")}, "noise"),
        ({"survival_bonus": float("nan")}, "survival_bonus must be finite or None, got nan"),
    ],
)
def test_bad_settings(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        RandomSearchConfig(**settings)


def test_settings_of_wrong_type() -> None:
    with pytest.raises(TypeError, match=r"directions must be an integer of at least 1, got 2\.5"):
        RandomSearchConfig(directions=2.5)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (
            "CartPole-v1",
            "needs actions in a Box of one dimension, those of CartPole-v1 are in Discrete(2); the cross",
        ),
        (
            "FrozenLake-v1",
            "needs observations in a Box of one dimension, those of FrozenLake-v1 are in Discrete(16)",
        ),
    ],
)
def test_unsuitable_spaces(task: str, message: str) -> None:
    with pytest.raises(plyo.error.Error, match=re.escape(message)):
        RandomSearchTrainer(task)


def test_unsuitable_tasks() -> None:
    with pytest.raises(plyo.error.NameNotFound, match="Pendulum"):
        RandomSearchTrainer("Pendulu-v1")
    unlimited = plyo.envs.registration.EnvSpec("Endless-v0", entry_point=plyo.spec("Pendulum-v1").entry_point)
    with pytest.raises(ValueError, match="Endless-v0 has no time limit"):
        RandomSearchTrainer(unlimited)


# The choice.


@pytest.mark.parametrize(
    ("task", "method"),
    [
        ("CartPole-v1", Method.CEM),
        ("Pendulum-v1", Method.CEM),
        ("MountainCarContinuous-v0", Method.CEM),
        ("FrozenLake-v1", Method.Q_LEARNING),
        ("Blackjack-v1", Method.Q_LEARNING),
    ],
)
def test_choice_by_spaces(task: str, method: Method) -> None:
    assert choose_method(plyo.spec(task)) is method
