"""What each game of ale-py has: its screen, actions, modes and difficulties."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from plyo.envs.atari.fact_table import ACTIONS, TABLE

__all__ = ["ACTIONS", "WIDTH", "Facts", "facts_of"]

#: The width of every screen in pixels.
WIDTH = 160


class Facts(NamedTuple):
    """What a game has.

    Attributes:
        height: The height of its screen in pixels.
        own_actions: The actions that do something in it, by their places in :data:`ACTIONS`.
        all_actions: All that it takes with ``full_action_space``.
        modes: The legal values of ``mode``.
        difficulties: Those of ``difficulty``.
    """

    height: int
    own_actions: tuple[int, ...]
    all_actions: tuple[int, ...]
    modes: tuple[int, ...]
    difficulties: tuple[int, ...]


@cache
def facts_of(game: str) -> Facts:
    """What a game has, by its name in :data:`plyo.envs.atari.games.GAMES`."""
    lines = TABLE.replace(",\n", ",").splitlines()
    line = next(line for line in lines if line.startswith(f"{game} "))
    _, height, own, every, modes, difficulties = line.split()
    return Facts(int(height), _bits(own), _bits(every), _numbers(modes), _numbers(difficulties))


def _bits(text: str) -> tuple[int, ...]:
    """The places of the bits of a number in base 16."""
    return tuple(place for place in range(len(ACTIONS)) if int(text, 16) >> place & 1)


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers of a list of them and of ranges: ``"0-2,8"``."""
    ranges = (part.partition("-") for part in text.split(","))
    return tuple(number for first, _, last in ranges for number in range(int(first), int(last or first) + 1))
