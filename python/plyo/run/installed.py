"""What an installed Gymnasium has beside Plyo."""

from __future__ import annotations

import builtins
import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def _folder() -> Path | None:
    """The folder of an installed Gymnasium, None without one; the hook of ``plyo run`` knows it."""
    spec = importlib.util.find_spec("gymnasium")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def has_module(name: str) -> bool:
    """Whether there is a module.

    Args:
        name: Its name in the package, without dots.
    """
    folder = _folder()
    return folder is not None and any(
        (folder / part).exists() for part in (f"{name}.py", f"{name}/__init__.py")
    )


def registrations() -> dict[str, dict[str, Any]]:
    """The arguments of ``register`` for all environments of an installed Gymnasium, by id; empty without one.

    The module that registers them runs, with a ``register`` that writes down its arguments. No environment is imported.
    """
    folder = _folder()
    file = None if folder is None else folder / "envs" / "__init__.py"
    if file is None or not file.exists():
        return {}
    found: dict[str, dict[str, Any]] = {}

    def register(id: str, entry_point: Any = None, **kwargs: Any) -> None:
        found[id] = {"id": id, "entry_point": entry_point, **kwargs}

    names = SimpleNamespace(register=register, make=None, pprint_registry=None, registry=found, spec=None)

    def import_module(name: str, *args: Any, **kwargs: Any) -> Any:
        return names if name == "gymnasium.envs.registration" else builtins.__import__(name, *args, **kwargs)

    own = {**vars(builtins), "__import__": import_module}
    exec(compile(file.read_bytes(), str(file), "exec"), {"__name__": "gymnasium.envs", "__builtins__": own})
    return found
