"""The command line: ``plyo``, one module a command. They are imported when one is run."""

from plyo_command import main

__all__ = ["main"]
