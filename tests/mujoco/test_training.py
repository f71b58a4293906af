"""Training of MuJoCo's tasks."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

import plyo
from plyo.envs.registration import EnvSpec
from plyo.train import RandomSearchConfig, RandomSearchTrainer
from plyo.train.methods import Method, choose_method
from plyo.train.random_search_trainer import find_survival_bonus

pytest.importorskip("mujoco")
pytest.importorskip("gymnasium")

#: What the search subtracts from the rewards of each task.
BONUSES = {
    "Ant-v5": 1.0,
    "HalfCheetah-v4": 0.0,
    "HalfCheetah-v5": 0.0,
    "Hopper-v4": 1.0,
    "Hopper-v5": 1.0,
    "Humanoid-v5": 5.0,
    "InvertedDoublePendulum-v5": 0.0,
    "InvertedPendulum-v5": 0.0,
    "Reacher-v5": 0.0,
    "Swimmer-v5": 0.0,
    "Walker2d-v5": 1.0,
}


def short(task: str, steps: int) -> EnvSpec:
    """The task with a shorter limit."""
    spec = deepcopy(plyo.spec(task))
    spec.max_episode_steps = steps
    return spec


@pytest.mark.parametrize("task", BONUSES)
def test_method_and_survival_bonus(task: str) -> None:
    spec = plyo.spec(task)
    assert choose_method(spec) is Method.ARS
    assert find_survival_bonus(spec) == BONUSES[task]


def test_survival_bonus_follows_the_keyword_argument() -> None:
    spec = deepcopy(plyo.spec("Hopper-v5"))
    spec.kwargs["healthy_reward"] = 0.25
    assert RandomSearchTrainer(spec).survival_bonus == 0.25
    assert RandomSearchTrainer(spec, RandomSearchConfig(survival_bonus=3)).survival_bonus == 3.0


def test_cheetah_learns_the_same_over_threads() -> None:
    settings = {"seed": 5, "directions": 4, "top_directions": 2, "generations": 6, "report_generations": 3}
    policies, reports = [], []
    for threads in (1, 3):
        trainer = RandomSearchTrainer(
            short("HalfCheetah-v5", 40), RandomSearchConfig(num_threads=threads, **settings)
        )
        reports.append([(p.env_steps, p.population_mean, p.mean_return) for p in trainer.run()])
        result = trainer.conclude()
        assert result is not None
        policies.append([array.tobytes() for layer in result.policy.layers for array in layer])
    assert policies[0] == policies[1]
    assert reports[0] == reports[1]
    assert reports[0][-1][0] == 6 * 8 * 40 + 2 * 100 * 40


def test_cheetah_improves_and_its_policy_is_saved(tmp_path) -> None:
    config = RandomSearchConfig(seed=0, directions=8, top_directions=4, generations=24, report_generations=12)
    trainer = RandomSearchTrainer(short("HalfCheetah-v5", 100), config)
    assert len(list(trainer.run())) == 2
    result = trainer.conclude()
    assert result is not None
    result.policy.save(tmp_path / "cheetah.npz")
    returns = []
    for policy in (plyo.policies.Random(0), result.policy, plyo.policies.load(tmp_path / "cheetah.npz")):
        envs = plyo.make_vec("HalfCheetah-v5", 32, autoreset_mode="disabled", max_episode_steps=100)
        envs.reset(seed=9)
        returns.append(envs.rollout(policy, 100, record=["episodes"]).episode_returns)
    assert returns[1].mean() > returns[0].mean() + 20
    np.testing.assert_array_equal(returns[1], returns[2])


def test_falling_ends_an_episode_of_the_search() -> None:
    config = RandomSearchConfig(seed=0, directions=8, top_directions=4, generations=20, report_generations=10)
    trainer = RandomSearchTrainer("InvertedPendulum-v5", config)
    first, last = list(trainer.run())
    assert first.env_steps < 10 * 16 * 1000
    assert last.best_return > 50
