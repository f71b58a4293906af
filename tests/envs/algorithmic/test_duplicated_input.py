"""DuplicatedInput: "size = max(n, 2); size // 2 draws, each written twice; target: every 2nd symbol"."""

from __future__ import annotations

import numpy as np
import plain_algorithmic as plain
import pytest

import plyo


def player() -> plain.Player:
    """Writes every second symbol that it reads."""
    symbol = yield plain.START
    while True:
        yield (1, 1, symbol)
        symbol = yield (1, 0, 0)


def test_rules_hold_for_200_seeds() -> None:
    plain.assert_same_batch("DuplicatedInput-v0")
    plain.assert_same_single("DuplicatedInput-v0")


def test_curriculum() -> None:
    """The last 10 episodes, none of which missed more than 1 point."""
    plain.assert_promotions("DuplicatedInput-v0")


def test_time_limit() -> None:
    """Input + target + 4 steps; the step after them earns -1 and ends the episode."""
    plain.assert_overdue("DuplicatedInput-v0")


def test_perfect_player() -> None:
    plain.assert_perfect("DuplicatedInput-v0", player)


@pytest.mark.parametrize("duplication", [1, 3, 32])
def test_any_duplication(duplication: int) -> None:
    for seed in range(20):
        env = plyo.make("DuplicatedInput-v0", duplication=duplication)
        rng = np.random.default_rng(seed)
        size = max(int(rng.integers(3)) + 2, duplication)
        symbols = [int(rng.integers(5)) for _ in range(size // duplication)]
        observation, _ = env.reset(seed=seed)
        for symbol in symbols:
            for k in range(duplication):
                assert observation == symbol
                observation, reward, terminated, _, _ = env.step((1, int(k == 0), symbol))
                assert reward == (k == 0)
                if terminated:
                    break
        assert terminated
        assert env.unwrapped.input_width == len(symbols) * duplication


def test_bad_values() -> None:
    for duplication in (0, 33):
        with pytest.raises(ValueError, match=rf"duplication \({duplication}\) must be from 1 to 32"):
            plyo.make("DuplicatedInput-v0", duplication=duplication)
