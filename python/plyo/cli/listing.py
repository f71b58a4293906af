"""``plyo list``: the registered environments."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

import plyo
from plyo._registry.specs import EnvSpec
from plyo.spaces import Box, Dict, Space

#: Lines that do not go to a terminal are not cut.
_UNLIMITED = 10_000


def list_tasks() -> None:
    """Lists the registered environments."""
    table = Table()
    table.add_column("id", no_wrap=True)
    for heading in ("observation", "action"):
        table.add_column(heading, overflow="fold")
    for heading in ("limit", "threshold"):
        table.add_column(heading, justify="right")
    for env_id in sorted(plyo.registry):
        spec = plyo.registry[env_id]
        numbers = (spec.max_episode_steps, spec.reward_threshold)
        row = (env_id, *_describe_spaces(spec), *("-" if n is None else f"{n:g}" for n in numbers))
        table.add_row(*map(Text, row))
    console = Console()
    if not console.is_terminal:
        console.width = _UNLIMITED
    console.print(table)


def _describe_spaces(spec: EnvSpec) -> tuple[str, str]:
    """The observation and the action space, in short."""
    try:
        with plyo.make(spec) as env:
            return _describe(env.observation_space), _describe(env.action_space)
    except Exception as e:  # whatever a task of the user's own raises, the others are listed
        return f"cannot be made here: {e or type(e).__name__}", "-"


def _describe(space: Space[Any]) -> str:
    """A space in one short line: ``Box(3,)``, ``Box(1,) of [-2, 2]``, ``Discrete(2)``, ``Dict(goal: Box(3,))``."""
    if isinstance(space, Dict):
        return f"Dict({', '.join(f'{key}: {_describe(part)}' for key, part in space.items())})"
    if not isinstance(space, Box):
        return str(space)
    shape = f"Box({', '.join(map(str, space.shape))}{',' if len(space.shape) == 1 else ''})"
    low, high = np.unique(space.low), np.unique(space.high)
    return f"{shape} of [{low[0]:g}, {high[0]:g}]" if len(low) == len(high) == 1 else shape
