"""``plyo list``: the registered environments."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.text import Text

import plyo
from plyo._registry.lookup import names_header, register_installed
from plyo._registry.specs import EnvSpec
from plyo.basics.install import is_installed
from plyo.cli.common import import_module_of, user_errors
from plyo.cli.tables import print_table, table_width
from plyo.envs import old_mujoco, old_robots
from plyo.envs.atari.registering import ENTRY_POINT
from plyo.envs.atari.spaces import make_action_space, make_observation_space
from plyo.spaces import Box, Dict, Space
from plyo.tasks.descriptions import Description, compiled_tasks, make_space, native_tasks

#: Modules whose ids cannot be made: they say where the task has gone.
_MOVED = (old_mujoco.__name__, old_robots.__name__)
#: The family of the games of Atari, whose spaces are known without ale-py.
_ATARI = "atari"
#: The columns of a terminal that is wide enough, and those that narrower ones leave out, the first one first.
_COLUMNS = ("id", "observation", "action", "limit", "threshold")
_LEFT_OUT = ("observation", "action", "threshold", "limit")


@dataclass(frozen=True)
class Row:
    """A task in the list.

    Attributes:
        id: Its id.
        family: The family of a native task, or the module of another.
        observation: Its observation space in short, or the reason why the task cannot be made.
        action: Its action space in short.
        max_episode_steps: Its time limit in steps, None without one.
        reward_threshold: The return at which it counts as solved, None without one.
    """

    id: str
    family: str
    observation: str
    action: str
    max_episode_steps: int | None
    reward_threshold: float | None

    def cells(self) -> dict[str, str]:
        """The texts of the columns."""
        limit, threshold = self.max_episode_steps, self.reward_threshold
        return {
            "id": self.id,
            "observation": self.observation,
            "action": self.action,
            "limit": "-" if limit is None else str(limit),
            "threshold": "-" if threshold is None else f"{threshold:g}",
        }


def list_tasks(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATTERN",
            help="A family (mujoco), a part of an id (pole), a pattern ('CartPole*') or a module of your own "
            "(my_module:); all tasks by default.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also ids that only say where their task has gone.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Lists the registered environments.

    Into a file or a pipe each task is one line of id, family, observation, action, time limit and threshold, separated
    by tabs.
    """
    chosen = _choose(patterns or [])
    shown = [spec for spec in chosen if everything or not _has_moved(spec)]
    rows = sorted((_describe_task(spec) for spec in shown), key=lambda row: (row.family, row.id))
    console = Console()
    if json:
        typer.echo(json_text.dumps([asdict(row) for row in rows], indent=1))
    elif not console.is_terminal:
        for row in rows:
            typer.echo("\t".join([row.id, row.family, *list(row.cells().values())[1:]]))
    else:
        games = [] if patterns or everything else [row for row in rows if row.family == _ATARI]
        _print_families(console, [row for row in rows if row not in games], hidden=len(chosen) - len(shown))
        if games:
            console.print(f"{len(games)} more ids are games of Atari: plyo list {_ATARI}", highlight=False)


def _choose(patterns: list[str]) -> list[EnvSpec]:
    """The specs that one of the patterns means; each pattern must mean one."""
    register_installed()
    if not patterns:
        return list(plyo.registry.values())
    chosen: dict[str, EnvSpec] = {}
    for pattern in patterns:
        means = _meaning_of(pattern)
        found = {env_id: spec for env_id, spec in plyo.registry.items() if means(spec)}
        if not found:
            families = ", ".join(sorted(_families()))
            raise typer.BadParameter(
                f"no task is meant by {pattern!r}: give a part of an id, a pattern such as 'CartPole*', or a family "
                f"({families})"
            )
        chosen |= found
    return list(chosen.values())


def _meaning_of(pattern: str) -> Callable[[EnvSpec], bool]:
    """Whether a spec is meant. A module before a colon is imported; it means what it has registered."""
    if names_header(pattern):
        path, _, rest = pattern.partition(".hpp")
        with user_errors(OSError, ValueError):
            ids = plyo.compile(Path(f"{path}.hpp"))
        asked = rest.removeprefix(":").lower()
        return lambda spec: spec.id in ids and (not asked or fnmatchcase(spec.id.lower(), asked))
    module, colon, rest = pattern.rpartition(":")
    text = rest.lower()
    if colon:
        before = set(plyo.registry)
        import_module_of(pattern)
        added = set(plyo.registry) - before
        return lambda spec: (
            (spec.id in added or _module_of(spec).split(".")[0] == module.split(".")[0])
            and (not text or fnmatchcase(spec.id.lower(), text))
        )
    if any(character in text for character in "*?["):
        return lambda spec: fnmatchcase(spec.id.lower(), text)
    if text in _families():
        return lambda spec: _family_of(spec) == text
    return lambda spec: text in spec.id.lower()


