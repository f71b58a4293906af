"""``plyo run``: a program in which gymnasium is Plyo."""

from __future__ import annotations

import typer

from plyo.run.command import main

#: Leaves the arguments to the command, ``--help`` included.
UNREAD = {
    "allow_extra_args": True,
    "allow_interspersed_args": False,
    "help_option_names": [],
    "ignore_unknown_options": True,
}


def run_program(context: typer.Context) -> None:
    """Runs a Python program in which gymnasium is Plyo: plyo run script.py, -m module or -c code."""
    main(context.args)
