"""``plyo info``: everything that a report of a bug needs."""

from __future__ import annotations

import json as json_text
import locale
import os
import platform
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

import plyo
from plyo import error
from plyo._native import available_threads, default_threads, omitted_isas, supported_isas
from plyo._native import isa as instruction_set
from plyo.basics.install import is_installed
from plyo.bench import Machine, describe_machine
from plyo.cli.common import print_facts, user_errors
from plyo.mujoco.dialects import find_dialect
from plyo.mujoco.library import mujoco_version
from plyo.tasks.descriptions import native_tasks
from plyo.video.ffmpeg import find_program

#: Packages that Plyo works with where they are installed: module, package, purpose.
_OPTIONAL = (
    ("pygame", "pygame-ce", "windows"),
    ("PIL", "pillow", "GIFs"),
    ("imageio_ffmpeg", "imageio-ffmpeg", "an ffmpeg, for videos"),
    ("cv2", "opencv-python", "resizing in wrappers"),
    ("matplotlib", "matplotlib", "pictures of --plot"),
    ("mujoco", "mujoco", "the MuJoCo tasks and robots"),
    ("gymnasium", "gymnasium", "the models of MuJoCo's tasks, and a peer of plyo bench"),
    ("gymnasium_robotics", "gymnasium-robotics", "the models of the robots"),
    ("envpool", "envpool", "a peer of plyo bench"),
    ("torch", "torch", "plyo train --algo ppo"),
    ("tensorboard", "tensorboard", "plyo train --log"),
    ("jax", "jax", "plyo.jax"),
    ("ray", "ray", "plyo.ray"),
    ("stable_baselines3", "stable-baselines3", "plyo.adapters"),
)
#: Environment variables that change what Plyo does.
_VARIABLES = (
    *("PLYO_ISA", "PLYO_NUM_THREADS", "OMP_NUM_THREADS", "MUJOCO_GL", "PYOPENGL_PLATFORM"),
    *(
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "SDL_VIDEODRIVER",
        "TERM",
        "COLORTERM",
        "NO_COLOR",
        "FORCE_COLOR",
        "COLUMNS",
    ),
)


def info(
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Shows the version, the machine and the optional parts: what a report of a bug needs."""
    with user_errors(RuntimeError, ValueError):
        machine = describe_machine()
        facts = _facts_of_plyo(machine) + _facts_of_machine(machine) + _facts_of_screen()
    facts += [(package, _describe_part(name, package, purpose)) for name, package, purpose in _OPTIONAL]
    facts.append(("mujoco in lanes", _describe_lanes()))
    if json:
        typer.echo(json_text.dumps(dict(facts), indent=1))
    else:
        print_facts(Console(), facts)


def _facts_of_plyo(machine: Machine) -> list[tuple[str, str]]:
    """The package and its build."""
    return [
        ("plyo", plyo.__version__ + (f", commit {machine.commit}" if machine.commit else "")),
        ("installed in", str(Path(plyo.__file__).parent)),
        ("compiler", machine.compiler or "unknown"),
        ("instruction set", _describe_kernels()),
        ("threads", _describe_threads()),
        ("numpy", np.__version__),
        *((name, version(name)) for name in ("typer", "rich", "cloudpickle")),
    ]


def _facts_of_machine(machine: Machine) -> list[tuple[str, str]]:
    """Python, the system and the processor."""
    free = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else ", free-threaded"
    return [
        ("python", f"{platform.python_version()} {platform.python_implementation()}{free}, {sys.executable}"),
        ("system", f"{platform.platform()}, {' '.join(platform.libc_ver()) or 'libc unknown'}"),
        ("processor", f"{machine.cpu}, {machine.cores} usable"),
    ]


def _facts_of_screen() -> list[tuple[str, str]]:
    """The terminal, the variables, and ffmpeg."""
    console = Console()
    kind = f"{console.width}x{console.height}, {console.color_system or 'no colours'}"
    named = [f"{name}={os.environ[name]}" for name in _VARIABLES if name in os.environ]
    return [
        ("terminal", kind if console.is_terminal else "none: the output goes to a file or a pipe"),
        (
            "encoding",
            f"{sys.stdout.encoding if sys.stdout else 'none'}, {locale.getpreferredencoding(False)}",
        ),
        ("variables", " ".join(named) or "none"),
        ("ffmpeg", _describe_ffmpeg()),
    ]


def _describe_ffmpeg() -> str:
    """The program that encodes MP4 files, and its version."""
    program = find_program()
    if program is None:
        return "not found: videos become animated PNGs; pip install imageio-ffmpeg"
    try:
        done = subprocess.run([program, "-version"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as e:
        return f"{program} does not run: {type(e).__name__}"
    return f"{done.stdout.split(' Copyright')[0].removeprefix('ffmpeg version ').strip()}, {program}"


def _describe_lanes() -> str:
    """Whether vector lanes step MuJoCo's tasks, and which of them."""
    try:
        dialect, version = find_dialect(), mujoco_version()
    except error.Error as e:
        return f"off: {str(e).splitlines()[0]}"
    if dialect is None:
        return f"off: MuJoCo {version} is not one of the builds whose bits vector lanes are known to have"
    tasks = [task for task in native_tasks().values() if task.get("steps_in_packs")]
    ids = sorted(variant["id"] for task in tasks for variant in task["variants"])
    return f"MuJoCo's orders since {dialect}: {', '.join(ids)}"


def _describe_kernels() -> str:
    """The instruction set in use, those to choose from, and those that the build was made without."""
    forced = " (forced by PLYO_ISA)" if os.environ.get("PLYO_ISA") else ""
    text = f"{instruction_set()}{forced}, of {', '.join(supported_isas())}"
    omitted = omitted_isas()
    return f"{text}; built without {' and '.join(omitted)}" if omitted else text


def _describe_threads() -> str:
    """The threads of a batch that is not told, and what has limited them."""
    threads, processors = default_threads(), available_threads()
    if threads == processors:
        return str(threads)
    name = "PLYO_NUM_THREADS" if os.environ.get("PLYO_NUM_THREADS") else "OMP_NUM_THREADS"
    return f"{threads} of {processors} (limited by {name})"


def _describe_part(name: str, package: str, purpose: str) -> str:
    """The version of an optional package, or the command that installs it."""
    if not is_installed(name):
        return f"not installed: {purpose}; pip install {package}"
    with suppress(PackageNotFoundError):
        return version(package)
    # OpenCV and pygame come in several packages
    others = packages_distributions().get(name, [])
    return f"{version(others[0])} ({others[0]})" if others else "installed, version unknown"
