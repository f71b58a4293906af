"""What a batch keeps of its running games, beside a model that counts one lane after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plyo._native import RunningGames, plain_actions
from plyo.envs.atari.played import Played

LANES = 5


class Game:
    """The game of a lane, as `RunningGames` keeps it."""

    def __init__(self) -> None:
        self.score, self.length, self.lives = 0.0, 0, 0
        self.is_over = self.has_ended = False

    def begin(self, seed: int | None) -> None:
        if seed is None and self.has_ended and not self.is_over:
            self.has_ended = False
        else:
            self.__init__()  # type: ignore[misc]  # as a new one

    def count(self, played: Played, lane: int, steps: bool) -> bool:
        was_reset = self.has_ended and steps
        lost = 0 < played.lives[lane] < self.lives and not was_reset
        if was_reset and self.is_over:
            self.begin(0)
        if steps:
            self.has_ended = bool(played.terminated[lane] or played.truncated[lane])
            self.length += not was_reset
        self.score += played.rewards[lane]
        self.lives = played.lives[lane]
        self.is_over |= bool(played.is_over[lane])
        return lost


def played(random: np.random.Generator, steps: np.ndarray | None = None) -> Played:
    """What an engine might return of a step."""
    flags = random.random((3, LANES)) < 0.3
    rewards = random.integers(-3, 4, LANES) * 1.0
    if steps is not None:
        flags[:, ~steps] = False
        rewards[~steps] = 0
    counts = random.integers(0, 4, (3, LANES)).astype(np.int32)
    return Played(np.zeros((LANES, 2), np.uint8), rewards, *(each.copy() for each in (*flags, *counts)))


@pytest.mark.parametrize("clips", [False, True])
@pytest.mark.parametrize("lost_life_ends", [False, True])
def test_games_are_counted(clips: bool, lost_life_ends: bool) -> None:
    random = np.random.default_rng(7)
    games, model = RunningGames(LANES, clips, lost_life_ends), [Game() for _ in range(LANES)]
    for step in range(400):
        if step % 9 == 0:
            lanes = np.flatnonzero(random.random(LANES) < 0.6).tolist()
            seeds = [None if random.random() < 0.5 else 1 for _ in lanes]
            lives = random.integers(0, 4, LANES).astype(np.int32)
            games.begin(lanes, seeds, lives)
            for lane, seed in zip(lanes, seeds, strict=True):
                model[lane].begin(seed)
            for game, left in zip(model, lives, strict=True):
                game.lives = left
        steps = random.random(LANES) < 0.7 if step % 2 else None
        now = played(random, steps)
        kept = Played(*(each.copy() for each in now))
        observations, rewards, terminated, truncated, infos = games.count(now, steps)
        lost = np.array([g.count(kept, i, steps is None or bool(steps[i])) for i, g in enumerate(model)])
        assert observations is now.observations
        assert rewards.tolist() == (kept.rewards.clip(-1, 1) if clips else kept.rewards).tolist()
        ends = kept.terminated | lost if lost_life_ends else kept.terminated
        assert terminated.tolist() == ends.tolist()
        assert truncated.tolist() == (kept.truncated & ~ends if lost_life_ends else kept.truncated).tolist()
        expected: dict[str, Any] = {
            "env_id": np.arange(LANES),
            "lives": kept.lives,
            "frame_number": kept.frame_number,
            "episode_frame_number": kept.episode_frame_number,
            "life_lost": lost,
            **({"reward": kept.rewards} if clips else {}),
        }
        if kept.is_over.any():
            expected["score"] = [g.score if o else 0 for g, o in zip(model, kept.is_over, strict=True)]
            expected["_score"] = kept.is_over
            expected["length"] = [g.length if o else 0 for g, o in zip(model, kept.is_over, strict=True)]
            expected["_length"] = kept.is_over
        assert list(infos) == list(expected)
        for name, values in expected.items():
            np.testing.assert_array_equal(infos[name], values, err_msg=name)
        assert games.ended.tolist() == [game.has_ended for game in model]
        assert games.has_ended == games.ended.any()
        assert [games.game(i) for i in range(LANES)] == [(g.score, g.length, g.is_over) for g in model]


def test_games_are_restored() -> None:
    games = RunningGames(2, False, False)
    games.set_game(1, 2.5, 7, 3, False, True)
    assert games.game(1) == (2.5, 7, False)
    assert games.ended.tolist() == [False, True]
    games.begin([1], [None], np.array([3, 3], np.int32))
    assert games.game(1) == (2.5, 7, False), "only a life was lost"
    assert not games.has_ended


@pytest.mark.parametrize("place", range(1, 6))
def test_what_does_not_fit_is_refused(place: int) -> None:
    games = RunningGames(LANES, False, False)
    whole = played(np.random.default_rng(0))
    for wrong in (whole[place][:-1].copy(), whole[place].astype(np.int16), None):
        with pytest.raises(TypeError):
            games.count((*whole[:place], wrong, *whole[place + 1 :]), None)
    with pytest.raises(ValueError, match="eight parts"):
        games.count(whole[:-1], None)
    with pytest.raises(ValueError, match="seed"):
        games.begin([0, 1], [None], whole.lives)
    with pytest.raises(IndexError):
        games.begin([LANES], [None], whole.lives)
    assert games.game(0) == (0, 0, False)


def test_plain_actions() -> None:
    for dtype in (np.uint8, np.int16, np.int32, np.int64, np.uint64):
        assert plain_actions(np.array([0, 5, 2], dtype), 3, 6) == [0, 5, 2]
    others: list[Any] = [[0, 5, 2], np.array([0, 6, 2]), np.array([0, -1, 2]), np.array([[0, 5, 2]])]
    others += [np.array([0.0, 5.0, 2.0]), np.array([False, True, True]), np.arange(6)[::2], np.arange(4)]
    others += [np.array([0, 2**63 + 5, 2], np.uint64), None]
    assert [plain_actions(each, 3, 6) for each in others] == [None] * len(others)
