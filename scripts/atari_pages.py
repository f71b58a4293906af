"""The pages of the Atari games and their part of the list, for scripts/make_task_pages.py.

The pages have no example of their own: that of docs/guide/atari.md is for all games.
"""

from __future__ import annotations

from plyo.envs.atari.facts import ACTIONS, WIDTH, facts_of
from plyo.envs.atari.games import GAMES, ids_of, name_of

#: What each id stands for.
KINDS = {
    (0.25, 4): "4 frames a step; each repeats the last action with probability 0.25",
    (0.25, (2, 5)): "2 to 4 frames a step; each repeats the last action with probability 0.25",
    (0.0, (2, 5)): "2 to 4 frames a step",
    (0.25, 1): "1 frame a step; it repeats the last action with probability 0.25",
    (0.0, 1): "1 frame a step",
}


def rows(cells: list[list[str]]) -> str:
    """A table in Markdown, its heads first."""
    lines = [cells[0], ["---"] * len(cells[0]), *cells[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def numbers(values: tuple[int, ...]) -> str:
    """Numbers in short form: the first ones of many."""
    if len(values) == 1:
        return f"only {values[0]}"
    if len(values) > 12:
        return f"{len(values)} values: {', '.join(map(str, values[:8]))}, ..., {values[-1]}"
    return ", ".join(map(str, values))


def page(game: str) -> str:
    """The page of a game."""
    facts = facts_of(game)
    ids = [
        [f"`{env_id}`", KINDS[a["repeat_action_probability"], a["frameskip"]]] for env_id, a in ids_of(game)
    ]
    actions = [[str(place), f"`{ACTIONS[number]}`"] for place, number in enumerate(facts.own_actions)]
    every = f"`full_action_space=True` has {len(facts.all_actions)} actions"
    same = len(facts.all_actions) == len(facts.own_actions)
    parts = [
        f"# {name_of(game)}",
        "A game of Atari 2600, which the package `ale-py` runs (`pip install ale-py`, under the GPL). All games have "
        "the same arguments, observations and infos: [Atari](../../guide/atari.md) shows them.",
        rows([["id", "what it stands for"], *ids]),
        "## Observation",
        f"`Box`, uint8, shape `{(facts.height, WIDTH, 3)}`: the screen. `obs_type=\"grayscale\"`: "
        f"`{(facts.height, WIDTH)}`; `obs_type=\"ram\"`: `(128,)`.",
        "## Action",
        f"`Discrete({len(facts.own_actions)})`{', all actions' if same else f'; {every}'}:",
        rows([["value", "meaning"], *actions]),
        "## Variants",
        rows([["argument", "legal values"], ["`mode`", numbers(facts.modes)],
              ["`difficulty`", numbers(facts.difficulties)]]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """The pages by the names of their files."""
    return {f"{game}.md": page(game) for game in GAMES}


def overview() -> str:
    """The table of all games."""
    cells = [
        [
            f"[{name_of(game)}](atari/{game}.md)",
            ", ".join(f"`{env_id}`" for env_id, _ in ids_of(game)),
            str(len(facts_of(game).own_actions)),
        ]
        for game in GAMES
    ]
    return rows([["game", "ids", "actions"], *cells])
