"""Environment ids: ``[namespace/]name[-v(version)]``."""

from __future__ import annotations

import re
from functools import lru_cache

from plyo import error

ENV_ID_RE = re.compile(r"^(?:(?P<namespace>[\w:-]+)\/)?(?:(?P<name>[\w:.-]+?))(?:-v(?P<version>\d+))?$")


@lru_cache(maxsize=1024)
def parse_env_id(env_id: str) -> tuple[str | None, str, int | None]:
    """Takes an id apart.

    Args:
        env_id: ``[namespace/]name[-v(version)]``.

    Returns:
        The namespace, the name and the version; ``None`` where the id has none.

    Raises:
        plyo.error.Error: The id is malformed.
    """
    match = ENV_ID_RE.fullmatch(env_id)
    if not match:
        raise error.Error(
            f"Malformed environment ID: {env_id}. (Currently all IDs must be of the form "
            "[namespace/](env-name)-v(version). (namespace is optional))"
        )
    namespace, name, version = match.group("namespace", "name", "version")
    return namespace, name, None if version is None else int(version)


def get_env_id(ns: str | None, name: str, version: int | None) -> str:
    """Puts an id together, the inverse of :func:`parse_env_id`.

    Args:
        ns: The namespace or ``None``.
        name: The name.
        version: The version or ``None``.

    Returns:
        ``[namespace/]name[-v(version)]``.
    """
    prefix = "" if ns is None else f"{ns}/"
    suffix = "" if version is None else f"-v{version}"
    return f"{prefix}{name}{suffix}"
