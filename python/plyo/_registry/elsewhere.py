"""Where environments are that Plyo does not have, for errors about their ids. Loaded by such an error alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_ATARI_NAMES = """
Adventure AirRaid Alien Amidar Assault Asterix Asteroids Atlantis Atlantis2 Backgammon BankHeist BasicMath
BattleZone BeamRider Berzerk Bowling Boxing Breakout Carnival Casino Centipede ChopperCommand CrazyClimber
Crossbow Darkchambers Defender DemonAttack DonkeyKong DoubleDunk Earthworld ElevatorAction Enduro Entombed Et
FishingDerby FlagCapture Freeway Frogger Frostbite Galaxian Gopher Gravitar Hangman HauntedHouse Hero
HumanCannonball IceHockey Jamesbond JourneyEscape Kaboom Kangaroo KeystoneKapers KingKong Klax Koolaid Krull
KungFuMaster LaserGates LostLuggage MarioBros MiniatureGolf MontezumaRevenge MrDo MsPacman NameThisGame Othello
Pacman Phoenix Pitfall Pitfall2 Pong Pooyan PrivateEye Qbert Riverraid RoadRunner Robotank Seaquest SirLancelot
Skiing Solaris SpaceInvaders SpaceWar StarGunner Superman Surround Tennis Tetris TicTacToe3d TimePilot Trondead
Turmoil Tutankham UpNDown Venture VideoCheckers VideoChess VideoCube VideoPinball WizardOfWor WordZapper
YarsRevenge Zaxxon
"""
_ATARI = frozenset(_ATARI_NAMES.split())
#: Box2D's tasks: the version that Gymnasium has, and what is near in Plyo.
_BOX2D = {
    "LunarLander": (3, "Acrobot-v1 and MountainCar-v0 have discrete actions and small observations too"),
    "LunarLanderContinuous": (3, "MountainCarContinuous-v0 and Pendulum-v1 have continuous actions too"),
    "BipedalWalker": (3, "Walker2d-v5 and Hopper-v5 walk too"),
    "BipedalWalkerHardcore": (3, "Walker2d-v5 and Hopper-v5 walk too"),
    "CarRacing": (3, 'any task that is drawn can be observed as pixels, with observation="pixels"'),
}
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
    text = _elsewhere(env_id, ns, name)
    if not text and ns in (None, "ALE"):
        # a misspelt name of another package's
        of_others = (*_BOX2D, *_ATARI) if ns is None else _ATARI
        own = {known_id.partition("-v")[0] for known_id in known} if ns is None else set()
        meant = near(name, (*own, *of_others), 1)
        if meant and meant[0] in of_others:
            text = _elsewhere(env_id.replace(name, meant[0], 1), ns, meant[0])
    if not text:
        similar = near(env_id, known)
        text = f" The ids nearest to {env_id!r} are: {', '.join(similar)}." if similar else ""
    return f"{text} All ids: `plyo list`, or plyo.pprint_registry()."


def _elsewhere(env_id: str, ns: str | None, name: str) -> str:
    """Where an environment is that Plyo does not have, and what is near; empty if that is unknown."""
    if name in _BOX2D and ns is None:
        version, others = _BOX2D[name]
        there = f"{name}-v{version}"
        return _there(env_id, "Box2D is not there yet", there, '"gymnasium[box2d]"', f"In Plyo, {others}.")
    game = re.sub(r"(-ram|Deterministic|NoFrameskip)+$", "", name)
    if ns in (None, "ALE") and game in _ATARI:
        there = f"ALE/{game}-v5" if ns is not None or game == name else env_id
        others = 'In Plyo, any task that is drawn can be observed as pixels, with observation="pixels".'
        return _there(env_id, "Atari is not there yet", there, '"gymnasium[atari]"', others, "ale_py")
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


def _there(env_id: str, why: str, there: str, install: str, others: str, module: str = "") -> str:
    """The sentences about an environment that Gymnasium makes."""
    after = f" after `import {module}`" if module else ""
    text = f" {env_id} is not part of Plyo: {why}. gymnasium.make({there!r}) has it{after} (pip install {install})"
    text += f", and plyo.from_gymnasium(gymnasium.make({there!r})) gives it Plyo's classes."
    return f"{text} {others}" if others else text
