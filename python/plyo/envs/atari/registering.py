"""Registers the ids of all Atari games; ale-py need not be installed for that."""

from __future__ import annotations

from plyo._registry.lookup import registry
from plyo._registry.specs import EnvSpec
from plyo.envs.atari.games import GAMES, ids_of

#: The address of the class of environments.
ENTRY_POINT = "plyo.envs.atari:AtariEnv"
#: That of batches, which prepare pictures; as in ale-py, only ids of v5 have them.
VECTOR_ENTRY_POINT = "plyo.envs.atari:AtariVectorEnv"


def register_atari_games() -> None:
    """Adds the ids to the registry, which has no others of these names: they need none of the checks of `register`."""
    for game in GAMES:
        for env_id, arguments in ids_of(game):
            batch = VECTOR_ENTRY_POINT if env_id.endswith("-v5") else None
            registry[env_id] = EnvSpec(env_id, ENTRY_POINT, kwargs=arguments, vector_entry_point=batch)
