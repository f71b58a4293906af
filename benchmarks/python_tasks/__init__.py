"""The tasks that only Plyo has today, written for Gymnasium in the usual way: plain Python over NumPy.

They are the yardstick of `discrete_tasks.py` and the other side of the tests of `tests/envs/algorithmic` and
`tests/envs/retired`. `register_python_tasks` puts them into Gymnasium's registry as ``python/Copy-v0`` and so on.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import gymnasium

import plyo
from python_tasks.algorithmic import RULES, Algorithmic
from python_tasks.coins import KellyCoinflip, KellyCoinflipGeneralized
from python_tasks.numbers import GuessingGame, HotterColder, NChain, Roulette
from python_tasks.pictures import CubeCrash, MemorizeDigits

__all__ = ["PREFIX", "TASKS", "register_python_tasks"]

PREFIX = "python/"

#: The constructor of each task, by Plyo's id.
TASKS: dict[str, Any] = {
    **{task: partial(Algorithmic, rules) for task, rules in RULES.items()},
    "NChain-v0": NChain,
    "Roulette-v0": Roulette,
    "GuessingGame-v0": GuessingGame,
    "HotterColder-v0": HotterColder,
    "KellyCoinflip-v0": KellyCoinflip,
    "KellyCoinflipGeneralized-v0": KellyCoinflipGeneralized,
    "CubeCrash-v0": CubeCrash,
    "CubeCrashSparse-v0": partial(CubeCrash, shaped=False),
    "CubeCrashScreenBecomesBlack-v0": partial(CubeCrash, shaped=False, black=True),
    "MemorizeDigits-v0": MemorizeDigits,
}


def register_python_tasks() -> None:
    """Registers ``"python/Copy-v0"`` and so on with Gymnasium, with Plyo's time limits."""
    for task_id, make in TASKS.items():
        if PREFIX + task_id not in gymnasium.registry:
            limit = plyo.spec(task_id).max_episode_steps
            gymnasium.register(PREFIX + task_id, make, max_episode_steps=limit)
