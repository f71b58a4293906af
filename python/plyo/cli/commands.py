"""All commands of ``plyo``, and the handling of their exceptions and their output."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, TextIO

import typer
from rich.console import Console

import plyo
from plyo.cli.bench import bench
from plyo.cli.common import INTERRUPTED, print_line
from plyo.cli.help_pages import HelpedCommand, HelpedGroup, unwrapped
from plyo.cli.info import info
from plyo.cli.listing import list_tasks
from plyo.cli.own_tasks import cache, check, new
from plyo.cli.play import play
from plyo.cli.record import record
from plyo.cli.rollout import rollout
from plyo.cli.run import UNREAD, run_program
from plyo.cli.show import show
from plyo.cli.train import train

__all__ = ["app", "run"]

app = typer.Typer(
    name="plyo",
    cls=HelpedGroup,
    help="Reinforcement-learning environments in native code behind the Gymnasium API.\n\n"
    "Exit codes: 0 done, 1 a task that was not solved, 2 bad input, 130 Ctrl-C.",
    invoke_without_command=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_tasks,
    "info": info,
    "rollout": rollout,
    "show": show,
    "play": play,
    "record": record,
    "train": train,
    "bench": bench,
    "new": new,
    "check": check,
    "cache": cache,
}
for _name, _command in _COMMANDS.items():
    app.command(_name, cls=HelpedCommand, help=unwrapped(_command.__doc__))(_command)
app.command("doctor", cls=HelpedCommand, help="The same as info.", hidden=True)(info)
# everything after the name is read elsewhere: the options of the program are its own
app.command("run", context_settings=UNREAD)(run_program)


def run(args: Sequence[str] | None) -> int:
    """Runs a command.

    Args:
        args: The command line, None for that of the process.

    Returns:
        The exit code.
    """
    warnings.showwarning = _print_warning
    _show_unknown_characters_as_question_marks()
    try:
        code = app(args=args, prog_name="plyo", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        code = 1  # the reader has closed the pipe
    except Exception as e:
        message = _usage_message(e)
        if message is None:
            raise
        with contextlib.suppress(OSError):
            print_line(Console(stderr=True), f"plyo: error: {message}")
        code = 2
    finally:
        _give_up_unwritable_output()
    return code if isinstance(code, int) else 0


def _show_unknown_characters_as_question_marks() -> None:
    """Lets output have characters that the encoding of its stream lacks, such as those of a name in ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _give_up_unwritable_output() -> None:
    """Drops output that cannot be written, to a full disk for example: the interpreter would try again."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with contextlib.suppress(OSError, ValueError):  # a stream without a file
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except ValueError:
            pass  # closed already


def _usage_message(e: Exception) -> str | None:
    """The fault of the command line or its output in one line; None for an exception of another kind."""
    if isinstance(e, typer.BadParameter) and e.param is None:
        return e.message
    # the base class of such exceptions has moved between versions of typer
    if hasattr(e, "exit_code") and hasattr(e, "format_message"):
        context = getattr(e, "ctx", None)
        hint = "" if context is None else f" (see {context.command_path} --help)"
        if context is not None and context.info_name == "info" and "extra argument" in e.format_message():
            hint = "; plyo info tells of this machine, and `plyo list ID` of a task" + hint
        return f"{e.format_message()}{hint}"
    if isinstance(e, OSError) and e.strerror is not None and e.filename is None:
        return f"the output cannot be written: {e.strerror}"
    return None


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Prints a warning without its place in the source, and without colours outside a terminal."""
    typer.echo(f"plyo: {message}", err=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"plyo {plyo.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        context.get_help()  # which prints it
