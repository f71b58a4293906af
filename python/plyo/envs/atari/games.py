"""The games of Atari 2600 and their ids, as ale-py registers them in Gymnasium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plyo.envs.atari.game_names import NEW_NAMES, OLD_NAMES

#: The games that have ids from before v5 too.
OLD = frozenset(OLD_NAMES.split())
#: All games by the names of ale-py's files, in the order of the alphabet.
GAMES = tuple(sorted((OLD_NAMES + NEW_NAMES).split()))
#: The most frames of an episode: half an hour at 60 frames a second.
MAX_FRAMES = 108_000


def name_of(game: str) -> str:
    """The name of a game in ids: ``"SpaceInvaders"`` for ``"space_invaders"``."""
    return game.title().replace("_", "")


def ids_of(game: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ids of a game, each with the arguments that it stands for, the newest first."""
    name = name_of(game)
    yield f"ALE/{name}-v5", _arguments(game, 0.25, 4)
    if game not in OLD:
        return
    for version, sticky in (("v0", 0.25), ("v4", 0.0)):
        # 2, 3 or 4 frames, drawn for each step
        yield f"{name}-{version}", _arguments(game, sticky, (2, 5))
        yield f"{name}NoFrameskip-{version}", _arguments(game, sticky, 1)


def _arguments(game: str, sticky: float, frameskip: int | tuple[int, int]) -> dict[str, Any]:
    """The arguments that an id stands for."""
    return {
        "game": game,
        "repeat_action_probability": sticky,
        "full_action_space": False,
        "frameskip": frameskip,
        "max_num_frames_per_episode": MAX_FRAMES,
    }
