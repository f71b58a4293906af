"""Registers the ids of all Atari games; ale-py need not be installed for that."""

from __future__ import annotations

from plyo._registry.lookup import registry
from plyo._registry.specs import EnvSpec
from plyo.envs.atari.games import GAMES, ids_of

#: The address of the class of environments.
ENTRY_POINT = "plyo.envs.atari:AtariEnv"


def register_atari_games() -> None:
    """Adds the ids to the registry, which has no others of these names: they need none of the checks of `register`."""
    for game in GAMES:
        for env_id, arguments in ids_of(game):
            registry[env_id] = EnvSpec(env_id, ENTRY_POINT, kwargs=arguments)
