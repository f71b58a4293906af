"""The command line: ``plyo``, one module a command. They are imported when one is run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and exits, as ``plyo_command.main`` does, which also ends quietly while commands are loaded.

    Args:
        args: The command line, by default that of the process.
    """
    from plyo.cli.commands import run

    sys.exit(run(args))
