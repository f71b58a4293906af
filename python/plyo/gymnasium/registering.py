"""The ids of Plyo's tasks in the registry of Gymnasium."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from gymnasium.envs.registration import EnvSpec

from plyo._registry.lookup import registry as own_registry
from plyo.tasks.descriptions import Description, compiled_tasks, native_tasks

#: The namespace of the ids.
NAMESPACE = "plyo"


def register_tasks(registry: MutableMapping[str, Any]) -> None:
    """Adds every id of every native task, under ``plyo/``; those that are there are left alone.

    The tasks that :func:`plyo.compile` has registered are among them, in their latest versions. The environments check
    their order and their actions by themselves, so that they get no wrapper of Gymnasium but its time limit.

    Args:
        registry: The registry of Gymnasium.
    """
    for task in native_tasks().values():
        for variant in task["variants"]:
            _add(registry, task, variant, str)
    for task in compiled_tasks():
        register_compiled(registry, task)


def register_compiled(registry: MutableMapping[str, Any], task: Description) -> None:
    """Adds the ids of a task that the user has compiled, where Plyo's own registry has them with this version.

    An earlier version of such a task gives its ids to the later one.

    Args:
        registry: The registry of Gymnasium.
        task: The description of the task.
    """
    from plyo.compile.loading import EntryPoint  # loaded already, or there is no such task

    for variant in task["variants"]:
        spec = own_registry.get(variant["id"])
        if spec is None or spec.entry_point != f"{task['module']}:{task['class_name']}":
            continue  # another version
        known = registry.get(f"{NAMESPACE}/{variant['id']}")
        if known is not None and isinstance(known.entry_point, EntryPoint):
            del registry[known.id]
        _add(registry, task, variant, EntryPoint)


def _add(
    registry: MutableMapping[str, Any],
    task: Description,
    variant: dict[str, Any],
    to_entry_point: Callable[[str], str],
) -> None:
    """Adds an id, unless it is there."""
    id = f"{NAMESPACE}/{variant['id']}"
    if id not in registry:
        registry[id] = EnvSpec(
            id=id,
            entry_point=to_entry_point(f"plyo.gymnasium.envs:{task['name']}Env"),
            vector_entry_point=to_entry_point(f"plyo.gymnasium.envs:{task['name']}VectorEnv"),
            max_episode_steps=variant["max_episode_steps"],
            reward_threshold=variant["reward_threshold"],
            kwargs=dict(variant["kwargs"]),
            order_enforce=False,
            disable_env_checker=True,
        )
