"""Monte-Carlo tree search over forks solves FrozenLake."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import plyo

EXAMPLE = Path(__file__).parents[2] / "examples" / "mcts_frozen_lake.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mcts_frozen_lake", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reaches_the_goal_where_it_is_not_slippery(example: ModuleType) -> None:
    search = example.Search(seed=0)
    assert [example.solve(search, "4x4", False, seed) for seed in range(2)] == [1.0, 1.0]


def test_finds_a_good_policy_where_it_is_slippery(example: ModuleType) -> None:
    env = plyo.make_vec("FrozenLake-v1", 1, autoreset_mode="disabled")
    env.reset(seed=0)
    before = env.get_state()
    search = example.Search(rounds=150, seed=0)
    search.choose(env, 0)
    assert env.get_state() == before  # the search tried its copies, not the environment
    # what the tree has learnt, as a table: the optimum reaches the goal in 74 % of the episodes
    table = np.zeros(16, np.int64)
    for place, node in search.tree.items():
        table[place] = node.returns.argmax()
    envs = plyo.make_vec("FrozenLake-v1", 1000, autoreset_mode="disabled")
    envs.reset(seed=1)
    returns = envs.rollout(plyo.policies.Tabular(table), 100, record=["episodes"]).episode_returns
    assert returns.mean() > 0.6


def test_the_same_seed_gives_the_same_search(example: ModuleType) -> None:
    def values(seed: int) -> list[bytes]:
        env = plyo.make_vec("FrozenLake-v1", 1, autoreset_mode="disabled")
        env.reset(seed=0)
        search = example.Search(rounds=3, seed=seed)
        search.choose(env, 0)
        return [node.returns.tobytes() for node in search.tree.values()]

    assert values(3) == values(3) != values(4)


def test_runs_from_the_command_line(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mcts_frozen_lake.py", "--no-slippery", "--episodes", "1"])
    example.main()
    assert capsys.readouterr().out == "episode 0: return 1, mean 1.00\n"
