"""Functions that several commands share."""

from __future__ import annotations

import importlib
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap

import typer
from rich.console import Console
from rich.text import Text

from plyo import error, policies
from plyo._registry.lookup import find_spec, load_env_creator, names_header
from plyo._registry.specs import EnvSpec
from plyo.basics.install import is_installed
from plyo.policies import Policy
from plyo.train.about import describe_origin, fits
from plyo.video.files import check_target, temporary_name

__all__ = [
    "INTERRUPTED",
    "check_plot",
    "check_writable",
    "choose_seed",
    "find_task",
    "format_count",
    "import_module_of",
    "load_policy",
    "name_policy",
    "print_facts",
    "print_line",
    "user_errors",
]


#: The exit code after Ctrl-C, as shells have it.
INTERRUPTED = 128 + signal.SIGINT
#: The smallest size of a file on a disk, in bytes.
_BLOCK = 4096
#: The fewest columns that values are broken into.
_LEAST_ROOM = 16


@contextmanager
def user_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turns exceptions of these kinds, and all of ``plyo.error``, into one line on stderr and exit code 2."""
    caught: tuple[type[Exception], ...] = (error.Error, *kinds)
    try:
        yield
    except typer.Exit:  # which is a RuntimeError
        raise
    except caught as e:
        message = str(e)
        if isinstance(e, OSError) and e.filename is not None and e.strerror is not None:
            message = f"{e.filename}: {e.strerror}"  # without its number
        raise typer.BadParameter(" ".join(message.split())) from e


def import_module_of(task: str) -> None:
    """Imports the module before the colon of an id; modules of the current folder come first, as with ``python -m``."""
    module = task.rpartition(":")[0]
    folder = str(Path.cwd())
    if "" not in sys.path and folder not in sys.path:
        sys.path.insert(0, folder)
    with user_errors(ModuleNotFoundError):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as e:
            if e.name is not None and (module == e.name or module.startswith(f"{e.name}.")):
                raise ModuleNotFoundError(
                    f"No module named {module!r}: it is looked for in this folder, {folder}, and among the "
                    "installed packages"
                ) from e
            raise
        except (ValueError, TypeError):  # an empty or a relative name
            raise ModuleNotFoundError(f"Malformed environment ID: {task}: {module!r} is no module") from None


def find_task(task: str) -> EnvSpec:
    """The spec of an id, which may begin with a module of the current folder, or a user error."""
    if names_header(task):
        with user_errors(OSError, ValueError):
            task = find_spec(task).id
    if task.count(":") > 1:
        raise typer.BadParameter(f"Malformed environment ID: {task}: at most one colon, after a module")
    if ":" in task:
        import_module_of(task)
    with user_errors(ModuleNotFoundError, AttributeError):
        spec = find_spec(task)
        if isinstance(spec.entry_point, str):
            load_env_creator(spec.entry_point)  # a wrong one is noticed before the work
    return spec


def choose_seed(seed: int | None) -> int:
    """The seed, or a new one that is short enough to be typed again."""
    return secrets.randbits(32) if seed is None else seed


def check_plot(plot: Path) -> None:
    """A user error unless ``--plot`` can be drawn by matplotlib into this file."""
    if not is_installed("matplotlib"):
        raise typer.BadParameter("--plot needs matplotlib, which is not installed: pip install matplotlib")
    check_writable("--plot", plot)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    formats = sorted(FigureCanvasAgg.filetypes)
    if plot.suffix.removeprefix(".").lower() not in formats:
        raise typer.BadParameter(f"--plot {plot} has no ending of a picture; these are: {', '.join(formats)}")


def load_policy(path: Path, spec: EnvSpec) -> Policy:
    """A saved policy for a task, or a user error."""
    try:
        policy = policies.load(path)
    except OSError as e:
        raise typer.BadParameter(f"--policy {path} cannot be read: {e.strerror}") from e
    except ValueError as e:
        raise typer.BadParameter(f"--policy {e}") from e
    if not fits(policy.about, spec):
        raise typer.BadParameter(
            f"--policy {path} was {describe_origin(policy.about)}; it is no policy for {spec.id}"
        )
    return policy


def name_policy(path: Path | None, policy: Policy | None) -> str:
    """The file of a policy and its origin; random actions without a file."""
    if path is None:
        return "random actions"
    known = describe_origin(getattr(policy, "about", {}))
    return f"{path} ({known})" if known else str(path)


def check_writable(option: str, path: Path, *, replaced: bool = False) -> None:
    """A user error unless a file can be written there; the trial leaves nothing behind.

    Args:
        option: The option that names the file.
        path: The file.
        replaced: Whether a temporary file is written and then renamed, as for videos.
    """
    folder = path.absolute().parent
    if os.path.isdir(path) or not os.path.isdir(folder):  # noqa: PTH112 - this is false for impossible names
        raise typer.BadParameter(f"{option} {path} cannot be written: name a file in an existing folder")
    try:
        if replaced:
            check_target(str(path))
            _try_file(temporary_name(str(path)), "xb")
        elif path.exists():
            _try_file(path, "ab")
        else:
            _try_file(temporary_name(os.path.realpath(path)), "xb")
    except OSError as e:
        raise typer.BadParameter(f"{option} {path} cannot be written: {e.strerror}") from e


def _try_file(path: str | Path, mode: str) -> None:
    """Opens a file for writing; a new file gets a block of zeros, an old one nothing."""
    with Path(path).open(mode, buffering=0) as file:
        try:
            file.write(bytes(_BLOCK if mode == "xb" else 0))  # /dev/full refuses even an empty write
        finally:
            if mode == "xb":
                Path(path).unlink()


def format_count(number: float) -> str:
    """A number with three digits and a prefix: ``145 M``."""
    for unit, factor in ((" G", 1e9), (" M", 1e6), (" k", 1e3)):
        if number >= factor:
            return (
                f"{number / factor:.3g}{unit}" if number < 999.5 * factor else f"{number / factor:.0f}{unit}"
            )
    return f"{number:.0f}"


def print_line(console: Console, text: str) -> None:
    """Prints a sentence, broken between words on a terminal."""
    console.print(Text(text), soft_wrap=not console.is_terminal)


def print_facts(console: Console, facts: list[tuple[str, str]]) -> None:
    """Prints names and values in two columns; on a terminal, long values are broken within theirs."""
    width = max(len(name) for name, _ in facts)
    room = console.width - width - 2 if console.is_terminal else 0
    for name, value in facts:
        lines = wrap(value, room, break_on_hyphens=False) if room >= _LEAST_ROOM else [value]
        for i, line in enumerate(lines or [""]):
            label = (name if i == 0 else "").ljust(width)
            console.print(Text.assemble((label, "bold"), f"  {line}"), soft_wrap=True, highlight=False)
