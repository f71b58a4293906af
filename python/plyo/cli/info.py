"""``plyo info``: the version, the machine, and the optional parts."""

from __future__ import annotations

import importlib.util
import os
import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from rich.console import Console

import plyo
from plyo._native import available_threads, default_threads, supported_isas
from plyo._native import isa as instruction_set
from plyo.cli.common import print_facts, user_errors

# Package, its extra, its purpose.
_OPTIONAL = (
    ("matplotlib", "plot", "pictures of --plot"),
    ("mujoco", "mujoco", "the MuJoCo tasks and robots"),
    ("gymnasium_robotics", "robotics", "the models of the robots"),
    ("gymnasium", "bench", "a peer of plyo bench"),
    ("envpool", "bench", "a peer of plyo bench"),
)


def info() -> None:
    """Shows the version, the instruction set in use, the threads, and the optional parts that are installed."""
    with user_errors(RuntimeError, ValueError):
        isa = instruction_set()
        threads = _describe_threads()
    forced = " (forced by PLYO_ISA)" if os.environ.get("PLYO_ISA") else ""
    facts = [
        ("plyo", plyo.__version__),
        ("python", f"{platform.python_version()} ({platform.platform()})"),
        ("numpy", np.__version__),
        ("instruction set", f"{isa}{forced}, of {', '.join(supported_isas())}"),
        ("threads", threads),
        *((name, _describe_part(name, extra, purpose)) for name, extra, purpose in _OPTIONAL),
    ]
    print_facts(Console(), facts)


def _describe_threads() -> str:
    """The threads of a batch that is not told, and what has limited them."""
    threads, processors = default_threads(), available_threads()
    if threads == processors:
        return str(threads)
    name = "PLYO_NUM_THREADS" if os.environ.get("PLYO_NUM_THREADS") else "OMP_NUM_THREADS"
    return f"{threads} of {processors} (limited by {name})"


def _describe_part(name: str, extra: str, purpose: str) -> str:
    """The version of an optional package, or the command that installs it."""
    if importlib.util.find_spec(name) is None:
        return f'not installed: {purpose}, pip install "plyo[{extra}]"'
    try:
        return version(name)
    except PackageNotFoundError:
        return "installed, version unknown"
