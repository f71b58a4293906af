"""How parameters are given to the engine."""

from __future__ import annotations

from typing import Any

#: A setting for the engine: a name, "value" or the kind of a distribution, and its arguments.
Setting = tuple[str, str, Any, Any]
