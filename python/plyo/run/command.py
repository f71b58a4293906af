"""The command line of ``plyo run``: it becomes the interpreter that runs the program."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]  # private; multiprocessing calls it
from typing import NoReturn

from plyo.run.variables import MAIN, MATH, PYTHON, REPORT

__all__ = ["USAGE", "Request", "environment", "main", "parse"]

USAGE = """\
usage: plyo run [--math {reference,fast}] [--report] script.py [argument ...]
       plyo run [--math {reference,fast}] [--report] -m module [argument ...]
       plyo run [--math {reference,fast}] [--report] -c code [argument ...]

Runs a Python program in which gymnasium is Plyo: the program, the libraries that it imports and its worker processes
need no change. What Plyo lacks is taken from an installed gymnasium.

  --math    reference (the default): the bits of Gymnasium, whatever the length of a run. fast: quicker by up to four
            times, with other roundings.
  --report  At the end say on stderr what ran natively, what did not, and why.
  -h        Show this text.
"""

_MATHS = ("reference", "fast")


@dataclass
class Request:
    """What a command line asks for.

    Attributes:
        target: The arguments of the interpreter: the script, ``-m module`` or ``-c code``, and the program's own.
        math: The mathematics of native tasks, unless a call chooses.
        report: Whether to report at the end.
    """

    target: list[str] = field(default_factory=list)
    math: str = "reference"
    report: bool = False


class UsageError(Exception):
    """The command line cannot be understood."""


def parse(args: Sequence[str]) -> Request | None:
    """Reads a command line; everything from the script, ``-m`` or ``-c`` on belongs to the program.

    Args:
        args: The arguments after ``plyo run``.

    Returns:
        What is asked for, None for help.

    Raises:
        UsageError: An option is unknown or has no value, or no program is named.
    """
    request, rest = Request(), list(args)
    while rest:
        option, has_value, value = rest[0].partition("=")
        if option in ("-h", "--help"):
            return None
        if option == "--report" and not has_value:
            request.report = True
        elif option == "--math":
            if not has_value:
                if len(rest) < 2:
                    raise UsageError("--math needs a value: reference or fast")
                value = rest.pop(1)
            if value not in _MATHS:
                raise UsageError(f"--math must be reference or fast, got {value!r}")
            request.math = value
        elif option[:2] in ("-m", "-c"):
            if rest[0] == option[:2] and len(rest) < 2:
                raise UsageError(f"{option} needs a value: {'a module' if option == '-m' else 'code'}")
            break
        elif option == "--":
            del rest[0]
            break
        elif option.startswith("-") and option != "-":
            raise UsageError(f"no such option: {rest[0]}; options of the program come after it")
        else:
            break
        del rest[0]
    if not rest:
        raise UsageError("name a program: plyo run script.py, plyo run -m module, or plyo run -c code")
    request.target = rest
    return request


def environment(request: Request) -> dict[str, str]:
    """The environment variables of the program: those of this process, and what the hook needs.

    Args:
        request: The command line.
    """
    variables = dict(os.environ)
    startup = str(Path(__file__).resolve().parent / "startup")
    others = [p for p in variables.get("PYTHONPATH", "").split(os.pathsep) if p and p != startup]
    variables["PYTHONPATH"] = os.pathsep.join([startup, *others])
    variables[PYTHON] = str(sys.implementation.cache_tag)
    variables[MATH] = request.math
    variables.pop(REPORT, None)
    if request.report:
        handle, variables[REPORT] = tempfile.mkstemp(prefix="plyo-run-", suffix=".jsonl")
        os.close(handle)
        variables[MAIN] = str(os.getpid())  # the process stays the same
    return variables


def main(args: Sequence[str]) -> NoReturn:
    """Becomes the interpreter that runs the program; exits with 2 for a faulty command line.

    Args:
        args: The arguments after ``plyo run``.
    """
    try:
        request = parse(args)
        if request is not None and (sys.flags.ignore_environment or sys.flags.no_site or not sys.executable):
            raise UsageError(
                "the interpreter must read its environment and site-packages: run it without -E, -I and -S"
            )
    except UsageError as e:
        sys.stderr.write(f"plyo run: error: {e}\n")
        sys.exit(2)
    if request is None:
        sys.stdout.write(USAGE)
        sys.exit(0)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    flags = _args_from_interpreter_flags()
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        flags.append("-u")  # the only flag that the standard library forgets
    os.execve(sys.executable, [sys.executable, *flags, *request.target], environment(request))
