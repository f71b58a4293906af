"""Printing the registry."""

from __future__ import annotations

import re
from collections import defaultdict

from plyo._registry.lookup import registry
from plyo._registry.specs import EnvSpec


def pprint_registry(
    print_registry: dict[str, EnvSpec] = registry,
    *,
    num_cols: int = 3,
    exclude_namespaces: list[str] | None = None,
    disable_print: bool = False,
) -> str | None:
    """Prints all environments, grouped by namespace or family.

    Args:
        print_registry: The environments by id, by default all registered ones.
        num_cols: The number of ids in a line.
        exclude_namespaces: Groups to leave out.
        disable_print: Whether to return the text instead.

    Returns:
        The text if ``disable_print``, else ``None``.
    """
    groups: defaultdict[str | None, list[str]] = defaultdict(list)
    width = 0
    for env_spec in print_registry.values():
        groups[_family(env_spec)].append(env_spec.id)
        width = max(width, len(env_spec.name))

    excluded = exclude_namespaces or []
    text = "\n".join(
        f"{'=' * 5} {group} {'=' * 5}\n{_columns(sorted(ids), num_cols, width)}"
        for group, ids in groups.items()
        if group not in excluded
    )
    if disable_print:
        return text
    print(text)
    return None


def _columns(ids: list[str], num_cols: int, width: int) -> str:
    """Sets ids in columns of a given width, one space apart; a full last line stays open."""
    lines = [
        " ".join(env_id.ljust(width) for env_id in ids[first : first + num_cols]).rstrip(" ")
        for first in range(0, len(ids), num_cols)
    ]
    return "\n".join(lines)


def _family(env_spec: EnvSpec) -> str | None:
    """The group that an environment is printed in.

    This is its namespace, else a part of the entry point's path: the third of
    ``plyo.envs.classic_control.cartpole:CartPoleEnv``, the last of ``shimmy.atari_env:Env``.
    """
    entry_point = env_spec.entry_point
    if env_spec.namespace is not None or not isinstance(entry_point, str):
        return env_spec.namespace
    match re.sub(r":\w+", "", entry_point).split("."):
        case [_, _, third, *_]:
            return third
        case [_, second]:
            return second
        case _:
            return env_spec.name
