"""The ids of Plyo's tasks in the registry of Gymnasium."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from gymnasium.envs.registration import EnvSpec

from plyo.tasks.descriptions import native_tasks

#: The namespace of the ids.
NAMESPACE = "plyo"


def register_tasks(registry: MutableMapping[str, Any]) -> None:
    """Adds every id of every native task, under ``plyo/``; those that are there are left alone.

    The environments check their order and their actions by themselves, so that they get no wrapper of Gymnasium but
    its time limit.

    Args:
        registry: The registry of Gymnasium.
    """
    for task in native_tasks().values():
        for variant in task["variants"]:
            id = f"{NAMESPACE}/{variant['id']}"
            if id in registry:
                continue
            registry[id] = EnvSpec(
                id=id,
                entry_point=f"plyo.gymnasium.envs:{task['name']}Env",
                vector_entry_point=f"plyo.gymnasium.envs:{task['name']}VectorEnv",
                max_episode_steps=variant["max_episode_steps"],
                reward_threshold=variant["reward_threshold"],
                kwargs=dict(variant["kwargs"]),
                order_enforce=False,
                disable_env_checker=True,
            )
