"""The origin of a policy, which its file keeps."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

from plyo._native import __version__
from plyo._registry.ids import parse_env_id
from plyo._registry.specs import EnvSpec
from plyo.tasks.descriptions import compiled_tasks, native_tasks

__all__ = ["describe_origin", "fits", "origin"]


def origin(
    spec: EnvSpec, method: str, seed: int, mean_return: float, env_steps: int | None = None
) -> dict[str, Any]:
    """The facts of a training, for ``policy.about``.

    Args:
        spec: The task.
        method: The name of the method.
        seed: The seed of the training.
        mean_return: The mean return of the policy; nan if it is unknown.
        env_steps: The environment steps of the training, None if they are unknown.

    Returns:
        ``task``, ``method``, ``seed``, ``plyo`` (its version), ``date`` (UTC, ISO 8601), and ``mean_return`` and
        ``env_steps`` where they are known.
    """
    facts: dict[str, Any] = {
        "task": spec.id,
        "method": method,
        "seed": int(seed),
        "plyo": __version__,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    if math.isfinite(mean_return):
        facts["mean_return"] = float(mean_return)
    if env_steps is not None:
        facts["env_steps"] = int(env_steps)
    return facts


def fits(about: dict[str, Any], spec: EnvSpec) -> bool:
    """Whether a policy was learnt on this task: in another version or variant too, or on an unknown one."""
    task = about.get("task")
    if not isinstance(task, str) or task == spec.id:
        return True
    try:
        namespace, name, _ = parse_env_id(task)
    except Exception:  # the text is of a file from elsewhere
        return False
    if (namespace, name) == (spec.namespace, spec.name):
        return True
    ids = {task, spec.id}
    tasks = (*native_tasks().values(), *compiled_tasks())
    return any(ids <= {variant["id"] for variant in native["variants"]} for native in tasks)


def describe_origin(about: dict[str, Any]) -> str:
    """The origin in words: ``learnt on CartPole-v1 by cem, seed 3, return 500``; empty if it is unknown."""
    if "task" not in about:
        return ""
    parts = [f"learnt on {about['task']}" + (f" by {about['method']}" if "method" in about else "")]
    if "seed" in about:
        parts.append(f"seed {about['seed']}")
    mean = about.get("mean_return")
    if isinstance(mean, (int, float)):
        parts.append(f"return {mean:g}")
    return ", ".join(parts)
