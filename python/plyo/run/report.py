"""The report of ``plyo run``: every process writes facts into one file, the first prints them at its end."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from plyo.run.variables import REPORT
from plyo.tasks.task_env import NativeEnv

__all__ = ["note", "print_report", "summary", "tell"]

Fact = dict[str, Any]


def note(**fact: Any) -> None:
    """Adds a fact to the file, which other processes may add to at the same time.

    Args:
        **fact: Values that JSON can hold; ``kind`` says of what kind the fact is.
    """
    line = json.dumps({"pid": os.getpid(), **fact}) + "\n"
    handle = os.open(os.environ[REPORT], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def tell(env: Any) -> None:
    """Notes an environment or batch that :func:`plyo.make` or :func:`plyo.make_vec` has made.

    Args:
        env: The environment with its wrappers, or the batch.
    """
    from plyo.vector.task_batch import NativeVectorEnv

    inner = env.unwrapped
    spec = inner.spec
    if isinstance(inner, NativeVectorEnv):
        note(kind="batch", id=spec.id, size=inner.num_envs, math=inner._arguments["math"])
    elif isinstance(inner, NativeEnv):
        note(kind="single", id=spec.id, math=inner._arguments["math"])
    elif hasattr(inner, "num_envs"):
        if str(spec.vector_entry_point).startswith("plyo."):
            note(kind="one by one", id=spec.id, size=inner.num_envs, why=_why_one_by_one(spec.kwargs))
    else:
        note(kind="python", id=spec.id, why=_why_python(type(inner)))


def _why_one_by_one(kwargs: dict[str, Any]) -> str:
    """Why a batch of a native task is no native batch."""
    if kwargs.get("wrappers"):
        return "there are wrappers around each environment"
    if kwargs.get("vector_kwargs"):
        return f"vector_kwargs has {', '.join(map(repr, kwargs['vector_kwargs']))}"
    if kwargs.get("render_mode"):
        return f"render_mode={kwargs['render_mode']!r} or vectorization_mode={kwargs['vectorization_mode']!r}"
    return f"vectorization_mode={kwargs['vectorization_mode']!r}"


def _why_python(cls: type) -> str:
    """Why an environment is not native."""
    where = f"{cls.__module__}.{cls.__qualname__}"
    if where.startswith("gymnasium."):
        return f"Plyo has no such task; {where} is that of the installed gymnasium"
    return f"{where} is written in Python"


def summary(facts: list[Fact]) -> str:
    """The text of the report.

    Args:
        facts: The facts of all processes.
    """
    counts = Counter(_sentence(fact) for fact in facts)
    processes = len({fact["pid"] for fact in facts})
    if not counts:
        return "plyo run: no environment was made by make or make_vec\n"
    lines = [f"plyo run: environments and modules of {processes} process{'es' if processes != 1 else ''}"]
    for (_, where, what), count in sorted(counts.items()):
        lines.append(f"  {where:<12}{what}" + (f" ({count} times)" if count > 1 else ""))
    return "\n".join(lines) + "\n"


def _sentence(fact: Fact) -> tuple[int, str, str]:
    """The order, the first column and the text of a fact."""
    kind = fact["kind"]
    if kind == "batch":
        return 0, "native", f"{fact['id']}: a batch of {fact['size']}, math={fact['math']!r}"
    if kind == "single":
        return 1, "native", f"{fact['id']}: one environment, math={fact['math']!r}"
    if kind == "one by one":
        return 2, "one by one", f"{fact['id']}: a batch of {fact['size']} single environments: {fact['why']}"
    if kind == "python":
        return 3, "in Python", f"{fact['id']}: {fact['why']}"
    return 4, "fell back", f"{fact['name']}: Plyo has no such module; that of the installed gymnasium is used"


def print_report() -> None:
    """Prints the report on stderr, and deletes the file."""
    file = Path(os.environ[REPORT])
    try:
        facts = [json.loads(line) for line in file.read_text().splitlines()]
        file.unlink()
    except OSError:
        return  # the program has deleted it
    if sys.stderr is not None:
        sys.stderr.write(summary(facts))
