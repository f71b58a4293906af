"""Replacements for an engine that must not be used."""

from __future__ import annotations

from typing import Any

from plyo import error


class ClosedEngine:
    """Stands in for the engine of a closed environment.

    Attributes:
        held: The engine, for a reset that opens the environment again; None for a batch, which stays closed.
    """

    def __init__(self, name: str, held: Any = None) -> None:
        self._name = name
        self.held = held

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise error.ClosedEnvironmentError(f"Trying to operate on `{self._name}`, after a call to `close()`.")
