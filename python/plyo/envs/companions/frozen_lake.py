"""Maps of FrozenLake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.basics import seeding
from plyo.basics.integers import check_integer
from plyo.tasks.task_env import NativeEnv

__all__ = ["DOWN", "LEFT", "MAPS", "RIGHT", "UP", "generate_random_map", "is_valid"]

#: The rows of the maps by name.
MAPS: dict[str, list[str]]

LEFT, DOWN, RIGHT, UP = range(4)

#: A random map is drawn anew until its goal can be reached, but this often at least, and up to this many cells.
_LEAST_TRIES, _MOST_CELLS = 1000, 10_000_000


def __getattr__(name: str) -> Any:
    """``MAPS``: the rows of the maps by name, as the native task has them."""
    if name != "MAPS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    maps = {key: _rows(key) for key in ("4x4", "8x8")}
    globals()["MAPS"] = maps
    return maps


class _FrozenLake(NativeEnv):
    """The native task, which has the maps."""

    task = "FrozenLake"


def _rows(map_name: str) -> list[str]:
    letters = _FrozenLake(map_name=map_name)._engine.attribute("desc", 0)
    return ["".join(letter.decode() for letter in row) for row in letters]


def is_valid(board: Sequence[Sequence[str]], max_size: int) -> bool:
    """Whether the goal of a square map can be reached from its upper left corner.

    Args:
        board: The letters, row by row.
        max_size: The number of rows and columns.
    """
    reached = {(0, 0)}
    to_visit = [(0, 0)]
    while to_visit:
        row, column = to_visit.pop()
        for cell in ((row + 1, column), (row, column + 1), (row - 1, column), (row, column - 1)):
            if cell in reached or not (0 <= cell[0] < max_size and 0 <= cell[1] < max_size):
                continue
            letter = board[cell[0]][cell[1]]
            if letter == "G":
                return True
            if letter != "H":
                reached.add(cell)
                to_visit.append(cell)
    return False


def generate_random_map(size: int = 8, p: float = 0.8, seed: int | None = None) -> list[str]:
    """Draws square maps until the goal of one can be reached.

    Args:
        size: The number of rows and columns, at least 2.
        p: The probability of ice, where there is neither the start nor the goal; above 0.
        seed: The same maps as Gymnasium's from the same seed; None for any.

    Returns:
        The rows of the map.

    Raises:
        TypeError: ``size`` is not an integer.
        ValueError: ``size`` or ``p`` is out of its range, or among many maps there was none whose goal can be
            reached.
    """
    size = check_integer("size", size, 2)
    if not 0 < p < float("inf"):
        raise ValueError(f"p must be above 0 and finite, got {p!r}")
    np_random, _ = seeding.np_random(seed)
    p = min(1, p)
    tries = max(_LEAST_TRIES, _MOST_CELLS // size**2)
    if tries * _reachable_at_most(size, p) < 1e-3:
        tries = 0  # hopeless
    for _ in range(tries):
        board = np_random.choice(["F", "H"], (size, size), p=[p, 1 - p])
        board[0][0] = "S"
        board[-1][-1] = "G"
        if is_valid(board.tolist(), size):
            return ["".join(row) for row in board]
    raise ValueError(
        f"Maps of size {size} with p={p!r} have next to never a way to the goal: choose a larger p or a smaller size"
    )


def _reachable_at_most(size: int, p: float) -> float:
    """A bound of the probability that the goal of a random map can be reached.

    A way has at least ``2 * size - 3`` cells between the start and the goal, and goes on from each of them to one
    of three others; the bound is the sum over all lengths of the expected number of such ways.
    """
    return 2.0 if 3 * p >= 1 else 2 * (3 * p) ** (2 * size - 3) / (1 - 3 * p)


def complete_arguments(params: dict[str, Any]) -> dict[str, Any]:
    """Draws a map where neither a map nor a name is given.

    Raises:
        ValueError: A map has no rows, or something else than single ASCII letters.
    """
    desc = params.get("desc")
    if desc is not None:
        _check_letters(desc)
    elif "map_name" in params and params["map_name"] is None:
        return params | {"desc": generate_random_map()}
    return params


def _check_letters(desc: Any) -> None:
    """Refuses the maps that the native task, which sees bytes, would misread."""
    if isinstance(desc, str | bytes) or not isinstance(desc, Sequence | np.ndarray):
        return  # no list: the native task says so
    if len(desc) == 0:
        raise ValueError(f"desc must have at least one row, got {desc!r}")
    for row in desc:
        letters = [row] if isinstance(row, str | bytes) else row
        if not isinstance(letters, Sequence | np.ndarray):
            continue
        texts = [letter for letter in letters if isinstance(letter, str | bytes)]
        if not all(text.isascii() for text in texts) or (
            letters is row and any(len(text) != 1 for text in texts)
        ):
            raise ValueError(f"the rows of desc must be made of single ASCII letters, got {desc!r}")


def _initial_state_distrib(self: Any) -> npt.NDArray[np.float64]:
    """The probability that an episode begins in each cell, float64 of shape ``(nrow * ncol,)``."""
    starts = (self.desc == b"S").astype(np.float64).ravel()
    probabilities: npt.NDArray[np.float64] = starts / starts.sum()
    return probabilities


MEMBERS = {"initial_state_distrib": property(_initial_state_distrib)}
