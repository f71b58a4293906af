"""Reverse: "target: reversed"."""

from __future__ import annotations

import plain_algorithmic as plain

import plyo


def player() -> plain.Player:
    """Goes to the end and writes on the way back."""
    symbol = yield plain.START
    while symbol != 2:
        symbol = yield (1, 0, 0)
    symbol = yield (0, 0, 0)
    while True:
        symbol = yield (0, 1, symbol)


def test_rules_hold_for_200_seeds() -> None:
    plain.assert_same_batch("Reverse-v0")
    plain.assert_same_single("Reverse-v0")


def test_curriculum() -> None:
    """The last 50 episodes, none of which missed a point: "-0.1"."""
    plain.assert_promotions("Reverse-v0")


def test_time_limit() -> None:
    """Input + target + 4 steps; the step after them earns -1 and ends the episode."""
    plain.assert_overdue("Reverse-v0")


def test_perfect_player() -> None:
    plain.assert_perfect("Reverse-v0", player, 150)


def test_inputs_begin_with_one_symbol() -> None:
    lengths = set()
    env = plyo.make("Reverse-v0")
    for seed in range(100):
        env.reset(seed=seed)
        lengths.add(env.unwrapped.input_width)
    assert lengths == {1, 2, 3}
