"""RepeatCopy: "target: x + reversed(x) + x"."""

from __future__ import annotations

import plain_algorithmic as plain


def player() -> plain.Player:
    """Writes to the right, to the left and to the right again."""
    symbol = yield plain.START
    for move in (1, 0, 1):
        while symbol != 5:
            symbol = yield (move, 1, symbol)
        symbol = yield (1 - move, 0, 0)  # back onto the tape


def test_rules_hold_for_200_seeds() -> None:
    plain.assert_same_batch("RepeatCopy-v0", num_steps=550)
    plain.assert_same_single("RepeatCopy-v0")


def test_curriculum() -> None:
    """The last 50 episodes, none of which missed a point: "-0.1"."""
    plain.assert_promotions("RepeatCopy-v0")


def test_time_limit() -> None:
    """Input + target + 4 steps; the step after them earns -1 and ends the episode."""
    plain.assert_overdue("RepeatCopy-v0")


def test_perfect_player() -> None:
    plain.assert_perfect("RepeatCopy-v0", player, 150)