def _module_of(spec: EnvSpec) -> str:
    """The module of the entry point."""
    entry = spec.entry_point
    return entry.partition(":")[0] if isinstance(entry, str) else str(getattr(entry, "__module__", "?"))


def _has_moved(spec: EnvSpec) -> bool:
    return _module_of(spec) in _MOVED


@cache
def _natives() -> dict[Any, Description]:
    """The native tasks by their entry points."""
    return {f"{task['module']}:{task['class_name']}": task for task in native_tasks().values()}


def _native(spec: EnvSpec) -> Description | None:
    if not isinstance(spec.entry_point, str):
        return None
    compiled = (
        task for task in compiled_tasks() if f"{task['module']}:{task['class_name']}" == spec.entry_point
    )
    return _natives().get(spec.entry_point) or next(compiled, None)


def _families() -> set[str]:
    """The families of Plyo's own tasks."""
    return {task["family"] for task in (*native_tasks().values(), *compiled_tasks())} | {_ATARI}


def _is_atari(spec: EnvSpec) -> bool:
    return spec.entry_point == ENTRY_POINT


def _family_of(spec: EnvSpec) -> str:
    task = _native(spec)
    if task is not None:
        return str(task["family"])
    if _is_atari(spec):
        return _ATARI
    return "moved" if _has_moved(spec) else _module_of(spec)


def _describe_task(spec: EnvSpec) -> Row:
    observation, action = _describe_spaces(spec)
    return Row(spec.id, _family_of(spec), observation, action, spec.max_episode_steps, spec.reward_threshold)


def _describe_spaces(spec: EnvSpec) -> tuple[str, str]:
    """The observation and the action space, in short. Native tasks are not made where their spaces are known."""
    task = _native(spec)
    # arguments may change the spaces of a task, but not those of robots, which would be slow to make
    if task is not None and not spec.additional_wrappers and (task["needs"] or not spec.kwargs):
        return _describe(make_space(task["observation"])), _describe(make_space(task["action"]))
    if _is_atari(spec) and not spec.additional_wrappers:
        game = spec.kwargs["game"]
        return _describe(make_observation_space(game)), _describe(make_action_space(game))
    try:
        with plyo.make(spec) as env:
            return _describe(env.observation_space), _describe(env.action_space)
    except Exception as e:  # whatever a task of the user's own raises, the others are listed
        return f"cannot be made here: {' '.join(str(e).split()) or type(e).__name__}", "-"


def _describe(space: Space[Any]) -> str:
    """A space in one short line: ``Box(3,)``, ``Box(1,) of [-2, 2]``, ``Discrete(2)``, ``Dict(goal: Box(3,))``."""
    if isinstance(space, Dict):
        return f"Dict({', '.join(f'{key}: {_describe(part)}' for key, part in space.items())})"
    if not isinstance(space, Box):
        return str(space)
    shape = f"Box({', '.join(map(str, space.shape))}{',' if len(space.shape) == 1 else ''})"
    low, high = np.unique(space.low), np.unique(space.high)
    return f"{shape} of [{low[0]:g}, {high[0]:g}]" if len(low) == len(high) == 1 else shape


def _print_families(console: Console, rows: list[Row], hidden: int) -> None:
    """One table a family, with as many columns as fit."""
    for family, members in groupby(rows, key=lambda row: row.family):
        console.print(Text(family, style="bold"))
        _print_family(console, [row.cells() for row in members])
    missing = {
        task["needs"] for task in native_tasks().values() if any(task["family"] == r.family for r in rows)
    }
    if any(row.family == _ATARI for row in rows) and not is_installed("ale_py"):
        missing.add("ale-py")
    for package in sorted(name for name in missing if name and not is_installed(name)):
        console.print(f"to make some of these: pip install {package}", highlight=False)
    if hidden:
        console.print(
            f"{hidden} more ids only say where their task has gone: --all", style="dim", highlight=False
        )


def _print_family(console: Console, rows: list[dict[str, str]]) -> None:
    """Prints tasks without the columns that the terminal has no room for."""
    columns = list(_COLUMNS)
    for name in _LEFT_OUT:
        if table_width(columns, [[row[column] for column in columns] for row in rows]) <= console.width:
            break
        columns.remove(name)
    cells = [[row[column] for column in columns] for row in rows]
    print_table(console, columns, cells, right=("limit", "threshold"))
