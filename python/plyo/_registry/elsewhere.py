"""Where environments are that Plyo does not have, for errors about their ids. Loaded by such an error alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

#: What ids of Atari games had after the game's name, with the argument that they stood for.
_ATARI_ENDS = {"-ram": 'obs_type="ram"', "Deterministic": "frameskip=4", "NoFrameskip": "frameskip=1"}
#: Gymnasium-Robotics' tasks by the beginning of their names, with what is near.
_ROBOTICS = {
    "AntMaze": "Ant-v5 has the same robot, without a maze",
    "PointMaze": "FetchReach-v4 has goals too",
    "AdroitHand": "HandReach-v3 and the HandManipulate tasks have a hand too",
    "FrankaKitchen": "FetchPickAndPlace-v4 has an arm with a gripper too",
}
#: Other packages by the beginning of an id: what to install, and what to import so that it registers its ids.
_PACKAGES = {
    "MiniGrid-": ("minigrid", "minigrid"),
    "BabyAI-": ("minigrid", "minigrid"),
    "MiniWorld-": ("miniworld", "miniworld"),
    "dm_control/": ("shimmy[dm-control]", "shimmy"),
    "highway-": ("highway-env", "highway_env"),
    "metaworld": ("metaworld", "metaworld"),
    "Meta-World/": ("metaworld", "metaworld"),
}


def near(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """The names that look most like another, the most similar first; letters may differ in case."""
    by_lower: dict[str, str] = {}
    for known in names:
        by_lower.setdefault(known.lower(), known)
    return [by_lower[key] for key in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.7)]


def advice(env_id: str, ns: str | None, name: str, known: Iterable[str]) -> str:
    """Sentences for an error about an id that is not registered, each with a space before it.

    Args:
        env_id: The id.
        ns: Its namespace or None.
        name: Its name, without namespace and version.
        known: The registered ids.
    """
    text = _elsewhere(env_id, ns, name) or _of_atari(env_id, ns, name, set(known))
    if not text:
        similar = near(env_id, known)
        text = f" The ids nearest to {env_id!r} are: {', '.join(similar)}." if similar else ""
    return f"{text} All ids: `plyo list`, or plyo.pprint_registry()."


def _elsewhere(env_id: str, ns: str | None, name: str) -> str:
    """Where an environment is that Plyo does not have, and what is near; empty if that is unknown."""
    for begin, others in _ROBOTICS.items():
        if ns is None and name.startswith(begin):
            why = "it is one of Gymnasium-Robotics'"
            return _there(
                env_id, why, env_id, "gymnasium-robotics", f"In Plyo, {others}.", "gymnasium_robotics"
            )
    if ns in ("phys2d", "tabular"):
        why = "Gymnasium's functional environments are not there"
        others = f"In Plyo, {name}-v1 is the same task, and plyo.jax steps it inside JAX."
        return _there(env_id, why, env_id, '"gymnasium[jax]"', others)
    for begin, (package, module) in _PACKAGES.items():
        if env_id.startswith(begin):
            return _there(env_id, f"it is one of {package.partition('[')[0]}'s", env_id, package, "", module)
    return ""


def _of_atari(env_id: str, ns: str | None, name: str, known: set[str]) -> str:
    """What to make in place of an Atari id that is not there, or there no more; empty for other ids."""
    game = re.sub(f"({'|'.join(_ATARI_ENDS)})+$", "", name)
    newest = f"ALE/{game}-v5"
    if ns not in (None, "ALE") or newest not in known:
        return ""
    arguments = {argument for end, argument in _ATARI_ENDS.items() if end in name[len(game) :]}
    version = "v0" if env_id.endswith("-v0") else "v4"
    if ns is None and f"{game}-{version}" in known:
        is_every = _ATARI_ENDS["NoFrameskip"] in arguments
        base = f"{game}{'NoFrameskip' if is_every else ''}-{version}"
        arguments.discard(_ATARI_ENDS["NoFrameskip"])
    else:
        base = newest
        arguments.discard(_ATARI_ENDS["Deterministic"])  # its own number of frames
    call = ", ".join([f'"{base}"', *sorted(arguments, reverse=True)])
    return f" In place of {env_id}, use plyo.make({call})."


def _there(env_id: str, why: str, there: str, install: str, others: str, module: str = "") -> str:
    """The sentences about an environment that Gymnasium makes."""
    after = f" after `import {module}`" if module else ""
    text = f" {env_id} is not part of Plyo: {why}. gymnasium.make({there!r}) has it{after} (pip install {install})"
    text += f", and plyo.from_gymnasium(gymnasium.make({there!r})) gives it Plyo's classes."
    return f"{text} {others}" if others else text
