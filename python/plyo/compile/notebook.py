"""``%%plyo_env`` for notebooks: a cell of C++ becomes environments. ``%load_ext plyo.compile.notebook`` brings it."""

from __future__ import annotations

import shlex
import time
from typing import Any

from plyo.compile import compile
from plyo.error import CompileError


def plyo_env(line: str, cell: str) -> None:
    """Compiles a cell and prints the ids of its environments; another run of an edited cell replaces them.

    Args:
        line: Options after the magic's name: ``--debug``, ``--verbose``, ``--compiler PROGRAM``.
        cell: The header.
    """
    options = _read_options(line)
    started = time.perf_counter()
    try:
        ids = compile(cell, **options)
    except CompileError as e:
        print(e)  # a traceback through Plyo would tell nothing more
        return
    print(f"{', '.join(ids)} ({time.perf_counter() - started:.2f} s)")


def _read_options(line: str) -> dict[str, Any]:
    """The arguments of :func:`plyo.compile` that a line asks for."""
    words = shlex.split(line)
    options: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if word in ("--debug", "--verbose"):
            options[word[2:]] = True
        elif word == "--compiler" and words:
            options["compiler"] = words.pop(0)
        else:
            raise ValueError(f"%%plyo_env takes --debug, --verbose and --compiler PROGRAM, got {word!r}")
    return options


def load_ipython_extension(ipython: Any) -> None:
    """Registers the magic."""
    ipython.register_magic_function(plyo_env, "cell", "plyo_env")
