"""The table of Atari games beside the registry of ale-py, and what it says of each game."""

from __future__ import annotations

import ale_py
import gymnasium
import pytest

from plyo.envs.atari.facts import ACTIONS, WIDTH, facts_of
from plyo.envs.atari.games import GAMES, MAX_FRAMES, OLD, ids_of, name_of
from plyo.envs.atari.loading import rom_path


def test_the_ids_are_those_that_ale_py_registers():
    theirs = {
        spec.id: spec.kwargs
        for spec in gymnasium.registry.values()
        if spec.entry_point == "ale_py.env:AtariEnv"
    }
    ours = dict(pair for game in GAMES for pair in ids_of(game))
    assert ours == theirs
    assert len(ours) == sum(1 for game in GAMES for _ in ids_of(game)) == 352
    assert (len(GAMES), len(OLD), MAX_FRAMES) == (104, 62, 108_000)
    # without a time limit in steps, and with all checks
    spec = gymnasium.spec("ALE/Pong-v5")
    assert (spec.max_episode_steps, spec.reward_threshold, spec.nondeterministic) == (None, None, False)
    assert (spec.order_enforce, spec.disable_env_checker) == (True, False)


def test_names():
    assert name_of("up_n_down") == "UpNDown"
    assert name_of("tic_tac_toe_3d") == "TicTacToe3D"
    assert tuple(ale_py.Action.__members__) == ACTIONS
    assert [action.value for action in ale_py.Action.__members__.values()] == list(range(len(ACTIONS)))


def assert_facts(game: str) -> None:
    facts = facts_of(game)
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    ale = ale_py.ALEInterface()
    ale.loadROM(rom_path(game))
    assert ale.getScreenDims() == (facts.height, WIDTH)
    assert tuple(action.value for action in ale.getMinimalActionSet()) == facts.own_actions
    assert tuple(action.value for action in ale.getLegalActionSet()) == facts.all_actions
    assert tuple(ale.getAvailableModes()) == facts.modes
    assert tuple(ale.getAvailableDifficulties()) == facts.difficulties


@pytest.mark.parametrize("game", ["pong", "skiing", "video_cube"])
def test_facts(game):
    assert_facts(game)


@pytest.mark.slow
def test_all_facts():
    for game in GAMES:
        assert_facts(game)
